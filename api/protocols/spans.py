"""What a span means: the conventions that programs with agents follow, and a step of the log for each span.

Read are OpenTelemetry's semantic conventions for generative AI, with the names of today and those of before 1.37
(`gen_ai.system`, `gen_ai.prompt`, tokens of prompt and completion), OpenInference (`openinference.span.kind`, `llm.…`),
OpenLLMetry (`traceloop.…`), and what the AI SDK of Vercel (`ai.…`), Langfuse (`langfuse.…`), Google's Agent Development
Kit (`gcp.vertex.agent.…`) and Spring AI (`spring.ai.…`) add. Spans of HTTP, databases and the like are of the kind
`other`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from api.protocols.attributes import first, text_of
from api.protocols.contents import fitting, input_of, output_of
from api.protocols.meanings import TOOL_NAMES, Meaning, meaning_of
from api.protocols.otlp import Span
from api.protocols.usages import usage_of
from api.protocols.words import ANSWERERS, ASKERS, last_said
from utils.log.events import ActivityKind
from utils.traces.step import Step

_KINDS: Mapping[Meaning, ActivityKind] = {
    "agent": "step", "model": "model", "tool": "tool", "step": "step", "other": "other",
}  # fmt: skip
_CONVERSATIONS = (
    "gen_ai.conversation.id", "session.id", "traceloop.association.properties.session_id", "langfuse.session.id",
    "gcp.vertex.agent.session_id", "spring.ai.chat.client.conversation.id", "ai.telemetry.metadata.sessionId",
)  # fmt: skip
_PROGRAM = ("service.instance.id", "service.name", "host.name", "process.pid")  # where there is no id, all of them
_AGENTS = ("gen_ai.agent.name", "agent.name", "agent_name")
_LONGEST_NAME = 200  # of an event's short texts
_LONGEST_DETAILS = 2_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def step_of(span: Span, received: datetime) -> Step:
    """``received`` stands for a time that a span lacks."""
    meaning = meaning_of(span)
    given, returned = input_of(span, meaning), output_of(span, meaning)
    ended = _moment(span.ended or span.began, received)
    failed = span.failed or span.attributes.get("langfuse.observation.level") == "ERROR"
    is_text = isinstance(returned, str)  # what a function within returns may be a word for its caller
    talks = meaning in ("agent", "model") or (meaning == "step" and (span.parent_id is None or not is_text))
    return Step(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_id=span.parent_id,
        conversation=_conversation(span) if meaning != "other" else None,
        service=_short(text_of(span.resource.get("service.name"))) or "OpenTelemetry",
        program=_program(span),
        queued=span.queued,
        called=span.called,
        agent=_agent(span, meaning),
        action=_action(span, meaning),
        kind=_KINDS[meaning],
        began=min(_moment(span.began or span.ended, received), ended),
        ended=ended,
        failed=failed,
        details=_error(span) if failed else None,
        input=fitting(given),
        output=fitting(returned),
        usage=usage_of(span.attributes) if meaning == "model" else None,
        question=last_said(given, ASKERS) if talks else None,
        answer=last_said(returned, ANSWERERS) if talks else None,
    )


def _agent(span: Span, meaning: Meaning) -> str | None:
    named = first(span.attributes, _AGENTS)
    if named is None and meaning == "agent":
        named = span.attributes.get("traceloop.entity.name") or span.name.removeprefix("invoke_agent ")
    return _short(text_of(named)) or None


def _action(span: Span, meaning: Meaning) -> str:
    """The span's name, and the tool's where it is missing in that (`ai.toolCall`)."""
    tool = text_of(first(span.attributes, TOOL_NAMES)) if meaning == "tool" else ""
    return _short(f"{span.name} {tool}" if tool and tool not in span.name else span.name) or "span"


def _program(span: Span) -> str:
    said = [text_of(span.resource.get(name)) for name in _PROGRAM]
    return (said[0] or "/".join(said[1:]))[:_LONGEST_NAME]


def _conversation(span: Span) -> str | None:
    """Of the span, or of all that its program tells (OTEL_RESOURCE_ATTRIBUTES)."""
    return text_of(first(span.attributes, _CONVERSATIONS) or first(span.resource, _CONVERSATIONS)) or None


def _error(span: Span) -> str | None:
    """Why it failed, in its program's own words; the stack stays with that program."""
    words = span.status_message
    for event in span.events:
        if not words and event.name == "exception":
            parts = (text_of(event.attributes.get(f"exception.{name}")) for name in ("type", "message"))
            words = ": ".join(part for part in parts if part)
    words = words or text_of(first(span.attributes, ("langfuse.observation.status_message", "error.type")))
    return words[:_LONGEST_DETAILS] or None


def _moment(nanoseconds: int, received: datetime) -> datetime:
    """``received`` for none, and for one that no calendar has."""
    if nanoseconds == 0:
        return received
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return received


def _short(text: str) -> str:
    text = text.replace("\0", "").strip()
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"
