"""JSON files."""

from pathlib import Path

import pytest

from agents.errors import AgentError
from tests.support.readers import told


def test_objects_are_labels_and_lists_of_objects_are_tables(tmp_path: Path) -> None:
    books = '[{"title": "Emma"}, {"title": "Ivy", "lent": 3}]'
    text = f'{{"name": "Library", "address": {{"city": "Horten"}}, "open": true, "books": {books}}}'
    found = told(tmp_path, "a.json", text)
    assert found.passages == [
        ("top level", "name: Library\nopen: yes"),
        ("“address”", "city: Horten"),
        ("“books”, rows 2-3", "title: Emma\ntitle: Ivy; lent: 3"),
    ]
    assert [(one.columns, one.rows) for one in found.tables] == [(["title", "lent"], [["Emma", ""], ["Ivy", "3"]])]


def test_an_object_on_each_line(tmp_path: Path) -> None:
    assert told(tmp_path, "a.json", '{"a": 1}\n{"a": 2}\n').lines == ["a: 1", "a: 2"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("19.990", "19.990"), ("123456789012345678.25", "123456789012345678.25"), ("9" * 30, "9" * 30),
        ("-0.10", "-0.10"), ("1.5e3", "1500"), ("25E-1", "2.5"), ("1e400", "1e400"),
        ("1e-999999999999", "1e-999999999999"), ("NaN", "NaN"), ('"007"', "007"), ("[1.50, 2]", "1.50, 2"),
    ],
)  # fmt: skip
def test_numbers_are_read_as_they_are_written(tmp_path: Path, written: str, read: str) -> None:
    assert told(tmp_path, "a.json", f'{{"a": {written}}}').text == f"a: {read}"


def test_numbers_within_values_are_not_quoted(tmp_path: Path) -> None:
    text = '{"a": [{"b": 1.50, "c": [1e2, "d", true, null]}]}'
    assert told(tmp_path, "a.json", text).text == 'a: [{"b": 1.50, "c": [100, "d", true, null]}]'


def test_thousandths_of_a_table_are_no_thousands(tmp_path: Path) -> None:
    found = told(tmp_path, "a.json", '[{"Menge": 1.500}, {"Menge": 20.000}, {"Menge": 2.250}, {"Menge": 1.25}]')
    assert found.tables[0].rows == [["1.5"], ["20"], ["2.25"], ["1.25"]]
    assert found.text == "Menge: 1.500\nMenge: 20.000\nMenge: 2.250\nMenge: 1.25"


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "no"])
def test_what_is_no_json_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(AgentError) as refused:
        told(tmp_path, "a.json", text)
    assert refused.value.code == "damaged_document"


def test_what_is_nested_too_deeply_is_not_called_damaged(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="nested too deeply") as raised:
        told(tmp_path, "a.json", "[" * 100_000 + "]" * 100_000)
    assert "is damaged" not in raised.value.message
