"""The hook command as a coding agent runs it, against a real server."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ringside.hooks.hook import spool_folder
from ringside.settings import Settings
from tests.conftest import KEY, Server, running_server, wait_until
from tests.hooks.payloads import CLAUDE_SESSION, bash, claude, claude_turn, codex

SESSION = f"claude-code-{CLAUDE_SESSION}"
Hook = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "harbour"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/mend/tests\n")
    (folder / "src").mkdir()
    return folder


def run_hook(
    server: Server, said: "dict[str, Any] | bytes", *more: str, agent: str = "claude-code", **variables: str
) -> "subprocess.CompletedProcess[bytes]":
    given = said if isinstance(said, bytes) else json.dumps(said).encode()
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "ringside", "hook", agent, *more], input=given, capture_output=True,
        timeout=30, check=False, env={**os.environ, "RINGSIDE_URL": server.url, "RINGSIDE_KEY": KEY} | variables,
    )  # fmt: skip


def ended(server: Server, session: str) -> list[dict[str, Any]]:
    """The events of a session, once its program is done."""

    def found() -> list[dict[str, Any]]:
        events = server.events(session)
        last = [event for event in events if event["type"] == "agentStatusUpdate"][-1:]
        return events if last and last[0]["status"] in ("done", "idle") and len(events) > 2 else []

    return wait_until(found, 20, "the end of the session")


def test_a_whole_session_arrives_named_by_project_and_branch(server: Server, project: Path) -> None:
    for said in claude_turn(str(project)):
        done = run_hook(server, said)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    wait_until(lambda: any(event.get("status") == "done" for event in server.events(SESSION)), 20, "the end")
    events = server.events(SESSION)
    assert server.session(SESSION)["title"] == "harbour (mend/tests)"
    runs = [event["status"] for event in events if event["type"] == "runUpdate"]
    assert runs == ["running", "waiting", "waiting", "running", "completed"]
    steps = {event["action"]: event["status"] for event in events if event["type"] == "agentActivity"}
    assert steps["Edit: src/app.py"] == "completed"
    assert steps["Bash: false"] == "failed"
    assert [event["delta"] for event in events if event["type"] == "agentMessage"] == ["The test passes now."]


def test_codex_and_its_older_notify_arrive(server: Server, project: Path) -> None:
    run_hook(server, codex("UserPromptSubmit", str(project), prompt="Mend it"), agent="codex")
    run_hook(
        server, codex("Stop", str(project), stop_hook_active=False, last_assistant_message="Mended."), agent="codex"
    )
    events = ended(server, "codex-019f2c11-5b1e-7a40-9c1d-2b7f0a6f9e10")
    assert [event["status"] for event in events if event["type"] == "runUpdate"] == ["running", "completed"]
    notice = {
        "type": "agent-turn-complete", "thread-id": "b5f6c1c2-1111", "turn-id": "1", "cwd": str(project),
        "input-messages": ["Rename it"], "last-assistant-message": "Renamed.",
    }  # fmt: skip
    done = run_hook(server, b"", json.dumps(notice), agent="codex")
    assert done.returncode == 0
    events = ended(server, "codex-b5f6c1c2-1111")
    assert [event.get("question") for event in events if event["type"] == "runUpdate"] == ["Rename it", None]
    assert [event["delta"] for event in events if event["type"] == "agentMessage"] == ["Renamed."]


def test_a_server_that_is_away_disturbs_nobody_and_gets_it_later(own_server: Server, project: Path) -> None:
    own_server.kill()
    for said in claude_turn(str(project))[:4]:
        assert run_hook(own_server, said).returncode == 0
    own_server.start()
    wait_until(
        lambda: [one for one in own_server.events(SESSION) if one.get("status") == "completed"], 30, "the tool's end"
    )


@pytest.mark.parametrize(
    "said",
    [b"", b"nonsense", b"[]", b"null", b'{"hook_event_name": 7}', b"\xff\xfe", b"{" * 100_000, b'{"session_id": {}}'],
)
def test_nonsense_disturbs_nobody(server: Server, said: bytes) -> None:
    done = run_hook(server, said)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_without_settings_it_says_why_in_its_log_alone(server: Server, project: Path, tmp_path: Path) -> None:
    done = run_hook(server, claude("Stop", str(project)), RINGSIDE_KEY="")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    log = tmp_path / "home" / "state" / "ringside" / "hook.log"
    assert "API key is missing" in log.read_text()


def test_a_redaction_that_is_wrong_sends_nothing(server: Server, project: Path, tmp_path: Path) -> None:
    config = tmp_path / "home" / "config" / "ringside" / "config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"redact": ["("]}))
    said = claude("UserPromptSubmit", str(project), prompt="secret plans") | {"session_id": "wrong-redaction"}
    assert run_hook(server, said).returncode == 0
    folder = spool_folder(Settings(server.url, KEY))
    assert not list(folder.glob("*.jsonl"))
    assert (
        "PatternError" in (log := (tmp_path / "home" / "state" / "ringside" / "hook.log").read_text()) or "error" in log
    )


def test_parallel_tools_lose_nothing(server: Server, project: Path) -> None:
    session = {"session_id": "parallel"}
    run_hook(server, claude("UserPromptSubmit", str(project), prompt="Many") | session)
    hooks = [
        subprocess.Popen(
            [sys.executable, "-m", "ringside", "hook", "claude-code"], stdin=subprocess.PIPE,
            env={**os.environ, "RINGSIDE_URL": server.url, "RINGSIDE_KEY": KEY},
        ) for _ in range(8)
    ]  # fmt: skip
    for number, hook in enumerate(hooks):
        said = claude("PreToolUse", str(project), **bash(f"make part{number}", number)) | session
        assert hook.stdin is not None
        hook.stdin.write(json.dumps(said).encode())
        hook.stdin.close()
    assert [hook.wait(30) for hook in hooks] == [0] * 8
    run_hook(server, claude("Stop", str(project), last_assistant_message="Done.") | session)
    events = ended(server, "claude-code-parallel")
    steps = [event for event in events if event["type"] == "agentActivity"]
    assert len({event["activity_id"] for event in steps}) == 8
    assert sorted(event["status"] for event in steps) == ["cancelled"] * 8 + ["started"] * 8


def test_it_is_fast(server: Server, project: Path) -> None:
    """The processor's time, beside that of an empty program: what a busy machine does not change."""
    said = claude("PreToolUse", str(project), **bash("npm test")) | {"session_id": "fast"}
    run_hook(server, said)  # starts the process that sends

    def seconds(arguments: list[str], given: bytes) -> float:
        before = os.times()
        subprocess.run([sys.executable, *arguments], input=given, check=True, timeout=30,
                       env={**os.environ, "RINGSIDE_URL": server.url, "RINGSIDE_KEY": KEY})  # fmt: skip
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    empty = statistics.median(seconds(["-c", "pass"], b"") for _ in range(5))
    took = statistics.median(
        seconds(["-m", "ringside", "hook", "claude-code"], json.dumps(said).encode()) for _ in range(5)
    )
    print(f"{took * 1000:.0f} ms of processor time; an empty program {empty * 1000:.0f} ms")
    assert took - empty < 0.1


