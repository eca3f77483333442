"""An agent that speaks AG-UI, over real HTTP. Recorded is what ag-ui-langgraph sends."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.backends.base import Answer, Approval, Waiting
from agents.errors import AgentError
from agents.telling.steps import StepRecord
from tests.agents.connectors.conftest import CANARIES, Asked, Asking
from tests.support.foreign_server import ForeignServer, Received, answer, gzipped, head
from tests.support.processes import free_port
from tests.support.recorded import recorded
from utils.log.events import Usage
from utils.sessions.approval import Decision

pytestmark = pytest.mark.anyio
PATH = "/agent"
STARTED = {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}
FINISHED = {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}
TALK = (
    {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"},
    {"type": "TEXT_MESSAGE_END", "messageId": "m"},
)


def says(words: str, id: str = "m") -> dict[str, Any]:
    return {"type": "TEXT_MESSAGE_CONTENT", "messageId": id, "delta": words}


def message(words: str, id: str = "m") -> list[dict[str, Any]]:
    return [{**TALK[0], "messageId": id}, says(words, id), {**TALK[1], "messageId": id}]


def stream(*events: dict[str, Any]) -> bytes:
    return b"".join(f"data: {json.dumps(event)}\n\n".encode() for event in events)


def sends(server: ForeignServer, *pieces: bytes, stays: bool = False) -> None:
    def reply(call: Received) -> Iterator[bytes]:
        yield head(200, media_type="text/event-stream; charset=utf-8")
        yield from pieces
        if stays:
            call.server.stopping.wait(20)

    server.answers["POST", PATH] = reply


def agent(asking: Asking, server: ForeignServer, *secrets: str, **job: Any) -> Asked:
    return asking("ag_ui", {"address": f"{server.url}{PATH}", "patience": 5}, secrets=secrets, **job)


async def failure(asked: Asked, state: Any = None) -> AgentError:
    with pytest.raises(AgentError) as failed:
        await asked.answer(state)
    assert not [secret for secret in CANARIES.values() if secret in failed.value.message]
    return failed.value


async def test_a_recorded_run_becomes_text_and_steps(asking: Asking, server: ForeignServer) -> None:
    server.answers["POST", PATH] = lambda _: iter([recorded("ag_ui/langgraph")])
    asked = agent(asking, server)
    assert await asked.answer() == Answer("The engine was rebuilt by Ada. ")
    assert "".join(text.delta for text in asked.texts) == "The engine was rebuilt by Ada. "
    assert [text.final for text in asked.texts][-1]
    assert asked.steps() == ["model", "look_up", "tools", "model", "Ask the agent"]
    assert asked.step("look_up").output == "1957: engine rebuilt by Ada"
    assert asked.step("Ask the agent").usage == Usage(model="fake", input_tokens=22, output_tokens=14)
    assert len({one.key for one in asked.records if isinstance(one, StepRecord)}) == 5


async def test_the_agent_is_sent_the_conversation(asking: Asking, server: ForeignServer) -> None:
    sends(server, stream(STARTED, *message("Ada."), FINISHED))
    asked = agent(
        asking, server, "token", instructions="Be short.", history=[{"role": "user", "content": "Hello"}],
        metadata={"ticket": 7},
    )  # fmt: skip
    assert await asked.answer() == Answer("Ada.")
    [sent] = server.received
    body = sent.json()
    thread = body.pop("threadId")
    assert body == {
        "runId": "run-0123456789abcdef",
        "messages": [
            {"id": "instructions", "role": "system", "content": "Be short."},
            {"id": "earlier-run-0123456789abcdef-0", "role": "user", "content": "Hello"},
            {"id": "question-run-0123456789abcdef", "role": "user", "content": "Who rebuilt the engine?"},
        ],
        "state": {}, "tools": [], "context": [], "forwardedProps": {"ticket": 7},
    }  # fmt: skip
    assert sent.headers["authorization"] == f"Bearer {CANARIES['token']}"
    assert sent.headers["accept"] == "text/event-stream"
    assert asked.kept[0]["thread"] == thread, "kept before it was sent"


async def test_the_next_turn_goes_on_in_the_thread_with_the_ids_that_the_agent_knows(
    asking: Asking, server: ForeignServer
) -> None:
    sends(server, stream(STARTED, *message("Let me look.", "m1"), *message("Ada.", "m2"), FINISHED))
    first = agent(asking, server)
    assert await first.answer() == Answer("Let me look.\n\nAda.")
    history = [
        {"role": "user", "content": "Who rebuilt the engine?"},
        {"role": "assistant", "content": "Let me look.\n\nAda."},
        {"role": "user", "content": "A question that failed"},
    ]
    sends(server, stream(STARTED, *message("In 1957.", "m3"), FINISHED))
    second = agent(asking, server, question="When?", run_id="run-2", earlier=first.kept[-1], history=history)
    await second.answer()
    one, two = (call.json() for call in server.received)
    assert one["threadId"] == two["threadId"]
    assert [message["id"] for message in two["messages"]] == [
        "question-run-0123456789abcdef", "m2", "earlier-run-2-2", "question-run-2",
    ]  # fmt: skip


async def test_an_answer_that_comes_only_in_a_snapshot_counts(asking: Asking, server: ForeignServer) -> None:
    messages = [
        {"id": "m0", "role": "user", "content": "Before"}, {"id": "m1", "role": "assistant", "content": "Old."},
        {"id": "question-run-0123456789abcdef", "role": "user", "content": "Who?"},
        {"id": "m2", "role": "assistant", "content": "", "toolCalls": []},
        {"id": "m3", "role": "tool", "content": "1957"}, {"id": "m4", "role": "assistant", "content": "Ada."},
    ]  # fmt: skip
    sends(server, stream(STARTED, {"type": "MESSAGES_SNAPSHOT", "messages": messages}, FINISHED))
    asked = agent(asking, server)
    assert await asked.answer() == Answer("Ada.")
    assert [(text.delta, text.final) for text in asked.texts] == [("Ada.", False), ("", True)]
    assert asked.kept[-1]["ids"][-1][1] == "m4"


async def test_a_result_without_any_text_is_the_answer(asking: Asking, server: ForeignServer) -> None:
    sends(server, stream(STARTED, {**FINISHED, "result": "Ada."}))
    assert await agent(asking, server).answer() == Answer("Ada.")


@pytest.mark.parametrize(
    ("result", "said"),
    [({"answer": "42"}, "42"), ({"messages": [], "output": {"text": "42"}}, "42"), (["4", "2"], "4\n\n2"), (42, "42")],
)
async def test_a_result_may_be_any_json(asking: Asking, server: ForeignServer, result: Any, said: str) -> None:
    sends(server, stream(STARTED, {**FINISHED, "result": result}))
    assert await agent(asking, server).answer() == Answer(said)
    sends(server, stream(STARTED, *message("Ada."), {**FINISHED, "result": result}))
    assert await agent(asking, server).answer() == Answer("Ada.")


async def test_a_message_in_a_snapshot_may_have_parts(asking: Asking, server: ForeignServer) -> None:
    parts = [{"type": "text", "text": "A"}, {"type": "text", "text": "da."}, {"type": "image", "url": "x"}]
    messages = [{"id": "m", "role": "assistant", "content": parts}]
    sends(server, stream(STARTED, {"type": "MESSAGES_SNAPSHOT", "messages": messages}, FINISHED))
    assert await agent(asking, server).answer() == Answer("Ada.")


@pytest.mark.parametrize("role", [{}, {"role": None}, {"role": ""}, {"role": "assistant"}])
@pytest.mark.parametrize("kind", ["TEXT_MESSAGE_START", "TEXT_MESSAGE_CHUNK"])
async def test_a_message_without_a_role_is_the_agents(
    asking: Asking, server: ForeignServer, kind: str, role: dict[str, Any]
) -> None:
    told = [{"type": kind, "messageId": "m", **role}]
    told += (
        [says("Ada."), TALK[1]] if kind == "TEXT_MESSAGE_START" else [{"type": kind, "messageId": "m", "delta": "Ada."}]
    )
    sends(server, stream(STARTED, *told, FINISHED))
    assert await agent(asking, server).answer() == Answer("Ada.")


@pytest.mark.parametrize("role", ["user", "system", "developer", "tool"])
@pytest.mark.parametrize("more", [{"messageId": "u"}, {}, {"messageId": "u", "role": None}])
async def test_chunks_go_on_with_the_role_of_their_message(
    asking: Asking, server: ForeignServer, role: str, more: dict[str, Any]
) -> None:
    chunks = [
        {"messageId": "u", "role": role, "delta": "mi"}, {**more, "delta": "ne"},
        {"messageId": "m", "delta": "A"}, {"delta": "da."},
    ]  # fmt: skip
    sends(server, stream(STARTED, *({"type": "TEXT_MESSAGE_CHUNK", **chunk} for chunk in chunks), FINISHED))
    assert await agent(asking, server).answer() == Answer("Ada.")


async def test_messages_at_the_same_time_are_told_one_after_the_other(asking: Asking, server: ForeignServer) -> None:
    start, end = TALK
    events = [
        STARTED, start, {**start, "messageId": "n"}, says("a", "m"), says("x", "n"), says("b", "m"), end,
        says("y", "n"), {**end, "messageId": "n"}, {**start, "messageId": "u", "role": "user"}, says("mine", "u"),
        {**end, "messageId": "u"}, FINISHED,
    ]  # fmt: skip
    sends(server, stream(*events))
    asked = agent(asking, server)
    assert await asked.answer() == Answer("ab\n\nxy")
    assert "".join(text.delta for text in asked.texts) == "ab\n\nxy"


async def test_chunks_reasoning_tools_and_sub_agents(asking: Asking, server: ForeignServer) -> None:
    events: list[dict[str, Any]] = [
        STARTED,
        {"type": "THINKING_START"}, {"type": "THINKING_TEXT_MESSAGE_START"},
        {"type": "THINKING_TEXT_MESSAGE_CONTENT", "delta": "Hm"}, {"type": "THINKING_TEXT_MESSAGE_END"},
        {"type": "REASONING_MESSAGE_START", "messageId": "r"},
        {"type": "REASONING_MESSAGE_CONTENT", "messageId": "r", "delta": "Aha"},
        {"type": "REASONING_MESSAGE_END", "messageId": "r"},
        {"type": "SUBAGENT_STARTED", "subagentRunId": "s", "name": "Lookout"},
        {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "look", "subagentRunId": "s"},
        {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": '{"far'},
        {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": '": true}'},
        {"type": "TOOL_CALL_END", "toolCallId": "c"},
        {"type": "TOOL_CALL_RESULT", "toolCallId": "c", "messageId": "t", "content": '{"ships": 2}'},
        {"type": "SUBAGENT_ERROR", "subagentRunId": "s", "message": f"Fog {CANARIES['token']}\nFile x, line 3"},
        {"type": "TOOL_CALL_START", "toolCallId": "d", "toolCallName": "shout"},
        {"type": "TOOL_CALL_END", "toolCallId": "d"},
        {"type": "RAW", "event": {}}, {"type": "STATE_SNAPSHOT", "snapshot": {}}, {"type": "STATE_DELTA", "delta": []},
        {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "Two "},
        {"type": "TEXT_MESSAGE_CHUNK", "delta": "ships."},
        FINISHED,
    ]  # fmt: skip
    sends(server, stream(*events))
    asked = agent(asking, server, "token")
    assert await asked.answer() == Answer("Two ships.")
    thought = [(text.key[-1], text.delta) for text in asked.texts if text.channel == "reasoning" and text.delta]
    assert thought == [("1", "Hm"), ("2", "Aha")]
    look = asked.step("look")
    assert (look.kind, look.agent, look.output) == ("tool", "Lookout", {"ships": 2})
    assert asked.step("look", "in-progress").input == {"far": True}
    assert asked.step("Hand over to Lookout", "failed").details == "Fog •••"
    assert "shout" in asked.steps(), "nobody told its result"


async def test_arguments_are_told_when_they_are_whole(asking: Asking, server: ForeignServer) -> None:
    """The result may come in the last snapshot, or never."""
    calls = [
        event
        for id in ("c", "d", "e")
        for event in (
            {"type": "TOOL_CALL_START", "toolCallId": id, "toolCallName": f"look {id}"},
            {"type": "TOOL_CALL_ARGS", "toolCallId": id, "delta": f'{{"for": "{id}"}}'},
            {"type": "TOOL_CALL_END", "toolCallId": id},
        )
    ]
    messages = [
        {"id": "t", "role": "tool", "toolCallId": "c", "content": '{"ships": 2}'},
        {"id": "u", "role": "tool", "toolCallId": "d", "content": "", "error": "Fog"},
    ]
    chunk = {"type": "TOOL_CALL_CHUNK", "toolCallId": "f", "toolCallName": "look f", "delta": '{"for": "f"}'}
    snapshot = {"type": "MESSAGES_SNAPSHOT", "messages": messages}
    sends(server, stream(STARTED, *calls, chunk, snapshot, *message("Ada."), FINISHED))
    asked = agent(asking, server)
    assert await asked.answer() == Answer("Ada.")
    for id in "cdef":
        assert asked.step(f"look {id}", "in-progress").input == {"for": id}
    assert asked.step("look c").output == {"ships": 2}
    assert asked.step("look d", "failed").details == "Fog"
    assert asked.step("look e").output is None
    told = [(one.action, one.status) for one in asked.records if isinstance(one, StepRecord)]
    assert told.index(("look c", "in-progress")) < told.index(("look d", "started")), "not only at the end of the run"


def in_pieces(text: str, size: int, **event: Any) -> list[dict[str, Any]]:
    return [{**event, "delta": text[at : at + size]} for at in range(0, len(text), size)]


async def test_a_token_that_the_agent_repeats_is_told_to_nobody(asking: Asking, server: ForeignServer) -> None:
    token = CANARIES["token"]
    said = f"It is {token}, or cana"
    events: list[dict[str, Any]] = [
        STARTED,
        {"type": "REASONING_MESSAGE_START", "messageId": "r"},
        *in_pieces(said, 7, type="REASONING_MESSAGE_CONTENT", messageId="r"),
        {"type": "REASONING_MESSAGE_END", "messageId": "r"},
        {"type": "STEP_STARTED", "stepName": f"step {token}"}, {"type": "STEP_FINISHED", "stepName": f"step {token}"},
        {"type": "SUBAGENT_STARTED", "subagentRunId": "s", "name": f"agent {token}"},
        {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": f"look {token}", "subagentRunId": "s"},
        *in_pieces(json.dumps({"a": token}), 7, type="TOOL_CALL_ARGS", toolCallId="c"),
        {"type": "TOOL_CALL_END", "toolCallId": "c"},
        {"type": "TOOL_CALL_RESULT", "toolCallId": "c", "messageId": "t", "content": token},
        {"type": "SUBAGENT_FINISHED", "subagentRunId": "s"},
        TALK[0], *in_pieces(said, 7, type="TEXT_MESSAGE_CONTENT", messageId="m"), TALK[1],
        FINISHED,
    ]  # fmt: skip
    sends(server, stream(*events))
    asked = agent(asking, server, "token")
    assert await asked.answer() == Answer("It is •••, or cana")
    for channel in ("reasoning", None):
        told = [text for text in asked.texts if text.channel == channel]
        assert ("".join(text.delta for text in told), told[-1].final) == ("It is •••, or cana", True)
    assert asked.steps() == ["step •••", "look •••", "Hand over to agent •••", "Ask the agent"]
    assert asked.step("look •••", "in-progress").input == {"a": "•••"}
    assert (asked.step("look •••").agent, asked.step("look •••").output) == ("agent •••", "•••")
    history = [{"role": "assistant", "content": "It is •••, or cana"}]
    await agent(asking, server, "token", earlier=asked.kept[-1], history=history).answer()
    assert server.received[-1].json()["messages"][0]["id"] == "m", "it is known by what was told of it"


async def test_a_token_in_a_snapshot_or_a_result_is_told_to_nobody(asking: Asking, server: ForeignServer) -> None:
    said = f"It is {CANARIES['token']}"
    messages = [{"id": "m1", "role": "assistant", "content": said}]
    for last in ([{"type": "MESSAGES_SNAPSHOT", "messages": messages}, FINISHED], [{**FINISHED, "result": said}]):
        sends(server, stream(STARTED, *last))
        assert await agent(asking, server, "token").answer() == Answer("It is •••")


async def test_halves_of_a_character_are_one(asking: Asking, server: ForeignServer) -> None:
    """As they are cut by servers that count in UTF-16."""
    boat, half = ["\ud83d", "\udea2"], "\ud83d"
    events: list[dict[str, Any]] = [
        STARTED,
        *({"type": "THINKING_TEXT_MESSAGE_CONTENT", "delta": piece} for piece in boat),
        {"type": "THINKING_TEXT_MESSAGE_END"},
        {"type": "STEP_STARTED", "stepName": f"at sea {half}"}, {"type": "STEP_FINISHED", "stepName": f"at sea {half}"},
        {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "look"},
        *({"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": piece} for piece in ('{"at": "', *boat, '"}')),
        {"type": "TOOL_CALL_END", "toolCallId": "c"},
        {"type": "TOOL_CALL_RESULT", "toolCallId": "c", "messageId": "t", "content": f'{{"a": "\\ud83d{half}"}}'},
        TALK[0], {**TALK[0], "messageId": "n"}, says(boat[0]), says(boat[0], "n"), says(boat[1]), says(boat[1], "n"),
        says(half, "n"), TALK[1], {**TALK[1], "messageId": "n"},
        {"type": "TEXT_MESSAGE_CHUNK", "messageId": "o", "delta": half},
        {"type": "TEXT_MESSAGE_CHUNK", "messageId": "p", "delta": half},
        FINISHED,
    ]  # fmt: skip
    sends(server, stream(*events))
    asked = agent(asking, server)
    said = "\U0001f6a2\n\n\U0001f6a2\ufffd\n\n\ufffd\n\n\ufffd"
    assert await asked.answer() == Answer(said)
    assert "".join(text.delta for text in asked.texts if text.channel is None) == said
    assert "".join(text.delta for text in asked.texts if text.channel == "reasoning") == "\U0001f6a2"
    assert asked.step("look", "in-progress").input == {"at": "\U0001f6a2"}
    assert asked.step("look").output == {"a": "\ufffd\ufffd"}
    assert "at sea \ufffd" in asked.steps()


@pytest.mark.parametrize(
    ("events", "code", "words"),
    [
        ([{"type": "RUN_ERROR", "message": "No ship\nTraceback: File x"}], "ag_ui_failed", "The agent failed: No ship"),
        ([{"type": "RUN_ERROR"}], "ag_ui_failed", "It did not say why"),
        ([STARTED, says("x")], "ag_ui_order", "a text that has not begun"),
        ([STARTED, TALK[0], FINISHED], "ag_ui_order", "open text"),
        ([STARTED, FINISHED, TALK[0]], "ag_ui_order", "after the run had finished"),
        ([STARTED, FINISHED], "ag_ui_silent", "without an answer"),
        ([STARTED, *message("Half")], "outside_cut_off", "in the middle of its answer"),
        ([], "outside_cut_off", "in the middle of its answer"),
        ([STARTED, {**FINISHED, "outcome": {"type": "interrupt", "interrupts": []}}], "ag_ui_asks", "asks a person"),
        (
            [STARTED, {"type": "CUSTOM", "name": "function_approval_request", "value": '{"text": "Sail?"}'}, FINISHED],
            "ag_ui_asks", "(“Sail?”) in a way that cannot be answered from here",
        ),
        ([STARTED, {**FINISHED, "outcome": {"type": "cancelled"}}], "ag_ui_stopped", "stopped on its own side"),
        ([STARTED, *message("x"), {**FINISHED, "outcome": "cancelled"}], "ag_ui_stopped", "stopped on its own side"),
        ([STARTED, *message("x"), {**FINISHED, "outcome": "error"}], "ag_ui_failed", "did not say why"),
        (
            [STARTED, *message("x"), {**FINISHED, "outcome": {"type": "error", "message": "No ship"}}], "ag_ui_failed",
            "No ship",
        ),
    ],
)  # fmt: skip
async def test_what_is_no_answer_is_told_in_words(
    asking: Asking, server: ForeignServer, events: list[dict[str, Any]], code: str, words: str
) -> None:
    sends(server, stream(*events))
    failed = await failure(agent(asking, server))
    assert failed.code == code
    assert words in failed.message
    assert "Traceback" not in failed.message


APPROVED = {"type": "object", "properties": {"approved": {"type": "boolean"}}, "required": ["approved"]}
EDITABLE = {**APPROVED, "properties": {**APPROVED["properties"], "editedArgs": {"type": "object"}}}  # type: ignore[dict-item]
CALL = (
    {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "delete_files"},
    {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": '{"path": "/tmp", "deep": true, "more": [1]}'},
    {"type": "TOOL_CALL_END", "toolCallId": "c"},
)


def interrupts(*asked: dict[str, Any]) -> dict[str, Any]:
    return {**FINISHED, "outcome": {"type": "interrupt", "interrupts": list(asked)}}


def decided(**choices: str | Decision) -> Any:
    """Of the questions with these places, as the run finds the decisions."""
    made = {
        f"ag-ui/{name[1:].replace('_', '/')}": choice
        if isinstance(choice, Decision)
        else Decision("decided", choice, None, None, "Ada", "dashboard", None)
        for name, choice in choices.items()
    }

    async def decisions() -> dict[str, Decision]:
        return made

    return decisions


def with_values(choice: str, **values: Any) -> Decision:
    return Decision("decided", choice, values, None, "Ada", "dashboard", None)


async def waits(asked: Asked) -> list[Approval]:
    waiting = await asked.answer()
    assert isinstance(waiting, Waiting)
    return list(waiting.approvals)


async def resumed(asked: Asked, server: ForeignServer, decisions: Any, *told: dict[str, Any]) -> dict[str, Any]:
    """What the agent is sent when people have decided; it says ``told`` then, and ends."""
    sends(server, stream(STARTED, *(told or message("Done.", "m9")), FINISHED))
    await asked.answer(json.loads(json.dumps(asked.kept[-1])), decisions=decisions)
    body: dict[str, Any] = server.received[-1].json()
    return body


@pytest.mark.parametrize(
    "ending",
    [
        {"outcome": "interrupt", "interrupt": {"id": "i", "reason": "human_approval"}},
        {"interrupt": {"id": "i", "payload": {"question": "Delete?"}}},
        {"interrupt": [{"id": "i", "value": "Delete?"}]},
        {"interrupts": [{"id": "i", "reason": "tool_call", "message": "Delete?"}]},
        {"outcome": {"type": "interrupt", "interrupts": [{"id": "i", "message": "Delete?"}]}},
        {"outcome": {"interrupts": [{"id": "i"}]}},
        {"outcome": "success", "interrupts": [{"id": "i"}]},
    ],
)
async def test_an_interrupt_of_any_shape_waits_for_a_person(
    asking: Asking, server: ForeignServer, ending: dict[str, Any]
) -> None:
    sends(server, stream(STARTED, *message("I will delete it."), {**FINISHED, **ending}))
    asked = agent(asking, server)
    [approval] = await waits(asked)
    said = "Delete?" in json.dumps(ending)
    assert approval.question.question == ("Delete?" if said else "The agent asks for a decision.")
    sent = await resumed(asked, server, decided(_0_0="reject"))
    assert sent["resume"] == [{"interruptId": "i", "status": "resolved", "payload": False}]


@pytest.mark.parametrize("ending", [{"outcome": "interrupt"}, {"interrupt": {}}])
async def test_an_interrupt_without_a_name_cannot_be_answered(
    asking: Asking, server: ForeignServer, ending: dict[str, Any]
) -> None:
    sends(server, stream(STARTED, {**FINISHED, **ending}))
    assert (await failure(agent(asking, server))).code == "ag_ui_asks"


async def test_a_call_of_a_tool_is_approved_and_the_run_goes_on(asking: Asking, server: ForeignServer) -> None:
    about = {"id": "i", "reason": "tool_call", "toolCallId": "c", "message": "Delete?", "responseSchema": APPROVED}
    state = {"type": "STATE_SNAPSHOT", "snapshot": {"at": 7}}
    told = [{"id": "m", "role": "assistant", "content": "I will delete it."}]
    snapshot = {"type": "MESSAGES_SNAPSHOT", "messages": told}
    sends(server, stream(STARTED, *message("I will delete it."), *CALL, state, snapshot, interrupts(about)))
    asked = agent(asking, server)
    [approval] = await waits(asked)
    assert approval.question.context == {
        "name": "delete_files", "args": {"path": "/tmp", "deep": True, "more": [1]},
    }  # fmt: skip
    assert [choice.id for choice in approval.question.choices] == ["approve", "reject"]
    assert asked.steps("completed") == [], "the call and the step around it go on"
    result = {"type": "TOOL_CALL_RESULT", "toolCallId": "c", "messageId": "r", "content": "gone"}
    sent = await resumed(asked, server, decided(_0_0="approve"), result, *message("Deleted.", "m9"))
    first = server.received[0].json()
    assert (sent["threadId"], sent["runId"]) == (first["threadId"], f"{first['runId']}-1")
    assert (sent["state"], sent["messages"]) == ({"at": 7}, told)
    assert sent["resume"] == [{"interruptId": "i", "status": "resolved", "payload": {"approved": True}}]
    assert asked.steps() == ["delete_files", "Ask the agent"]
    assert asked.step("delete_files").output == "gone"
    assert "".join(text.delta for text in asked.texts[1:]) == "I will delete it.\n\nDeleted."
    assert [id for _, id in asked.kept[-1]["ids"]][-1] == "m9"


async def test_the_answer_is_what_all_of_its_runs_have_written(asking: Asking, server: ForeignServer) -> None:
    sends(server, stream(STARTED, *message("First."), interrupts({"id": "i"})))
    asked = agent(asking, server)
    await waits(asked)
    sends(server, stream(STARTED, *message("Second.", "m2"), interrupts({"id": "j"})))
    waiting = await asked.answer(asked.kept[-1], decisions=decided(_0_0="approve"))
    assert isinstance(waiting, Waiting)
    assert [one.key for one in waiting.approvals] == ["ag-ui/1/0"]
    sends(server, stream(STARTED, *message("Third.", "m3"), FINISHED))
    both = decided(_0_0="approve", _1_0="approve")
    assert await asked.answer(asked.kept[-1], decisions=both) == Answer("First.\n\nSecond.\n\nThird.")


async def test_arguments_that_were_changed_replace_those_of_the_agent(asking: Asking, server: ForeignServer) -> None:
    about = {"id": "i", "reason": "tool_call", "toolCallId": "c", "responseSchema": EDITABLE}
    sends(server, stream(STARTED, *CALL, interrupts(about)))
    asked = agent(asking, server)
    [approval] = await waits(asked)
    assert approval.question.question == "May “delete_files” be used?"
    assert approval.question.form is not None
    assert list(approval.question.form["properties"]) == ["path", "deep"]
    decision = with_values("approve", path="/var", deep=True)
    sent = await resumed(asked, server, decided(_0_0=decision))
    payload = {"approved": True, "editedArgs": {"path": "/var", "deep": True, "more": [1]}}
    assert sent["resume"][0]["payload"] == payload


@pytest.mark.parametrize(
    ("about", "decision", "answer"),
    [
        ({"reason": "confirmation"}, with_values("approve"), {"status": "resolved", "payload": True}),
        ({"responseSchema": {"type": "boolean"}}, with_values("reject"), {"status": "resolved", "payload": False}),
        (
            {"responseSchema": {"type": "integer"}}, with_values("answer", answer=7),
            {"status": "resolved", "payload": 7},
        ),
        (
            {"responseSchema": {"type": "object", "properties": {"port": {"type": "string"}}}},
            with_values("answer", port="Kiel"), {"status": "resolved", "payload": {"port": "Kiel"}},
        ),
        ({"responseSchema": {"type": "string"}}, with_values("cancel"), {"status": "cancelled"}),
        (
            {"responseSchema": {"properties": {"approved": {"type": "boolean"}, "why": {"type": "string"}}}},
            with_values("approve", why="dry"), {"status": "resolved", "payload": {"approved": True, "why": "dry"}},
        ),
    ],
)  # fmt: skip
async def test_the_answer_has_the_form_that_the_agent_asked_for(
    asking: Asking, server: ForeignServer, about: dict[str, Any], decision: Decision, answer: dict[str, Any]
) -> None:
    sends(server, stream(STARTED, interrupts({"id": "i", **about})))
    asked = agent(asking, server)
    await waits(asked)
    assert (await resumed(asked, server, decided(_0_0=decision)))["resume"] == [{"interruptId": "i", **answer}]


async def test_a_form_that_refers_to_others_cannot_be_shown(asking: Asking, server: ForeignServer) -> None:
    schema = {"type": "object", "properties": {"port": {"$ref": "#/$defs/port"}}, "$defs": {"port": {}}}
    sends(server, stream(STARTED, interrupts({"id": "i", "message": "Where to?", "responseSchema": schema})))
    failed = await failure(agent(asking, server))
    assert failed.code == "ag_ui_asks"
    assert "Where to?" in failed.message


async def test_every_interrupt_is_answered_at_once(asking: Asking, server: ForeignServer) -> None:
    sends(server, stream(STARTED, interrupts({"id": "i"}, {"id": "j"})))
    asked = agent(asking, server)
    assert len(await waits(asked)) == 2
    waiting = await asked.answer(asked.kept[-1], decisions=decided(_0_0="approve"))
    assert isinstance(waiting, Waiting)
    assert len(server.received) == 1
    sent = await resumed(asked, server, decided(_0_0="approve", _0_1="reject"))
    assert [one["payload"] for one in sent["resume"]] == [True, False]


@pytest.mark.parametrize(
    ("events", "decisions", "given"),
    [
        ([{"value": '{"question": "Sail?"}'}], {"_0_0_0": "approve"}, True),
        ([{"value": "Sail?"}], {"_0_0_0": with_values("respond", answer="At noon")}, "At noon"),
        (
            [{"value": "Sail?", "rawEvent": {"id": "a"}}, {"value": "Rest?", "rawEvent": {"id": "b"}}],
            {"_0_0_0": "approve", "_0_1_0": "reject"}, {"a": True, "b": False},
        ),
    ],
)  # fmt: skip
async def test_what_a_graph_asks_in_passing_is_resumed_as_it_knows_it(
    asking: Asking, server: ForeignServer, events: list[dict[str, Any]], decisions: dict[str, Any], given: Any
) -> None:
    passing = [{"type": "CUSTOM", "name": "on_interrupt", **event} for event in events]
    sends(server, stream(STARTED, *passing, FINISHED))
    asked = agent(asking, server, metadata={"ticket": 7})
    await waits(asked)
    sent = await resumed(asked, server, decided(**decisions))
    assert sent["forwardedProps"] == {"ticket": 7, "command": {"resume": given}}
    assert "resume" not in sent


async def test_what_a_graph_was_given_tells_how_it_is_answered(asking: Asking, server: ForeignServer) -> None:
    review = {"action_requests": [{"name": "delete", "args": {"n": 1}}], "review_configs": []}
    sends(server, stream(STARTED, interrupts({"id": "i", "reason": "x", "metadata": {"langgraph": {"raw": review}}})))
    asked = agent(asking, server)
    [approval] = await waits(asked)
    assert approval.question.question == "May “delete” be used?"
    sent = await resumed(asked, server, decided(_0_0_0="approve"))
    assert sent["resume"][0]["payload"] == {"decisions": [{"type": "approve"}]}


async def test_what_nobody_decided_in_time_is_not_resumed(asking: Asking, server: ForeignServer) -> None:
    until = datetime.now(UTC) + timedelta(minutes=5)
    sends(server, stream(STARTED, interrupts({"id": "i", "expiresAt": until.isoformat()})))
    asked = agent(asking, server)
    [approval] = await waits(asked)
    assert approval.question.expires_in is not None
    assert 280 < approval.question.expires_in <= 300
    over = decided(_0_0=Decision("expired", None, None, None, None, None, None))
    with pytest.raises(AgentError, match="Nobody decided in time") as failed:
        await asked.answer(asked.kept[-1], decisions=over)
    assert failed.value.code == "ag_ui_expired"
    assert len(server.received) == 1


async def test_a_run_that_was_resumed_is_not_resumed_again(asking: Asking, server: ForeignServer) -> None:
    sends(server, stream(STARTED, interrupts({"id": "i"})))
    asked = agent(asking, server)
    await waits(asked)
    sends(server, stream(STARTED))  # and breaks off
    with pytest.raises(AgentError):
        await asked.answer(asked.kept[-1], decisions=decided(_0_0="approve"))
    assert (await failure(asked, asked.kept[-1])).code == "ag_ui_lost"


async def test_of_a_large_conversation_the_next_run_gets_what_is_known_here(
    asking: Asking, server: ForeignServer
) -> None:
    told = [{"id": "m", "role": "assistant", "content": "x" * 60_000}]
    snapshot = {"type": "MESSAGES_SNAPSHOT", "messages": told}
    state = {"type": "STATE_SNAPSHOT", "snapshot": {"at": 7}}
    sends(server, stream(STARTED, *message("Short."), state, snapshot, interrupts({"id": "i"})))
    asked = agent(asking, server)
    await waits(asked)
    sent = await resumed(asked, server, decided(_0_0="approve"))
    assert sent["state"] == {"at": 7}
    assert [one["content"] for one in sent["messages"]] == ["Who rebuilt the engine?"]


async def test_while_people_are_asked_nothing_runs_that_a_stop_could_miss(
    asking: Asking, server: ForeignServer
) -> None:
    sends(server, stream(STARTED, interrupts({"id": "i"})))
    asked = agent(asking, server)
    await waits(asked)
    assert await asked.stop(asked.kept[-1]) == "acknowledged"
    assert await asked.stop(asked.kept[0]) == "no longer listening"


@pytest.mark.parametrize(
    "ending",
    [{"outcome": "success", "interrupt": None, "interrupts": []}, {"outcome": {"type": "success"}}, {"outcome": None}],
)
async def test_an_end_without_a_question_is_an_end(
    asking: Asking, server: ForeignServer, ending: dict[str, Any]
) -> None:
    sends(server, stream(STARTED, *message("Ada."), {**FINISHED, **ending}))
    assert await agent(asking, server).answer() == Answer("Ada.")


@pytest.mark.parametrize(
    "extra",
    [
        b"data: [DONE]\n\n", b"event: ping\ndata:\n\n", b"event: ping\ndata: {}\n\n", b"event: end\ndata: bye\n\n",
        b"data:\n\n", b'data: {"type": "ping"}\n\n', b"data: null\n\n", b": comment\n\n",
    ],
)  # fmt: skip
async def test_what_servers_add_to_the_stream_is_left_out(asking: Asking, server: ForeignServer, extra: bytes) -> None:
    told = [STARTED, *message("Ada."), FINISHED]
    sends(server, extra.join([b"", *map(stream, told), b""]))
    assert await agent(asking, server).answer() == Answer("Ada.")


async def test_what_is_no_event_after_the_end_takes_no_answer_away(asking: Asking, server: ForeignServer) -> None:
    sends(server, stream(STARTED, *message("Ada."), FINISHED), b"data: Goodbye.\n\n")
    assert await agent(asking, server).answer() == Answer("Ada.")


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\r"])
async def test_the_last_event_needs_no_blank_line(asking: Asking, server: ForeignServer, end: bytes) -> None:
    sends(server, stream(STARTED, *message("Ada."), FINISHED).removesuffix(b"\n\n") + end)
    assert await agent(asking, server).answer() == Answer("Ada.")


@pytest.mark.parametrize("cut", [1, 5, 20])
async def test_a_last_event_that_is_cut_off_is_none(asking: Asking, server: ForeignServer, cut: int) -> None:
    sends(server, stream(STARTED, *message("Ada."), FINISHED)[: -2 - cut])
    assert (await failure(agent(asking, server))).code == "outside_cut_off"


@pytest.mark.parametrize("media_type", ["Text/Event-Stream", "TEXT/EVENT-STREAM; charset=utf-8"])
async def test_a_media_type_has_no_case(asking: Asking, server: ForeignServer, media_type: str) -> None:
    told = stream(STARTED, *message("Ada."), FINISHED)
    server.answers["POST", PATH] = lambda _: answer(200, told, media_type=media_type)
    assert await agent(asking, server).answer() == Answer("Ada.")
    assert await agent(asking, server).test() == "The agent takes runs at this address."


@pytest.mark.parametrize(
    "body",
    [
        b"data: {\n\n",
        b"data: []\n\n",
        b'data: {"kind": "x"}\n\n',
        b"data: " + b"[" * 100_000 + b"\n\n",
        b'data: {"type": "RAW", "event": %s%s}\n\n' % (b"[" * 900, b"]" * 900),
    ],
)
async def test_a_stream_of_something_else_is_refused(asking: Asking, server: ForeignServer, body: bytes) -> None:
    sends(server, stream(STARTED), body)
    failed = await failure(agent(asking, server))
    assert (failed.code, failed.message) == (
        "outside_garbage", "The agent sent something that is not a stream of AG-UI events. Check the agent's address.",
    )  # fmt: skip


async def test_a_page_is_no_stream(asking: Asking, server: ForeignServer) -> None:
    server.answers["POST", PATH] = lambda _: answer(200, b"<html>Hello</html>", media_type="text/html")
    assert (await failure(agent(asking, server))).code == "outside_garbage"


@pytest.mark.parametrize(
    ("status", "headers", "code"),
    [
        (401, {}, "outside_unauthorised"), (403, {}, "outside_forbidden"), (404, {}, "outside_not_found"),
        (429, {"Retry-After": "3600"}, "outside_busy"), (500, {}, "outside_failed"),
        (302, {"Location": "https://elsewhere.example"}, "outside_moved"),
    ],
)  # fmt: skip
async def test_what_the_server_refuses(
    asking: Asking, server: ForeignServer, status: int, headers: dict[str, str], code: str
) -> None:
    page = f"<html>{CANARIES['token']} Traceback</html>".encode()
    server.answers["POST", PATH] = lambda _: answer(status, page, media_type="text/html", headers=headers)
    failed = await failure(agent(asking, server, "token"))
    assert failed.code == code
    assert len(server.received) == 1, "a run is not started twice"


async def test_a_server_that_says_too_much_or_nothing(asking: Asking, server: ForeignServer) -> None:
    sends(server, stream(STARTED, TALK[0]), *(stream(says("x" * 1_000_000)) for _ in range(25)))
    assert (await failure(agent(asking, server))).code == "outside_too_large"
    sends(server, stream(STARTED), stays=True)
    assert (await failure(agent(asking, server))).code == "outside_timeout"


async def test_a_stream_that_stays_open_after_the_end_is_left(asking: Asking, server: ForeignServer) -> None:
    sends(server, stream(STARTED, *message("Ada."), FINISHED), stays=True)
    assert await agent(asking, server).answer() == Answer("Ada.")


async def test_two_runs_in_a_stream_are_one_answer(asking: Asking, server: ForeignServer) -> None:
    sends(server, stream(STARTED, *message("One.", "m1"), FINISHED), stream(STARTED, *message("Two.", "m2"), FINISHED))
    assert await agent(asking, server).answer() == Answer("One.\n\nTwo.")


async def test_a_compressed_stream_is_read(asking: Asking, server: ForeignServer) -> None:
    packed = gzipped(stream(STARTED, *message("Ada."), FINISHED))
    server.answers["POST", PATH] = lambda _: answer(
        200, packed, media_type="text/event-stream", headers={"Content-Encoding": "gzip"}
    )
    assert await agent(asking, server).answer() == Answer("Ada.")


async def test_a_run_whose_process_was_lost_is_not_started_again(asking: Asking, server: ForeignServer) -> None:
    sends(server, stream(STARTED, *message("Ada."), FINISHED))
    asked = agent(asking, server)
    await asked.answer()
    failed = await failure(asked, asked.kept[0])
    assert (failed.code, failed.retryable) == ("ag_ui_lost", True)
    assert len(server.received) == 1
    assert await asked.stop(None) == "acknowledged"
    assert await asked.stop(asked.kept[0]) == "no longer listening"


async def test_nothing_listens_at_the_address(asking: Asking) -> None:
    asked = asking("ag_ui", {"address": f"http://127.0.0.1:{free_port()}"})
    assert (await failure(asked)).code == "outside_unreachable"


async def test_hosts_that_are_not_allowed_are_not_asked(asking: Asking, server: ForeignServer) -> None:
    asked = asking("ag_ui", {"address": f"{server.url}{PATH}"}, hosts="agents.example.org")
    assert (await failure(asked)).code == "address_not_allowed"
    assert server.received == []


@pytest.mark.parametrize(
    ("status", "media_type", "found"),
    [
        (422, "application/json", "The agent takes runs and accepts the token."),
        (200, "text/event-stream", "The agent takes runs and accepts the token."),
        (401, "application/json", "outside_unauthorised"), (404, "text/html", "outside_not_found"),
        (405, "text/html", "outside_refused"), (200, "text/html", "outside_garbage"),
    ],
)  # fmt: skip
async def test_a_test_of_the_connection(
    asking: Asking, server: ForeignServer, status: int, media_type: str, found: str
) -> None:
    server.answers["POST", PATH] = lambda _: answer(status, b"x", media_type=media_type)
    asked = agent(asking, server, "token")
    try:
        said = await asked.test()
    except AgentError as error:
        said = error.code
    assert said == found
    assert [call.json() for call in server.received] == [{}], "no run"
