"""CrewAI as it is, told by one line."""

from tests.adapters.conftest import Program
from tests.adapters.model_server import ANSWER
from tests.conftest import Server

CREW = """
import os
import ringside, ringside.crewai
from crewai import LLM, Agent, Crew, Process, Task
from crewai.tools import tool

ringside.crewai.watch()

@tool("look_up")
def look_up(word: str) -> str:
    "Looks a word up in the ship's log."
    return "1957: engine rebuilt by Ada"

llm = LLM(model="openai/tiny", base_url=os.environ["OPENAI_BASE_URL"], api_key="none", stream=STREAM)
researcher = Agent(role="Researcher", goal="Find facts", backstory="Reads logs", llm=llm, tools=[look_up])
writer = Agent(role="Writer", goal="Write", backstory="Writes", llm=llm)
find = Task(description="Who rebuilt {ship}?", expected_output="a name", agent=researcher, name="research")
write = Task(description="Write a sentence.", expected_output="a sentence", agent=writer, context=[find], name="write")
crew = Crew(name="Harbour crew", agents=[researcher, writer], tasks=[find, write], process=Process.sequential)
"""


def steps(server: Server, session: str) -> dict[str, dict[str, object]]:
    """The end of each step, with the action of what encloses it."""
    events = [event for event in server.events(session) if event["type"] == "agentActivity"]
    names = {event["activity_id"]: event["action"] for event in events}
    ended = [event for event in events if event["status"] not in ("started", "in-progress")]
    assert {event["activity_id"] for event in events} == {event["activity_id"] for event in ended}, "all have ended"
    return {f"{names.get(event.get('parent_id'), '-')} > {event['action']}": event for event in ended}


def test_a_crew_is_a_run_with_its_tasks_agents_models_and_tools(program: Program, server: Server) -> None:
    for stream in ("False", "True"):
        session = f"crew-{stream.lower()}"
        program(
            CREW.replace("STREAM", stream)
            + f"""
with ringside.session({session!r}, title="The crew"):
    crew.kickoff(inputs={{"ship": "Aurora"}})
"""
        )
        found = steps(server, session)
        assert set(found) == {
            "- > research", "- > write", "research > Work as Researcher", "write > Work as Writer",
            "Work as Researcher > look_up", "Work as Researcher > Ask tiny", "Work as Writer > Ask tiny",
        }  # fmt: skip
        assert found["Work as Researcher > look_up"]["output"] == "1957: engine rebuilt by Ada"
        assert found["Work as Researcher > look_up"]["agent_name"] == "Researcher"
        assert found["Work as Writer > Ask tiny"]["usage"] == {"model": "tiny", "input_tokens": 11, "output_tokens": 7}
        events = server.events(session)
        runs = [event for event in events if event["type"] == "runUpdate"]
        assert [run["status"] for run in runs] == ["running", "completed"]
        assert runs[0]["question"] == "ship: Aurora"
        said = [(event["agent_name"], event["delta"].strip()) for event in events if event["type"] == "agentMessage"]
        assert sorted(said) == [("Researcher", ANSWER), ("Writer", ANSWER)]
