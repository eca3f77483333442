"""Machines never open more connections to PostgreSQL than they say, and a server that has no more to give fails nobody.

Three whole machines as they are installed share a server that has just as many as they may open, fewer than any of
them would like, and are given more at once than they have places for.
"""

import contextlib
import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx2
import psycopg
import pytest

from tests.support.account import HEADERS, add_account
from tests.support.gunicorn import gunicorn
from tests.support.postgres import PostgresServer, postgres_server
from utils.database.opening import open_database
from utils.settings import Settings

pytestmark = pytest.mark.any_database  # it has a server of its own
_MACHINES = 3
_EACH = 17  # the fewest for two web workers, two agent processes and their supervisor
_QUESTIONS = 30
_ONLOOKER = 1
_RESERVED = 3  # for superusers, whom nothing of this is for


class Onlooker:
    """Counts the connections of the machines, again and again."""

    def __init__(self, server: PostgresServer) -> None:
        self._raw = psycopg.connect(server.url("postgres"), autocommit=True)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.most = 0

    def _look(self) -> None:
        taken = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'ringside'"
        while not self._ended.wait(0.02):
            row = self._raw.execute(taken).fetchone()
            assert row is not None
            self.most = max(self.most, row[0])

    def __enter__(self) -> "Onlooker":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._raw.close()


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server(fsync=False, max_connections=_MACHINES * _EACH + _ONLOOKER + _RESERVED) as server:
        settings = Settings(_env_file=None, database_url=server.create("ringside"))
        with contextlib.closing(open_database(settings)) as database:
            database.migrate()
            add_account(database)
        with psycopg.connect(server.url("postgres"), autocommit=True) as raw:
            raw.execute("CREATE ROLE ringside LOGIN")
            raw.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO ringside")
            raw.execute("ALTER DATABASE ringside OWNER TO ringside")
        with psycopg.connect(server.url("ringside"), autocommit=True) as raw:
            raw.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO ringside")
            raw.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ringside")
            raw.execute("GRANT ALL ON SCHEMA public TO ringside")
        yield server


def ask(address: tuple[str, int] | str, number: int) -> list[tuple[int, str]]:
    """A session, a question, its answer, and what pages ask for meanwhile: the statuses."""
    at = f"http://{address[0]}:{address[1]}"
    with httpx2.Client(base_url=at, headers=HEADERS, timeout=90) as client:
        made = client.post("/api/sessions", json={"title": f"Session {number}"})
        told = [(made.status_code, "made")]
        for _ in range(4):
            told.append((client.get("/api/sessions").status_code, "list"))
            told.append((client.get("/api/sessions?query=engine").status_code, "search"))
        asked = client.post(
            f"/api/sessions/{made.json()['id']}/messages", json={"content": "Why?"}, headers={"Prefer": "wait=60"}
        )
        return [*told, (asked.status_code, "asked")]


def test_three_machines_at_the_limit_of_the_server(server: PostgresServer, tmp_path: Path) -> None:
    url = server.url("ringside").replace("user=postgres", "user=ringside")
    settings = {
        "database_url": url, "database_connections": _EACH, "web_concurrency": 2, "agent_processes": 2,
        "ratelimit_enabled": 0,
    }  # fmt: skip
    with ExitStack() as stack, Onlooker(server) as onlooker:
        machines = []
        for number in range(_MACHINES):
            (data := tmp_path / f"machine-{number}" / "data").mkdir(parents=True)
            machines.append(stack.enter_context(gunicorn(data, **settings)))
        with ThreadPoolExecutor(_QUESTIONS) as pool:
            told = [
                one
                for answers in pool.map(lambda n: ask(machines[n % _MACHINES].address, n), range(_QUESTIONS))
                for one in answers
            ]
        logs = [machine.log.read_text() for machine in machines]
    assert not [one for one in told if one[0] >= 400]
    assert Counter(what for _, what in told)["asked"] == _QUESTIONS
    with psycopg.connect(server.url("ringside")) as raw:
        ended = Counter(row[0] for row in raw.execute("SELECT status FROM runs"))
    assert ended == {"completed": _QUESTIONS}
    assert onlooker.most <= _MACHINES * _EACH
    assert onlooker.most > _MACHINES * _EACH / 2  # else nothing was tried
    for log in logs:
        assert not re.search(r"too many clients|remaining connection slots|connections of this process", log), log
        assert f"at most {_EACH} connections to the database: 2 web workers with 3 each" in log
