"""What a reader makes of a file: sections of plain text that know their place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agents.reading.grid import Grid, lines_of, parted, rest_of, table_of
from agents.text.row_line import row_line

# Beyond this, passages of rows would only bury those of prose. Arithmetic still sees every row.
MAX_SEARCHED_ROWS = 20_000
_ROWS_SIZE = 800
# Notes on text that is in a file and yet not for its readers.
HIDDEN_LEFT_OUT = "Text that is formatted as hidden was left out."
STRUCK_LEFT_OUT = "Text that is struck through was left out."


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of text with one reference: 'page 3', 'section “Fares”', 'rows 2-9'.

    Paragraphs are parted by an empty line; a single line break parts list items and table rows.
    """

    reference: str
    text: str
    whole: bool = False  # Already of a passage's size: not to be cut or joined.


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table with a header within a document. ``places`` are the references of the passages that tell its rows.

    ``numbers[i]`` is the number of ``rows[i]``, from 2: in a sheet its row, elsewhere counted from the header, row 1.
    ``title``: what the document calls it.
    """

    places: list[str]
    columns: list[str]
    rows: list[list[str]]
    numbers: list[int]
    title: str = ""

    @property
    def reference(self) -> str:
        """'page 2', or of a table that goes on over pages 'pages 2-4'."""
        kind, _, first = self.places[0].rpartition(" ")
        last = self.places[-1].rpartition(" ")[2]
        return self.places[0] if len(self.places) == 1 else f"{kind}s {first}-{last}"


@dataclass(slots=True)
class Reading:
    """What a reader tells while it reads, and what it knows at the end.

    ``notes`` say in plain words what of the document could not be read, ``remarks`` how it was read.
    """

    name: str
    on_progress: Callable[[int, int, str], None] = lambda done, total, unit: None
    pages: int | None = None
    rows: int | None = None
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    tables: list[FoundTable] = field(default_factory=list)

    def progress(self, done: int, total: int, unit: str) -> None:
        """``done`` of ``total`` pages or rows are read."""
        self.on_progress(done, total, unit)

    def grid(self, grid: Grid, reference: str, *, title: str = "", goes_on: bool = False) -> str:
        """The lines of a grid. If it is a table of several rows, it is kept for calculations.

        ``goes_on``: it may be the rest of the last table, which reached the end of the page before.
        """
        first, *others = parted(grid)
        lines = self._rest(first, reference) if goes_on and self.tables else []
        for part in others if lines else [first, *others]:
            table = table_of(part)
            if table and len(table.rows) > 1:
                numbers = list(range(table.first, table.first + len(table.rows)))
                self.keep(FoundTable([reference], table.columns, table.rows, numbers, title))
            lines += lines_of(part)
        return "\n".join(lines)

    def _rest(self, grid: Grid, reference: str) -> list[str]:
        """The lines of a grid whose rows belong to the last table, to which they are added; none if they do not."""
        table = self.tables[-1]
        rows = rest_of(grid, table.columns, table.rows)
        if rows:
            table.numbers.extend(range(table.numbers[-1] + 1, table.numbers[-1] + 1 + len(rows)))
            table.rows.extend(rows)
            table.places.append(reference)
            self.rows = (self.rows or 0) + len(rows)
        return [row_line(table.columns, row) for row in rows]

    def keep(self, table: FoundTable) -> None:
        """Keep a table for calculations."""
        self.tables.append(table)
        self.rows = (self.rows or 0) + len(table.rows)


Reader = Callable[[Path, Reading], Iterator[Section]]


def section_reference(heading: str) -> str:
    """Where the text below a heading stands; without a heading it is the beginning."""
    if not heading:
        return "beginning"
    return f"section “{heading if len(heading) <= 80 else heading[:79] + '…'}”"


def headed(heading: str, blocks: list[str]) -> Section:
    """The section below a heading. The heading is its first paragraph, so that it can be found by it."""
    return Section(section_reference(heading), "\n\n".join([heading, *blocks] if heading else blocks))


def rows_reference(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first}-{last}"


def row_sections(lines: Iterator[tuple[int, str]], place: str = "") -> Iterator[Section]:
    """Passages of whole rows, so that single facts of a table can be searched and quoted.

    ``lines`` are (row number, line); ``place`` comes before the rows in the references: 'sheet “2025”, rows 2-9'.
    """
    before = f"{place}, " if place else ""
    gathered: list[str] = []
    size = first = last = 0
    for number, whole_line in lines:
        line = whole_line[: 4 * _ROWS_SIZE]
        if gathered and size + len(line) > _ROWS_SIZE:
            yield Section(before + rows_reference(first, last), "\n".join(gathered), whole=True)
            gathered, size = [], 0
        if not gathered:
            first = number
        gathered.append(line)
        size, last = size + len(line) + 1, number
    if gathered:
        yield Section(before + rows_reference(first, last), "\n".join(gathered), whole=True)
