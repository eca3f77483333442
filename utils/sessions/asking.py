"""Questions as they become runs, within a caller's transaction.

Made ready first, for that may be refused; stored once the log has taken the event, which gives the run its place.
"""

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, func, insert, select, update

from utils.accounts.quotas import Quotas
from utils.database.moment import now
from utils.database.tables import agents, live, runs, sessions
from utils.log.errors import SessionGoneError
from utils.log.events import RunUpdate
from utils.registry.agent_registry import agent_deleted, agent_disabled
from utils.sessions.chosen_agent import chosen_agent
from utils.sessions.messages import MessageRecord, add_message
from utils.sessions.new_session import UNTITLED
from utils.sessions.restart import Restart
from utils.sessions.runs import ASKED_HERE, RunRecord, find_run
from utils.tracing import traceparent

Asked = tuple[MessageRecord, RunRecord]
# A session, which nobody else changes until the transaction ends: the agent that is ``wanted``, and who answers.
_given_agent = bindparam("agent", type_=BigInteger)
_SESSION = (
    select(
        sessions.c.key,
        func.coalesce(_given_agent, sessions.c.agent_key).label("wanted"),
        sessions.c.metadata.label("metadata"),
        sessions.c.owner_key,
        sessions.c.team_key,
        agents.c.key.label("agent_key"),
        agents.c.id.label("agent_id"),
        agents.c.enabled,
        agents.c.name,
        agents.c.configuration,
    )
    .join_from(sessions, agents, agents.c.key == func.coalesce(_given_agent, chosen_agent(sessions)), isouter=True)
    .where(sessions.c.id == bindparam("id"), live)
    .with_for_update(of=sessions, key_share=True)
)


@dataclass(frozen=True, slots=True)
class NewRun:
    """A question that may be asked: ``event`` is for the log, the rest for :func:`store_run`."""

    session_key: int
    event: RunUpdate
    values: Mapping[str, Any]


class Asking:
    """``outside_kinds``: the kinds of backends whose runs no agent process claims."""

    def __init__(self, quotas: Quotas, outside_kinds: Collection[str]) -> None:
        self._quotas = quotas
        self._outside_kinds = outside_kinds

    def lock(self, connection: Connection, session_id: str, agent_key: int | None = None) -> Any:
        """The session, which nobody else changes until the transaction ends; None for an unknown one."""
        return connection.execute(_SESSION, {"id": session_id, "agent": agent_key}).first()

    def prepare(
        self,
        connection: Connection,
        session_id: str,
        session: Any,
        question: str,
        run_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        asked_by: int | None = None,
        retry_of: str | None = None,
        from_step: Restart | None = None,
    ) -> NewRun:
        """``session`` as :meth:`lock` gave it. Raises AgentRegistryError, QuotaExceededError and SessionGoneError."""
        if session is None:
            raise SessionGoneError(f"Session {session_id} was deleted.")
        if session.team_key is not None:
            self._quotas.require_tokens(connection, session.team_key)
        if session.wanted is not None and session.agent_key is None:
            raise agent_deleted()
        if session.agent_key is not None and not session.enabled:
            raise agent_disabled()
        outside = session.configuration is not None and json.loads(session.configuration)["kind"] in self._outside_kinds
        run_id = run_id or f"{ASKED_HERE}{secrets.token_hex(8)}"
        event = RunUpdate(
            session_id=session_id, run_id=run_id, status="queued", question=question, agent_id=session.agent_id,
            reason=waits_for_worker(session.name) if outside else None, retry_of=retry_of,
            from_step=from_step.told if from_step is not None else None,
        )  # fmt: skip
        values = {
            "id": run_id, "session_key": session.key, "status": "queued", "question": question,
            "created_at": now(), "agent_key": session.agent_key,
            "metadata": {**session.metadata, **(metadata or {})}, "outside": outside,
            "asked_by": session.owner_key if asked_by is None else asked_by,
            "traceparent": traceparent(), "retry_of": retry_of,
            "from_step": from_step.stored() if from_step is not None else None,
        }  # fmt: skip
        return NewRun(session.key, event, values)


def store_run(connection: Connection, new: NewRun, first_seq: int) -> Asked:
    """The question's message and its run, whose event the log has under ``first_seq``."""
    connection.execute(insert(runs), {**new.values, "first_seq": first_seq})
    message = add_message(connection, new.session_key, "user", new.values["question"], new.values["id"])
    run = find_run(connection, new.values["id"])
    assert run is not None
    return message, run


def name_session(connection: Connection, session_key: int, title: str) -> None:
    """Give a session that has no title of its own yet this one."""
    untitled = sessions.c.key == session_key, sessions.c.title == UNTITLED
    connection.execute(update(sessions).where(*untitled).values(title=title))


def waits_for_worker(agent: str) -> str:
    return f"Waiting for a worker of “{agent}”."
