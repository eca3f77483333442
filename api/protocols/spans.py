"""What a span means: the conventions that programs with agents follow, and a step of the log for each span.

Read are OpenTelemetry's semantic conventions for generative AI, with the names of today and those of before 1.37
(`gen_ai.system`, `gen_ai.prompt`, tokens of prompt and completion), OpenInference (`openinference.span.kind`, `llm.…`),
and OpenLLMetry (`traceloop.…`). Spans of HTTP, databases and the like are of the kind `other`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from pydantic_core import from_json, to_json

from api.protocols.otlp import Span
from utils.log.events import ActivityKind, Usage
from utils.traces.step import Step

Meaning = Literal["agent", "model", "tool", "step", "other"]

_OPERATIONS: Mapping[str, Meaning] = {
    "chat": "model", "text_completion": "model", "completion": "model", "generate_content": "model",
    "embeddings": "model", "execute_tool": "tool", "invoke_agent": "agent", "create_agent": "agent",
}  # fmt: skip
_OPENINFERENCE: Mapping[str, Meaning] = {"LLM": "model", "EMBEDDING": "model", "TOOL": "tool", "AGENT": "agent"}
_TRACELOOP: Mapping[str, Meaning] = {"agent": "agent", "tool": "tool"}
_KINDS: Mapping[Meaning, ActivityKind] = {
    "agent": "step", "model": "model", "tool": "tool", "step": "step", "other": "other",
}  # fmt: skip

_PROVIDERS = ("gen_ai.provider.name", "gen_ai.system", "llm.system", "llm.provider")
_MODELS = (
    "gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "embedding.model_name", "llm.response.model",
    "llm.request.model",
)  # fmt: skip
_INPUT_TOKENS = (
    "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt", "llm.usage.prompt_tokens",
)  # fmt: skip
_OUTPUT_TOKENS = (
    "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion",
    "llm.usage.completion_tokens",
)  # fmt: skip
_CONVERSATIONS = ("gen_ai.conversation.id", "session.id", "traceloop.association.properties.session_id")
_PROGRAM = ("service.instance.id", "service.name", "host.name", "process.pid")  # where there is no id, all of them
_AGENTS = ("gen_ai.agent.name", "agent.name", "agent_name")
# Where inputs and outputs are, the most telling first. Those of a prefix are spread over attributes: `….0.role`.
_INPUTS = ("gen_ai.tool.call.arguments", "gen_ai.input.messages", "tool_arguments")
_INPUT_PREFIXES = ("llm.input_messages", "gen_ai.prompt")
_INPUT_EVENTS = ("gen_ai.system.message", "gen_ai.user.message", "gen_ai.assistant.message", "gen_ai.tool.message")
_INPUT_VALUES = ("gen_ai.prompt", "input.value", "traceloop.entity.input")
_HISTORY = "pydantic_ai.all_messages"  # of an agent, its answer included
_OUTPUTS = ("gen_ai.tool.call.result", "gen_ai.output.messages", "final_result", "tool_response")
_OUTPUT_PREFIXES = ("llm.output_messages", "gen_ai.completion")
_OUTPUT_EVENTS = ("gen_ai.choice",)
_OUTPUT_VALUES = ("gen_ai.completion", "output.value", "traceloop.entity.output")

# Of libraries that watch HTTP, databases and queues: https://opentelemetry.io/docs/specs/semconv/
_PLUMBING_SCOPES = (
    "opentelemetry.instrumentation.", "@opentelemetry/instrumentation-", "io.opentelemetry.",
    "go.opentelemetry.io/contrib/",
)  # fmt: skip
_PLUMBING = ("http.", "url.", "db.", "rpc.", "messaging.", "faas.", "asgi.", "net.")
_TOLD_OF_PLUMBING = (
    "http.request.method", "http.method", "url.full", "http.url", "url.path", "http.target", "http.route",
    "http.response.status_code", "http.status_code", "server.address", "db.system.name", "db.system", "db.namespace",
    "db.name", "db.query.text", "db.statement", "rpc.system", "rpc.service", "rpc.method", "messaging.system",
    "messaging.destination.name",
)  # fmt: skip

_ASKERS, _ANSWERERS = ("user", "human"), ("assistant", "ai", "model")
_TEXTS = ("input", "output", "question", "answer", "content", "text")  # what an object calls its only text
_DEEPEST = 16  # parts of an attribute's name
_LONGEST_NAME = 200  # of an event's short texts
_LONGEST_DETAILS = 2_000
_LONGEST_SAID = 200_000  # characters of a question or answer
_MOST_BYTES = 512 * 1024  # of an input or output: both fit into an event
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def step_of(span: Span, received: datetime) -> Step:
    """``received`` stands for a time that a span lacks."""
    said, meaning = span.attributes, _meaning(span)
    given, returned = _input(span, meaning), _output(span, meaning)
    ended = _moment(span.ended or span.began, received)
    talks = meaning in ("agent", "model") or (meaning == "step" and (span.parent_id is None or not _is_text(returned)))
    return Step(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_id=span.parent_id,
        conversation=_conversation(span) if meaning != "other" else None,
        service=_short(_text_of(span.resource.get("service.name"))) or "OpenTelemetry",
        program=_program(span),
        queued=span.queued,
        called=span.called,
        agent=_agent(span, meaning),
        action=_short(span.name) or "span",
        kind=_KINDS[meaning],
        began=min(_moment(span.began or span.ended, received), ended),
        ended=ended,
        failed=span.failed,
        details=_error(span) if span.failed else None,
        input=_fitting(given),
        output=_fitting(returned),
        usage=_usage(said) if meaning == "model" else None,
        question=_last_said(given, _ASKERS) if talks else None,
        answer=_last_said(returned, _ANSWERERS) if talks else None,
    )


def _meaning(span: Span) -> Meaning:
    said = span.attributes
    operation, openinference, traceloop = (
        said.get(name) for name in ("gen_ai.operation.name", "openinference.span.kind", "traceloop.span.kind")
    )
    if operation is not None:
        return _OPERATIONS.get(str(operation), "step")
    if openinference is not None:
        return _OPENINFERENCE.get(str(openinference).upper(), "step")
    if traceloop is not None:
        return _TRACELOOP.get(str(traceloop), "step")
    if any(name in said for name in (*_PROVIDERS, *_MODELS)):
        return "model"
    if any(name.startswith("gen_ai.") for name in said):
        return "step"
    plumbing = not span.internal or span.scope.startswith(_PLUMBING_SCOPES)
    return "other" if plumbing or any(name.startswith(_PLUMBING) for name in said) else "step"


def _agent(span: Span, meaning: Meaning) -> str | None:
    named = _first(span.attributes, _AGENTS)
    if named is None and meaning == "agent":
        named = span.attributes.get("traceloop.entity.name") or span.name.removeprefix("invoke_agent ")
    return _short(_text_of(named)) or None


def _program(span: Span) -> str:
    said = [_text_of(span.resource.get(name)) for name in _PROGRAM]
    return (said[0] or "/".join(said[1:]))[:_LONGEST_NAME]


def _conversation(span: Span) -> str | None:
    """Of the span, or of all that its program tells (OTEL_RESOURCE_ATTRIBUTES)."""
    return _text_of(_first(span.attributes, _CONVERSATIONS) or _first(span.resource, _CONVERSATIONS)) or None


def _usage(said: Mapping[str, Any]) -> Usage | None:
    model, given, returned = (_first(said, names) for names in (_MODELS, _INPUT_TOKENS, _OUTPUT_TOKENS))
    if model is None and given is None and returned is None:
        return None
    name = _text_of(model) or _text_of(_first(said, _PROVIDERS)) or "unknown"
    return Usage(model=name, input_tokens=_count(given), output_tokens=_count(returned))


def _input(span: Span, meaning: Meaning) -> Any:
    if meaning == "other":
        return {name: span.attributes[name] for name in _TOLD_OF_PLUMBING if name in span.attributes} or None
    found = _content(span, _INPUTS, _INPUT_PREFIXES, _INPUT_EVENTS, _INPUT_VALUES)
    if found is None and _HISTORY in span.attributes:
        return _up_to_question(_parsed(span.attributes[_HISTORY]))
    if found is None and meaning == "step":
        return dict(span.attributes) or None
    return found


def _output(span: Span, meaning: Meaning) -> Any:
    if meaning == "other":
        return None
    return _content(span, _OUTPUTS, _OUTPUT_PREFIXES, _OUTPUT_EVENTS, _OUTPUT_VALUES)


def _content(
    span: Span, names: tuple[str, ...], prefixes: tuple[str, ...], events: tuple[str, ...], values: tuple[str, ...]
) -> Any:
    """The first of these that is there: an attribute, attributes of a prefix, events, an attribute of another kind."""
    found = _first(span.attributes, names)
    if found is not None:
        return _parsed(found)
    for event in span.events:  # where a program records contents beside the span
        found = _first(event.attributes, names)
        if found is not None:
            return _parsed(found)
    for prefix in prefixes:
        if messages := _gathered(span.attributes, f"{prefix}."):
            return messages
    said = [_message(event.name, event.attributes) for event in span.events if event.name in events]
    if said:
        return said
    for holder in (span.attributes, *(event.attributes for event in span.events)):
        found = _first(holder, values)
        if found is not None:
            return _parsed(found)
    return None


def _up_to_question(history: Any) -> Any:
    """The messages up to the user's last one."""
    if isinstance(history, list):
        for count in range(len(history), 0, -1):
            if _said_by(history[count - 1], _ASKERS):
                return history[:count]
    return history


