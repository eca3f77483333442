"""What the parts of the product tell is counted."""

import logging
from collections.abc import Iterator
from contextlib import closing

import pytest
from prometheus_client import REGISTRY

from tests.support.events import activity
from utils.accounts.error_log import ErrorLog
from utils.database.base import Database
from utils.database.outage import Outage
from utils.log.activity_log import ActivityLog
from utils.metrics.backend_run import BackendRun
from utils.metrics.onlookers import count_all
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions
from utils.spending.bookkeeping import spent
from utils.spending.counting import Cost, Tokens


@pytest.fixture(autouse=True)
def _counting() -> Iterator[None]:
    count_all()
    count_all()  # twice is once
    return


def figure(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"ringside_{name}", labels) or 0.0


def test_appends_and_transactions_are_timed(database: Database, log: ActivityLog) -> None:
    appends, reads, writes = "log_append_seconds_count", "database_transaction_seconds_count", {"access": "write"}
    before = figure(appends), figure(reads, access="read"), figure(reads, **writes)
    log.append("s1", [activity(), activity()])
    with database.read():
        pass
    with pytest.raises(ZeroDivisionError), database.write():
        raise ZeroDivisionError  # what failed took time as well
    after = figure(appends), figure(reads, access="read"), figure(reads, **writes)
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 1]


def test_connections_in_use_are_counted_and_given_back(database: Database) -> None:
    before = figure("database_connections", state="in use")
    with database.read(), database.read():
        assert figure("database_connections", state="in use") == before + 2
    assert figure("database_connections", state="in use") == before
    opened = figure("database_connections", state="open")
    database.engine.dispose()
    assert figure("database_connections", state="open") < opened


def test_a_connection_that_cannot_be_made_is_not_given_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OSError("connection refused")

    with database.engine.connect() as connection:
        connection.invalidate()  # its place in the pool is free, and is filled with a new one
    before = figure("database_connections", state="in use")
    monkeypatch.setattr(database.engine.pool, "_invoke_creator", away)
    for _ in range(3):
        with pytest.raises(OSError, match="refused"):
            database.engine.connect()
    assert figure("database_connections", state="in use") == before


@pytest.mark.only_on("postgresql")
def test_a_connection_that_was_cut_while_it_rested_is_in_use_once(database: Database) -> None:
    before = figure("database_connections", state="in use")
    with database.read() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with closing(database.connect()) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() != pid
        assert figure("database_connections", state="in use") == before + 1
    assert figure("database_connections", state="in use") == before


def test_an_outage_is_counted_when_it_begins_and_open_until_it_is_over() -> None:
    outage, labels = Outage(logging.getLogger("test"), "The doorbell is out", "doorbell"), {"part": "doorbell"}
    begun, going_on = figure("outages_total", **labels), figure("outages_open", **labels)
    for _ in range(3):
        outage.goes_on("refused")
    assert (figure("outages_total", **labels), figure("outages_open", **labels)) == (begun + 1, going_on + 1)
    for _ in range(3):
        outage.is_over()
    assert (figure("outages_total", **labels), figure("outages_open", **labels)) == (begun + 1, going_on)


def test_lost_leases_and_ended_runs_are_counted(run_queue: RunQueue, sessions: Sessions) -> None:
    sessions.create("s1")
    lost, cancelled = (
        figure("leases_lost_total", owner="agent process"),
        figure("runs_ended_total", outcome="cancelled"),
    )
    asked = run_queue.request("s1", "Why?")
    assert asked is not None
    run = run_queue.claim("host/1/x")
    assert run is not None
    assert run_queue.take_back(run, 3)
    assert not run_queue.take_back(run, 3)
    assert figure("leases_lost_total", owner="agent process") == lost + 1
    run_queue.cancel(run.id)
    assert figure("runs_ended_total", outcome="cancelled") == cancelled + 1


def test_an_entry_of_the_error_log_is_counted_although_it_cannot_be_stored(database: Database) -> None:
    before = figure("errors_total", severity="error", code="storage_full")
    database.close()
    ErrorLog(database).write("error", "storage_full", "The disk is full.")
    assert figure("errors_total", severity="error", code="storage_full") == before + 1


def test_tokens_and_money_are_counted_by_the_kind_each_token_once() -> None:
    count_all()
    spent.send(1, kind="test-spent", tokens=Tokens(30, 10, 9, 4), cost=Cost(1_250_000, "EUR"))
    spent.send(1, kind="test-spent", tokens=Tokens(-5, 0, 0, 0), cost=Cost(-1, "EUR"))  # a counter only grows
    spent.send(1, kind="test-spent", tokens=Tokens(1, 0, 0, 0), cost=None)
    counted = {"input": 21, "cached input": 10, "output": 5, "reasoning": 4}
    for direction, tokens in counted.items():
        assert figure("tokens_total", kind="test-spent", direction=direction) == tokens
    assert figure("cost_total", kind="test-spent", currency="EUR") == 1.25


def test_what_a_backend_takes_is_counted_by_its_kind() -> None:
    from utils.database.moment import now

    kind = "test-kind"
    run = BackendRun(kind, now())
    run.told()
    run.told()
    run.ended("completed")
    assert figure("run_first_event_seconds_count", kind=kind) == 1
    assert figure("backend_seconds_count", kind=kind, outcome="completed") == 1
    again = BackendRun(kind, None)  # another attempt is no first event
    again.told()
    assert figure("run_first_event_seconds_count", kind=kind) == 1
