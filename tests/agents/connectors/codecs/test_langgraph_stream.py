"""The streams of runs on a LangGraph server, read byte by byte. The recordings are of langgraph-api 0.16.7."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from agents.connectors.codecs.langgraph_stream import LangGraphStream
from agents.outgoing.decoders import StreamError
from agents.telling.steps import Record, StepRecord, TextRecord
from tests.support.recorded import at_every_cut, body
from utils.log.events import Usage

NO_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def told(data: bytes, stream: LangGraphStream) -> list[Record]:
    return [replace(record, time=NO_TIME) if isinstance(record, StepRecord) else record for record in stream.feed(data)]


def read(data: bytes) -> list[Record]:
    def pieces(cut: list[bytes]) -> list[Record]:
        stream = LangGraphStream("Skipper", "graph")
        return [record for piece in cut for record in told(piece, stream)]

    return at_every_cut(data, pieces)


def events(*said: tuple[str, Any]) -> bytes:
    return b"".join(
        f"event: {name}\r\ndata: {json.dumps(data)}\r\nid: 100-{n}\r\n\r\n".encode()
        for n, (name, data) in enumerate(said)
    )


def steps(records: list[Record]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.action, one.status) for one in records if isinstance(one, StepRecord)]


def drafts(records: list[Record]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in records:
        if isinstance(one, TextRecord) and one.channel is None:
            found[one.key] = found.get(one.key, "") + one.delta
    return found


def message(text: Any, id: str = "m1", kind: str = "AIMessageChunk", task: str = "t1", **more: Any) -> tuple[str, Any]:
    return "messages", [{"type": kind, "id": id, "content": text, **more}, {"langgraph_checkpoint_ns": f"think:{task}"}]


def test_nodes_tools_and_text_of_a_real_run() -> None:
    records = read(body("langgraph/agent"))
    assert steps(records) == [
        ("step", "prepare", "started"), ("step", "prepare", "completed"),
        ("step", "think", "started"), ("tool", "look_up", "started"), ("step", "think", "completed"),
        ("step", "tools", "started"), ("tool", "look_up", "completed"), ("step", "tools", "completed"),
        ("step", "think", "started"), ("step", "think", "completed"),
    ]  # fmt: skip
    assert drafts(records) == {"answer/1": "Let me look. ", "answer/2": "The engine was rebuilt by Ada. "}
    tool = next(one for one in records if isinstance(one, StepRecord) and one.kind == "tool" and one.output)
    assert (tool.input, tool.output) == ({"word": "engine"}, "1957: engine rebuilt by Ada")
    used = [one.usage for one in records if isinstance(one, StepRecord) and one.usage is not None]
    assert used == [Usage(model="model", input_tokens=12, output_tokens=7)] * 2
    assert {one.agent for one in records} == {"Skipper"}  # type: ignore[union-attr]


def test_one_draft_takes_the_place_of_the_one_before() -> None:
    texts = [one for one in read(body("langgraph/agent")) if isinstance(one, TextRecord)]
    assert [one.key for one in texts if one.final] == ["answer/1"]
    assert {one.key: one.replaces for one in texts if one.replaces} == {"answer/2": "answer/1"}


def test_servers_without_tasks_tell_nodes_when_they_have_ended() -> None:
    records = read(body("langgraph/agent-updates"))
    nodes = [action for kind, action, status in steps(records) if kind == "step" and status == "completed"]
    assert nodes == ["prepare", "think", "tools", "think"]
    assert len({one.key for one in records if isinstance(one, StepRecord) and one.kind == "step"}) == 4
    assert steps(read(events(("custom", {"done": 2}), ("updates", {"plan": None})))) == [
        ("step", "Progress", "in-progress"), ("step", "plan", "started"), ("step", "plan", "completed"),
    ]  # fmt: skip


def test_a_node_that_fails_says_why() -> None:
    stream = LangGraphStream("Skipper", "graph")
    records = stream.feed(body("langgraph/failed"))
    assert steps(records) == [("step", "prepare", "started"), ("step", "prepare", "failed")]
    assert stream.failure == "the tool broke (ValueError)"
    assert records[-1].details == stream.failure  # type: ignore[union-attr]


def test_a_node_that_asks_waits() -> None:
    assert steps(read(body("langgraph/asks"))) == [("step", "prepare", "started"), ("step", "prepare", "waiting")]


def test_a_stream_that_is_joined_again_tells_each_event_once() -> None:
    """Events of one millisecond may share an id."""
    data = body("langgraph/agent").replace(b"\r\n", b"\n")
    whole = told(data, LangGraphStream("Skipper", "graph"))
    parts = [part + b"\n\n" for part in data.split(b"\n\n") if part]
    ids = [part.rpartition(b"id: ")[2].strip().decode() for part in parts]
    assert len(set(ids)) < len(ids), "the recording shows it"
    for cut in range(len(parts) + 1):
        stream = LangGraphStream("Skipper", "graph")
        records = told(b"".join(parts[:cut]) + b"event: tasks\ndata: {", stream)
        after = stream.rejoin()
        rest = [part for part, id in zip(parts, ids, strict=True) if after == "-1" or _moment(id) > _moment(after)]
        assert records + told(b"".join(rest), stream) == whole, cut
        assert stream.heard == len(parts)


def _moment(id: str) -> tuple[int, ...]:
    return tuple(map(int, id.split("-")))


def test_the_parts_of_a_subgraph_are_below_its_node() -> None:
    task = {"id": "t1", "name": "crew"}, {"id": "t2", "name": "sailor"}
    records = read(events(("tasks", task[0]), ("tasks|crew:t1", task[1]), ("tasks|crew:t1", {**task[1], "result": {}})))
    assert [one.parent for one in records if isinstance(one, StepRecord)] == ["graph", "task/t1", "task/t1"]


def test_what_a_node_writes_moves_it() -> None:
    records = read(events(("tasks", {"id": "t1", "name": "plan"}), ("custom", {"done": 2}), ("custom", "nearly")))
    assert [(one.key, one.details) for one in records[1:] if isinstance(one, StepRecord)] == [
        ("task/t1", '{"done": 2}'), ("task/t1", "nearly"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    ["The sea", [{"type": "text", "text": "The "}, {"type": "text", "text": "sea"}], ["The ", "sea"]],
)
def test_the_content_of_a_message_has_several_forms(content: Any) -> None:
    assert drafts(read(events(message(content)))) == {"answer/1": "The sea"}


def test_only_what_models_say_is_text() -> None:
    records = read(
        events(
            message("Who?", kind="human"),
            message("You help.", kind="system"),
            message("A"),
            message(None),
            message("A whole message that came in pieces", kind="ai"),
            message("B", id="m2", kind="ai"),
        )
    )
    assert drafts(records) == {"answer/1": "A", "answer/2": "B"}


@pytest.mark.parametrize(
    "thought",
    [
        {"content": [{"type": "thinking", "thinking": "Hm."}]},
        {"content": [{"type": "reasoning", "reasoning": "Hm."}]},
        {"content": "", "additional_kwargs": {"reasoning_content": "Hm."}},
    ],
)
def test_reasoning_is_no_part_of_the_answer(thought: dict[str, Any]) -> None:
    content = thought.pop("content")
    records = read(events(("tasks", {"id": "t1", "name": "think"}), message(content, **thought), message("Ada.")))
    assert drafts(records) == {"answer/1": "Ada."}
    thoughts = [one for one in records if isinstance(one, TextRecord) and one.channel == "reasoning"]
    assert [(one.delta, one.final) for one in thoughts] == [("Hm.", False), ("", True)]
    assert thoughts[0].step == "task/t1"


def test_halves_of_a_character_are_joined_over_events_and_none_is_told_alone() -> None:
    first, second = "\ud83d", "\ude00"
    chunk = {"index": 0, "args": f'{{"face": "{first}'}
    pieces = [
        ("tasks", {"id": "t1", "name": f"node {first}"}),
        message([{"type": "thinking", "thinking": f"Hm {first}"}]), message([{"type": "thinking", "thinking": second}]),
        message([{"type": "thinking", "thinking": first}]),
        message(f"One {first}"), message(second), message(f" two {first}"),
        message(f"Three {first}", id=f"m2{first}"), message(f"{second} four {first}", id=f"m2{first}"),
        message("", id="m3", tool_call_chunks=[{**chunk, "id": f"c1{first}", "name": f"look{first}"}]),
        message("", id="m3", tool_call_chunks=[{"index": 0, "args": f'{second}", "end": "{first}"}}'}]),
        message(f"{second}{first}", id="t", kind="tool", tool_call_id=f"c1{first}", name="look"),
        ("tasks", {"id": "t1", "name": f"node {first}", "error": {"message": f"why {first}", "error": "E"}}),
    ]  # fmt: skip
    records = read(events(*pieces))
    assert "\\ud83d" not in repr(records)
    assert drafts(records) == {"answer/1": "One 😀 two \ufffd", "answer/2": "Three 😀 four "}
    thoughts = [one for one in records if isinstance(one, TextRecord) and one.channel == "reasoning"]
    assert "".join(one.delta for one in thoughts) == "Hm 😀\ufffd"
    tool = [one for one in records if isinstance(one, StepRecord) and one.kind == "tool"][-1]
    assert (tool.action, tool.input) == ("look\ufffd", {"face": "😀", "end": "\ufffd"})
    assert tool.output == "\ufffd\ufffd"


def test_an_answer_that_ends_with_half_a_character_is_the_one_of_the_thread() -> None:
    stream = LangGraphStream("Skipper", "graph")
    stream.feed(events(message("Ada \ud83d")))
    assert stream.answered("Ada \ufffd") == [TextRecord("answer/1", "Skipper", delta="\ufffd", final=True)]


def test_a_tool_that_fails_says_so() -> None:
    call = {"id": "c1", "name": "look_up", "args": {"word": "x"}}
    answer = message("no such word", kind="tool", tool_call_id="c1", name="look_up", status="error")
    records = read(events(message("", tool_calls=[call], kind="ai"), answer))
    [started, ended] = [one for one in records if isinstance(one, StepRecord)]
    assert (started.status, ended.status, ended.details) == ("started", "failed", "no such word")
    assert ended.input == {"word": "x"}


def test_the_answer_of_the_thread_is_the_last_word() -> None:
    stream = LangGraphStream("Skipper", "graph")
    stream.feed(events(message("Ada")))
    assert stream.answered("Ada") == [TextRecord("answer/1", "Skipper", final=True)]
    assert stream.answered("Eve") == [TextRecord("answer/2", "Skipper", delta="Eve", final=True, replaces="answer/1")]
    assert LangGraphStream("Skipper", "graph").answered("Ada") == [
        TextRecord("answer/1", "Skipper", delta="Ada", final=True)
    ]


def test_an_answer_whose_stream_is_gone_takes_the_place_of_what_was_told_of_it_before() -> None:
    gone = LangGraphStream("Skipper", "graph", drafts=2)
    assert gone.answered("Ada") == [TextRecord("answer/3", "Skipper", delta="Ada", final=True, replaces="answer/2")]
    again = LangGraphStream("Skipper", "graph", drafts=2)
    again.feed(events(("metadata", {"run_id": "r1"}), message("Ada")))
    assert again.answered("Ada") == [TextRecord("answer/1", "Skipper", final=True)]


def test_servers_in_javascript_call_pieces_by_the_name_of_whole_messages() -> None:
    pieces = [message(text, kind="ai", tool_call_chunks=[]) for text in ("1", "1", " wor", "ld")]
    assert drafts(read(events(*pieces))) == {"answer/1": "11 world"}
    stream = LangGraphStream("Skipper", "graph")
    told = [stream.feed(events(message(text, kind="ai"))) for text in ("Hello ", "wor", "ld")]
    assert [records[0].delta for records in told] == ["Hello ", "wor", "ld"]  # type: ignore[union-attr]
    assert stream.feed(events(message("Hello world", kind="ai"))) == [], "the whole at the end says nothing new"
    assert stream.answered("Hello world") == [TextRecord("answer/1", "Skipper", final=True)]


def test_a_message_may_come_again_with_more_in_it() -> None:
    records = read(events(*(message(text, kind="ai") for text in ("Hello", "Hello world", "Hello world"))))
    assert drafts(records) == {"answer/1": "Hello world"}


def test_pieces_without_an_id_are_of_one_message() -> None:
    pieces = [message(text, id="") for text in ("Hello ", "wor", "ld")]
    assert drafts(read(events(*pieces))) == {"answer/1": "Hello world"}
    others = [message("A", id="", task="t1"), message("B", id="", task="t2"), message("a", id="", task="t1")]
    assert drafts(read(events(*others))) == {"answer/1": "Aa", "answer/2": "B"}
    whole = [message(text, id="", kind="ai") for text in ("One.", "Two.")]
    assert drafts(read(events(*whole))) == {"answer/1": "One.", "answer/2": "Two."}


@pytest.mark.parametrize("tasks", [("t1", "t2"), ("t1", "t1")])
def test_models_that_write_at_the_same_time_have_a_draft_each(tasks: tuple[str, str]) -> None:
    begin = [("tasks", {"id": id, "name": id}) for id in dict.fromkeys(tasks)]
    said = [message(text, id=text[0], task=tasks["ab".index(text[0])]) for text in ("a1", "b1", "a2", "b2", "a3")]
    end = [("tasks", {"id": id, "name": id, "result": {}}) for id in dict.fromkeys(tasks)]
    records = read(events(*begin, *said, *end))
    assert drafts(records) == {"answer/1": "a1a2a3", "answer/2": "b1b2"}
    texts = [one for one in records if isinstance(one, TextRecord)]
    assert [(one.key, one.replaces) for one in texts if one.replaces] == [("answer/2", "answer/1")]
    assert [one.key for one in texts if one.final] == ["answer/1"]
    for answer, ends in (("b1b2", [("answer/2", None)]), ("a1a2a3", [("answer/3", "answer/2")])):
        stream = LangGraphStream("Skipper", "graph")
        stream.feed(events(*said))
        last = [one for one in stream.answered(answer) if isinstance(one, TextRecord)]
        assert [(one.key, one.final) for one in last[:-1]] == [("answer/1", True)]
        assert [(one.key, one.replaces) for one in last[-1:]] == ends


@pytest.mark.parametrize(
    "said",
    [
        {"role": "assistant", "content": "Ada."}, {"type": "AIMessage", "content": "Ada."},
        {"type": "ai", "data": {"content": "Ada."}}, {"type": "message", "role": "assistant", "content": "Ada."},
        {"lc": 1, "type": "constructor", "id": ["langchain_core", "messages", "AIMessageChunk"],
         "kwargs": {"content": "Ada."}},
    ],
)  # fmt: skip
def test_a_message_has_several_forms(said: dict[str, Any]) -> None:
    assert drafts(read(events(("messages", [said, {}])))) == {"answer/1": "Ada."}


@pytest.mark.parametrize(
    "pieces",
    [
        [{"args": '{"word"'}, {"args": ': "x"}'}],
        [{"args_json": '{"word"'}, {"args_json": ': "x"}'}],
        [{"args": "", "args_json": '{"word": "x"}'}],
        [{"args": {"word": "x"}}],
        [{"args": {}, "arguments": '{"word": "x"}'}],
        [{"function": {"arguments": '{"word": "x"}'}}],
    ],
)
def test_arguments_of_tools_have_several_forms(pieces: list[dict[str, Any]]) -> None:
    call = {"id": "c1", "name": "look", "index": 0}
    answer = message("y", kind="tool", tool_call_id="c1")
    chunks = [
        message("", tool_call_chunks=[{**(call if n == 0 else {"index": 0}), **one}]) for n, one in enumerate(pieces)
    ]
    ended = read(events(*chunks, answer))[-1]
    assert ended.input == {"word": "x"}  # type: ignore[union-attr]
    whole = read(events(message("", kind="ai", tool_calls=[{**call, **pieces[0]}]), answer))[-1]
    assert len(pieces) > 1 or whole.input == {"word": "x"}  # type: ignore[union-attr]


def test_tokens_are_told_without_tasks_too() -> None:
    def counted(node: str, task: str, tokens: int) -> tuple[str, Any]:
        used = {"input_tokens": tokens, "output_tokens": 1}
        where = {"langgraph_node": node, "langgraph_checkpoint_ns": f"{node}:{task}", "ls_model_name": "m"}
        return "messages", [{"type": "ai", "id": task, "content": "x", "usage_metadata": used}, where]

    said = (
        counted("think", "t1", 3),
        counted("other", "t2", 5),
        ("updates", {"think": {}}),
        ("updates", {"think": {}}),
    )
    done = [one for one in read(events(*said)) if isinstance(one, StepRecord) and one.status == "completed"]
    assert [one.usage for one in done] == [Usage(model="m", input_tokens=3, output_tokens=1), None]


@pytest.mark.parametrize(
    "data",
    [
        b"event: end\ndata:\n\n", b"event: end\n\n", b"event: end\ndata: bye\n\n", b"event: heartbeat\ndata: \n\n",
        b"event: updates\ndata:\n\n", b"data: [DONE]\n\n", b"data:\n\n", b": comment\n\n",
    ],
)  # fmt: skip
def test_an_event_without_anything_to_tell_is_none(data: bytes) -> None:
    assert LangGraphStream("Skipper", "graph").feed(data) == []


def test_an_error_may_be_words() -> None:
    stream = LangGraphStream("Skipper", "graph")
    stream.feed(b"event: error\ndata: Internal error\n\n")
    assert stream.failure == "Internal error"


@pytest.mark.parametrize("data", [b"event: tasks\ndata: {\n\n", b"data: <html>\n\n"])
def test_what_is_no_stream_is_refused(data: bytes) -> None:
    with pytest.raises(StreamError):
        LangGraphStream("Skipper", "graph").feed(data)


@pytest.mark.parametrize("data", [[], {}, None, 7, "x", [1, 2], [{}, {}], {"id": 7}, {"messages": None}])
@pytest.mark.parametrize("name", ["messages", "tasks", "updates", "metadata", "error", "values", "new|x:y"])
def test_what_is_not_known_is_no_error(name: str, data: Any) -> None:
    LangGraphStream("Skipper", "graph").feed(events((name, data)))
