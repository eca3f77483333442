"""What is told when it begins and, once, when it ends: a run, a step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, TypeVar

from ringside.telling.endings import Ending, ending
from ringside.telling.scope import Scope

B = TypeVar("B", bound="Bracket")


class Bracket(Scope, ABC):
    """It fails by an exception that leaves it, or by `fail`."""

    _failure: str | None = None
    ended = False

    def fail(self, reason: str) -> None:
        """It will end as failed, though no exception leaves it."""
        self._failure = reason

    @abstractmethod
    def begin(self) -> Any: ...

    @abstractmethod
    def end(self, error: BaseException | None = None) -> None: ...

    def _close(self, error: BaseException | None) -> tuple[Ending, str | None] | None:
        """How it ends; None: it has ended before."""
        if self.ended:
            return None
        self.ended = True
        return ("failed", self._failure) if error is None and self._failure is not None else ending(error)

    def __enter__(self: B) -> B:
        self.begin()
        super().__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self.end(error)
        self._client.has_told(error)
