"""Copies of a PostgreSQL database, by its own pg_dump and pg_restore: one snapshot, for which no writer waits."""

import os
import re
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from utils.database.base import DatabaseError
from utils.database.copier import Copier
from utils.database.postgres_connection import place, words

_FIRST_BYTES = b"PGDMP"
# What belongs to somebody: not to the system, and not to an extension, which some services install by themselves.
_THERE = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%' AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1 LIMIT 1
"""
# In a list of pg_restore: what each new database has, and extensions, of which Ringside needs none.
_NOT_OURS = re.compile(r"\d+; \d+ \d+ (?:EXTENSION -|SCHEMA - public |COMMENT - (?:EXTENSION|SCHEMA public) )")


class PostgresCopier(Copier):
    def __init__(self, url: str) -> None:
        try:
            given = conninfo_to_dict(url)
        except psycopg.Error:  # whose words would repeat a part of it
            raise DatabaseError("DATABASE_URL cannot be understood.") from None
        # A command line is read by every user of the machine, the environment is not.
        password = given.pop("password", None)
        self._environment = os.environ | ({"PGPASSWORD": str(password)} if password else {})
        self._conninfo = make_conninfo("", **given)
        self._full = url
        self.place = place(url)

    def copy_to(self, file: Path) -> None:
        with closing(self._connect()) as raw:
            server = raw.info.server_version // 10_000
            if raw.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
                raise DatabaseError(f"There is no Ringside in the database {self.place}. Look at DATABASE_URL.")
        self._refuse_older("pg_dump", server)
        self._run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={file}", self._conninfo)

    def refuse_what_is_there(self) -> None:
        with closing(self._connect()) as raw:
            there = raw.execute(_THERE).fetchone()
        if there is not None:
            raise DatabaseError(
                f"The database {self.place} is not empty: {there[0]} is there. Stop the servers and make another one "
                "(CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0)."
            )

    def schema_of(self, file: Path) -> str:
        with file.open("rb") as opened:
            if opened.read(len(_FIRST_BYTES)) != _FIRST_BYTES:
                raise DatabaseError(
                    f"{file} is no copy of a PostgreSQL database. If it was made from SQLite, leave DATABASE_URL out."
                )
        rows = self._run("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(file))
        found = re.search(r"^COPY \S*alembic_version .*\n(\w+)$", rows, re.MULTILINE)
        if found is None:
            raise DatabaseError(f"{file} is a database of another program.")
        return found[1]

    def copy_from(self, file: Path) -> None:
        listed = self._run("pg_restore", "--list", str(file)).splitlines(keepends=True)
        wanted = [line for line in listed if not _NOT_OURS.match(line)]
        with tempfile.NamedTemporaryFile("w") as chosen:
            chosen.writelines(wanted)
            chosen.flush()
            self._run(
                "pg_restore", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error",
                f"--use-list={chosen.name}", f"--dbname={self._conninfo}", str(file),
            )  # fmt: skip
        with closing(self._connect()) as raw:
            raw.execute("ANALYZE")  # else the first questions would be planned without figures

    def _connect(self) -> "psycopg.Connection[Any]":
        try:
            return psycopg.connect(self._full, autocommit=True, connect_timeout=10)
        except psycopg.Error as error:
            raise DatabaseError(
                f"The database {self.place} cannot be opened: {words(error)}. Look at DATABASE_URL and at the server."
            ) from None

    def _refuse_older(self, program: str, server: int) -> None:
        found = re.search(r"\d+", self._run(program, "--version"))
        if found is None or int(found[0]) < server:
            raise DatabaseError(
                f"{program} is of PostgreSQL {found[0] if found else '?'}, and the server of {server}. Install the "
                f"client programs of PostgreSQL {server} or newer (on Debian and Ubuntu: postgresql-client-{server})."
            )

    def _run(self, program: str, *arguments: str) -> str:
        try:
            done = subprocess.run(
                [program, *arguments], env=self._environment, capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            raise DatabaseError(
                f"{program} was not found. Install the client programs of PostgreSQL (on Debian and Ubuntu: "
                "postgresql-client)."
            ) from None
        if done.returncode != 0:
            said = done.stderr.strip().removeprefix(f"{program}: ").removeprefix("error: ").partition("\n")[0]
            raise DatabaseError(f"{program} could not do it: {said}.")
        return done.stdout
