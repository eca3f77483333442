"""Since when this server has been there to hear what programs elsewhere tell: awake, and with its database.

Programs that could not be heard were not silent. The wall clock counts, because the steady one may stand still while a
machine sleeps.
"""

from datetime import timedelta

from utils.database.moment import now


class Listening:
    """Begins now, and anew when the wall clock has moved by more than ``gap`` between two calls, or back."""

    def __init__(self, gap: timedelta) -> None:
        self._gap = gap
        self._since = self._last = now()

    def go_on(self) -> None:
        """This server is there, and its database answers."""
        at = now()
        if not timedelta(0) <= at - self._last <= self._gap:
            self._since = at
        self._last = at

    def has_lasted(self, duration: timedelta) -> bool:
        self.go_on()
        return self._last - self._since >= duration
