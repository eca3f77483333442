"""What is known of a run, in numbered facts, with the events that say it."""

import json
from typing import Any

import pytest

from agents.chronicle.facts import MOST, facts_of
from utils.log.events import AgentActivity, LoggedEvent, RunUpdate, UserMessage, logged_event
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
