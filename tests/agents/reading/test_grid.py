"""What grids of cells say, with and without marks of what is a header."""

import pytest

from agents.reading.grid import Grid, lines_of, table_of


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        # Labels down the first column.
        (
            [["Tenant", "Nordgarden AS"], ["Rent", "5,100"], ["Deposit", "10,200"]],
            ["Tenant: Nordgarden AS", "Rent: 5,100", "Deposit: 10,200"],
        ),
        (
            [["Opened", "12 May 1988 in Horten"], ["Head librarian", "Siri Vang"], ["Loans", "48,000 (2024)"]],
            ["Opened: 12 May 1988 in Horten", "Head librarian: Siri Vang", "Loans: 48,000 (2024)"],
        ),
        ([["Keeper:", "Siri Vang"], ["Cat:", "Mons"]], ["Keeper: Siri Vang", "Cat: Mons"]),
        (
            [["Kunde", "Gartenbau Holm"], ["Rechnungsnummer", "R-77"], ["Betrag", "1.204,50 €"]],
            ["Kunde: Gartenbau Holm", "Rechnungsnummer: R-77", "Betrag: 1.204,50 €"],
        ),
        ([["Field", "Value"], ["Colour", "green"], ["Weight", "3 kg"]], ["Colour: green", "Weight: 3 kg"]),
        # Label, value, label, value.
        (
            [["Member name", "Ola Lie", "Joined", "2019"], ["Card #", "C-118", "Branch", "Horten"]],
            ["Member name: Ola Lie", "Joined: 2019", "Card #: C-118", "Branch: Horten"],
        ),
        # Labels above their values.
        (
            [["Order number", "Date", "Clerk"], ["A-17", "3 May", "Siri"]],
            ["Order number: A-17; Date: 3 May; Clerk: Siri"],
        ),
        (
            [["Name", "Phone"], ["Ola Lie", "33 04 11"], ["Street", "City"], ["Elm 4", "Horten"]],
            ["Name: Ola Lie; Phone: 33 04 11", "Street: Elm 4; City: Horten"],
        ),
        # Tables with a header.
        ([["Plant", "Price"], ["Fern", "40"], ["Moss", "12"]], ["Plant: Fern; Price: 40", "Plant: Moss; Price: 12"]),
        ([["Shelf", "Built"], ["A", "1931"], ["B", "1933"]], ["Shelf: A; Built: 1931", "Shelf: B; Built: 1933"]),
        (
            [["Name", "Role", "Team"], ["Ola", "driver", "north"], ["Siri", "cook", "south"]],
            ["Name: Ola; Role: driver; Team: north", "Name: Siri; Role: cook; Team: south"],
        ),
        ([["Region", "2024 Q1", "2024 Q2"], ["North", "3", "4"]], ["Region: North; 2024 Q1: 3; 2024 Q2: 4"]),
        (
            [["Name", "Role", "Phone"], ["Ola", "Manager", "33 04"], ["Siri", "Director", "33 05"]],
            ["Name: Ola; Role: Manager; Phone: 33 04", "Name: Siri; Role: Director; Phone: 33 05"],
        ),
        # No header at all.
        ([["LIE, OLA", "DRIVER", "31,400.00"], ["VANG, SIRI", "COOK", "30,100.50"]], ["LIE, OLA; DRIVER; 31,400.00",
                                                                                     "VANG, SIRI; COOK; 30,100.50"]),
        # Values that stand further to the left or to the right.
        (
            [["Receipt no.", "88", ""], ["VAT 20%", "", "£48.82"], ["Served by", "Ola", ""], ["Till 4", "", "x"]],
            ["Receipt no.: 88", "VAT 20%: £48.82", "Served by: Ola", "Till 4: x"],
        ),
        ([["Grand total", "", "812.40"]], ["Grand total: 812.40"]),
        ([["One", ""], ["Two", ""]], ["One", "Two"]),
        ([], []),
    ],
)  # fmt: skip
def test_labels_are_told_from_headers(rows: list[list[str]], lines: list[str]) -> None:
    assert lines_of(Grid(rows)) == lines


def test_what_the_document_marks_counts_more_than_how_it_looks() -> None:
    rows = [["Rent", "Deposit"], ["Fern", "Moss"], ["Elm", "Ash"]]
    assert lines_of(Grid(rows, "row")) == ["Rent: Fern; Deposit: Moss", "Rent: Elm; Deposit: Ash"]
    assert lines_of(Grid(rows, "column")) == ["Rent: Deposit", "Fern: Moss", "Elm: Ash"]


def test_only_tables_with_a_header_are_for_calculations() -> None:
    table = table_of(Grid([["Plant", "", "Price"], ["Fern", "", "40"], [], ["Moss", "", "12"]]))
    assert table is not None
    assert (table.columns, table.rows) == (["Plant", "Price"], [["Fern", "40"], ["Moss", "12"]])
    assert table_of(Grid([["Tenant", "Nordgarden AS"], ["Rent", "5,100"]])) is None
    assert table_of(Grid([["LIE", "DRIVER", "31"], ["VANG", "COOK", "30"]])) is None
