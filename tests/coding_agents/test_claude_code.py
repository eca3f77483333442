"""A real Claude Code, whose model is scripted, tells a real server by the hooks of `ringside hooks install`."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.coding_agents.model import Refuse, Say, Scripts, Use, model
from tests.coding_agents.watched import (
    WAIT_FOR_MAIL,
    WAIT_FOR_WORDS,
    Watched,
    add_rule,
    decided,
    last_of,
    watched,
)
from tests.support.gunicorn import gunicorn
from utils.settings import Settings

TOKEN = "ghp_" + "a1B2c3D4e5" * 4
SCRIPTS: Scripts = {
    "Mind the fog": (Say("The fog is minded."),),  # only whoever has these words gets here
    "Wait for the tide": (
        Use("Bash", {"command": WAIT_FOR_WORDS, "description": "Wait"}),
        Use("Bash", {"command": WAIT_FOR_MAIL, "description": "Wait longer"}),
        Say("Nobody has said anything."),
    ),
    "Light the lamps": (
        Use("Bash", {"command": "echo lit", "description": "Light them"}),
        Use("Bash", {"command": "echo no oil >&2; exit 3", "description": "Fill them"}),
        Say("Two are lit, one has no oil."),
    ),
    "Ask a colleague": (
        Use("Agent", {"subagent_type": "general-purpose", "description": "Count", "prompt": "Count the lanterns."}),
        Say("The colleague counted three."),
    ),
    "Count the lanterns": (Use("Bash", {"command": "echo 3", "description": "Count"}), Say("There are three.")),
    "Fetch the secret": (Use("Bash", {"command": f"echo {TOKEN}", "description": "Fetch"}), Say("Fetched.")),
    "Douse the lamps": (
        Use("Bash", {"command": "touch doused", "description": "Douse them"}),
        Say("I have tried to douse them."),
    ),
    "Burn the logs": (Refuse(400, "This model burns nothing."),),
}


@pytest.fixture
def work(tmp_path: Path, settings: Settings) -> Iterator[Watched]:
    home = tmp_path / "home"
    home.mkdir()
    with gunicorn(settings.data_path) as server:
        found = watched(home, server)
        found.run("ringside", "hooks", "install", "claude-code", "--url", found.url, "--yes")
        yield found


def ask(work: Watched, prompt: str, status: int = 0) -> str:
    with model(SCRIPTS) as address:
        return work.run(
            "claude", "--print", prompt, "--allowedTools", "Bash,Agent", status=status, ANTHROPIC_BASE_URL=address,
            ANTHROPIC_API_KEY="sk-none", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1", DISABLE_AUTOUPDATER="1",
        )  # fmt: skip


def test_a_turn_is_a_run_whose_tools_are_steps(work: Watched) -> None:
    assert "Two are lit" in ask(work, "Light the lamps")
    events = work.events(last="done")
    [session] = work.sessions()
    assert session["title"] == "harbour (night-shift)"
    [run] = last_of(events, "runUpdate", "run_id")
    assert run["status"] == "completed"
    assert [event["question"] for event in events if "question" in event] == ["Light the lamps"]
    lit, empty = last_of(events, "agentActivity", "activity_id")
    assert (lit["action"], lit["kind"], lit["status"]) == ("Bash: echo lit", "tool", "completed")
    assert lit["output"]["stdout"] == "lit"
    assert empty["status"] == "failed"
    assert "no oil" in empty["details"]
    assert [event["delta"] for event in events if event["type"] == "agentMessage"] == ["Two are lit, one has no oil."]


@pytest.mark.any_database
def test_a_sub_agent_has_a_name_and_steps_of_its_own(work: Watched) -> None:
    ask(work, "Ask a colleague")
    events = work.events(last="done")
    steps = {step["action"]: step for step in last_of(events, "agentActivity", "activity_id")}
    assert {step["status"] for step in steps.values()} == {"completed"}
    colleague = steps["Work as general-purpose"]
    assert colleague["agent_name"] == steps["Bash: echo 3"]["agent_name"] == "general-purpose"
    assert steps["Bash: echo 3"]["parent_id"] == colleague["activity_id"]
    assert [step["agent_name"] for step in steps.values() if step["kind"] == "handoff"] == ["Claude Code"]


@pytest.mark.any_database
def test_a_secret_in_a_command_is_not_sent(work: Watched) -> None:
    ask(work, "Fetch the secret")
    assert TOKEN not in json.dumps(work.events(last="done"))


@pytest.mark.any_database
def test_what_people_say_while_it_works_reaches_its_model_and_is_told_as_read(work: Watched) -> None:
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(ask, work, "Wait for the tide")
        work.say("Mind the fog.")
        assert "The fog is minded." in answer.result()
    [read] = last_of(work.events(last="done"), "userMessage", "message_id")
    assert (read["delivery"], read["author"], read["text"]) == ("steered", "Ada", "Mind the fog.")


@pytest.mark.any_database
def test_a_turn_whose_model_refuses_has_an_end(work: Watched) -> None:
    """With --print, Claude Code runs no hook for the failure: only the session's end says that the turn is over."""
    assert "burns nothing" in ask(work, "Burn the logs", status=1)
    [run] = last_of(work.events(last="done"), "runUpdate", "run_id")
    assert (run["status"], run["reason"]) == ("cancelled", "The session ended before its turn did.")


@pytest.mark.any_database
def test_after_the_hooks_are_removed_nothing_is_told(work: Watched) -> None:
    work.run("ringside", "hooks", "uninstall", "claude-code", "--yes")
    assert "Two are lit" in ask(work, "Light the lamps")
    assert work.sessions() == []


@pytest.fixture
def held(work: Watched) -> Watched:
    """Its tools are held by the team's rules. None of them is allowed by the agent's own settings."""
    work.run("ringside", "hooks", "install", "claude-code", "--url", work.url, "--yes", "--rules", "60")
    add_rule(work.server, name="Commands ask", tool="Bash")
    return work


def ask_held(work: Watched, *options: str, **variables: str) -> str:
    with model(SCRIPTS) as address:
        return work.run(
            "claude", "--print", "Douse the lamps", *options, ANTHROPIC_BASE_URL=address, ANTHROPIC_API_KEY="sk-none",
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1", DISABLE_AUTOUPDATER="1", **variables,
        )  # fmt: skip


@pytest.mark.any_database
@pytest.mark.parametrize("choice", ["approve", "reject"])
def test_a_person_decides_in_ringside_about_a_tool_that_a_rule_holds(held: Watched, choice: str) -> None:
    with decided(held.server, choice) as seen:
        ask_held(held)
    assert seen[0]["context"]["input"]["command"] == "touch doused"
    assert (held.project / "doused").exists() == (choice == "approve")


@pytest.mark.any_database
def test_while_the_server_is_away_no_tool_is_called(held: Watched) -> None:
    """Although the agent's own settings allow it."""
    ask_held(held, "--allowedTools", "Bash", RINGSIDE_URL="http://127.0.0.1:1")
    assert not (held.project / "doused").exists()
