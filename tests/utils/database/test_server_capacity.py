"""What the PostgreSQL server has to give, and what a start says of it."""

from contextlib import closing
from typing import Any

import psycopg
import pytest

from utils.database.base import Database
from utils.database.postgres import PostgresDatabase
from utils.database.server_capacity import ServerCapacity, server_capacity, told_at_start
from utils.database.shares import Share


def of(database: Database) -> ServerCapacity:
    found = server_capacity(database)
    assert found is not None
    return found


@pytest.mark.only_on("sqlite")
def test_a_file_has_no_connections_to_give(database: Database) -> None:
    assert server_capacity(database) is None


@pytest.mark.only_on("postgresql")
def test_reserved_places_are_not_for_us_and_taken_ones_count(database: Database) -> None:
    before = of(database)
    assert before.allowed == 200 - 3
    with closing(database.connect()), closing(database.connect()):
        assert of(database).taken == before.taken + 2


@pytest.mark.only_on("postgresql")
def test_the_limits_of_a_role_and_a_database_count(database: Database) -> None:
    """As a provider sets them. A role without privileges still sees how many are taken."""
    assert isinstance(database, PostgresDatabase)
    with closing(database.connect()) as raw:
        raw.execute("CREATE ROLE small LOGIN CONNECTION LIMIT 12")
        try:
            own = PostgresDatabase(psycopg.conninfo.make_conninfo("", **_as("small", database)), Share())
            with closing(own):
                assert of(own).allowed == 12
                assert of(own).taken >= 2
                raw.execute(f"ALTER DATABASE {raw.info.dbname} CONNECTION LIMIT 9")
                assert of(own).allowed == 9
        finally:
            raw.execute(f"ALTER DATABASE {raw.info.dbname} CONNECTION LIMIT -1")
            raw.execute("DROP ROLE small")


@pytest.mark.any_database
def test_a_machine_that_does_not_fit_is_told_what_to_do() -> None:
    assert told_at_start(32, "2 web workers with 6 each", ServerCapacity(97, 40)) == (
        True,
        "This machine opens at most 32 connections to the database: 2 web workers with 6 each. The server allows 97, "
        "which is enough for 3 such machines; 40 are taken now.",
    )
    fits, told = told_at_start(32, "2 web workers with 6 each", ServerCapacity(20, 4))
    assert not fits
    assert "Set DATABASE_CONNECTIONS to 20 or less" in told


@pytest.mark.any_database
@pytest.mark.parametrize(("taken", "scarce"), [(0, False), (90, False), (91, True), (100, True)])
def test_few_are_left_when_nine_tenths_are_taken(taken: int, scarce: bool) -> None:
    assert ServerCapacity(100, taken).scarce is scarce


def _as(user: str, database: PostgresDatabase) -> dict[str, Any]:
    return psycopg.conninfo.conninfo_to_dict(database.conninfo) | {"user": user}
