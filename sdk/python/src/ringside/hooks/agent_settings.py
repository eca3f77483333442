"""The settings of coding agents: where they are, and our hooks in them."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from ringside.hooks.json_source import Node, scan, with_element, with_member, without_item

_TIMEOUT_SECONDS = 5
_SPARE_SECONDS = 30  # between the end of the hook's own patience and the agent's time-out, which would let a call pass
RULES_SECONDS = 600  # for which a person is waited for
_TURNS = ("SessionStart", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PermissionRequest", "SubagentStart",
          "SubagentStop", "Stop")  # fmt: skip
EVENTS = {
    "claude-code": (*_TURNS, "PostToolUseFailure", "Notification", "PreCompact", "StopFailure", "SessionEnd"),
    "codex": _TURNS,
}


def settings_file(agent: str, project: Path | None) -> Path:
    """For the user, or for one project; there, the file that is not committed."""
    if agent == "codex":
        home = Path(os.environ.get("CODEX_HOME") or Path.home() / ".codex")
        return (project / ".codex" if project else home) / "hooks.json"
    home = Path(os.environ.get("CLAUDE_CONFIG_DIR") or Path.home() / ".claude")
    return project / ".claude" / "settings.local.json" if project else home / "settings.json"


def with_hooks(text: str, agent: str, command: str, rules: int | None = None) -> str:
    """The settings with a hook for each event that has none of ours. Raises SourceError.

    ``rules``: before each tool the hook asks the server whether it may be called, and waits for a person so many
    seconds. Claude Code then blocks the call also where the hook fails or runs out of time; Codex has no such setting.
    """
    text = without_hooks(text, agent) if text.strip() else "{}\n"
    for event in EVENTS[agent]:
        hook: dict[str, object] = {"type": "command", "command": command, "timeout": _TIMEOUT_SECONDS}
        if rules is not None and event == "PreToolUse":
            hook |= {"command": f"{command} --rules={rules}", "timeout": rules + _SPARE_SECONDS}
            hook |= {"onFailure": "block"} if agent == "claude-code" else {}
        entry = {"hooks": [hook]}
        root = scan(text)
        hooks = root.get("hooks")
        if hooks is None:
            text = with_member(text, root, "hooks", {event: [entry]})
            continue
        entries = hooks.get(event)
        text = with_member(text, hooks, event, [entry]) if entries is None else with_element(text, entries, entry)
    return text


def without_hooks(text: str, agent: str) -> str:
    """The settings without our hooks, and without what is empty then. Raises SourceError."""
    while (shorter := _without_one(text, agent)) is not None:
        text = shorter
    return text


def has_hooks(text: str, agent: str) -> bool:
    """Raises SourceError."""
    return _without_one(text, agent) is not None


def _without_one(text: str, agent: str) -> str | None:
    root = scan(text)
    hooks = root.get("hooks")
    for at, event in enumerate(hooks.items if hooks is not None else ()):
        for number, entry in enumerate(event.value.items):
            commands = entry.value.get("hooks") if entry.value.kind == "object" else None
            for index, one in enumerate(commands.items if commands is not None else ()):
                if not _is_ours(text, one.value, agent):
                    continue
                assert hooks is not None
                assert commands is not None
                if len(commands.items) > 1:
                    return without_item(text, commands, index)
                if len(event.value.items) > 1:
                    return without_item(text, event.value, number)
                if len(hooks.items) > 1:
                    return without_item(text, hooks, at)
                names = [item.key for item in root.items]
                return without_item(text, root, len(names) - 1 - names[::-1].index("hooks"))
    return None


def _is_ours(text: str, hook: Node, agent: str) -> bool:
    command = hook.get("command") if hook.kind == "object" else None
    if command is None or command.kind != "text":
        return False
    words = json.loads(text[command.begin : command.end])
    return re.search(rf"""\bringside(?:\.exe)?["']? hook {agent}(?: --rules=\d+)?$""", words) is not None
