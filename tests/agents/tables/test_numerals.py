from decimal import Decimal

import pytest

from agents.tables.numerals import Mark, common_unit, decimal_mark, numeral, unit_of


@pytest.mark.parametrize(
    ("cell", "value", "unit"),
    [
        ("12", "12", ""),
        ("-3.5", "-3.5", ""),
        ("1,240,000.5", "1240000.5", ""),
        ("1.240.000", "1240000", ""),
        ("1.240,50", "1240.50", ""),
        ("1 240", "1240", ""),
        ("1\u00a0240,5", "1240.5", ""),
        ("12\u202f345\u202f678", "12345678", ""),
        ("1'240.50", "1240.50", ""),
        ("12,34,567", "1234567", ""),
        ("1.234,50-", "-1234.50", ""),
        ("(35)", "-35", ""),
        ("(€1,200.00)", "-1200.00", "EUR"),
        ("−7", "-7", ""),
        ("1e16", "1e16", ""),
        ("€ 4.20", "4.20", "EUR"),
        ("-$5", "-5", "USD"),
        ("5,00 €", "5.00", "EUR"),
        ("CHF 12.-", "12", "CHF"),
        ("$1.2M", "1200000", "USD"),
        ("3,5 Mio. €", "3500000", "EUR"),
        ("120.00 DR", "-120.00", ""),
        ("120.00 CR", "120.00", ""),
        ("12 %", "12", "%"),
        ("1.5 kg", "1.5", "kg"),
        ("12 m2", "12", "m²"),
    ],
)
def test_a_number_is_read_in_the_notation_that_it_shows(cell: str, value: str, unit: str) -> None:
    for decimal in (".", ","):
        found = numeral(cell)
        assert found is not None
        assert (found.value(decimal), found.unit, found.known) == (Decimal(value), unit, True)  # type: ignore[arg-type]


@pytest.mark.parametrize(("decimal", "value"), [(".", 1240), (",", "1.240")])
def test_what_one_cell_cannot_tell_is_told_by_the_decimal_mark(decimal: Mark, value: object) -> None:
    found = numeral("1,240")
    assert found is not None
    assert found.value(decimal) == Decimal(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cell", ["", "abc", "2024-01", "1,24,0", "nan", "inf", "12 34", "K-2026-44", "030 / 12", "1.2.3"]
)
def test_what_is_no_number_is_none(cell: str) -> None:
    assert numeral(cell) is None


def test_a_word_behind_a_number_is_no_unit_that_is_known() -> None:
    found = numeral("12 apples")
    assert found is not None
    assert (found.unit, found.known) == ("apples", False)


@pytest.mark.parametrize(
    ("bodies", "mark"),
    [
        (["1.250", "2.310", "19,5"], ","),
        (["1,250", "2,310.75"], "."),
        (["1.234.567"], ","),
        (["1,234"], None),
        (["1,5", "2.5"], None),
    ],
)
def test_cells_prove_the_decimal_mark_together(bodies: list[str], mark: Mark | None) -> None:
    assert decimal_mark(bodies) == mark


def test_units_that_measure_the_same_can_be_told_in_one() -> None:
    assert common_unit(["kg", "kg", "g"]) == ("kg", {"kg": Decimal(1), "g": Decimal("0.001")})
    assert common_unit(["kg", "l"]) is None
    assert unit_of("in kg") == "kg"
    assert unit_of("wide") is None


@pytest.mark.parametrize(
    ("cell", "value", "unit"),
    [("1.5M", "1500000", ""), ("900K", "900000", ""), ("1.2B", "1200000000", ""), ("2.5M EUR", "2500000", "EUR"),
     ("6.5 m", "6.5", "m"), ("2B", "2", "B")],
)  # fmt: skip
def test_a_capital_letter_is_a_power_of_ten_and_a_small_one_a_unit(cell: str, value: str, unit: str) -> None:
    found = numeral(cell)
    assert found is not None
    assert (found.value("."), found.unit) == (Decimal(value), unit)
