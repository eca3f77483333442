"""What LangChain's messages say, in each of the forms in which they are given: objects, pairs, dictionaries, texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ringside.values import json_of, text_of

_PEOPLE = {"human", "user", "humanmessagechunk"}
_MODELS = {"ai", "assistant", "aimessagechunk"}
_TOOLS = {"tool", "function", "toolmessagechunk", "functionmessagechunk"}
_ROLES = {*_PEOPLE, *_MODELS, *_TOOLS, "system", "developer"}
_ASKED = ("input", "question", "query", "topic", "prompt")
_ANSWERED = ("output", "answer", "result", "text")
_DECISIONS = ("question", "ask", "prompt", "message", "text", "description", "title", "action")
_MOST_WORDS = 300  # characters of what a graph asks a person


def question_of(inputs: Any) -> str | None:
    """The words of a person in what is invoked."""
    if isinstance(inputs, str):
        return inputs
    messages = _messages(inputs)
    if messages:
        return message_text(next((one for one in reversed(messages) if _role(one) in _PEOPLE), messages[-1]))
    if isinstance(inputs, dict):
        for name in _ASKED:
            if isinstance(inputs.get(name), str):
                return str(inputs[name])
    if is_resumption(inputs):
        return _words(getattr(inputs, "resume", None))
    return None if inputs is None else text_of(inputs, 200)


def is_resumption(inputs: Any) -> bool:
    """Whether a graph goes on where it waits, with a Command or with nothing, instead of being asked something."""
    return inputs is None or type(inputs).__name__ == "Command"


def answer_of(outputs: Any) -> str | None:
    """What a graph or chain gives back: the words of its model, or of the tool whose result is the answer."""
    if isinstance(outputs, str):
        return outputs
    messages = _messages(outputs)
    if messages:
        return _last_said(messages)
    if isinstance(outputs, dict):
        for name in _ANSWERED:
            if isinstance(outputs.get(name), str):
                return str(outputs[name])
    return message_text(outputs) if hasattr(outputs, "content") else None


def decision_of(interrupts: Any) -> str | None:
    """What a graph asks a person when it waits, None where it does not say."""
    first = next(iter(interrupts), None) if isinstance(interrupts, (list, tuple)) else interrupts
    value = getattr(first, "value", first)
    if isinstance(value, (list, tuple)) and value:
        value = value[0]
    if isinstance(value, dict):
        value = next((value[name] for name in _DECISIONS if isinstance(value.get(name), str)), value)
    return _words(value)


def message_text(message: Any) -> str:
    if _is_pair(message):
        message = message[1]
    content = message.get("content") if isinstance(message, dict) else getattr(message, "content", message)
    if content is None:
        return ""
    if isinstance(content, list):
        parts = [
            one if isinstance(one, str) else one.get("text", "") if isinstance(one, dict) else "" for one in content
        ]
        return "".join(map(str, parts))
    return content if isinstance(content, str) else text_of(content, 2_000)


def readable(value: Any) -> Any:
    """Messages as a person reads them; all else as it is."""
    if isinstance(value, dict):
        return {name: readable(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [readable(one) for one in value]
    return readable_message(value) if _is_message(value) else value


def readable_message(message: Any) -> dict[str, Any]:
    calls = getattr(message, "tool_calls", None)
    return {
        "role": getattr(message, "type", "message"),
        "text": message_text(message),
        **({"tool_calls": calls} if calls else {}),
    }


def _messages(value: Any) -> Sequence[Any]:
    """The messages in what goes into a graph or comes out of it, () for none."""
    has_them = isinstance(value, dict) or hasattr(value, "messages")
    if has_them:
        value = value.get("messages") if isinstance(value, dict) else value.messages
    if _is_pair(value) or _role(value) is not None or (has_them and isinstance(value, str)):
        return (value,)
    if not isinstance(value, (list, tuple)):
        return ()
    return value if has_them or all(_role(one) is not None for one in value) else ()


def _last_said(messages: Sequence[Any]) -> str | None:
    """After the last words of a person: what was there before them answers something else."""
    last = _role(messages[-1])
    if last in _TOOLS:  # of a tool that returns directly
        return message_text(messages[-1])
    for message in reversed(messages):
        role = _role(message)
        if role in _PEOPLE:
            return None
        if role in _MODELS or isinstance(message, str):
            text = message_text(message)
            if text:
                return text
    return None


def _role(message: Any) -> str | None:
    """In small letters; None: it has none."""
    if _is_pair(message):
        return str(message[0]).lower()
    if isinstance(message, dict):
        found = message.get("role") or message.get("type") if "content" in message else None
    elif _is_message(message):
        found = message.role if message.type == "chat" else message.type  # a ChatMessage has a role of its own
    else:
        found = None
    return None if found is None else str(found).lower()


def _is_message(value: Any) -> bool:
    return hasattr(value, "content") and hasattr(value, "type")


def _is_pair(value: Any) -> bool:
    """A role and a text."""
    if not isinstance(value, (list, tuple)) or len(value) != 2 or not isinstance(value[0], str):
        return False
    return value[0].lower() in _ROLES and not _is_message(value[1])


def _words(value: Any) -> str | None:
    return None if value is None else text_of(value if isinstance(value, str) else json_of(value), _MOST_WORDS)
