"""A crew of CrewAI behind the API of CrewAI AMP, or of a server that has the same: kickoff, status, callbacks.

A kickoff is a POST that cannot be found again when its answer is lost, so it is written down before it is sent. With
PUBLIC_URL the crew calls back (its events, or in older versions each task and step, and its result), and otherwise its
status is asked for; also when no call has come for a while. Whichever says it first, it is told once.
"""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from uuid import uuid4

from pydantic import Field, StringConstraints, ValidationError, field_validator

from agents.backends.base import Answer, Backend, BackendKind, Job, Registration, Resources, Stopped, Waiting
from agents.connectors.codecs.crewai_calls import CREW, EVENT_TYPES, EVENTS, HUMAN, STEP, TASK, CrewCalls, Heard
from agents.connectors.codecs.crewai_inputs import Gets, crew_inputs, suggested_gets
from agents.connectors.codecs.crewai_question import CrewQuestion
from agents.connectors.codecs.crewai_status import CrewStatus, crew_answer, crew_status
from agents.connectors.codecs.masking import Mask
from agents.errors import AgentError
from agents.outgoing.client import Outgoing
from agents.telling.steps import Step, TextRecord, step, write
from utils.registry.configuration import Address, BackendConfiguration, ConfigurationPart
from utils.registry.kinds import Capabilities, Secret
from utils.settings import Settings

_SYSTEM = "The crew"
_KICKOFF_SECONDS = 60.0
_LOST = {"outside_timeout", "outside_cut_off"}  # the crew may have been started
_LOST_ON_THE_WAY = {502, 504}  # by a gateway
_LOST_SECONDS = 60.0  # how long a call may take that names a kickoff whose answer was lost
_REST_SECONDS = 3.0
_MOST_MISSED = 30  # times in a row that the status cannot be had; each wait is a second longer: about eight minutes
_WORKS = "The crew works."
_ASKS = "The crew waits for a person's feedback. Give it in CrewAI."
_ASKED = "The crew waits for a person's feedback."
_RESUME_SECONDS = 10.0  # before it is tried again, where nobody knows whether the crew was told
_AWAY = "The crew does not say at present how far it is. It will be asked again."
_LONGEST_ERROR = 500
_MOST_INPUTS = 100

InputName = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class CrewInput(ConfigurationPart):
    """What one of the crew's inputs gets."""

    gets: Gets = Field(
        default="text",
        title="Gets",
        json_schema_extra={
            "x-choices": {"question": "The question", "conversation": "The conversation’s id", "text": "A fixed text"}
        },
    )
    text: str = Field(
        default="",
        max_length=10_000,
        title="Text",
        description="A member of metadata with the input's name replaces it. Empty: only metadata gives the input.",
        json_schema_extra={"x-shown-when": {"gets": ["text"]}, "x-placeholder": "Empty: from metadata"},
    )


class CrewaiConfiguration(BackendConfiguration):
    """A crew of CrewAI."""

    kind: Literal["crewai"]
    address: Address = Field(
        title="Address",
        description="Of the crew's API.",
        json_schema_extra={
            "x-input": "url", "x-placeholder": "https://your-crew.crewai.com", "x-secrets-address": "",
            "x-hint": "In CrewAI AMP: the URL of the deployed crew.",
        },
    )  # fmt: skip
    inputs: dict[InputName, CrewInput] = Field(
        default={"current_message": CrewInput(gets="question"), "id": CrewInput(gets="conversation")},
        max_length=_MOST_INPUTS,
        title="Inputs",
        description="What each of the crew's inputs gets, by its name. Exactly one gets the question.",
        json_schema_extra={"x-entry": "input", "x-hint": "Test connection fills in the inputs that the crew has."},
    )
    poll_seconds: int = Field(
        default=10,
        ge=1,
        le=600,
        title="Polling interval in seconds",
        description="How often the status is asked for; with callbacks, only when none came for so long.",
    )
    most_minutes: int = Field(
        default=60, ge=1, le=10_080, title="Minutes to wait for the result", description="Then the run fails."
    )

    @field_validator("inputs")
    @classmethod
    def _one_question(cls, inputs: dict[str, CrewInput]) -> dict[str, CrewInput]:
        given = Counter(one.gets for one in inputs.values())
        if given["question"] != 1:
            raise ValueError("exactly one of the inputs must get the question")
        if given["conversation"] > 1:
            raise ValueError("only one of the inputs can get the conversation's id")
        return inputs

    @property
    def question_input(self) -> str:
        return next(name for name, one in self.inputs.items() if one.gets == "question")

    @property
    def conversation_input(self) -> str | None:
        """None: the crew gets no id."""
        return next((name for name, one in self.inputs.items() if one.gets == "conversation"), None)

    @property
    def texts(self) -> dict[str, str]:
        """The fixed texts. An empty one gives the input nothing."""
        return {name: one.text for name, one in self.inputs.items() if one.gets == "text" and one.text}

    def with_inputs(self, names: list[str]) -> Self:
        """The same for a crew with these inputs: what fits them stays, and so does each text that somebody entered.

        Raises ValidationError.
        """
        gets = suggested_gets(names, {name: one.gets for name, one in self.inputs.items()})
        kept = {name: text for name, text in self.texts.items() if gets.get(name, "text") == "text"}
        inputs = {name: CrewInput(gets=one) for name, one in gets.items()}
        inputs |= {name: CrewInput(text=text) for name, text in kept.items()}
        return self.model_validate(self.model_dump() | {"inputs": inputs})

    @property
    def own_address(self) -> str:
        return self.address


