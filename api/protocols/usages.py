"""Which model a span called, and how many tokens that took, by each convention."""

from collections.abc import Iterable, Mapping
from typing import Any

from api.protocols.attributes import count_of, first, parsed, text_of
from utils.log.events import Usage

PROVIDERS = ("gen_ai.provider.name", "gen_ai.system", "llm.system", "llm.provider", "ai.model.provider")
MODELS = (
    "gen_ai.response.model", "gen_ai.request.model", "llm.model_name", "embedding.model_name", "llm.response.model",
    "llm.request.model", "ai.response.model", "ai.model.id", "langfuse.observation.model.name",
)  # fmt: skip
_INPUT_TOKENS = (
    "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.token_count.prompt", "llm.usage.prompt_tokens",
    "ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens",
)  # fmt: skip
_OUTPUT_TOKENS = (
    "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.token_count.completion",
    "llm.usage.completion_tokens", "ai.usage.outputTokens", "ai.usage.completionTokens",
)  # fmt: skip
_CACHED_TOKENS = (
    "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cached_input_tokens", "gen_ai.usage.details.cached_tokens",
    "llm.token_count.prompt_details.cache_read", "ai.usage.cachedInputTokens",
)  # fmt: skip
_REASONING_TOKENS = (
    "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "gen_ai.usage.details.reasoning_tokens",
    "llm.token_count.completion_details.reasoning", "ai.usage.reasoningTokens",
)  # fmt: skip
# Langfuse has one attribute with all counts, in JSON.
_DETAILS = "langfuse.observation.usage_details"
_INPUT_DETAILS = ("input", "input_tokens", "prompt_tokens", "promptTokens", "inputTokens")
_OUTPUT_DETAILS = ("output", "output_tokens", "completion_tokens", "completionTokens", "outputTokens")
TOKENS = (*_INPUT_TOKENS, *_OUTPUT_TOKENS, *_CACHED_TOKENS, *_REASONING_TOKENS, _DETAILS)


def usage_of(said: Mapping[str, Any]) -> Usage | None:
    """A count that is no number was not said."""
    model, found = first(said, MODELS), parsed(said.get(_DETAILS))
    details = found if isinstance(found, dict) else {}
    given, returned = (
        _count(said, names) if _count(said, names) is not None else _count(details, in_details)
        for names, in_details in ((_INPUT_TOKENS, _INPUT_DETAILS), (_OUTPUT_TOKENS, _OUTPUT_DETAILS))
    )
    if model is None and given is None and returned is None:
        return None
    name = text_of(model) or text_of(first(said, PROVIDERS)) or "unknown"
    return Usage(
        model=name,
        input_tokens=given or 0,
        output_tokens=returned or 0,
        cached_input_tokens=_count(said, _CACHED_TOKENS),
        reasoning_tokens=_count(said, _REASONING_TOKENS),
    )


def _count(said: Mapping[str, Any], names: Iterable[str]) -> int | None:
    return next((count for name in names if (count := count_of(said.get(name))) is not None), None)
