"""Steps of a log as rows."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.events import MOMENT
from utils.log.events import AgentActivity, Error, LoggedEvent, encode_body
from utils.log.store import StoredEvent
from utils.sessions.activity_rows import LONGEST_TEXT, ActivityRow, activity_table


def step(second: int, status: str, **named: Any) -> AgentActivity:
    fixed = {"session_id": "s1", "activity_id": "1", "agent_name": "A", "action": "b"}
    return AgentActivity(**fixed | named, status=status, time=MOMENT.replace(second=second))


def table(*events: LoggedEvent) -> list[ActivityRow]:
    return activity_table(
        StoredEvent(seq, event.type, event.run_id, encode_body(event)) for seq, event in enumerate(events, 1)
    )


def test_what_an_event_leaves_out_stays_as_it_was() -> None:
    [row] = table(
        step(1, "started", parent_id="0", input=[1], details="a"),
        step(2, "in-progress", progress=0.5),
        step(5, "completed", action="c", output={"x": 1}),
    )
    assert (row.parent_id, row.input, row.details, row.progress) == ("0", "[1]", "a", 0.5)
    assert (row.status, row.action, row.output, row.duration_ms) == ("completed", "c", '{"x": 1}', 4000)


def test_a_step_that_goes_on_is_open_again() -> None:
    [row] = table(step(1, "started"), step(2, "failed"), step(3, "in-progress"))
    assert (row.status, row.ended_at, row.duration_ms) == ("in-progress", None, None)


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled"])
@pytest.mark.parametrize(("status", "second"), [("started", 1), ("started", 9), ("in-progress", 4), ("waiting", 5)])
def test_what_tells_of_before_the_end_opens_nothing_and_adds_what_is_not_known(
    end: str, status: str, second: int
) -> None:
    [row] = table(step(5, end, output=2), step(second, status, input=1, output=1, parent_id="0", details="begins"))
    assert (row.status, row.output, row.input, row.parent_id, row.details) == (end, "2", "1", "0", "begins")
    assert row.ended_at is not None
    assert row.ended_at.startswith("2026-01-02T03:04:05")
    assert row.duration_ms == max(0, 5 - second) * 1000


def test_runs_have_steps_of_their_own_in_the_order_they_began() -> None:
    rows = table(
        step(1, "started", run_id="b"), step(1, "started"), step(1, "started", run_id="a"), step(9, "completed")
    )
    assert [(row.run_id, row.status) for row in rows] == [("b", "started"), (None, "completed"), ("a", "started")]


def test_an_error_explains_a_step_that_has_no_words_of_its_own() -> None:
    error = Error(session_id="s1", activity_id="1", code="c", message="It broke.")
    assert [row.details for row in table(step(1, "failed"), error)] == ["It broke."]
    assert [row.details for row in table(step(1, "failed", details="Mine"), error)] == ["Mine"]
    assert table(error) == []


def test_events_are_not_kept() -> None:
    def endless() -> Iterator[StoredEvent]:
        for seq in range(1, 20_001):
            body = encode_body(step(1, "in-progress", output="x" * 1000 + str(seq)))
            yield StoredEvent(seq, "agentActivity", None, body)

    [row] = activity_table(endless())
    assert row.output.endswith("20000")


def test_of_a_long_input_or_output_as_much_as_a_cell_holds_is_kept() -> None:
    [row] = table(step(1, "completed", input="x" * LONGEST_TEXT, output=["y" * 900_000]))
    assert row.input == "x" * LONGEST_TEXT
    assert row.output == '["' + "y" * (LONGEST_TEXT - 2) + "… (900,004 characters)"
    assert len(row.output) <= 32_767
