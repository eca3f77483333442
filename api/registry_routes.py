"""The registry of agents: the backends that a team's sessions can choose. Secrets come in and never go out."""

import asyncio
from dataclasses import replace
from functools import partial
from threading import BoundedSemaphore

from flask import Response, request
from flask_openapi3.models.file import FileStorage
from pydantic import BaseModel, ConfigDict, Field

from agents.backends.base import BackendKind, Registration
from agents.backends.kinds import KINDS
from agents.errors import AgentError
from api.access.audit import note
from api.access.identity import principal
from api.blueprints import ViewGroup
from api.bodies.agents import AgentChange, AgentDetail, AgentPage, AgentTest, AgentTrial, NewAgent
from api.bodies.answers import agent_bodies, agent_detail, answer
from api.bodies.backend_kinds import BackendKindList, kind_bodies
from api.bodies.errors import ErrorBody
from api.bodies.parameters import AgentPath, PageQuery, QueryModel
from api.errors import ApiError, not_found
from api.services import services
from utils.registry.agent_registry import AgentRecord, Secrets, agent_unavailable
from utils.registry.avatar import MAX_BYTES, avatar_from, too_large
from utils.registry.configuration import BackendConfiguration, address_not_allowed

blueprint = ViewGroup("agents", "Agents", "/api/agents")
_tests = BoundedSemaphore(2)  # of this process: each holds a thread
_TEST_SECONDS = 30.0  # of one test, in all
_NO_TEST = "Agents of this kind can only be tested by asking a question."
_FORM_BYTES = 64 * 1024  # room for the form around a picture


