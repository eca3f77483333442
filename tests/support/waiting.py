"""Waiting for a condition with a deadline: the only way these tests synchronise."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], seconds: float = 10.0, what: str = "the condition") -> T:
    """The first truthy value of ``condition``; AssertionError after ``seconds``.

    To look costs work, which is taken from the program that is waited for: the longer it takes, the less often.
    """
    began = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"{what} did not come true within {seconds} s; last value: {value!r}")
        time.sleep(min(0.05, max(0.005, waited / 20)))
