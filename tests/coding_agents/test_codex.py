"""A real Codex, whose model is scripted, tells a real server by the hooks of `ringside hooks install`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.coding_agents.model import Say, Scripts, Use, model
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

SCRIPTS: Scripts = {
    "Mind the fog": (Say("The fog is minded."),),  # only whoever has these words gets here
    "Wait for the tide": (
        Use("exec_command", {"cmd": WAIT_FOR_WORDS, "yield_time_ms": 60_000}),
        Use("exec_command", {"cmd": WAIT_FOR_MAIL, "yield_time_ms": 60_000}),
        Say("Nobody has said anything."),
    ),
    "Light the lamps": (
        Use("exec_command", {"cmd": "echo lit"}),
        Use("exec_command", {"cmd": "echo no oil; exit 3"}),
        Say("Two are lit, one has no oil."),
    ),
    "Douse the lamps": (Use("exec_command", {"cmd": "touch doused"}), Say("I have tried to douse them.")),
}


@pytest.fixture
def work(tmp_path: Path, settings: Settings) -> Iterator[Watched]:
    home = tmp_path / "home"
    home.mkdir()
    with gunicorn(settings.data_path) as server:
        found = watched(home, server)
        found.run("ringside", "hooks", "install", "codex", "--url", found.url, "--yes")
        yield found


def ask(work: Watched, prompt: str, *options: str, **variables: str) -> str:
    with model(SCRIPTS) as address:
        local = f'{{name="local", base_url="{address}/v1", wire_api="responses", env_key="LOCAL_KEY"}}'
        return work.run(
            "codex", "exec", "--config", "model=tiny", "--config", "model_provider=local", "--config",
            f"model_providers.local={local}", "--dangerously-bypass-approvals-and-sandbox", *options, prompt,
            LOCAL_KEY="none", **variables,
        )  # fmt: skip


def test_a_turn_is_a_run_whose_tools_are_steps(work: Watched) -> None:
    assert "Two are lit" in ask(work, "Light the lamps", "--dangerously-bypass-hook-trust")
    events = work.events(last="idle")
    [session] = work.sessions()
    assert session["title"] == "harbour (night-shift)"
    [run] = last_of(events, "runUpdate", "run_id")
    assert run["status"] == "completed"
    assert [event["question"] for event in events if "question" in event] == ["Light the lamps"]
    lit, empty = last_of(events, "agentActivity", "activity_id")
    assert (lit["action"], lit["kind"], lit["status"]) == ("Bash: echo lit", "tool", "completed")
    assert "lit" in lit["output"]
    assert "no oil" in empty["output"]
    assert [event["delta"] for event in events if event["type"] == "agentMessage"] == ["Two are lit, one has no oil."]


@pytest.mark.any_database
def test_hooks_that_nobody_trusted_are_not_run(work: Watched) -> None:
    """As the command says when it installs them: Codex asks its user first."""
    assert "Two are lit" in ask(work, "Light the lamps")
    assert work.sessions() == []


@pytest.mark.any_database
def test_what_people_say_while_it_works_reaches_its_model_and_is_told_as_read(work: Watched) -> None:
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(ask, work, "Wait for the tide", "--dangerously-bypass-hook-trust")
        work.say("Mind the fog.")
        assert "The fog is minded." in answer.result()
    [read] = last_of(work.events(last="idle"), "userMessage", "message_id")
    assert (read["delivery"], read["author"], read["text"]) == ("steered", "Ada", "Mind the fog.")


@pytest.mark.any_database
@pytest.mark.parametrize("choice", ["approve", "reject"])
def test_a_person_decides_in_ringside_about_a_tool_that_a_rule_holds(work: Watched, choice: str) -> None:
    work.run("ringside", "hooks", "install", "codex", "--url", work.url, "--yes", "--rules", "60")
    add_rule(work.server, name="Commands ask", tool="Bash")
    with decided(work.server, choice) as seen:
        ask(work, "Douse the lamps", "--dangerously-bypass-hook-trust")
    assert seen[0]["context"]["input"]["command"] == "touch doused"
    assert (work.project / "doused").exists() == (choice == "approve")


@pytest.mark.any_database
def test_while_the_server_is_away_no_tool_is_called(work: Watched) -> None:
    work.run("ringside", "hooks", "install", "codex", "--url", work.url, "--yes", "--rules", "60")
    ask(work, "Douse the lamps", "--dangerously-bypass-hook-trust", RINGSIDE_URL="http://127.0.0.1:1")
    assert not (work.project / "doused").exists()