def _message(event: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """`gen_ai.user.message` is a message of the role user, `gen_ai.choice` one of the assistant."""
    role = "assistant" if event == "gen_ai.choice" else event.split(".")[1]
    contents = {name: _parsed(value) for name, value in said.items() if name not in ("gen_ai.system", "role")}
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
                place[last] = value
    if not tree or not all(name.isdecimal() for name in tree):
        return []
    messages = _as_lists(tree)
    return [one["message"] if isinstance(one, dict) and one.keys() == {"message"} else one for one in messages]


def _as_lists(tree: Any) -> Any:
    """Objects whose names are numbers are lists."""
    if not isinstance(tree, dict):
        return tree
    if all(name.isdecimal() for name in tree):
        return [_as_lists(tree[name]) for name in sorted(tree, key=int)]
    return {name: _as_lists(value) for name, value in tree.items()}


def _parsed(value: Any) -> Any:
    """What an attribute holds: structures are sent as JSON in a text."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return from_json(value)
        except ValueError:
            return value
    return value


def _fitting(value: Any) -> Any:
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


def _last_said(content: Any, roles: tuple[str, ...]) -> str | None:
    """The text of the last message of one of the roles; a text alone, or the one that an object holds, is said, too."""
    if isinstance(content, str):
        return _said(content)
    if isinstance(content, dict):
        if "messages" in content:
            return _last_said(content["messages"], roles)
        texts = [
            content[name] for name in ("input", "output", "answer", "question", "content", "text") if name in content
        ]
        return _said(texts[0]) if len(texts) == 1 and isinstance(texts[0], str) else None
    if isinstance(content, list):
        for message in reversed(content):
            if text := _said_by(message, roles):
                return text
    return None


def _said_by(message: Any, roles: tuple[str, ...]) -> str | None:
    match message:
        case [str() as role, str() as text]:
            return _said(text) if role in roles else None
        case {"type": str() as role, "data": dict() as data}:
            return _said(_words_of(data.get("content"))) if role in roles else None
        case {"message": dict() as inner, **rest}:
            return _said_by({**rest, **inner}, roles)
        case dict():
            whose = message.get("role") or message.get("type")
            return _said(_words_of(message.get("parts", message.get("content")))) if whose in roles else None
    return None


def _words_of(content: Any) -> str:
    """The text of a message's content, which may be in parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(words for part in parts if (words := _words_of_part(part)))


def _words_of_part(part: Any) -> str:
    match part:
        case str():
            return part
        case {"type": "text", "content": str() as words} | {"type": "text", "text": str() as words}:
            return words
        case {"text": str() as words}:
            return words
    return ""


def _is_text(content: Any) -> bool:
    """What a function within returns may be a word for its caller."""
    return isinstance(content, str)


def _said(text: str) -> str | None:
    text = text.replace("\0", "").strip()
    return (text if len(text) <= _LONGEST_SAID else f"{text[:_LONGEST_SAID]}…") or None


def _error(span: Span) -> str | None:
    """Why it failed, in its program's own words; the stack stays with that program."""
    words = span.status_message
    for event in span.events:
        if not words and event.name == "exception":
            parts = (_text_of(event.attributes.get(f"exception.{name}")) for name in ("type", "message"))
            words = ": ".join(part for part in parts if part)
    words = words or _text_of(span.attributes.get("error.type"))
    return words[:_LONGEST_DETAILS] or None


def _moment(nanoseconds: int, received: datetime) -> datetime:
    """``received`` for none, and for one that no calendar has."""
    if nanoseconds == 0:
        return received
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return received


def _first(said: Mapping[str, Any], names: Iterable[str]) -> Any:
    found: Iterator[Any] = (said[name] for name in names if said.get(name) not in (None, ""))
    return next(found, None)


def _count(tokens: Any) -> int:
    return max(0, int(tokens)) if isinstance(tokens, (int, float)) else 0


def _text_of(value: Any) -> str:
    if value is None:
        return ""
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).replace("\0", "").strip()


def _short(text: str) -> str:
    text = text.replace("\0", "").strip()
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"
