"""A copy that is made while events are stored, and put back elsewhere, has every event that was acknowledged before."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import psycopg
import pysqlite3
import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.emitter import digest
from tests.support.account import HEADERS
from tests.support.events import activity
from tests.support.postgres import PostgresServer
from tests.support.processes import environment, server
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.database.opening import open_database
from utils.doorbell.opening import open_doorbell
from utils.log.opening import open_log
from utils.project import PROJECT
from utils.sessions.new_session import emitted_session
from utils.settings import Settings

_SESSIONS = ["harbour", "quay"]


def command(env: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "utils.database", *map(str, words)],
        cwd=PROJECT, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def done(env: dict[str, str], *words: object) -> str:
    ended = command(env, *words)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def refused(env: dict[str, str], *words: object) -> str:
    ended = command(env, *words)
    assert ended.returncode != 0, ended.stdout
    assert ended.stderr.startswith("ringside: "), ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr


@pytest.fixture
def here(settings: Settings) -> dict[str, str]:
    """The environment of the server that is copied."""
    return environment(settings.data_path)


@pytest.fixture
def empty(
    settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[Settings, dict[str, str]]]:
    """An empty place, by settings and by an environment."""
    data = tmp_path / "another machine"
    if settings.database_url is None:
        yield settings.model_copy(update={"data_dir": data}), environment(data)
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    url = postgres.create("empty")
    place = Settings(_env_file=None, data_dir=data, database_url=url)  # type: ignore[call-arg]
    yield place, environment(data, database_url=url)
    postgres.drop("empty")


def numbers(settings: Settings) -> dict[str, dict[int, str]]:
    """Session → seq → digest of what is in the log."""
    database = open_database(settings)
    with closing(database), closing(open_doorbell(database)) as doorbell:
        log = open_log(database, doorbell, emitted_session)
        found = {}
        for session in _SESSIONS:
            position = log.position(session)
            assert position is not None
            events = log.read(position.key, 0, limit=1_000_000, max_bytes=1 << 30)
            assert position.head == len(events)
            found[session] = {event.seq: digest(event.data()) for event in events}
        return found


def test_what_was_acknowledged_before_a_copy_is_there_after_it_without_a_hole(
    database: Database, settings: Settings, here: dict[str, str], empty: tuple[Settings, dict[str, str]], tmp_path: Path
) -> None:
    file, (place, there) = tmp_path / "copy", empty
    with Acknowledgements(settings.data_path) as emitters:
        for _ in range(2):
            emitters.start(_SESSIONS, rate=400, most=5)
        wait_until(lambda: emitters.count() > 300, 30, "the first events")
        before, _ = emitters.promised()
        done(here, "backup", file)
        copied = emitters.count()
        wait_until(lambda: emitters.count() > copied + 100, 30, "events after the copy")
    after, _ = emitters.promised()
    told = done(there, "restore", file)
    assert str(file) in told
    restored = numbers(place)
    for session in _SESSIONS:
        assert sorted(restored[session]) == list(range(1, len(restored[session]) + 1))
        for seq, value in before[session].items():
            assert restored[session][seq] == value
    assert sum(map(len, restored.values())) < sum(map(len, after.values())), "the copy is of one moment"


def test_a_server_starts_on_what_was_put_back_with_its_own_key_and_goes_on(
    database: Database, settings: Settings, empty: tuple[Settings, dict[str, str]], tmp_path: Path
) -> None:
    place, there = empty
    here = environment(settings.data_path, agent_processes=0)
    del here["SECRET_KEY"], there["SECRET_KEY"]
    with server(here, tmp_path / "first.log") as (_, address):
        made = httpx2.post(f"{address}/api/sessions", json={"id": "harbour"}, headers=HEADERS, timeout=10)
        assert made.status_code == 201, made.text
        emitted(address, 1)
    told = done(here, "backup", tmp_path / "copy")
    assert f"{tmp_path}/copy.key" in told
    for name in ("copy", "copy.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    done(there, "restore", tmp_path / "copy")
    assert (place.data_path / "secret.key").read_bytes() == (settings.data_path / "secret.key").read_bytes()
    with server(there | {"AGENT_PROCESSES": "0"}, tmp_path / "second.log") as (_, address):
        emitted(address, 2)


def emitted(address: str, seq: int) -> None:
    events = [activity("harbour").model_dump(mode="json", exclude_none=True)]
    answer = httpx2.post(f"{address}/api/sessions/harbour/events", json={"events": events}, headers=HEADERS, timeout=10)
    assert answer.json() == {"seq": seq, "stop_requested": [], "messages": []}


def test_without_its_key_a_copy_says_what_is_missing(
    database: Database, here: dict[str, str], empty: tuple[Settings, dict[str, str]], tmp_path: Path
) -> None:
    _, there = empty
    assert "SECRET_KEY is not in it" in done(here, "backup", tmp_path / "copy")
    del there["SECRET_KEY"]
    assert "set SECRET_KEY" in done(there, "restore", tmp_path / "copy")


def test_nothing_is_overwritten(database: Database, here: dict[str, str], settings: Settings, tmp_path: Path) -> None:
    done(here, "backup", tmp_path / "copy")
    assert "is there already" in refused(here, "backup", tmp_path / "copy")
    words = refused(here, "restore", tmp_path / "copy")
    assert "is not empty" in words
    assert list(tmp_path.glob("copy*")) == [tmp_path / "copy"]


def test_what_is_no_copy_is_refused(
    database: Database, here: dict[str, str], empty: tuple[Settings, dict[str, str]], tmp_path: Path
) -> None:
    place, there = empty
    done(here, "backup", tmp_path / "copy")
    assert "There is no file" in refused(there, "restore", tmp_path / "nowhere")
    (tmp_path / "text").write_text("Certainly no database. " * 100)
    assert "no copy of a" in refused(there, "restore", tmp_path / "text")
    whole = (tmp_path / "copy").read_bytes()
    (tmp_path / "half").write_bytes(whole[: len(whole) // 2])
    refused(there, "restore", tmp_path / "half")
    assert not (place.data_path / "ringside.db").exists()
    done(there, "restore", tmp_path / "copy")  # what was refused has left the place empty


def test_a_copy_of_a_newer_version_is_refused(
    database: Database, here: dict[str, str], empty: tuple[Settings, dict[str, str]], tmp_path: Path
) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    done(here, "backup", tmp_path / "copy")
    assert "newer Ringside (schema 9999" in refused(empty[1], "restore", tmp_path / "copy")


def test_a_copy_of_an_older_version_is_migrated_at_the_start(
    database: Database, here: dict[str, str], empty: tuple[Settings, dict[str, str]], tmp_path: Path
) -> None:
    database.migrate_to("0015")
    done(here, "backup", tmp_path / "copy")
    assert "schema 0015" in done(empty[1], "restore", tmp_path / "copy")
    done(empty[1])
    with closing(open_database(empty[0])) as restored, restored.read() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() > "0015"


def test_a_folder_that_is_not_there_is_told(database: Database, here: dict[str, str], tmp_path: Path) -> None:
    assert "No such file" in refused(here, "backup", tmp_path / "unmounted" / "copy")


@pytest.mark.only_on("sqlite")
def test_a_key_of_another_server_stays(
    database: Database, settings: Settings, empty: tuple[Settings, dict[str, str]], tmp_path: Path
) -> None:
    place, there = empty
    here = environment(settings.data_path)
    del here["SECRET_KEY"], there["SECRET_KEY"]
    (settings.data_path / "secret.key").write_text("a" * 64)
    done(here, "backup", tmp_path / "copy")
    place.data_path.mkdir()
    (place.data_path / "secret.key").write_text("b" * 64)
    assert "of another server" in refused(there, "restore", tmp_path / "copy")
    assert not (place.data_path / "ringside.db").exists()


@pytest.mark.only_on("sqlite")
def test_nothing_to_copy_is_told_and_nothing_made(settings: Settings, tmp_path: Path) -> None:
    assert "There is no database" in refused(environment(tmp_path / "empty"), "backup", tmp_path / "copy")
    assert not (tmp_path / "empty").exists()
    assert not list(tmp_path.glob("copy*"))


@pytest.mark.only_on("sqlite")
def test_a_damaged_database_is_not_copied_in_silence(
    database: Database, settings: Settings, here: dict[str, str], tmp_path: Path
) -> None:
    database.close()
    with closing(pysqlite3.connect(str(settings.data_path / "ringside.db"))) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")
    with (settings.data_path / "ringside.db").open("r+b") as file:
        for page in range(5, 40):
            file.seek(page * 4096 + 8)
            file.write(b"\xff" * 64)
    refused(here, "backup", tmp_path / "copy")
    assert not list(tmp_path.glob("copy*"))


@pytest.mark.only_on("postgresql")
def test_the_password_is_not_on_a_command_line_and_not_in_words(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "pg_dump").write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/arguments\necho "$PGPASSWORD" >> {tmp_path}/password\n'
        'exec /usr/bin/env PATH="${PATH#*:}" pg_dump "$@"\n'
    )
    (programs / "pg_dump").chmod(0o755)
    assert settings.database_url is not None
    env = environment(
        settings.data_path,
        database_url=f"{settings.database_url.get_secret_value()}&password=s3cret",
        path=f"{programs}:{os.environ['PATH']}",
    )
    told = done(env, "backup", tmp_path / "copy")
    assert "s3cret" not in told + (tmp_path / "arguments").read_text()
    assert "s3cret" in (tmp_path / "password").read_text()


@pytest.mark.only_on("postgresql")
def test_older_or_missing_programs_are_told(database: Database, here: dict[str, str], tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    assert "pg_dump was not found" in refused(here | {"PATH": str(programs)}, "backup", tmp_path / "copy")
    (programs / "pg_dump").write_text('#!/bin/sh\necho "pg_dump (PostgreSQL) 12.3"\n')
    (programs / "pg_dump").chmod(0o755)
    env = here | {"PATH": f"{programs}:{here['PATH']}"}
    assert "pg_dump is of PostgreSQL 12" in refused(env, "backup", tmp_path / "copy")
    assert not list(tmp_path.glob("copy*"))


@pytest.mark.only_on("postgresql")
def test_a_user_without_special_rights_puts_a_copy_back_beside_what_its_service_has_installed(
    database: Database, here: dict[str, str], postgres: PostgresServer, tmp_path: Path
) -> None:
    done(here, "backup", tmp_path / "copy")
    with closing(psycopg.connect(postgres.url("postgres"), autocommit=True)) as raw:
        raw.execute("DROP DATABASE IF EXISTS of_tenant")
        raw.execute("DROP ROLE IF EXISTS tenant")
        raw.execute("CREATE ROLE tenant LOGIN")
        raw.execute("CREATE DATABASE of_tenant OWNER tenant TEMPLATE template0 ENCODING 'UTF8'")
    with closing(psycopg.connect(postgres.url("of_tenant"), autocommit=True)) as raw:
        raw.execute("CREATE EXTENSION pg_stat_statements")
    url = postgres.url("of_tenant").replace("user=postgres", "user=tenant")
    done(environment(tmp_path / "tenant", database_url=url), "restore", tmp_path / "copy")
    done(environment(tmp_path / "tenant", database_url=url))


@pytest.mark.only_on("sqlite")
def test_a_copy_is_a_database_that_other_tools_read(database: Database, here: dict[str, str], tmp_path: Path) -> None:
    done(here, "backup", tmp_path / "copy")
    shutil.copy(tmp_path / "copy", tmp_path / "moved")
    with closing(pysqlite3.connect(f"file:{tmp_path}/moved?mode=ro&immutable=1", uri=True)) as raw:
        assert raw.execute("SELECT count(*) FROM users").fetchone() == (1,)
