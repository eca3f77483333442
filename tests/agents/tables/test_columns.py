"""What a column is, by its cells, its name and the file around it."""

from decimal import Decimal

import pytest

from agents.tables.columns import TypedColumn, typed_columns
from agents.tables.numerals import Mark


def column(
    name: str, cells: list[str], beside: dict[str, list[str]] | None = None, hint: Mark | None = None
) -> TypedColumn:
    """The column of this name, with others behind it."""
    others = beside or {"Label": [f"row {chr(97 + at)}" for at in range(len(cells))]}
    rows = [list(row) for row in zip(cells, *others.values(), strict=True)]
    return typed_columns([name, *others], rows, hint)[0]


@pytest.mark.parametrize(
    ("name", "cells", "kind", "unit"),
    [
        ("Passengers", ["1924", "1925", "900"], "number", ""),
        ("Amount", ["$11", "$20", "$1,030"], "money", "USD"),
        ("Betrag (EUR)", ["11,50", "20,00", "1.030,00"], "money", "EUR"),
        ("Revenue (USD m)", ["11", "20", "30"], "money", "USD m"),
        ("Weight", ["1.5 kg", "2 kg", "3 kg"], "quantity", "kg"),
        ("Weight in kg", ["1.5", "2", "3"], "quantity", "kg"),
        ("Agree", ["45%", "62.5%", "38%"], "percent", "%"),
        ("Quote", ["19,5", "18,0", "26,1"], "percent", "%"),
        ("Order", ["7001", "7002", "7003"], "id", ""),
        ("Customer No", ["12", "907", "5"], "id", ""),
        ("Parcel", ["90071992547409931", "90071992547409932", "00417"], "id", ""),
        ("Anything", ["007", "012", "100"], "id", ""),
        ("ZIP", ["4109", "10115", "4109"], "id", ""),
        ("Phone", ["0301234567", "0407654321", "0891122334"], "id", ""),
        ("Number of visitors", ["7001", "7002", "7003"], "number", ""),
        ("Orders", ["12", "15", "31"], "number", ""),
        ("Year", ["1924", "1925", "1926"], "date", ""),
        ("Month", ["1", "2", "3"], "date", ""),
        ("Booked", ["01.12.2025", "02.12.2025", "03.12.2025"], "date", ""),
        ("Paid", ["yes", "no", "yes"], "yes/no", ""),
        ("Version", ["2.10", "2.9", "1.4"], "text", ""),
        ("Policy", ["POL-8841", "POL-8842", "POL-8843"], "text", ""),
    ],
)
def test_what_a_column_is(name: str, cells: list[str], kind: str, unit: str) -> None:
    found = column(name, cells)
    assert (found.kind, found.unit) == (kind, unit)


def test_identifiers_keep_their_digits() -> None:
    assert column("Parcel", ["90071992547409931", "00417", "5"]).values == ["90071992547409931", "00417", "5"]


def test_a_few_odd_cells_are_forgiven() -> None:
    assert column("n", ["1"] * 95 + ["n/a"] * 5).kind == "number"
    assert column("n", ["1"] * 95 + ["many"] * 5).values[-1] is None
    assert column("n", ["1"] * 50 + ["many"] * 50).kind == "text"


@pytest.mark.parametrize(
    ("cells", "beside", "hint", "value"),
    [
        (["1.250", "2.310"], {"Quote": ["19,5", "18,0"]}, None, 1250),  # Another column proves the comma.
        (["1.250", "2.310"], {"Price": ["19.5", "18.0"]}, None, "1.250"),
        (["1.250", "980", "17"], None, ",", 1250),  # Nobody writes 980 beside 1.250 and means little more than one.
        (["1,250", "980", "17"], None, None, 1250),
        (["1.250", "980", "17"], None, None, "1.250"),  # But programs do.
        (["1,250", "2,310"], None, None, 1250),
        (["1.250", "2.310"], None, ",", 1250),
        (["1.250", "2,5"], None, None, 1250),  # Another cell proves the comma.
    ],
)
def test_the_notation_is_decided_by_the_column_and_the_file(
    cells: list[str], beside: dict[str, list[str]] | None, hint: Mark | None, value: object
) -> None:
    assert column("Size", cells, beside, hint).values[0] == Decimal(value)  # type: ignore[arg-type]


def test_a_notation_that_is_only_guessed_is_told() -> None:
    assert (
        column("Size", ["1,250", "2,310"]).read_as
        == "I read “1,250” as 1,250, with the comma as separator of thousands."
    )
    assert column("Size", ["1.250", "980", "17"], hint=",").read_as == ""


def test_dates_take_their_order_from_the_column_or_the_file() -> None:
    decided = column("Date", ["03/04/2025", "03/15/2025"])
    assert (decided.order, decided.doubtful_dates) == ("month first", False)
    other = column("Sent", ["03/04/2025", "03/05/2025"], {"Arrived": ["03/14/2025", "03/15/2025"]})
    assert (other.order, other.doubtful_dates) == ("month first", False)
    assert column("Date", ["03/04/2025", "03/05/2025"]).doubtful_dates


def test_currencies_are_kept_apart_and_units_of_the_same_kind_are_brought_to_one() -> None:
    assert column("Price", ["€11", "$20", "£30"]).units == ["EUR", "USD", "GBP"]
    weights = column("Weight", ["1.5 kg", "2 kg", "500 g"])
    assert (weights.unit, weights.values[2]) == ("kg", Decimal("0.5"))
    assert weights.read_as == "I read Weight in kg, with g converted."


