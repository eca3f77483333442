"""Totals and means, and what has none."""

from pathlib import Path

import pytest

from tests.support.tables import told

FILES = {
    "nations.csv": "Country,Year,Population\nChad,2020,50\nChad,2021,60\nMali,2020,70\nMali,2021,75\n",
    "towns.csv": "Town,Founded,Population\nOslo,1624,50\nMoss,1720,60\n",
    "films.csv": "Film,Duration\nA,2h 30m\nB,1h 10m\nC,0h 50m\n",
    "firms.csv": "Firm,Revenue\nA,1.5M\nB,900K\nC,3M\n",
    "orders.csv": "Order,Client,Amount\n1001,Ada,30\n1002,Bob,40\n1003,Ada,50\n",
    "book.csv": "Datum;Name;Betrag;Saldo\n02.01.2025;Ada;50;150\n03.01.2025;Bob;-25;125\n04.01.2025;Ada;100;225\n"
    "05.01.2025;Cy;75;300\n",
    "years.csv": "Date,Sales,Returned\n2023-01-05,30,yes\n2024-01-06,40,\n2024-02-07,50,no\n",
}


@pytest.mark.parametrize(
    ("file", "question", "start"),
    [
        # What stands somewhere does not add up over the times at which it was counted.
        ("nations.csv", "total population", "By year, the total population is 120 (2020) and 135 (2021)."),
        ("nations.csv", "What is the population of Chad?", "2 rows of nations.csv match for Chad"),
        ("nations.csv", "How many inhabitants has Chad?", "By year, the total population for Chad is 50 (2020) and 60"),
        ("nations.csv", "How many inhabitants has Chad in 2021?", "In 2021 for Chad, the total population is 60"),
        ("nations.csv", "population of Chad and Mali", "By country and year, the total population for Chad or Mali is"),
        ("nations.csv", "Which country has the highest population?", "Mali has the highest population: 75."),
        ("towns.csv", "total population", "The total population is 110"),
        ("book.csv", "Wer hat am meisten bekommen?", "Ada has the highest total betrag: 150. I compared by Betrag."),
        # Text is no number.
        ("films.csv", "total duration", "Duration holds text"),
        ("firms.csv", "total revenue", "The total revenue is 5,400,000"),
        ("orders.csv", "total clients", "There are 2 different values of Client"),
        ("orders.csv", "orders on average per client", "“orders” is not a column of numbers"),
        ("orders.csv", "How many orders on average per client?", "“orders” is not a column of numbers"),
        # What was put together is told.
        ("years.csv", "total sales in January", "In January, the total number of sales is 70, over 2 rows of "
         "years.csv. I took the same months of different years together."),
        ("years.csv", "How many are not returned?", "2 of the 3 rows of years.csv match with Returned not yes. 1 "
         "of them says nothing in Returned."),
    ],
)  # fmt: skip
def test_a_total_is_of_what_adds_up(tmp_path: Path, file: str, question: str, start: str) -> None:
    path = tmp_path / file
    path.write_text(FILES[file])
    assert told(path, question).startswith(start)


@pytest.mark.parametrize("question", ["total sales in January 2024", "total sales by year", "mean sales in 2024"])
def test_months_of_one_year_need_no_word(tmp_path: Path, question: str) -> None:
    path = tmp_path / "years.csv"
    path.write_text(FILES["years.csv"])
    assert "different years" not in told(path, question)


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("What are the weight in kg and the price of Apples?", "For Apples, the weight is 3 kg and the price is 5 EUR"),
        ("What is the price in kg of Apples?", "Price (EUR) is in EUR, and the question speaks of kg"),
    ],
)
def test_a_unit_is_of_one_of_the_columns_that_are_asked_for(tmp_path: Path, question: str, start: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Item,Weight (kg),Price (EUR)\nApples,3,5\nPears,2,7\n")
    assert told(path, question).startswith(start)


def test_each_table_of_a_file_is_of_what_the_file_is_of(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv, table 2"
    path.write_text("Shop,Amount\nA,4\nB,5\n")
    assert told(path, "How many orders are there?") == "orders.csv, table 2 has 2 rows."
