"""The events of a session's log, as the server takes them: one JSON object each.

docs/events.md of the server describes every field.
"""

import hashlib
import re
from datetime import datetime, timezone
from typing import Any, Literal

from ringside.values import compact, json_of, said, text_of

Kind = Literal["step", "tool", "model", "handoff", "approval"]
ActivityStatus = Literal["started", "in-progress", "waiting", "completed", "failed", "cancelled"]
AgentStatus = Literal["idle", "working", "waiting", "done", "failed"]
RunStatus = Literal["queued", "running", "waiting", "completed", "failed", "cancelled"]

_SHORT, _LONG = 200, 20_000
_SESSION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}\Z")


def session_id(name: str) -> str:
    """The id of a session: the name itself if it may be one, else like it and different for different names."""
    if _SESSION_ID.match(name):
        return name
    readable = re.sub(r"[^A-Za-z0-9._:-]+", "-", name).strip("-._:")[:80] or "session"
    return f"{readable}-{digest(name)[:8]}"


def digest(*parts: object) -> str:
    """32 hexadecimal digits that are the same for the same parts."""
    return hashlib.blake2b("\0".join(map(said, parts)).encode("utf-8", "replace"), digest_size=16).hexdigest()


def moment() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def agent_activity(
    session: str,
    run: str | None,
    activity_id: str,
    agent: str,
    action: str,
    status: ActivityStatus,
    *,
    parent_id: str | None = None,
    kind: Kind = "step",
    details: str | None = None,
    progress: float | None = None,
    usage: dict[str, Any] | None = None,
    time: str | None = None,
    data: dict[str, Any] | None = None,
) -> bytes:
    """``data``: the ``input`` and ``output``, any values."""
    event = {
        "type": "agentActivity", "session_id": session, "run_id": run, "time": time or moment(),
        "activity_id": activity_id, "parent_id": parent_id, "agent_name": _name(agent), "action": _name(action),
        "kind": kind, "status": status, "details": _words(details), "progress": progress, "usage": usage,
    }  # fmt: skip
    return _body(event, data)


def agent_message(
    session: str,
    run: str | None,
    message_id: str,
    agent: str,
    delta: str,
    *,
    final: bool = False,
    channel: Literal["reasoning"] | None = None,
    activity_id: str | None = None,
    time: str | None = None,
) -> bytes:
    event = {
        "type": "agentMessage", "session_id": session, "run_id": run, "time": time or moment(),
        "message_id": message_id, "agent_name": _name(agent), "delta": delta, "final": final or None,
        "channel": channel, "activity_id": activity_id,
    }  # fmt: skip
    return _body(event)


def agent_status(session: str, run: str | None, agent: str, status: AgentStatus, details: str | None = None) -> bytes:
    event = {
        "type": "agentStatusUpdate", "session_id": session, "run_id": run, "time": moment(), "agent_name": _name(agent),
        "status": status, "details": _words(details),
    }  # fmt: skip
    return _body(event)


def run_update(
    session: str,
    run: str,
    status: RunStatus,
    *,
    question: str | None = None,
    reason: str | None = None,
    phase: str | None = None,
    model: str | None = None,
    time: str | None = None,
) -> bytes:
    event = {
        "type": "runUpdate", "session_id": session, "run_id": run, "time": time or moment(), "status": status,
        "question": _words(question), "reason": _words(reason), "phase": _words(phase), "model": _words(model),
    }  # fmt: skip
    return _body(event)


def message_read(session: str, run: str, message_id: str, text: str) -> bytes:
    """That the run has read what a person said to it."""
    event = {
        "type": "userMessage", "session_id": session, "run_id": run, "time": moment(), "message_id": message_id,
        "text": text, "delivery": "steered",
    }  # fmt: skip
    return _body(event)


def error(
    session: str, run: str | None, code: str, message: str, agent: str | None = None, activity_id: str | None = None
) -> bytes:
    event = {
        "type": "error", "session_id": session, "run_id": run, "time": moment(), "code": _name(code),
        "message": _words(message), "agent_name": None if agent is None else _name(agent), "activity_id": activity_id,
    }  # fmt: skip
    return _body(event)


def _name(text: object) -> str:
    return text_of(text, _SHORT) or "–"


def _words(text: object | None) -> str | None:
    return None if text is None else text_of(text, _LONG)


def _body(event: dict[str, Any], data: dict[str, Any] | None = None) -> bytes:
    text = compact({name: value for name, value in event.items() if value is not None})
    for name, value in (data or {}).items():
        text = f'{text[:-1]},"{name}":{json_of(value)}}}'
    return text.encode("utf-8", "replace")  # half a character has no UTF-8