class CrewaiBackend:
    model_name = "CrewAI"

    def __init__(self, agent: Registration, settings: Settings) -> None:
        assert isinstance(agent.configuration, CrewaiConfiguration)
        self.agent_name = agent.name
        self._own = agent.configuration
        self._settings = settings
        self._token = agent.secret("token")
        self._mask = Mask([self._token])

    async def answer(self, job: Job) -> Answer | Waiting:
        async with self._crew() as crew:
            return await _Kickoff(self._own, self.agent_name, self._mask, job, crew).go_on()

    async def stop(self, job: Job) -> Stopped:
        """Its API has no way to end a kickoff. Before one is sent, nothing was started."""
        return "no longer listening" if job.state else "acknowledged"

    async def discover(self) -> CrewaiConfiguration:
        """With the inputs that the crew has; as it is from a crew that does not tell them."""
        names = await self._names()
        if not names:
            return self._own
        try:
            return self._own.with_inputs(names)
        except ValidationError:
            words = f"{_SYSTEM}'s inputs cannot be used: there are too many of them, or a name is too long."
            raise AgentError("crew_inputs", words) from None

    async def test(self) -> str:
        names = await self._names()
        if names is None:
            raise AgentError(
                "crew_inputs",
                f"{_SYSTEM} does not say which inputs it has (GET /inputs). Check the address. If it is right, enter "
                "the crew's inputs by hand, and ask it a question.",
            )
        if self._own.question_input not in names:
            raise _no_input(self._own.question_input, names)
        missing = [name for name in names if name not in self._given()]
        more = f" Enter a text for {_listed(missing)} under Inputs, or give it as metadata." if missing else ""
        return f"{_SYSTEM} answered. Its inputs are {_listed(names)}.{more}"

    async def _names(self) -> list[str] | None:
        """Of its inputs, to be shown."""
        async with self._crew() as crew:
            names = await _inputs(crew)
        return [self._mask.text(name) for name in names] if names is not None else None

    def _given(self) -> set[str | None]:
        return {self._own.question_input, self._own.conversation_input, *self._own.texts}

    def _crew(self) -> Outgoing:
        headers = {"Authorization": f"Bearer {self._token.get_secret_value()}"} if self._token is not None else {}
        return Outgoing(_SYSTEM, self._own.address, self._settings, headers, seconds=_KICKOFF_SECONDS)


