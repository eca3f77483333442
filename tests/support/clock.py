"""The clock of the product, moved."""

import sys
import time
from datetime import datetime, timedelta

import pytest

from utils.database import moment

_now = moment.now


class Clock:
    """Every module of the product that asks for the time gets this one's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = timedelta(0)
        for name, module in list(sys.modules.items()):
            if name.startswith(("utils.", "api.", "agents.")) and vars(module).get("now") is _now:
                monkeypatch.setattr(module, "now", self.now)
            if name.startswith("utils.") and "now_ms" in vars(module):
                monkeypatch.setattr(module, "now_ms", self.now_ms)

    def now(self) -> datetime:
        return _now() + self._ahead

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self._ahead // timedelta(milliseconds=1)

    def move(self, *, seconds: float = 0, hours: float = 0, days: float = 0) -> None:
        self._ahead += timedelta(days=days, hours=hours, seconds=seconds)
