"""An upgrade node by node: the version before serves, works and stores beside this one, on one PostgreSQL database.

The versions are the tags v… of the repository, and the last commit before the schema 0016, which was in use when there
were no tags. Each is taken from the repository and run with the packages of this one.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import check
from tests.faults.emitter import Order
from tests.support.account import HEADERS
from tests.support.postgres import PostgresServer
from tests.support.processes import environment, free_port, server
from tests.support.waiting import wait_until
from utils.database.opening import open_database
from utils.doorbell.opening import open_doorbell
from utils.log.opening import open_log
from utils.project import PROJECT
from utils.sessions.new_session import emitted_session
from utils.settings import Settings

_AFTER_UNTAGGED = "utils/database/migrations/versions/0016_leaving_and_keys.py"
_ACCOUNT = (
    "from tests.support.account import add_account; from utils.database.opening import open_database, prepare; "
    "from utils.settings import get_settings; prepare(get_settings()); add_account(open_database(get_settings()))"
)


def git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=PROJECT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def versions() -> list[str]:
    # Where the main line got it: by a merge.
    added = git("log", "--first-parent", "-m", "--diff-filter=A", "--format=%H", "--", _AFTER_UNTAGGED).splitlines()
    untagged = [git("rev-parse", "--short", f"{added[-1]}^")] if added else []
    return [*filter(None, [*git("tag", "--list", "v*").splitlines(), *untagged])]


@pytest.fixture(params=versions() or [None])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of an older version."""
    if request.param is None:
        pytest.skip("this copy of the repository has neither tags nor its history: git fetch --unshallow --tags")
    packed = subprocess.run(["git", "archive", request.param], cwd=PROJECT, capture_output=True, check=True).stdout
    folder = tmp_path / "old"
    folder.mkdir()
    subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
    return folder


@contextmanager
def old_process(old: Path, env: dict[str, str], log: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        child = subprocess.Popen([sys.executable, *words], cwd=old, env=env, stdout=output, stderr=output)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def answers(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/readyz", timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


def ask(address: str, session: str, question: str) -> Any:
    answered = httpx2.post(
        f"{address}/api/sessions/{session}/messages", json={"content": question},
        headers={**HEADERS, "Prefer": "wait=60"}, timeout=90,
    )  # fmt: skip
    assert answered.status_code == 200, answered.text
    return answered.json()


def test_nobody_loses_anything_while_old_and_new_nodes_run_side_by_side(
    old: Path, postgres: PostgresServer, tmp_path: Path
) -> None:
    url = postgres.create("rolling")
    data, port = tmp_path / "data", free_port()
    data.mkdir()
    env = environment(data, database_url=url, agent_processes=1)
    address = f"http://127.0.0.1:{port}"
    subprocess.run([sys.executable, "-c", _ACCOUNT], cwd=old, env=env, check=True, timeout=120)
    serve = ("-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "wsgi:app")
    emitters = Acknowledgements(data, database_url=url)
    order = Order("old", str(emitters.folder / "old"), ["harbour", "quay"], rate=40, most=3)
    try:
        with (
            old_process(old, env, tmp_path / "old.log", *serve) as first,
            old_process(old, env, tmp_path / "emitter.log", "-m", "tests.faults.emitter", order.words()),
            httpx2.Client(headers=HEADERS, timeout=30) as client,
        ):
            wait_until(lambda: answers(address), 60, "the old node")
            wait_until(lambda: emitters.count() > 20, 30, "the first events")
            assert client.post(f"{address}/api/sessions", json={"id": "boats"}).status_code == 201
            document = {"files": ("boats.txt", b"The skipper of the Albatross is Ada.", "text/plain")}
            assert client.post(f"{address}/api/sessions/boats/documents", files=document).status_code == 201
            before = ask(address, "boats", "Who is the skipper of the Albatross?")
            with (
                server(environment(tmp_path / "new", database_url=url, agent_processes=1), tmp_path / "new.log") as (
                    _, new,
                ),
                emitters,
            ):  # fmt: skip
                emitters.start(["harbour", "quay"], rate=40, most=3)
                after = emitters.count()
                wait_until(lambda: emitters.count() > after + 100, 30, "events of both")
                # Each node reads, asks and works beside the other.
                for one, other in ((address, new), (new, address)):
                    answered = ask(one, "boats", "Who is the skipper of the Albatross?")
                    assert answered["run"]["status"] == before["run"]["status"] == "completed"
                    found = client.get(f"{other}/api/sessions/boats/messages").json()["messages"]
                    assert answered["run"]["id"] in {message["run_id"] for message in found}
                first.terminate()
                assert first.wait(60) == 0
                assert ask(new, "boats", "Who is the skipper of the Albatross?")["run"]["status"] == "completed"
        for log in ("old.log", "emitter.log"):
            assert "does not exist" not in (tmp_path / log).read_text()
        database = open_database(Settings(_env_file=None, database_url=url))  # type: ignore[arg-type]
        with closing(database), closing(open_doorbell(database)) as doorbell:
            verdict = check(open_log(database, doorbell, emitted_session), emitters, [])
        assert verdict.acknowledged > 100
        assert not verdict.refused
        late = subprocess.run(
            [sys.executable, "-m", "utils.database"], cwd=old, env=env, capture_output=True, text=True, check=False
        )
        assert "newer Ringside" in late.stderr, "an old node that starts late is refused in words"
    finally:
        postgres.drop("rolling")
