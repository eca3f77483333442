"""A PostgreSQL server of the test run's own: Debian's, with its data in a folder that goes, on a private port."""

import os
import random
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.support.processes import free_port
from tests.support.waiting import wait_until

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "log_min_messages": "warning",
    "synchronous_commit": "on",
    "fsync": "on",
    "shared_buffers": "64MB",
}


class PostgresServer:
    """Started by ``start``; its databases are copies of a template."""

    def __init__(self, folder: Path, network: str | None = None) -> None:
        """With a ``network`` it also listens to the machines of it, and trusts them."""
        self._data, self._sockets = folder / "data", folder / "sockets"
        self._log = folder / "server.log"
        self._port = free_port()
        self._bin = _programs()
        for made in (self._data, self._sockets):
            made.mkdir(mode=0o700)
        if os.getuid() == 0:  # the server refuses to be root
            for owned in (folder, self._data, self._sockets):
                shutil.chown(owned, "postgres", "postgres")
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8")
        self._settings = _SETTINGS | ({"listen_addresses": "*"} if network else {})
        if network:
            with (self._data / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {network} trust\n")

    def start(self) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in self._settings.items())
        options += f" -c unix_socket_directories={self._sockets} -p {self._port}"
        self._run("pg_ctl", "start", "--wait", "--log", str(self._log), "--options", options)

    def stop(self, mode: str = "fast") -> None:
        """``immediate`` is a crash: what was not flushed is lost, and the next start recovers."""
        self._run("pg_ctl", "stop", "--wait", "--mode", mode)

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    def kill_backend(self) -> None:
        """kill -9 of one of the processes that serve clients. The server ends the others as well, for the one may have
        left their shared memory in disorder, and recovers; returns when it answers again."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as raw:
            serving = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname <> 'postgres'"
            os.kill(random.choice([row[0] for row in raw.execute(serving)]), signal.SIGKILL)
            wait_until(lambda: _is_lost(raw), 10, "the end of the others")
        wait_until(self.answers, 60, "the recovery")

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

    def create(self, name: str, template: str = "template0") -> str:
        """A new database's address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as raw:
            raw.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\'')
        return self.url(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as raw:
            raw.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def empty(self, name: str, schema: str) -> bool:
        """Forget its rows and disconnect everybody: twenty times as fast as another database. False if it is not
        of that schema."""
        with psycopg.connect(self.url(name), autocommit=True) as raw:
            raw.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            kept = ["alembic_version", "checkpoint_migrations"]
            rows = raw.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            tables = [row[0] for row in rows if row[0] not in kept]
            if not tables or raw.execute("SELECT version_num FROM alembic_version").fetchall() != [(schema,)]:
                return False
            raw.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
        return True

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), "-D", str(self._data), *arguments]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        assert done.returncode == 0, f"{program}: {done.stderr.decode()}"


@contextmanager
def postgres_server(network: str | None = None) -> Iterator[PostgresServer]:
    # Not a folder of pytest's: those are closed to other users, and the server may have to be one.
    with tempfile.TemporaryDirectory(prefix="ringside-postgres-") as folder:
        server = PostgresServer(Path(folder), network)
        server.start()
        try:
            yield server
        finally:
            server.stop("immediate")


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
