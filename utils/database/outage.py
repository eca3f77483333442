"""One line when something goes away and one when it is back, however often it is tried in between."""

import logging
import time

from blinker import signal

# For onlookers (metrics): the sender is the outage.
outage_began = signal("ringside.outage-began")
outage_ended = signal("ringside.outage-ended")


class Outage:
    """An outage of one thing, as one part of the program sees it. Call its methods at every attempt."""

    def __init__(self, log: logging.Logger, what: str, part: str) -> None:
        """``what`` begins the sentence: "The log cannot be read"; ``part`` is the part that is out of order: "log"."""
        self.part = part
        self._log = log
        self._what = what
        self._began: float | None = None

    @property
    def open(self) -> bool:
        return self._began is not None

    def goes_on(self, error: BaseException | str) -> None:
        if self._began is None:
            self._began = time.monotonic()
            outage_began.send(self)
            self._log.warning("%s; it is tried again until it works: %s", self._what, error)

    def is_over(self) -> None:
        if self._began is not None:
            seconds = time.monotonic() - self._began
            self._began = None
            outage_ended.send(self)
            self._log.warning("%s: that is over, after %.0f s", self._what, seconds)
