"""A file as its reader tells it, in this process."""

import importlib
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from agents.reading.document_parser import READERS
from agents.reading.passage_cutter import cut
from agents.reading.sections import FoundTable, Reading


@dataclass(frozen=True, slots=True)
class Told:
    passages: list[tuple[str, str]]
    reading: Reading

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.passages)

    @property
    def lines(self) -> list[str]:
        return [line for line in self.text.split("\n") if line]

    @property
    def notes(self) -> list[str]:
        return [*self.reading.remarks, *self.reading.notes]

    @property
    def tables(self) -> list[FoundTable]:
        return self.reading.tables

    def at(self, reference: str) -> str:
        """The text of all passages with a reference."""
        return "\n".join(text for own, text in self.passages if own == reference)


def told(folder: Path, name: str, content: bytes | str) -> Told:
    """Raises what the reader raises."""
    path = folder / "document"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    reading = Reading(name)
    reader = importlib.import_module(f"agents.reading.readers.{READERS[Path(name).suffix]}")
    return Told(list(cut(reader.read(path, reading))), reading)


def archive(parts: dict[str, str]) -> bytes:
    """A zip archive of texts by their names."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in parts.items():
            target.writestr(name, text)
    return file.getvalue()
