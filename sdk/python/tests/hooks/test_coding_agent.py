"""What hooks say becomes runs, steps and texts."""

import json
from typing import Any

from ringside.hooks.coding_agent import CodingAgent
from ringside.hooks.redaction import Redaction
from tests.hooks.payloads import bash, claude, claude_turn, codex

CWD = "/home/ada/harbour"


def told(agent: str, *hooks: dict[str, Any], state: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The events of several hooks of one session. The state goes through JSON between them, as between processes."""
    state = {} if state is None else state
    found: list[dict[str, Any]] = []
    for said in hooks:
        state = json.loads(json.dumps(state))
        found += map(json.loads, CodingAgent(agent, said, state, Redaction(environment={})).told())
    return found


def of_type(events: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for event in events if event["type"] == kind]


def ends(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {event["action"]: event for event in of_type(events, "agentActivity") if event["status"] != "started"}


def test_a_turn_is_a_run_from_its_prompt_to_its_answer() -> None:
    events = told("claude-code", *claude_turn(CWD))
    runs = of_type(events, "runUpdate")
    assert [run["status"] for run in runs] == ["running", "waiting", "waiting", "running", "completed"]
    assert runs[0]["question"] == "Mend the failing test"
    assert runs[1]["reason"] == "Permission to use Edit"
    [answer] = of_type(events, "agentMessage")
    assert (answer["delta"], answer["final"], answer["agent_name"]) == ("The test passes now.", True, "Claude Code")
    assert {event["run_id"] for event in events if "run_id" in event} == {runs[0]["run_id"]}
    assert {event["session_id"] for event in events} == {"claude-code-00893aaf-19fa-41d2-8238-13269b9b3ca0"}


def test_tools_are_steps_with_what_they_do() -> None:
    steps = ends(told("claude-code", *claude_turn(CWD)))
    assert set(steps) == {"Bash: npm test", "Edit: src/app.py", "Task: Find the tests", "Work as Explore",
                          "Grep: def test_", "Bash: false"}  # fmt: skip
    assert steps["Bash: npm test"]["output"]["stdout"] == "1 failed"
    assert steps["Bash: false"]["status"] == "failed"
    assert steps["Bash: false"]["details"] == "Command exited with non-zero status code 1"
    assert steps["Task: Find the tests"]["kind"] == "handoff"


def test_a_sub_agents_tools_are_below_it() -> None:
    steps = ends(told("claude-code", *claude_turn(CWD)))
    assert steps["Grep: def test_"]["parent_id"] == steps["Work as Explore"]["activity_id"]
    assert steps["Grep: def test_"]["agent_name"] == "Explore"
    assert steps["Work as Explore"]["output"] == "Two files have tests."
    assert "parent_id" not in steps["Bash: npm test"]


def test_another_prompt_ends_a_turn_that_was_interrupted() -> None:
    events = told(
        "claude-code", claude("UserPromptSubmit", CWD, prompt="One"), claude("PreToolUse", CWD, **bash("sleep 9")),
        claude("UserPromptSubmit", CWD, prompt="Two"),
    )  # fmt: skip
    runs = of_type(events, "runUpdate")
    assert [(run["status"], run.get("question")) for run in runs] == [
        ("running", "One"), ("cancelled", None), ("running", "Two"),
    ]  # fmt: skip
    assert runs[0]["run_id"] == runs[1]["run_id"] != runs[2]["run_id"]
    assert ends(events)["Bash: sleep 9"]["status"] == "cancelled"


def test_a_turn_that_an_api_error_ends_has_failed() -> None:
    events = told(
        "claude-code", claude("UserPromptSubmit", CWD, prompt="One"),
        claude("StopFailure", CWD, error="rate_limit", error_details="429 Too Many Requests",
               last_assistant_message="API Error: Rate limit reached"),
    )  # fmt: skip
    assert of_type(events, "runUpdate")[-1]["status"] == "failed"
    [error] = of_type(events, "error")
    assert (error["code"], error["message"]) == ("rate_limit", "API Error: Rate limit reached")


def test_a_turn_whose_end_another_hook_refused_goes_on() -> None:
    begins = claude("UserPromptSubmit", CWD, prompt="One")
    first, second = (
        claude("Stop", CWD, stop_hook_active=again, last_assistant_message=words)
        for again, words in ((False, "Done."), (True, "Tested, too."))
    )
    more = (claude("PreToolUse", CWD, **bash("npm test")), claude("PostToolUse", CWD, **bash("npm test")))
    for hooks in ((begins, first, *more, second), (begins, first, second)):
        events = told("claude-code", *hooks)
        runs = of_type(events, "runUpdate")
        assert [run["status"] for run in runs] == ["running", "completed", "running", "completed"]
        assert len({run["run_id"] for run in runs}) == 1
        assert [said["delta"] for said in of_type(events, "agentMessage")] == ["Done.", "Tested, too."]
        told_last = [event for event in events if event["type"] != "agentStatusUpdate"][-2:]
        assert [event["type"] for event in told_last] == ["agentMessage", "runUpdate"]


def test_a_sub_agent_that_outlasts_the_turn_leaves_it_ended() -> None:
    events = told(
        "claude-code", claude("UserPromptSubmit", CWD, prompt="One"), claude("Stop", CWD),
        claude("PreToolUse", CWD, **bash("npm test"), agent_id="a1", agent_type="Plan"),
    )  # fmt: skip
    assert of_type(events, "runUpdate")[-1]["status"] == "completed"


def test_the_end_of_the_session_ends_what_is_open() -> None:
    events = told(
        "claude-code", claude("UserPromptSubmit", CWD, prompt="One"), claude("PreToolUse", CWD, **bash("sleep 9")),
        claude("SubagentStart", CWD, agent_id="a1", agent_type="Plan"), claude("SessionEnd", CWD, reason="other"),
    )  # fmt: skip
    assert {step["status"] for step in ends(events).values()} == {"cancelled"}
    assert len(ends(events)) == 2
    assert of_type(events, "runUpdate")[-1]["status"] == "cancelled"


def test_before_the_first_prompt_nothing_is_at_work() -> None:
    events = told(
        "claude-code", claude("SessionStart", CWD, source="startup"),
        claude("Notification", CWD, message="Claude is waiting for your input", notification_type="idle_prompt"),
        claude("Notification", CWD, message="Claude needs your permission", notification_type="permission_prompt"),
        claude("SessionEnd", CWD, reason="other"),
    )  # fmt: skip
    assert [event["type"] for event in events] == ["agentStatusUpdate"] * 2
    assert [event["status"] for event in events] == ["idle", "done"]


def test_older_versions_without_ids_pair_their_tools_by_what_they_do() -> None:
    call = {name: value for name, value in bash("npm test").items() if name != "tool_use_id"}
    events = told(
        "claude-code", claude("UserPromptSubmit", CWD, prompt="One"), claude("PreToolUse", CWD, **call),
        claude("PostToolUse", CWD, **call, tool_response="ok"),
    )  # fmt: skip
    begun, ended = of_type(events, "agentActivity")
    assert begun["activity_id"] == ended["activity_id"]
    assert ended["status"] == "completed"


def test_without_ids_each_call_of_a_turn_is_asked_about_by_itself() -> None:
    given = {name: value for name, value in bash("npm test").items() if name != "tool_use_id"}
    state: dict[str, Any] = {}

    def hook(event: str) -> tuple[dict[str, Any], str]:
        coding = CodingAgent("claude-code", claude(event, CWD, **given), state, Redaction(environment={}))
        [told] = coding.told()
        return json.loads(told), coding.call()["call_id"]

    begun = [hook("PreToolUse") for _ in range(2)]
    ended = [hook("PostToolUse") for _ in range(2)]
    begun.append(hook("PreToolUse"))
    assert [step["activity_id"] for step, _ in begun] == [call for _, call in begun]
    assert len({call for _, call in begun}) == 3
    assert [step["activity_id"] for step, _ in ended] == [call for _, call in begun[:2]]


def test_two_calls_that_differ_far_behind_are_two_calls() -> None:
    def asked(length: int, end: str) -> Any:
        said = claude("PreToolUse", CWD, **bash("echo " + "a" * length + end))
        coding = CodingAgent("claude-code", said, {}, Redaction(environment={}))
        [told] = coding.told()
        assert len(json.dumps(json.loads(told)["input"])) < 21_000
        return coding.call()["input"]

    assert asked(50_000, "b")["command"] == "echo " + "a" * 50_000 + "b"
    for length in (150_000, 300_000):
        first, second = asked(length, "b"), asked(length, "c")
        assert first["characters"] > length
        assert first["sha256"] != second["sha256"]


def test_the_same_hook_twice_tells_of_the_same_step_and_run() -> None:
    prompt = claude("UserPromptSubmit", CWD, prompt="One", prompt_id="p-1")
    first, second = told("claude-code", prompt), told("claude-code", prompt)
    assert of_type(first, "runUpdate")[0]["run_id"] == of_type(second, "runUpdate")[0]["run_id"]


def test_codex_speaks_the_same_language() -> None:
    patch = {"tool_name": "apply_patch", "tool_input": {"command": "*** Begin Patch\n*** Update File: a.py"},
             "tool_use_id": "call_1"}  # fmt: skip
    events = told(
        "codex", codex("UserPromptSubmit", CWD, prompt="Mend it"), codex("PreToolUse", CWD, **patch),
        codex("PostToolUse", CWD, **patch, tool_response="Success"),
        codex("Stop", CWD, stop_hook_active=False, last_assistant_message="Mended."),
    )  # fmt: skip
    runs = of_type(events, "runUpdate")
    assert [run["status"] for run in runs] == ["running", "completed"]
    assert runs[0]["model"] == "gpt-5-codex"
    [step] = ends(events).values()
    assert step["action"] == "apply_patch: *** Begin Patch *** Update File: a.py"
    assert of_type(events, "agentMessage")[0]["agent_name"] == "Codex"


def test_what_is_unknown_or_odd_is_nothing() -> None:
    for said in (
        claude("SomethingNew", CWD), {"hook_event_name": None}, {}, claude("Stop", CWD, last_assistant_message=7),
        claude("PostToolUse", CWD, tool_name=None, tool_input=[1], tool_response=None),
        claude("Notification", CWD, message=None),
    ):  # fmt: skip
        assert not of_type(told("claude-code", said), "runUpdate")


def test_what_a_person_may_not_see_is_not_in_the_events() -> None:
    secret = "sk-ant-api03-abcdefghijklmnop"
    write = {"tool_name": "Write", "tool_input": {"file_path": f"{CWD}/.env", "content": "PLAIN=word-of-the-file"},
             "tool_use_id": "t1"}  # fmt: skip
    read = {"tool_name": "Bash", "tool_input": {"command": "cat .env.production"}, "tool_use_id": "t2"}
    events = told(
        "claude-code", claude("UserPromptSubmit", CWD, prompt=f"Use {secret}"), claude("PreToolUse", CWD, **write),
        claude("PostToolUse", CWD, **write, tool_response={"content": "PLAIN=word-of-the-file"}),
        claude("PostToolUse", CWD, **read, tool_response={"stdout": "PLAIN=word-of-the-file"}),
        claude("PostToolUseFailure", CWD, **read, error="PLAIN=word-of-the-file"),
        claude("PreToolUse", CWD, **bash(f"curl -H 'Authorization: Bearer {secret}' x", 9)),
        claude("Stop", CWD, last_assistant_message=f"I used {secret}."),
    )  # fmt: skip
    text = json.dumps(events)
    assert secret not in text
    assert "word-of-the-file" not in text
    assert "[redacted]" in text
    assert "Write: .env" in text


def test_of_a_command_that_writes_a_secret_file_only_the_program_and_the_file_are_told() -> None:
    write = bash("cat > .env <<EOF\nPLAIN=word-of-the-file\nEOF")
    events = told(
        "claude-code", claude("UserPromptSubmit", CWD, prompt="Set it up"), claude("PreToolUse", CWD, **write),
        claude("PostToolUse", CWD, **write, tool_response={"stdout": ""}),
    )  # fmt: skip
    assert "word-of-the-file" not in json.dumps(events)
    begun, _ = of_type(events, "agentActivity")
    assert (begun["action"], begun["input"]) == ("Bash: cat .env", {"command": "cat .env"})
