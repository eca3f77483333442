"""What SQLite leaves on the disk."""

from contextlib import closing

import pytest

from tests.support.events import activity
from utils.database import sqlite
from utils.database.sqlite import SqliteDatabase
from utils.log.activity_log import ActivityLog

pytestmark = pytest.mark.only_on("sqlite")


def test_what_an_old_snapshot_kept_is_given_back_to_the_disk(database: SqliteDatabase, log: ActivityLog) -> None:
    """A shell that was left open: nothing newer than its snapshot may leave the log of SQLite meanwhile."""
    wal = database.path.with_suffix(".db-wal")
    with closing(database.connect()) as shell:
        shell.execute("BEGIN")
        shell.execute("SELECT count(*) FROM sessions").fetchone()
        for _ in range(13):
            log.append("s1", [activity(details="z" * 1_500_000)])
        assert wal.stat().st_size > sqlite._LARGEST_WAL
        shell.execute("ROLLBACK")
    for _ in range(3):
        log.append("s1", [activity()])
    assert wal.stat().st_size <= sqlite._LARGEST_WAL
