"""LangChain and LangGraph: a callback handler.

    graph.invoke(question, {"callbacks": [RingsideCallbackHandler()]})

What is invoked is a run; graph nodes, models, tools and retrievers are steps. LangChain's own wrappers are not shown.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

import ringside
from ringside.telling.message import Message
from ringside.telling.run import Run
from ringside.telling.scope import Scope
from ringside.telling.step import Step
from ringside.telling.trace import Trace
from ringside.values import text_of

if TYPE_CHECKING:
    from ringside.telling.client import Client

# What LangChain and LangGraph put around what a program has written.
_WRAPPERS = {
    "Prompt", "ChatPromptTemplate", "PromptTemplate", "call_model", "should_continue", "tools_condition", "_write",
    "__start__", "__end__",
}  # fmt: skip
_WAITS = {"GraphInterrupt", "NodeInterrupt"}  # not errors: the graph waits for a person


class RingsideCallbackHandler(BaseCallbackHandler):
    """Give it to any number of invocations, also at the same time."""

    run_inline = True  # in the task that calls, so that the order and the context are those of the program

    def __init__(self, session: str | None = None, title: str | None = None, client: Client | None = None) -> None:
        """``session``: where to, if the code runs in no session of its own."""
        self._trace = Trace(lambda: client or ringside.client(), session, title)
        self._texts: dict[UUID, Message] = {}
        self._said: dict[str, str | None] = {}  # by open run: what was last said, so that it is not said twice

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
            conversation = (metadata or {}).get("session_id") or (metadata or {}).get("thread_id")
            self._root(run_id, name, _question(inputs), None if conversation is None else str(conversation))
            return
        node = (metadata or {}).get("langgraph_node")
        if _is_hidden(name, tags) and name != node:
            self._trace.fold(run_id, parent)
        else:
            self._trace.begin(run_id, parent, name, agent=node or name, input=_plain(inputs))

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **named: Any) -> None:
        scope = self._trace.find(run_id)
        if isinstance(scope, Run):
            self._answer(scope, outputs, run_id)
        self._end(run_id, _plain(outputs))

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **named: Any) -> None:
        self._fail(run_id, error)

    # Models.

    def on_chat_model_start(
        self, serialized: dict[str, Any] | None, messages: list[list[Any]], *, run_id: UUID, **named: Any
    ) -> None:
        self._model_starts(serialized, [_message(one) for each in messages for one in each], run_id, named)

    def on_llm_start(
        self, serialized: dict[str, Any] | None, prompts: list[str], *, run_id: UUID, **named: Any
    ) -> None:
        self._model_starts(serialized, prompts, run_id, named)

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
                step.usage(self._model_of(step), usage.get("input_tokens", 0), usage.get("output_tokens", 0))
        text = _text(answer)
        written = self._texts.pop(run_id, None)
        if written is not None:
            written.end()
            self._said_in(step, text)
        calls = getattr(answer, "tool_calls", None)
        self._end(run_id, {"text": text, "tool_calls": calls} if calls else text)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **named: Any) -> None:
        written = self._texts.pop(run_id, None)
        if written is not None:
            written.end()
        self._fail(run_id, error)

    # Tools and retrievers.

    def on_tool_start(self, serialized: dict[str, Any] | None, input_str: str, *, run_id: UUID, **named: Any) -> None:
        given = named.get("inputs")
        self._starts(
            run_id, _name(serialized, named) or "Tool", "tool", given if given is not None else input_str, named
        )

    def on_tool_end(self, output: Any, *, run_id: UUID, **named: Any) -> None:
        self._end(run_id, _plain(getattr(output, "content", output)))

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **named: Any) -> None:
        self._fail(run_id, error)

    def on_retriever_start(self, serialized: dict[str, Any] | None, query: str, *, run_id: UUID, **named: Any) -> None:
        self._starts(run_id, _name(serialized, named) or "Retriever", "tool", query, named)

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **named: Any) -> None:
        self._end(run_id, _plain(documents))

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **named: Any) -> None:
        self._fail(run_id, error)

    # What they have in common.

    def _model_starts(self, serialized: dict[str, Any] | None, given: Any, run_id: UUID, named: dict[str, Any]) -> None:
        model = (named.get("metadata") or {}).get("ls_model_name")
        model = model or (named.get("invocation_params") or {}).get("model") or _name(serialized, named) or "a model"
        self._starts(run_id, f"Ask {model}", "model", given, named)

    def _starts(self, run_id: UUID, action: str, kind: Any, given: Any, named: dict[str, Any]) -> None:
        parent = self._trace.find(named.get("parent_run_id"))
        if parent is None:
            parent = self._root((run_id, "root"), action, None)
        node = (named.get("metadata") or {}).get("langgraph_node")
        self._trace.begin(run_id, parent, action, agent=node or parent.agent, kind=kind, input=given)

    def _root(self, id: Hashable, name: str, question: str | None, conversation: str | None = None) -> Scope:
        root = self._trace.root(id, name, question, conversation)
        if isinstance(root, Run):
            self._said[root.id] = None
        return root

    def _end(self, run_id: UUID, output: Any) -> None:
        self._forget(self._trace.end(run_id, output=output))
        self._forget(self._trace.end((run_id, "root")))

    def _fail(self, run_id: UUID, error: BaseException) -> None:
        status: Any = "waiting" if type(error).__name__ in _WAITS else None
        told = None if status else error
        self._forget(self._trace.end(run_id, error=told, status=status))
        self._forget(self._trace.end((run_id, "root"), error=told, status=status))

    def _forget(self, ended: Scope | None) -> None:
        if isinstance(ended, Run):
            self._said.pop(ended.id, None)

    def _said_in(self, step: Scope | None, text: str) -> None:
        if step is not None and step._run in self._said:
            self._said[step._run] = text

    def _answer(self, run: Run, outputs: Any, run_id: UUID) -> None:
        """What a graph or chain gives back, unless it was written while it came."""
        text = _answer_text(outputs)
        if text and text != self._said.get(run.id):
            run.say(text)

    @staticmethod
    def _model_of(step: Step) -> str:
        return step.action.removeprefix("Ask ")


def _name(serialized: dict[str, Any] | None, named: dict[str, Any]) -> str | None:
    found = named.get("name") or (serialized or {}).get("name") or ((serialized or {}).get("id") or [None])[-1]
    return None if found is None else str(found)


def _is_hidden(name: str, tags: list[str] | None) -> bool:
    return name in _WRAPPERS or name.startswith(("Runnable", "Channel")) or "langsmith:hidden" in (tags or ())


def _question(inputs: Any) -> str | None:
    """The words of a person in what is invoked."""
    if isinstance(inputs, str):
        return inputs
    if isinstance(inputs, dict):
        messages = inputs.get("messages")
        if isinstance(messages, (list, tuple)) and messages:
            return _text(messages[-1])
        for name in ("input", "question", "query", "topic", "prompt"):
            if isinstance(inputs.get(name), str):
                return str(inputs[name])
    return None if inputs is None else text_of(inputs, 200)


def _answer_text(outputs: Any) -> str | None:
    if isinstance(outputs, str):
        return outputs
    if isinstance(outputs, dict):
        messages = outputs.get("messages")
        if isinstance(messages, (list, tuple)) and messages:
            return _text(messages[-1])
        for name in ("output", "answer", "result", "text"):
            if isinstance(outputs.get(name), str):
                return str(outputs[name])
        return None
    return _text(outputs) if hasattr(outputs, "content") else None


def _text(message: Any) -> str:
    """Of a message object, of a pair of role and text, or of a dictionary."""
    if isinstance(message, (list, tuple)) and len(message) == 2:
        message = message[1]
    content = message.get("content") if isinstance(message, dict) else getattr(message, "content", message)
    if isinstance(content, list):
        parts = [
            one if isinstance(one, str) else one.get("text", "") if isinstance(one, dict) else "" for one in content
        ]
        return "".join(map(str, parts))
    return content if isinstance(content, str) else text_of(content, 2_000)


def _message(message: Any) -> dict[str, Any]:
    calls = getattr(message, "tool_calls", None)
    return {
        "role": getattr(message, "type", "message"),
        "text": _text(message),
        **({"tool_calls": calls} if calls else {}),
    }


def _generation(response: Any) -> Any:
    """The first answer of a model: its message, or its text."""
    first = next((one for each in getattr(response, "generations", ()) for one in each), None)
    return getattr(first, "message", None) or getattr(first, "text", "")


def _plain(value: Any) -> Any:
    """Messages as a person reads them; all else as it is."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return _message(value) if hasattr(value, "content") and hasattr(value, "type") else value
