"""Events on their way: packed for another process they are the same, and without tool data otherwise the same."""

import json
from typing import get_args

import pytest

from tests.support.events import activity, run_update, varied, without_tools
from utils.doorbell.news import Frame, pack, packed_size, unpack
from utils.log.events import (
    ActivityKind,
    AgentActivity,
    AgentMessage,
    AgentStatusUpdate,
    Error,
    LoggedEvent,
    RunUpdate,
    Usage,
    encode_body,
)
from utils.log.frames import SHOWN, frame_without_tool_data, of_run, to_frame, without_tool_data
from utils.log.store import StoredEvent


def frame(seq: int, event: LoggedEvent) -> Frame:
    return to_frame(StoredEvent(seq, event.type, event.run_id, encode_body(event)))


def test_a_packed_entry_is_the_same_when_it_is_unpacked() -> None:
    frames = [
        frame(1, activity(details="zwölf\n\x00 🚢", run_id=None)),
        frame(2, activity(run_id="run-ü")),
        frame(1 << 40, run_update("s1", "run-1", "completed")),
    ]
    assert unpack(pack(frames)) == frames
    assert unpack(pack([])) == []
    assert len(pack(frames)) == 1 + sum(map(packed_size, frames))


@pytest.mark.parametrize(
    "news",
    [b"", b"no news", b"\x01no frame", pack([frame(1, activity())])[:-1], b"\x02" + pack([frame(1, activity())])[1:]],
)
def test_what_another_version_has_packed_is_left_alone(news: bytes) -> None:
    assert unpack(news) == []


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_the_last_update_of_a_run_ends_it(status: str) -> None:
    running, ended = (frame(seq, run_update("s1", "run-1", word)) for seq, word in ((1, "running"), (3, status)))
    assert (running.ends_run, ended.ends_run) == (False, True)
    others, late = frame(2, activity(run_id="run-2")), frame(4, activity(run_id="run-1"))
    assert of_run([running, others, ended, late], "run-1") == [running, ended]


# Bared of what tools were given and what they answered

TOOL_DATA = [
    {"input": {"secret": "x"}},
    {"output": ["secret"]},
    {"input": "secret", "output": 7},
    {"input": {"input": {"output": 1}, "text": '","output":"'}, "output": {"a": [{}, [], None, True, 1e300]}},
    {"input": '\n\0\u2028 é😀 \\ "}', "output": ""},
    {"output": 10**5000},
    {"output": {"nested": [[[[[[[[[[1]]]]]]]]]]}},
]


@pytest.mark.parametrize("data", TOOL_DATA, ids=" and ".join)
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"details": 'says {"input":1}, "output" é\n\0\u2028', "agent_name": '"input":'},
        {"progress": 1e-7, "usage": Usage(model="m", input_tokens=10**18, output_tokens=0), "run_id": "r"},
        {"progress": 1 / 3, "parent_id": "p", "kind": "tool"},
    ],
)
def test_a_bared_event_is_byte_by_byte_what_it_would_be_had_it_no_tool_data(
    data: dict[str, object], fields: dict[str, object]
) -> None:
    event = AgentActivity.model_validate(activity().model_dump() | fields | data)
    bare = without_tools(event)
    stored = StoredEvent(12, "agentActivity", event.run_id, encode_body(event))
    assert without_tool_data(stored).body == encode_body(bare)
    assert frame_without_tool_data(to_frame(stored)) == frame(12, bare)


@pytest.mark.parametrize(
    ("kind", "shown"),
    [("tool", "Use a tool"), ("step", "Look “why?” up"), ("model", "Look “why?” up"), ("other", "Look “why?” up")],
)
def test_what_a_tool_is_called_is_not_told_and_what_a_step_does_is(kind: ActivityKind, shown: str) -> None:
    event = activity(details="24 passages").model_copy(update={"kind": kind, "action": "Look “why?” up"})
    bare = json.loads(without_tool_data(StoredEvent(1, "agentActivity", None, encode_body(event))).body)
    assert (bare["action"], bare.get("details")) == (shown, None)


# Of each event, what holds tool data, or words about it. Whoever adds a field to an event says here, or in SHOWN, of
# which kind it is.
HIDDEN = {
    "agentActivity": {"details", "input", "output", "link"},
    "agentStatusUpdate": {"details"},
    "agentMessage": set[str](),
    "userMessage": {"author", "reason"},  # as of whoever decides an approval or pauses a run
    "runUpdate": {"reason", "from_step"},  # a step may be that of a tool, and is told by its name
    "error": set[str](),
}


def test_each_field_of_an_event_is_shown_or_hidden() -> None:
    kinds = {kind.model_fields["type"].default: kind for kind in get_args(get_args(LoggedEvent)[0])}
    assert set(SHOWN) == set(kinds) == set(HIDDEN)
    for name, kind in kinds.items():
        assert SHOWN[name] | HIDDEN[name] == set(kind.model_fields) - {"seq"}, name
        assert SHOWN[name] & HIDDEN[name] == set(), name


@pytest.mark.parametrize("delta", ["Hm.", "", 'é\n"delta":"x",😀\u2028'])
def test_what_a_model_thought_is_left_out_and_the_answer_is_not(delta: str) -> None:
    thought = AgentMessage(
        session_id="s1", message_id="m", agent_name="A", delta=delta, channel="reasoning", activity_id="a"
    )
    for event in (thought, thought.model_copy(update={"final": True, "run_id": "r"})):
        stored = StoredEvent(12, "agentMessage", event.run_id, encode_body(event))
        assert without_tool_data(stored).body == encode_body(without_tools(event))
        assert frame_without_tool_data(to_frame(stored)) == frame(12, without_tools(event))
    spoken = thought.model_copy(update={"channel": None, "delta": 'of "channel":"reasoning"' + delta})
    stored = StoredEvent(12, "agentMessage", None, encode_body(spoken))
    assert without_tool_data(stored) is stored
    assert frame_without_tool_data(frame(12, spoken)).data == frame(12, spoken).data


def test_what_has_no_tool_data_is_left_as_it_is() -> None:
    for seq, event in enumerate(varied("s1", 40), 1):
        if without_tools(event) == event:
            assert frame_without_tool_data(frame(seq, event)) == frame(seq, event)
    plain = frame(7, activity())
    assert frame_without_tool_data(plain) is plain
    ending = frame(8, run_update("s1", "r", "failed"))
    assert frame_without_tool_data(ending) is ending


def test_words_about_what_happened_are_left_out_and_the_end_of_a_run_is_not() -> None:
    for event in (
        AgentStatusUpdate(session_id="s1", agent_name="A", status="failed", details="It says x."),
        RunUpdate(session_id="s1", run_id="r", status="failed", reason="It says x."),
        Error(session_id="s1", code="c", message="It says x."),
    ):
        bare = frame_without_tool_data(frame(3, event))
        assert bare == frame(3, without_tools(event))
        assert b"It says x" not in bare.data
    assert frame_without_tool_data(frame(3, RunUpdate(session_id="s1", status="failed", reason="x"))).ends_run
