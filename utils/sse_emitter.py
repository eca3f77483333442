"""The way in: what any Python process of the machine calls to tell what its agents do.

    from utils.sse_emitter import sse_emitter
    sse_emitter.emit_agent_activity(session_id="session-123", agent_name="Document Agent",
        action="Processing document", status="in-progress", details="Analyzing PDF content")

Every call returns the event's seq after the event is stored, or raises: ``pydantic.ValidationError`` for an event
that is not well-formed, :class:`utils.log.events.EventError` for one that has no JSON or is larger than 2 MiB
(both are ValueErrors), :class:`utils.log.errors.NotStoredError` for one that could not be stored. The
session is made if it does not exist yet. The first call opens the database, and raises
:class:`utils.settings.SettingsError` or :class:`utils.database.base.DatabaseError` if it never can be.
"""

import os
import threading
import time
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from utils.database.base import DatabaseLostError
from utils.database.opening import open_database
from utils.doorbell.opening import open_doorbell
from utils.log.activity_log import ActivityLog, event_emitted
from utils.log.errors import StorageLostError
from utils.log.events import (
    ActivityKind,
    ActivityStatus,
    AgentActivity,
    AgentMessage,
    AgentStatus,
    AgentStatusUpdate,
    Citation,
    Error,
    LoggedEvent,
    MessageChannel,
    RunStatus,
    RunUpdate,
    Usage,
)
from utils.log.opening import open_log
from utils.log.store import Fence
from utils.sessions.new_session import emitted_session
from utils.settings import get_settings

__all__ = ["SseEmitter", "event_emitted", "sse_emitter"]

_PATIENCE_SECONDS = 10.0  # of the first emit with a database server that is away; those after it have as much


class SseEmitter:
    """Emits events into one log."""

    def __init__(self, log: ActivityLog | None = None) -> None:
        self._log = log
        self._opening = threading.Lock()

    def emit(self, event: LoggedEvent, fence: Fence | None = None) -> int:
        """Store one event and return its seq. With a fence, only the owner of the run may."""
        return self.emit_all([event], fence)

    def emit_all(self, events: list[LoggedEvent], fence: Fence | None = None, key: int | None = None) -> int:
        """Store events of one session together, all or none, and return the seq of the last.

        With the session's ``key`` it is not made: SessionGoneError tells that it was deleted.
        """
        if len({event.session_id for event in events}) != 1:
            raise ValueError("Events that are emitted together must be of one session, and at least one.")
        return self._opened().append(events[0].session_id, events, fence, key).head

    def emit_agent_activity(
        self,
        session_id: str,
        agent_name: str,
        action: str,
        status: ActivityStatus,
        details: str | None = None,
        *,
        run_id: str | None = None,
        activity_id: str | None = None,
        parent_id: str | None = None,
        kind: ActivityKind = "step",
        progress: float | None = None,
        input: Any = None,
        output: Any = None,
        usage: Usage | None = None,
    ) -> int:
        """A step of an agent began, moved or ended.

        Without ``activity_id``, calls with the same run, agent and action tell of the same step.
        """
        if activity_id is None:
            activity_id = uuid5(NAMESPACE_OID, f"{session_id}\0{run_id}\0{agent_name}\0{action}").hex
        return self.emit(
            AgentActivity(
                session_id=session_id,
                run_id=run_id,
                activity_id=activity_id,
                parent_id=parent_id,
                agent_name=agent_name,
                action=action,
                kind=kind,
                status=status,
                details=details,
                progress=progress,
                input=input,
                output=output,
                usage=usage,
            )
        )

    def emit_agent_status_update(
        self,
        session_id: str,
        agent_name: str,
        status: AgentStatus,
        details: str | None = None,
        *,
        run_id: str | None = None,
    ) -> int:
        """What an agent is, now."""
        return self.emit(
            AgentStatusUpdate(
                session_id=session_id, run_id=run_id, agent_name=agent_name, status=status, details=details
            )
        )

    def emit_agent_message(
        self,
        session_id: str,
        agent_name: str,
        message_id: str,
        delta: str = "",
        final: bool = False,
        *,
        run_id: str | None = None,
        replaces: str | None = None,
        citations: list[Citation] | None = None,
        channel: MessageChannel | None = None,
        activity_id: str | None = None,
    ) -> int:
        """The next piece of a text for the user. Emit a piece per 40 ms or so, not one per token.

        With the channel "reasoning": of what a model thinks in the step ``activity_id``.
        """
        return self.emit(
            AgentMessage(
                session_id=session_id,
                run_id=run_id,
                message_id=message_id,
                agent_name=agent_name,
                delta=delta,
                final=final,
                replaces=replaces,
                citations=citations,
                channel=channel,
                activity_id=activity_id,
            )
        )

    def emit_run_update(
        self,
        session_id: str,
        run_id: str,
        status: RunStatus,
        reason: str | None = None,
        *,
        question: str | None = None,
        phase: str | None = None,
        progress: float | None = None,
    ) -> int:
        """The life of a run that an agent outside Ringside works on. Ringside's own runs tell of themselves."""
        return self.emit(
            RunUpdate(
                session_id=session_id,
                run_id=run_id,
                status=status,
                reason=reason,
                question=question,
                phase=phase,
                progress=progress,
            )
        )

    def emit_error(
        self,
        session_id: str,
        code: str,
        message: str,
        agent_name: str | None = None,
        retryable: bool = False,
        *,
        run_id: str | None = None,
        activity_id: str | None = None,
    ) -> int:
        """Something went wrong, in plain words with what to do next."""
        return self.emit(
            Error(
                session_id=session_id,
                run_id=run_id,
                code=code,
                message=message,
                agent_name=agent_name,
                retryable=retryable,
                activity_id=activity_id,
            )
        )

    def _opened(self) -> ActivityLog:
        if self._log is None:
            deadline = time.monotonic() + _PATIENCE_SECONDS
            with self._opening:
                if self._log is None:
                    self._log = _open(deadline)
        return self._log


def _open(deadline: float) -> ActivityLog:
    database = open_database(get_settings())
    try:
        database.migrate(max(0.0, deadline - time.monotonic()))
    except DatabaseLostError as error:
        database.close()
        raise StorageLostError(str(error)) from error
    except BaseException:
        database.close()
        raise
    return open_log(database, open_doorbell(database), emitted_session)


sse_emitter = SseEmitter()
_inherited: list[ActivityLog | None] = []


def _start_afresh() -> None:
    """After a fork. The child must neither use nor close the connections it got, so they are put aside."""
    _inherited.append(sse_emitter._log)
    sse_emitter.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_start_afresh)
