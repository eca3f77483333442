"""Permits: what an open stream was authorised by. When a permit is revoked, its streams end, on every machine.

Streams know nothing of accounts: whoever opens one gives it a permit of any kind, and provides one function that says
which permits are no longer valid.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection
from typing import Any, Protocol

from utils.database.base import DatabaseLostError
from utils.database.outage import Outage

LOOK_SECONDS = 3.0
_LONGEST_PAUSE_SECONDS = 7.0
_log = logging.getLogger(__name__)


class Permit(Protocol):
    """Hashable. ``hides_tool_data``: what tools were given and what they answered is left out."""

    @property
    def hides_tool_data(self) -> bool: ...


# Those of the permits that are no longer valid. Raises DatabaseLostError when it cannot tell.
Ended = Callable[[Collection[Any]], Collection[Any]]


class PermitWatch:
    """The thread that asks for the permits of a process's open streams."""

    def __init__(
        self, ended: Ended, held: Callable[[], list[Permit]], end: Callable[[Collection[Permit]], None]
    ) -> None:
        self._ended = ended
        self._held = held
        self._end = end
        self._stop = threading.Event()
        self._outage = Outage(_log, "Whether streams may stay open cannot be asked", "permits")
        self._thread = threading.Thread(target=self._run, name="permit-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        pause = LOOK_SECONDS
        while not self._stop.wait(pause):
            began = time.monotonic()
            try:
                if permits := self._held():
                    ended = self._ended(permits)
                    self._outage.is_over()
                    if ended:
                        self._end(ended)
            except DatabaseLostError as error:
                self._outage.goes_on(error)
            except Exception:
                _log.exception("Whether streams may stay open cannot be asked; trying again in %g s", LOOK_SECONDS)
            # A hundredth of the time where very many different people watch.
            pause = min(max(LOOK_SECONDS, 100 * (time.monotonic() - began)), _LONGEST_PAUSE_SECONDS)
