"""What is told of a trace does not depend on the order in which its spans arrive, nor on how many come together."""

import json
import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from api.protocols.otlp import read_export
from api.protocols.spans import step_of
from tests.support.spans import TRACE, agent, chat, export, http, span
from utils.log.events import LoggedEvent, encode_body
from utils.log.store import StoredEvent
from utils.sessions.activity_rows import ActivityRow, activity_table
from utils.traces.step import Step
from utils.traces.trace import Known, Trace, conversation_of, is_worth_telling, tell, tell_silent, trace_json

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ASKED = {"gen_ai.input.messages": '[{"role": "user", "content": "Who?"}]'}
ANSWERED = {"gen_ai.output.messages": '[{"role": "assistant", "content": "Ada."}]'}


def steps(*spans: dict[str, Any], service: str = "harbour") -> list[Step]:
    request = json.dumps(export(*spans, service=service)).encode()
    return [step_of(one, NOW) for one in read_export(request, "application/json").spans]


class Told:
    """A trace of which some spans arrive at a time."""

    def __init__(self, batches: Iterable[Sequence[Step]]) -> None:
        self.trace = Trace(TRACE)
        self.known: dict[str, Known] = {}
        self.events: list[LoggedEvent] = []
        for batch in batches:
            self.arrive(batch)

    def arrive(self, batch: Sequence[Step]) -> list[LoggedEvent]:
        told = tell(self.trace, list(self.known.values()), batch, "s")
        self.known |= {span.span_id: span for span in told.spans}
        self.trace = trace_json.validate_json(trace_json.dump_json(self.trace))  # as it is stored
        self.events += told.events
        return told.events

    def rows(self) -> dict[str, ActivityRow]:
        stored = [
            StoredEvent(seq, event.type, event.run_id, encode_body(event)) for seq, event in enumerate(self.events, 1)
        ]
        return {row.activity_id: row for row in activity_table(stored)}

    def rows_without_tokens(self) -> dict[str, ActivityRow]:
        return {key: replace(row, input_tokens=None, output_tokens=None) for key, row in self.rows().items()}

    def of_type(self, name: str) -> list[Any]:
        return [event for event in self.events if event.type == name]


# A request to a web service: an agent asks a model twice, uses a tool and another agent, and a database is asked.
WHOLE = steps(
    span(1, name="POST /ask", kind=2, seconds=30, says={"http.request.method": "POST"}),
    http(2, 1, begins=1.5),
    agent(3, 1, "Captain", begins=2, seconds=25, says={**ASKED, **ANSWERED}),
    chat(4, 3, begins=3),
    http(5, 4, begins=3.1, seconds=0.5),
    span(6, 3, "look up", begins=5, seconds=10, says={"gen_ai.operation.name": "execute_tool"}),
    agent(7, 6, "Lookout", begins=6, seconds=5),
    chat(8, 7, begins=7),
    span(9, 7, "think", begins=8.5, seconds=0.1),
    chat(10, 3, begins=16, says=ANSWERED),
    chat(11, 10, begins=16.1, seconds=0.8),  # a library within a library tells of the same call
)


