"""Word files (.docx), a section per heading; tables become lines of 'column: cell'."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
from docx.opc.exceptions import OpcError
from docx.table import Table
from docx.text.paragraph import Paragraph

from agents.errors import AgentError
from agents.reading.sections import Reading, Section, headed
from agents.text.row_line import row_line

MAX_INFLATED_BYTES = 300 * 1024 * 1024
MAX_RATIO = 200  # Office files compress some 5 to 20 times; only a bomb goes beyond this.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK = 1024 * 1024


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is damaged, encrypted, or inflates beyond all measure."""
    with path.open("rb") as file:
        if file.read(8) == _OLE:
            raise AgentError(
                "encrypted_document",
                f"{reading.name} is protected by a password or is an old .doc file. "
                "Save it as .docx without a password and add that.",
            )
    try:
        _refuse_bomb(path, reading.name)
        document = docx.Document(str(path))
        yield from _sections(document.iter_inner_content(), reading)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OpcError, SyntaxError, KeyError, ValueError, OSError,
            RuntimeError, NotImplementedError, AttributeError, EOFError):  # fmt: skip  # Broken XML is a SyntaxError.
        raise AgentError(
            "damaged_document",
            f"{reading.name} is not a Word file that can be read: it is damaged or another kind of file. "
            "Open it in Word or LibreOffice, save it as .docx and add the new file.",
        ) from None


def _refuse_bomb(path: Path, name: str) -> None:
    """Inflate every member to nowhere, a chunk at a time: what the directory declares may be a lie."""
    allowed = min(MAX_INFLATED_BYTES, max(path.stat().st_size * MAX_RATIO, 20 * _CHUNK))
    words = f"{name} unpacks to an enormous size, so it was not opened. If it is yours, save it without embedded files."
    bomb = AgentError("document_bomb", words)
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > allowed or len(members) > 10_000:
            raise bomb
        total = 0
        for member in members:
            with archive.open(member) as inflated:
                while chunk := inflated.read(_CHUNK):
                    total += len(chunk)
                    if total > allowed:
                        raise bomb


def _sections(content: Iterator[Paragraph | Table], reading: Reading) -> Iterator[Section]:
    heading = ""
    blocks: list[str] = []
    anything = False
    for item in content:
        if isinstance(item, Table):
            blocks.append(_table(item))
            continue
        text = " ".join(item.text.split())
        if not text:
            continue
        style = (item.style.name or "") if item.style else ""
        if style.startswith(("Heading", "Title")):
            if blocks:
                yield headed(heading, blocks)
            heading, blocks, anything = text, [], True
        elif style.startswith("List") and blocks:
            blocks[-1] += f"\n- {text}"
        else:
            blocks.append(text)
    if blocks:
        yield headed(heading, blocks)
    elif not anything:
        raise AgentError("no_text", f"{reading.name} contains no text.")


def _table(table: Table) -> str:
    rows = [[" ".join(cell.text.split()) for cell in row.cells] for row in table.rows]
    if len(rows) < 2:
        return "; ".join(cell for row in rows for cell in row if cell)
    return "\n".join(line for row in rows[1:] if (line := row_line(rows[0], row)))
