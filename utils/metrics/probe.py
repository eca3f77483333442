"""Asks something that may not answer, and waits for it only so long."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooSlowError
from typing import Generic, TypeVar

__all__ = ["Probe", "TooSlowError"]
T = TypeVar("T")


class Probe(Generic[T]):
    """One question at a time: while an answer is overdue, all who ask wait for that one."""

    def __init__(self, name: str, question: Callable[[], T]) -> None:
        self._name = name
        self._question = question
        self._guard = threading.Lock()
        self._asked: Future[T] | None = None

    def begin(self) -> None:
        """Ask, if the answer before is there."""
        with self._guard:
            if self._asked is None or self._asked.done():
                asked: Future[T] = Future()
                asking = threading.Thread(target=self._ask, args=(asked,), name=f"probe-{self._name}", daemon=True)
                self._asked = asked
                try:
                    asking.start()
                except RuntimeError as error:  # there is no room for another thread: the next look tries again
                    asked.set_exception(error)

    def look(self, seconds: float) -> T:
        """The answer. Raises TooSlowError, or the error that it is."""
        if self._asked is None:
            self.begin()
        assert self._asked is not None
        return self._asked.result(seconds)

    def _ask(self, answer: "Future[T]") -> None:
        try:
            answer.set_result(self._question())
        except Exception as error:
            answer.set_exception(error)
