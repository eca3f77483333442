"""A call: a step that has ended, as it is compared with others. No I/O."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from utils.findings.finding import Evidence, cut

# What programs number anew with each call, and what says nothing of its result.
_NUMBERED = re.compile(r'"(?:tool_)?call_id": "[^"]*"|"(?:run|request)_id": "[^"]*"')
_VARIES = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b|\d+", re.IGNORECASE)
_LONGEST_INPUT = 60  # characters of an input in a sentence
# What of an agent's work is news: a thought changes nothing outside, and a detail of a step is none by itself.
_RANKS: Mapping[str, int] = {"model": 0, "other": 1, "step": 1}
_TOOL = 2


@dataclass(frozen=True, slots=True)
class Call:
    """``asked`` and ``answered`` stand for the input and the result: None where they were not told."""

    seq: int
    activity_id: str
    agent: str
    action: str
    kind: str
    asked: int | None
    answered: int | None
    failed: bool
    contains: bool  # other steps
    input: str  # for a sentence; ""
    output: str  # for a sentence; ""

    @property
    def rank(self) -> int:
        return rank_of(self.kind)

    @property
    def same(self) -> tuple[object, ...]:
        """Two calls that have this in common are the same, with the same result."""
        return self.agent, self.action, self.asked, self.answered, self.failed

    @property
    def is_comparable(self) -> bool:
        """Whether it is known what was asked and what came of it; that somebody is handed over to is all there is."""
        return self.asked is not None and (self.answered is not None or self.kind == "handoff")

    @property
    def is_work(self) -> bool:
        """Whether it was done by itself, and not in the steps that it encloses."""
        return not self.contains or self.kind in ("tool", "handoff")

    @property
    def named(self) -> str:
        """`search(“tide”)`, or `“Search the harbour” (“tide”)`."""
        plain = re.fullmatch(r"[\w.:/-]+", self.action) is not None
        name = self.action if plain else f"“{cut(self.action, 80)}”"
        if not self.input:
            return name
        return f"{name}({self.input})" if plain else f"{name} ({self.input})"

    @property
    def evidence(self) -> Evidence:
        return Evidence(self.seq, cut(f"{self.named} → {self.output}" if self.output else self.named))


def rank_of(kind: str) -> int:
    return _RANKS.get(kind, _TOOL)


def digest(value: Any) -> int | None:
    """The same for the same value, within this process; None for None."""
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return hash(_NUMBERED.sub("", text))


def error_shape(text: str) -> str:
    """The words of an error without its numbers and ids, which are others each time."""
    return _VARIES.sub("#", cut(text, 300)).lower()


def quoted(value: Any, most: int = _LONGEST_INPUT) -> str:
    """An input or an output for a sentence: of an object with one field, its value."""
    if value in (None, {}, ""):
        return ""
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    if isinstance(value, str):
        return f"“{cut(value, most)}”"
    return cut(json.dumps(value, ensure_ascii=False), most)
