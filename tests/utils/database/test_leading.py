"""What one process of all does at a time: it is led once, goes on after whatever goes wrong, and says so."""

import logging
from threading import Event, Thread

import pytest

from tests.support.waiting import wait_until
from utils.database.base import Database, DatabaseLostError, LeaderLock
from utils.database.leading import take_turns
from utils.database.outage import Outage

_log = logging.getLogger("leading")


def test_one_leads_and_another_takes_over_when_it_ends(database: Database) -> None:
    first, second = Event(), Event()
    leads: list[str] = []

    def work(name: str, stopping: Event) -> Thread:
        def lead(_: LeaderLock) -> None:
            leads.append(name)
            stopping.wait(20)

        outage = Outage(_log, "Nobody works", "work")
        thread = Thread(target=take_turns, args=(database, "work", lead, stopping, outage, _log, 0.01))
        thread.start()
        return thread

    one = work("one", first)
    wait_until(lambda: leads == ["one"])
    other = work("other", second)
    first.set()
    one.join(10)
    wait_until(lambda: leads == ["one", "other"])
    second.set()
    other.join(10)
    assert not one.is_alive()
    assert not other.is_alive()


def test_whatever_goes_wrong_is_told_and_tried_again(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    stopping, left = Event(), [DatabaseLostError("The database is away."), ValueError("A fault."), None]
    outage = Outage(_log, "Nobody works", "work")

    def lead(_: LeaderLock) -> None:
        wrong = left.pop(0)
        if wrong is not None:
            raise wrong
        outage.is_over()
        stopping.set()

    take_turns(database, "work", lead, stopping, outage, _log, 0.01)
    assert left == []
    assert "Nobody works; it is tried again until it works: The database is away." in caplog.text
    assert "The work on work failed; it is tried again" in caplog.text
    assert not outage.open
    lock = database.lead("work")
    assert lock is not None, "given back each time"
    lock.release()
