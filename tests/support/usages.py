"""Steps that tell what models took."""

from typing import Any

from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity, Usage


def ended(
    activity_id: str, session_id: str = "s1", run_id: str | None = None, parent_id: str | None = None,
    usage: Usage | None = None, **told: Any,
) -> AgentActivity:  # fmt: skip
    return AgentActivity(
        **{
            "session_id": session_id, "run_id": run_id, "activity_id": activity_id, "parent_id": parent_id,
            "agent_name": "Crew", "action": "Think", "status": "completed", "usage": usage,
        }
        | told
    )  # fmt: skip


def took(input_tokens: int, output_tokens: int = 0, model: str = "m", **more: Any) -> Usage:
    return Usage(model=model, input_tokens=input_tokens, output_tokens=output_tokens, **more)


def use(log: ActivityLog, session_id: str, run_id: str | None, tokens: int) -> None:
    """A step of its own that took so many tokens, as it ends."""
    head = log.position(session_id)
    number = head.head if head is not None else 0
    log.append(session_id, [ended(f"use-{number}", session_id, run_id, usage=took(tokens))])
