"""Our hooks come into the settings of coding agents and go again, and nothing else changes by a byte."""

import json
import random

import pytest

from ringside.hooks.agent_settings import EVENTS, has_hooks, with_hooks, without_hooks
from ringside.hooks.json_source import SourceError

COMMAND = "/opt/tools/bin/ringside hook claude-code"
OTHERS = {"matcher": "Bash", "hooks": [{"type": "command", "command": "check.sh", "timeout": 10}]}
SETTINGS = [
    "{}", "{}\n", '{"model": "opus"}', '{\n  "model": "opus",\n  "permissions": {"allow": ["Bash(ls:*)"]}\n}\n',
    json.dumps({"hooks": {"PreToolUse": [OTHERS], "Stop": []}, "env": {"A": "1"}}, indent=2),
    json.dumps({"hooks": {"PreToolUse": [OTHERS]}}, indent=4).replace("\n", "\r\n"),
    json.dumps({"a": 1, "hooks": {}}, indent="\t") + "\n\n",
    '{"hooks":{"PreToolUse":[{"matcher":"*","hooks":[{"type":"command","command":"x"}]}]},"n":1.50,"e":1e3,"u":"\\u00e9"}',
    '\ufeff{\n   "odd" :  [ 1 ,2 ]  ,\n "hooks" : { "Stop" : [ ] } }',
    '{"a": "hooks", "b": {"hooks": [1]}, "c": "}{[]\\"", "hooks": {"SessionEnd": [{"hooks": []}]}}',
]  # fmt: skip


@pytest.mark.parametrize("before", SETTINGS)
@pytest.mark.parametrize("agent", EVENTS)
def test_every_event_gets_a_hook_and_all_else_stays(before: str, agent: str) -> None:
    command = f"/opt/tools/bin/ringside hook {agent}"
    after = with_hooks(before, agent, command)
    new, old = json.loads(after.removeprefix("\ufeff")), json.loads(before.removeprefix("\ufeff"))
    for event in EVENTS[agent]:
        *others, ours = new["hooks"][event]
        assert ours["hooks"] == [{"type": "command", "command": command, "timeout": 5}]
        assert others == old.get("hooks", {}).get(event, [])
    assert {name: value for name, value in new.items() if name != "hooks"} == {
        name: value for name, value in old.items() if name != "hooks"
    }
    assert has_hooks(after, agent)
    assert not has_hooks(before, agent)
    kept = iter(after)
    assert all(letter in kept for letter in before), "every letter that was there is there, in its order"


@pytest.mark.parametrize("before", SETTINGS)
def test_what_was_put_in_is_taken_out_and_nothing_else(before: str) -> None:
    after = without_hooks(with_hooks(before, "claude-code", COMMAND), "claude-code")
    new, old = json.loads(after.removeprefix("\ufeff")), json.loads(before.removeprefix("\ufeff"))
    hooks = {event: entries for event, entries in old.get("hooks", {}).items() if entries}
    assert new.get("hooks", {}) == hooks
    assert {**new, "hooks": None} == {**old, "hooks": None}


def test_it_is_the_same_when_it_is_done_twice() -> None:
    once = with_hooks(SETTINGS[3], "claude-code", COMMAND)
    assert with_hooks(once, "claude-code", COMMAND) == once
    moved = with_hooks(once, "claude-code", "/elsewhere/ringside hook claude-code")
    assert COMMAND not in moved
    assert moved.count("ringside hook claude-code") == len(EVENTS["claude-code"])


def test_a_hook_of_somebody_else_stays_though_it_stands_beside_ours() -> None:
    mixed = json.dumps({"hooks": {"Stop": [{"hooks": [
        {"type": "command", "command": "beep"}, {"type": "command", "command": COMMAND},
        {"type": "command", "command": "echo ringside hook claude-code done"},
    ]}]}})  # fmt: skip
    left = json.loads(without_hooks(mixed, "claude-code"))["hooks"]["Stop"][0]["hooks"]
    assert [hook["command"] for hook in left] == ["beep", "echo ringside hook claude-code done"]


@pytest.mark.parametrize("agent", EVENTS)
def test_with_rules_the_hook_before_a_tool_may_take_its_time(agent: str) -> None:
    command = f"/opt/tools/bin/ringside hook {agent}"
    for before in SETTINGS:
        after = with_hooks(before, agent, command, 600)
        hooks = json.loads(after.removeprefix("\ufeff"))["hooks"]
        [ours] = hooks["PreToolUse"][-1]["hooks"]
        block = {"onFailure": "block"} if agent == "claude-code" else {}
        assert ours == {"type": "command", "command": f"{command} --rules=600", "timeout": 630, **block}
        [other] = hooks["Stop"][-1]["hooks"]
        assert (other["command"], other["timeout"]) == (command, 5)
        assert has_hooks(after, agent)
        assert not has_hooks(without_hooks(after, agent), agent)
        again = with_hooks(after, agent, command)  # without rules, from now on
        assert "--rules" not in again
        assert has_hooks(again, agent)


def test_an_empty_file_becomes_settings() -> None:
    assert list(json.loads(with_hooks("", "codex", "ringside hook codex"))) == ["hooks"]


@pytest.mark.parametrize("text", ["{", '{"a": 1,}', "// words\n{}", "nonsense", '{"a": }'])
def test_what_is_not_json_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(SourceError, match="not valid JSON"):
        with_hooks(text, "claude-code", COMMAND)


def test_any_settings_survive() -> None:
    """Made-up files in odd layouts: in and out again, the values are the same."""
    made = random.Random(7)

    def value(depth: int) -> object:
        kind = made.randrange(7 if depth < 3 else 5)
        if kind < 5:
            return (None, True, 12.5, 'te"x}t', -3)[kind]
        if kind == 5:
            return [value(depth + 1) for _ in range(made.randrange(4))]
        return {f"k{number}": value(depth + 1) for number in range(made.randrange(4))}

    for _ in range(200):
        settings = {f"s{number}": value(0) for number in range(made.randrange(4))}
        if made.random() < 0.7:
            settings["hooks"] = {event: [OTHERS] for event in made.sample(EVENTS["claude-code"], 3)}
        text = json.dumps(
            settings, indent=made.choice([None, 1, 2, "\t"]), separators=made.choice([None, (" , ", " : ")])
        )
        after = with_hooks(text, "claude-code", COMMAND)
        assert json.loads(without_hooks(after, "claude-code")) == settings
