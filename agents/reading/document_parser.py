"""Reads one document, in a child process with limits: ``python -m agents.reading.document_parser``.

Request: ``{"path", "name", "wanted": "passages" or "tables"}``. Lines of the answer: ``{"progress": 0..1, "details"}``;
then ``{"passages": [[reference, text], …]}`` in batches, at last ``{"done": {"pages", "rows", "notes", "remarks"}}``;
or, for tables, ``{"table": {"reference", "columns", "rows", "numbers"}}`` for each.
"""

import importlib
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

from agents.errors import AgentError
from agents.reading.sections import FoundTable, Reading
from agents.sandbox.confinement import serve
from agents.text.folding import folded

# Imported by name, so that a child loads only the library of its kind of file.
READERS: dict[str, str] = {
    ".pdf": "pdf", ".docx": "docx", ".csv": "delimited", ".tsv": "delimited", ".md": "markdown",
    ".markdown": "markdown", ".html": "html", ".htm": "html", ".txt": "text", ".xlsx": "workbook", ".xlsm": "workbook",
    ".xls": "workbook", ".xlsb": "workbook", ".ods": "workbook", ".pptx": "pptx", ".odt": "odt", ".rtf": "rtf",
    ".eml": "eml", ".json": "json_file",
}  # fmt: skip
# Of one document. The largest upload by default, 50 MiB of plain text, has some 70,000.
MOST_PASSAGES = 100_000
_BATCH = 100
_PROGRESS_SECONDS = 0.1  # Every progress is an event that is kept for ever.


@dataclass(slots=True)
class ParsedDocument:
    """``passages`` are (reference, text) in reading order.

    ``notes`` say in plain words what of the document could not be read, ``remarks`` how the rest was read.
    """

    passages: list[tuple[str, str]] = field(default_factory=list)
    pages: int | None = None
    rows: int | None = None
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


async def parse(
    path: Path,
    name: str,
    *,
    on_progress: Callable[[str, float], None] = lambda details, progress: None,
    seconds: float = 120,
    memory_mb: int = 1024,
) -> ParsedDocument:
    """Read a document in a child process. Raises AgentError with words for the person who added it."""
    parsed = ParsedDocument()

    def take(line: dict[str, Any]) -> None:
        if "progress" in line:
            on_progress(line["details"], line["progress"])
        elif "passages" in line:
            parsed.passages += [(reference, text) for reference, text in line["passages"]]
        else:
            for key, value in line["done"].items():
                setattr(parsed, key, value)

    await _ask(path, name, "passages", take, seconds, memory_mb)
    return parsed


async def find_tables(path: Path, name: str, *, seconds: float = 120, memory_mb: int = 1024) -> list[FoundTable]:
    """The tables with a header that a document holds. Raises AgentError with words for the person who added it."""
    found: list[FoundTable] = []

    def take(line: dict[str, Any]) -> None:
        if "table" in line:
            found.append(FoundTable(**line["table"]))

    await _ask(path, name, "tables", take, seconds, memory_mb)
    return found


async def _ask(
    path: Path, name: str, wanted: str, on_line: Callable[[dict[str, Any]], None], seconds: float, memory_mb: int
) -> None:
    from agents.sandbox.child_process import run_child  # Not in the child, which needs no event loop.

    request = {"path": str(path), "name": name, "wanted": wanted}
    try:
        await run_child(
            "agents.reading.document_parser", request, on_line=on_line, seconds=seconds, memory_mb=memory_mb
        )
    except AgentError as error:
        if error.code in ("took_too_long", "too_much_memory", "too_large", "child_failed"):
            raise AgentError(error.code, f"{name} could not be read. {error.message}") from None
        raise


def _answer(request: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
    from agents.reading.passage_cutter import cut

    name, path = request["name"], Path(request["path"])
    try:
        size = path.stat().st_size
    except FileNotFoundError:  # it was in the hands of the process that asked
        raise AgentError("child_failed", f"{name} is gone: the process that asked for it has ended.") from None
    if size == 0:
        raise AgentError("empty_document", f"{name} is empty (0 bytes). Check the file and add it again.")
    kind = READERS.get(PurePosixPath(name.lower()).suffix)
    if kind is None:
        raise AgentError("unsupported_type", f"{name} is of a kind that cannot be read.")

    told = 0.0

    def progress(done: int, total: int, unit: str) -> None:
        nonlocal told
        if done == total or time.monotonic() - told >= _PROGRESS_SECONDS:
            told = time.monotonic()
            tell({"progress": done / total, "details": f"{unit.capitalize()} {done:,} of {total:,}"})

    reading = Reading(name, progress)
    sections = importlib.import_module(f"agents.reading.readers.{kind}").read(path, reading)
    if request["wanted"] == "tables":
        deque(sections, maxlen=0)
        for table in reading.tables:
            tell({"table": asdict(table)})
        return
    passages = ((folded(reference), text) for reference, section in cut(sections) if (text := folded(section).strip()))
    count = 0
    while batch := list(islice(passages, min(_BATCH, MOST_PASSAGES - count))):
        count += len(batch)
        tell({"passages": batch})
    if next(passages, None) is not None:
        deque(sections, maxlen=0)  # for what the reader knows at the end
        reading.notes.append(f"The first {MOST_PASSAGES:,} passages can be searched; the rest was left out.")
    if not count:
        raise AgentError("no_text", f"{name} contains no text.")
    tell({"done": {key: getattr(reading, key) for key in ("pages", "rows", "notes", "remarks")}})


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # Parsers grumble about every oddity of a file on stderr.
    serve(_answer)
