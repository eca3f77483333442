"""A grid of cells as documents draw it, and what it says: labels with values, or a table with a header.

A grid has no type in any file format. A form or a fact sheet is a grid, too, and reading its first row as a header
ties every label to the wrong value. So both ways of reading are weighed before one is taken.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from agents.reading.label_words import CURRENCY, is_label
from agents.text.row_line import row_line

_LONGEST_LABEL = 60
# A header that says "this column is labels, that one is values" names nothing itself.
_FIELD_VALUE = {
    "field", "key", "property", "label", "attribute", "parameter", "setting", "detail", "value", "values", "details",
    "feld", "eigenschaft", "merkmal", "wert", "angabe", "champ", "propriété", "valeur", "felt", "verdi",
}  # fmt: skip
_BEGINS_WITH_DIGIT = re.compile(rf"[+\-−(]?\s?(?:#|{CURRENCY})?\s?[+\-−]?\d")
_HOLDS_DIGIT = re.compile(r"\d")

Header = Literal["row", "column", "unmarked"]


@dataclass(slots=True)
class Grid:
    """Rows of cells, each row as long as the others. ``header`` is what the document itself marks as header."""

    rows: list[list[str]]
    header: Header = "unmarked"

    def __post_init__(self) -> None:
        width = max((len(row) for row in self.rows), default=0)
        padded = [[*row, *[""] * (width - len(row))] for row in self.rows]
        filled = [at for at in range(width) if any(row[at] for row in padded)]
        self.rows = [[row[at] for at in filled] for row in padded if any(row)]
        if self.width > 2 and all(row[0] and sum(map(bool, row)) < 3 for row in self.rows):
            # Two columns, whose second stands now further to the left and now to the right.
            self.rows = [[row[0], "".join(row[1:])] for row in self.rows]

    @property
    def width(self) -> int:
        return len(self.rows[0]) if self.rows else 0


@dataclass(frozen=True, slots=True)
class HeadedTable:
    """``rows`` are those below the header; ``first`` is the number of the first of them within the grid, from 1."""

    columns: list[str]
    rows: list[list[str]]
    first: int


def table_of(grid: Grid) -> HeadedTable | None:
    """The grid as a table with a header, or None: it holds labels with values, or nothing that names its columns."""
    return _headed(grid) if _reading(grid) == "table" else None


def rest_of(grid: Grid, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The rows of a grid that goes on where a table ended: with the same header, or with cells of the same kinds."""
    if grid.width != len(columns):
        return []
    if _without_colons(grid.rows[0]) == list(columns):
        return grid.rows[1:]
    numeric = [at for at in range(grid.width) if _of_one_kind([row[at] for row in rows])]
    cells = [row[at] for row in grid.rows for at in numeric if row[at]]
    fits = all(map(_BEGINS_WITH_DIGIT.match, cells)) and any(grid.rows[0][at] for at in numeric)
    return grid.rows if fits else []


def lines_of(grid: Grid) -> list[str]:
    """What the grid says, a line for each fact: 'Item: Mooring; Price: 900' or 'Policy number: POL-8841'."""
    return [line for line in _LINES[_reading(grid)](grid) if line]


def _table_lines(grid: Grid) -> Iterator[str]:
    table = _headed(grid)
    return (row_line(table.columns, row) for row in table.rows)


def _label_lines(grid: Grid) -> Iterator[str]:
    rows = grid.rows[1:] if _names_only_field_and_value(grid.rows[0]) else grid.rows
    return (_pair(row[0], ", ".join(filter(None, row[1:]))) for row in rows)


def _pair_lines(grid: Grid) -> Iterator[str]:
    return (_pair(row[at], row[at + 1]) for row in grid.rows for at in range(0, grid.width, 2))


def _label_row_lines(grid: Grid) -> Iterator[str]:
    couples = zip(grid.rows[::2], grid.rows[1::2], strict=True)
    return (row_line(_without_colons(labels), values) for labels, values in couples)


def _cell_lines(grid: Grid) -> Iterator[str]:
    return (cell for row in grid.rows for cell in row)


