"""Which calls a rule is about, and what becomes of a call that it holds."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from utils.project import PROJECT
from utils.sessions.approval import MAX_CONTEXT_BYTES, Decision
from utils.sessions.approval_form import size_of
from utils.sessions.approval_rule import ApprovalRule, ToolUse, check, first_fitting, verdict_of

AT = datetime(2026, 3, 4, tzinfo=UTC)
RULE = ApprovalRule(
    key=1, id="rule-1", team_key=1, name="Deletions ask", tool="*delete_*", agent_id=None, agent_name=None,
    effect="ask", explanation=None, decides="session", deciders=[], expires_in=None, on_expiry=None, enabled=True,
    position=0, created_by="Ada", created_at=AT, changed_at=AT,
)  # fmt: skip
DECIDED = Decision("decided", "approve", None, None, "Ada", "dashboard", AT)


def fits(pattern: str, tool: str) -> bool:
    return replace(RULE, tool=pattern).fits(ToolUse(tool, None, "Purser"))


@pytest.mark.parametrize(
    ("pattern", "tool", "expected"),
    [
        ("*delete_*", "delete_file", True),
        ("*delete_*", "mcp__disk__DELETE_file", True),
        ("*delete_*", "undelete", False),
        ("delete", "delete", True),
        ("delete", "delete_file", False),
        ("delete_????", "delete_file", True),
        ("delete_???", "delete_file", False),
        ("*", "anything at\nall", True),
        ("a*b*c", "aXbXbXc", True),
        ("a*a", "a", False),
        ("*.txt", "a.txt", True),
        ("*.txt", "a_txt", False),
        ("[ab]*", "apple", False),
        ("**", "", True),
    ],
)
def test_a_star_stands_for_anything_and_a_question_mark_for_one_character(
    pattern: str, tool: str, expected: bool
) -> None:
    assert fits(pattern, tool) is expected


def test_no_pattern_takes_long() -> None:
    began = time.process_time()
    assert not fits("*a" * 100, "a" * 199 + "b")
    assert time.process_time() - began < 1


def test_a_rule_that_is_off_holds_nothing() -> None:
    assert not replace(RULE, enabled=False).fits(ToolUse("delete_file", None, "Purser"))


@pytest.mark.parametrize(
    ("of_rule", "use", "expected"),
    [
        ({"agent_name": "purser"}, {"agent": "Purser"}, True),
        ({"agent_name": "Purser"}, {"agent": "Mate"}, False),
        ({"agent_name": "Crew"}, {"agent": "Purser", "agent_id": "agent-1", "registered": "Crew"}, True),
        ({"agent_id": "agent-1"}, {"agent": "Purser", "agent_id": "agent-1", "registered": "Renamed"}, True),
        ({"agent_id": "agent-1"}, {"agent": "Purser", "agent_id": "agent-2", "registered": "Crew"}, False),
        ({"agent_id": "agent-1"}, {"agent": "Purser"}, False),
    ],
)
def test_a_rule_about_one_agent_holds_that_agent(of_rule: Any, use: Any, expected: bool) -> None:
    assert replace(RULE, **of_rule).fits(ToolUse("delete_file", None, **use)) is expected


def test_of_those_that_fit_the_first_counts() -> None:
    never = replace(RULE, id="rule-2", tool="delete_all", effect="refuse")
    use = ToolUse("delete_all", None, "Purser")
    assert first_fitting([never, RULE], use) is never
    assert first_fitting([RULE, never], use) is RULE
    assert first_fitting([RULE, never], ToolUse("read", None, "Purser")) is None


def test_the_question_shows_the_tool_its_input_and_the_rule() -> None:
    rule = replace(RULE, explanation="Nothing comes back.", expires_in=60, on_expiry="reject")
    asked = rule.question(ToolUse("delete_file", {"path": "log.txt"}, "Purser"))
    assert asked is not None
    assert asked.question == "Rule “Deletions ask”: may Purser call delete_file? Nothing comes back."
    assert asked.context == {"tool": "delete_file", "input": {"path": "log.txt"}}
    assert (asked.action, asked.expires_in, asked.on_expiry) == ("Call delete_file", 60, "reject")
    assert [choice.id for choice in asked.choices] == ["approve", "reject"]


@pytest.mark.parametrize(
    ("decides", "deciders", "asks"),
    [
        ("session", (), True),
        ("administrators", ("user-a",), True),
        ("administrators", (), False),
        ("people", (), False),
    ],
)
def test_a_rule_that_names_deciders_asks_nobody_else(decides: Any, deciders: tuple[str, ...], asks: bool) -> None:
    """Without deciders, a question is put to whoever may ask in the session."""
    rule, use = replace(RULE, decides=decides), ToolUse("delete_file", None, "Purser")
    asked = rule.question(use, deciders)
    assert (asked.deciders if asked else None) == (deciders if asks else None)
    assert "asks about calls of delete_file, but nobody is there who could decide." in rule.refusal(use)


def test_of_an_input_that_is_too_large_people_see_the_beginning_and_calls_stay_apart() -> None:
    long = ToolUse("write", {"text": "é" * MAX_CONTEXT_BYTES}, "Purser")
    other = ToolUse("write", {"text": "é" * (MAX_CONTEXT_BYTES - 1) + "e"}, "Purser")
    assert size_of(long.context) <= MAX_CONTEXT_BYTES
    assert long.context["input"].endswith("… (65,548 characters)")
    assert long.context != other.context
    RULE.question(long)  # fits into an approval


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        (DECIDED, None),
        (replace(DECIDED, choice="reject"), "Ada refused this call of rm."),
        (replace(DECIDED, choice="reject", comment="Not today."), "Ada refused this call of rm: Not today."),
        (replace(DECIDED, decided_by=None, via="expiry"), None),
        (
            replace(DECIDED, choice="reject", decided_by=None, via="expiry"),
            "Nobody decided in time about this call of rm, so it was refused.",
        ),
        (
            Decision("expired", None, None, None, None, None, None),
            "Nobody approved this call of rm, so it was refused.",
        ),
        (
            Decision("withdrawn", None, None, None, None, None, None),
            "Nobody approved this call of rm, so it was refused.",
        ),
    ],
)
def test_only_an_approval_lets_a_call_go_ahead(decision: Decision, words: str | None) -> None:
    verdict = verdict_of("rm", decision)
    assert (verdict.allowed, verdict.words) == (words is None, words)


def test_the_dashboard_knows_a_refused_call_by_its_words() -> None:
    """When it does not: write what this prints into tests/fixtures/refusals.json."""
    use, rejected = ToolUse("rm", None, "Purser"), replace(DECIDED, choice="reject")
    rules = [RULE, replace(RULE, effect="refuse"), replace(RULE, effect="refuse", explanation="Ask Ada\nfirst.")]
    decisions = [
        rejected, replace(rejected, comment="Not\ntoday."), replace(rejected, decided_by=None, via="expiry"),
        Decision("expired", None, None, None, None, None, None),
    ]  # fmt: skip
    words = [*(rule.refusal(use) for rule in rules), *(verdict_of("rm", one).words for one in decisions)]
    kept = PROJECT / "tests" / "fixtures" / "refusals.json"
    assert words == json.loads(kept.read_text()), json.dumps(words, ensure_ascii=False)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"agent_id": "agent-1", "agent_name": "Crew"}, "agent_name"),
        ({"effect": "refuse", "expires_in": 60}, "effect"),
        ({"decides": "people"}, "deciders"),
        ({"deciders": ["user-a"]}, "deciders"),
        ({"on_expiry": "approve"}, "on_expiry"),
    ],
)
def test_what_does_not_fit_together_is_no_rule(wrong: dict[str, Any], field: str) -> None:
    fields = {
        "agent_id": None, "agent_name": None, "effect": "ask", "decides": "session", "deciders": [],
        "expires_in": None, "on_expiry": None,
    }  # fmt: skip
    check(fields)
    with pytest.raises(ValueError, match=f"^{field}: "):
        check(fields | wrong)
