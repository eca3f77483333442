"""The wire, byte by byte."""

import json
import time
from pathlib import Path
from typing import Any, get_args

import pytest
from httpx_sse._decoders import SSEDecoder as HttpxDecoder
from pydantic import ValidationError

from tests.support.events import MOMENT, varied
from tests.support.sse import SseEvent, decode
from utils.log.events import (
    MAX_EVENT_BYTES,
    AgentActivity,
    AgentMessage,
    AgentStatusUpdate,
    Citation,
    Error,
    EventError,
    Heartbeat,
    LoggedEvent,
    Reset,
    RunUpdate,
    StreamEvent,
    Usage,
    UserMessage,
    encode_body,
    encode_data,
    encode_frame,
    encode_unlogged,
    logged_event,
    read_event,
    stream_event,
)

FIXTURE = Path(__file__).parents[2] / "fixtures" / "events.json"
EXAMPLES: list[dict[str, Any]] = json.loads(FIXTURE.read_text())
COMMON: dict[str, Any] = {"session_id": "s-1", "run_id": "r-1", "time": MOMENT}

WIRE: list[tuple[LoggedEvent, bytes]] = [
    (
        AgentActivity(
            **COMMON,
            activity_id="a1",
            parent_id="a0",
            agent_name="Document Agent",
            action="Read",
            kind="tool",
            status="completed",
            details="12 pages",
            progress=0.5,
            input={"file": "a.pdf", "pages": None},
            output=[1, "é"],
            usage=Usage(model="m", input_tokens=3, output_tokens=4),
        ),
        b"id: 7\nevent: agentActivity\n"
        b'data: {"seq":7,"session_id":"s-1","run_id":"r-1","time":"2026-01-02T03:04:05.678000Z",'
        b'"type":"agentActivity","activity_id":"a1","parent_id":"a0","agent_name":"Document Agent","action":"Read",'
        b'"kind":"tool","status":"completed","details":"12 pages","progress":0.5,'
        b'"input":{"file":"a.pdf","pages":null},"output":[1,"\xc3\xa9"],'
        b'"usage":{"model":"m","input_tokens":3,"output_tokens":4}}\n\n',
    ),
    (
        AgentStatusUpdate(session_id="s-1", time=MOMENT, agent_name="A", status="waiting"),
        b"id: 7\nevent: agentStatusUpdate\n"
        b'data: {"seq":7,"session_id":"s-1","time":"2026-01-02T03:04:05.678000Z",'
        b'"type":"agentStatusUpdate","agent_name":"A","status":"waiting"}\n\n',
    ),
    (
        AgentMessage(
            **COMMON,
            message_id="m",
            agent_name="W",
            delta="Yes [1]\n",
            final=True,
            replaces="m0",
            citations=[
                Citation(number=1, document_id="d", document_name="n", passage_id=2, reference="page 1", quote="q")
            ],
        ),
        b"id: 7\nevent: agentMessage\n"
        b'data: {"seq":7,"session_id":"s-1","run_id":"r-1","time":"2026-01-02T03:04:05.678000Z",'
        b'"type":"agentMessage","message_id":"m","agent_name":"W","delta":"Yes [1]\\n","final":true,"replaces":"m0",'
        b'"citations":[{"number":1,"document_id":"d","document_name":"n","passage_id":2,"reference":"page 1",'
        b'"quote":"q"}]}\n\n',
    ),
    (
        UserMessage(**COMMON, message_id="m", author="Ada", text="Only this.", delivery="refused", reason="why"),
        b"id: 7\nevent: userMessage\n"
        b'data: {"seq":7,"session_id":"s-1","run_id":"r-1","time":"2026-01-02T03:04:05.678000Z",'
        b'"type":"userMessage","message_id":"m","author":"Ada","text":"Only this.","delivery":"refused",'
        b'"reason":"why"}\n\n',
    ),
    (
        RunUpdate(**COMMON, status="failed", reason="why", phase="Reading", progress=1, attempt=2, model="built-in"),
        b"id: 7\nevent: runUpdate\n"
        b'data: {"seq":7,"session_id":"s-1","run_id":"r-1","time":"2026-01-02T03:04:05.678000Z",'
        b'"type":"runUpdate","status":"failed","reason":"why","phase":"Reading","progress":1.0,"attempt":2,'
        b'"model":"built-in"}\n\n',
    ),
    (
        Error(**COMMON, code="bad_pdf", message="It is encrypted.", agent_name="A", retryable=True),
        b"id: 7\nevent: error\n"
        b'data: {"seq":7,"session_id":"s-1","run_id":"r-1","time":"2026-01-02T03:04:05.678000Z",'
        b'"type":"error","code":"bad_pdf","message":"It is encrypted.","agent_name":"A","retryable":true}\n\n',
    ),
]