def _beside_lines(grid: Grid) -> Iterator[str]:
    yield from (_plain(row[:-2]) for row in grid.rows)
    yield from (_pair(row[-2], row[-1]) for row in grid.rows)


def _plain_lines(grid: Grid) -> Iterator[str]:
    return map(_plain, grid.rows)


_LINES: dict[str, Callable[[Grid], Iterator[str]]] = {
    "table": _table_lines, "labels": _label_lines, "pairs": _pair_lines, "label rows": _label_row_lines,
    "cells": _cell_lines, "labels beside": _beside_lines, "plain": _plain_lines,
}  # fmt: skip
Reading = Literal["table", "labels", "pairs", "label rows", "cells", "labels beside", "plain"]


def _reading(grid: Grid) -> Reading:
    if grid.width < 2 or not grid.rows:
        return "plain"
    if grid.header == "row":
        return "table" if len(grid.rows) > 1 else "plain"
    return "labels" if grid.header == "column" else _guessed(grid)


def _guessed(grid: Grid) -> Reading:
    """How a grid is read in which nothing is marked as a header."""
    if _share(map(_says_both, (cell for row in grid.rows for cell in row if cell))) > 0.6:
        return "cells"
    if reading := _of_labels(grid):
        return reading
    if _labels_last(grid):
        return "labels beside"
    return "table" if len(grid.rows) > 1 and _names_columns(grid) else "plain"


def _of_labels(grid: Grid) -> Reading | None:
    """How the grid ties labels to values, if it does."""
    if grid.width == 2 and _labels_first(grid):
        return "labels"
    if grid.width > 2 and grid.width % 2 == 0 and _pairs(grid):
        return "pairs"
    if len(grid.rows) > 2 and len(grid.rows) % 2 == 0 and _label_rows(grid):
        return "label rows"
    return None


def _says_both(cell: str) -> bool:
    """'Surname: Vang': a label with its value in one cell."""
    label, colon, value = cell.partition(": ")
    return bool(colon and value) and _could_be_label(label)


def _labels_last(grid: Grid) -> bool:
    """The last two columns are labels with values, beside an address, say."""
    labels = [row[-2] for row in grid.rows if row[-2]]
    if grid.width < 3 or len(labels) < 2 or not _looks_like_value(grid.rows[0][-1]):
        return False
    return all(map(_could_be_label, labels)) and _share(map(is_label, labels)) > 0.6


def parted(grid: Grid) -> list[Grid]:
    """The grid, and apart from it the sums below the last columns of a table: they have labels of their own."""
    if grid.width < 3 or len(grid.rows) < 3:
        return [grid]
    end = len(grid.rows)
    while end > 2 and _is_sum(grid.rows[end - 1]):
        end -= 1
    return [Grid(grid.rows[:end], grid.header), Grid(grid.rows[end:])] if end < len(grid.rows) else [grid]


def _is_sum(row: list[str]) -> bool:
    filled = [cell for cell in row if cell]
    return not row[0] and len(filled) == 2 and _could_be_label(filled[0]) and bool(_BEGINS_WITH_DIGIT.match(filled[1]))


def _labels_first(grid: Grid) -> bool:
    """Of two columns the first holds labels, rather than the first row being a header."""
    first, *below = grid.rows
    labels = [row[0] for row in grid.rows]
    if not all(map(_could_be_label, filter(None, labels))) or not any(labels):
        return False
    if _names_only_field_and_value(first) or _share(row[0].endswith(":") for row in grid.rows if row[0]) > 0.6:
        return True
    if not below or _looks_like_value(first[1]) or not first[0]:
        return True
    down, across = _share(map(is_label, labels[1:])), is_label(first[1])
    if across and down <= 0.5:
        return False
    if down and not across:
        return True
    # A column of one kind below a name of another kind: quantities below "Price".
    return not _of_one_kind([row[1] for row in below])


