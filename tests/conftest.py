"""What the tests share: a database of their own for each, its parts, and the app of pytest-flask."""

import logging
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [entry for entry in [str(PROJECT)] if entry not in sys.path]  # as `python -m pytest` does

from utils.activity_log import ActivityLog  # noqa: E402
from utils.database import Database  # noqa: E402
from utils.doorbell import Doorbell  # noqa: E402
from utils.messages import Messages  # noqa: E402
from utils.runs import Runs  # noqa: E402
from utils.sessions import Sessions  # noqa: E402
from utils.settings import Settings  # noqa: E402


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file, copied by each test that needs one."""
    folder = tmp_path_factory.mktemp("migrated")
    database = Database(Settings(_env_file=None, data_dir=folder))
    database.migrate()
    database.close()
    return database.path


@pytest.fixture
def settings(tmp_path: Path, migrated: Path) -> Settings:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(migrated, data / "ringside.db")
    return Settings(_env_file=None, data_dir=data, sqlite_synchronous="NORMAL", agent_processes=0, openai_api_key=None)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database(settings)
    yield database
    database.close()


@pytest.fixture
def doorbell(database: Database) -> Iterator[Doorbell]:
    doorbell = Doorbell(database.directory)
    yield doorbell
    doorbell.close()


@pytest.fixture
def log(database: Database, doorbell: Doorbell) -> ActivityLog:
    return ActivityLog(database, doorbell)


@pytest.fixture
def sessions(database: Database, log: ActivityLog) -> Sessions:
    return Sessions(database, log)


@pytest.fixture
def runs(database: Database, log: ActivityLog, doorbell: Doorbell) -> Runs:
    return Runs(database, log, doorbell)


@pytest.fixture
def messages(database: Database) -> Messages:
    return Messages(database)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole web application; pytest-flask makes its `client` from it."""
    from api.app import create_app

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    app = create_app(settings)
    yield app
    root.handlers[:] = handlers  # create_app sends the log to the standard error of this moment
    root.setLevel(level)
    app.extensions["ringside"].database.close()
    app.extensions["ringside"].doorbell.close()
