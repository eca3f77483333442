"""LangChain and LangGraph: the team's rules hold calls of tools.

    ToolNode(tools, wrap_tool_call=guard_tool_call, awrap_tool_call=aguard_tool_call)

or, with `create_agent` of LangChain 1, `middleware=[wrap_tool_call(guard_tool_call)]`. A call that is refused is not
made, and the model is told why.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from langchain_core.messages import ToolMessage

import ringside
from ringside.langchain import RingsideCallbackHandler
from ringside.telling.context import current
from ringside.telling.guarding import ToolRefusedError
from ringside.telling.scope import Scope


def guard_tool_call(request: Any, handler: Callable[[Any], Any]) -> Any:
    """Call the tool, if the rules allow it."""
    place, call = _place(request), request.tool_call
    try:
        place.guard(call["name"], call["args"], key=_key(call))
    except ToolRefusedError as refused:
        return _refusal(call, refused)
    return handler(request)


async def aguard_tool_call(request: Any, handler: Callable[[Any], Awaitable[Any]]) -> Any:
    """The same for asyncio."""
    place, call = _place(request), request.tool_call
    try:
        await place.aguard(call["name"], call["args"], key=_key(call))
    except ToolRefusedError as refused:
        return _refusal(call, refused)
    return await handler(request)


def _place(request: Any) -> Scope:
    """The step of the node that calls the tool, if our handler tells of it."""
    config = getattr(getattr(request, "runtime", None), "config", None) or {}
    manager: Any = config.get("callbacks")
    for handler in getattr(manager, "handlers", None) or ():
        found = handler.place_of(manager.parent_run_id) if isinstance(handler, RingsideCallbackHandler) else None
        if found is not None:
            return found
    return current() or ringside.client().default_session()


def _key(call: Any) -> str | None:
    """The model's own id of the call: a graph that goes on after it has waited makes the same call."""
    return call.get("id") or None


def _refusal(call: Any, refused: ToolRefusedError) -> ToolMessage:
    return ToolMessage(str(refused), name=call["name"], tool_call_id=call.get("id") or "", status="error")
