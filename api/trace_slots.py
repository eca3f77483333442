"""How many requests with traces are read at the same time: large ones must not hold all threads and all memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from api.errors import ApiError

_TRY_AGAIN_SECONDS = 1


class TraceSlots:
    def __init__(self, most: int) -> None:
        self._free = BoundedSemaphore(most)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Raises ApiError if none is free: exporters send again what is refused so."""
        if not self._free.acquire(blocking=False):
            words = "Too many traces arrive at the same time. Send them again in a second."
            raise ApiError(429, "too_many_requests", words, _TRY_AGAIN_SECONDS)
        try:
            yield
        finally:
            self._free.release()
