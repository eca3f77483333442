"""What a real crew said of itself, in any order, late and twice: the same story."""

import json
import random
from collections import Counter
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agents.connectors.codecs.crewai_calls import EVENTS, CrewCalls, Heard
from agents.connectors.codecs.masking import Mask
from agents.telling.steps import StepRecord
from utils.sessions.hook_calls import Call

RECORDED = Path(__file__).parents[1] / "fixtures" / "crewai" / "callbacks.jsonl"
KICKOFF = "774d4dc3-aaef-4f02-9ea9-5ae1ba02bff3"
AT = datetime(2026, 11, 25, 16, 6, 8, tzinfo=UTC)


def recorded() -> list[Call]:
    """As a crew of two agents, one of them with a tool, sent it; the pieces of texts among it."""
    calls = []
    for key, line in enumerate(RECORDED.read_text().splitlines(), 1):
        one = json.loads(line)
        at = datetime.fromtimestamp(one["at"], UTC)
        calls.append(Call(key, one["name"], json.dumps(one["body"]).encode(), "application/json", at))
    return calls


def called(name: str, body: Any, key: int = 1) -> Call:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Call(key, name, content, "application/json", AT)


def event(kind: str, number: int, key: int | None = None, at: datetime = AT, **data: Any) -> Call:
    told = {
        "id": f"event-{number}", "execution_id": "k", "timestamp": at.isoformat(), "type": kind,
        "data": {"emission_sequence": number, **data},
    }  # fmt: skip
    return called(EVENTS, {"events": [told]}, number if key is None else key)


def heard(
    calls: list[Call], source: Any = None, kickoff_id: str | None = None, secret: str = "",
    answered: dict[str, float] | None = None,
) -> Heard:  # fmt: skip
    mask = Mask([SecretStr(secret)] if secret else [])
    return CrewCalls("crew", "Skipper", kickoff_id, source, mask, answered).read(calls)


def story(told: Heard) -> list[tuple[str, str, str, str]]:
    return [(one.agent, one.action, one.kind, one.status) for one in told.records]


WHOLE = [
    ("Researcher", "research", "step", "started"),
    ("Researcher", "Ask fake", "model", "started"),
    ("Researcher", "Ask fake", "model", "completed"),
    ("Researcher", "look_up", "tool", "started"),
    ("Researcher", "look_up", "tool", "completed"),
    ("Researcher", "Ask fake", "model", "started"),
    ("Researcher", "Ask fake", "model", "completed"),
    ("Researcher", "research", "step", "completed"),
    ("Writer", "write", "step", "started"),
    ("Writer", "Ask fake", "model", "started"),
    ("Writer", "Ask fake", "model", "completed"),
    ("Writer", "write", "step", "completed"),
]


def test_a_crews_events_are_steps_in_the_order_in_which_it_numbered_them() -> None:
    told = heard(recorded())
    assert story(told) == WHOLE
    assert (told.source, told.kickoff_id, told.has_ended, told.is_open) == ("events", KICKOFF, True, False)
    assert told.result == "The engine was rebuilt by Ada. "
    [tool] = [one for one in told.records if one.kind == "tool" and one.status == "completed"]
    assert (tool.input, tool.output) == ({"word": "engine"}, "1957: engine rebuilt by Ada")
    by_key = {one.key: one for one in told.records}
    assert by_key[tool.parent or ""].action == "research"
    answers = [one for one in told.records if one.kind == "model" and one.status == "completed"]
    assert [one.output for one in answers] == [
        None,
        "The engine was rebuilt by Ada. ",
        "The engine was rebuilt by Ada. ",
    ]
    assert [one.usage.input_tokens for one in answers if one.usage] == [11, 11, 11]


@pytest.mark.parametrize("seed", range(20))
def test_calls_in_another_order_and_twice_tell_the_same(seed: int) -> None:
    shuffled = recorded() + random.Random(seed).sample(recorded(), 20)
    random.Random(seed).shuffle(shuffled)
    told = heard(shuffled)
    assert story(told) == WHOLE
    assert Counter((one.key, one.status) for one in told.records).most_common(1)[0][1] == 1


def test_what_is_told_at_every_look_grows_and_changes_nothing_before() -> None:
    """Keys are the same at each look, so that nothing is told twice; only calls that overtook come in between."""
    calls, known = recorded(), set[tuple[str, str]]()
    for count in range(len(calls) + 1):
        now = {(one.key, one.status) for one in heard(calls[:count]).records}
        assert known <= now
        known = now
    assert known == {(one.key, one.status) for one in heard(calls).records}


