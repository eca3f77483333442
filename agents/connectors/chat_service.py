"""A conversation that runs as a service of its own: POST /chat {session_id, message}, answered with its history.

Another Ringside has it (api/chat_routes.py), or any program. A session here has a session there, whose id begins with
its own. The question is sent with the run's id as its Idempotency-Key: a Ringside asks it once, however often it is
sent, so that a process that is lost here and one that is lost there cost nothing.
"""

from hashlib import sha256
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field

from agents.backends.base import Answer, Backend, BackendKind, Job, Registration, Resources, Stopped, Waiting
from agents.backends.model_source import API_KEY
from agents.errors import AgentError
from agents.outgoing.client import Outgoing
from agents.telling.steps import TextRecord, step, write
from utils.registry.configuration import Address, BackendConfiguration
from utils.registry.kinds import Capabilities
from utils.settings import Settings

_SYSTEM = "The chat service"
_STEP = "chat-service"
_SILENCE_SECONDS = 150.0  # longer than a service waits for its own answer
_STOP_SECONDS = 8.0
_FIRST_WAIT, _WAIT = 1, 5  # so that the run's id is known early, for whoever stops it
_LONGEST_REST = 30.0
_LONGEST_ID = 160
_WORKS = "The chat service works on it."


class ChatServiceConfiguration(BackendConfiguration):
    """A conversation behind POST /chat."""

    kind: Literal["chat_service"]
    address: Address = Field(
        title="Address",
        description="Where the service is: questions go to its /chat.",
        json_schema_extra={"x-input": "url", "x-placeholder": "https://chat.example.org", "x-secrets-address": ""},
    )
    agent: str | None = Field(
        default=None,
        max_length=80,
        title="Agent",
        description="The id of the agent that answers there; null: the service's first.",
        json_schema_extra={"x-placeholder": "The service’s first agent"},
    )

    @property
    def own_address(self) -> str:
        return self.address


class ChatServiceBackend:
    model_name = "Chat service"

    def __init__(self, agent: Registration, settings: Settings) -> None:
        assert isinstance(agent.configuration, ChatServiceConfiguration)
        self.agent_name = agent.name
        self._key = agent.key
        self._own = agent.configuration
        self._settings = settings
        self._secret = agent.secret("api_key")

    async def answer(self, job: Job) -> Answer | Waiting:
        session = self._session(job)
        with step("Ask the chat service", agent=self.agent_name, key=_STEP) as running:
            async with self._service(_SILENCE_SECONDS) as service:
                given = None if job.state else await self._asked(service, job, session, _FIRST_WAIT)
                if given is None:
                    given = await self._asked(service, job, session, _WAIT)
            if given is None:
                running.stay_open()
                return Waiting(_rest(job), _WORKS)
        write(TextRecord("answer", self.agent_name, delta=given, final=True))
        return Answer(given)

    async def stop(self, job: Job) -> Stopped:
        run_id = (job.state or {}).get("run_id")
        if run_id is None:
            return "no longer listening"
        async with self._service(_STOP_SECONDS) as service:
            await service.ask("POST", f"/api/runs/{quote(run_id, safe='')}/cancel", repeatable=True)
        return "acknowledged"

    async def test(self) -> str:
        async with self._service(_STOP_SECONDS) as service:
            reply = await service.ask("GET", "/healthz", expected=range(400, 500))
        found = "It is there" if reply.status < 400 else "Something answers there"
        return f"{found}. Whether it takes the key shows the first question."

    async def _asked(self, service: Outgoing, job: Job, session: str, waits: int) -> str | None:
        """The answer; None: there is none yet. Raises AgentError."""
        content: dict[str, Any] = {"session_id": session, "message": job.question}
        if self._own.agent is not None:
            content["agent_id"] = self._own.agent
        headers = {"Idempotency-Key": job.run_id, "Prefer": f"wait={waits}"}
        reply = await service.ask("POST", "/chat", json=content, headers=headers, repeatable=True)
        body = reply.json()
        if not isinstance(body, dict):
            raise service.failures.garbage("an answer of /chat")
        if reply.status == 202 and isinstance(body.get("run_id"), str):
            await job.keep({"run_id": body["run_id"], "session": session, "rest": _rest(job)})
            return None
        if body.get("status", "completed") != "completed":
            raise AgentError("outside_failed", f"{_SYSTEM} has no answer to this. Its session {session} says why.")
        if not isinstance(body.get("response"), str):
            raise service.failures.garbage("an answer of /chat")
        return str(body["response"])

    def _session(self, job: Job) -> str:
        """Another one than ours, also where the service is this very server: a session has one run at a time."""
        session = f"{job.session_id}-agent-{self._key}"
        return session if len(session) <= _LONGEST_ID else f"chat-{sha256(session.encode()).hexdigest()}"

    def _service(self, seconds: float) -> Outgoing:
        key = self._secret
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key is not None else {}
        return Outgoing(_SYSTEM, self._own.address, self._settings, headers, seconds=seconds)


def _rest(job: Job) -> float:
    """How long no process is held, after this attempt: twice as long as after the one before."""
    return min(2 * float((job.state or {}).get("rest", 1)), _LONGEST_REST)


def _open(agent: Registration, resources: Resources) -> Backend:
    return ChatServiceBackend(agent, resources.settings)


async def _test(agent: Registration, settings: Settings) -> str:
    return await ChatServiceBackend(agent, settings).test()


KIND = BackendKind(
    label="Chat service",
    help="A conversation that runs as a service of its own: another Ringside, or any program with POST /chat.",
    configuration=ChatServiceConfiguration,
    secrets={"api_key": API_KEY},
    can=Capabilities(stop="best-effort", pause="best-effort"),
    open=_open,
    test=_test,
)
