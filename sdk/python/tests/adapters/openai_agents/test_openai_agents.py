"""The OpenAI Agents SDK as it is, told by one tracing processor."""

from tests.adapters.conftest import Program
from tests.adapters.model_server import ANSWER
from tests.conftest import Server

AGENTS = """
import asyncio
import ringside
from agents import Agent, Runner, function_tool, set_default_openai_api, set_trace_processors, trace
from ringside.openai_agents import RingsideTracingProcessor

set_default_openai_api("chat_completions")
set_trace_processors([RingsideTracingProcessor()])

@function_tool
def look_up(word: str) -> str:
    "Looks a word up in the log."
    return "1957: engine rebuilt by Ada"

researcher = Agent(name="Researcher", instructions="find", model="tiny", tools=[look_up])
"""


def ends(server: Server, session: str) -> dict[str, dict[str, object]]:
    events = [event for event in server.events(session) if event["type"] == "agentActivity"]
    ended = [event for event in events if event["status"] != "started"]
    assert {event["activity_id"] for event in events} == {event["activity_id"] for event in ended}, "all have ended"
    return {str(event["action"]): event for event in ended}


def test_a_run_of_an_agent_arrives(program: Program, server: Server) -> None:
    program(AGENTS + "with ringside.session('agents'):\n    Runner.run_sync(researcher, 'Who rebuilt the engine?')\n")
    found = ends(server, "agents")
    assert set(found) == {"Work as Researcher", "Ask tiny", "look_up"}
    agent = found["Work as Researcher"]
    assert found["Ask tiny"]["parent_id"] == found["look_up"]["parent_id"] == agent["activity_id"]
    assert {step["agent_name"] for step in found.values()} == {"Researcher"}
    assert found["look_up"]["output"] == "1957: engine rebuilt by Ada"
    assert found["Ask tiny"]["usage"] == {"model": "tiny", "input_tokens": 11, "output_tokens": 7}
    events = server.events("agents")
    runs = [event for event in events if event["type"] == "runUpdate"]
    assert runs[-1]["status"] == "completed"
    assert "Who rebuilt the engine?" in [run.get("question") for run in runs]
    assert [event["delta"] for event in events if event["type"] == "agentMessage"] == [ANSWER]


def test_a_group_of_traces_is_a_session(program: Program, server: Server) -> None:
    program(
        AGENTS
        + """
with trace("Harbour talk", group_id="talk-9"):
    Runner.run_sync(researcher, "One")
    Runner.run_sync(researcher, "Two")
"""
    )
    runs = [event for event in server.events("talk-9") if event["type"] == "runUpdate"]
    assert {run["run_id"] for run in runs} == {runs[0]["run_id"]}
    assert server.session("talk-9")["title"] == "Harbour talk"


def test_what_fails_has_failed(program: Program, server: Server) -> None:
    program(
        AGENTS
        + """
broken = Agent(name="Broken", instructions="find", model="broken")
try:
    with ringside.session("broken-agent"):
        Runner.run_sync(broken, "Who?")
except Exception:
    pass
"""
    )
    found = ends(server, "broken-agent")
    assert found["Ask broken"]["status"] == "failed"
    assert "no such model" in str(found["Ask broken"]["details"])
    runs = [event for event in server.events("broken-agent") if event["type"] == "runUpdate"]
    assert runs[-1]["status"] == "failed"
