"""What the tests share: a database of their own for each, its parts, and the app of pytest-flask.

Every test with a database runs on SQLite and on PostgreSQL, but for two kinds of exception, which a mark names:
``only_on("sqlite")``, what is told does not exist elsewhere; ``any_database``, what is told has nothing to do with the
database (how a request is refused, how a model is asked), so one will do: SQLite, or what ``--database`` says.

Every test belongs to one part, by its folder or by what its module starts, and has a mark of that name: see ``_PARTS``.
"""

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from functools import cache
from operator import itemgetter
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [entry for entry in [str(PROJECT)] if entry not in sys.path]  # as `python -m pytest` does

from tests.support import agent_runs, gunicorn, processes, programs  # noqa: E402
from tests.support.account import EMAIL, KEY, QUICK, SECRET_KEY, add_account  # noqa: E402
from tests.support.clock import Clock  # noqa: E402
from tests.support.compiled import keep_compiled  # noqa: E402
from tests.support.postgres import PostgresServer, postgres_server  # noqa: E402
from utils.accounts.principal import UserRecord  # noqa: E402
from utils.accounts.quotas import Quotas  # noqa: E402
from utils.accounts.users import Users  # noqa: E402
from utils.database.base import Database  # noqa: E402
from utils.database.opening import open_database  # noqa: E402
from utils.doorbell.base import Doorbell  # noqa: E402
from utils.doorbell.opening import open_doorbell  # noqa: E402
from utils.loading import code_is_loaded  # noqa: E402
from utils.log.activity_log import ActivityLog  # noqa: E402
from utils.log.opening import open_log  # noqa: E402
from utils.sessions.approvals import Approvals  # noqa: E402
from utils.sessions.asking import Asking  # noqa: E402
from utils.sessions.deletion import SessionDeletion  # noqa: E402
from utils.sessions.hook_calls import HookCalls  # noqa: E402
from utils.sessions.messages import Messages  # noqa: E402
from utils.sessions.new_session import emitted_session  # noqa: E402
from utils.sessions.run_messages import RunMessages  # noqa: E402
from utils.sessions.run_queue import RunQueue  # noqa: E402
from utils.sessions.runs import Runs  # noqa: E402
from utils.sessions.sessions import Sessions  # noqa: E402
from utils.settings import Settings  # noqa: E402

_KINDS = ("sqlite", "postgresql")
# In this order they run: what takes longest first, so that at the end no process waits for another.
_PARTS = {
    "e2e": "what a user does, in a real browser",
    "browsers": "in Firefox and WebKit",
    "servers": "in a module that starts gunicorn, agent processes or other programs",
    "unit": "starts no program of its own",
    "kafka": "beside a real Apache Kafka",
    "models": "a real small model on llama.cpp",
    "peers": "other people's programs, as they are installed",
    "coding_agents": "real coding agents, as they are installed",
    "identity": "beside a real OpenID Connect provider",
    "n8n": "a real n8n; takes long to install",
    "faults": "the promises under fire; alone on the machine",
}
_STARTERS = (
    subprocess, agent_runs.AgentRuns, gunicorn.gunicorn, processes.process, processes.agent_process, processes.server,
    programs.python, programs.run_python,
)  # fmt: skip
_DATABASE, _TEMPLATE = "ringside", "ringside_template"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=_KINDS, default="sqlite", help="for tests that any one database will do for")


