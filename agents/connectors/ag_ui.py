"""Any agent that speaks AG-UI, the Agent-User Interaction protocol (https://docs.ag-ui.com), over HTTP.

A run is one POST whose answer is a stream of events. The protocol knows no way back into a stream that broke off, and
none to stop a run but to leave; so a run whose process was lost is not started again. A run that asks people ends; what
they have decided begins another one, once.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, SecretStr

from agents.backends.base import Answer, Backend, BackendKind, Job, Registration, Resources, Stopped, Waiting
from agents.connectors.codecs.ag_ui_heard import AgUiHeard
from agents.connectors.codecs.ag_ui_input import Conversation
from agents.connectors.codecs.ag_ui_interrupts import Asked
from agents.connectors.codecs.masking import Mask
from agents.errors import AgentError
from agents.outgoing.client import Answering, Outgoing
from agents.outgoing.decoders import ServerSentEvent, SseDecoder, StreamError
from agents.telling.steps import Record, step, write
from utils.registry.configuration import Address, BackendConfiguration
from utils.registry.kinds import Capabilities, Secret
from utils.settings import Settings

_STEP = "ag-ui"
_SYSTEM = "The agent"
_EVENTS = "text/event-stream"
_WANTED = "a stream of AG-UI events"
_UNNAMED = "message"
_EMPTY = {"", "null", "[DONE]"}
_NO_MORE = b"\n\n"  # ends an event whose blank line the server has left out
_TEST_SECONDS = 15.0
_ASKS = "asks"  # member of the state of a run that asks people
_LOOK_SECONDS = 3600.0  # a decision wakes the run
_GRACE_SECONDS = 1.0  # for what may follow a run's end: another run in the same stream, or the end of the stream


class AgUiConfiguration(BackendConfiguration):
    """Any agent that speaks AG-UI over HTTP."""

    kind: Literal["ag_ui"]
    address: Address = Field(
        title="Address",
        description="Where runs of the agent are posted.",
        json_schema_extra={
            "x-input": "url",
            "x-placeholder": "https://agents.example.org/agent",
            "x-hint": "Where runs of the agent are posted.",
            "x-secrets-address": "",
        },
    )
    patience: int = Field(
        default=300,
        ge=5,
        le=3600,
        title="Seconds to wait for the agent",
        description="Longest silence of the agent.",
        json_schema_extra={"x-hint": "Without an event."},
    )

    @property
    def own_address(self) -> str:
        return self.address


class AgUiBackend:
    model_name = "AG-UI"

    def __init__(self, agent: Registration, settings: Settings) -> None:
        assert isinstance(agent.configuration, AgUiConfiguration)
        self.agent_name = agent.name
        self._instructions = agent.instructions
        self._own = agent.configuration
        self._settings = settings
        self._token = agent.secret("token")
        self._mask = Mask([self._token])

    async def answer(self, job: Job) -> Answer | Waiting:
        talk, left = Conversation.of(job.earlier), None
        if job.state is None:
            given = talk.input(job, self._instructions)
        else:
            left = job.state.get(_ASKS)
            if left is None:
                raise AgentError(
                    "ag_ui_lost",
                    "The process that listened to the agent was lost, and AG-UI has no way to listen again. The agent "
                    "may have finished; it was not started again. Ask again if you need its answer.",
                    retryable=True,
                )
            talk = Conversation.of(job.state)
            asked, decisions = Asked.left(left), await job.decisions()
            if not asked.is_decided(decisions):
                return self._waiting(asked)
            given = talk.resumed(job, self._instructions, left, asked.resume(decisions))
        await job.keep(talk.kept())  # whoever takes over must not start the agent again
        return await self._run(job, talk, given, left)

    async def _run(
        self, job: Job, talk: Conversation, given: Mapping[str, Any], left: Mapping[str, Any] | None
    ) -> Answer | Waiting:
        with step("Ask the agent", agent=self.agent_name, key=_STEP) as asking:
            heard = AgUiHeard(self.agent_name, _STEP, talk.question_id(job.run_id), self._mask, left)
            async with (
                _client(self._own, self._settings, self._token, self._own.patience) as agent,
                agent.stream("POST", json=given) as answer,
            ):
                await self._listen(agent, answer, heard)
            asking.usage = heard.usage
            if (asked := heard.asked) is not None:
                await job.keep({**talk.kept(), _ASKS: heard.left()})
                asking.stay_open()
                return self._waiting(asked)
            if not heard.answer:
                raise AgentError("ag_ui_silent", "The agent finished without an answer. Ask again, or look at its log.")
        talk.remember(job, heard.messages())
        await job.keep(talk.kept())
        return Answer(heard.answer)

    def _waiting(self, asked: Asked) -> Waiting:
        return Waiting(_LOOK_SECONDS, "Waiting for a person's decision.", asked.approvals)

    async def stop(self, job: Job) -> Stopped:
        """To leave is all that the protocol has. While people are asked, nothing runs."""
        waits = job.state is None or _ASKS in job.state
        return "acknowledged" if waits else "no longer listening"

    async def _listen(self, agent: Outgoing, answer: Answering, heard: AgUiHeard) -> None:
        """Tell what comes until the run has ended. Raises AgentError for a stream that is none, or breaks off."""
        if not _is_stream(answer):
            raise agent.failures.garbage(_WANTED)
        decoder, pieces = SseDecoder(), answer.pieces()
        while True:
            try:
                async with asyncio.timeout(_GRACE_SECONDS if heard.ended else None):
                    piece = await anext(pieces, None)
            except TimeoutError:
                break
            try:
                for event in decoder.feed(_NO_MORE if piece is None else piece):
                    for record in _records(event, heard):
                        write(record)
            except (StreamError, ValueError, RecursionError):  # JSON may be deeper than what walks through it
                if heard.ended:
                    break
                raise (agent.failures.cut_off() if piece is None else agent.failures.garbage(_WANTED)) from None
            if piece is None:
                break
        if not heard.ended:
            raise agent.failures.cut_off()
        for record in heard.end():
            write(record)


def _records(event: ServerSentEvent, heard: AgUiHeard) -> list[Record]:
    """What to tell of an event of the stream. Raises StreamError for one that is not the protocol's.

    Not the protocol's, but added by servers: signs of life, the mark of the end of other protocols, and events with
    names of their own.
    """
    if event.data.strip() in _EMPTY:
        return []
    try:
        told: Any = json.loads(event.data)
    except ValueError:
        told = None
    if isinstance(told, dict) and isinstance(told.get("type"), str):
        return heard.hear(told)
    if event.event == _UNNAMED:
        raise StreamError("It is no event of AG-UI.")
    return []


def _is_stream(answer: Answering) -> bool:
    return answer.headers.get("content-type", "").lower().startswith(_EVENTS)


def _client(own: AgUiConfiguration, settings: Settings, token: SecretStr | None, seconds: float) -> Outgoing:
    headers = {"Accept": _EVENTS}
    if token is not None:
        headers["Authorization"] = f"Bearer {token.get_secret_value()}"
    return Outgoing(_SYSTEM, own.address, settings, headers, seconds=seconds)


async def _test(agent: Registration, settings: Settings) -> str:
    """Post what is no run: an agent refuses it before it begins, and says on the way whether the token is right."""
    assert isinstance(agent.configuration, AgUiConfiguration)
    token = agent.secret("token")
    async with (
        _client(agent.configuration, settings, token, _TEST_SECONDS) as outside,
        outside.stream("POST", json={}, expected={400, 422}) as answer,
    ):
        if answer.status < 300 and not _is_stream(answer):
            raise outside.failures.garbage(_WANTED)
    return "The agent takes runs at this address." if token is None else "The agent takes runs and accepts the token."


def _open(agent: Registration, resources: Resources) -> Backend:
    return AgUiBackend(agent, resources.settings)


KIND = BackendKind(
    label="AG-UI agent",
    help="An agent that speaks AG-UI: LangGraph, Pydantic AI, CrewAI, Mastra and others.",
    configuration=AgUiConfiguration,
    secrets={"token": Secret("Token", "Sent as “Authorization: Bearer”. Leave it empty if the agent needs none.")},
    can=Capabilities(stream="yes", stop="best-effort", approve="yes"),
    instructions="Sent to the agent with each question, as a system message.",
    open=_open,
    test=_test,
)
