import pytest

from agents.tables.dates import Date, Order, date, order_of


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("2024-01-31", Date(2024, 1, 31)),
        ("2024-01", Date(2024, 1)),
        ("2024", Date(2024)),
        ("31.1.2024", Date(2024, 1, 31)),
        ("31/01/2024", Date(2024, 1, 31)),
        ("3/4/25", Date(2025, 4, 3)),
        ("01/2024", Date(2024, 1)),
        ("Jan 2024", Date(2024, 1)),
        ("Mar-25", Date(2025, 3)),
        ("Mar 2024", Date(2024, 3)),
        ("mar. 5 mars 2024", Date(2024, 3, 5)),
        ("Tue 5 March 2024", Date(2024, 3, 5)),
        ("January", Date(0, 1)),
        ("31 January 2024", Date(2024, 1, 31)),
        ("January 31, 2024", Date(2024, 1, 31)),
        ("3. März 2026", Date(2026, 3, 3)),
        ("1er août 2025", Date(2025, 8, 1)),
        ("Monday, 3 March 2026", Date(2026, 3, 3)),
        ("2024-01-31T10:00:00Z", Date(2024, 1, 31)),
        ("03.01.2025 08:15", Date(2025, 1, 3)),
        ("20250103", Date(2025, 1, 3)),
        ("2024-13", None),
        ("30.02.2025", None),
        ("hello", None),
        ("99", None),
    ],
)
def test_dates_are_read_in_the_usual_notations(cell: str, value: Date | None) -> None:
    assert date(cell) == value


def test_the_month_comes_first_where_that_is_said() -> None:
    assert date("3/4/25", "month first") == Date(2025, 3, 4)
    assert date("3.4.25", "month first") == Date(2025, 4, 3)  # Nobody writes points and means the month first.


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["01/02/2024", "03/25/2024"], "month first"),
        (["01/02/2024", "25/03/2024"], "day first"),
        (["01/02/2024", "03/04/2024"], "either"),
        (["01/01/2024", "02/02/2024"], "day first"),
        (["01.02.2024"], "day first"),
        (["13/02/2024", "02/13/2024"], "neither"),
    ],
)
def test_one_value_beyond_twelve_decides_the_order_of_a_column(cells: list[str], order: Order) -> None:
    assert order_of(cells) == order


def test_a_day_is_not_after_its_month() -> None:
    assert Date(2025, 3, 15).as_precise_as(Date(2025, 3)) == Date(2025, 3)
