"""Waiting for a condition with a deadline: the only way these tests synchronise."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], seconds: float = 10.0, what: str = "the condition") -> T:
    """The first truthy value of ``condition``; AssertionError after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true within {seconds} s; last value: {value!r}")
        time.sleep(0.005)
