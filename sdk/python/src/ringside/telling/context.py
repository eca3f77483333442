"""What the code that runs now is part of: the innermost session, run or step of this thread or task."""

from collections.abc import Callable
from contextvars import ContextVar, Token, copy_context
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from ringside.telling.scope import Scope

P = ParamSpec("P")
T = TypeVar("T")
_current: "ContextVar[Scope | None]" = ContextVar("ringside", default=None)


def current() -> "Scope | None":
    return _current.get()


def enter(scope: "Scope") -> "Token[Scope | None]":
    return _current.set(scope)


def leave(token: "Token[Scope | None]") -> None:
    try:
        _current.reset(token)
    except (ValueError, RuntimeError):  # left in another context: an async generator, a step that another thread ends
        before = token.old_value
        _current.set(None if before is Token.MISSING else before)


def carry(function: Callable[P, T]) -> Callable[P, T]:
    """The function, for another thread: what it does there belongs to what runs here.

    executor.submit(ringside.carry(work), argument)
    threading.Thread(target=ringside.carry(work))

    asyncio carries the context to its tasks, and to `asyncio.to_thread`, by itself.
    """
    context = copy_context()

    @wraps(function)
    def carried(*arguments: P.args, **named: P.kwargs) -> T:
        return context.copy().run(function, *arguments, **named)  # a copy: several threads may be in it at once

    return carried
