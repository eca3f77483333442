"""What a span was given and what it returned, by each convention: of many attributes and events the most telling."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

from api.protocols.attributes import parsed
from api.protocols.meanings import Meaning
from api.protocols.otlp import Span
from api.protocols.words import ASKERS, is_parts, said_by

# The most telling first. Those of a prefix are spread over attributes: `….0.role`.
_INPUTS = (
    "gen_ai.tool.call.arguments", "gen_ai.input.messages", "tool_arguments", "ai.toolCall.args",
    "spring.ai.tool.call.arguments", "gcp.vertex.agent.tool_call_args", "ai.prompt.messages", "ai.prompt", "ai.values",
    "ai.value",
)  # fmt: skip
_INPUT_PREFIXES = ("llm.input_messages", "gen_ai.prompt")
_INPUT_EVENTS = ("gen_ai.system.message", "gen_ai.user.message", "gen_ai.assistant.message", "gen_ai.tool.message")
_INPUT_VALUES = (
    "gen_ai.prompt", "langfuse.observation.input", "gcp.vertex.agent.llm_request", "input.value",
    "traceloop.entity.input", "langfuse.trace.input",
)  # fmt: skip
_HISTORY = "pydantic_ai.all_messages"  # of an agent, its answer included
_OUTPUTS = (
    "gen_ai.tool.call.result", "gen_ai.output.messages", "final_result", "tool_response", "ai.toolCall.result",
    "spring.ai.tool.call.result", "gcp.vertex.agent.tool_response", "ai.response.text", "ai.response.object",
    "ai.response.toolCalls", "ai.result.text", "ai.result.object", "ai.result.toolCalls",
)  # fmt: skip
_OUTPUT_PREFIXES = ("llm.output_messages", "gen_ai.completion")
_OUTPUT_EVENTS = ("gen_ai.choice",)
_OUTPUT_VALUES = (
    "gen_ai.completion", "langfuse.observation.output", "gcp.vertex.agent.llm_response", "output.value",
    "traceloop.entity.output", "langfuse.trace.output",
)  # fmt: skip
_TEXTS = ("ai.response.text", "ai.result.text")  # a model's words, even where they are JSON
_TOLD_OF_PLUMBING = (
    "http.request.method", "http.method", "url.full", "http.url", "url.path", "http.target", "http.route",
    "http.response.status_code", "http.status_code", "server.address", "db.system.name", "db.system", "db.namespace",
    "db.name", "db.query.text", "db.statement", "rpc.system", "rpc.service", "rpc.method", "messaging.system",
    "messaging.destination.name",
)  # fmt: skip

_DEEPEST = 16  # parts of an attribute's name
_MOST_BYTES = 512 * 1024  # of an input or output: both fit into an event


def input_of(span: Span, meaning: Meaning) -> Any:
    if meaning == "other":
        return {name: span.attributes[name] for name in _TOLD_OF_PLUMBING if name in span.attributes} or None
    found = _content(span, _INPUTS, _INPUT_PREFIXES, _INPUT_EVENTS, _INPUT_VALUES)
    if found is None and _HISTORY in span.attributes:
        return _up_to_question(parsed(span.attributes[_HISTORY]))
    if found is None and meaning == "step":
        return dict(span.attributes) or None
    return found


def output_of(span: Span, meaning: Meaning) -> Any:
    if meaning == "other":
        return None
    return _content(span, _OUTPUTS, _OUTPUT_PREFIXES, _OUTPUT_EVENTS, _OUTPUT_VALUES)


def fitting(value: Any) -> Any:
    """The same, or as text as much of it as an event takes."""
    if value is None or isinstance(value, (bool, int, float)) or len(to_json(value)) <= _MOST_BYTES:
        return value
    whole = value.encode() if isinstance(value, str) else to_json(value)
    text = whole[:_MOST_BYTES].decode(errors="ignore")
    while (
        isinstance(value, str) and (size := len(to_json(text))) > _MOST_BYTES
    ):  # some characters take six bytes in JSON
        text = text[: len(text) * _MOST_BYTES // size]
    return f"{text}… ({len(whole):,} bytes)"


def _content(
    span: Span, names: tuple[str, ...], prefixes: tuple[str, ...], events: tuple[str, ...], values: tuple[str, ...]
) -> Any:
    """The first of these that is there: an attribute, attributes of a prefix, events, an attribute of another kind."""
    holders = (span.attributes, *(event.attributes for event in span.events))  # some record contents beside the span
    for holder in holders:
        if (found := _held(holder, names)) is not None:
            return found
    for prefix in prefixes:
        if messages := _gathered(span.attributes, f"{prefix}."):
            return messages
    said = [_message(event.name, event.attributes) for event in span.events if event.name in events]
    if said:
        return said
    return next((found for holder in holders if (found := _held(holder, values)) is not None), None)


def _held(holder: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    name = next((name for name in names if holder.get(name) not in (None, "")), None)
    if name is None:
        return None
    return holder[name] if name in _TEXTS else parsed(holder[name])


def _up_to_question(history: Any) -> Any:
    """The messages up to the user's last one."""
    if isinstance(history, list):
        for count in range(len(history), 0, -1):
            if said_by(history[count - 1], ASKERS):
                return history[:count]
    return history


def _message(event: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """`gen_ai.user.message` is a message of the role user, `gen_ai.choice` one of the assistant."""
    role = "assistant" if event == "gen_ai.choice" else event.split(".")[1]
    contents = {name: parsed(value) for name, value in said.items() if name not in ("gen_ai.system", "role")}
    return {"role": said.get("role", role), **contents}


def _gathered(said: Mapping[str, Any], prefix: str) -> list[Any]:
    """`llm.input_messages.0.message.role` and the like, as a list of objects."""
    tree: dict[str, Any] = {}
    for name, value in said.items():
        if name.startswith(prefix):
            *path, last = name.removeprefix(prefix).split(".", _DEEPEST)
            place = tree
            for part in path:
                inner = place.setdefault(part, {})
                if not isinstance(inner, dict):
                    break
                place = inner
            else:
                place[last] = parts if is_parts(parts := parsed(value)) else value
    if not tree or not all(name.isdecimal() for name in tree):
        return []
    messages = _as_lists(tree)
    return [one["message"] if isinstance(one, dict) and one.keys() == {"message"} else one for one in messages]


def _as_lists(tree: Any) -> Any:
    """Objects whose names are numbers are lists."""
    if not isinstance(tree, dict):
        return tree
    if tree and all(name.isdecimal() for name in tree):
        return [_as_lists(tree[name]) for name in sorted(tree, key=int)]
    return {name: _as_lists(value) for name, value in tree.items()}
