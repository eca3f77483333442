"""The blocks of a sheet: people put several tables, with titles and remarks, on one."""

from collections.abc import Iterator
from dataclasses import dataclass, field

Place = tuple[int, int]  # (row, column), from 0
_LONG = 25  # Characters: a lone cell below a table that is longer is a remark, not a group of rows.


@dataclass(slots=True)
class Region:
    """``rows`` are the cells of the block, ``numbers`` the rows of the sheet that they stand in, from 0."""

    rows: list[list[str]]
    numbers: list[int]
    titles: list[str] = field(default_factory=list)
    footers: list[str] = field(default_factory=list)
    has_header: bool = False  # Known by names that span its columns.


def regions_of(rows: list[list[str]], merged: list[tuple[Place, Place]]) -> Iterator[Region]:
    """Blocks that empty rows, or whole empty columns between wide blocks, part from each other."""
    headers = _fill_merged(rows, merged)
    begin: int | None = None
    for at in range(len(rows) + 1):
        filled = at < len(rows) and any(rows[at])
        if filled and begin is None:
            begin = at
        elif not filled and begin is not None:
            yield from _beside(rows, begin, at, headers)
            begin = None


def _beside(rows: list[list[str]], begin: int, end: int, headers: set[int]) -> Iterator[Region]:
    width = max(len(row) for row in rows[begin:end])
    used = [any(at < len(row) and row[at] for row in rows[begin:end]) for at in range(width)]
    parts: list[list[int]] = []
    for at, is_used in enumerate(used):
        if is_used and (not parts or parts[-1][-1] != at - 1):
            parts.append([])
        if is_used:
            parts[-1].append(at)
    # One lone column beside a gap belongs to the same table, as row names and spacers do.
    if any(len(part) < 2 for part in parts):
        parts = [[at for part in parts for at in part]]
    for part in parts:
        numbers = [
            at for at in range(begin, end) if any(column < len(rows[at]) and rows[at][column] for column in part)
        ]
        cells = [[rows[at][column] if column < len(rows[at]) else "" for column in part] for at in numbers]
        yield _trimmed(cells, numbers, headers)


def _trimmed(rows: list[list[str]], numbers: list[int], headers: set[int]) -> Region:
    """Without titles above and remarks below, and with several rows of headers as one."""
    region = Region(rows, numbers)
    if len(rows[0]) > 1:
        while len(region.rows) > 1 and len(list(filter(None, region.rows[0]))) == 1 < _most(region.rows):
            region.titles += filter(None, region.rows[0])
            region.rows, region.numbers = region.rows[1:], region.numbers[1:]
        while len(region.rows) > 2 and _is_remark(region.rows[-1]):
            region.footers[:0] = filter(None, region.rows[-1])
            region.rows, region.numbers = region.rows[:-1], region.numbers[:-1]
    while len(region.rows) > 2 and region.numbers[0] in headers:
        region.rows = [_joined(region.rows[0], region.rows[1]), *region.rows[2:]]
        region.numbers, region.has_header = region.numbers[1:], True
    return region


def _most(rows: list[list[str]]) -> int:
    return max(len(list(filter(None, row))) for row in rows)


def _is_remark(row: list[str]) -> bool:
    filled = [cell for cell in row if cell]
    return len(filled) == 1 and len(row) > 2 and bool(row[0]) and len(row[0]) > _LONG


def _joined(above: list[str], below: list[str]) -> list[str]:
    return [
        cell if not name or cell == name else f"{name} {cell}".strip() for name, cell in zip(above, below, strict=True)
    ]


def _fill_merged(rows: list[list[str]], merged: list[tuple[Place, Place]]) -> set[int]:
    """Cells merged downwards repeat what they say. Returns the rows with names that span several columns."""
    spanning: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, right) in merged:
        if not (0 <= top < len(rows) and 0 <= left < len(rows[top])) or not rows[top][left]:
            continue
        for at in range(top + 1, min(bottom + 1, len(rows))):
            rows[at][left] = rows[top][left]
        if right > left and top == bottom:
            spanning.setdefault(top, []).append((left, right))
    headers = {row for row, spans in spanning.items() if len(spans) > 1}
    for row in headers:
        for left, right in spanning[row]:
            for at in range(left + 1, min(right + 1, len(rows[row]))):
                rows[row][at] = rows[row][left]
    return headers
