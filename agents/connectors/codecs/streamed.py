"""What an object says that is one of many in a stream of an answer. No I/O.

Nobody agrees on its shape. Known are those of OpenAI (chat completions and responses), Anthropic, Vercel's AI SDK,
LangChain, Dify, Flowise, Ollama, Gemini and Cohere, and what is alike: a piece has a name such as ``delta`` or
``token``, and its ``type`` (or ``event``) says what else an object is.
"""

import re
from dataclasses import dataclass
from typing import Any

from agents.connectors.codecs.answers import PIECES, named_text, piece_text

# What is no part of an answer: thoughts, tools, sources, how far it is, and that somebody is there.
_ASIDE = re.compile(
    r"reason|think|thought|tool|function|argument|_call(?:_|$)|mcp|source|citation|annotation|status|progress|usage"
    r"|metadata|ping|heartbeat|keep_?alive|debug|retriev|audio|image|node_|chain_|step|agent_?flow|suggest"
    r"|(?:^|_)(?:logs?|start|started|begin|created|in_progress|queued|added|init|open|connected)(?:_|$)"
    r"|^(?:user|human|system)$"
)
# What repeats, at an end, all that came before in pieces.
_END = re.compile(r"(?:^|_)(?:done|end|ended|stop|finish|finished|complete|completed|final|result)$")
_LAST = {"done", "finish", "message_end", "stream_end"}
_FAILURES = {"error", "failed", "response_failed", "exception"}


@dataclass(frozen=True, slots=True)
class Streamed:
    """``text`` is a piece, or, where it ``repeats``, all of the answer; ``is_last``: nothing follows it."""

    text: str = ""
    repeats: bool = False
    is_last: bool = False
    has_failed: bool = False


def is_piece(value: Any) -> bool:
    """Whether this can be nothing but one of many."""
    if not isinstance(value, dict):
        return False
    if isinstance(choices := value.get("choices"), list):
        return any(isinstance(one, dict) and "delta" in one for one in choices)
    return value.get("done") is False or (any(name in value for name in PIECES) and named_text(value) is None)


def streamed(value: Any, event: str = "") -> Streamed:
    """What one object, or text, of a stream says; ``event`` is what its server calls it, if it does."""
    kind = kind_of(value) or _word(event)
    if kind in _FAILURES:
        return Streamed(has_failed=True)
    if kind and _ASIDE.search(kind):
        return Streamed()
    if kind and _END.search(kind):
        return Streamed(named_text(value) or "", repeats=True, is_last=kind in _LAST)
    return Streamed(piece_text(value))


def kind_of(value: Any) -> str:
    """The word for what an object is, in small letters with underscores; "" where it has none."""
    named = [value.get(name) for name in ("type", "event")] if isinstance(value, dict) else []
    return _word(next((one for one in named if isinstance(one, str)), ""))


def _word(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()).strip("_")
