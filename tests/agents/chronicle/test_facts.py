"""What is known of a run, in numbered facts, with the events that say it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from agents.chronicle import facts as facts_module
from agents.chronicle.facts import MOST, Fact, facts_of
from utils.log.events import AgentActivity, AgentMessage, LoggedEvent, RunUpdate, UserMessage, logged_event
from utils.project import PROJECT

_RECORDINGS = sorted((PROJECT / "tests" / "fixtures" / "recordings").glob("*.json"))


def step(seq: int, status: str = "completed", **more: Any) -> AgentActivity:
    told: dict[str, Any] = {"activity_id": f"s{seq}", "agent_name": "Crew", "action": "Look", "status": status}
    return AgentActivity.model_validate({"session_id": "s", "run_id": "r", "seq": seq} | told | more)


@pytest.mark.parametrize("recording", _RECORDINGS, ids=lambda path: path.stem)
def test_each_fact_rests_on_events_that_say_it(recording: Any) -> None:
    events = [logged_event.validate_python(event) for event in json.loads(recording.read_text())]
    by_seq = {event.seq: event.model_dump_json() for event in events}
    facts = facts_of(events)
    assert [fact.number for fact in facts] == list(range(1, len(facts) + 1))
    for fact in facts:
        said = " ".join(by_seq[seq] for seq in fact.seqs)
        for name in ("agent", "action", "message", "question"):
            value = fact.values.get(name)
            if value is not None and "…" not in value:
                assert json.dumps(value, ensure_ascii=False)[1:-1] in said


def test_a_long_run_keeps_its_ends_and_what_failed() -> None:
    events: list[LoggedEvent] = [RunUpdate(session_id="s", run_id="r", seq=1, status="running", question="Why?")]
    events += [step(seq, "failed" if seq == 300 else "completed") for seq in range(2, 602)]
    events.append(RunUpdate(session_id="s", run_id="r", seq=602, status="completed"))
    facts = facts_of(events)
    assert len(facts) <= MOST
    assert (facts[0].label, facts[-1].label) == ("question", "end of the run")
    assert [fact.seqs for fact in facts if fact.values.get("status") == "failed"] == [[300]]


def test_a_long_text_is_not_held_whole_and_names_its_first_and_last_event() -> None:
    pieces = [
        AgentMessage(session_id="s", message_id="m", agent_name="Crew", delta="word ", final=at == 3000, seq=at)
        for at in range(1, 3001)
    ]
    [fact] = facts_of(pieces)
    assert fact.seqs == [1, 3000]
    assert len(fact.values["words"]) <= 240
    assert fact.values["state"] == "finished"


def test_of_a_very_long_run_little_is_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    monkeypatch.setattr(facts_module, "_take_step", _counting(held, facts_module._take_step))
    failed = {40, 5_000, 9_990}
    facts = facts_of(step(seq, "failed" if seq in failed else "completed") for seq in range(1, 10_001))
    assert max(held) < 1_000
    assert len(facts) <= MOST
    assert {fact.seqs[0] for fact in facts if fact.values["status"] == "failed"} == failed
    assert [facts[0].seqs, facts[-1].seqs] == [[1], [10_000]]


def _counting(held: list[int], take: Callable[..., None]) -> Callable[..., None]:
    def counted(event: AgentActivity, seq: int, known: dict[str, Fact]) -> None:
        take(event, seq, known)
        held.append(len(known))

    return counted


def test_a_fact_is_one_line_and_not_long() -> None:
    [fact] = facts_of([step(1, input={"text": "a\nb " * 5000})])
    assert "\n" not in fact.text
    assert len(fact.text) < 400


def test_what_a_person_said_and_what_became_of_it_is_one_fact() -> None:
    said = [
        UserMessage(
            session_id="s", run_id="r", seq=seq, message_id="m", author="Ada", text="Mind the fog.", delivery=to
        )
        for seq, to in ((2, "queued"), (5, "steered"))
    ]
    [fact] = facts_of(said)
    assert fact.seqs == [2, 5]
    assert fact.text == "words of a person to the agents; person: Ada; words: Mind the fog.; status: read by the agents"
