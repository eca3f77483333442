"""Where the graph's checkpoints are kept: a SQLite file for each run, or tables of the PostgreSQL database."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from utils.database.base import Database
from utils.sessions.runs import RUN_IDS
from utils.settings import Settings

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from agents.checkpoints.postgres_saver import Savers

_TABLES = ("checkpoint_writes", "checkpoint_blobs", "checkpoints")  # LangGraph's
_ACTIVE = "SELECT id FROM runs WHERE status IN ('queued', 'running', 'waiting')"


class Checkpoints(ABC):
    """The checkpoints of all runs. LangGraph is loaded where a run executes, not where they are only tidied up."""

    async def open(self) -> None:  # noqa: B027
        """Get ready to save. Call it once in a process that executes runs."""

    async def close(self) -> None:  # noqa: B027
        """No run is executed here any more."""

    @abstractmethod
    def of_run(self, run_id: str) -> "AbstractAsyncContextManager[BaseCheckpointSaver[Any]]":
        """The saver of a run's graph, which also loads the checkpoint to continue from."""

    @abstractmethod
    def forget(self, run_id: str) -> None:
        """The run has ended: nobody will resume it."""

    @abstractmethod
    def tidy(self) -> None:
        """Delete the checkpoints of runs that have ended, which killed processes left behind."""


def open_checkpoints(settings: Settings, database: Database) -> Checkpoints:
    if settings.database_url is not None:
        return DatabaseCheckpoints(database)
    return FileCheckpoints(settings.data_path / "checkpoints", database)


class FileCheckpoints(Checkpoints):
    """A file of its own for each run, so that no two runs ever wait for each other's checkpoints."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder
        self._database = database

    @asynccontextmanager
    async def of_run(self, run_id: str) -> "AsyncIterator[BaseCheckpointSaver[Any]]":
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        self._folder.mkdir(parents=True, exist_ok=True)
        async with AsyncSqliteSaver.from_conn_string(str(self._folder / f"{run_id}.db")) as saver:
            yield saver

    def forget(self, run_id: str) -> None:
        for ending in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                (self._folder / f"{run_id}.db{ending}").unlink()

    def tidy(self) -> None:
        files = (path for begin in RUN_IDS for path in self._folder.glob(f"{begin}*.db*"))
        kept = {path.name.partition(".")[0] for path in files}
        if kept:
            with self._database.read() as connection:
                active = set(connection.scalars(text(_ACTIVE)))
            for run_id in kept - active:
                self.forget(run_id)


class DatabaseCheckpoints(Checkpoints):
    """LangGraph's own tables, so that any machine can go on with any run."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._savers: Savers | None = None

    async def open(self) -> None:
        from agents.checkpoints.postgres_saver import Savers
        from utils.database.postgres import PostgresDatabase

        assert isinstance(self._database, PostgresDatabase)
        self._savers = Savers(self._database.conninfo, self._database.share.checkpoints)
        await self._savers.open()

    async def close(self) -> None:
        if self._savers is not None:
            await self._savers.close()

    @asynccontextmanager
    async def of_run(self, run_id: str) -> "AsyncIterator[BaseCheckpointSaver[Any]]":
        assert self._savers is not None
        yield self._savers.saver()

    def forget(self, run_id: str) -> None:
        with self._database.write() as connection:
            for table in _TABLES:
                connection.execute(text(f"DELETE FROM {table} WHERE thread_id = :run"), {"run": run_id})  # noqa: S608

    def tidy(self) -> None:
        with self._database.write() as connection:
            if connection.scalar(text("SELECT to_regclass(:name)"), {"name": _TABLES[0]}) is None:
                return  # no agent process has been here yet
            for table in _TABLES:
                left = f"DELETE FROM {table} WHERE thread_id LIKE ANY(:ours) AND thread_id NOT IN ({_ACTIVE})"  # noqa: S608
                connection.execute(text(left), {"ours": [f"{begin}%" for begin in RUN_IDS]})
