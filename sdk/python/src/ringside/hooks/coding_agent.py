"""What a hook of a coding agent says, as events.

Claude Code (https://code.claude.com/docs/en/hooks) and Codex (https://developers.openai.com/codex/hooks) give a hook a
JSON object with the same names. A prompt begins a run, the end of the turn ends it; each tool and each sub-agent is a
step. Older versions leave out ids: then what is known takes their place.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

from ringside import events
from ringside.hooks.redaction import HIDDEN, Redaction
from ringside.telling.tool_call import call_of
from ringside.values import text_of

LABELS = {"claude-code": "Claude Code", "codex": "Codex"}
_MOST_SHOWN = 20_000  # characters of a tool's input or output
_TELLING = ("command", "file_path", "path", "notebook_path", "pattern", "query", "url", "description", "skill")
_WAITS = ("permission_prompt", "elicitation_dialog", "agent_needs_input")
_SUB_AGENT_TOOLS = ("Task", "Agent")


class CodingAgent:
    """One session of a coding agent. ``state`` is what its next hook must know; it has JSON and is changed in place."""

    def __init__(self, agent: str, said: dict[str, Any], state: dict[str, Any], redaction: Redaction) -> None:
        self._label, self._said, self._state, self._redaction = LABELS[agent], said, state, redaction
        self.session = session_of(agent, said)
        self._told: list[bytes] = []
        self._step_id: str | None = None

    def told(self) -> list[bytes]:
        """The events of this hook; none for one that is not known."""
        act = self._acts().get(str(self._said.get("hook_event_name")))
        if act is not None:
            act()
        return self._told

    def call(self) -> dict[str, Any]:
        """The call of a tool that is about to be made, as the server is asked about it; redacted as what is told, and
        whole: another end is another call. What is told of it comes first."""
        given = self._said.get("tool_input")
        name = self._text("tool_name") or "Tool"
        step = self._tool_id()
        return call_of(name, self._redacted(given, given), step, self._agent(), self._state.get("last_run"), step)

    def _acts(self) -> dict[str, Callable[[], None]]:
        return {
            "SessionStart": lambda: self._status("idle", self._text("source")),
            "UserPromptSubmit": self._prompt,
            "PreToolUse": self._tool_begins,
            "PostToolUse": lambda: self._tool_ends("completed", self._said.get("tool_response")),
            "PostToolUseFailure": self._tool_fails,
            "PermissionRequest": lambda: self._waits(f"Permission to use {self._text('tool_name') or 'a tool'}"),
            "Notification": self._notification,
            "SubagentStart": self._sub_agent_begins,
            "SubagentStop": self._sub_agent_ends,
            "PreCompact": self._compacts,
            "Stop": self._turn_ends,
            "StopFailure": self._turn_fails,
            "SessionEnd": self._session_ends,
        }

    def _prompt(self) -> None:
        self._close_run("cancelled", "Interrupted: another prompt came.")
        self._state["turn"] = int(self._state.get("turn", 0)) + 1
        turn = self._said.get("turn_id") or self._said.get("prompt_id") or self._state["turn"]
        run = f"run-{events.digest(self.session, turn)[:16]}"
        self._state.update(run=run, last_run=run, waits=False, calls={})
        model = self._said.get("model")
        self._run("running", question=self._text("prompt"), model=str(model) if model else None)
        self._status("working")

    def _tool_begins(self) -> None:
        name, given = self._text("tool_name") or "Tool", self._said.get("tool_input")
        if not self._said.get("agent_id"):  # a sub-agent in the background may outlast the turn
            self._opens_again()
        self._goes_on()
        step: dict[str, Any] = {
            "id": self._tool_id(), "agent": self._agent(), "parent": self._parent(),
            "action": self._action(name, given),
            "kind": "handoff" if name in _SUB_AGENT_TOOLS else "tool",
        }  # fmt: skip
        self._open()[step["id"]] = step
        self._step(step, "started", data={"input": self._shown(given, given)})

    def _tool_ends(self, status: events.ActivityStatus, output: Any, details: str | None = None) -> None:
        name, given = self._text("tool_name") or "Tool", self._said.get("tool_input")
        self._goes_on()
        step: dict[str, Any] = self._taken(self._tool_id()) or {
            "id": self._tool_id(), "agent": self._agent(), "parent": self._parent(),
            "action": self._action(name, given),
            "kind": "tool",
        }  # fmt: skip
        data = {} if output is None else {"output": self._shown(output, given)}
        self._step(step, status, details=details, data=data)

    def _tool_fails(self) -> None:
        status: events.ActivityStatus = "cancelled" if self._said.get("is_interrupt") else "failed"
        hidden = self._redaction.is_about_secrets(self._said.get("tool_input"))
        self._tool_ends(status, None, HIDDEN if hidden else self._text("error"))

    def _notification(self) -> None:
        kind, words = self._said.get("notification_type"), self._text("message")
        if kind in _WAITS or (kind is None and words and "permission" in words):
            self._waits(words or "A person is asked")
        elif (kind == "idle_prompt" or kind is None) and self._state.get("last_run"):
            self._status("waiting", words)

    def _sub_agent_begins(self) -> None:
        step: dict[str, Any] = {
            "id": self._sub_agent_id(), "agent": self._agent(), "parent": None, "kind": "step",
            "action": f"Work as {self._agent()}", "lasting": True,
        }  # fmt: skip
        self._open()[step["id"]] = step
        self._step(step, "started")

    def _sub_agent_ends(self) -> None:
        step: dict[str, Any] = self._taken(self._sub_agent_id()) or {
            "id": self._sub_agent_id(), "agent": self._agent(), "parent": None, "kind": "step",
            "action": f"Work as {self._agent()}",
        }  # fmt: skip
        said = self._text("last_assistant_message")
        self._step(step, "completed", data={"output": said} if said else {})

    def _compacts(self) -> None:
        step: dict[str, Any] = {
            "id": events.digest(self.session, "compact", events.moment()), "agent": self._label, "parent": None,
            "action": "Summarise the conversation", "kind": "step",
        }  # fmt: skip
        self._step(step, "completed", details=self._text("trigger"))

    def _turn_ends(self) -> None:
        if self._said.get("stop_hook_active"):
            self._opens_again()
        self._say(self._text("last_assistant_message"))
        self._close_run("completed", None)
        self._status("idle")

    def _turn_fails(self) -> None:
        words = self._text("last_assistant_message") or self._text("error_details") or self._text("error")
        self._tell(events.error, self._text("error") or "failed", words or "The turn failed.", self._label)
        self._close_run("failed", words)
        self._status("failed")

    def _session_ends(self) -> None:
        for step in list(self._open().values()):
            self._step(step, "cancelled")
        self._open().clear()
        self._close_run("cancelled", "The session ended before its turn did.")
        self._status("done", self._text("reason"))
        self._state.clear()

    # What they have in common.

    def _say(self, text: str | None) -> None:
        if text:
            message = events.digest(self.session, self._state.get("last_run"), "answer", events.moment())
            self._tell(events.agent_message, message, self._label, text, final=True)

    def _close_run(self, status: events.RunStatus, reason: str | None) -> None:
        for step in [step for step in self._open().values() if not step.get("lasting")]:
            self._step(step, "cancelled")
            del self._open()[step["id"]]
        if self._state.get("run"):
            self._run(status, reason=reason)
            self._state["run"], self._state["waits"] = None, False

    def _waits(self, reason: str) -> None:
        if self._state.get("run"):
            self._state["waits"] = True
            self._run("waiting", reason=reason)
        if self._state.get("last_run"):  # before the first prompt nothing is at work
            self._status("waiting", reason)

    def _goes_on(self) -> None:
        if self._state.get("waits"):
            self._state["waits"] = False
            self._run("running")
            self._status("working")

    def _opens_again(self) -> None:
        """Another hook may refuse the end of a turn: then the agent works on without a prompt."""
        if self._state.get("last_run") and not self._state.get("run"):
            self._state["run"] = self._state["last_run"]
            self._run("running")
            self._status("working")

    def _run(self, status: events.RunStatus, **named: str | None) -> None:
        self._told.append(events.run_update(self.session, str(self._state["run"]), status, **named))

    def _status(self, status: events.AgentStatus, details: str | None = None) -> None:
        self._tell(events.agent_status, self._label, status, details)

    def _step(self, step: dict[str, Any], status: events.ActivityStatus, **named: Any) -> None:
        self._tell(
            events.agent_activity, step["id"], step["agent"], step["action"], status, parent_id=step["parent"],
            kind=step["kind"], **named,
        )  # fmt: skip

    def _tell(self, event: Callable[..., bytes], *arguments: Any, **named: Any) -> None:
        self._told.append(event(self.session, self._state.get("last_run"), *arguments, **named))

    def _open(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self._state.setdefault("open", {})
        return found

    def _taken(self, id: str) -> dict[str, Any] | None:
        return self._open().pop(id) if id in self._open() else None

    def _agent(self) -> str:
        return self._text("agent_type") or self._label

    def _parent(self) -> str | None:
        return self._sub_agent_id() if self._said.get("agent_id") else None

    def _sub_agent_id(self) -> str:
        return events.digest(self.session, "agent", self._said.get("agent_id") or self._agent())

    def _tool_id(self) -> str:
        """By the agent's own id; without one, by how often the same call was made in the turn."""
        if self._step_id is None:
            named = self._said.get("tool_use_id")
            self._step_id = events.digest(self.session, "tool", named) if named else self._counted_id()
        return self._step_id

    def _counted_id(self) -> str:
        """A call that begins is another one than those before; one that ends is the first of them that is open."""
        given = json.dumps(self._said.get("tool_input"), sort_keys=True)
        same = self._state.get("last_run"), self._said.get("tool_name"), given
        calls: dict[str, int] = self._state.setdefault("calls", {})
        key = events.digest(*same)[:16]
        if self._said.get("hook_event_name") == "PreToolUse":
            calls[key] = calls.get(key, 0) + 1
        ids = [events.digest(self.session, *same, number) for number in range(1, calls.get(key, 1) + 1)]
        if self._said.get("hook_event_name") == "PreToolUse":
            return ids[-1]
        return next((id for id in ids if id in self._open()), ids[-1])

    def _action(self, name: str, given: Any) -> str:
        """The tool, and in a few words what it does: `Bash: npm test`."""
        words = None
        if isinstance(given, dict):
            shown = self._redaction.named(given) if self._redaction.is_about_secrets(given) else given
            words = next((shown[one] for one in _TELLING if isinstance(shown.get(one), str) and shown[one]), None)
        if not words:
            return name
        folder = str(self._said.get("cwd") or "")
        if folder:
            words = words.replace(folder.rstrip("/") + "/", "")
        return text_of(f"{name}: {' '.join(self._clean(words).split())}", 120)

    def _shown(self, value: Any, given: Any) -> Any:
        """A tool's input or output, redacted, as much of it as people see."""
        clean = self._redacted(value, given)
        text = clean if isinstance(clean, str) else json.dumps(clean, ensure_ascii=False)
        return clean if len(text) <= _MOST_SHOWN else text_of(text, _MOST_SHOWN)

    def _redacted(self, value: Any, given: Any) -> Any:
        """Of a file that may hold secrets, no more than its name."""
        if self._redaction.is_about_secrets(given):
            if value is given and isinstance(given, dict):
                return self._redaction.clean(self._redaction.named(given))
            return HIDDEN
        return self._redaction.clean(value)

    def _text(self, name: str) -> str | None:
        value = self._said.get(name)
        return self._clean(value) if isinstance(value, str) and value else None

    def _clean(self, text: str) -> str:
        return str(self._redaction.clean(text))


def session_of(agent: str, said: dict[str, Any]) -> str:
    named = said.get("session_id") or events.digest(said.get("cwd"), os.getppid())[:12]
    return events.session_id(f"{agent}-{named}")


def notified(agent: str, said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Codex's older `notify` has one call for a whole turn: the same as the hooks of its beginning and its end."""
    shared = {"session_id": said.get("thread-id"), "turn_id": said.get("turn-id"), "cwd": said.get("cwd")}
    prompt = "\n".join(map(str, said.get("input-messages") or ()))
    yield {**shared, "hook_event_name": "UserPromptSubmit", "prompt": prompt}
    yield {**shared, "hook_event_name": "Stop", "last_assistant_message": said.get("last-assistant-message")}
