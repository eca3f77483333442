"""Plain text: columns of spaces, rows of dashes, mails."""

from pathlib import Path

import pytest

from tests.support.readers import told


@pytest.mark.parametrize(
    "text",
    [
        "Plant\tPrice\tStock\nFern\t40\t3\nMoss\t12\t8\n",
        "Plant      Price  Stock\nFern          40      3\nMoss moss     12      8\n".replace("Moss moss", "Moss     "),
    ],
    ids=["tabs", "spaces"],
)
def test_lines_in_columns_are_a_table(tmp_path: Path, text: str) -> None:
    found = told(tmp_path, "a.txt", f"Our plants.\n\n{text}\nAsk Siri.\n")
    assert found.passages == [
        ("line 1", "Our plants."),
        ("lines 3-5", "Plant: Fern; Price: 40; Stock: 3\nPlant: Moss; Price: 12; Stock: 8"),
        ("line 7", "Ask Siri."),
    ]
    assert [(one.reference, one.columns) for one in found.tables] == [("lines 3-5", ["Plant", "Price", "Stock"])]


def test_labels_in_columns_stay_labels(tmp_path: Path) -> None:
    found = told(tmp_path, "a.txt", "Tenant:         Ola Lie\nNotice period:  six weeks\n")
    assert found.lines == ["Tenant: Ola Lie", "Notice period: six weeks"]


def test_rows_of_dashes_only_part_what_stands_above_from_what_stands_below(tmp_path: Path) -> None:
    assert (
        told(tmp_path, "a.txt", "Rent\n----\nIt is 900 crowns.\n====\nThe end.").text
        == "Rent\n\nIt is 900 crowns.\n\nThe end."
    )


def test_older_mail_comes_after_the_new(tmp_path: Path) -> None:
    text = "Subject: Seeds\nFrom: Siri\n\nForty bags.\n\nOn 4 May 2026 at 10:00, Ola wrote:\n> Thirty bags?\n"
    assert told(tmp_path, "a.txt", text).passages == [
        ("lines 1-4", "Subject: Seeds\nFrom: Siri\n\nForty bags."),
        ("older mail, lines 6-7", "On 4 May 2026 at 10:00, Ola wrote:\nThirty bags?"),
    ]


def test_prose_with_double_spaces_is_no_table(tmp_path: Path) -> None:
    text = "The library is open.  It closes at\nnoon.  Books are lent for  weeks.\n"
    assert told(tmp_path, "a.txt", text).tables == []
