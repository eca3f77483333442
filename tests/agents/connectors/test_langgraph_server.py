"""An agent whose answers come from a LangGraph server, over real HTTP. Recorded are streams of langgraph-api 0.16.7."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from agents.backends.base import Answer, Waiting
from agents.connectors import langgraph_server
from agents.errors import AgentError
from tests.agents.connectors.conftest import CANARIES, Asked, Asking
from tests.support.foreign_server import ForeignServer, Received, answer, head, json_answer
from tests.support.processes import free_port
from tests.support.recorded import body
from utils.database.moment import now
from utils.sessions.approval import Decision

pytestmark = pytest.mark.anyio
ANSWER = "The engine was rebuilt by Ada. "
SAID = {"messages": [{"type": "human", "content": "Who?"}, {"type": "ai", "content": ANSWER}]}


class LangGraph:
    """A server with one thread and one run. ``statuses`` are those of the run, one after the other, the last for ever;
    ``streams`` the bodies of the responses that stream it, whole or cut."""

    def __init__(self, server: ForeignServer) -> None:
        self.statuses = ["success"]
        self.streams: list[bytes] = [body("langgraph/agent")]
        self.thread: dict[str, Any] = {"status": "idle", "values": SAID, "interrupts": {}, "error": None}
        self.runs: list[dict[str, Any]] = []
        self.id = ""
        self.place: str | None = "/threads/t/runs/run-1"  # what the head of a stream says of its run
        self.server = server
        server.answers["POST", "/threads"] = self._create

    def _create(self, call: Received) -> Iterator[bytes]:
        self.know(call.json()["thread_id"])
        return json_answer({"thread_id": self.id})

    def know(self, thread: str) -> None:
        self.id, answers = thread, self.server.answers
        path = f"/threads/{thread}"
        answers["GET", path] = lambda _: json_answer({**self.thread, **({} if self.begun else {"values": None})})
        answers["GET", f"{path}/runs"] = lambda _: json_answer(self.runs)
        answers["POST", f"{path}/runs/stream"] = self._stream
        answers["GET", f"{path}/runs/run-1"] = self._status
        answers["GET", f"{path}/runs/run-1/stream"] = self._stream
        answers["POST", f"{path}/runs/run-1/cancel"] = lambda _: json_answer({})

    def _status(self, _: Received) -> Iterator[bytes]:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return json_answer({"run_id": "run-1", "status": status})

    def _stream(self, _: Received) -> Iterator[bytes]:
        headers = {} if self.place is None else {"Content-Location": self.place}
        yield head(200, media_type="text/event-stream", headers=headers)
        yield self.streams.pop(0) if self.streams else b""

    @property
    def begun(self) -> list[Received]:
        return self.server.asked("POST", f"/threads/{self.id}/runs/stream")

    @property
    def joined(self) -> list[str]:
        """The Last-Event-IDs with which the run was joined."""
        joins = self.server.asked("GET", f"/threads/{self.id}/runs/run-1/stream")
        return [call.headers["last-event-id"] for call in joins]


@pytest.fixture
def graph(server: ForeignServer) -> LangGraph:
    return LangGraph(server)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(langgraph_server, "_PAUSE_SECONDS", 0.01)


def agent(
    asking: Asking, server: ForeignServer, *, job: Mapping[str, Any] | None = None, **configuration: Any
) -> Asked:
    given = {"address": server.url, **configuration}
    return asking("langgraph_server", given, secrets=("api_key",), **(job or {}))


async def failure(asked: Asked, state: Any = None) -> AgentError:
    with pytest.raises(AgentError) as failed:
        await asked.answer(state)
    assert not [secret for secret in CANARIES.values() if secret in failed.value.message]
    return failed.value


async def test_a_recorded_run_becomes_text_and_steps(asking: Asking, server: ForeignServer, graph: LangGraph) -> None:
    asked = agent(asking, server)
    assert await asked.answer() == Answer(ANSWER)
    assert asked.steps() == ["prepare", "think", "look_up", "tools", "think", "Run the graph"]
    assert [(text.key, text.replaces) for text in asked.texts if text.replaces] == [("answer/2", "answer/1")]
    assert "".join(text.delta for text in asked.texts if text.key == "answer/2") == ANSWER
    assert asked.texts[-1].final
    assert {call.headers.get("x-api-key") for call in server.received} == {CANARIES["api_key"]}


async def test_the_run_can_be_resumed_and_found_again(asking: Asking, server: ForeignServer, graph: LangGraph) -> None:
    await agent(asking, server, job={"metadata": {"ticket": 7}}, assistant="crew").answer()
    [sent] = graph.begun
    asked = sent.json()
    assert {name: asked[name] for name in ("assistant_id", "stream_resumable", "on_disconnect")} == {
        "assistant_id": "crew", "stream_resumable": True, "on_disconnect": "continue",
    }  # fmt: skip
    assert asked["metadata"] == {"ticket": 7, "ringside_session": "session-1", "ringside_run": "run-0123456789abcdef"}
    assert server.asked("POST", "/threads")[0].json()["if_exists"] == "do_nothing"


async def test_a_thread_that_knows_nothing_is_told_the_instructions_whatever_was_asked_before(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    """The first run failed before the graph began, or the server has lost its threads."""
    history = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi."}]
    job = {"instructions": "You help.", "history": history, "earlier": {"thread": "t"}}
    await agent(asking, server, job=job).answer()
    said = graph.begun[0].json()["input"]["messages"]
    assert [one["content"] for one in said] == ["You help.", "Hello", "Hi.", "Who rebuilt the engine?"]


async def test_a_session_has_one_thread_which_is_told_the_instructions_once(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    history = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi."}]
    graph.streams *= 3
    question = {"role": "user", "content": "Who rebuilt the engine?"}
    for earlier in (None, {"thread": "t"}):
        asked = agent(asking, server, job={"instructions": "You help.", "history": history, "earlier": earlier})
        await asked.answer()
    first, second = [call.json()["input"]["messages"] for call in graph.begun]
    assert first == [{"role": "system", "content": "You help."}, *history, question]
    assert second == [question]
    other = agent(asking, server, job={"session_id": "session-2"})
    await other.answer()
    threads = [call.json()["thread_id"] for call in server.asked("POST", "/threads")]
    assert threads[0] == threads[1] != threads[2]


async def test_a_graph_may_take_and_return_a_text(asking: Asking, server: ForeignServer, graph: LangGraph) -> None:
    graph.thread["values"], graph.streams = {"query": "Who?", "report": "Ada."}, [b""]
    asked = agent(asking, server, input_key="query", output_key="report")
    assert await asked.answer() == Answer("Ada.")
    assert graph.begun[0].json()["input"] == {"query": "Who rebuilt the engine?"}
    assert [(text.delta, text.final) for text in asked.texts] == [("Ada.", True)]


async def test_servers_that_do_not_tell_tasks_are_asked_without(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    graph.know("t")
    stream = graph._stream

    def strict(call: Received) -> Iterator[bytes]:
        if "tasks" in call.json()["stream_mode"]:
            return json_answer({"detail": 'Failed validating "anyOf" in schema["properties"]["stream_mode"]'}, 422)
        return stream(call)

    graph._stream = strict  # type: ignore[method-assign]
    graph.streams = [body("langgraph/agent-updates")]
    asked = agent(asking, server)
    assert await asked.answer() == Answer(ANSWER)
    assert asked.steps()[:2] == ["prepare", "think"]


async def test_a_stream_that_breaks_off_is_joined_where_it_broke(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    parts = [part + b"\n\n" for part in body("langgraph/agent").replace(b"\r\n", b"\n").split(b"\n\n") if part]
    ids = [part.rpartition(b"id: ")[2].strip().decode() for part in parts]
    cut = 9
    graph.streams = [b"".join(parts[:cut]) + b"event: tas", b"".join(parts[cut - 1 :])]
    graph.statuses = ["running", "success"]
    asked = agent(asking, server)
    assert await asked.answer() == Answer(ANSWER)
    assert (len(graph.begun), graph.joined) == (1, [ids[cut - 2]])
    assert asked.steps() == ["prepare", "think", "look_up", "tools", "think", "Run the graph"]


async def test_a_lost_process_joins_the_run_from_its_beginning_and_starts_none(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    asked = agent(asking, server)
    await asked.answer()
    told, graph.streams = len(asked.records), [body("langgraph/agent")]
    assert await asked.answer(asked.kept[-1]) == Answer(ANSWER)
    assert (len(graph.begun), graph.joined) == (1, ["-1"])
    assert [repr(one)[:60] for one in asked.records[told:]] == [repr(one)[:60] for one in asked.records[:told]]


@pytest.mark.parametrize("place", [None, "", "/threads/t/", "elsewhere"])
async def test_a_server_that_does_not_name_the_run_in_its_head_names_it_in_the_stream(
    asking: Asking, server: ForeignServer, graph: LangGraph, place: str | None
) -> None:
    graph.place = place
    graph.streams = [re.sub(rb'"run_id":"[^"]+"', b'"run_id":"run-1"', body("langgraph/agent"))]
    asked = agent(asking, server)
    assert await asked.answer() == Answer(ANSWER)
    assert asked.kept[-1]["run"] == "run-1"


@pytest.mark.parametrize("place", ["/threads/t/runs/run-1/stream", "http://x/threads/t/runs/run-1?a=b"])
async def test_the_run_is_found_in_any_address_of_it(
    asking: Asking, server: ForeignServer, graph: LangGraph, place: str
) -> None:
    graph.place = place
    assert await agent(asking, server).answer() == Answer(ANSWER)


@pytest.mark.parametrize("known", [True, False])
async def test_a_run_that_nothing_names_is_looked_for_on_its_thread(
    asking: Asking, server: ForeignServer, graph: LangGraph, known: bool
) -> None:
    graph.place, graph.streams = None, [b""]
    graph.runs = [{"run_id": "run-1", "metadata": {"ringside_run": "run-0123456789abcdef"}}] if known else []
    asked = agent(asking, server)
    if known:
        assert await asked.answer() == Answer(ANSWER)
    else:
        assert (await failure(asked)).code == "langgraph_lost"
    assert len(graph.begun) == 1


async def test_the_run_links_to_its_thread_in_the_studio(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    asked = agent(asking, server)
    await asked.answer()
    address = server.url.replace(":", "%3A").replace("/", "%2F")
    link = f"https://smith.langchain.com/studio/thread/{graph.id}?baseUrl={address}"
    assert asked.step("Run the graph", "started").link == link


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_process_that_was_lost_before_it_knew_the_run_finds_it_by_its_metadata(
    asking: Asking, server: ForeignServer, graph: LangGraph, arrived: bool
) -> None:
    asked = agent(asking, server)
    graph.know("t")
    other = {"run_id": "run-0", "metadata": {"ringside_run": "run-other"}}
    graph.runs = [other, {"run_id": "run-1", "metadata": {"ringside_run": "run-0123456789abcdef"}}][: 1 + arrived]
    await agent(asking, server).answer()  # the thread is there
    begun = len(graph.begun)
    assert await asked.answer({"thread": graph.id}) == Answer(ANSWER)
    assert len(graph.begun) - begun == (0 if arrived else 1)


async def test_the_answer_of_a_run_whose_stream_is_gone_is_in_the_thread(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    asked = agent(asking, server)
    await asked.answer()
    told = len(asked.records)
    state = {**asked.kept[-1], "drafts": 2}
    assert await asked.answer(state) == Answer(ANSWER)
    again = [one for one in asked.texts if one in asked.records[told:]]
    assert [(one.key, one.replaces, one.delta) for one in again] == [("answer/3", "answer/2", ANSWER)]


async def test_a_server_that_is_away_is_waited_for_without_a_process(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    asked = agent(asking, server)
    await asked.answer()
    state = asked.kept[-1]
    server.answers["GET", f"/threads/{graph.id}/runs/run-1"] = lambda _: iter([b""])
    waits = []
    for _ in range(12):
        waiting = await asked.answer(state)
        assert isinstance(waiting, Waiting)
        waits.append(waiting.seconds)
        state = asked.kept[-1]
    assert waits == [1, 2, 4, 8, 16, *[30.0] * 7]
    assert (await failure(asked, state)).code == "outside_cut_off"
    assert len(graph.begun) == 1


async def test_a_server_that_is_busy_for_a_while_does_not_end_a_run_that_has_begun(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    asked = agent(asking, server)
    await asked.answer()
    path = f"/threads/{graph.id}/runs/run-1"
    knows = server.answers["GET", path]
    server.answers["GET", path] = lambda _: answer(429, headers={"Retry-After": "90"})
    waiting = await asked.answer(asked.kept[-1])
    assert isinstance(waiting, Waiting)
    assert waiting.reason == "The LangGraph server takes no more requests at present (429). Try again in 90 seconds."
    server.answers["GET", path] = knows
    assert await asked.answer(asked.kept[-1]) == Answer(ANSWER)
    assert len(graph.begun) == 1


async def test_a_stream_that_ends_again_and_again_before_its_run_is_not_asked_for_ever(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    graph.statuses = ["running"]
    asked = agent(asking, server)
    assert isinstance(await asked.answer(), Waiting)
    assert len(graph.joined) == 5


async def test_a_run_that_goes_on_is_waited_for_as_long_as_its_server_says_so(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    """Something between cuts each stream at once."""
    graph.statuses = ["running"]
    asked = agent(asking, server)
    await asked.answer()
    for _ in range(14):
        assert isinstance(await asked.answer(asked.kept[-1]), Waiting)
    graph.statuses = ["success"]
    assert await asked.answer(asked.kept[-1]) == Answer(ANSWER)
    assert len(graph.begun) == 1


@pytest.mark.parametrize(
    ("status", "thread", "code", "words"),
    [
        ("interrupted", {"status": "interrupted", "interrupts": {}}, "langgraph_stopped", "was stopped"),
        ("error", {"error": {"error": "ValueError", "message": "no"}}, "langgraph_failed", "failed: no (ValueError)."),
        ("error", {}, "langgraph_failed", "Its server's log has the reason."),
        ("timeout", {}, "langgraph_timeout", "longer than its server allows"),
        ("success", {"values": {"messages": []}}, "langgraph_silent", "without an answer in its messages"),
        ("success", {"values": None}, "langgraph_silent", "without an answer"),
    ],
)
async def test_statuses_that_mislead_are_told_apart_by_the_thread(
    asking: Asking, server: ForeignServer, graph: LangGraph, status: str, thread: dict[str, Any], code: str, words: str
) -> None:
    graph.statuses, graph.streams = [status], [b""]
    graph.thread |= thread
    error = await failure(agent(asking, server))
    assert (error.code, words in error.message) == (code, True), error.message


# What people are asked


INTERRUPTED = {"status": "interrupted", "interrupts": {"t": [{"value": {"question": "May I?"}, "id": "i"}]}}


def decision(choice: str, **more: Any) -> Decision:
    return Decision("decided", choice, more.get("values"), more.get("comment"), "Ada", "dashboard", now())


def decided(**choices: str) -> Any:
    async def decisions() -> dict[str, Decision]:
        return {f"run-1/{key}/0": decision(choice) for key, choice in choices.items()}

    return decisions


class Resumed:
    """The run that goes on from the first: it begins when it is asked for, and answers."""

    def __init__(self, graph: LangGraph, server: ForeignServer, *, arrives: bool = True) -> None:
        self._graph, self._server, self._arrives = graph, server, arrives
        self._path = f"/threads/{graph.id}"
        self._begin = server.answers["POST", f"{self._path}/runs/stream"]
        server.answers["POST", f"{self._path}/runs/stream"] = self._asked
        server.answers["GET", f"{self._path}/runs/run-2"] = lambda _: json_answer({"status": "success"})
        server.answers["GET", f"{self._path}/runs/run-2/stream"] = lambda _: answer(404)

    def _asked(self, call: Received) -> Iterator[bytes]:
        if "command" not in call.json():
            return self._begin(call)
        self._graph.runs.insert(0, {"run_id": "run-2", "metadata": call.json()["metadata"]})
        self._graph.thread |= {"status": "idle", "interrupts": {}}
        if not self._arrives:
            return iter([b""])  # the connection is lost
        self._graph.place = "/threads/t/runs/run-2"
        return self._begin(call)

    @property
    def commands(self) -> list[Any]:
        asked = self._server.asked("POST", f"{self._path}/runs/stream")
        return [call.json()["command"] for call in asked if "command" in call.json()]


async def asking_graph(asking: Asking, server: ForeignServer, graph: LangGraph) -> Asked:
    graph.streams, graph.thread = [], graph.thread | INTERRUPTED
    asked = agent(asking, server)
    waiting = await asked.answer()
    assert isinstance(waiting, Waiting)
    assert [(one.key, one.question.question) for one in waiting.approvals] == [("run-1/i/0", "May I?")]
    return asked


async def test_a_graph_that_asks_waits_for_a_person_and_is_asked_nothing_meanwhile(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    asked = await asking_graph(asking, server, graph)
    again = await asked.answer(asked.kept[-1])
    assert isinstance(again, Waiting)
    assert [one.key for one in again.approvals] == ["run-1/i/0"], "the same question"
    assert (len(graph.begun), graph.joined) == (1, [])


async def test_a_decision_resumes_the_thread_once(asking: Asking, server: ForeignServer, graph: LangGraph) -> None:
    asked = await asking_graph(asking, server, graph)
    resumed = Resumed(graph, server)
    assert await asked.answer(asked.kept[-1], decisions=decided(i="approve")) == Answer(ANSWER)
    assert resumed.commands == [{"resume": True}]
    assert asked.kept[-1]["run"] == "run-2"
    assert await asked.answer(asked.kept[-1], decisions=decided(i="approve")) == Answer(ANSWER)
    assert len(resumed.commands) == 1


async def test_what_is_resumed_is_kept_before_it_is_asked_for(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    asked = await asking_graph(asking, server, graph)
    kept = []

    def asked_for(_: Received) -> Iterator[bytes]:
        kept.append(dict(asked.kept[-1]))
        return answer(403)

    server.answers["POST", f"/threads/{graph.id}/runs/stream"] = asked_for
    with pytest.raises(AgentError):
        await asked.answer(asked.kept[-1], decisions=decided(i="approve"))
    [state] = kept
    assert (state["run"], state["resumes"]) == ("run-1", "run-1")


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_process_that_was_lost_as_it_resumed_resumes_nothing_twice(
    asking: Asking, server: ForeignServer, graph: LangGraph, arrived: bool
) -> None:
    asked = await asking_graph(asking, server, graph)
    state = {**asked.kept[-1], "resumes": "run-1"}
    resumed = Resumed(graph, server)
    if arrived:
        graph.runs = [{"run_id": "run-2", "metadata": {"ringside_resumes": "run-1"}}]
        graph.thread |= {"status": "idle", "interrupts": {}}
    assert await asked.answer(state, decisions=decided(i="approve")) == Answer(ANSWER)
    assert len(resumed.commands) == (0 if arrived else 1)
    assert asked.kept[-1]["run"] == "run-2"


async def test_a_connection_that_is_lost_as_it_resumes_resumes_nothing_twice(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    asked = await asking_graph(asking, server, graph)
    resumed = Resumed(graph, server, arrives=False)
    waiting = await asked.answer(asked.kept[-1], decisions=decided(i="approve"))
    assert isinstance(waiting, Waiting)
    assert waiting.approvals == ()
    assert await asked.answer(asked.kept[-1], decisions=decided(i="approve")) == Answer(ANSWER)
    assert len(resumed.commands) == 1


async def test_several_questions_are_answered_together_by_their_ids(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    asked = await asking_graph(asking, server, graph)
    graph.thread |= {"interrupts": {n: [{"value": f"{n}?", "id": n}] for n in ("i", "j")}}
    resumed = Resumed(graph, server)
    waiting = await asked.answer(asked.kept[-1], decisions=decided(i="approve"))
    assert isinstance(waiting, Waiting)
    assert (len(waiting.approvals), resumed.commands) == (2, [])
    await asked.answer(asked.kept[-1], decisions=decided(i="approve", j="reject"))
    assert resumed.commands == [{"resume": {"i": True, "j": False}}]


async def test_a_graph_that_was_answered_in_another_way_needs_no_decision(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    asked = await asking_graph(asking, server, graph)
    graph.thread |= {"status": "idle", "interrupts": {}}
    assert await asked.answer(asked.kept[-1]) == Answer(ANSWER)


async def test_a_key_that_the_graph_asks_about_is_shown_to_nobody_and_comes_back_whole(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    secret = CANARIES["api_key"]
    config = {"allow_edit": True}
    request = {"action_request": {"action": "call", "args": {"key": secret, "n": 1}}, "config": config}
    graph.thread |= {"interrupts": {"t": [{"value": [request], "id": "i"}]}}
    graph.streams = []
    asked = agent(asking, server)
    waiting = await asked.answer()
    assert isinstance(waiting, Waiting)
    assert secret not in repr(waiting)
    resumed = Resumed(graph, server)

    async def decisions() -> dict[str, Decision]:
        return {"run-1/i/0": decision("edit", values={"key": "•••", "n": 2})}

    await asked.answer(asked.kept[-1], decisions=decisions)
    assert resumed.commands == [
        {"resume": [{"type": "edit", "args": {"action": "call", "args": {"key": secret, "n": 2}}}]}
    ]


async def test_a_node_that_fails_fails_the_run_with_its_reason(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    graph.statuses, graph.streams = ["error"], [body("langgraph/failed")]
    asked = agent(asking, server)
    assert (await failure(asked)).message == "The graph failed: the tool broke (ValueError)."
    assert asked.steps("failed") == ["prepare", "Run the graph"]


@pytest.mark.parametrize(
    ("status", "detail", "code", "words"),
    [
        (401, "x", "outside_unauthorised", "does not accept the key"),
        (403, "x", "outside_forbidden", "does not allow this"),
        (404, "Assistant 'agent' not found", "langgraph_no_assistant", "no assistant “agent”"),
        (422, "Invalid assistant: 'agent'.", "langgraph_no_assistant", "no assistant “agent”"),
        (422, "input: field required", "langgraph_not_taken", "does not take “messages”"),
        (302, "x", "outside_moved", "sends on to another address"),
    ],
)
async def test_a_refusal_is_told_in_plain_words(
    asking: Asking, server: ForeignServer, graph: LangGraph, status: int, detail: str, code: str, words: str
) -> None:
    said = json.dumps({"detail": detail}).encode()
    graph._stream = lambda _: answer(status, said, headers={"Location": "http://elsewhere.example/"})  # type: ignore[method-assign]
    error = await failure(agent(asking, server))
    assert (error.code, words in error.message) == (code, True), error.message
    assert len(graph.begun) == 1


async def test_a_server_that_cannot_be_reached_has_begun_nothing(asking: Asking) -> None:
    asked = asking("langgraph_server", {"address": f"http://127.0.0.1:{free_port()}"})
    assert (await failure(asked)).code == "outside_unreachable"
    assert asked.kept == []


async def test_hosts_that_agents_may_not_use_are_not_asked(asking: Asking, server: ForeignServer) -> None:
    asked = asking("langgraph_server", {"address": server.url}, hosts="graphs.example.org")
    assert (await failure(asked)).code == "address_not_allowed"
    assert server.received == []


@pytest.mark.parametrize("stream", [b"<html>\n\ndata: {\n\n", b"event: tasks\ndata: <html>\n\n"])
async def test_garbage_is_told_in_plain_words(
    asking: Asking, server: ForeignServer, graph: LangGraph, stream: bytes
) -> None:
    graph.streams = [stream]
    assert (await failure(agent(asking, server))).code == "outside_garbage"


async def test_a_response_of_more_than_20_megabytes_is_left_and_the_run_joined_again(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    large = b"".join(b'id: %d\nevent: custom\ndata: "%s"\n\n' % (n, b"x" * 1_000_000) for n in range(1, 41))
    graph.streams, graph.statuses = [large, body("langgraph/agent")], ["running", "success"]
    asked = agent(asking, server)
    assert await asked.answer() == Answer(ANSWER)
    assert (len(graph.begun), len(graph.joined)) == (1, 1)
    assert 10 < int(graph.joined[0]) < 21, "it goes on where it was left"


async def test_a_run_that_the_server_has_forgotten_is_not_begun_again(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    asked = agent(asking, server)
    await asked.answer()
    del server.answers["GET", f"/threads/{graph.id}/runs/run-1"]
    error = await failure(asked, asked.kept[-1])
    assert (error.code, len(graph.begun)) == ("langgraph_lost", 1)


async def test_a_key_that_the_graph_repeats_is_told_to_nobody(
    asking: Asking, server: ForeignServer, graph: LangGraph
) -> None:
    secret = CANARIES["api_key"].encode()
    graph.streams = [body("langgraph/agent").replace(b"1957: engine", secret).replace(b"Let me", secret)]
    asked = agent(asking, server)
    await asked.answer()
    assert "•••" in repr(asked.step("look_up").output)


async def test_nor_is_one_that_comes_in_pieces(asking: Asking, server: ForeignServer, graph: LangGraph) -> None:
    said = f"It is {CANARIES['api_key']}, or cana"
    events = [
        [{"type": "AIMessageChunk", "id": "m", "content": content}, {}]
        for kind in ("thinking", "text")
        for at in range(0, len(said), 7)
        for content in [[{"type": kind, kind: said[at : at + 7]}]]
    ]
    graph.streams = [b"".join(b"event: messages\ndata: %s\n\n" % json.dumps(one).encode() for one in events)]
    graph.thread["values"] = {"messages": [{"type": "ai", "content": said}]}
    asked = agent(asking, server)
    assert await asked.answer() == Answer("It is •••, or cana")
    for channel in ("reasoning", None):
        told = [text for text in asked.texts if text.channel == channel]
        assert "".join(text.delta for text in told) == "It is •••, or cana"
        assert (told[-1].final, len({text.key for text in told})) == (True, 1)


@pytest.mark.parametrize("status", [200, 404, 409])
async def test_a_stop_is_acknowledged(asking: Asking, server: ForeignServer, graph: LangGraph, status: int) -> None:
    asked = agent(asking, server)
    await asked.answer()
    cancel = f"/threads/{graph.id}/runs/run-1/cancel"
    server.answers["POST", cancel] = lambda _: answer(status, b"{}")
    assert await asked.stop(asked.kept[-1]) == "acknowledged"
    [call] = server.asked("POST", cancel)
    assert sorted(call.query.split("&")) == ["action=interrupt", "wait=true"]


async def test_a_stop_before_the_run_has_begun_stops_nothing(asking: Asking, server: ForeignServer) -> None:
    assert await agent(asking, server).stop(None) == "acknowledged"
    assert server.received == []


async def test_a_stop_that_fails_says_why(asking: Asking, server: ForeignServer, graph: LangGraph) -> None:
    asked = agent(asking, server)
    await asked.answer()
    server.answers["POST", f"/threads/{graph.id}/runs/run-1/cancel"] = lambda _: answer(403)
    with pytest.raises(AgentError, match="does not allow this"):
        await asked.stop(asked.kept[-1])


ASSISTANTS = [{"assistant_id": "id-1", "graph_id": "agent"}, {"assistant_id": "id-2", "graph_id": "letter"}]


@pytest.mark.parametrize(
    ("configuration", "schemas", "found"),
    [
        (
            {},
            {"input_schema": {"properties": {"messages": {}}}},
            "has the assistant “agent”, and its graph takes “messages”.",
        ),
        (
            {"assistant": "id-1"},
            {"input_schema": None, "state_schema": {"properties": {"messages": {}}}},
            "takes “messages”",
        ),
        ({}, {"input_schema": None}, "has the assistant “agent”."),
        ({}, {"input_schema": {"properties": {"question": {}}}}, "does not take “messages”. It takes “question”."),
        ({"assistant": "crew"}, {}, "no assistant “crew”. It has “agent”, “letter”."),
    ],
)
async def test_the_test_says_whether_the_graph_is_there_and_what_it_takes(
    asking: Asking, server: ForeignServer, configuration: dict[str, Any], schemas: dict[str, Any], found: str
) -> None:
    server.answers["POST", "/assistants/search"] = lambda _: json_answer(ASSISTANTS)
    server.answers["GET", "/assistants/id-1/schemas"] = lambda _: json_answer(schemas)
    asked = agent(asking, server, **configuration)
    try:
        said = await asked.test()
    except AgentError as error:
        said = error.message
    assert found in said
