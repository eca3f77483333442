"""JSON files: a list of objects is a table, everything else is told as 'path: value'."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from agents.errors import AgentError
from agents.reading.sections import MAX_SEARCHED_ROWS, FoundTable, Reading, Section, row_sections
from agents.text.decoding import decode
from agents.text.row_line import row_line

_MOST_COLUMNS = 500
_LONGEST = 4000  # Characters of one value.
_LONGEST_EXPONENT = 30  # Digits: numbers with a larger one stay as they are written.
_THOUSANDTHS = re.compile(r"-?\d+\.\d{3}")


class _Number(str):
    """A number as it is written: 19.990 is a price, and 123456789012345678.25 would be another as a float."""

    __slots__ = ()


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is no JSON. One object on each line is understood, too."""
    text = decode(path.read_bytes(), reading.name)
    try:
        data = _parsed(text)
    except RecursionError:
        raise AgentError(
            "damaged_document",
            f"{reading.name} is nested too deeply: its lists and objects contain each other thousands of levels deep. "
            "Save what you need of it with fewer levels and add that.",
        ) from None
    except ValueError:
        raise AgentError("damaged_document", f"{reading.name} is not JSON that can be read: it is damaged.") from None
    yield from _sections(data, "", reading)


def _parsed(text: str) -> Any:
    parse = partial(json.loads, parse_float=_number, parse_int=_Number, parse_constant=_Number)
    try:
        return parse(text)
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2:
            raise
        return [parse(line) for line in lines]


def _number(written: str) -> _Number:
    """With its exponent, if it has one, resolved."""
    if "e" not in written.lower():
        return _Number(written)
    _, _, exponent = written.lower().partition("e")
    few = len(exponent) < 9 and abs(int(exponent)) <= _LONGEST_EXPONENT
    return _Number(format(Decimal(written), "f") if few else written)


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
    plain = [
        [_plain(row.get(column), cell) for column, cell in zip(columns, line, strict=True)]
        for row, line in zip(rows, cells, strict=True)
    ]
    numbers = list(range(2, len(rows) + 2))  # As elsewhere: the names of the columns are row 1.
    where = f"“{place}”" if place else ""
    reading.keep(FoundTable([where], columns, plain, numbers))
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
    text = value if isinstance(value, str) else _written(value)
    return " ".join(text.split())[:_LONGEST]


def _plain(value: Any, told: str) -> str:
    """What is calculated with: 1.500 could be a thousand and a half in a table, 1.5 could not."""
    is_number = isinstance(value, _Number) and _THOUSANDTHS.fullmatch(value)
    return told.rstrip("0").rstrip(".") if is_number else told


def _written(value: Any) -> str:
    """What stands in lists and objects within a value, as JSON."""
    if not isinstance(value, dict | list):
        return value if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
    is_object = isinstance(value, dict)
    pieces = []
    for one in value:  # No comprehension, which would halve how deep it may go.
        pieces.append(f"{_written(one)}: {_written(value[one])}" if is_object else _written(one))
    return ("{%s}" if is_object else "[%s]") % ", ".join(pieces)
