"""Tables as files hold them: separated values in any of the usual dialects and encodings, broken ones too."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from agents.errors import AgentError
from agents.tables.columns import BLANK
from agents.tables.dates import date
from agents.tables.numerals import Mark, numeral, unit_of
from agents.text.decoding import decode

_SEPARATORS = (",", ";", "\t", "|")
_LONGEST_CELL = 20_000
MAX_COLUMNS = 500
_FOOTER = re.compile(
    r"^(?:\*|†|\d\)|source|note|notes|quelle|hinweis|anmerkung|stand|remarque|nota|generated|created|printed|exported|"
    r"erstellt|gedruckt|copyright|©|end of|page|seite|as of|last updated|prepared|report)", re.I
)  # fmt: skip

_DECIDING = 40  # Rows.
_MOST_TITLES = 12  # Lines above a header: what a bank says of an account before its bookings.

Record = tuple[int, list[str]]


@dataclass(slots=True)
class Table:
    """Cells as text. ``numbers[i]`` is the row number of ``rows[i]`` as a spreadsheet counts: the header is row 1.

    ``titles`` are the lines above the header. ``decimal_hint`` is the decimal mark that the file's dialect suggests.
    """

    name: str
    columns: list[str]
    rows: list[list[str]]
    numbers: list[int]
    notes: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    decimal_hint: Mark | None = None


def read_tables(path: Path, name: str) -> list[Table]:
    """The tables of a file, at least one. Raises AgentError for a file that is no text or holds no rows."""
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
    if records[0][1][0].lower().startswith("sep="):
        records = records[1:]
    blocks = _blocks(records)
    tables = [
        arranged(name if len(blocks) == 1 else f"{name}, table {at}", block, list(notes))
        for at, block in enumerate(blocks, 1)
    ]
    for table in tables:
        table.decimal_hint = "," if separator == ";" else None
    return tables


def _blocks(records: list[Record]) -> list[list[Record]]:
    """The rows of each table: an empty row parts two where names of columns follow it that were not there before."""
    gaps = [at for at in range(1, len(records)) if records[at][0] > records[at - 1][0] + 1]
    blocks: list[list[Record]] = []
    begin = 0
    for at, end in pairwise([*gaps, len(records)]):
        header = _header_after_gap([cells for _, cells in records[at : min(end, at + _DECIDING)]])
        above = records[begin:at]
        if header and _is_table([cells for _, cells in above], header) and not _is_one_of(above, header):
            blocks.append(records[begin:at])
            begin = at
    return [*blocks, records[begin:]]


def _header_after_gap(rows: list[list[str]]) -> list[str]:
    """The names of columns above numbers that rows begin with, below their titles; empty if there are none."""
    while rows and sum(map(bool, rows[0])) == 1:
        rows = rows[1:]
    if len(rows) < 2 or not _names_above_numbers(rows[0], rows[1]):
        return []
    named = [cell.casefold() for cell in rows[0] if cell]
    if len(set(named)) < len(named) or any(cell in BLANK for cell in named):
        return []
    below = list(zip(rows[0], rows[1], strict=False))
    if any(cell and not name for name, cell in below[1:]) or not any(name and _is_value(cell) for name, cell in below):
        return []
    return rows[0] if _is_header(rows[0], rows[1:]) else []


def _is_table(rows: list[list[str]], next_header: list[str]) -> bool:
    """Whether the rows above another table are one of their own, and neither its titles nor its first part."""
    filled = [sum(map(bool, cells)) for cells in rows]
    wide = 2 * max(filled) >= sum(map(bool, next_header))
    return next_header not in rows and wide and sum(count > 1 for count in filled) > 1


def _is_one_of(above: list[Record], header: list[str]) -> bool:
    """Whether names of columns are one more row of the table above, with words where it has numbers.

    They are, if one of them stands there as a value, or if they are not written as its names are.
    """
    header_above, *rows = [cells for _, cells in above[len(_titles(above)) :]]
    if any(name and at < len(cells) and cells[at] == name for cells in rows for at, name in enumerate(header)):
        return True
    names, names_above = ([cell for cell in cells if cell] for cells in (header, header_above))
    if len(names) != len(names_above) or not _is_header(header_above, rows):
        return False
    return any(cell[0].islower() for cell in names) and not any(cell[0].islower() for cell in names_above)


def _records(text: str, separator: str, quoting: int) -> Iterator[Record]:
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


def arranged(name: str, records: list[Record], notes: list[str]) -> Table:
    """A table out of rows of cells with their numbers: finds its header, and what stands above and below it.

    Raises AgentError when there are no rows.
    """
    records = [record for record in records if any(record[1])]
    titles = _titles(records)
    for title in titles:
        notes.append(f"“{title}” stands above the table.")
    records = records[len(titles) :]
    if not records:
        raise AgentError("no_text", f"{name} contains no rows.")
    width = Counter(len(cells) for _, cells in records).most_common(1)[0][0]
    width = min(MAX_COLUMNS, max(width, len(records[0][1])))
    if _is_header(records[0][1], [cells for _, cells in records[1:20]]):
        header, records = records[0][1], records[1:]
        records = _without_repetitions(header, records, notes)
        columns, records = _with_units(_distinct(header, width), records)
    else:
        columns = [f"column {number}" for number in range(1, width + 1)]
    records = _without_strays(records, width, notes)
    odd = sum(len(cells) != width for _, cells in records)
    if odd:
        notes.append(f"{odd} row{'s have' if odd > 1 else ' has'} more or fewer cells than the header.")
    rows = [list(map(_in_one_line, cells[:width])) + [""] * (width - len(cells)) for _, cells in records]
    return Table(name, columns, rows, [number for number, _ in records], notes, titles)


def _in_one_line(cell: str) -> str:
    return " ".join(cell.split()) if "\n" in cell else cell


def _titles(records: list[Record]) -> list[str]:
    """The lines above the header: they fill fewer cells than the table does."""
    filled = [sum(map(bool, cells)) for _, cells in records]
    usual = max(((often, width) for width, often in Counter(filled).items()), default=(0, 0))[1]
    usual = max(usual, max(filled[-len(filled) // 2 :], default=0)) if len(records) < 6 else usual
    titles: list[str] = []
    for at, count in enumerate(filled[:-1]):
        above = count < usual / 2 and any(more >= usual / 2 for more in filled[at + 1 : at + 1 + _MOST_TITLES])
        alone = count == 1 and any(more > 1 for more in filled[at + 1 :])
        short = count < usual <= filled[at + 1] and at + 2 < len(records)
        if not (above or alone or (short and _names_above_numbers(records[at + 1][1], records[at + 2][1]))):
            break
        titles.append(" ".join(cell for cell in records[at][1] if cell))
    return titles


def _names_above_numbers(header: list[str], below: list[str]) -> bool:
    return not any(_starts_numeric(cell) for cell in header) and any(_starts_numeric(cell) for cell in below)


def _without_repetitions(header: list[str], records: list[Record], notes: list[str]) -> list[Record]:
    kept = [record for record in records if record[1] != header]
    if again := len(records) - len(kept):
        notes.append(f"The header is repeated {again} time{'s' if again > 1 else ''} within the table.")
    return kept


def _with_units(columns: list[str], records: list[Record]) -> tuple[list[str], list[Record]]:
    """A first row of units alone belongs to the header."""
    if not records or not any(records[0][1]):
        return columns, records
    units = [cell.strip("()[] ") for cell in records[0][1]]
    if all(units) or any(cell and not unit_of(cell) for cell in units) or len(records) < 2:
        return columns, records
    named = [f"{name} ({unit})" if unit else name for name, unit in zip(columns, units, strict=False)]
    return named + columns[len(named) :], records[1:]


def _without_strays(records: list[Record], width: int, notes: list[str]) -> list[Record]:
    """Without footnotes below the table and headings within it: a single cell in a table of several columns."""

    def single(cells: list[str]) -> bool:
        return width > 1 and sum(map(bool, cells)) == 1 and numeral(next(cell for cell in cells if cell)) is None

    kept = list(records)
    while len(kept) > 1 and single(kept[-1][1]):
        text = next(cell for cell in kept[-1][1] if cell)
        if width < 3 and not _FOOTER.match(text):
            break
        notes.append(f"“{text[:80]}” stands below the table.")
        kept.pop()
    if width > 2:
        headings = [record for record in kept if single(record[1]) and record[1][0]]
        if headings and len(headings) < len(kept) / 2:
            kept = [record for record in kept if record not in headings]
            listed = ", ".join(f"“{cells[0][:40]}”" for _, cells in headings[:5])
            notes.append(f"{listed} stand{'s' if len(headings) == 1 else ''} alone within the table.")
    return kept


def _is_header(first: list[str], others: list[list[str]]) -> bool:
    """Names, none of them a number, each different from the others; a table of text alone is taken to have one."""
    named = [cell for cell in first if cell]
    if not named:
        return False
    if len(set(named)) < len(named):
        return any(_starts_numeric(cell) for cells in others for cell in cells) and not any(map(_starts_numeric, named))
    return not any(_is_value(cell) and not _is_year(cell) for cell in named) and (
        len(others) == 0 or not all(_is_year(cell) for cell in named)
    )


def _is_value(cell: str) -> bool:
    """Whether a cell is a number or a date; '2024 Plan' is a name."""
    number = numeral(cell)
    return _starts_numeric(cell) and ((number is not None and number.known) or date(cell) is not None)


def _starts_numeric(cell: str) -> bool:
    return cell.lstrip("+-€$£( ")[:1].isdecimal()


def _is_year(cell: str) -> bool:
    return len(cell) == 4 and cell.isdecimal() and 1500 <= int(cell) <= 2200


def _distinct(header: list[str], width: int) -> list[str]:
    seen: Counter[str] = Counter()
    columns = []
    for number in range(width):
        name = " ".join((header[number] if number < len(header) else "").split())[:120] or f"column {number + 1}"
        seen[name.lower()] += 1
        columns.append(name if seen[name.lower()] == 1 else f"{name} ({seen[name.lower()]})")
    return columns
