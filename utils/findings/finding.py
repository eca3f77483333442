"""A finding: what makes a run look stuck, in one sentence, with the events that show it. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Code = Literal["repeats", "alternates", "error_repeats", "text_repeats", "silent"]
EVENT_PREFIX = "stuck_"  # before the code, in the event that tells of it
MOST_EVIDENCE = 6
_LONGEST_QUOTE = 160

# For whoever may not see what tools are given and return.
GENERAL: Mapping[Code, str] = {
    "repeats": "The same call has the same answer again and again.",
    "alternates": "It goes back and forth between the same calls.",
    "error_repeats": "The same error comes again and again.",
    "text_repeats": "It writes the same text over and over.",
    "silent": "Nothing was heard of a step for longer than usual.",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """An event of the log that shows it, and what of it does."""

    seq: int
    quote: str


@dataclass(frozen=True, slots=True)
class Found:
    """``since`` is when it became one, on the clock of whoever folds the events."""

    code: Code
    sentence: str
    since: float
    agent_name: str | None = None
    activity_id: str | None = None
    evidence: tuple[Evidence, ...] = ()


def cut(text: str, most: int = _LONGEST_QUOTE) -> str:
    """On one line, and no longer than that."""
    line = " ".join(text[: 4 * most].split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
