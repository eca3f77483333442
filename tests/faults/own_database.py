"""A database on a server that the test has started itself, and this process's way into it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.support.account import SECRET_KEY, add_account
from tests.support.postgres import PostgresServer
from utils.database.base import Database
from utils.database.opening import open_database
from utils.doorbell.base import Doorbell
from utils.doorbell.opening import open_doorbell
from utils.log.activity_log import ActivityLog
from utils.log.opening import open_log
from utils.sessions.new_session import emitted_session
from utils.settings import Settings


def set_up(server: PostgresServer, folder: Path) -> Settings:
    """A new database with the tests' account; ``folder`` is for DATA_DIR."""
    settings = at(server.create("ringside"), folder)
    with closing(open_database(settings)) as database:
        database.migrate()
        add_account(database)
    return settings


def at(url: str, folder: Path) -> Settings:
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    return Settings(_env_file=None, data_dir=data, database_url=url, secret_key=SECRET_KEY)  # type: ignore[arg-type]


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Database, ActivityLog, Doorbell]]:
    with closing(open_database(settings)) as database, closing(open_doorbell(database)) as doorbell:
        yield database, open_log(database, doorbell, emitted_session), doorbell
