"""Records are read by the names of their fields, and have the values that the application works with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.exc import NoSuchColumnError, StatementError

from utils.database.base import Database
from utils.database.moment import Moment, now
from utils.database.records import columns_of, record

NOON = datetime(2026, 3, 29, 12, 0, 0, 7000, UTC)
boats = Table(
    "boats",
    MetaData(),
    Column("built_at", Moment, nullable=False),  # in another order than the record's fields
    Column("afloat", Boolean, nullable=False),
    Column("name", String(20), nullable=False),
    Column("key", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("sunk_at", Moment),
)


@dataclass(frozen=True, slots=True)
class Boat:
    key: int
    name: str
    afloat: bool
    built_at: datetime
    sunk_at: datetime | None
    flag: str
    crew: tuple[str, ...]


@pytest.fixture
def database(database: Database) -> Iterator[Database]:
    with database.write() as connection:
        boats.create(connection)
        connection.execute(insert(boats).values(name="Ada", afloat=True, built_at=NOON))
        connection.execute(insert(boats).values(name="Bob", afloat=False, built_at=NOON, sunk_at=NOON))
    yield database
    with database.write() as connection:
        boats.drop(connection)


def test_a_record_is_read_by_name(database: Database) -> None:
    sister = boats.alias("sister")
    query = (
        select(
            *columns_of(Boat, boats, flag=literal("red")),
            *columns_of(Boat, sister, "sister_", flag=func.upper(sister.c.name)),
        )
        .join(sister, sister.c.name != boats.c.name)
        .where(boats.c.name == "Ada")
    )
    with database.read() as connection:
        row = connection.execute(query).one()
    ada, bob = record(Boat, row, crew=("Eve",)), record(Boat, row, "sister_", crew=())
    assert ada == Boat(1, "Ada", True, NOON, None, "red", ("Eve",))
    assert bob == Boat(2, "Bob", False, NOON, NOON, "BOB", ())
    assert (type(ada.afloat), type(bob.afloat)) == (bool, bool)


def test_a_field_that_nothing_gives_is_an_error(database: Database) -> None:
    with database.read() as connection:
        row = connection.execute(select(*columns_of(Boat, boats)).limit(1)).one()
    with pytest.raises(NoSuchColumnError, match="flag"):
        record(Boat, row, crew=())
    with pytest.raises(TypeError, match="Boat has no field colour"):
        columns_of(Boat, boats, colour=literal("red"))


def test_a_moment_is_kept_as_milliseconds_since_1970(database: Database) -> None:
    with database.read() as connection:
        assert connection.execute(text("SELECT built_at FROM boats")).scalars().all() == [1_774_785_600_007] * 2
        in_tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
        assert connection.execute(select(boats.c.name).where(boats.c.sunk_at <= in_tokyo)).scalars().all() == ["Bob"]
        earlier = NOON - timedelta(microseconds=1)
        assert connection.execute(select(boats.c.name).where(boats.c.sunk_at <= earlier)).all() == []
        with pytest.raises(StatementError, match="offset-naive"):
            connection.execute(select(boats).where(boats.c.built_at == NOON.replace(tzinfo=None)))


def test_now_is_a_moment_that_the_tables_keep_exactly(database: Database) -> None:
    before, moment, after = datetime.now(UTC), now(), datetime.now(UTC)
    assert before - timedelta(milliseconds=1) < moment <= after
    with database.write() as connection:
        made = insert(boats).values(name="Now", afloat=True, built_at=moment).returning(boats.c.built_at)
        assert connection.execute(made).scalar_one() == moment
