import random
import statistics
from decimal import Decimal
from typing import Any

import pytest

from agents.errors import AgentError
from agents.tables.engine import TypedTable, compute
from agents.tables.plan import Condition, Grouping, Measure, TablePlan, TableResult
from agents.tables.table import Table

ROUTES = ("Island", "North", "South")


def table(rows: list[list[str]], columns: list[str] | None = None) -> TypedTable:
    columns = columns or ["Month", "Route", "Crossings", "Passengers"]
    return TypedTable(Table("t.csv", columns, rows, list(range(2, len(rows) + 2))))


@pytest.fixture
def traffic() -> TypedTable:
    return table(
        [
            ["2024-01", "Island", "10", "400"],
            ["2024-07", "Island", "20", "1,600"],
            ["2024-12", "North", "5", "100"],
            ["2025-01", "Island", "12", "600"],
            ["2025-07", "North", "18", ""],
        ]
    )


def run(typed: TypedTable, **plan: Any) -> TableResult:
    return compute(typed, TablePlan(table="t.csv", **plan))


def rows(result: TableResult) -> list[tuple[str, Decimal | None]]:
    return [(" ".join(row.group), row.values[0]) for row in result.rows]


WINTER = Condition(column="Month", part="month", values=["12", "1", "2"])
PASSENGERS = Measure(function="sum", column="Passengers")


def test_winter_mean_by_year(traffic: TypedTable) -> None:
    result = run(
        traffic,
        conditions=[WINTER],
        groups=[Grouping(column="Month", part="year")],
        measures=[Measure(function="mean", column="Passengers")],
    )
    assert rows(result) == [("2024", 250), ("2025", 600)]
    assert (result.matched, result.total, result.row_numbers) == (3, 5, [2, 4, 5])
    assert result.overall == [pytest.approx(Decimal(1100) / 3)]


def test_a_ratio_divides_the_sums_and_not_the_rows(traffic: TypedTable) -> None:
    result = run(traffic, measures=[Measure(function="ratio", column="Passengers", per="Crossings")])
    assert result.overall == [pytest.approx(Decimal(2700) / 47)]  # The row without passengers counts on neither side.


def test_cells_without_a_number_are_left_out_and_counted(traffic: TypedTable) -> None:
    result = run(traffic, measures=[PASSENGERS])
    assert (result.overall, result.skipped) == ([2700], 1)


def test_the_highest_group_comes_first_and_alone(traffic: TypedTable) -> None:
    result = run(
        traffic, groups=[Grouping(column="Route")], measures=[PASSENGERS], sort_by="measure", descending=True, limit=1
    )
    assert rows(result) == [("Island", 2600)]
    assert result.row_numbers == [2, 3, 5]


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        (Condition(column="Route", values=["island"]), [2, 3, 5]),
        (Condition(column="route", compare="is not", values=["Island"]), [4, 6]),
        (Condition(column="Route", compare="contains", values=["ort"]), [4, 6]),
        (Condition(column="Passengers", compare="more than", values=["400"]), [3, 5]),
        (Condition(column="Passengers", compare="at most", values=["400"]), [2, 4]),
        (Condition(column="Month", part="year", compare="less than", values=["2025"]), [2, 3, 4]),
        (Condition(column="Month", part="quarter", values=["3"]), [3, 6]),
        (Condition(column="Month", part="month", values=["July"]), [3, 6]),
        (Condition(column="Month", values=["2024"]), [2, 3, 4]),
        (Condition(column="Month", compare="at least", values=["2024-12"]), [4, 5, 6]),
    ],
)
def test_conditions_choose_rows(traffic: TypedTable, condition: Condition, numbers: list[int]) -> None:
    assert run(traffic, conditions=[condition], select=["Month"]).row_numbers == numbers


def test_selected_rows_are_sorted_and_limited(traffic: TypedTable) -> None:
    result = run(traffic, select=["Month", "Passengers"], sort_by="Passengers", descending=True, limit=2)
    assert [row.group for row in result.rows] == [["July 2024", "1,600"], ["January 2025", "600"]]


