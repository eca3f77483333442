"""Copies of a SQLite database, by its online backup: it reads one snapshot, and nobody who writes waits for it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pysqlite3

from utils.database.base import DatabaseError
from utils.database.copier import Copier, new_file
from utils.database.sqlite import SqliteDatabase
from utils.settings import Settings

_EVERY_PAGE = -1  # in one step: in several, each write of another process would begin it anew
_FIRST_BYTES = b"SQLite format 3\0"


class SqliteCopier(Copier):
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = settings.data_path / "ringside.db"
        self.place = f"in DATA_DIR ({settings.data_path})"

    def copy_to(self, file: Path) -> None:
        if not self._path.is_file():
            raise DatabaseError(
                f"There is no database {self.place}. Set DATA_DIR or DATABASE_URL as the server has it."
            )
        with (
            self._telling(file),
            closing(SqliteDatabase(self._settings)) as database,
            closing(database.connect()) as source,
            closing(pysqlite3.connect(str(file))) as target,
        ):
            source.backup(target, pages=_EVERY_PAGE)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            _refuse_damaged(target, f"The database {self.place}")

    def refuse_what_is_there(self) -> None:
        there = sorted(path.name for path in self._path.parent.glob("ringside.db*"))
        if there := [name for name in there if not name.startswith("ringside.db.part")]:  # of a restore that was killed
            raise DatabaseError(
                f"DATA_DIR ({self._path.parent}) is not empty: {', '.join(there)}. Stop the server and move the folder "
                "away, or point DATA_DIR at another one."
            )

    def schema_of(self, file: Path) -> str:
        with file.open("rb") as opened:
            if opened.read(len(_FIRST_BYTES)) != _FIRST_BYTES:
                raise DatabaseError(
                    f"{file} is no copy of a SQLite database. If it was made from PostgreSQL, set DATABASE_URL."
                )
        with self._telling(file), closing(_read_only(file)) as source:
            _refuse_damaged(source, str(file))
            tables = {row[0] for row in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"alembic_version", "sessions"} <= tables:
                raise DatabaseError(f"{file} is a database of another program.")
            return str(source.execute("SELECT version_num FROM alembic_version").fetchone()[0])

    def copy_from(self, file: Path) -> None:
        with (
            new_file(self._path) as made,
            self._telling(made),
            closing(_read_only(file)) as source,
            closing(pysqlite3.connect(str(made))) as target,
        ):
            source.backup(target, pages=_EVERY_PAGE)

    @contextmanager
    def _telling(self, file: Path) -> Iterator[None]:
        try:
            yield
        except pysqlite3.Error as error:
            raise DatabaseError(f"The copy cannot be made or read ({file}): {error}.") from error


def _read_only(file: Path) -> Any:
    return pysqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def _refuse_damaged(raw: Any, what: str) -> None:
    said = str(raw.execute("PRAGMA quick_check(1)").fetchone()[0])
    if said != "ok":
        raise DatabaseError(f"{what} is damaged: {said}.")
