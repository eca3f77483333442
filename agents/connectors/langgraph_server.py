"""A graph on a LangGraph server (`langgraph dev`, LangGraph Platform, or a server of the same API).

What such a server really does: a stream has no event for its end; a run that stopped at an interrupt is called
``success`` and one that was cancelled ``interrupted``, so that the thread has to be asked; a stream that was made
resumable is told again from its beginning after ``Last-Event-ID: -1``, also when the run has ended.

What a graph asks people becomes approvals. When all that it asks at once is decided, another run on the same thread
goes on with the decisions: it is begun once, for the run that it goes on from is kept before it is asked for.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from pydantic import Field

from agents.backends.base import Answer, Backend, BackendKind, Job, Registration, Resources, Stopped, Waiting
from agents.backends.model_source import API_KEY
from agents.connectors.codecs.langgraph_failures import failed, lost, no_assistant, not_taken, silent
from agents.connectors.codecs.langgraph_interrupts import Interrupt
from agents.connectors.codecs.langgraph_stream import LangGraphStream
from agents.connectors.codecs.langgraph_thread import LangGraphThread
from agents.connectors.codecs.masking import Mask, MaskedText
from agents.errors import AgentError
from agents.outgoing.client import Answering, Outgoing
from agents.outgoing.decoders import StreamError
from agents.telling.steps import Record, StepRecord, TextRecord, step, write
from utils.registry.configuration import Address, BackendConfiguration
from utils.registry.kinds import Capabilities
from utils.sessions.approval import Decision
from utils.settings import Settings

_STEP = "langgraph"
_MODES = (["messages-tuple", "tasks", "updates", "custom"], ["messages-tuple", "updates", "custom"])  # of older ones
_RUN = re.compile(r"/runs/([^/?#\s]+)")  # in the address of a run, or of its stream
_LOST = {"outside_timeout", "outside_cut_off", "outside_unreachable", "outside_failed", "outside_busy"}
_SILENCE_SECONDS = 300.0
_STOP_SECONDS = 8.0
_GOING_ON = {"pending", "running"}
_MOST_QUICK = 5  # times in a row that a stream ends before its run, without an event
_PAUSE_SECONDS = 0.5
_MOST_LOSSES = 12  # in a row, in about four minutes
_LONGEST_WAIT = 30.0
_MOST_ASSISTANTS = 100
_LOOK_SECONDS = 600.0  # people may have answered the graph in another way
_STUDIO = "https://smith.langchain.com/studio/thread"


class LangGraphServerConfiguration(BackendConfiguration):
    """A graph on a LangGraph server."""

    kind: Literal["langgraph_server"]
    address: Address = Field(
        title="Address",
        description="Where the server is.",
        json_schema_extra={"x-input": "url", "x-placeholder": "http://localhost:2024", "x-secrets-address": ""},
    )
    assistant: str = Field(
        default="agent",
        min_length=1,
        max_length=200,
        title="Assistant",
        description="The id of an assistant, or the name of a graph.",
        json_schema_extra={"x-hint": "The name of a graph in langgraph.json, or the id of an assistant."},
    )
    input_key: str = Field(
        default="messages",
        min_length=1,
        max_length=100,
        title="Key for the question",
        description="Of the graph's state. messages: as a message; any other: as text.",
        json_schema_extra={"x-hint": "In the graph's state: “messages”, or the name of a text."},
    )
    output_key: str | None = Field(
        default=None,
        max_length=100,
        title="Key of the answer",
        description="Of the graph's state. null: messages, or a usual name such as answer or output.",
        json_schema_extra={"x-placeholder": "Found by itself"},
    )

    @property
    def own_address(self) -> str:
        return self.address


class LangGraphServerBackend:
    model_name = "LangGraph"

    def __init__(self, agent: Registration, settings: Settings) -> None:
        assert isinstance(agent.configuration, LangGraphServerConfiguration)
        self.agent_name = agent.name
        self._agent = agent
        self._own = agent.configuration
        self._settings = settings
        self._api_key = agent.secret("api_key")

    async def answer(self, job: Job) -> Answer | Waiting:
        with step("Run the graph", agent=self.agent_name, key=_STEP, link=self._studio(job)) as running:
            async with self._server(_SILENCE_SECONDS, running.move) as server:
                graph_run = self._run(job, server)
                try:
                    answer = await graph_run.answer()
                except AgentError as error:
                    if error.code not in _LOST or not graph_run.has_begun:
                        raise
                    answer = await graph_run.later(error)
            if isinstance(answer, Waiting):
                running.stay_open()
            return answer

    async def stop(self, job: Job) -> Stopped:
        async with self._server(_STOP_SECONDS) as server:
            await self._run(job, server).cancel()
        return "acknowledged"

    async def test(self) -> str:
        """Ask for the assistant and what its graph takes."""
        name, key = self._own.assistant, self._own.input_key
        async with self._server(_STOP_SECONDS) as server:
            known = (await server.ask("POST", "/assistants/search", json={"limit": _MOST_ASSISTANTS})).json()
            ids = [one["assistant_id"] for one in known if name in (one["assistant_id"], one["graph_id"])]
            if not ids:
                raise no_assistant(name, sorted({one["graph_id"] for one in known}))
            schemas = (await server.ask("GET", f"/assistants/{ids[0]}/schemas")).json()
        schema = schemas.get("input_schema") or schemas.get("state_schema") or {}
        takes = list(schema.get("properties") or {})
        if takes and key not in takes:
            raise not_taken(key, takes)
        return f"The LangGraph server has the assistant “{name}”{f', and its graph takes “{key}”' if takes else ''}."

    def _studio(self, job: Job) -> str:
        """Where LangGraph Studio, a page that asks the server from the browser, shows the thread."""
        server = quote(self._own.address.rstrip("/"), safe="")
        return f"{_STUDIO}/{_thread(self._agent, job)}?baseUrl={server}"

    def _run(self, job: Job, server: Outgoing) -> "_GraphRun":
        return _GraphRun(self._own, self._agent, job, server, Mask([self._api_key]))

    def _server(self, seconds: float, waits: Callable[[str], None] = lambda _: None) -> Outgoing:
        headers = {"x-api-key": self._api_key.get_secret_value()} if self._api_key is not None else {}
        return Outgoing(
            "The LangGraph server", self._own.address, self._settings, headers, seconds=seconds, waits=waits
        )


class _GraphRun:
    """The run of a graph that answers one job. The thread of a session and an agent always has the same id.

    ``has_begun``: the server runs it, or may do so.
    """

    def __init__(
        self, own: LangGraphServerConfiguration, agent: Registration, job: Job, server: Outgoing, mask: Mask
    ) -> None:
        self._own = own
        self._agent = agent
        self._job = job
        self._server = server
        self._mask = mask
        self._masked: dict[str, MaskedText] = {}  # the drafts that are written
        self._state: dict[str, Any] = dict(job.state or {})
        self._thread = _thread(agent, job)
        self._stream = LangGraphStream(agent.name, _STEP, int(self._state.get("drafts", 0)))
        self.has_begun = job.state is not None

    async def answer(self) -> Answer | Waiting:
        """Begin the run, or go on with it, to its end, or to where people are asked. Raises AgentError, also where the
        connection is lost."""
        if await self._found() is None:
            await self._begin()
            if await self._found() is None:
                raise lost()
        elif self._state.get("asks") != self._state["run"]:
            await self._join()  # also to a run that has ended meanwhile: its stream may still be there
        while True:
            status, thread = await self._end(), await self._asked_thread()
            asked = self._interrupts(thread)
            if not asked:
                return Answer(self._answered(status, thread))
            decisions = await self._job.decisions()
            if not all(one.is_decided(decisions) for one in asked):
                await self._keep(asks=self._state["run"])
                approvals = [approval for one in asked for approval in one.approvals]
                return Waiting(_LOOK_SECONDS, "Waiting for a person's decision.", approvals)
            await self._go_on(asked, decisions)

    async def _end(self) -> str:
        """Hear the run to its end; its status."""
        quick = 0
        while (status := await self._status()) in _GOING_ON:
            if quick == _MOST_QUICK:
                raise self._server.failures.cut_off()
            await asyncio.sleep(_PAUSE_SECONDS * quick)
            quick = 0 if await self._join() else quick + 1
        return status

    async def cancel(self) -> None:
        """Stop the run, if there is one that has not ended."""
        run = await self._found()
        if run is not None:
            asked = {"wait": "true", "action": "interrupt"}
            await self._server.ask("POST", f"{self._path}/cancel", params=asked, expected={404, 409})  # it has ended

    async def later(self, error: AgentError) -> Waiting:
        """Wait for a server that cannot be reached. Raises the error after so many times in a row."""
        losses = int(self._state.get("losses", 0)) + 1
        if losses > _MOST_LOSSES:
            raise error
        await self._keep(losses=losses)
        return Waiting(min(2.0**losses / 2, _LONGEST_WAIT), error.message)

    @property
    def _path(self) -> str:
        return f"/threads/{self._thread}/runs/{self._state['run']}"

    async def _keep(self, **changes: Any) -> None:
        self._state = {**self._state, "thread": self._thread, **changes}
        await self._job.keep(self._state)

    async def _found(self) -> str | None:
        """The id of the run: as kept, or of the run on the thread that was begun for this job."""
        if self.has_begun and "run" not in self._state:
            await self._find("ringside_run", self._job.run_id)
        elif (former := self._state.get("resumes")) is not None and not await self._find("ringside_resumes", former):
            await self._keep(resumes=None)  # it was not asked for
        return self._state.get("run")

    async def _find(self, name: str, value: str) -> bool:
        """Keep the run on the thread that has this in its metadata, if there is one."""
        reply = await self._server.ask("GET", f"/threads/{self._thread}/runs", expected={404})
        runs = reply.json() if reply.status < 300 else []
        run = next((run for run in runs if (run.get("metadata") or {}).get(name) == value), None)
        if run is not None:
            await self._keep(run=run["run_id"], resumes=None)
        return run is not None

    async def _begin(self) -> None:
        metadata = self._metadata()
        thread = {"thread_id": self._thread, "if_exists": "do_nothing", "metadata": metadata}
        await self._server.ask("POST", "/threads", json=thread, repeatable=True)
        given = await self._input()
        await self._keep()
        self.has_begun = True
        await self._start({"input": given}, metadata)

    async def _go_on(self, asked: Sequence[Interrupt], decisions: Mapping[str, Decision]) -> None:
        """Begin the run that goes on with what people have decided."""
        former, resumes = self._state["run"], {one.id: one.resume(decisions) for one in asked}
        resume = resumes if len(resumes) > 1 else next(iter(resumes.values()))
        await self._keep(resumes=former)
        self._stream = LangGraphStream(self._agent.name, _STEP, self._stream.drafts)
        await self._start({"command": {"resume": resume}}, {**self._metadata(), "ringside_resumes": former})
        if self._state.get("resumes") is not None and not await self._find("ringside_resumes", former):
            raise lost()

    def _metadata(self) -> dict[str, Any]:
        return {**self._job.metadata, "ringside_session": self._job.session_id, "ringside_run": self._job.run_id}

    async def _start(self, what: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        for modes in _MODES:
            asked = {
                **what, "assistant_id": self._own.assistant, "metadata": metadata, "stream_mode": modes,
                "stream_subgraphs": True, "stream_resumable": True, "on_disconnect": "continue",
                "multitask_strategy": "interrupt",
            }  # fmt: skip
            path = f"/threads/{self._thread}/runs/stream"
            async with self._server.stream("POST", path, json=asked, expected={404, 422}) as answering:
                if answering.status < 300:
                    place = _RUN.search(answering.headers.get("content-location", ""))
                    if place is not None:
                        await self._keep(run=place[1], resumes=None)
                    return await self._listen(answering)
                said = b"".join([piece async for piece in answering.pieces()])
            if answering.status == 404 or b"assistant" in said:
                raise no_assistant(self._own.assistant)
            if b"stream_mode" not in said:
                break
        raise not_taken(self._own.input_key)

    async def _asked_thread(self) -> LangGraphThread:
        return LangGraphThread((await self._server.ask("GET", f"/threads/{self._thread}")).json())

    async def _input(self) -> dict[str, Any]:
        """A thread that knows nothing is told all: it is the first run, the first one failed, or the server lost it."""
        if self._own.input_key != "messages":
            return {self._own.input_key: self._job.question}
        before: list[dict[str, str]] = []
        if self._agent.instructions:
            before.append({"role": "system", "content": self._agent.instructions})
        before += [{"role": turn["role"], "content": turn["content"]} for turn in self._job.history]
        if before and not (await self._asked_thread()).is_new:
            before = []
        return {"messages": [*before, {"role": "user", "content": self._job.question}]}

    async def _join(self) -> bool:
        """Hear on after the last event that was heard. Whether there was one."""
        before, headers = self._stream.heard, {"Last-Event-ID": self._stream.rejoin()}
        async with self._server.stream("GET", f"{self._path}/stream", headers=headers, expected={404}) as answering:
            if answering.status < 300:
                await self._listen(answering)
        return self._stream.heard > before

    async def _listen(self, answering: Answering) -> None:
        """Tell what comes. That the connection broke, or the response grew too large, is for whoever asks next how the
        run is: the next response goes on after the last event."""
        try:
            async for piece in answering.pieces():
                for record in self._stream.feed(piece):
                    self._write(record)
                if self._stream.run_id and self._is_unknown:
                    await self._keep(run=self._stream.run_id, resumes=None)
                if self._stream.drafts != self._state.get("drafts", 0):
                    await self._keep(drafts=self._stream.drafts, losses=0)
        except StreamError:
            raise self._server.failures.garbage("a stream of a run") from None
        except AgentError as error:
            if error.code not in {*_LOST, "outside_too_large"}:
                raise

    def _write(self, record: Record) -> None:
        match record:
            case TextRecord():
                masked = self._masked.setdefault(record.key, MaskedText(self._mask))
                delta = masked.add(record.delta)
                if record.final:
                    delta += self._masked.pop(record.key).rest()
                if delta or record.final or record.replaces:
                    write(replace(record, delta=delta))
            case StepRecord():
                told = {name: self._mask.value(getattr(record, name)) for name in ("details", "input", "output")}
                write(replace(record, **told))

    async def _status(self) -> str:
        reply = await self._server.ask("GET", self._path, expected={404})
        if reply.status == 404:
            raise lost()
        if self._state.get("losses"):
            await self._keep(losses=0)  # it is there, even if nothing comes of the run
        return str(reply.json().get("status"))

    @property
    def _is_unknown(self) -> bool:
        """Whether the server has been asked to begin a run, and has not said its id."""
        return "run" not in self._state or self._state.get("resumes") is not None

    def _interrupts(self, thread: LangGraphThread) -> list[Interrupt]:
        """The run stands before the place, for a node that asks again does so at the same one."""
        run = self._state["run"]
        return [Interrupt(f"{run}/{place}", id, value, self._mask.value) for place, id, value in thread.interrupts]

    def _answered(self, status: str, thread: LangGraphThread) -> str:
        """The answer of the run that has ended with this status. Raises AgentError where it has none."""
        if status != "success":
            raise failed(status, self._mask.text(self._stream.failure or thread.failure))
        answer = thread.answer(self._own.output_key)
        if not answer.strip():
            raise silent(self._own.output_key)
        for record in self._stream.answered(answer):
            self._write(record)
        return self._mask.text(answer)


def _thread(agent: Registration, job: Job) -> str:
    return str(uuid5(NAMESPACE_URL, f"ringside:{agent.key}/{job.session_id}"))


def _open(agent: Registration, resources: Resources) -> Backend:
    return LangGraphServerBackend(agent, resources.settings)


async def _test(agent: Registration, settings: Settings) -> str:
    return await LangGraphServerBackend(agent, settings).test()


KIND = BackendKind(
    label="LangGraph server",
    help="A graph on a LangGraph server answers.",
    configuration=LangGraphServerConfiguration,
    secrets={"api_key": API_KEY},
    can=Capabilities(stream="yes", stop="yes", pause="best-effort", approve="yes"),
    instructions="Sent at the beginning of each session as a system message, if the input of the graph is “messages”.",
    open=_open,
    test=_test,
)