def test_a_trend_is_a_line_through_the_groups() -> None:
    typed = table([[str(2000 + n), str(100 + 10 * n)] for n in range(6)], ["Year", "Passengers"])
    trend = run(typed, groups=[Grouping(column="Year", part="year")], measures=[PASSENGERS], trend=True).trend
    assert trend is not None
    assert (trend.slope, trend.change, trend.fit) == pytest.approx((10, 0.5, 1))


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        ({"measures": [Measure(function="sum", column="Pasengers")]}, "unknown_column"),
        ({"measures": [Measure(function="sum", column="Route")]}, "not_a_number"),
        ({"measures": [Measure(function="ratio", column="Passengers")]}, "no_column"),
        ({"measures": [PASSENGERS], "groups": [Grouping(column="Route", part="year")]}, "not_a_date"),
        ({"measures": [PASSENGERS], "conditions": [Condition(column="Crossings", values=["many"])]}, "bad_value"),
        ({"measures": [PASSENGERS], "conditions": [Condition(column="Route", values=[])]}, "bad_value"),
        ({"select": ["__class__"]}, "unknown_column"),
        ({}, "empty_plan"),
    ],
)
def test_a_plan_that_does_not_fit_is_told_in_words(traffic: TypedTable, plan: dict[str, Any], code: str) -> None:
    with pytest.raises(AgentError) as refused:
        run(traffic, **plan)
    assert refused.value.code == code


@pytest.mark.parametrize("seed", range(25))
def test_groups_are_a_partition_of_what_matches(seed: int) -> None:
    """For any table: counts and sums of the groups add up to those of all matching rows."""
    chance = random.Random(seed)
    cells = [
        [
            f"{chance.randint(2020, 2024)}-{chance.randint(1, 12):02d}",
            chance.choice(ROUTES),
            str(chance.randint(1, 30)),
            chance.choice([str(chance.randint(-500, 5000)), f"{chance.uniform(0, 99):.2f}"]),
        ]
        for _ in range(chance.randint(1, 200))
    ]
    typed = table(cells)
    conditions = [Condition(column="Route", values=[chance.choice(ROUTES)])] if seed % 2 else []
    groups = [Grouping(column="Month", part=chance.choice(["year", "quarter", "month", "value"]))]
    result = run(typed, conditions=conditions, groups=groups, measures=[PASSENGERS, Measure(function="count")])
    kept = [row for row in cells if not conditions or row[1] == conditions[0].values[0]]
    assert result.matched == len(kept) == sum(row.count for row in result.rows)
    assert sum(row.values[0] or 0 for row in result.rows) == sum(Decimal(row[3]) for row in kept)
    if kept:
        mean = run(typed, conditions=conditions, measures=[Measure(function="mean", column="Passengers")])
        assert mean.overall[0] == pytest.approx(statistics.mean(Decimal(row[3]) for row in kept))


def test_sums_lose_no_cent_however_large_they_grow() -> None:
    prices = table([["a", "0.1"], ["b", "0.2"], ["c", "1e16"], ["d", "1"], ["e", "-1e16"]], ["Item", "Price"])
    assert run(prices, measures=[Measure(function="sum", column="Price")]).overall == [Decimal("1.3")]


def test_all_that_are_level_come_first() -> None:
    goals = table([["Ivo", "7"], ["Jan", "9"], ["Kai", "9"]], ["Player", "Goals"])
    best = Measure(function="sum", column="Goals")
    result = run(
        goals, groups=[Grouping(column="Player")], measures=[best], sort_by="measure", descending=True, limit=1
    )
    assert rows(result) == [("Jan", 9), ("Kai", 9)]
    selected = run(goals, select=["Player"], sort_by="Goals", descending=True, limit=1)
    assert [row.group for row in selected.rows] == [["Jan"], ["Kai"]]


def test_different_values_are_counted_once() -> None:
    orders = table([["7001", "Ada"], ["7002", "bob"], ["7003", "Bob"], ["7004", ""]], ["Order", "Customer"])
    assert run(orders, measures=[Measure(function="distinct", column="Customer")]).overall == [2]