def test_nothing_stays_behind(server: Server, project: Path) -> None:
    """The process that sends has emptied the folder; it ends by itself when nothing comes for a while."""
    said = claude("UserPromptSubmit", str(project), prompt="One") | {"session_id": "behind"}
    run_hook(server, said)
    folder = spool_folder(Settings(server.url, KEY))
    wait_until(lambda: not list(folder.glob("*.jsonl")), 20, "an empty folder")
    assert time.monotonic()


# With rules, which hold the calls of tools.


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("ruled")) as server:
        server.add_rule(name="Deletions ask", tool="mcp__*__delete_*")
        server.add_rule(name="Moves may go", tool="mcp__*__move_*", expires_in=1, on_expiry="approve")
        server.add_rule(name="No fetching", tool="WebFetch", effect="refuse", explanation="Work offline.")
        yield server


def before(project: Path, tool: str, session: str, number: int = 1, **given: Any) -> dict[str, Any]:
    use = {"tool_name": tool, "tool_input": given, "tool_use_id": f"toolu_{number:024d}"}
    return claude("PreToolUse", str(project), **use) | {"session_id": session}


def said_by(done: "subprocess.CompletedProcess[bytes]") -> Any:
    assert (done.returncode, done.stderr) == (0, b"")
    return json.loads(done.stdout)["hookSpecificOutput"] if done.stdout else None


