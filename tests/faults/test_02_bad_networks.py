"""Connections cut anywhere, reset, passed byte by byte, peers that vanish: every joined stream is the log."""

import re
import time

import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.bad_network import BadNetwork
from tests.faults.checker import check, heads
from tests.faults.conftest import Figures, Scale
from tests.faults.crowd import Crowd
from tests.faults.server import ServerUnderFire
from tests.support.gunicorn import Server
from tests.support.other_machine import OtherMachine, available
from tests.support.waiting import wait_until
from utils.log.activity_log import ActivityLog
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = pytest.mark.any_database


def open_streams(server: Server) -> int:
    """What the server itself counts, all workers together."""
    found = re.findall(rb"^ringside_streams_open(?:\{.*\})? (\S+)$", server.get("/metrics"), re.MULTILINE)
    return int(sum(map(float, found)))


def test_streams_cut_at_any_byte_join_to_the_log(
    settings: Settings, log: ActivityLog, sessions: Sessions, acknowledgements: Acknowledgements,
    scale: Scale[int], figures: Figures,
) -> None:  # fmt: skip
    names = [f"s-{number}" for number in range(scale(4, 10))]
    for name in names:
        sessions.create(name)
    with (
        ServerUnderFire(settings.data_path) as server,
        BadNetwork(server.address) as network,
        Crowd(network.address, retry_ms=(0, 50)) as crowd,
    ):
        for name in names:
            crowd.add(name, scale(5, 20))
        acknowledgements.start(names, rate=scale(200, 300), most=5, count=scale(600, 10_000))
        acknowledgements.finish(120)
        crowd.wait_heads(heads(log, names), scale(60, 300))
        verdict = check(log, acknowledgements, crowd.clients)
        assert server.complaints() == []
    for harm, number in network.harm.items():
        figures(f"connections {harm}", number)
        assert number
    figures("clients, their joined streams equal to the log", verdict.clients)
    figures("events seen by them", verdict.seen)
    figures("frames cut in the middle and resumed", verdict.cut_frames)


@pytest.mark.skipif(not available(), reason="a peer that vanishes needs a network namespace: root and iproute2")
def test_a_peer_that_vanishes_is_gone_within_90_seconds(
    settings: Settings, log: ActivityLog, sessions: Sessions, acknowledgements: Acknowledgements,
    scale: Scale[float], figures: Figures,
) -> None:  # fmt: skip
    """Some of the streams are silent but for heartbeats, some have events under way."""
    for name in ("silent", "busy"):
        sessions.create(name)
    peers = int(scale(20, 200))
    with (
        OtherMachine() as laptop,
        ServerUnderFire(settings.data_path, host=laptop.host, heartbeat_seconds=scale(1, 30)) as server,
        Crowd(server.address, enter=laptop.enter) as crowd,
    ):
        crowd.add("silent", peers // 2)
        crowd.add("busy", peers // 2)
        crowd.wait_open()
        acknowledgements.start(["busy"], rate=20)
        crowd.wait_heads({"silent": 0, "busy": 20})
        laptop.vanish()
        began = time.monotonic()
        wait_until(lambda: open_streams(server.http) == 0, 90, "the end of all vanished peers' streams")
        figures(f"vanished peers, heartbeat {scale(1, 30):g} s", peers)
        figures("seconds until the last was gone", time.monotonic() - began)
        laptop.come_back()
        crowd.cut(crowd.clients)
        acknowledgements.stop()
        crowd.wait_heads(heads(log, ["silent", "busy"]), 60)
        check(log, acknowledgements, crowd.clients)
        assert server.complaints() == []
