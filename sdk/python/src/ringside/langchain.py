"""LangChain and LangGraph: a callback handler.

    graph.invoke(question, {"callbacks": [RingsideCallbackHandler()]})

What is invoked is a run; graph nodes, models, tools and retrievers are steps. LangChain's own wrappers are not shown.
A graph that asks a person something leaves its run waiting; when the graph goes on, so does the run.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

import ringside
from ringside.langchain_messages import (
    answer_of,
    decision_of,
    is_resumption,
    message_text,
    question_of,
    readable,
    readable_message,
)
from ringside.telling.message import Message
from ringside.telling.run import Run
from ringside.telling.scope import Scope
from ringside.telling.step import Step
from ringside.telling.trace import Trace
from ringside.telling.waiting_runs import WaitingRun, waiting_runs

if TYPE_CHECKING:
    from ringside.telling.client import Client

try:  # LangGraph tells only its own handlers of every graph that stops to wait; it need not be installed
    from langgraph.callbacks import GraphCallbackHandler as _Handler
except ImportError:
    _Handler = BaseCallbackHandler

# What LangChain and LangGraph put around what a program has written.
_WRAPPERS = {
    "Prompt", "ChatPromptTemplate", "PromptTemplate", "call_model", "should_continue", "tools_condition", "_write",
    "__start__", "__end__",
}  # fmt: skip
_WAITS = {"GraphInterrupt", "NodeInterrupt"}  # not errors: the graph waits for a person
_HANDS_OVER = {"ParentCommand"}  # no error either: a node of a subgraph goes on in the graph around it


class RingsideCallbackHandler(_Handler):
    """Give it to any number of invocations, also at the same time."""

    run_inline = True  # in the task that calls, so that the order and the context are those of the program

    def __init__(self, session: str | None = None, title: str | None = None, client: Client | None = None) -> None:
        """``session``: where to, if the code runs in no session of its own and the invocation has neither a
        `session_id` nor a `thread_id`."""
        self._trace = Trace(lambda: client or ringside.client(), session, title)
        self._waits: dict[UUID, str | None] = {}  # by what encloses something that waits: what it waits for
        self._threads: dict[UUID, str] = {}  # of the graphs that are invoked
        self._waiting: dict[str, list[Step]] = {}  # by run
        self._texts: dict[UUID, Message] = {}
        self._said: dict[str, str | None] = {}  # by open run: what was last said, so that it is not said twice

    def place_of(self, run_id: UUID | None) -> Scope | None:
        """Where what LangChain calls by this id is told; None: it is not, or has ended."""
        return self._trace.find(run_id)

    # Chains, graphs and their nodes.

    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **named: Any,
    ) -> None:
        name = _name(serialized, named) or "Chain"
        parent = self._trace.find(parent_run_id)
        if parent is None:
            self._root(run_id, name, question_of(inputs), metadata, goes_on=is_resumption(inputs), graph=run_id)
            return
        node = (metadata or {}).get("langgraph_node")
        if _is_hidden(name, tags) and name != node:
            self._trace.fold(run_id, parent)
        else:
            self._trace.begin(run_id, parent, name, agent=node or name, input=readable(inputs))

    def on_chain_end(self, outputs: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **named: Any) -> None:
        asks = outputs.get("__interrupt__") if isinstance(outputs, dict) else None
        if asks or run_id in self._waits:
            self._wait(run_id, self._waits.get(run_id) or decision_of(asks))
            return
        self._answer(self._trace.find(run_id), answer_of(outputs))
        self._end(run_id, readable(outputs))

    def on_chain_error(
        self, error: BaseException, *, run_id: UUID, parent_run_id: UUID | None = None, **named: Any
    ) -> None:
        self._fail(run_id, error, parent_run_id)

    def on_interrupt(self, event: Any) -> None:
        """A graph stops to wait. Its end follows, which does not say so."""
        if event.run_id is not None:
            self._waits[event.run_id] = decision_of(event.interrupts) or self._waits.get(event.run_id)

    def on_resume(self, event: Any) -> None:
        """Its beginning has said so."""

    # Models.

    def on_chat_model_start(
        self, serialized: dict[str, Any] | None, messages: list[list[Any]], *, run_id: UUID, **named: Any
    ) -> None:
        given = [one for each in messages for one in each]
        self._model_starts(serialized, [readable_message(one) for one in given], question_of(given), run_id, named)

    def on_llm_start(
        self, serialized: dict[str, Any] | None, prompts: list[str], *, run_id: UUID, **named: Any
    ) -> None:
        self._model_starts(serialized, prompts, prompts[-1] if prompts else None, run_id, named)

    def on_llm_new_token(self, token: Any, *, run_id: UUID, **named: Any) -> None:
        step = self._trace.find(run_id)
        if not isinstance(step, Step) or not isinstance(token, str) or not token:
            return
        if run_id not in self._texts:
            self._texts[run_id] = Message(step, None, reasoning=False)
        self._texts[run_id].write(token)

    def on_llm_end(self, response: Any, *, run_id: UUID, **named: Any) -> None:
        step = self._trace.find(run_id)
        answer = _generation(response)
        if isinstance(step, Step):
            usage = getattr(answer, "usage_metadata", None) or {}
            if usage:
                given, made = usage.get("input_token_details") or {}, usage.get("output_token_details") or {}
                step.usage(
                    self._model_of(step),
                    usage.get("input_tokens", 0),
                    usage.get("output_tokens", 0),
                    cached_input_tokens=given.get("cache_read"),
                    reasoning_tokens=made.get("reasoning"),
                )
        text = message_text(answer)
        written = self._texts.pop(run_id, None)
        if written is not None:
            written.end()
            self._said_in(step, text)
        self._answer(self._trace.find((run_id, "root")), text)  # it was invoked alone
        calls = getattr(answer, "tool_calls", None)
        self._end(run_id, {"text": text, "tool_calls": calls} if calls else text)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **named: Any) -> None:
        written = self._texts.pop(run_id, None)
        if written is not None:
            written.end()
        self._fail(run_id, error, named.get("parent_run_id"))

    # Tools and retrievers.

    def on_tool_start(self, serialized: dict[str, Any] | None, input_str: str, *, run_id: UUID, **named: Any) -> None:
        given = named.get("inputs")
        self._starts(
            run_id, _name(serialized, named) or "Tool", "tool", given if given is not None else input_str, named
        )

    def on_tool_end(self, output: Any, *, run_id: UUID, **named: Any) -> None:
        self._end(run_id, readable(getattr(output, "content", output)))

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **named: Any) -> None:
        self._fail(run_id, error, named.get("parent_run_id"))

    def on_retriever_start(self, serialized: dict[str, Any] | None, query: str, *, run_id: UUID, **named: Any) -> None:
        self._starts(run_id, _name(serialized, named) or "Retriever", "tool", query, named, query)

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **named: Any) -> None:
        self._end(run_id, readable(documents))

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **named: Any) -> None:
        self._fail(run_id, error, named.get("parent_run_id"))

    # What they have in common.

    def _model_starts(
        self, serialized: dict[str, Any] | None, given: Any, question: str | None, run_id: UUID, named: dict[str, Any]
    ) -> None:
        model = (named.get("metadata") or {}).get("ls_model_name")
        model = model or (named.get("invocation_params") or {}).get("model") or _name(serialized, named) or "a model"
        self._starts(run_id, f"Ask {model}", "model", given, named, question)

    def _starts(
        self, run_id: UUID, action: str, kind: Any, given: Any, named: dict[str, Any], question: str | None = None
    ) -> None:
        parent = self._trace.find(named.get("parent_run_id"))
        if parent is None:
            parent = self._root((run_id, "root"), action, question, named.get("metadata"))
        node = (named.get("metadata") or {}).get("langgraph_node")
        self._trace.begin(run_id, parent, action, agent=node or parent.agent, kind=kind, input=given)

    def _root(
        self,
        id: Hashable,
        name: str,
        question: str | None,
        metadata: dict[str, Any] | None,
        *,
        goes_on: bool = False,
        graph: UUID | None = None,
    ) -> Scope:
        known = metadata or {}
        thread, session = known.get("thread_id"), known.get("session_id") or known.get("thread_id")
        root = self._trace.root(
            id, name, question, None if session is None else str(session),
            conversation=None if graph is None or thread is None else str(thread), goes_on=goes_on,
        )  # fmt: skip
        if isinstance(root, Run):
            self._said[root.id] = None
            if graph is not None and thread is not None:
                self._threads[graph] = str(thread)
        return root

    def _end(self, run_id: UUID, output: Any) -> None:
        self._forget(self._trace.end(run_id, output=output), run_id)
        self._forget(self._trace.end((run_id, "root")), run_id)

    def _fail(self, run_id: UUID, error: BaseException, parent: UUID | None) -> None:
        name = type(error).__name__
        if name in _HANDS_OVER:
            self._end(run_id, None)
        elif name in _WAITS:
            asked = self._waits.get(run_id) or decision_of(error.args[0] if error.args else None)
            if parent is not None:
                self._waits[parent] = self._waits.get(parent) or asked
            self._wait(run_id, asked)
        else:
            self._forget(self._trace.end(run_id, error=error), run_id)
            self._forget(self._trace.end((run_id, "root"), error=error), run_id)

    def _wait(self, run_id: UUID, asked: str | None) -> None:
        """Something ends that waits for a person."""
        thread = self._threads.get(run_id)
        for id in (run_id, (run_id, "root")):
            ended = self._trace.end(id, status="waiting", reason=asked)
            if isinstance(ended, Step) and ended._run in self._said:
                self._waiting.setdefault(ended._run, []).append(ended)
            elif isinstance(ended, Run) and thread is not None:
                waiting_runs.add(thread, WaitingRun(ended, self._waiting.get(ended.id, [])))
            self._forget(ended, run_id)

    def _forget(self, ended: Scope | None, run_id: UUID) -> None:
        self._waits.pop(run_id, None)
        self._threads.pop(run_id, None)
        if isinstance(ended, Run):
            self._said.pop(ended.id, None)
            self._waiting.pop(ended.id, None)

    def _said_in(self, step: Scope | None, text: str) -> None:
        if step is not None and step._run in self._said:
            self._said[step._run] = text

    def _answer(self, run: Scope | None, text: str | None) -> None:
        """What is given back, unless it was written while it came."""
        if text and isinstance(run, Run) and text != self._said.get(run.id):
            run.say(text)

    @staticmethod
    def _model_of(step: Step) -> str:
        return step.action.removeprefix("Ask ")


def _name(serialized: dict[str, Any] | None, named: dict[str, Any]) -> str | None:
    found = named.get("name") or (serialized or {}).get("name") or ((serialized or {}).get("id") or [None])[-1]
    return None if found is None else str(found)


def _is_hidden(name: str, tags: list[str] | None) -> bool:
    return name in _WRAPPERS or name.startswith(("Runnable", "Channel")) or "langsmith:hidden" in (tags or ())


def _generation(response: Any) -> Any:
    """The first answer of a model: its message, or its text."""
    first = next((one for each in getattr(response, "generations", ()) for one in each), None)
    return getattr(first, "message", None) or getattr(first, "text", "")
