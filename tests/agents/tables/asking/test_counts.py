"""What is counted, and what counting rows does not answer."""

from pathlib import Path

import pytest

from tests.support.tables import told

BOUGHT = """Customer,Product,Qty,Date
Ann,tea,1,2024-01-02
Ann,coffee,2,2025-01-02
Bob,tea,3,2024-01-02
Bob,coffee,1,2024-01-02
Cid,tea,4,2025-01-02
"""


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("How many customers did not buy coffee?", "I do not understand which Customer is left"),
        ("Who did not buy coffee?", "I do not understand which Customer is left"),
        ("How many customers bought tea and coffee?", "I do not understand whether each Customer has to match all"),
        ("Who bought tea and coffee?", "I do not understand whether each Customer has to match all"),
        ("Which customers were in 2024 and 2025?", "I do not understand whether each Customer has to match all"),
        ("How many customers bought tea or coffee?", "There are 3 different values of Customer"),
        ("How many rows did Ann receive?", "2 of the 5 rows of bought.csv match for Ann."),
        ("How many rows were received?", "I do not understand “received”"),
        ("How many customers are there without Ann?", "There are 2 different values of Customer"),
        ("Who bought tea or coffee?", "5 rows of bought.csv match for tea or coffee"),
    ],
)
def test_what_is_asked_of_several_rows_of_one_is_not_answered_by_rows(
    tmp_path: Path, question: str, start: str
) -> None:
    path = tmp_path / "bought.csv"
    path.write_text(BOUGHT)
    assert told(path, question).startswith(start)
