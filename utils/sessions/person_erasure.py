"""Erases a person, with their private sessions: what stays, and why, is in docs/access.md."""

from sqlalchemy import delete, not_, select, union, update

from utils.accounts.erasure import AccountErasure, Actor
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import approvals, comments, feedback, judgements, live, sessions
from utils.sessions.approval import DASHBOARD
from utils.sessions.changes import count_feedback
from utils.sessions.deletion import SessionDeletion

_A_KEY = "An API key"


class PersonErasure:
    def __init__(self, database: Database, deletion: SessionDeletion) -> None:
        self._database = database
        self._deletion = deletion
        self._account = AccountErasure(database)

    def begin(self, team_key: int, user_id: str, email: str, by: Actor, to_id: str | None = None) -> UserRecord | None:
        """See AccountErasure.begin. The rest is done by :meth:`finish`, wherever it is called next."""
        return self._account.begin(team_key, user_id, email, by, to_id)

    def finish(self) -> None:
        """Erase what is left of those whose erasure has begun, also by a process that was killed in the middle of it.

        Two processes may do so at the same time.
        """
        for user in self._account.begun():
            for session_id in self._private_sessions(user):
                self._deletion.delete(session_id)
            self._erase_feedback(user)
            self._account.erase_names(user)
            self._erase_key_names(user)
            self._account.end(user)

    def _erase_key_names(self, user: UserRecord) -> None:
        """Of their API keys: people name them after themselves."""
        decided = approvals.c.decided_by == user.key, approvals.c.via.not_in((DASHBOARD, _A_KEY))
        with self._database.write() as connection:
            connection.execute(update(approvals).where(*decided).values(via=_A_KEY))

    def _erase_feedback(self, user: UserRecord) -> None:
        """What they thought of others' work. Whoever has a copy or looks at it learns that it has changed."""
        opinions = judgements, comments
        said = union(*(select(table.c.feedback_key).where(table.c.user_key == user.key) for table in opinions))
        with self._database.write() as connection:
            about = feedback.c.key.in_(said)  # by a subquery: one person may have judged more than a statement names
            if connection.execute(update(feedback).where(about).values(changed_at=now())).rowcount:
                count_feedback(connection, user.team_key)
            for table in opinions:
                connection.execute(delete(table).where(table.c.user_key == user.key))

    def _private_sessions(self, user: UserRecord) -> list[str]:
        private = select(sessions.c.id).where(sessions.c.owner_key == user.key, not_(sessions.c.shared), live)
        with self._database.read() as connection:
            return list(connection.scalars(private))
