"""OpenAI Agents SDK: a tracing processor.

    add_trace_processor(RingsideTracingProcessor())

A trace is a run; agents, models, tools, handoffs and guardrails are steps. Tools whose calls the team's rules hold:

    Agent(name="Purser", tools=guarded([delete_file, read_file]))
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import weakref
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from agents import FunctionTool, ToolGuardrailFunctionOutput, ToolInputGuardrail
from agents.tracing import TracingProcessor, get_current_span, get_current_trace

import ringside
from ringside.telling.context import current
from ringside.telling.guarding import ToolRefusedError
from ringside.telling.run import Run
from ringside.telling.scope import Scope
from ringside.telling.step import Step
from ringside.telling.trace import Trace

if TYPE_CHECKING:
    from ringside.events import Kind
    from ringside.telling.client import Client

_FOLDED = {"task", "turn"}  # what the SDK puts around an agent's calls
_KINDS: dict[str, Kind] = {"function": "tool", "mcp_tools": "tool", "generation": "model", "response": "model",
                           "handoff": "handoff", "transcription": "model", "speech": "model"}  # fmt: skip


# Not every version has all of them.
_HOSTED = {"CodeInterpreterTool", "FileSearchTool", "HostedMCPTool", "ImageGenerationTool",
           "ProgrammaticToolCallingTool", "ToolSearchTool", "WebSearchTool"}  # fmt: skip
_processors: weakref.WeakSet[RingsideTracingProcessor] = weakref.WeakSet()


class RingsideTracingProcessor(TracingProcessor):
    def __init__(self, session: str | None = None, title: str | None = None, client: Client | None = None) -> None:
        """``session``: where to, if the code runs in no session of its own and the trace has no `group_id`."""
        self._trace = Trace(lambda: client or ringside.client(), session, title)
        self._asked: set[str] = set()
        self._answers: dict[str, str] = {}

        _processors.add(self)

    def place_of(self, span: str | None, trace: str | None) -> Scope | None:
        """Where a span is told, or its trace."""
        return self._trace.find(span) or self._trace.find(trace)

    def on_trace_start(self, trace: Any) -> None:
        group = getattr(trace, "group_id", None)
        self._trace.root(trace.trace_id, trace.name or "Agents", None, None if group is None else str(group))

    def on_trace_end(self, trace: Any) -> None:
        scope = self._trace.find(trace.trace_id)
        answer = self._answers.pop(trace.trace_id, None)
        self._asked.discard(trace.trace_id)
        if scope is not None and answer:
            scope.say(answer)
        self._trace.end(trace.trace_id)

    def on_span_start(self, span: Any) -> None:
        parent = self._trace.find(span.parent_id) or self._trace.find(span.trace_id)
        if parent is None:
            return  # of a trace that began before we were there
        data = span.span_data
        if data.type in _FOLDED:
            self._trace.fold(span.span_id, parent)
            return
        agent = data.name if data.type == "agent" else parent.agent
        self._trace.begin(span.span_id, parent, _action(data), agent=agent, kind=_KINDS.get(data.type, "step"))

    def on_span_end(self, span: Any) -> None:
        scope, data = self._trace.find(span.span_id), span.span_data
        output = None
        if isinstance(scope, Step) and scope.kind == "model":
            output = self._model_ended(scope, data, span.trace_id)
        elif isinstance(scope, Step):
            scope.action = _action(data)  # a handoff knows its end only now
            scope.input = getattr(data, "input", None)
            output = getattr(data, "output", None)
        if data.type == "guardrail" and getattr(data, "triggered", False) and isinstance(scope, Step):
            scope.details = "Triggered"
        if data.type in _FOLDED:
            self._trace.take(span.span_id)
            return
        failure = None if span.error is None else _failure(span.error)
        run = self._trace.find(span.trace_id)
        if failure is not None and data.type == "agent" and isinstance(run, Run):
            run.fail(failure)  # a trace itself does not know
        self._trace.end(span.span_id, output=output, failure=failure)

    def shutdown(self) -> None:
        ringside.flush(5)

    def force_flush(self) -> None:
        ringside.flush(5)

    def _model_ended(self, step: Step, data: Any, trace: str) -> Any:
        response = getattr(data, "response", None)
        model = getattr(data, "model", None) or getattr(response, "model", None)
        if model:
            step.action = f"Ask {model}"
        usage = data.usage if isinstance(getattr(data, "usage", None), dict) else {}
        if usage:
            given, made = (
                usage.get("input_tokens", usage.get("prompt_tokens")),
                usage.get("output_tokens", usage.get("completion_tokens")),
            )
            step.usage(str(model or "model"), given or 0, made or 0)
        step.input = getattr(data, "input", None)
        self._ask(trace, step.input)
        output = getattr(data, "output", None) or getattr(response, "output", None)
        text = getattr(response, "output_text", None) or _said(output)
        if text:
            self._answers[trace] = text
        return output

    def _ask(self, trace: str, given: Any) -> None:
        """The first words of a person to a model are what the run is about."""
        run: Scope | None = self._trace.find(trace)
        if trace in self._asked or not isinstance(run, Run):
            return
        question = given if isinstance(given, str) else _last_of(given, "user")
        if question:
            self._asked.add(trace)
            run.tell_run("running", question=question)


T = TypeVar("T")


def guarded(tools: Iterable[T]) -> list[T]:
    """The same tools; the team's rules hold each call of those that are functions.

    A call that is refused is not made, and the model is told why. What the SDK's maker runs on its own servers (hosted
    tools) has no guardrails, and stays as it is. Raises TypeError for a tool that runs here and has no guardrails: a
    shell, patches, the computer.
    """
    found = list(tools)
    for tool in found:
        if not isinstance(tool, FunctionTool) and not _is_hosted(tool):
            raise TypeError(
                f"The team's rules cannot hold {type(tool).__name__}: the SDK runs it in this program, without "
                "guardrails. Put what it does into a function_tool, or leave it out of guarded(…)."
            )
    for tool in found:
        if not isinstance(tool, FunctionTool):
            continue
        kept = tool.tool_input_guardrails or []
        if _guardrail not in kept:
            tool.tool_input_guardrails = [*kept, _guardrail]
    return found


def _is_hosted(tool: Any) -> bool:
    name = type(tool).__name__
    return name in _HOSTED or (name == "ShellTool" and tool.executor is None)


async def _guard(data: Any) -> Any:
    place, called = await asyncio.to_thread(_place), data.context
    given = called.tool_arguments
    with contextlib.suppress(TypeError, ValueError):  # else as the model wrote it
        given = json.loads(given)
    try:
        await place.aguard(called.tool_name, given, agent=data.agent.name, key=called.tool_call_id)
    except ToolRefusedError as refused:
        return ToolGuardrailFunctionOutput.reject_content(str(refused))
    return ToolGuardrailFunctionOutput.allow()


def _place() -> Scope:
    span, trace = get_current_span(), get_current_trace()
    names = (span.span_id if span else None, trace.trace_id if trace else None)
    known = (one.place_of(*names) for one in list(_processors))
    return next((one for one in known if one is not None), None) or current() or ringside.client().default_session()


_guardrail: Any = ToolInputGuardrail(guardrail_function=_guard, name="Ringside")


def _action(data: Any) -> str:
    name = getattr(data, "name", None)
    if data.type == "agent":
        return f"Work as {name}"
    if data.type == "handoff":
        return f"Hand over to {data.to_agent}" if data.to_agent else "Hand over"
    if data.type in ("generation", "response"):
        return f"Ask {getattr(data, 'model', None) or 'a model'}"
    if data.type == "guardrail":
        return f"Check {name}"
    return str(name or data.type)


def _failure(error: Any) -> str:
    message = error.get("message") if isinstance(error, dict) else error
    data = error.get("data") if isinstance(error, dict) else None
    detail = data.get("error") if isinstance(data, dict) else None
    return f"{message}: {detail}" if detail else str(message)


def _last_of(messages: Any, role: str) -> str | None:
    for message in reversed(messages) if isinstance(messages, (list, tuple)) else ():
        if isinstance(message, dict) and message.get("role") == role:
            return _content(message.get("content"))
    return None


def _said(output: Any) -> str | None:
    """The text of a model's answer that calls no tools."""
    last = output[-1] if isinstance(output, (list, tuple)) and output else None
    if not isinstance(last, dict) or last.get("tool_calls"):
        return None
    return _content(last.get("content"))


def _content(content: Any) -> str | None:
    if isinstance(content, list):
        return "".join(str(one.get("text", "")) for one in content if isinstance(one, dict)) or None
    return content if isinstance(content, str) and content else None
