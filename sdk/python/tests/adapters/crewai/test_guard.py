"""Calls of a crew's tools that the team's rules hold."""

import threading
from pathlib import Path

import pytest

from tests.adapters.conftest import Program
from tests.conftest import Server

CREW = """
import os
import ringside, ringside.crewai
from crewai import LLM, Agent, Crew, Task
from crewai.tools import tool

ringside.crewai.watch(guard=True)

@tool("scrub_deck")
def scrub_deck(word: str) -> str:
    "Scrubs."
    open(os.environ["DONE"], "a").write("scrubbed")
    return "clean"

llm = LLM(model="openai/tiny", base_url=os.environ["OPENAI_BASE_URL"], api_key="none")
mate = Agent(role="Mate", goal="Scrub", backstory="Scrubs", llm=llm, tools=[scrub_deck])
task = Task(description="Scrub", expected_output="a word", agent=mate, name="scrub")
with ringside.session(SESSION):
    Crew(name="Crew", agents=[mate], tasks=[task]).kickoff()
"""


@pytest.fixture(scope="module", autouse=True)
def _rule(server: Server) -> None:
    server.add_rule(name="Scrubbing asks", tool="scrub_*")


@pytest.mark.parametrize("choice", ["approve", "reject"])
def test_a_crews_tool_waits_for_a_person(
    program: Program, server: Server, choice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, asked, done = f"scrub-{choice}", [], tmp_path / "done"
    monkeypatch.setenv("DONE", str(done))

    def decide() -> None:
        asked.append(server.approval(session))
        server.decide(asked[0], choice)

    deciding = threading.Thread(target=decide)
    deciding.start()
    program(CREW.replace("SESSION", repr(session)))
    deciding.join(30)
    [approval] = asked
    assert approval["question"] == "Rule “Scrubbing asks”: may Mate call scrub_deck?"
    assert approval["context"] == {"tool": "scrub_deck", "input": {"word": "engine"}}
    assert approval["run_id"] == server.events(session)[0]["run_id"]
    tools = [event for event in server.events(session) if event.get("kind") == "tool" and "output" in event]
    if choice == "approve":
        assert done.read_text() == "scrubbed"
        assert [event["output"] for event in tools] == ["clean"]
    else:
        assert not done.exists()
        asked_again = [str(event.get("input")) for event in server.events(session) if event.get("kind") == "model"]
        assert any("Ada refused this call of scrub_deck." in one for one in asked_again), "the model is told why"