class _Kickoff:
    """One kickoff, from one look to the next."""

    def __init__(self, own: CrewaiConfiguration, agent: str, mask: Mask, job: Job, crew: Outgoing) -> None:
        self._own = own
        self._agent = agent
        self._mask = mask
        self._job = job
        self._crew = crew
        self._state: dict[str, Any] = dict(job.state or {})

    async def go_on(self) -> Answer | Waiting:
        with step("Run the crew", agent=self._agent, key="crew") as running:
            if not self._state:
                await self._begin()
            heard = await self._hear()
            if heard.question is not None and await self._resume(heard.question):
                heard = await self._hear()
            status = await self._look(heard, running)
            if status is None or not (heard.has_ended or status.has_ended) or self._waits_for_the_rest(heard):
                waiting = self._waiting(heard, status)
                await self._job.keep(self._state)
                running.stay_open()
                return waiting
            answer = self._answer(heard, status)
            await self._job.keep(self._state)
        write(TextRecord("answer", self._agent, delta=answer.text, final=True))
        return answer

    # The beginning

    async def _begin(self) -> None:
        """Start the crew, once: what is written down before it is sent is never sent again."""
        names = await _inputs(self._crew)
        inputs = self._inputs(names)
        self._state |= {"conversation": inputs.get(self._own.conversation_input or ""), "asked_at": time.time()}
        await self._job.keep(self._state)
        asked = {"inputs": inputs, "meta": self._meta(), **self._callbacks()}
        try:
            reply = await self._crew.ask("POST", "/kickoff", json=asked, expected=_LOST_ON_THE_WAY)
        except AgentError as error:
            if error.code not in _LOST:
                raise
            reply = None
        if reply is None or reply.status in _LOST_ON_THE_WAY:
            await self._keep(lost_at=time.time())
            return
        kickoff_id = _named(reply.json())
        if kickoff_id is None:
            raise self._crew.failures.garbage("the answer to a kickoff")
        await self._keep(kickoff_id=kickoff_id)

    def _inputs(self, names: list[str] | None) -> dict[str, Any]:
        """Raises AgentError where the crew wants another input than the question, and nobody gave it."""
        own, conversation = self._own, (self._job.earlier or {}).get("conversation")
        if names is not None and own.question_input not in names:
            raise _no_input(own.question_input, names)
        known = own.inputs.keys() if names is None else names
        inputs: dict[str, Any] = own.texts | {
            one: self._job.metadata[one] for one in known if one in self._job.metadata
        }
        if (name := own.conversation_input) is not None and name in known:
            inputs[name] = conversation or str(uuid4())
        inputs[own.question_input] = self._job.question
        missing = [name for name in known if name not in inputs]
        if missing:
            words = (
                f"{_SYSTEM} needs {_listed(missing)}, too. Enter it under Inputs of the agent, or give it as metadata."
            )
            raise AgentError("crew_inputs", words)
        return inputs

    def _meta(self) -> dict[str, Any]:
        return {**self._job.metadata, "run_id": self._job.run_id, "session_id": self._job.session_id}

    def _callbacks(self) -> dict[str, Any]:
        """Addresses in the present shape and in the one before; none without PUBLIC_URL."""
        addresses = {name: self._job.callback(name) for name in (TASK, STEP, CREW, EVENTS, HUMAN)}
        if None in addresses.values():
            return {}
        return {
            "taskWebhookUrl": addresses[TASK],
            "stepWebhookUrl": addresses[STEP],
            "crewWebhookUrl": addresses[CREW],
            "humanInputWebhook": {"url": addresses[HUMAN]},
            "webhooks": {"url": addresses[EVENTS], "events": list(EVENT_TYPES), "realtime": False},
        }

    # On the way

    async def _hear(self) -> Heard:
        """Tell what the calls say of the crew's steps."""
        calls = await self._job.calls()
        source, kickoff_id = self._state.get("source"), self._state.get("kickoff_id")
        answered = self._state.get("answered")
        heard = CrewCalls("crew", self._agent, kickoff_id, source, self._mask, answered).read(calls)
        for record in heard.records:
            write(record)
        newest = calls[-1].key if calls else 0
        self._state["news"] = newest > self._state.get("seen", 0)
        self._state |= {"seen": newest, "source": heard.source}
        if kickoff_id is None and heard.kickoff_id is not None:
            await self._keep(kickoff_id=heard.kickoff_id)
        return heard

    async def _resume(self, question: CrewQuestion) -> bool:
        """Tell the crew what a person has decided, once: whether it knows. Raises AgentError where it takes no answer.

        Where a process or an answer was lost on the way, the crew is told again if its status says that it still asks.
        """
        decision = (await self._job.decisions()).get(question.key)
        kickoff_id = self._state.get("kickoff_id")
        if decision is None or question.task is None or kickoff_id is None:
            return False
        if self._state.get("resuming") != question.key:
            await self._keep(resuming=question.key)
        elif not await self._still_asks(kickoff_id):
            return await self._resumed(question)
        answer = {"execution_id": kickoff_id, **question.answer(decision), **self._callbacks()}
        try:
            reply = await self._crew.ask("POST", "/resume", json=answer, repeatable=False, expected=_LOST_ON_THE_WAY)
        except AgentError as error:
            if error.code not in _LOST:
                raise
            return False
        return reply.status not in _LOST_ON_THE_WAY and await self._resumed(question)

    async def _still_asks(self, kickoff_id: str) -> bool:
        status = crew_status((await self._crew.ask("GET", f"/status/{kickoff_id}")).json())
        return status is not None and status.asks

    async def _resumed(self, question: CrewQuestion) -> bool:
        answered = {**self._state.get("answered", {}), question.key: time.time()}
        await self._keep(resuming=None, answered=answered)
        return True

    async def _look(self, heard: Heard, running: Step) -> CrewStatus | None:
        """The status, where the calls say nothing that is new, or that it ended without its result. None: it cannot be
        had now. Raises AgentError where it never can, or after so many times in a row."""
        kickoff_id = self._state.get("kickoff_id")
        if kickoff_id is None or heard.error is not None or (heard.has_ended and heard.result is not None):
            return CrewStatus()
        if self._state["news"] and not heard.has_ended:
            return CrewStatus()
        missed = self._state.pop("missed", 0)
        try:
            reply = await self._crew.ask("GET", f"/status/{kickoff_id}", expected={404})
        except AgentError as error:
            if not error.retryable or missed == _MOST_MISSED:
                raise
            self._state["missed"] = missed + 1
            return None
        if reply.status == 404:
            words = f"{_SYSTEM} knows nothing of this kickoff any more. Ask again."
            raise AgentError("crew_lost", words, retryable=True)
        status = crew_status(reply.json())
        if status is None:
            raise self._crew.failures.garbage("the status of a kickoff")
        progress = [status.done, status.total, status.task]
        if status.total and progress != self._state.get("progress"):
            self._state["progress"] = progress
            running.move(_progress(status), min(status.done / status.total, 1.0))
        return status

    def _waiting(self, heard: Heard, status: CrewStatus | None) -> Waiting:
        """Raises AgentError when it has taken too long, or when nobody knows whether it was started."""
        waited = max(0.0, time.time() - self._state["asked_at"])
        if waited > self._own.most_minutes * 60:
            words = f"{_SYSTEM} had no result after {self._own.most_minutes} minutes. It may go on in CrewAI."
            raise AgentError("crew_too_slow", words)
        calls_back = self._job.callback(EVENTS) is not None
        unheard = time.time() - self._state.get("lost_at", self._state["asked_at"])
        if self._state.get("kickoff_id") is None and (unheard > _LOST_SECONDS or not calls_back):
            raise AgentError(
                "crew_lost",
                f"The answer to the kickoff was lost. {_SYSTEM} may have been started, and is not started again. Look "
                "into CrewAI, then ask again.",
                retryable=True,
            )
        often = self._own.poll_seconds if calls_back else min(self._own.poll_seconds, 1 + waited / 5)
        if status is None:
            return Waiting(max(often, self._state["missed"]), _AWAY)
        if "ended_at" in self._state:
            return Waiting(_REST_SECONDS, _WORKS)
        asked = heard.question
        if asked is not None and asked.task is not None:
            return Waiting(_RESUME_SECONDS if self._state.get("resuming") else often, _ASKED, [asked.approval])
        return Waiting(often, _ASKS if status.asks or asked is not None else _WORKS)

    # The end

    def _waits_for_the_rest(self, heard: Heard) -> bool:
        """For a moment: the last calls may overtake each other."""
        if not heard.is_open or heard.source != "events":
            return False
        ended_at: float = self._state.setdefault("ended_at", time.time())
        return time.time() - ended_at < _REST_SECONDS

    def _answer(self, heard: Heard, status: CrewStatus) -> Answer:
        error = heard.error or status.error
        if error is not None:
            words = " ".join(self._mask.text(error).split())[:_LONGEST_ERROR]
            raise AgentError("crew_failed", f"{_SYSTEM} failed: {words}", retryable=True)
        found = crew_answer(heard.result if heard.result is not None else status.result)
        if found.conversation is not None:
            self._state["conversation"] = found.conversation
        if not found.text:
            raise AgentError("crew_silent", f"{_SYSTEM} ended without a result. Look into CrewAI.", retryable=True)
        return Answer(self._mask.text(found.text))

    async def _keep(self, **state: Any) -> None:
        self._state |= state
        await self._job.keep(self._state)


