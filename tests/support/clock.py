"""The clock of the product, moved."""

import sys
from datetime import datetime, timedelta

import pytest

from utils.database import moment

_now = moment.now


class Clock:
    """Every module of the product that asks for the time gets this one's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = timedelta(0)
        self._stopped_at: datetime | None = None
        for name, module in list(sys.modules.items()):
            if name.startswith(("utils.", "api.", "agents.")) and vars(module).get("now") is _now:
                monkeypatch.setattr(module, "now", self.now)
            if name.startswith("utils.") and "now_ms" in vars(module):
                monkeypatch.setattr(module, "now_ms", self.now_ms)

    def now(self) -> datetime:
        return (self._stopped_at or _now()) + self._ahead

    def now_ms(self) -> int:
        return moment.to_ms(self.now())

    def stop(self) -> None:
        """From now on only :meth:`move` moves it."""
        self._stopped_at = _now()

    def move(self, *, seconds: float = 0, hours: float = 0, days: float = 0) -> None:
        self._ahead += timedelta(days=days, hours=hours, seconds=seconds)
