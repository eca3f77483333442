"""Where the graph's checkpoints are kept: a SQLite file for each run, or tables of the PostgreSQL database."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from utils.database.base import Database
from utils.database.moment import now, to_ms
from utils.sessions.runs import RUN_IDS
from utils.settings import Settings

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from agents.checkpoints.postgres_saver import Savers

_TABLES = ("checkpoint_writes", "checkpoint_blobs", "checkpoints")  # LangGraph's
_ACTIVE = "status IN ('queued', 'running', 'waiting')"
# Since the run was asked for, a document of its session was deleted, whose words it may have kept.
_KNOWS_DELETED = (
    "EXISTS (SELECT 1 FROM sessions WHERE sessions.key = runs.session_key AND document_deleted_at >= runs.created_at)"
)
# The runs that are under way, those from which one of them begins, and the newest of those that have just ended.
_WANTED = f"""
SELECT id FROM runs WHERE {_ACTIVE}
UNION SELECT retry_of FROM runs WHERE {_ACTIVE} AND from_step IS NOT NULL
UNION SELECT id FROM (
  SELECT id FROM runs WHERE finished_at > :since AND NOT outside AND reported_id IS NULL AND NOT {_KNOWS_DELETED}
  ORDER BY finished_at DESC LIMIT :most
) AS ended
"""  # noqa: S608

_ENDED = "SELECT id FROM runs WHERE session_key = :session AND finished_at > :since AND reported_id IS NULL"


class Checkpoints(ABC):
    """The checkpoints of all runs. LangGraph is loaded where a run executes, not where they are only tidied up.

    Those of a run that has ended are kept for some time, for another run to begin from one of its steps.
    """

    def __init__(self, database: Database, kept_for: timedelta, most_kept: int) -> None:
        self._database = database
        self._kept_for = kept_for
        self._most_kept = most_kept

    async def open(self) -> None:  # noqa: B027
        """Get ready to save. Call it once in a process that executes runs."""

    async def close(self) -> None:  # noqa: B027
        """No run is executed here any more."""

    @abstractmethod
    def of_run(self, run_id: str) -> "AbstractAsyncContextManager[BaseCheckpointSaver[Any]]":
        """The saver of a run's graph, which also loads the checkpoint to continue from."""

    @abstractmethod
    def has(self, run_id: str) -> bool:
        """Whether there are some of this run."""

    @abstractmethod
    def forget(self, run_id: str) -> None:
        """Nobody will resume the run, or begin from one of its steps."""

    def ended(self, run_id: str) -> None:
        """The run has ended: nobody will resume it."""
        if not (self._kept_for and self._most_kept) or self._knows_deleted(run_id):
            self.forget(run_id)

    def forget_ended(self, session_key: int) -> None:
        """No run begins any more from a step of the runs of this session that have ended so far."""
        with self._database.read() as connection:
            values = {"session": session_key, "since": self._wanted()["since"]}
            ended = list(connection.scalars(text(_ENDED), values))
        for run_id in ended:
            self.forget(run_id)

    def _knows_deleted(self, run_id: str) -> bool:
        with self._database.read() as connection:
            found = text(f"SELECT EXISTS (SELECT 1 FROM runs WHERE id = :run AND {_KNOWS_DELETED})")  # noqa: S608
            return bool(connection.scalar(found, {"run": run_id}))

    @abstractmethod
    def tidy(self) -> None:
        """Delete the checkpoints of runs that have ended, once they are kept no longer."""

    def _wanted(self) -> Mapping[str, object]:
        """The values for _WANTED."""
        return {"since": to_ms(now() - self._kept_for), "most": self._most_kept if self._kept_for else 0}


def open_checkpoints(settings: Settings, database: Database) -> Checkpoints:
    kept = timedelta(hours=settings.checkpoint_hours), settings.checkpoint_runs
    if settings.database_url is not None:
        return DatabaseCheckpoints(database, *kept)
    return FileCheckpoints(settings.data_path / "checkpoints", database, *kept)


class FileCheckpoints(Checkpoints):
    """A file of its own for each run, so that no two runs ever wait for each other's checkpoints."""

    def __init__(self, folder: Path, database: Database, kept_for: timedelta, most_kept: int) -> None:
        super().__init__(database, kept_for, most_kept)
        self._folder = folder

    @asynccontextmanager
    async def of_run(self, run_id: str) -> "AsyncIterator[BaseCheckpointSaver[Any]]":
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        self._folder.mkdir(parents=True, exist_ok=True)
        async with AsyncSqliteSaver.from_conn_string(str(self._folder / f"{run_id}.db")) as saver:
            yield saver

    def has(self, run_id: str) -> bool:
        return (self._folder / f"{run_id}.db").exists()

    def forget(self, run_id: str) -> None:
        for ending in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                (self._folder / f"{run_id}.db{ending}").unlink()

    def tidy(self) -> None:
        files = (path for begin in RUN_IDS for path in self._folder.glob(f"{begin}*.db*"))
        kept = {path.name.partition(".")[0] for path in files}
        if kept:
            with self._database.read() as connection:
                wanted = set(connection.scalars(text(_WANTED), self._wanted()))
            for run_id in kept - wanted:
                self.forget(run_id)


class DatabaseCheckpoints(Checkpoints):
    """LangGraph's own tables, so that any machine can go on with any run."""

    def __init__(self, database: Database, kept_for: timedelta, most_kept: int) -> None:
        super().__init__(database, kept_for, most_kept)
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

    def has(self, run_id: str) -> bool:
        some = text(f"SELECT EXISTS (SELECT 1 FROM {_TABLES[-1]} WHERE thread_id = :run)")  # noqa: S608
        with self._database.read() as connection:
            return _are_made(connection) and bool(connection.scalar(some, {"run": run_id}))

    def forget(self, run_id: str) -> None:
        with self._database.write() as connection:
            for table in _TABLES if _are_made(connection) else ():
                connection.execute(text(f"DELETE FROM {table} WHERE thread_id = :run"), {"run": run_id})  # noqa: S608

    def tidy(self) -> None:
        with self._database.write() as connection:
            if not _are_made(connection):
                return  # no agent process has been here yet
            values = {"ours": [f"{begin}%" for begin in RUN_IDS], **self._wanted()}
            for table in _TABLES:
                wanted = f"SELECT 1 FROM ({_WANTED}) AS wanted WHERE wanted.id = {table}.thread_id"  # noqa: S608
                left = f"DELETE FROM {table} WHERE thread_id LIKE ANY(:ours) AND NOT EXISTS ({wanted})"  # noqa: S608
                connection.execute(text(left), values)


def _are_made(connection: Connection) -> bool:
    """Whether LangGraph's tables are there."""
    return connection.scalar(text("SELECT to_regclass(:name)"), {"name": _TABLES[0]}) is not None
