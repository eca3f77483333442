"""A rule of a team about calls of tools: which calls it is about, and whether they ask a person or are refused. No I/O.

Rules only ever hold a call back. Of those that fit, the first in the team's order counts; where none does, the call
goes ahead.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from utils.sessions.approval import LONGEST_WORDS, MAX_CONTEXT_BYTES, Decision, Question
from utils.sessions.approval_form import size_of

Effect = Literal["ask", "refuse"]
Decides = Literal["session", "administrators", "people"]
OnExpiry = Literal["approve", "reject"]
MOST_OF_TEAM = 100
LONGEST_TOOL = 200
_MOST_INPUT_BYTES = MAX_CONTEXT_BYTES - 8 * 1024  # of the context; the rest is for the tool's name
_SHOWN = 8_000  # characters of an input that is larger


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A call of a tool that is to be made. ``input`` is JSON.

    ``agent`` makes it, as people see it; ``agent_id`` and ``registered`` are those of the registered agent whose run it
    is. None: it is no run of one.
    """

    tool: str
    input: Any
    agent: str
    agent_id: str | None = None
    registered: str | None = None

    @property
    def context(self) -> dict[str, Any]:
        """What whoever decides sees of it, at most 64 KiB. Of a larger input it is the beginning and the digest."""
        if size_of(self.input) <= _MOST_INPUT_BYTES:
            return {"tool": self.tool, "input": self.input}
        text = json.dumps(self.input, ensure_ascii=False)
        shown = f"{text[:_SHOWN]} … ({len(text):,} characters)"
        return {"tool": self.tool, "input": shown, "sha256": self.digest}

    @property
    def digest(self) -> str:
        """The same for the same call: of the tool's name and its whole input."""
        text = json.dumps([self.tool, self.input], ensure_ascii=True, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """``words`` are for the agent, and say why it is refused."""

    allowed: bool
    words: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """``tool`` is a name, in which * stands for anything and ? for one character.

    ``agent_id`` is that of a registered agent, ``agent_name`` the name of one or of an agent of some program; neither:
    the rule is about every agent. ``deciders``, ids of users, are for ``decides`` people. After ``expires_in`` seconds
    the choice ``on_expiry`` counts; None: the call is refused, for nobody has decided. ``created_by`` is a name.
    """

    key: int
    id: str
    team_key: int
    name: str
    tool: str
    agent_id: str | None
    agent_name: str | None
    effect: Effect
    explanation: str | None
    decides: Decides
    deciders: Sequence[str]
    expires_in: int | None
    on_expiry: OnExpiry | None
    enabled: bool
    position: int
    created_by: str | None
    created_at: datetime
    changed_at: datetime

    def fits(self, use: ToolUse) -> bool:
        return self.enabled and _matches(self.tool, use.tool) and self._is_about(use)

    def _is_about(self, use: ToolUse) -> bool:
        if self.agent_id is not None and self.agent_id == use.agent_id:
            return True  # by whatever name it goes today
        if self.agent_name is None:
            return self.agent_id is None
        return self.agent_name.casefold() in (use.agent.casefold(), (use.registered or use.agent).casefold())

    def refusal(self, use: ToolUse) -> str:
        """What the agent is told where the rule refuses, or asks and nobody is there who could decide."""
        if self.effect == "ask":
            return f"Rule “{self.name}” asks about calls of {use.tool}, but nobody is there who could decide."
        return self._with_explanation(f"Rule “{self.name}” refuses calls of {use.tool}.")

    def question(self, use: ToolUse, deciders: Sequence[str] = (), administrators: bool = False) -> Question | None:
        """What people are asked where it asks. None: nobody could decide, so the call is refused.

        ``deciders`` are the ids of those whom it asks and who are there; nobody where it asks who may ask in a session,
        or ``administrators``.
        """
        if (self.decides == "session") == (bool(deciders) or administrators):
            return None
        words = self._with_explanation(f"Rule “{self.name}”: may {use.agent} call {use.tool}?")
        return Question(
            f"Call {use.tool}"[:200], words[:LONGEST_WORDS], context=use.context, deciders=tuple(deciders),
            expires_in=self.expires_in, on_expiry=self.on_expiry, of_rule=True,
            administrators=administrators,
        )  # fmt: skip

    def _with_explanation(self, words: str) -> str:
        return f"{words} {self.explanation}" if self.explanation else words


def first_fitting(rules: Sequence[ApprovalRule], use: ToolUse) -> ApprovalRule | None:
    """The rule that counts, of those of a team in their order."""
    return next((one for one in rules if one.fits(use)), None)


def verdict_of(tool: str, decision: Decision) -> Verdict:
    """What became of a call about which somebody was asked. Only an approval lets it go ahead."""
    if decision.status == "decided" and decision.choice == "approve":
        return Verdict(True)
    if decision.status != "decided":
        return Verdict(False, f"Nobody approved this call of {tool}, so it was refused.")
    if decision.decided_by is None:
        return Verdict(False, f"Nobody decided in time about this call of {tool}, so it was refused.")
    said = f": {decision.comment}" if decision.comment else "."
    return Verdict(False, f"{decision.decided_by} refused this call of {tool}{said}")


@lru_cache(maxsize=1000)
def _parts(pattern: str) -> tuple[re.Pattern[str], ...]:
    """What stands between its stars, in any case of the letters."""
    return tuple(
        re.compile("".join("." if one == "?" else re.escape(one) for one in part), re.IGNORECASE | re.DOTALL)
        for part in pattern.split("*")
    )


def _matches(pattern: str, name: str) -> bool:
    """The first place of each part is as good as any: so no pattern takes long, as it can with a regular expression."""
    first, *more = _parts(pattern)
    if not more:
        return first.fullmatch(name) is not None
    *between, last = more
    begun = first.match(name)
    if begun is None:
        return False
    at = begun.end()
    for part in between:
        found = part.search(name, at)
        if found is None:
            return False
        at = found.end()
    end = len(name) - (len(pattern) - pattern.rindex("*") - 1)
    return at <= end and last.fullmatch(name, end) is not None


def check(rule: Mapping[str, Any]) -> None:
    """Raises ValueError, in words that name the field, for fields of a rule that do not fit together."""
    if rule["agent_id"] is not None and rule["agent_name"] is not None:
        raise ValueError("agent_name: a rule is about a registered agent or about a name, not both")
    if rule["effect"] == "refuse" and (rule["deciders"] or rule["expires_in"] is not None):
        raise ValueError("effect: a rule that refuses asks nobody, so it has neither deciders nor a time")
    if bool(rule["deciders"]) != (rule["decides"] == "people"):
        raise ValueError("deciders: must name the people when people decide, and only then")
    if rule["on_expiry"] is not None and rule["expires_in"] is None:
        raise ValueError("on_expiry: needs expires_in")