@pytest.mark.parametrize("seed", range(30))
def test_any_order_and_any_split_come_to_the_same(seed: int) -> None:
    dice = random.Random(seed)
    order = dice.sample(WHOLE, len(WHOLE))
    cuts = sorted(dice.sample(range(1, len(order)), dice.randint(0, len(order) - 1)))
    batches = [order[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    expected, found = Told([WHOLE]), Told(batches)
    counted = [row.input_tokens for row in found.rows().values() if row.input_tokens]
    assert sorted(counted) == [7, 7, 7], "four calls tell of tokens, two of them of the same ones"
    assert found.rows_without_tokens() == expected.rows_without_tokens(), "whichever of the two comes first counts"
    assert found.trace.status == "ended"
    assert [event.status for event in found.of_type("runUpdate")][-1] == "completed"
    assert [event.delta for event in found.of_type("agentMessage")] == ["Ada."]


def test_a_step_is_the_nearest_agent_s_around_it() -> None:
    found = {row.action: row.agent_name for row in Told([WHOLE]).rows().values()}
    assert found == {
        "POST /ask": "harbour", "GET": "Captain", "invoke_agent Captain": "Captain", "chat tiny": "Captain",
        "look up": "Captain", "invoke_agent Lookout": "Lookout", "think": "Lookout",
    }  # fmt: skip


def test_an_agent_that_ends_later_gets_the_steps_it_did() -> None:
    told = Told([steps(chat(2, 1))])
    assert [row.agent_name for row in told.rows().values()] == ["harbour"]
    told.arrive(steps(agent(1, seconds=9)))
    assert {row.agent_name for row in told.rows().values()} == {"Lookout"}
    [row] = [row for row in told.rows().values() if row.kind == "model"]
    assert (row.input_tokens, row.status, row.duration_ms) == (7, "completed", 1000)


def test_steps_are_told_in_the_order_of_time_the_outer_first() -> None:
    found = Told([steps(chat(2, 1, begins=1), agent(1, begins=1, seconds=1))])
    assert [(event.action, event.status) for event in found.of_type("agentActivity")] == [
        ("invoke_agent Lookout", "started"), ("chat tiny", "started"),
        ("chat tiny", "completed"), ("invoke_agent Lookout", "completed"),
    ]  # fmt: skip


def test_the_run_begins_at_once_and_ends_with_its_root() -> None:
    told = Told([steps(chat(2, 1, begins=5, says=ASKED))])
    [first] = told.of_type("runUpdate")
    assert (first.status, first.question) == ("running", "Who?")
    told.arrive(steps(chat(3, 1, begins=7)))
    assert len(told.of_type("runUpdate")) == 1
    told.arrive(steps(agent(1, begins=4, seconds=6)))
    _, again, last = told.of_type("runUpdate")
    assert (again.status, first.time - again.time) == ("running", first.time - again.time)
    assert (first.time - again.time).total_seconds() == 1, "it began before what was told first"
    assert (last.status, (last.time - again.time).total_seconds()) == ("completed", 6)


def test_a_question_that_an_outer_step_knows_better_is_told_at_the_end() -> None:
    inner = {"gen_ai.input.messages": '[{"role": "user", "content": "Translate: who?"}]'}
    told = Told([steps(chat(2, 1, begins=5, says=inner)), steps(agent(1, begins=4, seconds=9, says=ASKED))])
    assert [event.question for event in told.of_type("runUpdate")] == ["Translate: who?", "Who?", None]


def test_a_failed_root_fails_the_run() -> None:
    told = Told([steps(agent(1, failed="Sunk."))])
    [_, last] = told.of_type("runUpdate")
    assert (last.status, last.reason) == ("failed", "Sunk.")
    assert [row.details for row in told.rows().values()] == ["Sunk."]


def test_what_comes_after_the_end_does_not_open_the_run_again() -> None:
    told = Told([steps(agent(1, begins=1, seconds=5))])
    told.arrive(steps(chat(2, 1, begins=2, says=ANSWERED)))
    assert [event.status for event in told.of_type("runUpdate")] == ["running", "completed"]
    assert [event.delta for event in told.of_type("agentMessage")] == ["Ada."], "nobody had said anything yet"


def test_a_trace_that_falls_silent_is_not_shown_as_running_until_more_arrives() -> None:
    told = Told([steps(chat(2, 1))])
    [end] = tell_silent(told.trace, "s", [f"{2:016x}"])
    assert (end.status, end.time) == ("cancelled", told.events[-1].time)
    assert "the end of the trace is missing" in end.reason
    more = told.arrive(steps(agent(1, seconds=9)))
    assert [event.status for event in more if event.type == "runUpdate"] == ["running", "completed"]


REMOTE = {"flags": 0x300}
LOCAL = {"flags": 0x100}


@pytest.mark.parametrize(
    ("spans", "topmost", "status"),
    [
        ([chat(3, 2, says=ANSWERED), agent(2, 1, begins=1, seconds=9) | REMOTE], [2], "completed"),
        ([chat(3, 2, says=ANSWERED), agent(2, 1, begins=1, seconds=9, kind=2)], [2], "completed"),  # it says nothing
        ([agent(2, 1, failed="Sunk.") | REMOTE], [2], "failed"),
        ([agent(2, 1, failed="Sunk.") | REMOTE, agent(3, 1, begins=9, says=ANSWERED) | REMOTE], [2, 3], "completed"),
        ([agent(2, 1) | REMOTE, chat(4, 3, says=ANSWERED)], [2, 4], "cancelled"),  # an inner one is missing
        ([agent(2, 1, kind=2) | LOCAL], [2], "cancelled"),
    ],
)
def test_a_trace_whose_caller_reports_elsewhere_ends_as_its_topmost_steps_did(
    spans: list[dict[str, Any]], topmost: list[int], status: str
) -> None:
    told = Told([steps(*spans)])
    *answers, end = tell_silent(told.trace, "s", [f"{number:016x}" for number in topmost])
    assert end.status == status
    assert end.reason == {"completed": None, "failed": "Sunk."}.get(status, end.reason)
    answered = status == "completed"
    assert [event.delta for event in answers] == (["Ada."] if answered else [])
    more = told.arrive(steps(agent(1, seconds=30)))
    assert [event.status for event in more if event.type == "runUpdate"] == ["running", "completed"]
    assert [event.delta for event in more if event.type == "agentMessage"] == (
        [] if answered or told.trace.answer is None else ["Ada."]
    )


def test_spans_that_are_within_each_other_in_a_circle_are_told() -> None:
    told = Told([steps(chat(1, 2), chat(2, 1), chat(3, 3))])
    assert len(told.rows()) == 3
    assert {row.agent_name for row in told.rows().values()} == {"harbour"}


def test_a_very_deep_trace_is_told() -> None:
    deep = [chat(number, number - 1 or None) for number in range(1, 3001)]
    told = Told([steps(*deep[:1500]), steps(*deep[1500:])])
    assert sum(row.input_tokens or 0 for row in told.rows().values()) == 7


@pytest.mark.parametrize("around_the_first", [0, 20_000], ids=["a chain without a root", "a circle"])
def test_no_way_up_is_walked_twice(around_the_first: int) -> None:
    [one] = steps(chat(1, 0))
    chain = [
        replace(one, span_id=f"{number:016x}", parent_id=f"{number - 1 or around_the_first:016x}")
        for number in range(1, 20_001)
    ]
    began = time.process_time()
    told = Told([chain])
    assert time.process_time() - began < 10, "walked anew for each span, it takes a minute"
    assert {span.agent for span in told.known.values()} == {None}
    assert sum(event.usage.input_tokens for event in told.of_type("agentActivity") if event.usage) == 7


def test_what_is_worth_telling() -> None:
    assert not is_worth_telling(steps(http(1), http(2, 1)))
    assert is_worth_telling(steps(http(1), span(2, 1)))


def test_the_conversation_is_the_one_that_most_steps_name() -> None:
    named = steps(*(chat(number, says={"session.id": name}) for number, name in enumerate("babcc", 1)))
    assert conversation_of(named) == "b"
    assert conversation_of(steps(chat(1))) is None
