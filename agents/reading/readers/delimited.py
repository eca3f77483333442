"""CSV and TSV files: passages of whole rows, so that single facts of a table can be searched and quoted."""

from collections.abc import Iterator
from pathlib import Path

from agents.reading.sections import Reading, Section
from agents.tables.table import read_table
from agents.text.row_line import row_line

_SIZE = 800
# Beyond this, passages of rows would only bury those of prose. Arithmetic still sees every row.
MAX_SEARCHED_ROWS = 20_000


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is no text or holds no rows."""
    table = read_table(path, reading.name)
    reading.rows = len(table.rows)
    reading.notes += table.notes
    if len(table.rows) > MAX_SEARCHED_ROWS:
        reading.notes.append(f"The first {MAX_SEARCHED_ROWS} rows can be searched; calculations use all of them.")
    gathered: list[str] = []
    size = first = last = 0
    for done, (number, cells) in enumerate(zip(table.numbers, table.rows, strict=True), 1):
        if done > MAX_SEARCHED_ROWS:
            break
        line = row_line(table.columns, cells)[: 4 * _SIZE]
        if gathered and size + len(line) > _SIZE:
            yield Section(_reference(first, last), "\n".join(gathered), whole=True)
            gathered, size = [], 0
        if not gathered:
            first = number
        gathered.append(line)
        size, last = size + len(line) + 1, number
        if done % 1000 == 0:
            reading.progress(done, len(table.rows), "row")
    if gathered:
        yield Section(_reference(first, last), "\n".join(gathered), whole=True)


def _reference(first: int, last: int) -> str:
    return f"row {first}" if first == last else f"rows {first}-{last}"
