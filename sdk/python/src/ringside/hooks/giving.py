"""What a hook gives its coding agent: the words of people, who are told that it has them.

Claude Code and Codex put the `additionalContext` of these hooks before their model.
"""

from __future__ import annotations

import json
from typing import Any

from ringside import events
from ringside.hooks.message_box import MessageBox

_TAKES = ("PostToolUse", "UserPromptSubmit")


class Giving:
    """``state`` is what the next hook of the session must know, and is changed in place."""

    def __init__(self, box: MessageBox, session: str, said: dict[str, Any], state: dict[str, Any]) -> None:
        self._session, self._event, self._state = session, said.get("hook_event_name"), state
        self._new: list[dict[str, Any]] = []
        if self._event == "SessionEnd":
            box.forget(session)
        elif self._event in _TAKES and not said.get("agent_id"):  # a sub-agent knows nothing of the conversation
            given = state.get("given", [])
            found = {one["id"]: one for one in box.of(session) if one["run_id"] == state.get("run")}
            self._new = [one for id, one in found.items() if id not in given]

    def output(self) -> str:
        """For the agent; '' when there is nothing new."""
        if not self._new:
            return ""
        self._state["given"] = [*self._state.get("given", []), *(one["id"] for one in self._new)]
        words = "\n".join(
            f"{one['author'] or 'A user'} says to you, while you work: {one['text']}" for one in self._new
        )
        return json.dumps({"hookSpecificOutput": {"hookEventName": self._event, "additionalContext": words}})

    def receipts(self) -> list[bytes]:
        return [events.message_read(self._session, one["run_id"], one["id"], one["text"]) for one in self._new]
