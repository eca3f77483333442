"""Connections to PostgreSQL: none waits for ever, depends on what others have set, or changes what is not ours."""

import os
import signal
from contextlib import closing

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.support.postgres import PostgresServer
from utils.database import postgres_connection
from utils.database.base import Database
from utils.database.postgres_connection import BoundedConnection, is_loss
from utils.settings import Settings

pytestmark = pytest.mark.only_on("postgresql")


def own_url(settings: Settings) -> str:
    assert settings.database_url is not None
    return settings.database_url.get_secret_value()


def test_a_server_that_keeps_the_connection_and_does_not_answer_is_a_loss(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a machine that is frozen: its kernel goes on to answer the network."""
    monkeypatch.setattr(BoundedConnection, "answer_seconds", 0.5)
    with closing(database.connect()) as raw:
        frozen = raw.info.backend_pid
        os.kill(frozen, signal.SIGSTOP)
        try:
            with pytest.raises(psycopg.OperationalError, match="not answered") as lost:
                raw.execute("SELECT 1")
        finally:
            os.kill(frozen, signal.SIGCONT)
        assert is_loss(lost.value)
        assert raw.closed


@pytest.mark.parametrize(
    ("error", "loss"),
    [
        (psycopg.OperationalError("the connection is closed"), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.IdleInTransactionSessionTimeout(), True),
        (psycopg.errors.TooManyConnections(), True),
        (psycopg.errors.ReadOnlySqlTransaction(), True),
        (psycopg.errors.LockNotAvailable(), False),
        (psycopg.errors.UniqueViolation(), False),
        (ValueError(), False),
        (None, False),
    ],
)
def test_a_loss_is_told_from_a_refusal(error: BaseException | None, loss: bool) -> None:
    assert is_loss(error) is loss


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgresql://app@first:5432,second:5432/ringside", "read-write"),
        ("postgresql://app@first:5432,second:5432/ringside?target_session_attrs=primary", "primary"),
        ("postgresql://app@first:5432/ringside", None),
    ],
)
def test_of_several_servers_it_is_the_one_that_is_written_to(url: str, wanted: str | None) -> None:
    assert conninfo_to_dict(postgres_connection.complete(url)).get("target_session_attrs") == wanted


def test_the_isolation_is_what_the_statements_are_written_for(database: Database, settings: Settings) -> None:
    with closing(psycopg.connect(own_url(settings), autocommit=True)) as raw:
        name = raw.info.dbname
        raw.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'")
        try:
            with closing(database.connect()) as ours:
                assert ours.execute("SHOW transaction_isolation").fetchone() == ("read committed",)
        finally:
            raw.execute(f"ALTER DATABASE {name} RESET default_transaction_isolation")


def test_the_connections_of_a_program_that_emits_are_its_own(database: Database, settings: Settings) -> None:
    text = "before\0after"
    with closing(database.connect()) as ours, closing(psycopg.connect(own_url(settings), autocommit=True)) as its:
        assert ours.execute("SELECT %s::text", (text,)).fetchone() == ("before\ufffdafter",)
        with pytest.raises(psycopg.DataError):
            its.execute("SELECT %s::text", (text,))


def test_when_all_connections_are_in_use_the_database_counts_as_away(
    database: Database, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_connection, "_WAIT_SECONDS", 0.1)
    pool = postgres_connection.pool(database.connect, 2)
    with closing(pool.connect()), closing(pool.connect()), pytest.raises(psycopg.Error) as none_free:
        postgres_connection.taken(pool)
    assert is_loss(none_free.value)
    pool.dispose()
