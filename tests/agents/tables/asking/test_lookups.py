"""What stands in the rows that a question points at."""

from pathlib import Path

import pytest

from tests.support.tables import told


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("What was bought in March?", "2 rows of amounts.csv match in March, with 2 values of Item: Tea and Pad."),
        ("How much was bought in March?", "In March, the total amount is 650"),
        ("When did the Pen come in?", "For Pen, the date is 2024-01-10"),
        ("Since when is there Tea?", "For Tea, the date is 2024-03-03"),
        ("Who received the Pen?", "amounts.csv does not say who is meant"),
        ("What does Tea cost?", "For Tea, the total amount is 450"),
    ],
)
def test_a_thing_is_asked_for_or_its_number(tmp_path: Path, question: str, start: str) -> None:
    path = tmp_path / "amounts.csv"
    path.write_text("Date,Item,Amount\n2024-01-10,Pen,50\n2024-03-03,Tea,450\n2024-03-20,Pad,200\n")
    assert told(path, question).startswith(start)


@pytest.mark.parametrize("question", ["What is the amount?", "What is the price?"])
def test_a_number_of_no_row_is_told_for_few_and_asked_back_for_many(tmp_path: Path, question: str) -> None:
    path = tmp_path / "list.csv"
    header = "Item,Price\n" if "price" in question else "Item,Amount\n"
    path.write_text(header + "Rope,11\nOar,30\n")
    assert told(path, question).endswith("for each row: Rope (11) and Oar (30).")
    path.write_text(header + "".join(f"Part {number},{number * number + 1}\n" for number in range(20)))
    assert "has a value for each of its 20 rows, and the question does not say which one is meant" in told(
        path, question
    )


WARRANTIES = "Asset,Item,Warranty until\nA1,Laptop,2026-04-30\nA2,Screen,2027-01-31\nA3,Dock,2025-08-31\n"


@pytest.mark.parametrize(
    ("question", "start"),
    [
        ("Which warranty ends first?", "The earliest warranty until is 2025-08-31: A3 (Dock)."),
        ("Which warranty ends last?", "The latest warranty until is 2027-01-31: A2 (Screen)."),
        ("Which warranty ends in 2025?", "In 2025, the asset is A3 and the warranty until is 2025-08-31"),
        ("When does the warranty of the Dock expire?", "For Dock, the warranty until is 2025-08-31"),
    ],
)
def test_what_ends_is_asked_of_the_column_that_says_until_when(tmp_path: Path, question: str, start: str) -> None:
    path = tmp_path / "assets.csv"
    path.write_text(WARRANTIES)
    assert told(path, question).startswith(start)


STOCK = "SKU,Item,Qty,Unit price,Gross price\nA1,Oak plank,24,18.50,20\nA2,Hinge,12,6.25,7\n"
BOOK = """Datum;Vorgang;Einnahme;Ausgabe;Saldo
02.01.2025;Beitrag;60;;160
05.01.2025;Miete;;50;110
09.02.2025;Miete;;40;70
"""


@pytest.mark.parametrize(
    ("table", "question", "start"),
    [
        (STOCK, "How many oak planks were ordered?", "For Oak plank, the total qty is 24"),
        (
            STOCK,
            "What does the hinge cost?",
            "For Hinge, the SKU is A2, the unit price is 6.25 and the gross price is 7",
        ),
        (STOCK, "Which item is out of stock?", "I do not understand “stock” in this question"),
        (BOOK, "Wie viel wurde für Miete ausgegeben?", "For Miete, the total ausgabe is 90"),
        (BOOK, "Wie hoch sind die Einnahmen im Januar?", "In January, the total einnahme is 60"),
        (BOOK, "Wie hoch ist der Saldo am Ende?", "The saldo of the latest datum, 09.02.2025, is 70."),
    ],
)
def test_what_is_asked_of_stocks_and_cash_books(tmp_path: Path, table: str, question: str, start: str) -> None:
    path = tmp_path / "stock.csv"
    path.write_text(table)
    assert told(path, question).startswith(start)
