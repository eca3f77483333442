"""Which rows a question is about: bounds, choices, and how far a 'not' reaches."""

from pathlib import Path

import pytest

from tests.support.tables import told

FILES = {
    "amounts.csv": """Date,Item,Amount
2024-01-10,Pen,50
2024-02-20,Ink,20
2024-03-03,Tea,450
2024-03-20,Pad,200
2024-05-16,Rug,40
2024-06-01,Tea,10
""",
    "staff.csv": """Employee,Department,City,Hired,Remote
Ada,Sales,Paris,2018-03-01,yes
Bob,Sales,Berlin,2019-05-12,no
Cid,IT,Berlin,2020-05-12,yes
Dan,IT,Paris,2021-01-10,no
Eve,HR,Oslo,2023-04-20,no
""",
    "returns.csv": """Number,Returned,Date,Region
101,yes,2024-02-03,North
102,no,2024-02-04,North
103,no,2025-03-05,South
104,no,2025-03-06,South
""",
    "months.csv": "Month,Sales\n2024-01,10\n2024-04,20\n2024-07,30\n2024-10,40\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "question", "start"),
    [
        ("amounts.csv", "Betrag vor dem 3. März 2024", "Before 3 March 2024, the total amount is 70"),
        ("amounts.csv", "Wie hoch ist der Betrag bis zum 3. März?", "Until 3 March 2024, the total amount is 520"),
        ("amounts.csv", "Wie hoch ist der Betrag ab dem 20.03.2024?", "From 20 March 2024, the total amount is 250"),
        ("amounts.csv", "Betrag nach dem 16. Mai", "After 16 May 2024, the total amount is 10"),
        ("amounts.csv", "total amount on or after 16 May", "From 16 May 2024, the total amount is 50"),
        ("amounts.csv", "total amount by 3 March", "Until 3 March 2024, the total amount is 520"),
        ("amounts.csv", "total amount in 2024 after 3 March", "In 2024 after 3 March 2024, the total amount is 250"),
        ("amounts.csv", "total amount on 3 March and 20 March", "On 3 March and 20 March, the total amount is 650"),
        ("staff.csv", "How many were hired on or before 2020-05-12?", "3 of the 5 rows"),
        ("staff.csv", "How many were hired in or after 2020?", "3 of the 5 rows"),
        ("staff.csv", "How many were hired before or in 2020?", "3 of the 5 rows"),
        ("staff.csv", "How many were hired by 2020?", "3 of the 5 rows"),
        ("staff.csv", "How many were hired after 2020?", "2 of the 5 rows"),
    ],
)
def test_bounds_of_time(folder: Path, file: str, question: str, start: str) -> None:
    assert told(folder / file, question).startswith(start)


@pytest.mark.parametrize(
    ("file", "question", "start"),
    [
        ("staff.csv", "How many employees are in Sales or IT?", "4 of the 5 rows"),
        ("staff.csv", "How many employees are in Sales or in Berlin?", "I do not understand “or”"),
        ("staff.csv", "How many employees are in IT or live in Paris?", "I do not understand “or”"),
        ("staff.csv", "How many employees are remote or in Berlin?", "I do not understand “or”"),
        ("staff.csv", "How many were hired before 2019 or after 2022?", "I do not understand “or”"),
        ("months.csv", "total sales in January or Q2", "In January, April, May and June, the total"),
        ("amounts.csv", "total amount for Tea in March or Rug in May", "I do not understand “or”"),
        ("amounts.csv", "total amount for Tea in March and Rug in May", "I do not understand “Rug”"),
    ],
)  # fmt: skip
def test_a_choice_is_of_one_column_or_not_understood(folder: Path, file: str, question: str, start: str) -> None:
    assert told(folder / file, question).startswith(start)


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("How many were not returned in February?", "1 of the 4 rows of returns.csv match in February with Returned"),
        ("How many were not returned in South?", "2 of the 4 rows of returns.csv match for South with Returned not"),
        ("How many rows are in 2024 but not in 2025?", "2 of the 4 rows of returns.csv match in 2024 outside 2025."),
        ("How many rows are not in North or South?", "0 of the 4 rows of returns.csv match without North or South."),
        ("How many rows are not in North and in 2024?", "I do not understand how far “not in” reaches"),
    ],
)
def test_not_reaches_what_follows_it_and_its_list(folder: Path, question: str, start: str) -> None:
    assert told(folder / "returns.csv", question).startswith(start)
