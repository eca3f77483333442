from decimal import Decimal

import pytest

from agents.tables.numbers_shown import shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1240", "1,240"),
        ("38.714", "38.71"),
        ("1226.333", "1,226.33"),
        ("0.03125", "0.0313"),
        ("5.0", "5"),
        ("1E+3", "1,000"),
    ],
)
def test_numbers_are_shown_for_reading(value: str, text: str) -> None:
    assert shown(Decimal(value)) == text


def test_amounts_are_told_with_the_decimals_of_their_column() -> None:
    assert shown(Decimal("17078.5"), 2) == "17,078.50"
    assert shown(Decimal("400.00"), 2) == "400"
