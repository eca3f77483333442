"""Subscribing while others append, at a random cursor, thousands of times: nothing is lost or repeated at the seam."""

import random
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import heads
from tests.faults.client import Client, seen_digest
from tests.faults.conftest import Figures, Scale
from tests.support.waiting import wait_until
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.streams.event_stream import EventStream
from utils.streams.source import StreamSource
from utils.streams.stream_loop import StreamLoop

_AT_ONCE = 32
_BACK = 40  # a cursor is at most so far behind the head
_LIVE = 2  # events beyond the head at the time of subscribing that a trial waits for


class Trial:
    """One subscription, from its random cursor to an event that was appended after it began."""

    def __init__(
        self, loop: StreamLoop, doorbell: Doorbell, log: ActivityLog, name: str, chance: random.Random
    ) -> None:
        position = log.position(name)
        assert position is not None
        self.key = position.key
        self.until = position.head + _LIVE
        self.client = Client(name, chance.randint(max(0, position.head - _BACK), position.head))
        stream = EventStream(StreamSource(log, doorbell, 30), name, position, self.client.start, None)
        ours, self.socket = socket.socketpair()
        ours.setblocking(False)
        loop.add(ours.detach(), name, stream.position, stream.cursor, None, stream.preamble)

    def read(self) -> bool:
        """Whether the trial is complete."""
        self.client.take(self.socket.recv(1 << 18))
        return self.client.cursor >= self.until

    def verify(self, log: ActivityLog) -> None:
        assert not self.client.faults, self.client.faults
        expected = seen_digest()
        for event in log.read(self.key, self.client.start, limit=self.client.cursor - self.client.start):
            expected.update(event.frame()[:-2])
        assert expected.digest() == self.client.digest.digest()
        self.socket.close()


@contextmanager
def stream_loop(doorbell: Doorbell, log: ActivityLog) -> Iterator[StreamLoop]:
    loop = StreamLoop(StreamSource(log, doorbell, 30))
    loop.start()
    yield loop
    loop.request_stop()
    loop.join()


def test_nothing_is_lost_or_repeated_between_replay_and_live(
    doorbell: Doorbell, log: ActivityLog, acknowledgements: Acknowledgements, scale: Scale[int], figures: Figures
) -> None:
    """All subscribers of a round leave together, so that a session's feed begins anew in the next."""
    trials = scale(3_000, 100_000)
    names = ["a", "b", "c", "d"]
    for name in names:
        acknowledgements.start([name], rate=scale(400, 600), most=3, size=300)
    wait_until(lambda: min(heads(log, names).values()) > _BACK)
    chance, done, seen, began = random.Random(4), 0, 0, time.monotonic()
    with stream_loop(doorbell, log) as loop:
        while done < trials:
            running = [Trial(loop, doorbell, log, chance.choice(names), chance) for _ in range(_AT_ONCE)]
            finished = list(running)
            waiting = {trial.socket.fileno(): trial for trial in running}
            poller = select.poll()
            for fd in waiting:
                poller.register(fd, select.POLLIN)
            while waiting:
                happened = poller.poll(10_000)
                assert happened, f"{len(waiting)} trials hear nothing more"
                for fd, _ in happened:
                    if waiting[fd].read():
                        poller.unregister(fd)
                        del waiting[fd]
            for trial in finished:
                trial.verify(log)
                seen += trial.client.cursor - trial.client.start
            done += len(finished)
        wait_until(lambda: loop.open_streams == 0)
    acknowledgements.stop()
    figures("subscriptions during appends", done)
    figures("events over the seam, none lost or repeated", seen)
    figures("seconds", time.monotonic() - began)
