"""Numbers and dates as files write them."""

from datetime import date
from decimal import Decimal

import pytest

from bench.trust.notation import (
    BRACKETS,
    ENGLISH,
    FRENCH,
    GERMAN,
    INDIAN,
    NARROW,
    PLAIN,
    SWISS,
    TRAILING,
    Notation,
    day,
)


@pytest.mark.parametrize(
    ("notation", "written"),
    [
        (PLAIN, "-1234567.50"),
        (ENGLISH, "-1,234,567.50"),
        (GERMAN, "-1.234.567,50"),
        (FRENCH, "-1\xa0234\xa0567,50"),
        (NARROW, "-1\u202f234\u202f567,50"),
        (SWISS, "-1’234’567.50"),
        (INDIAN, "-12,34,567.50"),
        (TRAILING, "1.234.567,50-"),
        (BRACKETS, "(1,234,567.50)"),
    ],
)
def test_each_notation(notation: Notation, written: str) -> None:
    assert notation.write(Decimal("-1234567.5")) == written


def test_no_places_and_small_numbers() -> None:
    assert ENGLISH.write(Decimal(123), 0) == "123"
    assert GERMAN.write(Decimal("0.05")) == "0,05"
    assert INDIAN.write(Decimal(99999), 0) == "99,999"


@pytest.mark.parametrize(
    ("order", "language", "written"),
    [
        ("%d/%m/%Y", "en", "04/03/2025"),
        ("long", "en", "4 March 2025"),
        ("long", "de", "4. März 2025"),
        ("long", "fr", "4 mars 2025"),
    ],
)
def test_dates(order: str, language: str, written: str) -> None:
    assert day(date(2025, 3, 4), order, language) == written
