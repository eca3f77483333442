"""What Claude Code and Codex give their hooks, in the shapes of their documentation."""

from typing import Any

CLAUDE_SESSION = "00893aaf-19fa-41d2-8238-13269b9b3ca0"


def claude(event: str, cwd: str, **given: Any) -> dict[str, Any]:
    return {
        "session_id": CLAUDE_SESSION,
        "transcript_path": f"/home/ada/.claude/projects/-harbour/{CLAUDE_SESSION}.jsonl",
        "cwd": cwd,
        "permission_mode": "default",
        "hook_event_name": event,
        **given,
    }


def codex(event: str, cwd: str, **given: Any) -> dict[str, Any]:
    return {
        "session_id": "019f2c11-5b1e-7a40-9c1d-2b7f0a6f9e10", "transcript_path": None, "cwd": cwd,
        "model": "gpt-5-codex", "permission_mode": "default", "hook_event_name": event, "turn_id": "3", **given,
    }  # fmt: skip


def bash(command: str, number: int = 1) -> dict[str, Any]:
    return {
        "tool_name": "Bash",
        "tool_input": {"command": command, "description": "Run it"},
        "tool_use_id": f"toolu_{number:024d}",
    }


def claude_turn(cwd: str) -> list[dict[str, Any]]:
    """A prompt, a tool, a permission, a sub-agent with a tool of its own, a failure, the answer, the end."""
    edit = {
        "tool_name": "Edit",
        "tool_input": {"file_path": f"{cwd}/src/app.py", "old_string": "a", "new_string": "b"},
        "tool_use_id": f"toolu_{2:024d}",
    }
    task = {
        "tool_name": "Task",
        "tool_input": {"description": "Find the tests", "prompt": "Look for tests", "subagent_type": "Explore"},
        "tool_use_id": f"toolu_{3:024d}",
    }
    inside = {"agent_id": "a3f9c2", "agent_type": "Explore"}
    grep = {"tool_name": "Grep", "tool_input": {"pattern": "def test_"}, "tool_use_id": f"toolu_{4:024d}"}
    return [
        claude("SessionStart", cwd, source="startup", model="claude-sonnet-4-5"),
        claude("UserPromptSubmit", cwd, prompt="Mend the failing test"),
        claude("PreToolUse", cwd, **bash("npm test")),
        claude("PostToolUse", cwd, **bash("npm test"), tool_response={"stdout": "1 failed", "stderr": ""}),
        claude("PreToolUse", cwd, **edit),
        claude("PermissionRequest", cwd, tool_name="Edit", tool_input=edit["tool_input"]),
        claude("Notification", cwd, message="Claude needs your permission", notification_type="permission_prompt"),
        claude("PostToolUse", cwd, **edit, tool_response={"filePath": f"{cwd}/src/app.py", "success": True}),
        claude("PreToolUse", cwd, **task),
        claude("SubagentStart", cwd, **inside),
        claude("PreToolUse", cwd, **grep, **inside),
        claude("PostToolUse", cwd, **grep, **inside, tool_response={"mode": "files_with_matches", "numFiles": 2}),
        claude("SubagentStop", cwd, **inside, stop_hook_active=False, last_assistant_message="Two files have tests."),
        claude("PostToolUse", cwd, **task, tool_response={"content": [{"type": "text", "text": "Two files"}]}),
        claude("PreToolUse", cwd, **bash("false", 5)),
        claude("PostToolUseFailure", cwd, **bash("false", 5), error="Command exited with non-zero status code 1",
               is_interrupt=False),
        claude("Stop", cwd, stop_hook_active=False, last_assistant_message="The test passes now."),
        claude("SessionEnd", cwd, reason="prompt_input_exit"),
    ]  # fmt: skip