async def _inputs(crew: Outgoing) -> list[str] | None:
    """The names of its inputs; None from a server that does not tell them."""
    reply = await crew.ask("GET", "/inputs", expected={404, 405})
    return crew_inputs(reply.json()) if reply.status < 300 else None


def _named(body: Any) -> str | None:
    """The id of a kickoff, as CrewAI calls it, or as others do."""
    if not isinstance(body, Mapping):
        return None
    return next((str(body[name]) for name in ("kickoff_id", "id", "execution_id", "task_id") if body.get(name)), None)


def _progress(status: CrewStatus) -> str:
    tasks = f"{status.done} of {status.total} tasks"
    return f"{tasks}: {status.task}" if status.task else tasks


def _no_input(name: str, names: list[str]) -> AgentError:
    has = f"Its inputs are {_listed(names)}" if names else "It has no inputs"
    return AgentError("crew_inputs", f"{_SYSTEM} has no input “{name}”. {has}. Change which input gets the question.")


def _listed(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _open(agent: Registration, resources: Resources) -> Backend:
    return CrewaiBackend(agent, resources.settings)


async def _discover(agent: Registration, settings: Settings) -> BackendConfiguration:
    return await CrewaiBackend(agent, settings).discover()


async def _test(agent: Registration, settings: Settings) -> str:
    return await CrewaiBackend(agent, settings).test()


KIND = BackendKind(
    label="CrewAI crew",
    help="A crew on CrewAI AMP, or on a server with its API. Its tasks, tools and models are shown as steps.",
    configuration=CrewaiConfiguration,
    secrets={"token": Secret("Bearer token", "The crew's token. It is stored encrypted and never shown again.")},
    can=Capabilities(stop="best-effort", pause="best-effort", approve="best-effort"),
    open=_open,
    discover=_discover,
    test=_test,
)
