"""A PostgreSQL server of the test run's own: Debian's, with its data in a folder that goes, on a private port."""

import os
import random
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.support.processes import command_of, descendants, free_port
from tests.support.waiting import wait_until

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "warning",
    "synchronous_commit": "on",
    "shared_buffers": "64MB",
}


class PostgresServer:
    """Started by ``start``; its databases are copies of a template."""

    def __init__(
        self,
        folder: Path,
        network: str | None = None,
        *,
        fsync: bool = True,
        max_connections: int = 200,
        standby_of: "PostgresServer | None" = None,
    ) -> None:
        """With a ``network`` it also listens to the machines of it, and trusts them. Without ``fsync`` its commits
        survive the death of any process, but no power cut. A standby follows another server until ``promote``."""
        self.data, self._sockets = folder / "data", folder / "sockets"
        self._log = folder / "server.log"
        self._port = free_port()
        self._bin = _programs()
        self.environment: dict[str, str] = {}  # of the server's processes, besides this one's
        self._contents: dict[str, _Content] = {}
        for made in (self.data, self._sockets):
            made.mkdir(mode=0o700)
        if os.getuid() == 0:  # the server refuses to be root
            for owned in (folder, self.data, self._sockets):
                shutil.chown(owned, "postgres", "postgres")
        if standby_of is None:
            self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8")
        else:
            self._run(
                "pg_basebackup", "--checkpoint=fast", "--write-recovery-conf", "--dbname", standby_of.url("postgres")
            )
        self._settings = (
            _SETTINGS
            | {"fsync": "on" if fsync else "off", "max_connections": str(max_connections)}
            | ({"listen_addresses": "*"} if network else {})
        )
        if network:
            with (self.data / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {network} trust\n")

    def start(self) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        options += f" -c unix_socket_directories={self._sockets} -p {self._port}"
        self._run("pg_ctl", "start", "--wait", "--log", str(self._log), "--options", options)

    def stop(self, mode: str = "fast") -> None:
        """``immediate`` is a crash: what was not flushed is lost, and the next start recovers."""
        self._run("pg_ctl", "stop", "--wait", "--mode", mode)

    def wait_for_standby(self) -> None:
        """From now on a commit returns when it is on the standby's disk, too."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as raw:
            raw.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            raw.execute("SELECT pg_reload_conf()")
            query = "SELECT FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'"
            wait_until(lambda: raw.execute(query).rowcount == 1, 30, "a standby that keeps up")

    def promote(self) -> None:
        """A standby becomes the server that is written to."""
        self._run("pg_ctl", "promote", "--wait")

    def kill(self) -> None:
        """kill -9 of all its processes."""
        master = self.pid
        os.kill(master, signal.SIGSTOP)  # from now on it makes no further process
        family = [master, *descendants(master)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(command_of, family)), 30, "the end of all processes of the server")
        # A start believes these while who was killed is still in the table of processes, as a zombie for example.
        for lock in (self.data / "postmaster.pid", *self._sockets.iterdir()):
            lock.unlink()

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """All its processes stand still: connections stay open, and nothing is answered."""
        master = int((self.data / "postmaster.pid").read_text().split()[0])
        family = [master, *descendants(master)]
        for pid in family:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in family:
                os.kill(pid, signal.SIGCONT)

    def kill_backend(self) -> None:
        """kill -9 of one of the processes that serve clients. The server ends the others as well, for the one may have
        left their shared memory in disorder, and recovers; returns when it answers again."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as raw:
            serving = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname <> 'postgres'"
            os.kill(random.choice([row[0] for row in raw.execute(serving)]), signal.SIGKILL)
            wait_until(lambda: _is_lost(raw), 10, "the end of the others")
        wait_until(self.answers, 60, "the recovery")

    @property
    def pid(self) -> int:
        """Of the process above all of the server's."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, name: str) -> str:
        return f"postgresql:///{name}?host={self._sockets}&port={self._port}&user=postgres"

    def tcp_url(self, name: str, host: str = "127.0.0.1") -> str:
        """As another machine would reach it."""
        return f"postgresql://postgres@{host}:{self._port}/{name}"

    def or_standby(self, standby: "PostgresServer", name: str) -> str:
        """The address of a database on whichever of the two is written to."""
        return f"postgresql://postgres@127.0.0.1:{self._port},127.0.0.1:{standby._port}/{name}"

    def create(self, name: str, template: str = "template0") -> str:
        """A new database's address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as raw:
            raw.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\'')
        return self.url(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as raw:
            raw.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def disconnect(self, name: str) -> None:
        """End all connections to a database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as raw:
            raw.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

    def restore(self, name: str, template: str) -> bool:
        """Disconnect everybody, and put back the rows and the counters of the database it was made from.

        A fifth of the work of truncating every table. False if it is not of the same schema any more.
        """
        if template not in self._contents:
            self._contents[template] = _Content.of(self.url(template))
        with psycopg.connect(self.url(name), autocommit=True) as raw:
            raw.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return self._contents[template].put_back(raw)

    @contextmanager
    def stopped_at_the_end(self) -> Iterator[None]:
        """Stop the server with this block, and with this process, too, however it ends: kill -9 runs no `finally`.

        A process in a session of its own waits for the end of a pipe that only this process holds open.
        """
        stop = self._command("pg_ctl", "stop", "--mode", "immediate")
        command = ["sh", "-c", 'cat >/dev/null; "$@"; rm -rf "$0"', str(self.data.parent), *stop]
        quiet = subprocess.DEVNULL
        watch = subprocess.Popen(
            command, cwd="/", stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True
        )
        assert watch.stdin is not None
        try:
            yield
        finally:
            watch.stdin.close()
            watch.wait(60)

    def _command(self, program: str, *arguments: str) -> list[str]:
        command = [str(self._bin / program), "-D", str(self.data), *arguments]
        return ["runuser", "-u", "postgres", "--", *command] if os.getuid() == 0 else command

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            self._command(program, *arguments),
            cwd="/",
            env=os.environ | self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        said = self._log.read_text()[-2000:] if self._log.exists() else ""
        assert done.returncode == 0, f"{program}: {done.stderr.decode()}{said}"


@dataclass(frozen=True)
class _Content:
    """A database's version of the schema, the rows of its tables, and how far its sequences have counted."""

    version: list[tuple[Any, ...]]
    rows: dict[str, bytes]
    counted: dict[str, int | None]

    @classmethod
    def of(cls, url: str) -> "_Content":
        with psycopg.connect(url) as raw:
            rows = {}
            for table in _filled(raw):
                with raw.cursor().copy(f'COPY "{table}" TO STDOUT (FORMAT BINARY)') as copy:
                    rows[table] = b"".join(bytes(piece) for piece in copy)
            return cls(_version(raw), rows, _counted(raw))

    def put_back(self, raw: "psycopg.Connection[Any]") -> bool:
        if _version(raw) != self.version:
            return False
        with raw.transaction():
            raw.execute("SET LOCAL session_replication_role = replica")  # the rows come in any order
            for table in _filled(raw):
                raw.execute(f'DELETE FROM "{table}"')
            for table, data in self.rows.items():
                with raw.cursor().copy(f'COPY "{table}" FROM STDIN (FORMAT BINARY)') as copy:
                    copy.write(data)
            for sequence, last in _counted(raw).items():
                wanted = self.counted.get(sequence)
                if last != wanted:
                    raw.execute("SELECT setval(%s::regclass, %s, %s)", (sequence, wanted or 1, wanted is not None))
        return True


def _version(raw: "psycopg.Connection[Any]") -> list[tuple[Any, ...]]:
    if raw.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
        return []
    return raw.execute("SELECT version_num FROM alembic_version").fetchall()


def _filled(raw: "psycopg.Connection[Any]") -> list[str]:
    """The tables that have a row, without those that tell what has been migrated."""
    kept = ["alembic_version", "checkpoint_migrations"]
    tables = [row[0] for row in raw.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    asked = [f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables if table not in kept]
    return [row[0] for row in raw.execute(" UNION ALL ".join(asked))] if asked else []


def _counted(raw: "psycopg.Connection[Any]") -> dict[str, int | None]:
    return dict(raw.execute("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'").fetchall())


@contextmanager
def postgres_server(
    network: str | None = None, *, fsync: bool = True, max_connections: int = 200,
    standby_of: PostgresServer | None = None,
) -> Iterator[PostgresServer]:  # fmt: skip
    # Not a folder of pytest's: those are closed to other users, and the server may have to be one.
    folder = Path(tempfile.mkdtemp(prefix="ringside-postgres-"))
    server = PostgresServer(folder, network, fsync=fsync, max_connections=max_connections, standby_of=standby_of)
    with server.stopped_at_the_end():
        server.start()
        yield server


def _is_lost(raw: "psycopg.Connection[Any]") -> bool:
    try:
        raw.execute("SELECT 1")
    except psycopg.Error:
        return True
    return False


def _programs() -> Path:
    """Where initdb and pg_ctl are: Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    assert program is not None, "PostgreSQL is missing: on Debian and Ubuntu, apt-get install postgresql"
    return Path(program).resolve().parent
