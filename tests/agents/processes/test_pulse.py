import os
from collections.abc import Iterator

import pytest

from agents.processes.pulse import Pulse, PulseWatch


@pytest.fixture
def watch() -> Iterator[PulseWatch]:
    watch = PulseWatch()
    yield watch
    watch.close()


def test_silence_is_counted_from_the_first_beat_and_anew_from_each(watch: PulseWatch) -> None:
    pulse = Pulse(os.dup(watch.descriptor))
    assert [watch.look() for _ in range(3)] == [0, 0, 0], "a start may take long"
    pulse.beat()
    assert [watch.look() for _ in range(3)] == [0, 1, 2]
    pulse.beat()
    assert [watch.look() for _ in range(2)] == [0, 1]


def test_a_child_goes_on_while_nobody_looks_and_when_nobody_is_there_any_more() -> None:
    watch = PulseWatch()
    pulse = Pulse(os.dup(watch.descriptor))
    watch.given()
    for _ in range(100_000):
        pulse.beat()
    assert watch.look() == 0
    watch.close()
    pulse.beat()
