"""JSON files: a list of objects is a table, everything else is told as 'path: value'."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agents.errors import AgentError
from agents.reading.sections import MAX_SEARCHED_ROWS, FoundTable, Reading, Section, row_sections
from agents.text.decoding import decode
from agents.text.row_line import row_line

_MOST_COLUMNS = 500
_LONGEST = 4000  # Characters of one value.


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is no JSON. One object on each line is understood, too."""
    text = decode(path.read_bytes(), reading.name)
    try:
        data = _parsed(text)
    except (ValueError, RecursionError):
        raise AgentError("damaged_document", f"{reading.name} is not JSON that can be read: it is damaged.") from None
    yield from _sections(data, "", reading)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2:
            raise
        return [json.loads(line) for line in lines]


def _sections(data: Any, place: str, reading: Reading) -> Iterator[Section]:
    if _is_table(data):
        yield from _table(data, place, reading)
        return
    lines: list[tuple[int, str]] = []
    nested: list[tuple[str, Any]] = []
    for key, value in data.items() if isinstance(data, dict) else [("", data)]:
        path = f"{place}.{key}" if place and key else place or str(key)
        if _is_table(value) or (isinstance(value, dict) and value):
            nested.append((path, value))
        else:
            lines.append((len(lines) + 1, f"{_name(path)}: {_told(value)}" if path else _told(value)))
    for section in row_sections(iter(lines)):
        yield Section(f"“{place}”" if place else "top level", section.text, whole=True)
    for path, value in nested:
        yield from _sections(value, path, reading)


def _table(rows: list[dict[str, Any]], place: str, reading: Reading) -> Iterator[Section]:
    columns = list(dict.fromkeys(str(key) for row in rows for key in row))[:_MOST_COLUMNS]
    cells = [[_told(row[column]) if column in row else "" for column in columns] for row in rows]
    numbers = list(range(2, len(rows) + 2))  # As elsewhere: the names of the columns are row 1.
    where = f"“{place}”" if place else ""
    reading.keep(FoundTable(where, columns, cells, numbers))
    if len(rows) > MAX_SEARCHED_ROWS:
        reading.notes.append(f"The first {MAX_SEARCHED_ROWS} rows can be searched; calculations use all of them.")
    lines = zip(numbers[:MAX_SEARCHED_ROWS], cells, strict=False)
    yield from row_sections(((number, row_line(columns, row)) for number, row in lines), where)


def _is_table(data: Any) -> bool:
    return isinstance(data, list) and len(data) > 1 and all(isinstance(row, dict) and row for row in data)


def _name(path: str) -> str:
    return path.rsplit(".", 1)[-1].replace("_", " ") if path.count(".") < 2 else path


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        return ", ".join(map(_told, value))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split())[:_LONGEST]
