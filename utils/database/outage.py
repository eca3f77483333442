"""One line when something goes away and one when it is back, however often it is tried in between.

A reason that was not there at first has a line of its own: a server that closed a connection may refuse the next one,
and that is what is to be mended.
"""

import logging
import time

from blinker import signal

# For onlookers (metrics): the sender is the outage.
outage_began = signal("ringside.outage-began")
outage_ended = signal("ringside.outage-ended")
_MOST_REASONS = 5  # that one outage tells


class Outage:
    """An outage of one thing, as one part of the program sees it. Call its methods at every attempt."""

    def __init__(self, log: logging.Logger, what: str, part: str) -> None:
        """``what`` begins the sentence: "The log cannot be read"; ``part`` is the part that is out of order: "log"."""
        self.part = part
        self._log = log
        self._what = what
        self._began: float | None = None
        self._told: set[str] = set()

    @property
    def open(self) -> bool:
        return self._began is not None

    def goes_on(self, error: BaseException | str) -> None:
        reason = str(error)
        if self._began is None:
            self._began = time.monotonic()
            self._told = {reason}
            outage_began.send(self)
            self._log.warning("%s; it is tried again until it works: %s", self._what, reason)
        elif reason not in self._told and len(self._told) < _MOST_REASONS:
            self._told.add(reason)
            self._log.warning("%s; it goes on for another reason: %s", self._what, reason)

    def is_over(self) -> None:
        if self._began is not None:
            seconds = time.monotonic() - self._began
            self._began = None
            outage_ended.send(self)
            self._log.warning("%s: that is over, after %.0f s", self._what, seconds)