def test_a_call_that_no_rule_is_about_goes_its_usual_way(ruled: Server, project: Path) -> None:
    assert said_by(run_hook(ruled, before(project, "Bash", "passes", command="ls"), "--rules=20")) is None


def test_a_rule_that_refuses_is_told_to_the_model(ruled: Server, project: Path) -> None:
    assert said_by(run_hook(ruled, before(project, "WebFetch", "refused", url="https://a.b"), "--rules=20")) == {
        "hookEventName": "PreToolUse", "permissionDecision": "deny",
        "permissionDecisionReason": "Rule “No fetching” refuses calls of WebFetch. Work offline.",
    }  # fmt: skip


@pytest.mark.parametrize(("choice", "decision"), [("approve", "allow"), ("reject", "deny")])
def test_a_person_decides_about_a_call_and_sees_no_secret(
    ruled: Server, project: Path, choice: str, decision: str
) -> None:
    session, token = f"decides-{choice}", "ghp_" + "a1B2c3D4e5" * 4
    run_hook(ruled, claude("UserPromptSubmit", str(project), prompt="Tidy") | {"session_id": session})
    said = before(project, "mcp__disk__delete_file", session, path="log.txt", note=token)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(run_hook, ruled, said, "--rules=20")
        approval = ruled.approval(f"claude-code-{session}")
        ruled.decide(approval, choice)
        found = said_by(waits.result(60))
    assert found["permissionDecision"] == decision
    assert approval["agent_name"] == "Claude Code"
    assert approval["context"]["input"]["path"] == "log.txt"
    assert token not in json.dumps(approval)
    wait_until(lambda: ruled.events(f"claude-code-{session}")[0].get("run_id") == approval["run_id"], 20, "its run")


def test_a_person_who_takes_too_long_has_not_allowed_it(ruled: Server, project: Path) -> None:
    done = run_hook(ruled, before(project, "mcp__disk__delete_file", "late", path="a"), "--rules=1")
    assert said_by(done)["permissionDecision"] == "deny"
    assert "Nobody has decided yet" in said_by(done)["permissionDecisionReason"]


def test_where_nobody_decided_in_time_the_agent_asks_its_own_user(ruled: Server, project: Path) -> None:
    assert said_by(run_hook(ruled, before(project, "mcp__disk__move_file", "nobody", path="a"), "--rules=20")) is None


@pytest.mark.parametrize("agent", ["claude-code", "codex"])
def test_a_server_that_is_away_lets_no_call_pass(project: Path, agent: str) -> None:
    nowhere = type("Nowhere", (), {"url": "http://127.0.0.1:1"})()
    call = before(project, "Bash", "away", command="ls")
    found = said_by(run_hook(nowhere, call, "--rules=1", agent=agent, RINGSIDE_WHEN_AWAY="allow"))
    assert found["permissionDecision"] == "deny"
    assert "Ringside, which must allow it, cannot be reached" in found["permissionDecisionReason"]


NO_CALL = {"session_id": "none", "hook_event_name": "Stop"}


@pytest.mark.parametrize(
    ("agent", "rules", "said", "variables"),
    [
        ("claude-code", "--rules=20", b"nonsense", {}),
        ("claude-code", "--rules=20", b"[]", {}),
        ("claude-code", "--rules=20", NO_CALL, {}),
        ("claude", "--rules=20", None, {}),
        ("claude-code", "--rules=10m", None, {}),
        ("claude-code", "--rules", None, {}),
        ("claude-code", "--rules=20", None, {"RINGSIDE_KEY": ""}),
        ("claude-code", "--rules=20", None, {"ALL_PROXY": "socks5://127.0.0.1:1"}),
        ("claude-code", "--rules=20", None, {"RINGSIDE_URL": "https://127.0.0.1:1", "SSL_CERT_FILE": "/is/not/there"}),
        ("claude-code", "--rules=20", None, {"XDG_STATE_HOME": "/dev/null"}),
    ],
)
def test_a_hook_that_fails_blocks_the_call(
    project: Path, agent: str, rules: str, said: "dict[str, Any] | bytes | None", variables: dict[str, str]
) -> None:
    nowhere = type("Nowhere", (), {"url": "http://127.0.0.1:1"})()
    given = before(project, "Bash", "fails", command="rm -rf /") if said is None else said
    done = run_hook(nowhere, given, rules, agent=agent, **variables)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"The tool was not called. The hook of Ringside failed" in done.stderr