@pytest.mark.parametrize(("event", "expected"), WIRE, ids=[event.type for event, _ in WIRE])
def test_a_logged_event_has_exactly_these_bytes(event: LoggedEvent, expected: bytes) -> None:
    assert encode_frame(7, event.type, encode_body(event)) == expected


def test_every_logged_type_has_its_bytes_fixed_above() -> None:
    assert {type(event) for event, _ in WIRE} == set(get_args(get_args(LoggedEvent)[0]))


def test_a_heartbeat_has_no_id_and_tells_the_head() -> None:
    assert encode_unlogged(Heartbeat(session_id="s-1", time=MOMENT, head=9)) == (
        b"event: heartbeat\n"
        b'data: {"type":"heartbeat","session_id":"s-1","time":"2026-01-02T03:04:05.678000Z","head":9}\n\n'
    )


def test_a_reset_moves_the_clients_cursor_to_just_before_first() -> None:
    frame = encode_unlogged(Reset(session_id="s-1", first=3, head=9))
    assert frame == b'id: 2\nevent: reset\ndata: {"type":"reset","session_id":"s-1","first":3,"head":9}\n\n'


@pytest.mark.parametrize("seq", [1, 10, 2**53 - 1])
def test_the_data_of_a_frame_is_the_body_with_its_seq(seq: int) -> None:
    body = encode_body(WIRE[0][0])
    [event] = decode(encode_frame(seq, "agentActivity", body))
    assert event.data.encode() == encode_data(seq, body)
    assert event.json() == {"seq": seq, **json.loads(body)}


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{n}-{e['type']}" for n, e in enumerate(EXAMPLES)])
def test_an_example_shared_with_the_dashboard_is_an_event_and_survives_the_wire(example: dict[str, Any]) -> None:
    event = stream_event.validate_python(example)
    if isinstance(event, Heartbeat | Reset):
        [received] = decode(encode_unlogged(event))
    else:
        assert event.seq is not None
        [received] = decode(encode_frame(event.seq, event.type, encode_body(event)))
        assert received.last_event_id == str(event.seq)
    assert received.type == example["type"]
    assert stream_event.validate_json(received.data) == event
    assert example.items() <= received.json().items()


def test_the_examples_show_every_type() -> None:
    assert {example["type"] for example in EXAMPLES} == {
        member.model_fields["type"].default for member in get_args(get_args(StreamEvent)[0])
    }


@pytest.mark.parametrize("example", {e["type"]: e for e in EXAMPLES}.values(), ids=lambda e: e["type"])
def test_an_unknown_field_is_refused(example: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        stream_event.validate_python({**example, "surprise": 1})


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValidationError):
        stream_event.validate_python({"type": "agentDance", "session_id": "s"})


@pytest.mark.parametrize("kind", ["heartbeat", "reset"])
def test_what_is_never_stored_is_no_logged_event(kind: str) -> None:
    example = next(example for example in EXAMPLES if example["type"] == kind)
    with pytest.raises(ValidationError):
        logged_event.validate_python(example)


@pytest.mark.parametrize("session_id", ["", "a b", "a/b", "a\n", "-a", "a" * 101, "é", "a\0"])
def test_a_session_id_that_is_no_safe_path_segment_is_refused(session_id: str) -> None:
    with pytest.raises(ValidationError):
        AgentStatusUpdate(session_id=session_id, agent_name="A", status="idle")


@pytest.mark.parametrize("progress", [-0.01, 1.01, float("nan")])
def test_progress_outside_0_to_1_is_refused(progress: float) -> None:
    with pytest.raises(ValidationError):
        RunUpdate(session_id="s", run_id="r", status="running", progress=progress)


@pytest.mark.parametrize("field", ["details", "input", "output"])
def test_a_lone_surrogate_never_becomes_bytes(field: str) -> None:
    """It has no UTF-8. Text fields and free JSON alike: a ValueError, before anything is stored."""
    with pytest.raises((ValidationError, EventError)):
        encode_body(
            AgentActivity(
                session_id="s", activity_id="a", agent_name="A", action="b", status="started", **{field: "x\ud800"}
            )
        )


