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


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "no"])
def test_what_is_no_json_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(AgentError) as refused:
        told(tmp_path, "a.json", text)
    assert refused.value.code == "damaged_document"
