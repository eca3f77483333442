"""Which events people may want to be told of, wherever they are: few of a log.

An append notes them in its own transaction (the table ``noted``), so that no kill afterwards loses them.
utils/notices/planner.py decides who is told.
"""

from collections.abc import Callable
from typing import Literal

from utils.log.events import AgentActivity, Error, LoggedEvent, RunUpdate

NotedKind = Literal["run_failed", "run_ended", "approval_waits", "stuck", "over_budget"]
NOTED_KINDS: tuple[NotedKind, ...] = ("approval_waits", "run_failed", "stuck", "over_budget", "run_ended")
# By how the code of an `error` begins.
_CODES: tuple[tuple[str, NotedKind], ...] = (
    ("stuck_", "stuck"),
    ("budget_", "over_budget"),
    ("time_budget", "over_budget"),
)  # fmt: skip
_STATUSES: dict[str, NotedKind] = {"failed": "run_failed", "completed": "run_ended", "cancelled": "run_ended"}


def _of_error(event: LoggedEvent) -> NotedKind | None:
    assert isinstance(event, Error)
    return next((kind for begin, kind in _CODES if event.code.startswith(begin)), None)


def _of_run(event: LoggedEvent) -> NotedKind | None:
    assert isinstance(event, RunUpdate)
    return _STATUSES.get(event.status) if event.run_id else None


def _of_step(event: LoggedEvent) -> NotedKind | None:
    assert isinstance(event, AgentActivity)
    asks = event.kind == "approval" and event.status == "waiting" and approval_id(event) is not None
    return "approval_waits" if asks else None


_BY_TYPE: dict[str, Callable[[LoggedEvent], NotedKind | None]] = {
    "error": _of_error, "runUpdate": _of_run, "agentActivity": _of_step
}  # fmt: skip


def noted_kind(event: LoggedEvent) -> NotedKind | None:
    """None for almost every event: it costs an append next to nothing."""
    look = _BY_TYPE.get(event.type)
    return look(event) if look is not None else None


def approval_id(event: AgentActivity) -> str | None:
    """Of a step that waits for a person: what it asks (utils/sessions/approval.py)."""
    found = event.input.get("approval_id") if isinstance(event.input, dict) else None
    return found if isinstance(found, str) else None