def test_an_event_has_a_largest_size() -> None:
    def body(details: str) -> bytes:
        return encode_body(Error(session_id="s", time=MOMENT, code="c", message=details))

    room = MAX_EVENT_BYTES - len(body(""))
    assert len(body("x" * room)) == MAX_EVENT_BYTES
    with pytest.raises(EventError, match="Put less"):
        body("x" * (room + 1))


@pytest.mark.parametrize(
    "text",
    [
        "\r",
        "\n",
        "\r\n",
        "\n\n",
        "\0",
        "\ufeff",
        "\ufeffbegins",
        "\u2028\u2029",
        "😀🏳️‍🌈",
        "data: x\n\nid: 9\n\n",
        "\x85",
        "",
    ],
)
def test_no_text_can_break_a_frame(text: str) -> None:
    frame = encode_frame(
        1, "agentMessage", encode_body(AgentMessage(session_id="s", message_id="m", agent_name="A", delta=text))
    )
    [event] = decode(frame)
    assert event.json()["delta"] == text
    assert frame.count(b"\n") == 4
    assert b"\r" not in frame
    assert b"\0" not in frame


def test_an_event_of_a_megabyte_travels_whole() -> None:
    text = "ü😀\n" * 150_000
    assert len(text.encode()) > 1_000_000
    [event] = decode(encode_frame(1, "error", encode_body(Error(session_id="s", code="c", message=text))))
    assert event.json()["message"] == text


def test_not_a_number_in_free_json_stays_json() -> None:
    """Browsers' JSON.parse refuses NaN and Infinity: one such event would end the reading of a session."""
    event = AgentActivity(
        session_id="s",
        activity_id="a",
        agent_name="A",
        action="b",
        status="started",
        output={"x": [float("nan"), float("-inf")]},
    )

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    assert json.loads(encode_body(event), parse_constant=refuse)["output"] == {"x": [None, None]}


def test_moments_are_milliseconds_of_utc() -> None:
    event = stream_event.validate_python(
        {"type": "heartbeat", "session_id": "s", "head": 0, "time": "2026-01-02T04:04:05.678999+01:00"}
    )
    assert event.time == MOMENT
    assert json.loads(event.model_dump_json())["time"].endswith("Z")


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "UTC"])
@pytest.mark.parametrize("given", ["2026-01-02T03:04:05.678", "2026-01-02 03:04:05.678", "2026-01-02T03:04:05.678Z"])
def test_a_time_without_an_offset_is_utc_wherever_the_server_is(
    monkeypatch: pytest.MonkeyPatch, zone: str, given: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        event = logged_event.validate_python(
            {"type": "error", "session_id": "s", "code": "c", "message": "m", "time": given}
        )
    time.tzset()
    assert event.time == MOMENT
    assert b'"2026-01-02T03:04:05.678000Z"' in encode_body(event)


@pytest.mark.parametrize("given", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_time_that_is_none_in_utc_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match="between the years"):
        Error(session_id="s", code="c", message="m", time=given)  # type: ignore[arg-type]


def test_an_independent_decoder_reads_the_same() -> None:
    bodies = [(event.type, encode_body(event)) for event in varied("s", 40)]
    wire = b"".join([encode_frame(seq, kind, body) for seq, (kind, body) in enumerate(bodies, 1)])
    theirs, found = HttpxDecoder(), []
    for line in wire.decode().split("\n")[:-1]:
        event = theirs.decode(line)
        if event is not None:
            found.append(SseEvent(event.event, event.data, event.id))
    assert found == decode(wire)
    assert [event.last_event_id for event in found] == [str(seq) for seq in range(1, 41)]


def test_what_a_newer_version_has_stored_is_read_as_far_as_this_one_knows_it() -> None:
    common = {**COMMON, "time": MOMENT.isoformat()}
    stored = {**common, "type": "agentActivity", "activity_id": "a1", "agent_name": "A", "action": "Read"}
    usage = {"model": "m", "input_tokens": 1, "output_tokens": 2, "of_tomorrow": 3}
    body = json.dumps({**stored, "status": "completed", "of_tomorrow": {"x": 1}, "usage": usage}).encode()
    event = read_event(body)
    assert isinstance(event, AgentActivity)
    assert event.usage == Usage(model="m", input_tokens=1, output_tokens=2)
    assert read_event(json.dumps({**common, "type": "of_tomorrow"}).encode()) is None
    with pytest.raises(ValidationError):
        read_event(json.dumps(stored).encode())  # that is no version's
    with pytest.raises(ValidationError):
        logged_event.validate_json(body)  # and nobody may tell it here