def test_a_column_of_currencies_says_what_the_amounts_beside_it_are_in() -> None:
    beside = {"Currency": ["EUR", "USD", "EUR"]}
    assert column("Amount", ["320", "410", "35"], beside).units == ["EUR", "USD"]
    assert column("Amount", ["320", "410", "35"], {"Currency": ["EUR"] * 3}).unit == "EUR"


@pytest.mark.parametrize(
    ("name", "adds_up"), [("Amount", True), ("Unit price", False), ("Balance", False), ("Age", False)]
)
def test_levels_are_not_added_up_unless_asked(name: str, adds_up: bool) -> None:
    assert column(name, ["11", "20", "31"]).adds_up is adds_up


def test_digits_that_are_no_decimal_digits_are_text() -> None:
    typed = typed_columns(["Name", "Note"], [["Ada", "²"], ["Bob", "³"], ["Cid", "¹"]], None)
    assert [column.kind for column in typed] == ["text", "text"]


@pytest.mark.parametrize("name", ["Opened", "Founded", "Joined", "Since", "Gegründet"])
def test_years_under_a_word_for_what_happened_then_are_dates(name: str) -> None:
    assert column(name, ["1898", "1901", "1907"]).kind == "date"
    assert column("Seats", ["1898", "1901", "1907"]).kind == "number"


def test_marks_in_a_column_are_a_yes() -> None:
    assert column("Newsletter", ["x", "", "x"]).kind == "yes/no"


def test_a_date_of_each_thing_is_no_time_of_counting() -> None:
    stock, last = ["120", "80", "3"], ["2025-01-03", "2025-02-03", "2025-03-03"]
    assert not column("Stock", stock, {"Item": ["Rope", "Sail", "Oar"], "Last delivery": last}).level_at
    assert column("Stock", stock, {"Counted": last}).level_at == "Counted"


DAYS = ["2025-01-02", "2025-01-03", "2025-01-04", "2025-01-05", "2025-01-06"]


def test_a_balance_that_is_carried_from_row_to_row_does_not_add_up() -> None:
    left = ["500", "460", "404.5", "1304.5", "1273.5"]
    paid = {"Day": DAYS, "Paid out": ["", "40", "55.5", "", "31"], "Paid in": ["", "", "", "900", ""]}
    assert column("What is left", left, paid).running
    assert not column("What is left", [*left[:-1], "1270"], paid).running
    signed = {"Day": DAYS[::-1], "Amount": ["-31", "900", "-55.5", "-40", "-10"]}
    assert column("What is left", left[::-1], signed).running  # The latest is the first.
    assert not column("Goals", ["3", "1", "2", "4"], {"Day": DAYS[:4], "Against": ["2", "1", "2", "2"]}).running
    assert column("Kilometerstand", ["10200", "10900"]).running
    assert not column("Kilometerstand", ["10200", "10900"]).adds_up


@pytest.mark.parametrize(
    ("cells", "beside"),
    [
        (["1000", "2000", "1500", "3000"], {"Spent": ["500", "1000", "500", "1500"]}),
        (["1000", "2000", "1500", "3000"], {"Day": DAYS[:4], "Spent": ["500", "1000", "500", "1500"]}),
        (["100", "150", "250", "200"], {"Bonus": ["50", "50", "100", "50"]}),
        (["100", "150", "250", "200"], {"Day": DAYS[:4], "Bonus": ["50", "50", "100", "50"]}),
        (["100", "150", "250", "200"], {"Day": DAYS[:4], "Bonus": ["7", "50", "-100", "-50"]}),
    ],
)
def test_numbers_that_differ_by_others_by_chance_add_up(cells: list[str], beside: dict[str, list[str]]) -> None:
    assert column("Points", cells, beside).adds_up


@pytest.mark.parametrize("name", ["Running costs", "Mileage (km)", "Kilométrage"])
def test_journeys_and_costs_add_up(name: str) -> None:
    assert column(name, ["100", "150", "90", "210"], {"Day": DAYS[:4]}).adds_up
    assert column(name, ["100", "150", "190", "210"]).adds_up
    assert column(name, ["100", "150", "190", "210"], {"Day": DAYS[:4]}).running


def test_what_was_counted_at_several_dates_is_no_balance() -> None:
    beside = {"City": ["A", "A", "A", "A"], "Year": ["2021", "2022", "2023", "2024"], "New": ["50", "250", "300", "90"]}
    inhabitants = column("Inhabitants", ["10000", "10250", "10550", "10640"], beside)
    assert (inhabitants.level_at, inhabitants.running) == ("Year", False)


def test_receipts_of_a_cash_book_are_amounts() -> None:
    receipts = ["1200", "", "3400", ""]
    assert column("Receipt", receipts, {"Payment": ["", "500", "", "600"]}).kind == "number"
    assert column("Receipt", receipts, {"Item": ["Rope", "", "Sail", ""]}).kind == "id"
    assert column("Receipt", receipts, {"Income": ["", "5", "", "6"], "Expense": ["4", "", "3", ""]}).kind == "id"
    assert column("Receipt no", receipts, {"Expense": ["", "500", "", "600"]}).kind == "id"
