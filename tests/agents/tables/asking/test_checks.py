"""Questions that are answered by yes or no."""

from pathlib import Path

import pytest

from tests.support.tables import told

FILES = {
    "staff.csv": """Employee,Team,City,Salary,Hired,Remote
Chen Li,Search,Leeds,72500,2018-01-15,yes
Bruno Keller,Payments,Basel,88000,2021-09-01,no
Elias Holm,Search,Oslo,95000,2016-11-07,
""",
    "loads.csv": """Load,Carrier,Origin,Destination,Status
S1,Falcon,Denver,Austin,delivered
S2,Heron,Austin,Boise,delivered
S3,Falcon,Boise,Denver,lost
S4,Heron,Denver,Austin,delivered
""",
}


@pytest.mark.parametrize(
    ("file", "question", "start"),
    [
        ("staff.csv", "Is Chen Li remote?", "Yes: for Chen Li, the remote is yes, in staff.csv."),
        ("staff.csv", "Is Bruno Keller remote?", "No: for Bruno Keller, the remote is no, in staff.csv."),
        ("staff.csv", "Is Elias Holm remote?", "staff.csv does not say: for Elias Holm, the remote is empty"),
        ("staff.csv", "Is Chen Li not remote?", "I do not understand “not”"),
        ("staff.csv", "Does Chen Li work in Oslo?", "No: for Chen Li, the city is Leeds"),
        ("staff.csv", "Does Elias Holm earn more than 90000?", "Yes: for Elias Holm, the salary is 95,000"),
        ("staff.csv", "Was Chen Li hired in 2018?", "Yes: for Chen Li, the hired is 2018-01-15"),
        ("staff.csv", "Was Chen Li hired after 2018?", "No: for Chen Li, the hired is 2018-01-15"),
        ("staff.csv", "Is the total salary more than 5000?", "I can only tell yes or no of single rows"),
        ("loads.csv", "Was S3 delivered?", "No: for S3, the status is lost"),
        ("loads.csv", "Did Falcon lose a load?", "Yes: 1 of the 2 rows of loads.csv for Falcon match for lost."),
        ("loads.csv", "Did Heron lose a load?", "No: none of the 2 rows of loads.csv for Heron matches for lost."),
        ("loads.csv", "Is Falcon delivered?", "1 of the 2 rows of loads.csv for Falcon match for delivered."),
        ("loads.csv", "Is Heron delivered?", "Yes: all 2 rows of loads.csv for Heron match for delivered."),
        ("loads.csv", "Are there any lost loads?", "Yes: 1 of the 4 rows of loads.csv match for lost."),
        ("loads.csv", "Are there loads from Boise to Austin?", "No: none of the 4 rows of loads.csv matches for Boise"),
        ("loads.csv", "Is there a load of Austin?", "“Austin” may be meant as Origin or Destination"),
        ("loads.csv", "Is Denver bigger than Austin?", "the question does not say which row of loads.csv is meant"),
        ("loads.csv", "Do you know how many loads were delivered?", "3 of the 4 rows of loads.csv match for delivered"),
        ("loads.csv", "Was ist mit S3?", "I do not"),
    ],
)
def test_a_question_for_yes_or_no(tmp_path: Path, file: str, question: str, start: str) -> None:
    path = tmp_path / file
    path.write_text(FILES[file])
    assert told(path, question).startswith(start)


def test_the_rows_that_make_it_true_are_the_ones_that_are_shown(tmp_path: Path) -> None:
    from agents.tables.engine import compute
    from agents.tables.planner import Reading
    from agents.tables.words import answer_words
    from tests.support.tables import read, typed

    path = tmp_path / "loads.csv"
    path.write_text(FILES["loads.csv"])
    found = read(path, "Did Falcon lose a load?")
    assert isinstance(found, Reading)
    table = typed(path)
    result = compute(table, found.plans[0][1])
    assert result.row_numbers[0] == 4
    shown = answer_words([(*found.plans[0], result)], found.notes, table.profile())[1]
    assert "| Falcon | lost |" in shown
    assert "delivered" not in shown
