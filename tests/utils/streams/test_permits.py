"""The watch over permits: it asks as often as it must, and no more."""

from collections.abc import Collection
from types import SimpleNamespace

import pytest

from tests.support.waiting import wait_until
from utils.accounts.permits import Permit
from utils.accounts.principal import Grant
from utils.streams import permits as stream_permits
from utils.streams.permits import PermitWatch


def test_nobody_is_asked_where_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_permits, "LOOK_SECONDS", 0.01)
    held: list[Permit] = []
    looked: list[object] = []
    asked: list[object] = []

    def ended(permits: Collection[Permit]) -> set[Permit]:
        asked.append(permits)
        return set()

    watch = PermitWatch(ended, lambda: looked.append(1) or held, lambda _: None)
    watch.start()
    wait_until(lambda: len(looked) > 3)
    assert asked == []
    held.append(Permit(Grant("key", 1), 1))
    wait_until(lambda: asked)
    watch.stop()


def test_a_slow_database_is_asked_less_often_but_within_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundredth of the time, and a pause of seven seconds at most."""
    pauses: list[float] = []
    moments = iter([0.0, 0.001, 10.0, 10.05, 20.0, 29.0])
    monkeypatch.setattr(stream_permits, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    watch = PermitWatch(lambda _: set(), list, lambda _: None)

    def wait(pause: float) -> bool:
        pauses.append(pause)
        return len(pauses) > 3

    monkeypatch.setattr(watch._stop, "wait", wait)
    watch._run()
    assert pauses == pytest.approx([3, 3, 5, 7])
