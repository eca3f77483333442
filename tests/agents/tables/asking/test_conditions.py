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
    "loads.csv": """Load,Weight (lb),Cost,Discount (%)
L1,1250.5,"$1,480.00",5
L2,310,$420.25,0
L3,88.5,$95.00,12
L4,2040,"$2,999.99",10
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


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("How many trails are above 1000 m?", "2 of the 3 rows of trails.csv match with length more than 1."),
        ("How many trails are longer than 900m?", "2 of the 3 rows of trails.csv match with length more than 0.9."),
        ("How many trails are above 1 km?", "2 of the 3 rows of trails.csv match with length more than 1."),
        ("How many trails are longer than 1?", "2 of the 3 rows of trails.csv match with length more than 1."),
        ("How many trails are above 2 kg?", "I do not know what “kg” means"),
        ("How many trails are longer than 2k?", "I do not understand the number “2k”"),
    ],
)
def test_a_limit_is_brought_to_the_unit_of_its_column(tmp_path: Path, question: str, start: str) -> None:
    path = tmp_path / "trails.csv"
    path.write_text("Trail,Length (km)\nA,0.5\nB,1.5\nC,2.5\n")
    assert told(path, question).startswith(start)


def test_a_limit_of_one_currency_is_not_compared_with_another(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    path.write_text("Item,Price\nA,3 EUR\nB,5 EUR\nC,800 USD\n")
    assert told(path, "How many items cost more than €4?") == "Price is in EUR and USD, and the question speaks of EUR"


def test_a_percent_sign_behind_a_number_asks_for_no_share(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Order,Discount\n1001,10%\n1002,2%\n1003,0%\n")
    assert told(path, "How many orders had a discount above 5%?").startswith("1 of the 3 rows")


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("How many loads of more than 1100 lb are there?", "2 of the 4 rows of loads.csv match with weight more than"),
        ("Which loads are between 200 and 1300 lb?", "2 rows of loads.csv match with weight between 200 and 1,300"),
        ("How many loads of 1250 lb or more are there?", "2 of the 4 rows of loads.csv match with weight at least"),
        ("How many loads over $1000 are there?", "2 of the 4 rows of loads.csv match with cost more than 1,000"),
        ("How many loads between $90 and $1600 are there?", "3 of the 4 rows of loads.csv match with cost between"),
        ("How many loads cost more than 400 USD?", "3 of the 4 rows of loads.csv match with cost more than 400"),
        ("How many loads are above 6 %?", "2 of the 4 rows of loads.csv match with discount more than 6"),
        (
            "Which loads weigh more than 300 lb and cost less than $500?",
            "With weight more than 300 with cost less than",
        ),
        ("How many loads over €400 are there?", "no column of loads.csv is in EUR"),
        ("How many loads of more than 3 hours are there?", "I do not know what “hours” means"),
    ],
)
def test_a_unit_says_which_column_is_limited(folder: Path, question: str, start: str) -> None:
    assert told(folder / "loads.csv", question).startswith(start)


def test_a_limit_in_another_unit_is_converted_and_that_is_said(folder: Path) -> None:
    said = told(folder / "loads.csv", "How many loads of more than 500 kg are there?")
    assert said.startswith("2 of the 4 rows of loads.csv match with weight more than 1,102.31.")
    assert "I read 500 kg as 1,102.31 lb in Weight (lb)." in said


MEMBERS = """Member,Joined,Newsletter,Attendance rate
Ada Holm,2019,x,0.95
Ben Ek,2021,,0.4
Cia Dahl,2019,,0.75
"""
PLANS = "Department,2024 Plan,2024 Actual,2025 Plan\nKitchen,1200,1310,1250\nGarden,800,640,900\n"
WEEKS = "Week,Orders\n2025-W09,31\n2025-W10,52\n"
TRIPS = "Trip,Amount,Paid\nT1,120,yes\nT2,95,no\n"


@pytest.mark.parametrize(
    ("table", "question", "start"),
    [
        (MEMBERS, "How many members receive the newsletter?", "1 of the 3 rows of t.csv match with Newsletter x."),
        (MEMBERS, "How many members do not receive the newsletter?", "2 of the 3 rows of t.csv match with Newsletter"),
        (MEMBERS, "Which members joined in 2019?", "2 rows of t.csv match in 2019, with 2 values of Member"),
        (MEMBERS, "Who has an attendance rate above 60 %?", "2 rows of t.csv match with attendance rate more than 0.6"),
        (PLANS, "What was the plan for Kitchen in 2024?", "For Kitchen, the total 2024 Plan is 1,200"),
        (PLANS, "Which department had the highest plan in 2025?", "Kitchen has the highest 2025 Plan: 1,250."),
        (PLANS, "What was the plan for Kitchen in 2023?", "t.csv has no dates"),
        (WEEKS, "How many orders in week 10?", "For 2025-W10, the total number of orders is 52"),
        (WEEKS, "How many orders in week 11?", "I do not understand what “11” has to do"),
        (TRIPS, "Was T2 paid?", "No: for T2, the paid is no"),
        (TRIPS, "How much is not paid yet?", "With Paid not yes, the total amount is 95"),
    ],
)
def test_which_rows_are_meant_in_tables_of_many_kinds(tmp_path: Path, table: str, question: str, start: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(table)
    assert told(path, question).startswith(start)


@pytest.mark.parametrize(
    ("name", "question", "answered"),
    [
        ("expenses march 2025.csv", "What is the total in March 2025?", True),
        ("expenses march 2025.csv", "What is the total in March?", True),
        ("expenses march 2025.csv", "How much did we spend in 2025?", False),
        ("expenses march 2025.csv", "What is the total without March?", False),
        ("expenses march 2025.csv", "What is the total before March?", False),
        ("expenses march 2025.csv", "What is the total since March 2025?", False),
        ("expenses march 2025.csv", "What is the total from January to March 2025?", False),
        ("payroll-2026.csv", "What is the total in 2026?", True),
        ("payroll-2026.csv", "What is the total not in 2026?", False),
        ("payroll-2026.csv", "What is the total outside 2026?", False),
        ("January.csv", "What is the total other than in January?", False),
        ("Januar.csv", "Wie hoch ist die Summe im Januar?", True),
        ("Januar.csv", "Wie hoch ist die Summe ohne Januar?", False),
        ("janvier.csv", "Quelle est la somme en janvier ?", True),
        ("janvier.csv", "Quelle est la somme sauf janvier ?", False),
    ],
)
def test_the_time_in_the_name_of_a_file_answers_for_that_time_only(
    tmp_path: Path, name: str, question: str, answered: bool
) -> None:
    path = tmp_path / name
    path.write_text("Item,Amount\nPen,10\nInk,20\n")
    assert told(path, question).startswith("The total amount is 30") is answered
