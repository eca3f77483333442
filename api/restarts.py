"""Where a run that has ended can begin again, as another one."""

from typing import Any

from pydantic import BaseModel, ValidationError

from agents.backends import base
from agents.backends.kinds import KINDS
from api.bodies.messages import RestartPoint, StartingStep
from api.errors import ApiError, not_found
from api.services import services
from utils.log.events import AgentActivity
from utils.sessions.restart import Restart
from utils.sessions.runs import RunRecord
from utils.validation_words import validation_words

_NOT_HERE = "Only the whole question can be asked again: agents of this kind cannot begin in the middle."
_NOT_ENDED = "This run has not ended yet. Stop it before you begin from one of its steps."
_KEPT = {"session_id", "run_id", "activity_id", "parent_id", "agent_name", "action", "kind", "status", "input"}
_GONE = "Only the whole question can be asked again: what this run had found is not kept any more."


def restart_point(run: RunRecord, activity_id: str) -> tuple[AgentActivity, base.RestartPoint] | str:
    """A step, and where another run would begin; words where it cannot.

    Raises 404 for an unknown step: it is looked for only where a run of this kind can begin with one at all.
    """
    if not run.ended:
        return _NOT_ENDED
    kind = None if run.reported else _kind(run)
    if kind is None or kind.restarts is None:
        return _NOT_HERE
    steps = _steps(run)
    chosen = steps.get(activity_id)
    if chosen is None:
        raise not_found("step")
    found = kind.restarts(run.id, chosen, list(steps.values()))
    if isinstance(found, str):
        return found
    return _GONE if found.from_checkpoint and not services().checkpoints.has(run.id) else (chosen, found)


def restart(run: RunRecord, wanted: StartingStep) -> Restart:
    """Raises 409 where no run can begin there, 400 for an input that the step does not take."""
    point = restart_point(run, wanted.activity_id)
    if isinstance(point, str):
        raise ApiError(409, "cannot_restart", point)
    step, found = point
    edited = "input" in wanted.model_fields_set
    return Restart(
        former=run.id,
        activity_id=step.activity_id,
        agent_name=step.agent_name,
        action=step.action,
        kind=step.kind,
        input=_taken(wanted.input, found) if edited else step.input,
        edited=edited,
        begin=found.begin,
        former_input=step.input if edited else None,
    )


def restart_body(point: tuple[AgentActivity, base.RestartPoint] | str) -> RestartPoint:
    if isinstance(point, str):
        return RestartPoint(possible=False, words=point, takes_input=False, fixed=None)
    _, found = point
    return RestartPoint(possible=True, words=found.note, takes_input=found.takes is not None, fixed=found.fixed)


def _taken(given: Any, found: base.RestartPoint) -> Any:
    if found.takes is None:
        raise ApiError(409, "input_fixed", found.fixed or "This step cannot be given another input.")
    try:
        taken: BaseModel = found.takes.model_validate(given)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in ("input", *problem["loc"]))
        raise ApiError(400, "invalid_input", f"{where}: {validation_words(problem)}.") from error
    return taken.model_dump(mode="json")


def _kind(run: RunRecord) -> base.BackendKind | None:
    agent = services().agents.with_key(run.agent_key) if run.agent_key is not None else None
    return KINDS.get(agent.configuration.kind if agent is not None else "documents")


def _steps(run: RunRecord) -> dict[str, AgentActivity]:
    """The run's steps by their ids, with what their events have said of each: not what it gave back, which is a lot."""
    steps: dict[str, AgentActivity] = {}
    for event in services().log.run_events(run.session_id, run.id, run.first_seq):
        if isinstance(event, AgentActivity):
            before, said = steps.get(event.activity_id), event.model_dump(include=_KEPT, exclude_none=True)
            steps[event.activity_id] = (
                AgentActivity.model_construct(**said) if before is None else before.model_copy(update=said)
            )
    return steps
