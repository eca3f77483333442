"""An outage is told once for each of its reasons, and so is its end."""

import logging

import pytest

from utils.database.outage import Outage


def test_it_is_told_when_it_begins_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage(logging.getLogger("test"), "The log cannot be read", "log")
    for _ in range(2):
        caplog.clear()
        outage.is_over()
        for _ in range(3):
            outage.goes_on("connection refused")
        assert [record.getMessage() for record in caplog.records] == [
            "The log cannot be read; it is tried again until it works: connection refused"
        ]
        for _ in range(3):
            outage.is_over()
        [told] = caplog.records[1:]
        assert told.getMessage() == "The log cannot be read: that is over, after 0 s"


def test_what_keeps_it_going_is_told_when_it_is_not_what_began_it(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage(logging.getLogger("test"), "The doorbell is out of order", "doorbell")
    for reason in ("closed", "too many connections", "closed", "too many connections"):
        outage.goes_on(reason)
    assert [record.getMessage() for record in caplog.records] == [
        "The doorbell is out of order; it is tried again until it works: closed",
        "The doorbell is out of order; it goes on for another reason: too many connections",
    ]
    for number in range(100):  # reasons with a number in them do not fill the log
        outage.goes_on(f"process {number} is away")
    assert len(caplog.records) == 5
