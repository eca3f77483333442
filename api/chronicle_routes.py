"""The chronicle of a run, written by a model."""

import asyncio
from functools import partial
from itertools import takewhile

from flask import Response

from agents.backends.base import Registration
from agents.backends.built_in.documents import DocumentsConfiguration
from agents.backends.model_source import ModelConfiguration, chosen_model
from agents.chronicle.facts import facts_of
from agents.chronicle.writing import write
from agents.models.chat_models import ModelChoice
from api.access.identity import changeable, principal, readable_run
from api.blueprints import ViewGroup
from api.bodies.answers import answer
from api.bodies.chronicles import Chronicle
from api.bodies.errors import ErrorBody
from api.bodies.parameters import RunPath, RunQuery
from api.errors import ApiError
from api.services import services
from utils.registry.configuration import address_not_allowed
from utils.sessions.runs import RunRecord

blueprint = ViewGroup("chronicles", "Messages and runs", "/api")


@blueprint.post(
    "/runs/<run_id>/chronicle",
    summary="Have a model tell a run in plain words",
    description="The model of the agent that answered, else the server's. It is given facts from the run's events; "
    "each sentence names those it rests on, and is checked against them: numbers, names, quotes, decisions and "
    "outcomes. Nothing is stored but what the model took. Once in ten seconds for each user.",
    responses={200: Chronicle, 404: ErrorBody, 409: ErrorBody, 502: ErrorBody, 503: ErrorBody},
)
def write_chronicle(path: RunPath, query: RunQuery) -> Response:
    if not principal().has("read"):  # before it could learn that there is such a run
        raise ApiError(403, "forbidden", "This API key lacks the scope read, and the answer tells what happened.")
    run, own = readable_run(path.run_id, query.session_id), services()
    session = changeable(run.session_id)
    choice = _model(run)
    own.asides.require(session.key)
    with own.chronicle_slots.taken(principal().user.key):  # also of the reading, which is most of the work
        position = own.log.position(session.id)
        head = position.head if position is not None else 0
        events = own.log.run_events(session.id, run.id, run.first_seq)
        facts = facts_of(takewhile(lambda event: (event.seq or 0) <= head, events))
        written = asyncio.run(write(choice, facts, own.settings.model_timeout_seconds))
    if written.usage is not None:
        own.asides.note(session.key, written.usage)
    if written.error is not None:
        raise ApiError(502, written.error.code, written.error.message)
    return answer(Chronicle(model=choice.name, head=head, sentences=written.sentences))


def _model(run: RunRecord) -> ModelChoice:
    """Of the agent that answered, if it has one; else the server's. Raises ApiError where there is none."""
    own = services()
    agent = own.agents.with_key(run.agent_key) if run.agent_key is not None else None
    choice = None
    if agent is not None and agent.problem is None and isinstance(agent.configuration, ModelConfiguration):
        address = agent.configuration.own_address
        if address is not None and not own.settings.allows_agents_at(address):
            raise ApiError(409, "address_not_allowed", address_not_allowed())
        secret, colleague = partial(own.agents.secret, agent), partial(own.agents.get, agent.team_key)
        registration = Registration(agent.key, agent.name, "", agent.configuration, secret, colleague)
        choice = chosen_model(registration, own.settings)
    if choice is None:
        server = Registration(None, "", "", DocumentsConfiguration(kind="documents"), lambda _: None)
        choice = chosen_model(server, own.settings)
    if choice is None:
        words = "Neither the agent of this run nor this server has a model. The rules tell the run without one."
        raise ApiError(409, "no_model", words)
    return choice