def test_a_crew_that_calls_without_events_tells_its_tasks_and_steps() -> None:
    older = [call for call in recorded() if call.name != EVENTS]
    told = heard([*older, *older])
    tasks = [one for one in told.records if one.key.startswith("task/")]
    assert {(one.agent, one.action, one.status) for one in tasks} == {
        ("Researcher", "research", "completed"), ("Writer", "write", "completed"),
    }  # fmt: skip
    assert (told.source, told.has_ended, told.result) == ("calls", True, "The engine was rebuilt by Ada. ")
    assert len({one.key for one in told.records}) == len({call.body for call in older if call.name != "crew"})


def test_steps_are_told_by_one_source_alone_whatever_comes_later() -> None:
    calls = recorded()
    assert heard(calls, source="calls").source == "calls"
    assert not [one for one in heard(calls, source="calls").records if one.kind == "model"]
    assert not [one for one in heard(calls, source="events").records if one.key.startswith("task/2")]
    assert {one.key.partition("/")[0] for one in heard(calls).records} == {"task", "llm_call", "tool_usage"}


def test_a_crew_that_fails_says_why() -> None:
    told = heard([
        event("task_started", 1, task_id="t", task_name="Load"),
        event("task_failed", 2, task_id="t", started_event_id="event-1", error="Disk full"),
        event("crew_kickoff_failed", 3, error={"message": "Task failed: Disk full"}),
    ])  # fmt: skip
    assert (told.has_ended, told.error, told.result) == (True, "Task failed: Disk full", None)
    assert [(one.action, one.status, one.details) for one in told.records] == [
        ("Load", "started", None), ("Load", "failed", "Disk full"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "result", "error"),
    [
        ({"state": "FAILED", "result": "Traceback: boom"}, None, "Traceback: boom"),
        ({"status": "error", "error": {"message": "No credits"}}, None, "No credits"),
        ({"result": None, "error": "No credits"}, None, "No credits"),
        ({"status": "completed", "output": "Ada."}, "Ada.", None),
        ({"state": "SUCCESS", "result": "Ada.", "error": None}, "Ada.", None),
    ],
)
def test_the_call_at_a_crews_end_says_how_it_ended(body: dict[str, Any], result: Any, error: str | None) -> None:
    told = heard([called("crew", {"kickoff_id": "k", **body})])
    assert (told.has_ended, told.result, told.error) == (True, result, error)


def test_a_call_of_a_crew_that_goes_on_is_no_end() -> None:
    assert not heard([called("crew", {"kickoff_id": "k", "state": "STARTED", "result": None})]).has_ended


@pytest.mark.parametrize("kind", ["crew_kickoff_completed", "crew_kickoff_failed"])
def test_the_end_of_a_crew_within_the_crew_is_not_its_end(kind: str) -> None:
    inner = event(kind, 2, parent_event_id="event-1", output={"raw": "A part."}, error="A part failed.")
    told = heard([event("task_started", 1, task_id="t"), inner])
    assert (told.has_ended, told.result, told.error) == (False, None, None)
    told = heard([inner, event("crew_kickoff_completed", 3, parent_event_id=None, output={"raw": "Ada."})])
    assert (told.has_ended, told.result, told.error) == (True, "Ada.", None)


def unnumbered(*events: tuple[str, dict[str, Any]], ended: bool = False) -> list[Call]:
    """Events as CrewAI's documentation shows them: an id, a time, and nothing that says which belong together."""
    if ended:
        events = (*events, ("crew_kickoff_completed", {"output": "Ada."}))
    return [
        called(EVENTS, {"events": [{
            "id": f"e{place}", "execution_id": "k", "type": kind, "data": data,
            "timestamp": (AT + timedelta(milliseconds=place)).isoformat().replace("+00:00", "Z"),
        }]}, place)
        for place, (kind, data) in enumerate(events)
    ]  # fmt: skip


OLDER = [
    ("task_started", {"task_id": "t1", "task_name": "research"}),
    ("llm_call_started", {"model": "gpt", "call_id": "c1", "task_name": "research"}),
    ("llm_call_started", {"model": "gpt", "call_id": "c2", "task_id": "t1"}),
    ("llm_call_completed", {"model": "gpt", "call_id": "c2", "response": "Second."}),
    ("llm_call_completed", {"model": "gpt-2026", "call_id": "c1", "response": {"content": "First."}}),
    ("tool_usage_started", {"tool_name": "look_up", "tool_args": {"word": "a"}, "task_id": "t1"}),
    ("tool_usage_started", {"tool_name": "look_up", "tool_args": {"word": "b"}, "task_id": "t1"}),
    ("tool_usage_finished", {"tool_name": "look_up", "tool_args": {"word": "b"}, "task_id": "t1", "output": "B"}),
    ("tool_usage_error", {"tool_name": "look_up", "task_id": "t1", "error": "No A"}),
    ("task_completed", {"task_id": "t1", "output": "Ada."}),
]


