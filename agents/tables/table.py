"""Tables as files hold them: separated values in any of the usual dialects and encodings, broken ones too."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agents.errors import AgentError
from agents.text.decoding import decode

_SEPARATORS = (",", ";", "\t", "|")
_LONGEST_CELL = 20_000
MAX_COLUMNS = 500


@dataclass(slots=True)
class Table:
    """Cells as text. ``numbers[i]`` is the row number of ``rows[i]`` as a spreadsheet counts: the header is row 1."""

    name: str
    columns: list[str]
    rows: list[list[str]]
    numbers: list[int]
    notes: list[str] = field(default_factory=list)


def read_table(path: Path, name: str) -> Table:
    """Raises AgentError for a file that is no text or holds no rows."""
    text = decode(path.read_bytes(), name)
    separator = _separator(text)
    notes: list[str] = []
    try:
        csv.field_size_limit(_LONGEST_CELL)
        records = list(_records(text, separator, csv.QUOTE_MINIMAL))
        broken = any(cell.count("\n") > 50 for _, record in records for cell in record)
    except csv.Error:
        broken = True
    if broken:
        # A quote that never closes swallows the rest of the file: take quotes as ordinary letters instead.
        csv.field_size_limit(len(text) + 1)
        unquoted = _records(text, separator, csv.QUOTE_NONE)
        records = [(number, [cell.strip().strip('"') for cell in record]) for number, record in unquoted]
        notes.append("Its quoting is broken, so quotes were taken as ordinary characters.")
    if not records:
        raise AgentError("no_text", f"{name} contains no rows.")
    return _table(name, records, notes)


def _records(text: str, separator: str, quoting: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator, quoting=quoting)  # type: ignore[arg-type]
    for number, record in enumerate(reader, 1):
        cells = [cell.replace("\0", "").strip() for cell in record]
        if any(cells):
            yield number, cells


def _separator(text: str) -> str:
    """The separator that cuts most of the first lines into the same number of cells."""
    lines = [line for line in text[:64_000].split("\n") if line.strip()][:60]
    if len(lines) > 1 and lines[0].lower().startswith("sep="):
        return lines[0][4:5] or ","

    def fit(separator: str) -> tuple[float, int]:
        counts = Counter(len(record) for record in csv.reader(lines, delimiter=separator))
        width, often = max(counts.items(), key=lambda item: (item[1], item[0])) if counts else (1, 0)
        return (often / max(1, counts.total()) if width > 1 else 0.0, width)

    try:
        return max(_SEPARATORS, key=fit)
    except csv.Error:
        return max(_SEPARATORS, key=text[:64_000].count)


def _table(name: str, records: list[tuple[int, list[str]]], notes: list[str]) -> Table:
    if records[0][1][0].lower().startswith("sep="):
        records = records[1:]
    width = Counter(len(cells) for _, cells in records).most_common(1)[0][0] if records else 0
    while len(records) > 1 and sum(map(bool, records[0][1])) == 1 < sum(map(bool, records[1][1])):
        notes.append(f"“{' '.join(records[0][1]).strip()}” stands above the table.")
        records = records[1:]
    if not records:
        raise AgentError("no_text", f"{name} contains no rows.")
    width = min(MAX_COLUMNS, max(width, len(records[0][1])))
    if _is_header(records[0][1], [cells for _, cells in records[1:20]]):
        columns, records = _distinct(records[0][1], width), records[1:]
    else:
        columns = [f"column {number}" for number in range(1, width + 1)]
    odd = sum(len(cells) != width for _, cells in records)
    if odd:
        notes.append(f"{odd} row{'s have' if odd > 1 else ' has'} more or fewer cells than the header.")
    rows = [cells + [""] * (width - len(cells)) if len(cells) < width else cells[:width] for _, cells in records]
    return Table(name, columns, rows, [number for number, _ in records], notes)


def _is_header(first: list[str], others: list[list[str]]) -> bool:
    """Names, none of them a number, each different from the others; a table of text alone is taken to have one."""
    named = [cell for cell in first if cell]
    if not named:
        return False
    if len(set(named)) < len(named):
        return any(_starts_numeric(cell) for cells in others for cell in cells) and not any(map(_starts_numeric, named))
    return not any(_starts_numeric(cell) and not _is_year(cell) for cell in named) and (
        len(others) == 0 or not all(_is_year(cell) for cell in named)
    )


def _starts_numeric(cell: str) -> bool:
    return cell.lstrip("+-€$£ ")[:1].isdigit()


def _is_year(cell: str) -> bool:
    return len(cell) == 4 and cell.isdigit() and 1500 <= int(cell) <= 2200


def _distinct(header: list[str], width: int) -> list[str]:
    seen: Counter[str] = Counter()
    columns = []
    for number in range(width):
        name = " ".join((header[number] if number < len(header) else "").split())[:120] or f"column {number + 1}"
        seen[name.lower()] += 1
        columns.append(name if seen[name.lower()] == 1 else f"{name} ({seen[name.lower()]})")
    return columns
