"""What the words of a question become, against the profile of a real table."""

from pathlib import Path

import pytest

from agents.extraction.question import plan_parts
from agents.sample import sample_files
from agents.tables.engine import TypedTable, compute
from agents.tables.plan import TablePlan
from agents.tables.planner import SURE, plan_calculation
from agents.tables.table import read_table
from agents.tables.words import result_words, row_ranges
from agents.text.answer_state import Turn

CSV = next(path for path in sample_files() if path.suffix == ".csv")
INVOICES = """Date,Supplier,Category,Amount (EUR)
2024-01-03,Nordic Dredging,Harbour,12500
2024-01-20,Aune & Sons,Repairs,1800.50
2024-02-11,Nordic Dredging,Harbour,9900
2024-03-05,Lyng Paint,Repairs,640
2025-01-09,Aune & Sons,Harbour,2200
"""


@pytest.fixture(scope="module")
def ferry() -> TypedTable:
    return TypedTable(read_table(CSV, CSV.name))


@pytest.fixture
def invoices(tmp_path: Path) -> TypedTable:
    path = tmp_path / "invoices.csv"
    path.write_text(INVOICES)
    return TypedTable(read_table(path, path.name))


def planned(table: TypedTable, question: str, history: list[Turn] | None = None) -> TablePlan | None:
    found = plan_calculation(plan_parts(question, history or [])[0], table.profile())
    return found[0] if found and found[1] >= SURE else None


def said(table: TypedTable, question: str, history: list[Turn] | None = None) -> str:
    plan = planned(table, question, history)
    assert plan is not None
    return " | ".join(result_words(plan, compute(table, plan)))


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("total amount", "The total amount (EUR) is 27,040.5, over 5 rows of invoices.csv."),
        ("How much did we pay Nordic Dredging?", "For Nordic Dredging, the total amount (EUR) is 22,400, over 2 rows"),
        ("How much did we spend on repairs in 2024?", "In 2024 for Repairs, the total amount (EUR) is 2,440.5, over 2"),
        ("Which supplier got the highest total?", "Nordic Dredging has the highest total amount (EUR): 22,400."),
        ("highest amount", "The highest amount (EUR) is 12,500 (2024-01-03, Nordic Dredging and Harbour)."),
        ("How many invoices from Aune & Sons?", "2 of the 5 rows of invoices.csv match for Aune & Sons."),
        (
            "how many rows have an amount over 2000?",
            "3 of the 5 rows of invoices.csv match with amount (EUR) more than 2000",
        ),
        ("average amount before 2025", "Before 2025, the mean amount (EUR) is 6,210.12, over 4 rows"),
        ("total amount in the first quarter of 2024", "In Q1 of 2024, the total amount (EUR) is 24,840.5, over 4 rows"),
    ],
)
def test_the_words_of_a_question_become_a_calculation(invoices: TypedTable, question: str, start: str) -> None:
    assert said(invoices, question).startswith(start)


def test_total_per_supplier(invoices: TypedTable) -> None:
    plan = planned(invoices, "total per supplier")
    assert plan is not None
    result = compute(invoices, plan)
    assert {row.group[0]: row.values[0] for row in result.rows} == {
        "Aune & Sons": 4000.5,
        "Lyng Paint": 640,
        "Nordic Dredging": 22400,
    }


def test_top_two_suppliers_by_amount(invoices: TypedTable) -> None:
    plan = planned(invoices, "top 2 suppliers by amount")
    assert plan is not None
    assert [row.group for row in compute(invoices, plan).rows] == [["Nordic Dredging"], ["Aune & Sons"]]


def test_mean_winter_passengers_by_year(ferry: TypedTable) -> None:
    plan = planned(ferry, "mean winter passengers by year")
    assert plan is not None
    assert plan.conditions[0].values == ["12", "1", "2"]
    assert [group.part for group in plan.groups] == ["year"]
    assert compute(ferry, plan).rows[0].values == [1410]


def test_a_ratio_of_two_columns_is_not_a_group(ferry: TypedTable) -> None:
    plan = planned(ferry, "winter passengers per crossing by year")
    assert plan is not None
    measure = plan.measures[0]
    assert (measure.function, measure.column, measure.per) == ("ratio", "Passengers", "Crossings")
    assert [(group.column, group.part) for group in plan.groups] == [("Month", "year")]


def test_a_follow_up_replaces_what_it_names_and_keeps_the_rest(ferry: TypedTable) -> None:
    history: list[Turn] = [{"role": "user", "content": "mean winter passengers by year"}]
    plan, before = planned(ferry, "and in summer?", history), planned(ferry, "mean winter passengers by year")
    assert plan is not None
    assert before is not None
    assert plan.conditions[0].values == ["6", "7", "8"]
    assert (plan.groups, plan.measures) == (before.groups, before.measures)


def test_cancelled_crossings_are_the_cancelled_ones(ferry: TypedTable) -> None:
    assert said(ferry, "How many crossings were cancelled in February 1928?").startswith(
        "In February of 1928, the total cancelled is 26"
    )


def test_a_trend_is_told(ferry: TypedTable) -> None:
    assert "From 1924 to 1931 it rose by 87 %." in said(ferry, "How did passengers develop over the years?")


@pytest.mark.parametrize(
    "question",
    [
        "How many passengers may the Solveig carry in winter?",
        "Who rebuilt the engine?",
        "Why were crossings cancelled?",
        "What colour is the ship?",
        "Where does the ferry go?",
        "",
    ],
)
def test_what_a_table_cannot_answer_is_left_alone(ferry: TypedTable, question: str) -> None:
    assert planned(ferry, question) is None


def test_rows_are_named_as_ranges() -> None:
    assert row_ranges([7]) == "row 7"
    assert row_ranges([2, 3, 4, 9]) == "rows 2-4, 9"
    assert row_ranges(list(range(1, 400, 2))) == "rows 1, 3, 5, 7, 9, 11 and 194 more"


def test_a_fragment_that_says_all_leans_on_nothing(invoices: TypedTable) -> None:
    history: list[Turn] = [{"role": "user", "content": "Which supplier got the highest total?"}]
    plan = planned(invoices, "amount by category", history)
    assert plan is not None
    assert [row.group for row in compute(invoices, plan).rows] == [["Harbour"], ["Repairs"]]


def test_how_much_of_something_sums_whatever_the_table_counts(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("Product,Units,Revenue\nTea,2,10\nGreen Tea,3,12\nGreen Tea,4,20\n")
    sales = TypedTable(read_table(path, path.name))
    assert said(sales, "How much Green Tea was sold?").startswith(
        "For Green Tea, the total number of units is 7 and the total revenue is 32, over 2 rows of sales.csv."
    )