def test_ends_that_name_no_beginning_end_the_steps_that_they_fit() -> None:
    told = heard(unnumbered(*OLDER, ended=True))
    ended = [one for one in told.records if one.status != "started"]
    assert {one.key for one in told.records} == {one.key for one in ended}
    assert (len(told.records), len(ended), told.is_open, told.result) == (10, 5, False, "Ada.")
    begun = {one.key: one for one in told.records if one.status == "started"}
    assert [(begun[one.key].input, one.output, one.details, one.status) for one in ended] == [
        (None, "Second.", None, "completed"), (None, "First.", None, "completed"),
        ({"word": "b"}, "B", None, "completed"), ({"word": "a"}, None, "No A", "failed"),
        (None, "Ada.", None, "completed"),
    ]  # fmt: skip
    assert {one.parent for one in told.records if one.kind != "step"} == {ended[-1].key}


@pytest.mark.parametrize("seed", range(10))
def test_they_do_so_in_whatever_order_they_arrive(seed: int) -> None:
    one_tool = [(kind, data) for kind, data in OLDER if data.get("tool_args") != {"word": "b"}]
    calls = unnumbered(*one_tool, ended=True)
    whole = {(one.key, one.status) for one in heard(calls).records}
    random.Random(seed).shuffle(calls)
    known = set[tuple[str, str]]()
    for count in range(len(calls) + 1):
        told = heard(calls[:count])
        known |= {(one.key, one.status) for one in told.records} if not told.has_ended or count == len(calls) else set()
    assert known == whole


def test_steps_of_two_tasks_or_two_names_are_not_mixed_up() -> None:
    told = heard(unnumbered(
        ("task_started", {"task": {"id": "t1", "name": "a"}}), ("task_started", {"task": {"id": "t2", "name": "b"}}),
        ("tool_usage_started", {"tool_name": "x", "task_id": "t1"}),
        ("tool_usage_started", {"tool_name": "x", "task_id": "t2"}),
        ("tool_usage_started", {"tool_name": "y", "task_id": "t2"}),
        ("tool_usage_finished", {"tool_name": "y", "task_id": "t2"}),
        ("tool_usage_finished", {"tool_name": "x", "task_id": "t2"}),
        ("task_completed", {"output": {"description": "b", "json_dict": {"ships": 2}}}),
    ))  # fmt: skip
    ended = [(one.key, one.action) for one in told.records if one.status == "completed"]
    assert ended == [("tool_usage/e4", "y"), ("tool_usage/e3", "x"), ("task/e1", "b")]
    assert told.records[-1].output == {"ships": 2}


def test_an_end_whose_beginning_never_comes_is_told_at_the_crews_end() -> None:
    end = ("llm_call_completed", {"model": "gpt", "response": "Ada."})
    assert heard(unnumbered(end)).records == []
    assert story(heard(unnumbered(end, ended=True))) == [("Skipper", "Ask gpt", "model", "completed")]


def test_a_person_who_is_asked_is_told() -> None:
    told = heard([called("human", {"task_output": "Shall we sail?"})])
    assert told.question is not None
    assert (told.question.words, told.question.task) == ("Shall we sail?", None)
    [asked] = told.records
    assert (asked.kind, asked.status, asked.details) == ("approval", "waiting", "Shall we sail?")


def _after(call: Call, seconds: float) -> Call:
    return replace(call, at=AT + timedelta(seconds=seconds))


MINUTE_LATER = AT + timedelta(minutes=1)
ASKS = called("human", {"task_output": "Shall we sail?"}, 2)


def asks(told: Heard) -> str | None:
    return told.question.words if told.question is not None else None


@pytest.mark.parametrize("task", [{"task_id": "t"}, {"taskId": "t"}, {"task": {"id": "t"}}, {"task": "t"}])
def test_what_can_be_answered_from_here_is_a_question_and_no_step(task: dict[str, Any]) -> None:
    told = heard([called("human", {**task, "task_output": "Shall we sail?"})])
    assert told.records == []
    assert told.question is not None
    assert told.question.task == "t"
    question = told.question.approval.question
    assert (question.question, [one.id for one in question.choices]) == ("Shall we sail?", ["approve", "again"])


def test_the_same_words_after_an_answer_are_another_question() -> None:
    call = called("human", {"task_id": "t", "task_output": "Shall we sail?"})
    first = heard([call, call]).question
    assert first is not None
    answered = {first.key: (AT + timedelta(seconds=30)).timestamp()}
    assert heard([call], answered=answered).question is None
    again = heard([call, _after(call, 60)], answered=answered).question
    assert again is not None
    assert again.key != first.key


