"""What copies a database of one kind, and how a file is made that is whole or not there."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from utils.database.base import DatabaseError


class Copier(ABC):
    """Copies one kind of database. Its functions raise DatabaseError in plain words."""

    place: str

    @abstractmethod
    def copy_to(self, file: Path) -> None:
        """The database as it is at one moment. ``file`` is there, and empty."""

    @abstractmethod
    def refuse_what_is_there(self) -> None:
        """Raises DatabaseError unless there is room for a database."""

    @abstractmethod
    def schema_of(self, file: Path) -> str:
        """The version of the schema in a copy. Raises DatabaseError for what is no copy."""

    @abstractmethod
    def copy_from(self, file: Path) -> None:
        """All of it, or nothing."""


@contextmanager
def new_file(file: Path) -> Iterator[Path]:
    """A file of its owner's that is there when the block is through: whole, and on the disk, or not at all."""
    part = file.with_name(f"{file.name}.part")
    try:
        if file.exists():
            raise DatabaseError(f"{file} is there already. Name another file, or move it away.")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600, exist_ok=False)
        yield part
        _to_disk(part)
        part.rename(file)
        _to_disk(file.parent)
    except OSError as error:
        raise DatabaseError(f"{file} cannot be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
