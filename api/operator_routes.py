"""For administrators: the queue, who works on what, and how a run is freed."""

from flask import Response
from pydantic import BaseModel

from api.access.audit import note
from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies import operator as bodies
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.errors import ApiError, not_found
from api.services import services
from utils.database.moment import now
from utils.database.server_capacity import server_capacity
from utils.database.shares import ConnectionShares
from utils.metrics.figures import total
from utils.sessions.open_runs import OpenRun, waits_for
from utils.sessions.retention_rule import rules_of

blueprint = ViewGroup("operator", "Operations", "/api/operations")


class RunPath(BaseModel):
    run_id: str


@blueprint.get("", summary="The queue, and who works on what", responses={200: bodies.Operations})
def read_operations() -> Response:
    own, team = services(), principal().team.key
    operates = own.open_runs.operates(team)
    found, processes = own.open_runs.seen_by(team), own.agent_processes.all()
    agents_live = any(not process.silent for process in processes)
    return answer(
        bodies.Operations(
            runs=[_shown(run, waits_for(run, found, agents_live)) for run in found],
            processes=processes if operates else [],
            streams=int(total("ringside_streams_open")) if operates else None,
            watched_sessions=int(total("ringside_sessions_watched")) if operates else None,
            connections=_connections() if operates else None,
            retention=rules_of(own.database) if operates else [],
            cannot=own.readiness.cannot(own.readiness.look()) if operates else [],
            now=now(),
        )
    )


def _connections() -> bodies.DatabaseConnections | None:
    server = server_capacity(services().database)
    if server is None:
        return None
    machine = ConnectionShares(services().settings).all
    return bodies.DatabaseConnections(allowed=server.allowed, taken=server.taken, machine=machine, scarce=server.scarce)


@blueprint.post(
    "/runs/<run_id>/release",
    summary="Take a run from whoever holds it, and queue it again",
    responses={200: bodies.Freed, 404: ErrorBody, 409: ErrorBody},
)
def release_run(path: RunPath) -> Response:
    run = _found(path.run_id)
    if run.status != "running":
        raise ApiError(409, "not_running", "Nobody works on this run, so there is nobody to take it from.")
    freed = services().run_queue.free(run.id)
    note("run freed", _named(run))
    return answer(bodies.Freed(status=freed.status if freed is not None else run.status))


@blueprint.post(
    "/runs/<run_id>/stop",
    summary="Stop a run; one that was asked to stop before ends at once, whatever its holder does",
    responses={200: bodies.Freed, 404: ErrorBody},
)
def stop_run(path: RunPath) -> Response:
    run, queue = _found(path.run_id), services().run_queue
    at_once = run.status == "running" and run.cancel_requested
    stopped = queue.free(run.id) if at_once else queue.cancel(run.id)
    note("run ended" if at_once else "run stopped", _named(run))
    return answer(bodies.Freed(status=stopped.status if stopped is not None else run.status))


def _found(run_id: str) -> OpenRun:
    run = services().open_runs.find(principal().team.key, run_id)
    if run is None:
        raise not_found("run")
    return run


def _named(run: OpenRun) -> str:
    """For the audit trail of whoever did it, who may not know the session."""
    where = run.session_id if principal().may_read(run.session) else f"team {run.team_name}"
    return f"{run.id} ({where})" + (f", held by {run.owner}" if run.owner else "")


def _shown(run: OpenRun, waits: str | None) -> bodies.OpenRun:
    readable = principal().may_read(run.session)
    return bodies.OpenRun(
        id=run.id, status=run.status, session_id=run.session_id if readable else None,
        title=run.title if readable else None, team_name=run.team_name, agent_name=run.agent_name,
        attempt=run.attempt, losses=run.losses, owner=run.owner, stopping=run.cancel_requested, waits_for=waits,
        created_at=run.created_at, started_at=run.started_at,
    )  # fmt: skip
