"""Everybody comes back at once after a restart, and is served within ten seconds."""

import time

import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import check, heads
from tests.faults.conftest import Figures, Scale
from tests.faults.crowd import Crowd
from tests.faults.server import ServerUnderFire
from tests.support.waiting import wait_until
from utils.log.activity_log import ActivityLog
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = pytest.mark.any_database

_ALL_BACK_SECONDS = 10.0


@pytest.mark.parametrize("how", ["SIGTERM", "kill -9"])
def test_all_clients_are_resumed_within_ten_seconds_of_a_restart(
    settings: Settings, log: ActivityLog, sessions: Sessions, acknowledgements: Acknowledgements,
    scale: Scale[int], figures: Figures, how: str,
) -> None:  # fmt: skip
    """The clients pause as the server told them, as an EventSource does. Events are emitted all the while."""
    clients = scale(1_000, 10_000)
    names = [f"s-{number}" for number in range(100)]
    for name in names:
        sessions.create(name)
    with ServerUnderFire(settings.data_path) as server, Crowd(server.address, retry_ms=None) as crowd:
        for name in names:
            crowd.add(name, clients // len(names))
        crowd.wait_open(60)
        acknowledgements.start(names, rate=50)
        wait_until(lambda: acknowledgements.count() >= 50)
        down = time.monotonic()
        if how == "SIGTERM":
            server.terminate()
        else:
            server.kill()
        wait_until(lambda: crowd.open == 0, 30, "the end of all streams")
        server.start()
        answering = time.monotonic()
        crowd.wait_open(60)
        target = heads(log, names)
        crowd.wait_heads(target, 60)
        resumed = time.monotonic()
        acknowledgements.stop()
        crowd.wait_heads(heads(log, names), 30)
        verdict = check(log, acknowledgements, crowd.clients)
        assert server.complaints() == []
        refusals = dict(crowd.refusals)
    figures("clients", clients)
    figures("seconds from the first answer until all are resumed", resumed - answering)
    figures("seconds from the signal until all are resumed", resumed - down)
    figures("reconnects that were refused or not answered", sum(refusals.values()))
    figures("events seen, none lost or repeated", verdict.seen)
    assert resumed - answering < _ALL_BACK_SECONDS
