"""How often somebody may have a model write: each call costs money, and holds a thread for as long as it takes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from api.errors import ApiError

PAUSE_SECONDS = 10.0
_CROWDED_SECONDS = 5


class ChronicleSlots:
    """Of one process: one call of each user at a time and one in ten seconds, and a few of all."""

    def __init__(self, most: int, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._most = most
        self._pause = pause_seconds
        self._at_work: set[int] = set()
        self._next: dict[int, float] = {}  # by user: when they may again
        self._lock = Lock()

    @contextmanager
    def taken(self, user_key: int) -> Iterator[None]:
        """Raises ApiError if it is too early, or too many write."""
        with self._lock:
            now = time.monotonic()
            self._next = {key: at for key, at in self._next.items() if at > now}
            wait = self._next.get(user_key, now) - now
            if user_key in self._at_work or wait > 0:
                seconds = max(1, round(wait)) if wait > 0 else _CROWDED_SECONDS
                words = f"A model writes for you at most every {PAUSE_SECONDS:g} seconds. Try again in a moment."
                raise ApiError(429, "too_many_requests", words, seconds)
            if len(self._at_work) >= self._most:
                raise ApiError(503, "crowded", "The model writes for others. Try again in a moment.", _CROWDED_SECONDS)
            self._at_work.add(user_key)
        try:
            yield
        finally:
            with self._lock:
                self._at_work.discard(user_key)
                self._next[user_key] = time.monotonic() + self._pause