@pytest.mark.parametrize(
    "goes_on",
    [
        _after(event("llm_call_started", 2, 3, at=MINUTE_LATER, model="fake"), 60),
        _after(called("step", {"thought": "We sail."}, 3), 60),
        _after(called("task", {"name": "sail"}, 3), 60),
        _after(called("crew", {"kickoff_id": "k", "result": "Sailed."}, 3), 2),
    ],
    ids=["event", "step", "task", "end"],
)
def test_a_person_who_was_asked_has_answered_when_the_crew_goes_on(goes_on: Call) -> None:
    told = heard([event("task_started", 1, task_id="t"), ASKS, goes_on, _after(ASKS, 70)])
    assert asks(told) is None
    approvals = [one for one in told.records if one.kind == "approval"]
    assert {one.key for one in approvals} == {approvals[0].key}
    assert (approvals[-1].status, approvals[-1].details) == ("completed", "Shall we sail?")
    assert approvals[-1].time == goes_on.at


def test_a_person_is_waited_for_while_only_what_happened_before_arrives() -> None:
    late = _after(event("llm_call_completed", 2, 3, at=AT - timedelta(seconds=1), model="fake"), 60)
    told = heard([event("task_started", 1, task_id="t"), ASKS, late, _after(called("step", {"thought": "?"}, 4), 2)])
    assert asks(told) == "Shall we sail?"
    assert [one.status for one in told.records if one.kind == "approval"] == ["waiting"]
    assert asks(heard([ASKS, event("crew_kickoff_failed", 3, error="It broke.")])) == "Shall we sail?"


def test_who_is_asked_again_is_waited_for_again() -> None:
    goes_on = _after(called("step", {"thought": "We do not."}, 3), 60)
    again = _after(called("human", {"task_output": "Shall we row?"}, 4), 90)
    told = heard([ASKS, goes_on, again])
    assert asks(told) == "Shall we row?"
    approvals = [(one.details, one.status) for one in told.records if one.kind == "approval"]
    assert approvals == [("Shall we sail?", "waiting"), ("Shall we row?", "waiting"), ("Shall we sail?", "completed")]


def test_a_result_with_an_id_of_the_conversation_is_kept_as_it_is() -> None:
    told = heard(
        [called("crew", {"kickoff_id": "k", "result": '{"response": "Yes", "id": "c-2"}', "result_json": None})]
    )
    assert (told.result, told.kickoff_id) == ('{"response": "Yes", "id": "c-2"}', "k")


def test_times_are_the_crews_unless_its_clock_is_wrong() -> None:
    [near] = heard([event("task_started", 1, at=AT - timedelta(seconds=2), task_id="t")]).records
    assert near.time == AT - timedelta(seconds=2)
    hours = timedelta(hours=3)
    begun, ended = heard([
        event("task_started", 1, at=AT - hours, task_id="t"),
        event("task_completed", 2, at=AT - hours + timedelta(seconds=4), task_id="t", started_event_id="event-1"),
    ]).records  # fmt: skip
    assert ended.time - begun.time == timedelta(seconds=4)
    assert abs(ended.time - AT) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b"7", b"[" * 100_000, b'{"events": 7}', b'{"events": [7, {"type": "task_started"}]}',
             b'{"events": [{"id": "e", "type": "task_started", "data": {"task": 7, "task_id": [1], "output": "x"}}]}'],
    ids=range(8),
)  # fmt: skip
def test_anything_may_be_sent_and_does_no_harm(body: bytes) -> None:
    told = heard([called(EVENTS, body), *recorded()])
    assert [one for one in story(told) if one in WHOLE]
    assert heard([called(name, body) for name in ("task", "step", "crew", "human")]).error is None


def test_halves_of_characters_become_text_that_can_be_stored() -> None:
    name = "Caf\ud83d"
    told = heard([
        event("tool_usage_started", 1, tool_name=name, tool_args={name: [name]}),
        called("human", {"task_output": name}, 2),
        called("crew", {"kickoff_id": name, "result": name}, 3),
    ])  # fmt: skip
    repr_of_all = json.dumps([*map(asdict, told.records), told.result, told.kickoff_id], default=str)
    assert "\\ud83d" not in repr_of_all
    assert (told.result, told.records[0].action) == ("Caf\ufffd", "Caf\ufffd")


def test_a_secret_that_the_crew_repeats_is_masked() -> None:
    secret = "sk-crew-0123456789"
    told = heard(
        [
            event("tool_usage_started", 1, tool_name="call", tool_args={"authorization": f"Bearer {secret}"}),
            event("tool_usage_error", 2, started_event_id="event-1", tool_name="call", error=f"Refused {secret}"),
        ],
        secret=secret,
    )
    assert all(isinstance(one, StepRecord) and secret not in repr(one) for one in told.records)
    assert len(told.records) == 2
