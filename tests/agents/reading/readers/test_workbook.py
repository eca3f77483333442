"""Workbooks: tables, titles and remarks as they stand on the sheets."""

from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from agents.errors import AgentError
from tests.support.readers import Told, told


def sheet(*rows: list[object], title: str = "Loans") -> Worksheet:
    worksheet = openpyxl.Workbook().active
    assert isinstance(worksheet, Worksheet)
    worksheet.title = title
    for row in rows:
        worksheet.append(row)
    return worksheet


def read(folder: Path, worksheet: Worksheet) -> Told:
    file = BytesIO()
    worksheet.parent.save(file)
    return told(folder, "a.xlsx", file.getvalue())


def test_rows_have_the_numbers_of_the_sheet_and_titles_stand_for_themselves(tmp_path: Path) -> None:
    worksheet = sheet(
        ["Loans of the library"], ["Reader", "Book", "Day"], ["Ola", "Moby Dick", date(2026, 5, 4)],
        ["Siri", "Emma", datetime(2026, 5, 4, 12, 30)], [], ["Counted by the head of the library in June"],
    )  # fmt: skip
    worksheet.merge_cells("A1:C1")
    found = read(tmp_path, worksheet)
    assert found.passages == [
        ("sheet “Loans”", "Loans of the library"),
        (
            "sheet “Loans”, rows 3-4",
            "Reader: Ola; Book: Moby Dick; Day: 2026-05-04\nReader: Siri; Book: Emma; Day: 2026-05-04 12:30",
        ),
        ("sheet “Loans”", "Counted by the head of the library in June"),
    ]
    assert [(one.reference, one.columns, one.numbers) for one in found.tables] == [
        ("sheet “Loans”", ["Reader", "Book", "Day"], [3, 4])
    ]


def test_numbers_say_what_the_screen_says(tmp_path: Path) -> None:
    worksheet = sheet(
        ["Parcel", "Share", "Fee", "Weight", "Paid"], [417, 0.085, 12.5, 3.0, True], [1200, 0.25, 3, 0.1 + 0.2, False]
    )
    for row in (2, 3):
        worksheet.cell(row, 1).number_format = "00000"
        worksheet.cell(row, 2).number_format = "0.0%"
        worksheet.cell(row, 3).number_format = '#,##0.00 "€"'
    assert read(tmp_path, worksheet).lines == [
        "Parcel: 00417; Share: 8.5%; Fee: 12.5 €; Weight: 3; Paid: yes",
        "Parcel: 01200; Share: 25%; Fee: 3 €; Weight: 0.3; Paid: no",
    ]


def test_several_tables_on_a_sheet(tmp_path: Path) -> None:
    worksheet = sheet(
        ["Plant", "Price", None, "Room", "Size"], ["Fern", 40, None, "Hall", 30], ["Moss", 12, None, "Attic", 12], [],
        ["Owner", "Siri Vang"], ["Founded", 1911],
    )  # fmt: skip
    found = read(tmp_path, worksheet)
    assert [(one.columns, one.rows) for one in found.tables] == [
        (["Plant", "Price"], [["Fern", "40"], ["Moss", "12"]]),
        (["Room", "Size"], [["Hall", "30"], ["Attic", "12"]]),
    ]
    assert found.lines[-2:] == ["Owner: Siri Vang", "Founded: 1911"]


def test_a_table_goes_on_below_an_empty_row(tmp_path: Path) -> None:
    found = read(
        tmp_path, sheet(["Plant", "Price", "Stock"], ["Fern", 40, 1], ["Moss", 12, 2], [], ["Ivy", 9, 3], ["Elm", 8, 4])
    )
    assert [(one.rows[-1], one.numbers) for one in found.tables] == [(["Elm", "8", "4"], [2, 3, 5, 6])]
    assert found.at("sheet “Loans”, rows 5-6") == "Plant: Ivy; Price: 9; Stock: 3\nPlant: Elm; Price: 8; Stock: 4"


def test_names_that_span_columns_stand_before_the_names_below_them(tmp_path: Path) -> None:
    worksheet = sheet(
        ["Region", "2024", None, "2025", None],
        [None, "Q1", "Q2", "Q1", "Q2"],
        ["North", 1, 2, 3, 4],
        ["South", 5, 6, 7, 8],
    )
    worksheet.merge_cells("B1:C1")
    worksheet.merge_cells("D1:E1")
    assert read(tmp_path, worksheet).tables[0].columns == ["Region", "2024 Q1", "2024 Q2", "2025 Q1", "2025 Q2"]


def test_hidden_sheets_and_formulas_nobody_calculated_are_said(tmp_path: Path) -> None:
    worksheet = sheet(["Plant", "Price"], ["Fern", 40], ["Moss", "=B2*2"], ["Ivy", 3])
    hidden = worksheet.parent.create_sheet("Secret")
    hidden.append(["Code", "K-9"])
    hidden.sheet_state = "hidden"
    found = read(tmp_path, worksheet)
    assert "Code: K-9" in found.text
    assert found.notes == [
        "The sheet “Secret” is hidden; it was read, too.",
        "The sheet “Loans” has 1 formula without a stored result. Open it in Excel or LibreOffice and save it again.",
    ]


@pytest.mark.parametrize(
    "content", [b"no workbook", b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)]
)
@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.ods"])
def test_what_is_no_workbook_is_refused_in_plain_words(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(AgentError) as refused:
        told(tmp_path, name, content)
    assert refused.value.code in ("damaged_document", "encrypted_document")
    assert name in refused.value.message
