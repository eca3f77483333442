"""What becomes of messages that nobody has read when their run ends, in the transaction that ends it.

Of a run that is answered they become the next questions of its session; of any other nobody reads them.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, and_, bindparam, exists, or_, select

from utils.accounts.quotas import QuotaExceededError
from utils.database.tables import sessions, users
from utils.log.events import RunStatus, RunUpdate, UserMessage
from utils.registry.agent_registry import AgentRegistryError
from utils.sessions.asking import Asking, NewRun, store_run
from utils.sessions.run_message import RunMessageRecord
from utils.sessions.run_message_rows import settle, unread_in_run
from utils.sessions.runs import RunRecord

TOO_LATE = "The answer was finished before the agents could read it."
NO_LONGER = "The answer was finished before the agents could read it, and its author may ask nothing here any more."
_NOBODY: Mapping[RunStatus, str] = {
    "cancelled": "The run was stopped before the agents read it.",
    "failed": "The run failed before the agents read it.",
}

# As Principal.may_change() has it, for people who may have been deactivated or moved since they wrote.
_MAY_ASK = select(
    exists()
    .where(users.c.key == bindparam("author"), users.c.active, users.c.role != "viewer")
    .where(sessions.c.key == bindparam("session"), sessions.c.team_key == users.c.team_key)
    .where(or_(sessions.c.owner_key == users.c.key, and_(users.c.role == "administrator", sessions.c.shared)))
)


class UnreadMessages:
    """``events`` say what becomes of them, ``questions`` are those of the runs that ask them: the log takes these last.

    The caller has locked the run, and calls :meth:`settle` with the seq of the last of them.
    """

    def __init__(self, connection: Connection, asking: Asking, run: RunRecord, status: RunStatus) -> None:
        self._connection = connection
        self._asked: list[tuple[RunMessageRecord, NewRun]] = []
        self._refused: list[tuple[RunMessageRecord, str]] = []
        for message in unread_in_run(connection, run.key):
            if status in _NOBODY:
                self._refused.append((message, _NOBODY[status]))
                continue
            try:
                session = asking.lock(connection, run.session_id, run.agent_key)
                new = asking.prepare(
                    connection, run.session_id, session, message.text, asked_by=message.author_key
                )  # fmt: skip
                if connection.scalar(_MAY_ASK, {"author": message.author_key, "session": new.session_key}):
                    self._asked.append((message, new))
                else:
                    self._refused.append((message, NO_LONGER))
            except (AgentRegistryError, QuotaExceededError) as error:
                self._refused.append((message, str(error)))
        of_run = {"session_id": run.session_id, "run_id": run.id}
        self.events: Sequence[UserMessage] = [
            *(_settled(of_run, one, "next-turn", TOO_LATE) for one, _ in self._asked),
            *(_settled(of_run, one, "refused", reason) for one, reason in self._refused),
        ]
        self.questions: Sequence[RunUpdate] = [new.event for _, new in self._asked]

    def settle(self, head: int) -> None:
        first = head - len(self._asked) + 1
        for seq, (message, new) in enumerate(self._asked, first):
            question, _ = store_run(self._connection, new, seq)
            settle(self._connection, message, "next-turn", TOO_LATE, question.key)
        for message, reason in self._refused:
            settle(self._connection, message, "refused", reason)


def _settled(of_run: Mapping[str, str], message: RunMessageRecord, delivery: str, reason: str) -> UserMessage:
    return UserMessage.model_validate({
        **of_run, "message_id": message.id, "author": message.author, "text": message.text, "delivery": delivery,
        "reason": reason,
    })  # fmt: skip
