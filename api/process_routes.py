"""A script's way: a prompt is asked in a session of its own, and the request waits for the answer."""

import json

from flask import Response

from agents.backends.kinds import KINDS
from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.process import InProcess, Processed, Processing
from api.errors import ApiError, not_found
from api.services import services
from api.waits import ended_within
from utils.registry.agent_registry import AgentRecord
from utils.sessions.runs import RunRecord
from utils.sessions.sessions import title_from

blueprint = ViewGroup("process", "Process", "/api/process")


@blueprint.post(
    "",
    summary="Ask one question and wait for its answer",
    responses={200: Processed, 202: InProcess, 404: ErrorBody, 409: ErrorBody, 502: ErrorBody},
)
def process(body: Processing) -> Response:
    own, who = services(), principal()
    if not who.has("read"):
        raise ApiError(403, "forbidden", "This API key lacks the scope read, so it may not have the answer.")
    agent, metadata = _asked(body.model)
    session = own.sessions.create(title=title_from(body.prompt), owner=who.user, agent_key=agent.key)
    asked = own.run_queue.request(session.id, body.prompt, metadata=metadata)
    if asked is None:
        raise not_found("session")
    run = ended_within(body.wait, asked[1].id, own.wait_slots)
    if run is None:
        pending = answer(InProcess(run_id=asked[1].id, session_id=session.id), 202)
        pending.headers["Location"] = f"/api/runs/{asked[1].id}"
        return pending
    return answer(Processed(result=_result(run), run_id=run.id))


def _asked(wanted: str | None) -> tuple[AgentRecord, dict[str, str]]:
    """Who is asked, and what is told beside the question: the model, where it is no agent that is wanted."""
    agents = [one for one in services().agents.of_team(principal().team.key).items if one.enabled and not one.problem]
    named = next((one for one in agents if wanted in (one.id, one.name)), None)
    if named is not None:
        return named, {}
    in_browsers = KINDS.worked_by("browsers")
    found = next((one for one in agents if one.configuration.kind in in_browsers), None)
    if found is not None:
        return found, {"model": wanted} if wanted else {}
    if wanted:
        raise not_found("agent")
    raise ApiError(409, "no_agent", "No agent of the team answers in people's browsers. Name another one as the model.")


def _result(run: RunRecord) -> str:
    found = services().messages.answer_of(run.id)
    if found is not None:
        return found.content
    if run.status == "cancelled":
        raise ApiError(409, "run_cancelled", run.reason or "The run was stopped.")
    raise ApiError(502, "run_failed", run.reason or "The run failed.")


@blueprint.after_request
def tell_the_status(response: Response) -> Response:
    """An error, too, has a status beside it."""
    if response.status_code >= 400 and response.is_json:
        response.set_data(json.dumps({**response.get_json(), "status": "error"}, ensure_ascii=False))
    return response
