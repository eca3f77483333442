"""CrewAI: its hooks before and after each call of a tool, by which the team's rules hold it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from crewai.hooks import register_after_tool_call_hook, register_before_tool_call_hook

from ringside.telling.guarding import ToolRefusedError
from ringside.values import words_of

if TYPE_CHECKING:
    from ringside.telling.scope import Scope

_registered = False
_MOST_REFUSED = 1_000


class _Guard:
    """A hook may only say no. Why, takes the place of what CrewAI says of a call that a hook has blocked."""

    def __init__(self, place: Callable[[], Scope]) -> None:
        self._place = place
        self._refused: dict[tuple[int, str], str] = {}
        self._lock = threading.Lock()

    def before(self, context: Any) -> bool | None:
        role = getattr(context.agent, "role", None)
        try:
            self._place().guard(context.tool_name, context.tool_input, agent=role and str(role).strip())
        except ToolRefusedError as refused:
            words = str(refused)
        except Exception as error:  # CrewAI goes on with a call whose hook fails
            words = f"{context.tool_name} was not called: {words_of(error)}"
        else:
            return None
        with self._lock:
            if len(self._refused) >= _MOST_REFUSED:
                self._refused.pop(next(iter(self._refused)))
            self._refused[_call(context)] = words
        return False

    def after(self, context: Any) -> str | None:
        with self._lock:
            return self._refused.pop(_call(context), None)


def guard_calls(place: Callable[[], Scope]) -> None:
    """From now on, of all crews of this program."""
    global _registered
    if _registered:
        return
    _registered, guard = True, _Guard(place)
    register_before_tool_call_hook(guard.before)
    register_after_tool_call_hook(guard.after)


def _call(context: Any) -> tuple[int, str]:
    """Both hooks of a call get the same object as its input."""
    return id(context.tool_input), context.tool_name
