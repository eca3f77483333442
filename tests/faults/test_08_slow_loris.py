"""Thousands of connections that only hold on: requests are answered, streams flow."""

import statistics
import time

import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import check, heads
from tests.faults.conftest import Figures, Scale
from tests.faults.crowd import Crowd
from tests.faults.server import ServerUnderFire
from tests.faults.slow_loris import SlowLoris
from tests.support.waiting import wait_until
from utils.log.activity_log import ActivityLog
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = pytest.mark.any_database

_PATHS = ["/healthz", "/api/sessions", "/api/sessions/a/activity?limit=50", "/"]


def p99_ms(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98] * 1000


def test_connections_that_only_hold_on_hold_up_nobody(
    settings: Settings, log: ActivityLog, sessions: Sessions, acknowledgements: Acknowledgements,
    scale: Scale[int], figures: Figures,
) -> None:  # fmt: skip
    each, seconds = scale(300, 1000), scale(8, 60)
    sessions.create("a")
    with ServerUnderFire(settings.data_path) as server, Crowd(server.address) as crowd:
        crowd.add("a", 50)
        crowd.wait_open()
        acknowledgements.start(["a"], rate=20)
        with SlowLoris(server.address, each, each) as loris:
            wait_until(lambda: loris.held == 2 * each, 30, "all slow connections")
            crowd.latencies, requests, began = [], [], time.monotonic()
            while time.monotonic() < began + seconds:
                for path in _PATHS:
                    asked = time.monotonic()
                    assert server.http.get(path)
                    requests.append(time.monotonic() - asked)
            events, crowd.latencies = [nanoseconds / 1e9 for nanoseconds in crowd.latencies], None
            newcomers = crowd.add("a", 20)
            crowd.wait_open(10)
            held = loris.held
        acknowledgements.stop()
        crowd.wait_heads(heads(log, ["a"]))
        check(log, acknowledgements, crowd.clients)
        assert server.complaints() == []
        assert all(client.opened == 1 for client in newcomers)
    figures("silent connections, and as many of one byte a second", each)
    figures("held at the end", held)
    figures("ended by the server meanwhile", loris.ended)
    figures("ordinary requests", len(requests))
    figures("p99 of ordinary requests, ms", p99_ms(requests))
    figures("slowest ordinary request, ms", max(requests) * 1000)
    figures("p99 of events on 50 streams, ms", p99_ms(events))
    assert p99_ms(requests) < 500
