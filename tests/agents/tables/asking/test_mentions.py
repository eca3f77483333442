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


def understood(tmp_path: Path, text: str, question: str) -> list[str]:
    path = tmp_path / "t.csv"
    path.write_text(text)
    return told(question, TypedTable(read_tables(path, path.name)[0]).profile())


@pytest.mark.parametrize(
    ("text", "question", "mentions"),
    [
        # A verb and a season are spelt alike.
        ("Jour,Pain\n2026-06-01,4\n", "Combien de Pain ont été vendus ?", ["count: Combien de", "column: Pain"]),
        ("Jour,Pain\n2026-06-01,4\n", "Combien de Pain en été ?", ["count: Combien de", "column: Pain", "moment: été"]),
        # What is spent 'on' something is not all that is spent.
        ("Text,Amount\nRent,-5\nWage,9\n", "How much was spent on travel?",
         ["how much: How much", "which: was", "outgoing: spent", "unknown: travel"]),
        ("Kind,Amount\nRent,5\nWage,9\n", "Wie viel wurde für Reisen ausgegeben?",
         ["how much: Wie viel", "unknown: Reisen", "outgoing: ausgegeben"]),
        # Two numbers side by side: the first says what the second is a rate of.
        ("Town,Absent,Rate (%)\nMoss,40,3.5\nBodø,9,2.3\n", "Which town has the highest absence rate?",
         ["which: Which", "column: town", "max: highest", "unknown: absence", "column: rate"]),
        ("Town,Vacant,Rate (%)\nMoss,40,3.5\nBodø,9,2.3\n", "Which town has the highest vacant rate?",
         ["which: Which", "column: town", "max: highest", "column: rate"]),
        # Rows of an account are bookings, also beside a column of their types.
        ("Day,Transaction type,Amount\n2026-01-02,In,5\n2026-01-03,Out,-2\n", "How many transactions are there?",
         ["count: How many", "rows: transactions"]),
        ("Tag;Wert\n2026-01-02;5,1\n2026-01-03;2,2\n", "Wie viele Messungen gibt es?",
         ["count: Wie viele", "rows: Messungen"]),
        ("Item,Price\nTea,5\nRum,2\n", "How many transactions are there?",
         ["count: How many", "unknown: transactions"]),
        # Of what somebody does, who does it; else what is done says nothing more.
        ("Käufer;Betrag\nPer;5\nKari;2\n", "Wer hat am meisten gekauft?",
         ["who: Wer", "max: am meisten", "column: gekauft"]),
        ("Leser;Buch\nPer;Peer Gynt\nKari;Nora\n", "Wer leiht Nora?", ["who: Wer", "unknown: leiht", "value: Nora"]),
        ("Emprunteur,Livre\nPer,Candide\nKari,Nana\n", "Qui a emprunté Nana ?",
         ["who: Qui", "bound: a", "column: emprunté", "value: Nana"]),
        ("Spender;Betrag\nPer;5\nKari;2\n", "Wie viel wurde gespendet?", ["how much: Wie viel"]),
        # German compounds.
        ("Konto;Stand\n00417;5\n00418;2\n", "Welche Kontonummer hat den höchsten Stand?",
         ["which: Welche", "column: Kontonummer", "max: höchsten", "column: Stand"]),
        ("Ware;Stückpreis;Menge\nTee;5,10;20\nRum;2,20;7\n", "Was kostet Tee?",
         ["which: Was", "column: kostet", "value: Tee"]),
        ("Ware;Stückpreis;Gesamt\nTee;5,10;20\nRum;2,20;7\n", "Gesamtpreis von Tee",
         ["column: gesamt", "bound: von", "value: Tee"]),
        # A word that may mean two columns means the one that another word names.
        ("Client,Montant HT,Montant TTC\nA,10,12\nB,20,24\n", "Quel est le montant TTC de A ?",
         ["which: Quel", "column: montant TTC", "bound: de", "value: A"]),
        ("Client,Montant HT,Montant TTC\nA,10,12\nB,20,24\n", "Quel est le montant total TTC ?",
         ["which: Quel", "sum: total", "column: TTC"]),
    ],
)  # fmt: skip
def test_words_of_everyday_files(tmp_path: Path, text: str, question: str, mentions: list[str]) -> None:
    assert understood(tmp_path, text, question) == mentions
