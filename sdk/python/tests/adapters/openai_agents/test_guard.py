"""Calls of the OpenAI Agents SDK's tools that the team's rules hold."""

import threading

import pytest

from tests.adapters.conftest import Program
from tests.conftest import Server

AGENTS = """
import ringside
from agents import Agent, Runner, function_tool, set_default_openai_api, set_trace_processors
from ringside.openai_agents import RingsideTracingProcessor, guarded

set_default_openai_api("chat_completions")
set_trace_processors([RingsideTracingProcessor()])

@function_tool
def scrub_deck(word: str) -> str:
    "Scrubs."
    print("SCRUBBED")
    return "clean"

mate = Agent(name="Mate", instructions="scrub", model="tiny", tools=guarded([scrub_deck]))
assert len(guarded([scrub_deck])[0].tool_input_guardrails) == 1
with ringside.session(SESSION):
    result = Runner.run_sync(mate, "Scrub it")
print([item.output for item in result.new_items if item.type == "tool_call_output_item"])
"""


@pytest.fixture(scope="module", autouse=True)
def _rule(server: Server) -> None:
    server.add_rule(name="Scrubbing asks", tool="scrub_*")


@pytest.mark.parametrize("choice", ["approve", "reject"])
def test_a_tool_waits_for_a_person(program: Program, server: Server, choice: str) -> None:
    session, asked = f"scrub-{choice}", []

    def decide() -> None:
        asked.append(server.approval(session))
        server.decide(asked[0], choice)

    deciding = threading.Thread(target=decide)
    deciding.start()
    out = program(AGENTS.replace("SESSION", repr(session)))
    deciding.join(30)
    [approval] = asked
    assert approval["question"] == "Rule “Scrubbing asks”: may Mate call scrub_deck?"
    assert approval["context"] == {"tool": "scrub_deck", "input": {"word": "engine"}}
    run = next(event["run_id"] for event in server.events(session) if event["type"] == "runUpdate")
    assert approval["run_id"] == run
    if choice == "approve":
        assert out.split("\n")[:2] == ["SCRUBBED", "['clean']"]
    else:
        assert out.strip() == "['Ada refused this call of scrub_deck.']"


def test_what_runs_here_and_cannot_be_held_is_refused_and_what_runs_elsewhere_stays(program: Program) -> None:
    out = program("""
from agents import (ApplyPatchTool, CodeInterpreterTool, ComputerTool, CustomTool, FileSearchTool, HostedMCPTool,
                    ImageGenerationTool, LocalShellTool, ProgrammaticToolCallingTool, ShellTool, ToolSearchTool,
                    WebSearchTool, function_tool)
from ringside.openai_agents import guarded

@function_tool
def scrub_deck(word: str) -> str:
    "Scrubs."
    return "clean"

runs = lambda *given: "done"
for tool in (LocalShellTool(executor=runs), ShellTool(executor=runs), ApplyPatchTool(editor=object()),
             ComputerTool(computer=object()), CustomTool(name="own", description="Own", on_invoke_tool=runs)):
    try:
        guarded([scrub_deck, tool])
    except TypeError as error:
        print(error)
    assert not scrub_deck.tool_input_guardrails
elsewhere = [WebSearchTool(), ToolSearchTool(), ProgrammaticToolCallingTool(),
             FileSearchTool(vector_store_ids=["v"]),
             ShellTool(environment={"type": "container_auto"}),
             CodeInterpreterTool(tool_config={"type": "code_interpreter", "container": "c"}),
             ImageGenerationTool(tool_config={"type": "image_generation"}),
             HostedMCPTool(tool_config={"type": "mcp", "server_label": "s"})]
assert guarded(elsewhere) == elsewhere
""")
    told = [line.split(":")[0] for line in out.splitlines()]
    names = ("LocalShellTool", "ShellTool", "ApplyPatchTool", "ComputerTool", "CustomTool")
    assert told == [f"The team's rules cannot hold {name}" for name in names]
