"""One line when something goes away and one when it is back, however often it is tried in between."""

import logging
import time


class Outage:
    """An outage of one thing, as one part of the program sees it. Call its methods at every attempt."""

    def __init__(self, log: logging.Logger, what: str) -> None:
        """``what`` begins the sentence: "The log cannot be read"."""
        self._log = log
        self._what = what
        self._began: float | None = None

    def goes_on(self, error: BaseException | str) -> None:
        if self._began is None:
            self._began = time.monotonic()
            self._log.warning("%s; it is tried again until it works: %s", self._what, error)

    def is_over(self) -> None:
        if self._began is not None:
            seconds = time.monotonic() - self._began
            self._began = None
            self._log.warning("%s: that is over, after %.0f s", self._what, seconds)