class Picture(QueryModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    file: FileStorage


class AvatarQuery(QueryModel):
    v: str = Field(default="", max_length=80, description="Which picture: with the present one, it may be kept.")


class AgentsQuery(PageQuery):
    limit: int | None = Field(default=None, ge=1, le=200, description="Left out: all of them.")  # type: ignore[assignment]


@blueprint.get("", summary="List agents", responses={200: AgentPage})
def list_agents(query: AgentsQuery) -> Response:
    who = principal()
    page = services().agents.of_team(who.team.key, query.cursor, query.limit)
    administrator = who.is_administrator and who.scopes is None  # as whoever may read one by one
    outside = [agent.key for agent in page.items if agent.configuration.kind in KINDS.outside]
    workers = services().workers.of_agents(outside) if outside else []
    found = agent_bodies(page.items, workers, administrator)
    return answer(AgentPage(agents=found, next_cursor=page.next_cursor))


@blueprint.get("/kinds", summary="List the kinds of agents that can be registered", responses={200: BackendKindList})
def list_kinds() -> Response:
    return answer(BackendKindList(kinds=kind_bodies()))


@blueprint.post("", summary="Register an agent", responses={201: AgentDetail, 409: ErrorBody})
def create_agent(body: NewAgent) -> Response:
    _refuse_address(body.configuration)
    agent = services().agents.create(
        principal().team.key,
        name=body.name,
        description=body.description,
        configuration=body.configuration,
        system_prompt=body.system_prompt,
        secrets_given=_given(body.secrets),
        enabled=body.enabled,
    )
    note("agent registered", f"{agent.name} ({agent.configuration.kind})")
    _note_secrets(agent, _given(body.secrets))
    return answer(agent_detail(agent), 201)


@blueprint.post("/test", summary="Test an agent before it is registered", responses={200: AgentTest})
def test_new_agent(body: AgentTrial) -> Response:
    """Nothing is stored, and no secret is told."""
    _refuse_address(body.configuration)
    secrets, colleague = _given(body.secrets), partial(services().agents.get, principal().team.key)
    return _tested(Registration(None, "", "", body.configuration, secrets.get, colleague))


@blueprint.post(
    "/<agent_id>/test",
    summary="Test the connection of an agent",
    description="As its kind does it, for at most 30 seconds: a model server, for one, is asked for one word.",
    responses={200: AgentTest, 404: ErrorBody, 409: ErrorBody},
)
def test_agent(path: AgentPath) -> Response:
    agent, registry = _known(services().agents.get(principal().team.key, path.agent_id)), services().agents
    if agent.problem is not None:
        raise agent_unavailable()
    _refuse_address(agent.configuration)  # which may have been allowed when it was registered
    secret, colleague = partial(registry.secret, agent), partial(registry.get, agent.team_key)
    return _tested(Registration(agent.key, agent.name, agent.system_prompt, agent.configuration, secret, colleague))


@blueprint.get("/<agent_id>", summary="Read an agent", responses={200: AgentDetail, 404: ErrorBody})
def read_agent(path: AgentPath) -> Response:
    return answer(agent_detail(_known(services().agents.get(principal().team.key, path.agent_id))))


@blueprint.patch(
    "/<agent_id>",
    summary="Change an agent",
    responses={200: AgentDetail, 404: ErrorBody, 409: ErrorBody},
)
def change_agent(path: AgentPath, body: AgentChange) -> Response:
    _refuse_address(body.configuration)
    secrets, fields = _given(body.secrets), sorted(body.model_dump(exclude_none=True, exclude={"secrets"}))
    agent = _known(
        services().agents.change(
            principal().team.key,
            path.agent_id,
            name=body.name,
            description=body.description,
            configuration=body.configuration,
            system_prompt=body.system_prompt,
            secrets_given=secrets,
            enabled=body.enabled,
        )
    )
    if fields:
        note("agent changed", f"{agent.name}: {', '.join(fields)}")
    _note_secrets(agent, secrets)
    return answer(agent_detail(agent))


@blueprint.delete(
    "/<agent_id>",
    summary="Delete an agent",
    responses={204: None, 404: ErrorBody, 409: ErrorBody},
)
def delete_agent(path: AgentPath) -> Response:
    """Sessions that have chosen it must choose another one before the next question."""
    agent = _known(services().agents.delete(principal().team.key, path.agent_id))
    note("agent deleted", agent.name)
    return Response(status=204)


@blueprint.put(
    "/<agent_id>/avatar",
    summary="Give an agent a picture (multipart/form-data, field `file`)",
    description="PNG, JPEG or WebP of at most 1 MB; its middle is kept, as a WebP of 256 by 256 pixels.",
    responses={200: AgentDetail, 404: ErrorBody, 413: ErrorBody},
)
def put_avatar(path: AgentPath, form: Picture) -> Response:
    _known(services().agents.get(principal().team.key, path.agent_id))
    image = avatar_from(form.file.stream.read(MAX_BYTES + 1))
    agent = _known(services().agents.set_avatar(principal().team.key, path.agent_id, image))
    note("agent's picture changed", agent.name)
    return answer(agent_detail(agent))


@blueprint.delete(
    "/<agent_id>/avatar",
    summary="Take an agent's picture away",
    responses={200: AgentDetail, 404: ErrorBody},
)
def delete_avatar(path: AgentPath) -> Response:
    agent = _known(services().agents.set_avatar(principal().team.key, path.agent_id, None))
    note("agent's picture removed", agent.name)
    return answer(agent_detail(agent))


@blueprint.get(
    "/<agent_id>/avatar",
    summary="An agent's picture",
    responses={
        200: {
            "description": "The picture.",
            "content": {"image/webp": {"schema": {"type": "string", "format": "binary"}}},
        },
        404: ErrorBody,
    },
)
def read_avatar(path: AgentPath, query: AvatarQuery) -> Response:
    found = services().agents.avatar(principal().team.key, path.agent_id)
    if found is None:
        raise not_found("picture")
    avatar_id, image = found
    response = Response(image, content_type="image/webp")
    response.set_etag(avatar_id)
    kept = "max-age=31536000, immutable" if query.v == avatar_id else "no-cache"
    response.headers["Cache-Control"] = f"private, {kept}"
    response.make_conditional(request)
    return response


@blueprint.before_request
def refuse_too_large() -> None:
    """Before a byte of a picture is read."""
    if request.endpoint == "agents.put_avatar":
        if (request.content_length or 0) > MAX_BYTES + _FORM_BYTES:
            raise too_large()
        request.max_content_length = MAX_BYTES + _FORM_BYTES


def _tested(agent: Registration) -> Response:
    if not _tests.acquire(blocking=False):
        raise ApiError(503, "crowded", "Other agents are being tested. Try again in a moment.", 5)
    try:
        found = asyncio.run(asyncio.wait_for(_found(agent, KINDS[agent.configuration.kind]), _TEST_SECONDS))
    except TimeoutError:
        found = AgentTest(works=False, message=f"It did not answer within {_TEST_SECONDS:g} seconds.")
    except AgentError as error:
        found = AgentTest(works=False, message=error.message)
    finally:
        _tests.release()
    return answer(found)


async def _found(agent: Registration, kind: BackendKind) -> AgentTest:
    settings, before = services().settings, agent.configuration.model_dump(mode="json")
    if kind.discover is not None:
        agent = replace(agent, configuration=await kind.discover(agent, settings))
    message = await kind.test(agent, settings) if kind.test is not None else _NO_TEST
    after = agent.configuration.model_dump(mode="json")
    suggestions = {name: value for name, value in after.items() if value != before[name]}
    return AgentTest(works=True if kind.test is not None else None, message=message, suggestions=suggestions or None)


def _refuse_address(configuration: BackendConfiguration | None) -> None:
    """Raises ApiError if the settings do not allow a server at the agent's address."""
    address = configuration.own_address if configuration is not None else None
    if address is not None and not services().settings.allows_agents_at(address):
        raise ApiError(400, "address_not_allowed", address_not_allowed())


def _known(agent: AgentRecord | None) -> AgentRecord:
    if agent is None:
        raise not_found("agent")
    return agent


def _given(secrets: BaseModel | None) -> Secrets:
    """The secrets that the request sets or removes."""
    return {name: getattr(secrets, name) for name in secrets.model_fields_set} if secrets is not None else {}


def _note_secrets(agent: AgentRecord, secrets: Secrets) -> None:
    for name in secrets:
        note("agent's secret set" if name in agent.sealed else "agent's secret removed", f"{agent.name}: {name}")
