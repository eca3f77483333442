"""Several things at the same instant."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def at_once(*actions: Callable[[], T]) -> list[T | Exception]:
    """What each gave or raised. All of them wait until all are ready."""
    barrier = threading.Barrier(len(actions))

    def act(action: Callable[[], T]) -> T | Exception:
        barrier.wait(30)
        try:
            return action()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(act, actions))
