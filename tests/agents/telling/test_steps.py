"""What agents write of their steps."""

import pytest

from agents.telling.steps import Record, StepRecord, listening, step


def written(records: list[Record]) -> list[tuple[str, str, str | None]]:
    return [(one.key, one.status, one.link) for one in records if isinstance(one, StepRecord)]


def test_a_step_that_stays_open_does_not_end_with_its_block() -> None:
    records: list[Record] = []
    with listening(records.append), step("Wait", agent="Crew", key="wait") as this:
        this.stay_open()
    assert written(records) == [("wait", "started", None)]


def test_one_that_fails_ends_whatever_was_said_before() -> None:
    records: list[Record] = []
    with pytest.raises(ValueError, match="broken"), listening(records.append):
        _break_open()
    assert [status for _, status, _ in written(records)] == ["started", "failed"]


def _break_open() -> None:
    with step("Wait", agent="Crew", key="wait") as this:
        this.stay_open()
        raise ValueError("broken")


def test_a_link_is_told_from_when_it_is_known() -> None:
    records: list[Record] = []
    with listening(records.append):
        with step("Run", agent="Crew", key="run", link="https://crew.example.org/1"):
            pass
        with step("Ask", agent="Crew", key="ask") as this:
            this.move("Asking")
            this.link = "https://crew.example.org/2"
    assert written(records) == [
        ("run", "started", "https://crew.example.org/1"),
        ("run", "completed", "https://crew.example.org/1"),
        ("ask", "started", None),
        ("ask", "in-progress", None),
        ("ask", "completed", "https://crew.example.org/2"),
    ]
