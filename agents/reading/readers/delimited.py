"""CSV and TSV files: passages of whole rows, so that single facts of a table can be searched and quoted."""

from collections.abc import Iterator
from pathlib import Path

from agents.errors import AgentError
from agents.reading.sections import MAX_SEARCHED_ROWS, Reading, Section, row_sections
from agents.tables.table import Table, read_table
from agents.text.row_line import row_line


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is no text or holds no rows."""
    table = read_table(path, reading.name)
    if not table.rows:
        raise AgentError(
            "no_text", f"{reading.name} has a header row and no data rows. Add rows to it and add it again."
        )
    reading.rows = len(table.rows)
    reading.remarks += table.notes
    if len(table.rows) > MAX_SEARCHED_ROWS:
        reading.notes.append(f"The first {MAX_SEARCHED_ROWS} rows can be searched; calculations use all of them.")
    yield from row_sections(_lines(table, reading))


def _lines(table: Table, reading: Reading) -> Iterator[tuple[int, str]]:
    rows = zip(table.numbers[:MAX_SEARCHED_ROWS], table.rows[:MAX_SEARCHED_ROWS], strict=True)
    for done, (number, cells) in enumerate(rows, 1):
        yield number, row_line(table.columns, cells)
        if done % 1000 == 0:
            reading.progress(done, len(table.rows), "row")
