"""Rows that sum others up are known by their label, or by adding up."""

from time import process_time

import pytest

from agents.tables.engine import TypedTable
from agents.tables.table import Table
from agents.tables.totals import labelled


def table(columns: list[str], rows: list[list[str]]) -> TypedTable:
    return TypedTable(Table("t.csv", columns, rows, list(range(2, len(rows) + 2))))


@pytest.mark.parametrize(
    "label",
    ["Total", "Grand total", "TOTAL:", "Summe", "Gesamt", "Gesamtsumme", "Somme", "Total général", "Totaal", "Suma",
     "Totale", "Razem", "Average", "Durchschnitt", "Итого", "合計", "Total 2025"],
)  # fmt: skip
def test_a_label_in_many_languages(label: str) -> None:
    typed = table(["Region", "Sales"], [["North", "110"], ["South", "220"], [label, "330"]])
    assert [(one.row, one.label) for one in typed.left_out] == [(4, label)]
    assert typed.rows == 2


def test_subtotals_and_taxes_between_them_are_left_out() -> None:
    items = [["Desk", "240.00"], ["Lamp", "35.50"]]
    sums = [["Subtotal", "275.50"], ["VAT 20%", "55.10"], ["Total", "330.60"]]
    typed = table(["Item", "Amount"], items + sums)
    assert [one.label for one in typed.left_out] == ["Subtotal", "VAT 20%", "Total"]
    assert typed.cells == items


def test_a_last_row_without_a_label_is_known_by_adding_up() -> None:
    rows = [["North", "110", "3"], ["South", "220", "4"], ["East", "70", "5"], ["", "400", "12"]]
    assert [one.row for one in table(["Region", "Sales", "Shops"], rows).left_out] == [5]


@pytest.mark.parametrize(
    "rows",
    [
        [["1 May", "Total", "30"], ["2 May", "Shell", "40"], ["3 May", "Total", "50"], ["4 May", "Esso", "20"]],
        [["1 May", "Shell", "1"], ["2 May", "Esso", "2"], ["3 May", "Aral", "3"], ["4 May", "Jet", "6"]],
    ],
    ids=["a firm of that name", "a number that happens to be the sum"],
)
def test_a_record_is_no_total(rows: list[list[str]]) -> None:
    assert table(["Date", "Station", "Litres"], rows).left_out == []


def test_columns_are_understood_without_the_total_row() -> None:
    typed = table(["Date", "Sales"], [["3/4/25", "1"], ["3/15/25", "2"], ["Total", "3"]])
    assert typed.column("Date").kind == "date"


def test_many_rows_under_such_a_label_are_each_looked_at_once() -> None:
    rows = [[f"stop {at}", "Total" if at % 2 else "Shell", "30"] for at in range(8000)]
    began = process_time()
    assert labelled([*rows, ["stop 8000", "Shell", "40"]]) == {}
    assert process_time() - began < 3  # Comparing each of them with all rows took ten seconds.


def test_totals_within_a_breakdown_are_left_out() -> None:
    rows = [["North", "Total", "30"], ["North", "Male", "14"], ["North", "Female", "16"],
            ["South", "Total", "70"], ["South", "Male", "30"], ["South", "Female", "40"]]  # fmt: skip
    typed = table(["Region", "Sex", "People"], rows)
    assert [(one.row, one.label, one.of_part) for one in typed.left_out] == [(2, "Total", True), (5, "Total", True)]
    assert typed.cells == [row for row in rows if row[1] != "Total"]


def test_a_firm_called_total_is_none_of_them() -> None:
    rows = [["North", "Total", "31"], ["North", "Shell", "14"], ["North", "Esso", "16"], ["South", "Shell", "9"]]
    assert table(["Region", "Firm", "Litres"], rows).left_out == []


@pytest.mark.parametrize("label", ["Rechnungsbetrag", "Amount due", "Net à payer", "Zu zahlen", "Endbetrag"])
def test_what_is_to_be_paid_sums_up_the_items_and_the_tax(label: str) -> None:
    items = [["1", "Rope", "40.00"], ["2", "Sail", "60.00"]]
    sums = [["", "Zwischensumme", "100.00"], ["", "MwSt 25 %", "25.00"], ["", label, "125.00"]]
    typed = table(["Pos", "Article", "Amount"], items + sums)
    assert [one.label for one in typed.left_out] == ["Zwischensumme", "MwSt 25 %", label]
    assert typed.cells == items


@pytest.mark.parametrize("label", ["Amount due", "To pay", "Zu zahlen", "À payer"])
def test_what_is_to_be_paid_is_known_by_adding_up(label: str) -> None:
    items = [["Rope", "40.00"], ["Sail", "60.00"]]
    assert table(["Article", "Amount"], [*items, [label, "100.00"]]).cells == items
    assert table(["Article", "Amount"], [*items, [label, "70.00"]]).left_out == []


@pytest.mark.parametrize("due", ["to pay", "Balance due", "zu zahlen", "à payer"])
@pytest.mark.parametrize(
    "rows",
    [
        [["17", "paid", "120"], ["18", "{}", "50"], ["19", "{}", "75"], ["20", "paid", "30"]],
        [["17", "paid", "120"], ["18", "paid", "50"], ["19", "{}", "75"]],
        [["Roof", "done", "12"], ["Door", "done", "5"], ["Wall", "{}", "7"]],
        [["Roof", "done", "12"], ["Door", "{}", "5"], ["Wall", "done", "7"]],
        [["", "done", "12"], ["", "{}", "5"], ["", "done", "7"]],
    ],
    ids=["several", "the last of invoices", "the last of tasks", "one within", "one without a name"],
)
def test_what_is_still_to_be_paid_is_the_state_of_a_row(due: str, rows: list[list[str]]) -> None:
    assert table(["What", "Status", "Hours"], [[cell.format(due) for cell in row] for row in rows]).left_out == []
