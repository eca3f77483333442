"""Who may export now: an export holds a thread for as long as its client takes to read it."""

from contextlib import ExitStack
from threading import Lock

from api.errors import ApiError

_TRY_AGAIN_SECONDS = 5


class ExportSlots:
    """One for each user, so that slow clients of one cannot hold all of them, and a few for all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._users: set[int] = set()
        self._lock = Lock()

    def take(self, user_key: int) -> ExitStack:
        """What is taken is given back when it is closed, by whoever closes it first. Raises ApiError."""
        with self._lock:
            if user_key in self._users:
                words = "Another export of yours is still running. Try again when it is done."
            elif len(self._users) >= self._most:
                words = "Too many exports run at the same time. Try again in a moment."
            else:
                self._users.add(user_key)
                taken = ExitStack()
                taken.callback(self._users.remove, user_key)
                return taken
        raise ApiError(503, "crowded", words, _TRY_AGAIN_SECONDS)
