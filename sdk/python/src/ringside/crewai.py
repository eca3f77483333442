"""CrewAI: a listener of its events.

    ringside.crewai.watch()

A kick-off is a run; tasks, agents, models and tools are steps, and each task's result a text. With `watch(guard=True)`
the team's rules hold the calls of tools. CrewAI calls its
listeners on several threads, so that an event may come before the one that it belongs to: it waits for that one.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from crewai.events import crewai_event_bus
from crewai.events.base_events import BaseEvent

import ringside
from ringside.telling.context import current
from ringside.telling.run import Run
from ringside.telling.scope import Scope
from ringside.telling.step import Step
from ringside.telling.trace import Trace
from ringside.values import text_of

if TYPE_CHECKING:
    from ringside.events import Kind
    from ringside.telling.client import Client

_STARTS = ("_started",)
_GOOD_ENDS = ("_completed", "_finished")
_BAD_ENDS = ("_failed", "_error")
_NOISE = (
    "default_env",
    "agent_logs",
    "llm_stream_chunk",
    "llm_thinking_chunk",
    "flow_created",
    "flow_plot",
    "crew_test_result",
)
_INNER_FLOW = "AgentExecutor"  # around each agent: CrewAI's own way of working
_MOST_WAITING = 5_000
_watching: list[Listener] = []


def watch(
    session: str | None = None, title: str | None = None, client: Client | None = None, *, guard: bool = False
) -> None:
    """Tell of all crews and flows of this program, from now on. ``session``: where to, if a crew runs in none.

    ``guard``: let the team's rules hold each call of a tool, from now on. A call that is refused is not made, and the
    agent is told why.
    """
    if not _watching:
        listener = Listener(session, title, client)
        _watching.append(listener)
        listener.listen()
        atexit.register(crewai_event_bus.flush, 5.0)  # before our own goodbye, which is registered already
    if guard:
        from ringside.crewai_guard import guard_calls

        guard_calls(_watching[0].place)


class Listener:
    def __init__(self, session: str | None = None, title: str | None = None, client: Client | None = None) -> None:
        self._client: Callable[[], Client] = lambda: client or ringside.client()
        self._trace = Trace(self._client, session, title)
        self._newest: Scope | None = None
        self._lock = threading.RLock()
        self._waiting: dict[str, list[Any]] = {}
        self._count = 0

    def listen(self) -> None:
        for kind in set(_subclasses(BaseEvent)):
            field = kind.model_fields.get("type")
            if field is not None and field.default and not str(field.default).startswith(_NOISE):
                crewai_event_bus.register_handler(kind, self.handle)

    def place(self) -> Scope:
        """Where what runs here belongs: the session that the code is in, or the crew that began last."""
        here = current()
        if here is not None:
            return here
        with self._lock:
            return self._newest or self._client().default_session()

    def handle(self, source: Any, event: Any) -> None:
        """Never raises: CrewAI would print it into the program's output."""
        try:
            with self._lock:
                self._take(event)
        except Exception as error:
            ringside.client().complain(error)

    def _take(self, event: Any) -> None:
        kind = str(event.type)
        ends = kind.endswith((*_GOOD_ENDS, *_BAD_ENDS))
        needed = event.started_event_id if ends else event.parent_event_id
        if needed and self._trace.find(needed) is None:
            self._wait(needed, event)
        elif kind.endswith(_STARTS):
            self._start(kind, event)
            self._count -= len(waiting := self._waiting.pop(event.event_id, []))
            for one in waiting:
                self._take(one)
        elif ends and needed:
            self._end(kind, event)

    def _wait(self, needed: str, event: Any) -> None:
        if self._count >= _MOST_WAITING:
            self._give_up_oldest()
        self._waiting.setdefault(needed, []).append(event)
        self._count += 1

    def _give_up_oldest(self) -> None:
        """It waits for what will not come, most likely."""
        oldest = next(iter(self._waiting))
        self._waiting[oldest].pop(0)
        self._count -= 1
        if not self._waiting[oldest]:
            del self._waiting[oldest]

    def _start(self, kind: str, event: Any) -> None:
        parent = self._trace.find(event.parent_event_id) if event.parent_event_id else None
        if parent is None:
            name = _text(event, "crew_name", "flow_name") or "Crew"
            given = getattr(event, "inputs", None)
            question = None if not given else ", ".join(f"{key}: {text_of(value, 200)}" for key, value in given.items())
            self._newest = self._trace.root(event.event_id, name, question or name)
        elif kind == "flow_started" and event.flow_name == _INNER_FLOW:
            self._trace.fold(event.event_id, parent)
        else:
            action, step_kind, given = _shown(kind, event)
            self._trace.begin(
                event.event_id, parent, action, agent=_agent(event) or parent.agent, kind=step_kind, input=given,
                time=event.timestamp.isoformat(),
            )  # fmt: skip

    def _end(self, kind: str, event: Any) -> None:
        scope = self._trace.find(event.started_event_id)
        if kind.startswith("flow_") and getattr(event, "flow_name", None) == _INNER_FLOW:
            return  # folded; what comes late still finds it
        output = _output(event)
        if isinstance(scope, Step) and kind == "llm_call_completed":
            usage = getattr(event, "usage", None) or {}
            if usage:
                tokens = usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)
                scope.usage(
                    str(event.model),
                    *tokens,
                    cached_input_tokens=usage.get("cached_prompt_tokens"),
                    reasoning_tokens=usage.get("reasoning_tokens"),
                )
        failed = kind.endswith(_BAD_ENDS)
        if kind == "task_completed" and isinstance(output, str) and scope is not None:
            scope.say(output, agent=_agent(event) or _last_agent(event) or scope.agent)
        words = str(getattr(event, "error", None) or "It failed.") if failed else None
        if isinstance(scope, (Step, Run)) and not scope.ended:
            if isinstance(scope, Step):
                scope.output = output
            if words is not None:
                scope.fail(words)
            if isinstance(scope, Step):
                scope.end(time=event.timestamp.isoformat())
                scope.output = None  # it stays known, what it gave does not
            else:
                scope.end()
        # It stays known for what comes late; the oldest are forgotten.


