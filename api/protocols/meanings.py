"""What kind of step a span is, by each convention."""

from collections.abc import Mapping
from typing import Literal

from api.protocols.otlp import Span
from api.protocols.usages import MODELS, PROVIDERS, TOKENS

Meaning = Literal["agent", "model", "tool", "step", "other"]

_OPERATIONS: Mapping[str, Meaning] = {
    "chat": "model", "text_completion": "model", "completion": "model", "generate_content": "model",
    "embeddings": "model", "execute_tool": "tool", "invoke_agent": "agent", "create_agent": "agent",
    "invoke_workflow": "step",
}  # fmt: skip
_OPENINFERENCE: Mapping[str, Meaning] = {"llm": "model", "embedding": "model", "tool": "tool", "agent": "agent"}
_TRACELOOP: Mapping[str, Meaning] = {"agent": "agent", "tool": "tool"}
_LANGFUSE: Mapping[str, Meaning] = {"generation": "model", "embedding": "model", "tool": "tool", "agent": "agent"}
# Conventions that name the kind, and what they call it; what is not listed is a step.
_KINDS: Mapping[str, Mapping[str, Meaning]] = {
    "openinference.span.kind": _OPENINFERENCE,
    "traceloop.span.kind": _TRACELOOP,
    "langfuse.observation.type": _LANGFUSE,
}
TOOL_NAMES = ("gen_ai.tool.name", "ai.toolCall.name", "spring.ai.tool.definition.name")
_OF_AGENTS = ("gen_ai.", "ai.operationId", "spring.ai.", "gcp.vertex.agent.")

# Of libraries that watch HTTP, databases and queues: https://opentelemetry.io/docs/specs/semconv/
_PLUMBING_SCOPES = (
    "opentelemetry.instrumentation.", "@opentelemetry/instrumentation-", "io.opentelemetry.",
    "go.opentelemetry.io/contrib/",
)  # fmt: skip
_PLUMBING = ("http.", "url.", "db.", "rpc.", "messaging.", "faas.", "asgi.", "net.")


def meaning_of(span: Span) -> Meaning:
    """An operation that is not known says less than a tool's name, a model or tokens."""
    said = span.attributes
    operation = said.get("gen_ai.operation.name")
    if known := _OPERATIONS.get(str(operation).strip().lower()):
        return known
    for name, meanings in _KINDS.items():
        if said.get(name) is not None:
            return meanings.get(str(said[name]).strip().lower(), "step")
    if any(name in said for name in TOOL_NAMES):
        return "tool"
    if any(name in said for name in (*MODELS, *TOKENS, *(PROVIDERS if operation is None else ()))):
        return "model"
    if operation is not None or any(name.startswith(_OF_AGENTS) for name in said):
        return "step"
    plumbing = not span.internal or span.scope.startswith(_PLUMBING_SCOPES)
    return "other" if plumbing or any(name.startswith(_PLUMBING) for name in said) else "step"