def _pairs(grid: Grid) -> bool:
    """Label, value, label, value … across each row."""
    labels = [row[at] for row in grid.rows for at in range(0, grid.width, 2) if row[at]]
    values = [row[at] for row in grid.rows for at in range(1, grid.width, 2) if row[at]]
    if not labels or not values or not all(map(_could_be_label, labels)) or len(set(labels)) < len(labels):
        return False
    if any(row[at + 1] and not row[at] for row in grid.rows for at in range(0, grid.width, 2)):
        return False
    if _share(label.endswith(":") for label in labels) > 0.6:
        return True
    known = _share(map(is_label, labels))
    header_known = _share(map(is_label, filter(None, grid.rows[0])))
    first_values = [grid.rows[0][at] for at in range(1, grid.width, 2)]
    return known >= 0.5 and (any(map(_looks_like_value, first_values)) or header_known <= 0.5)


def _label_rows(grid: Grid) -> bool:
    """A row of labels, a row of values, a row of labels …, as on forms."""
    labels = [cell for row in grid.rows[::2] for cell in row if cell]
    values = [cell for row in grid.rows[1::2] for cell in row if cell]
    sure = all(map(_could_be_label, labels)) and len(set(labels)) == len(labels)
    return sure and _share(map(is_label, labels)) > 0.7 and _share(map(is_label, values)) < 0.2


def _names_columns(grid: Grid) -> bool:
    """Whether the first row is a header: names, none of them a value, each different from the others."""
    first, *below = grid.rows
    named = [cell for cell in first if cell]
    if len(named) * 2 < grid.width or len(set(named)) < len(named):
        return False
    if all(re.fullmatch(r"(?:1[5-9]|2[01])\d\d", cell) for cell in named[1:]) and not _BEGINS_WITH_DIGIT.match(
        named[0]
    ):
        return True  # One column for each year.
    if any(_BEGINS_WITH_DIGIT.match(cell) and not _begins_with_year(cell) for cell in named):
        return False
    if _share(map(is_label, named)) >= 0.5:
        return True
    columns = ([row[at] for row in below if row[at]] for at in range(grid.width))
    return any(_of_one_kind(column) for column in columns) or all(len(cell) <= 30 for cell in named)


def _headed(grid: Grid) -> HeadedTable:
    return HeadedTable(_without_colons(grid.rows[0]), grid.rows[1:], 2)


def _names_only_field_and_value(row: Sequence[str]) -> bool:
    return all(cell.lower().rstrip(":") in _FIELD_VALUE for cell in row if cell) and len(row) == 2 and all(row)


def _could_be_label(cell: str) -> bool:
    if len(cell) > _LONGEST_LABEL or _BEGINS_WITH_DIGIT.match(cell):
        return False
    return not cell.endswith((".", "!")) or is_label(cell)


def _looks_like_value(cell: str) -> bool:
    return bool(_HOLDS_DIGIT.search(cell)) or "@" in cell or len(cell) > _LONGEST_LABEL


def _of_one_kind(cells: list[str]) -> bool:
    """Two or more filled cells that all begin with a digit."""
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and all(map(_BEGINS_WITH_DIGIT.match, filled))


def _begins_with_year(cell: str) -> bool:
    """'2025' or '2025 Q1', but not '2025-03-01'."""
    return bool(re.fullmatch(r"(?:1[5-9]|2[01])\d\d(?:\s+[^\W\d].*)?", cell))


def _share(found: Iterable[bool]) -> float:
    answers = list(found)
    return sum(answers) / len(answers) if answers else 0.0


def _without_colons(cells: list[str]) -> list[str]:
    return [cell.rstrip(": ") for cell in cells]


def _pair(label: str, value: str) -> str:
    label = label.rstrip(": ")
    return f"{label}: {value}" if label and value else label or value


def _plain(row: list[str]) -> str:
    filled = [cell for cell in row if cell]
    # "Grand total … 2,892.75" below a table, or alone on its line.
    if len(filled) == 2 and _could_be_label(filled[0]) and not _could_be_label(filled[1]):
        return _pair(*filled)
    return "; ".join(filled)