def test_a_share_is_a_percentage_of_the_whole(traffic: TypedTable) -> None:
    islands = Condition(column="Route", values=["Island"])
    crossings = Measure(function="sum", column="Crossings")
    assert run(traffic, conditions=[islands], measures=[crossings], share=True).overall == [
        pytest.approx(Decimal(4200) / 65)
    ]
    year = Condition(column="Month", part="year", values=["2024"])
    within = run(traffic, conditions=[islands, year], measures=[crossings], share=True, whole=[year])
    assert within.overall == [pytest.approx(Decimal(3000) / 35)]


def test_what_went_out_has_the_minus() -> None:
    bank = table([["Salary", "2500"], ["Rent", "-850"], ["Food", "-45.20"]], ["Text", "Amount"])
    out, came = Measure(function="outgoing", column="Amount"), Measure(function="incoming", column="Amount")
    assert run(bank, measures=[out, came]).overall == [Decimal("895.20"), 2500]


def test_currencies_are_never_added_together() -> None:
    prices = table([["a", "€11"], ["b", "$20"], ["c", "€30"]], ["Item", "Price"])
    total = Measure(function="sum", column="Price")
    with pytest.raises(AgentError) as refused:
        run(prices, measures=[total])
    assert refused.value.code == "mixed_units"
    by_unit = run(prices, groups=[Grouping(column="Price", part="unit")], measures=[total])
    assert rows(by_unit) == [("EUR", 41), ("USD", 20)]
    one = run(prices, conditions=[Condition(column="Item", values=["a", "c"])], measures=[total])
    assert (one.overall, one.units) == ([41], ["EUR"])


@pytest.mark.parametrize(
    ("name", "cells"),
    [("Order", ["7001", "7002", "7003"]), ("Share", ["10%", "20%", "70%"])],
    ids=["ids", "percentages"],
)
def test_identifiers_and_percentages_have_no_sum(name: str, cells: list[str]) -> None:
    typed = table([[cell, "x"] for cell in cells], [name, "Note"])
    with pytest.raises(AgentError) as refused:
        run(typed, measures=[Measure(function="sum", column=name)])
    assert refused.value.code == "not_a_number"


def test_a_balance_has_a_sum_of_one_row_only() -> None:
    booked = [["2025-01-02", "50", "150"], ["2025-01-03", "-25", "125"], ["2025-01-04", "100", "225"],
              ["2025-01-05", "75", "300"]]  # fmt: skip
    book = table(booked, ["Date", "Amount", "Balance"])
    total = Measure(function="sum", column="Balance")
    with pytest.raises(AgentError) as refused:
        run(book, measures=[total])
    assert (refused.value.code, refused.value.message) == (
        "no_total", "Balance says in each row how much it is by then, so it has no total"
    )  # fmt: skip
    assert run(book, conditions=[Condition(column="Date", values=["2025-01-03"])], measures=[total]).overall == [125]
    by_day = run(book, groups=[Grouping(column="Date")], measures=[total])
    assert (len(by_day.rows), by_day.overall) == (4, [None])


def test_the_highest_identifier_keeps_its_digits() -> None:
    parcels = table(
        [["90071992547409931", "Ada"], ["90071992547409932", "Bob"], ["00417", "Cyd"]], ["Parcel", "Sender"]
    )
    result = run(parcels, select=["Parcel"], sort_by="Parcel", descending=True, limit=1)
    assert result.rows[0].group == ["90071992547409932"]


def test_doubtful_dates_are_read_as_the_plan_says() -> None:
    trips = table([["03/04/2025", "4"], ["03/05/2025", "5"], ["04/02/2025", "6"]], ["Date", "Trips"])
    march = [Condition(column="Date", part="month", values=["3"])]
    total = Measure(function="sum", column="Trips")
    assert run(trips, conditions=march, measures=[total], month_first=True).overall == [9]
    assert run(trips, conditions=march, measures=[total], month_first=False).matched == 0