def pytest_configure(config: pytest.Config) -> None:
    keep_compiled()
    config.addinivalue_line("markers", "only_on(*kinds): run with these databases only: sqlite, postgresql")
    config.addinivalue_line("markers", "any_database: it makes no difference; run with that of --database only")
    for part, meaning in _PARTS.items():
        config.addinivalue_line("markers", f"{part}: {meaning}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        metafunc.parametrize("database_kind", _KINDS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {part: place for place, part in enumerate(_PARTS)}
    placed = []
    for item in items:
        assert isinstance(item, pytest.Function)
        part = _part(item.path, item.module)
        item.add_marker(part)
        if _kind(item) in _wanted(item):
            placed.append((order[part], item))
    items[:] = [item for _, item in sorted(placed, key=itemgetter(0))]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded by now stays. No collection of garbage looks through it again, and some tests ask for one."""
    with code_is_loaded():
        return (yield)


@cache
def _part(file: Path, module: ModuleType) -> str:
    folder = file.relative_to(PROJECT / "tests").parts[0]
    if folder in _PARTS:
        return folder
    known = vars(module).values()
    return "servers" if any(one is starter for one in known for starter in _STARTERS) else "unit"


def _kind(item: pytest.Item) -> str | None:
    call = getattr(item, "callspec", None)
    return None if call is None else call.params.get("database_kind")


def _wanted(item: pytest.Item) -> tuple[str | None, ...]:
    only = item.get_closest_marker("only_on")
    if only is None and item.get_closest_marker("any_database") is not None:
        return (None, item.config.getoption("--database"))
    return (None, *(only.args if only is not None else _KINDS))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of this test run, started when the first test needs it."""
    with postgres_server(fsync=False) as server:
        database = open_database(_settings(database_url=SecretStr(server.create(_TEMPLATE))))
        database.migrate()
        add_account(database)
        database.close()
        server.create(_DATABASE, _TEMPLATE)
        yield server


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file with the tests' account, copied by each test that needs one."""
    folder = tmp_path_factory.mktemp("migrated")
    database = open_database(_settings(data_dir=folder))
    database.migrate()
    add_account(database)
    database.close()
    return folder / "ringside.db"


@pytest.fixture
def settings(
    tmp_path: Path, database_kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """A database of the test's own. Processes that the test starts find it in their environment."""
    data = tmp_path / "data"
    data.mkdir()
    if database_kind == "sqlite":
        shutil.copy(request.getfixturevalue("migrated"), data / "ringside.db")
        yield _settings(data_dir=data)
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    if not server.restore(_DATABASE, _TEMPLATE):  # a test has moved its schema
        server.drop(_DATABASE)
        server.create(_DATABASE, _TEMPLATE)
    monkeypatch.setenv("DATABASE_URL", server.url(_DATABASE))
    yield _settings(data_dir=data, database_url=SecretStr(server.url(_DATABASE)))


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = open_database(settings)
    yield database
    database.close()


@pytest.fixture
def doorbell(database: Database) -> Iterator[Doorbell]:
    doorbell = open_doorbell(database)
    yield doorbell
    doorbell.close()


@pytest.fixture
def log(database: Database, doorbell: Doorbell) -> ActivityLog:
    return open_log(database, doorbell, emitted_session)


@pytest.fixture
def sessions(database: Database) -> Sessions:
    return Sessions(database)


@pytest.fixture
def deletion(database: Database, log: ActivityLog) -> SessionDeletion:
    return SessionDeletion(database, log)


@pytest.fixture
def runs(database: Database) -> Runs:
    return Runs(database)


@pytest.fixture
def run_queue(database: Database, log: ActivityLog, doorbell: Doorbell) -> RunQueue:
    return RunQueue(database, log, doorbell)


@pytest.fixture
def run_messages(database: Database, log: ActivityLog, doorbell: Doorbell) -> RunMessages:
    return RunMessages(database, log, doorbell, Asking(Quotas(database), ()))


@pytest.fixture
def hook_calls(database: Database, doorbell: Doorbell) -> HookCalls:
    return HookCalls(database, doorbell)


@pytest.fixture
def approvals(database: Database, log: ActivityLog, doorbell: Doorbell) -> Approvals:
    return Approvals(database, log, doorbell)


@pytest.fixture
def messages(database: Database) -> Messages:
    return Messages(database)


@pytest.fixture
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed with the least work."""
    from utils.accounts import passwords

    monkeypatch.setattr(passwords, "_hasher", QUICK)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """An application sends the log to the standard error of the moment when it is made."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole web application; pytest-flask makes its `client` from it."""
    from api.app import create_app

    app = create_app(settings)
    yield app
    app.extensions["ringside"].database.close()
    app.extensions["ringside"].doorbell.close()


@pytest.fixture
def ada(database: Database) -> UserRecord:
    """The user of the tests' account."""
    return Users(database).with_email(EMAIL)[0][0]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Every request carries the tests' key, which may do all that a key may."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {KEY}"
    return client


def _settings(**given: Path | SecretStr) -> Settings:
    """Those of the environment, with a ``data_dir`` and a ``database_url``."""
    read_from = frozenset(entry for entry in os.environ.items() if entry[0] != "PYTEST_CURRENT_TEST")
    return _read_settings(read_from).model_copy(update=given)


@cache
def _read_settings(_environment: frozenset[tuple[str, str]]) -> Settings:
    """Once for each environment: to read them takes longer than many a test."""
    return Settings(
        _env_file=None, sqlite_synchronous="NORMAL", agent_processes=0, openai_api_key=None, secret_key=SECRET_KEY
    )
