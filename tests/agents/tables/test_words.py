"""How a result is said."""

import pytest

from agents.tables.plan import Compare, Condition, DatePart
from agents.tables.words import conditions_words

BOUNDS: dict[Compare, str] = {
    "is": "in", "is not": "outside", "at least": "since", "at most": "until", "more than": "after",
    "less than": "before",
}  # fmt: skip


@pytest.mark.parametrize("compare", BOUNDS)
@pytest.mark.parametrize(
    ("part", "value", "named"), [("year", "2024", "2024"), ("quarter", "3", "Q3"), ("month", "5", "May")]
)
def test_a_limit_in_time_says_on_which_side_of_it(compare: Compare, part: DatePart, value: str, named: str) -> None:
    said = conditions_words([Condition(column="Date", part=part, compare=compare, values=[value])])
    assert said == f" {BOUNDS[compare]} {named}"


@pytest.mark.parametrize(
    ("part", "low", "high", "said"), [("month", "3", "5", "March until May"), ("quarter", "1", "2", "Q1 until Q2")]
)
def test_two_limits_in_time_are_a_span(part: DatePart, low: str, high: str, said: str) -> None:
    ends: list[tuple[Compare, str]] = [("at least", low), ("at most", high)]
    span = [Condition(column="Date", part=part, compare=compare, values=[value]) for compare, value in ends]
    assert conditions_words(span) == f" from {said}"
