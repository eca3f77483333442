"""The events that close a run: an end for each step that is open, and a status for each agent that is working."""

from collections.abc import Iterable

from utils.log.events import (
    ENDED_ACTIVITY,
    ActivityStatus,
    AgentActivity,
    AgentStatus,
    AgentStatusUpdate,
    LoggedEvent,
    tells_late,
)

AGENT_WHEN_ENDED: dict[ActivityStatus, AgentStatus] = {"completed": "done", "failed": "failed", "cancelled": "idle"}
_WITHOUT_DATA = {"input": None, "output": None}  # of a long run, they would fill the memory


def closing_events(
    told: Iterable[LoggedEvent], status: ActivityStatus, details: str | None = None
) -> list[LoggedEvent]:
    """The events that close what a run's events leave open, the innermost step first.

    The root step ends with ``status`` and ``details``; what it still enclosed is cancelled.
    """
    steps: dict[str, AgentActivity] = {}
    working: dict[str, AgentStatusUpdate] = {}
    for event in told:
        if isinstance(event, AgentActivity):
            known = steps.get(event.activity_id)
            ended_at = known.time if known is not None and known.status in ENDED_ACTIVITY else None
            if not tells_late(event.status, event.time, ended_at):
                steps[event.activity_id] = event.model_copy(update=_WITHOUT_DATA)
        elif isinstance(event, AgentStatusUpdate):
            working[event.agent_name] = event
    ends: list[LoggedEvent] = []
    ended_as: dict[str, AgentStatus] = {}
    # A step begins after the one around it, so the reverse of the order they began in is from the inside out.
    for step in reversed([step for step in steps.values() if step.status not in ENDED_ACTIVITY]):
        how: ActivityStatus = status if step.parent_id is None else "cancelled"
        ends.append(
            AgentActivity(
                session_id=step.session_id,
                run_id=step.run_id,
                activity_id=step.activity_id,
                parent_id=step.parent_id,
                agent_name=step.agent_name,
                action=step.action,
                kind=step.kind,
                status=how,
                details=details if step.parent_id is None else None,
            )
        )
        ended_as[step.agent_name] = AGENT_WHEN_ENDED[how]
    ends += [
        AgentStatusUpdate(
            session_id=last.session_id, run_id=last.run_id, agent_name=name, status=ended_as.get(name, "idle")
        )
        for name, last in working.items()
        if last.status in ("working", "waiting")
    ]
    return ends
