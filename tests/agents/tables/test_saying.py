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


DEPENSES = """Jour,Personne,Poste,Montant (EUR)
03/01/2025,Zoé Roux,Hôtel,"1234,50"
14/01/2025,Luc Petit,Train,"89,90"
05/03/2025,Luc Petit,Hôtel,"410,20"
Total,,,"1734,60"
"""
LEFT_OUT_FR = "J'ai laissé de côté la ligne 5 (« Total »), qui en additionne d'autres."


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Quel est le montant total ?", "Le total de « Montant » est 1\u202f734,60 EUR, sur 3 lignes de depenses.csv."),
        ("Quel est le montant en mars 2025 ?", "En mars 2025, le total de « Montant » est 410,20 EUR, sur 1 ligne"),
        ("Qui a dépensé le plus ?", "Zoé Roux vient en tête pour « Montant » : 1\u202f234,50 EUR."),
        ("Combien de lignes pour Luc Petit ?", "2 des 3 lignes de depenses.csv correspondent pour Luc Petit."),
        ("Quel est le montant moyen sans Zoé Roux ?", "Sans Zoé Roux, la moyenne de « Montant » est 250,05 EUR, sur 2"),
        ("Combien de postes ?", "Il y a 2 valeurs différentes de « Poste », dans 3 lignes de depenses.csv."),
        (
            "Quel est le montant par poste ?",
            "Par « Poste », le total de « Montant » est 1\u202f644,70 EUR (Hôtel) et 89,90",
        ),
    ],
)
def test_a_french_question_is_answered_in_french(tmp_path: Path, question: str, answer: str) -> None:
    path = tmp_path / "depenses.csv"
    path.write_text(DEPENSES)
    with speaking("fr"):
        said = told(path, question)
    assert said.startswith(answer), said
    assert said.endswith(LEFT_OUT_FR)
    assert not ENGLISH.search(said)


def test_how_a_notation_was_read_and_where_a_table_stands_are_told_in_the_language(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("Ort;Leute\nMoss;1.250\nHelgeland;2.310\n")
    for code, read_as in (
        ("de", "Ich habe „1.250“ als 1.250 gelesen, mit Punkt als Tausendertrennzeichen."),
        ("fr", "J'ai lu « 1.250 » comme 1\u202f250, avec le point comme séparateur des milliers."),
        ("en", "I read “1.250” as 1,250, with the point as separator of thousands."),
    ):
        with speaking(code):
            assert read_as in told(path, "total Leute")
    with speaking("de"):
        assert say("{table} has {rows}.", table="a.xlsx, sheet “Mai”", rows=1) == "a.xlsx, Blatt „Mai“ hat 1."


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
