"""The tables of a document as files that calculations read: separated values, whatever the document is."""

import csv
import io
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from agents.reading.document_parser import find_tables
from agents.reading.sections import FoundTable
from agents.sandbox.unnamed_file import unnamed, unnamed_file
from agents.team.context import AnswerContext
from utils.sessions.documents import DocumentRecord

_MOST_TABLES = 12  # Of one document.


@dataclass(frozen=True, slots=True)
class TableFile:
    """``places`` begin the references of the passages that tell its rows, and ``place`` names them together; of a file
    that is all table both are empty. ``title``: what the document calls it."""

    name: str
    path: Path
    place: str = ""
    places: tuple[str, ...] = ()
    title: str = ""

    def holds(self, reference: str) -> bool:
        """Whether a passage with this reference tells rows of it."""
        return not self.places or any(reference == one or reference.startswith(f"{one},") for one in self.places)


async def table_files(record: DocumentRecord, stack: AsyncExitStack, context: AnswerContext) -> list[TableFile]:
    """The largest tables of a document, at paths that last as long as the stack.

    Raises DocumentError unknown_document, AgentError for a document that cannot be read.
    """
    path = await stack.enter_async_context(unnamed_file(context.documents, record.id))
    if record.is_separated:
        return [TableFile(record.name, path)]
    found = await find_tables(path, record.name, seconds=context.parse_seconds, memory_mb=context.parse_memory_mb)
    largest = sorted(found, key=lambda table: -len(table.rows))[:_MOST_TABLES]
    chosen = [table for table in found if table in largest]
    files = []
    for at, table in enumerate(chosen):
        place = await stack.enter_async_context(unnamed(partial(_write, table)))
        again = sum(one.reference == table.reference for one in chosen[:at])
        name = ", ".join(filter(None, (record.name, table.reference, f"table {again + 1}" if again else "")))
        places = tuple(filter(None, table.places))  # A list that is all of a JSON file has none.
        files.append(TableFile(name, place, table.reference, places, table.title))
    return files


def _write(table: FoundTable, file: BinaryIO) -> None:
    """Empty lines keep the numbers of the rows: the header is the line above the first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    text.write("\n" * (table.numbers[0] - 2))
    writer.writerow(table.columns)
    line = table.numbers[0]
    for number, row in zip(table.numbers, table.rows, strict=True):
        text.write("\n" * (number - line))
        writer.writerow(row)
        line = number + 1
    file.write(text.getvalue().encode())
