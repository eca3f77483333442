"""What the words of a question stand for: each for something, or it is unknown."""

from pathlib import Path

import pytest

from agents.tables.asking.mentions import Understanding, tokens
from agents.tables.engine import TypedTable
from agents.tables.plan import TableProfile
from agents.tables.table import read_tables

STAFF = """Employee No,Name,Department,Start date,Active,Salary,Manager
00017,Kari Moe,Sales,2019-03-01,yes,52000,Ola Berg
00102,Per Lund,IT,2021-07-15,no,61000,Liv Dahl
00233,Max May,Sales,2020-01-10,yes,48500,Ola Berg
"""


@pytest.fixture
def staff(tmp_path: Path) -> TableProfile:
    path = tmp_path / "staff.csv"
    path.write_text(STAFF)
    return TypedTable(read_tables(path, path.name)[0]).profile()


def told(question: str, profile: TableProfile) -> list[str]:
    """Each mention that is not harmless as 'kind: words'."""
    said = Understanding(question, profile)
    return [f"{one.sense or one.kind}: {said.words(one)}" for one in said.mentions if one.kind != "harmless"]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ada’s share", ["ada", "share"]),
        ("la part d'Ada", ["la", "part", "d", "ada"]),
        ("Gesamtumsatz", ["gesamt", "umsatz"]),
        ("Combien y a-t-il ?", ["combien", "y", "a"]),
        ("on 2025-03-04 at 1.234,50 €", ["on", "2025-03-04", "at", "1.234,50", "€"]),
    ],
)
def test_the_words_of_a_text(text: str, plain: list[str]) -> None:
    assert [token.plain for token in tokens(text)] == plain


@pytest.mark.parametrize(
    ("question", "mentions"),
    [
        ("How many people work in Sales?", ["count: How many", "rows: people", "value: Sales"]),
        ("What is the employee number of Kari Moe?", ["which: What", "column: employee number", "value: Kari Moe"]),
        ("Average salary without IT", ["mean: Average", "column: salary", "not: without", "value: IT"]),
        ("Who started in May 2021?", ["who: Who", "column: started", "moment: May 2021"]),
        ("What does May earn?", ["which: What", "value: May", "column: earn"]),
        ("Who manages Per Lund?", ["who: Who", "column: manages", "value: Per Lund"]),
        ("How many are inactive?", ["count: How many", "column: inactive"]),
        ("What is the bonus of Kari?", ["which: What", "unknown: bonus", "value: Kari"]),
        ("Salary of more than 50,000", ["column: Salary", "compare: more than", "number: 50,000"]),
        ("Wer verdient am meisten?", ["who: Wer", "column: verdient", "max: am meisten"]),
    ],
)
def test_every_word_is_taken_for_something_or_unknown(staff: TableProfile, question: str, mentions: list[str]) -> None:
    assert told(question, staff) == mentions


def test_a_person_of_another_name_is_unknown(staff: TableProfile) -> None:
    assert told("How many does Peter manage?", staff)[1] == "unknown: Peter"
    assert "unknown: Maximilian" in told("What is the salary of Maximilian?", staff)
