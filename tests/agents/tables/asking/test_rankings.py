"""The highest and the lowest."""

from pathlib import Path

import pytest

from tests.support.tables import told

STAFF = """Employee,Department,Age,Salary
Ada,IT,30,5000
Bob,IT,40,4500
Cid,HR,50,4800
Dan,HR,20,1000
"""


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("highest average salary by department", "IT has the highest mean salary: 4,750."),
        ("Which department has more employees, IT or HR?", "HR and IT have the highest number of rows"),
        ("average age of the three highest paid", "I do not understand “highest paid” beside Age"),
        ("Who earns the most per age?", "the question asks by Salary and Age at once"),
        ("Who is the highest paid by salary?", "Ada (IT) has the highest salary: 5,000"),
        ("What is the average salary of the three highest salaries?", "I do not understand"),
    ],
)
def test_what_the_highest_is_of(tmp_path: Path, question: str, start: str) -> None:
    path = tmp_path / "staff.csv"
    path.write_text(STAFF)
    assert told(path, question).startswith(start)
