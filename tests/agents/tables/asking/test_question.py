"""No word of asking is passed over: it is part of the plan, or the question is declined."""

from pathlib import Path

import pytest

from tests.support.tables import told

AMOUNTS = """Date,Item,Category,Amount
2024-01-10,Pen,Office,50
2024-02-20,Ink,Office,20
2024-03-03,Tea,Food,450
2024-03-20,Pad,Office,200
"""


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("highest and lowest amount", "The highest amount is 450 and the lowest amount is 20"),
        ("der höchste und der niedrigste Betrag", "The highest amount is 450 and the lowest amount is 20"),
        ("median and mean amount", "The median amount is 125 and the mean amount is 180"),
        ("minimum, maximum and average amount", "The lowest amount is 20, the highest amount is 450 and the mean"),
        ("total and average amount by category", "By category, the total amount is 450 (Food) and 270 (Office)"),
        ("How much was spent before Ink?", "I do not understand “before”"),
        ("How many items were paid?", "I do not understand “paid”"),
        ("average amount of items where the category is Food", "For Food, the mean amount is 450"),
        ("Who spent 20 in total?", "I do not understand"),
        ("What is the average total amount?", "I do not understand “total”"),
    ],
)
def test_every_word_of_asking_counts(tmp_path: Path, question: str, start: str) -> None:
    path = tmp_path / "amounts.csv"
    path.write_text(AMOUNTS)
    assert told(path, question).startswith(start)
