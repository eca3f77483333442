"""Pauses of an agent, or of everything of a team: none of its runs is worked on until it is resumed."""

from flask import Response

from api.access.audit import note
from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.errors import ErrorBody
from api.bodies.parameters import AgentPath
from api.bodies.pauses import NewPause, PauseList
from api.errors import not_found
from api.services import services
from utils.registry.agent_registry import AgentRecord

blueprint = ViewGroup("pauses", "Pauses", "/api")


@blueprint.get("/pauses", summary="List what is paused", responses={200: PauseList})
def list_pauses() -> Response:
    return _all()


@blueprint.put(
    "/agents/<agent_id>/pause",
    summary="Pause an agent",
    description="Questions to it wait until it is resumed. Paused again, the first pause stands.",
    responses={200: PauseList, 404: ErrorBody},
)
def pause_agent(path: AgentPath, body: NewPause) -> Response:
    agent, who = _agent(path.agent_id), principal()
    if services().pauses.pause(who.team.key, agent, who.user, body.reason, at_work=body.at_work):
        note("agent paused", agent.name)
    return _all()


@blueprint.delete("/agents/<agent_id>/pause", summary="Resume an agent", responses={200: PauseList, 404: ErrorBody})
def resume_agent(path: AgentPath) -> Response:
    """The runs that were paused with it go on."""
    agent, who = _agent(path.agent_id), principal()
    if services().pauses.resume(who.team.key, agent, who.user):
        note("agent resumed", agent.name)
    return _all()


@blueprint.put(
    "/team/pause",
    summary="Pause everything of the team",
    description="Questions of the team wait until it is resumed. Paused again, the first pause stands.",
    responses={200: PauseList},
)
def pause_team(body: NewPause) -> Response:
    who = principal()
    if services().pauses.pause(who.team.key, None, who.user, body.reason, at_work=body.at_work):
        note("team paused", who.team.name)
    return _all()


@blueprint.delete("/team/pause", summary="Resume everything of the team", responses={200: PauseList})
def resume_team() -> Response:
    """The runs that were paused with it go on. An agent that was paused by itself stays paused."""
    who = principal()
    if services().pauses.resume(who.team.key, None, who.user):
        note("team resumed", who.team.name)
    return _all()


def _all() -> Response:
    found = list(services().pauses.of_team(principal().team.key))
    return answer(PauseList(pauses=found))


def _agent(agent_id: str) -> AgentRecord:
    agent = services().agents.get(principal().team.key, agent_id)
    if agent is None:
        raise not_found("agent")
    return agent
