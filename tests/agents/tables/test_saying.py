"""What is said in German and French: whole answers, and phrasebooks that have every sentence of the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import agents.tables
from agents.tables.phrasebooks import french, german
from agents.tables.phrasebooks.phrasebook import Phrasebook
from agents.tables.saying import dated, in_notation, say, speaking
from tests.support.tables import told

SPENDING = """Datum;Mitarbeiter;Abteilung;Kategorie;Betrag (EUR);Genehmigt
03.01.2025;Jürgen Bäcker;Vertrieb;Hotel;1.234,50;ja
14.01.2025;Marlene Groß;Einkauf;Bahn;89,90;ja
05.03.2025;Marlene Groß;Einkauf;Hotel;410,20;nein
Summe;;;;1.734,60;
"""
LEFT_OUT = "Ausgelassen habe ich Zeile 5 („Summe“), weil sie andere zusammenzählt."
SAYING = ("say", "NotUnderstoodError")
ENGLISH = re.compile(r"\b(?:the|is|and|of|row|rows|match|with|for|value|highest|I)\b")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "Wie hoch ist der Betrag im März 2025?",
            "Im März 2025: die Summe von Betrag ist 410,20 EUR, aus 1 Zeile von spesen.csv.",
        ),
        (
            "wie hoch ist der gesamte betrag?",
            "Die Summe von Betrag ist 1.734,60 EUR, aus 3 Zeilen von spesen.csv.",
        ),
        (
            "Wer hat am meisten ausgegeben?",
            "Jürgen Bäcker: Betrag ist am höchsten, 1.234,50 EUR. Ich habe nach Betrag (EUR) verglichen.",
        ),
        (
            "Wie viel wurde für Hotels ausgegeben?",
            "Für Hotel: die Summe von Betrag ist 1.644,70 EUR, aus 2 Zeilen von spesen.csv. Ich habe „Hotels“ als "
            "Hotel in Kategorie gelesen.",
        ),
        ("Wie viele Ausgaben sind genehmigt?", "2 der 3 Zeilen von spesen.csv passen: mit Genehmigt ja."),
        (
            "Was war die höchste Ausgabe?",
            "Höchster Wert von Betrag: 1.234,50 EUR (03.01.2025 (Jürgen Bäcker, Vertrieb)).",
        ),
        (
            "Welche Ausgaben waren höher als 300 Euro?",
            "2 Zeilen von spesen.csv passen: mit Betrag über 300, 2 Werte von Mitarbeiter: Jürgen Bäcker (1.234,50 "
            "EUR) und Marlene Groß (410,20 EUR).",
        ),
    ],
)
def test_a_german_question_is_answered_in_german(tmp_path: Path, question: str, answer: str) -> None:
    path = tmp_path / "spesen.csv"
    path.write_text(SPENDING)
    with speaking("de"):
        said = told(path, question)
    assert said.startswith(answer), said
    assert said.endswith(LEFT_OUT)
    assert not ENGLISH.search(said)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Wie hoch ist der Betrag von Zoe?", "ich weiß nicht, was „Zoe“ für spesen.csv bedeutet"),
        ("Wer hat den zweithöchsten Betrag?", "ich weiß nicht, was „zweithöchsten“ für spesen.csv bedeutet"),
        (
            "Wer hat das beste Datum?",
            "nichts in spesen.csv sagt, was „beste“ bedeutet; fragen Sie nach dem höchsten oder niedrigsten Wert von "
            "Betrag (EUR)",
        ),
    ],
)
def test_a_german_question_is_declined_in_german(tmp_path: Path, question: str, reason: str) -> None:
    path = tmp_path / "spesen.csv"
    path.write_text(SPENDING)
    with speaking("de"):
        assert told(path, question) == reason


def test_numbers_and_dates_are_written_the_german_way() -> None:
    with speaking("de"):
        assert in_notation("1,234.50 EUR and 7") == "1.234,50 EUR and 7"
        assert dated("3 March 2025") == "3. März 2025"
        assert dated("winter (January, February and December)") == "Winter (Januar, Februar und Dezember)"
    with speaking("fr"):
        assert in_notation("1,234.50 EUR") == "1\u202f234,50 EUR"
        assert dated("1 March 2025 and 2 May") == "1er mars 2025 et 2 mai"
        assert dated("winter (January, February and December)") == "hiver (janvier, février et décembre)"
    with speaking("nl"):
        assert in_notation("1,234.50") == "1,234.50"
        assert say("and") == "and"


def said_in(path: Path) -> Iterator[str]:
    """The sentences of a module that are said as they stand."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        values: list[ast.expr] = []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
            values = node.args[:1]
        elif isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "sentence" for one in node.targets
        ):
            values = [node.value]
        for value in values:
            yield from texts(value)


def texts(value: ast.expr) -> Iterator[str]:
    """What an expression may be, as far as it is written out."""
    if isinstance(value, ast.IfExp):
        yield from [*texts(value.body), *texts(value.orelse)]
    elif isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value


@pytest.mark.parametrize("book", [german.PHRASES, french.PHRASES], ids=["de", "fr"])
def test_a_phrasebook_has_every_sentence_with_its_values(book: Phrasebook) -> None:
    folder = Path(agents.tables.__file__).parent
    sentences = {sentence for path in sorted(folder.rglob("*.py")) for sentence in said_in(path)}
    assert len(sentences) > 100
    assert not sentences - book.sentences.keys()
    for english, translated in book.sentences.items():
        values = set(re.findall(r"\{(\w+)\}", english))
        assert set(re.findall(r"\{(\w+)\}", translated)) <= values, english


def test_the_phrasebooks_have_the_same_sentences() -> None:
    assert german.PHRASES.sentences.keys() == french.PHRASES.sentences.keys()
