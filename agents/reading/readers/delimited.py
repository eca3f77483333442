"""CSV and TSV files: passages of whole rows, so that single facts of a table can be searched and quoted."""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from agents.errors import AgentError
from agents.reading.sections import MAX_SEARCHED_ROWS, Reading, Section, row_sections
from agents.tables.table import Table, read_tables
from agents.text.row_line import row_line

_LABEL = re.compile(r"[^:]{2,60}: ?\S")  # 'Balance on 31 January: 1,204.77': what a bank says of the account.


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is no text or holds no rows."""
    tables = read_tables(path, reading.name)
    reading.rows = sum(len(table.rows) for table in tables)
    if not reading.rows:
        raise AgentError(
            "no_text", f"{reading.name} has a header row and no data rows. Add rows to it and add it again."
        )
    reading.remarks += dict.fromkeys(note for table in tables for note in table.notes)
    if reading.rows > MAX_SEARCHED_ROWS:
        reading.notes.append(f"The first {MAX_SEARCHED_ROWS} rows can be searched; calculations use all of them.")
    if labels := [title for table in tables for title in table.titles if _LABEL.match(title)]:
        yield Section("above the table", "\n".join(labels))
    yield from row_sections(islice(_lines(tables, reading), MAX_SEARCHED_ROWS))


def _lines(tables: list[Table], reading: Reading) -> Iterator[tuple[int, str]]:
    rows = ((table, number, cells) for table in tables for number, cells in zip(table.numbers, table.rows, strict=True))
    for done, (table, number, cells) in enumerate(rows, 1):
        yield number, row_line(table.columns, cells)
        if done % 1000 == 0:
            reading.progress(done, reading.rows or done, "row")