def _subclasses(kind: type[Any]) -> Iterator[type[Any]]:
    for one in kind.__subclasses__():
        yield one
        yield from _subclasses(one)


def _shown(kind: str, event: Any) -> tuple[str, Kind, Any]:
    """What a step is called, its kind, and what it was given."""
    if kind.startswith("task"):
        task = getattr(event, "task", None)
        name = event.task_name or getattr(task, "name", None) or getattr(task, "description", None) or "Task"
        return text_of(name, 120), "step", getattr(event, "context", None) or None
    if kind.startswith(("agent_execution", "lite_agent")):
        return f"Work as {_agent(event) or 'an agent'}", "step", getattr(event, "task_prompt", None)
    if kind.startswith("llm_call"):
        return f"Ask {event.model or 'a model'}", "model", getattr(event, "messages", None)
    if kind.startswith("tool_usage"):
        return str(event.tool_name), "tool", getattr(event, "tool_args", None)
    if kind.startswith("method_execution"):
        return str(event.method_name), "step", getattr(event, "params", None)
    words = kind.rpartition("_")[0].replace("_", " ")
    return words[:1].upper() + words[1:], "step", getattr(event, "query", None)


def _agent(event: Any) -> str | None:
    role = event.agent_role or getattr(getattr(event, "agent", None), "role", None)
    return None if role is None else str(role).strip() or None


def _last_agent(event: Any) -> str | None:
    found = getattr(getattr(event, "output", None), "agent", None)
    return None if found is None else str(found).strip() or None


def _text(event: Any, *names: str) -> str | None:
    for name in names:
        if getattr(event, name, None):
            return str(getattr(event, name))
    return None


def _output(event: Any) -> Any:
    """Of a task or a crew, its text; of a model, what it answered."""
    output = getattr(event, "output", None)
    if output is None:
        output = getattr(event, "response", None) or getattr(event, "result", None)
    return getattr(output, "raw", output)
