"""LangGraph and LangChain as they are, told by one callback handler."""

from tests.adapters.conftest import Program
from tests.adapters.model_server import ANSWER
from tests.conftest import Server

GRAPH = """
import asyncio, sys
import ringside
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.prebuilt import create_react_agent
from ringside.langchain import RingsideCallbackHandler

@tool
def look_up(word: str) -> str:
    "Looks a word up in the log."
    if word == "fail":
        raise ValueError("no such word")
    return "1957: engine rebuilt by Ada"

handler = RingsideCallbackHandler()
graph = create_react_agent(ChatOpenAI(model="tiny", streaming=STREAMING), [look_up], name="researcher")
asked = {"messages": [("user", "Who rebuilt the engine?")]}
"""


def steps(server: Server, session: str) -> dict[str, dict[str, object]]:
    """The end of each step, with the action of what encloses it."""
    events = [event for event in server.events(session) if event["type"] == "agentActivity"]
    names = {event["activity_id"]: event["action"] for event in events}
    ended = [event for event in events if event["status"] not in ("started", "in-progress")]
    assert {event["activity_id"] for event in events} == {event["activity_id"] for event in ended}, "all have ended"
    return {f"{names.get(event.get('parent_id'), '-')} > {event['action']}": event for event in ended}


def texts(server: Server, session: str) -> list[str]:
    found: dict[str, str] = {}
    for event in server.events(session):
        if event["type"] == "agentMessage":
            found[event["message_id"]] = found.get(event["message_id"], "") + event["delta"]
    return [text.strip() for text in found.values()]


def test_a_graph_is_a_run_with_its_nodes_models_and_tools(program: Program, server: Server) -> None:
    code = GRAPH.replace("STREAMING", "False") + (
        "with ringside.session('graph', title='A graph'):\n    graph.invoke(asked, {'callbacks': [handler]})\n"
    )
    program(code)
    found = steps(server, "graph")
    assert set(found) == {"- > agent", "- > tools", "agent > Ask tiny", "tools > look_up"}
    assert found["tools > look_up"]["output"] == "1957: engine rebuilt by Ada"
    assert found["tools > look_up"]["kind"] == "tool"
    assert found["agent > Ask tiny"]["usage"] == {"model": "tiny", "input_tokens": 11, "output_tokens": 7}
    runs = [event for event in server.events("graph") if event["type"] == "runUpdate"]
    assert [run["status"] for run in runs] == ["running", "completed"]
    assert runs[0]["question"] == "Who rebuilt the engine?"
    assert texts(server, "graph") == [ANSWER]


def test_an_answer_that_is_streamed_arrives_as_it_is_written_and_once(program: Program, server: Server) -> None:
    code = (
        GRAPH.replace("STREAMING", "True")
        + """
async def main():
    async with ringside.session('streamed'):
        async for _ in graph.astream(asked, {'callbacks': [handler]}, stream_mode='messages'):
            pass
asyncio.run(main())
"""
    )
    program(code)
    assert texts(server, "streamed") == [ANSWER]
    assert set(steps(server, "streamed")) == {"- > agent", "- > tools", "agent > Ask tiny", "tools > look_up"}


def test_a_conversation_of_the_framework_is_a_session(program: Program, server: Server) -> None:
    code = GRAPH.replace("STREAMING", "False") + (
        "graph.invoke(asked, {'callbacks': [handler], 'configurable': {'thread_id': 'thread-7'},"
        " 'metadata': {'session_id': 'thread-7'}})\n"
    )
    program(code)
    assert "agent > Ask tiny" in steps(server, "thread-7")


def test_what_fails_has_failed_and_the_program_sees_it(program: Program, server: Server) -> None:
    code = (
        GRAPH.replace("STREAMING", "False").replace('model="tiny"', 'model="broken"')
        + """
try:
    with ringside.session('broken-model'):
        graph.invoke(asked, {'callbacks': [handler]})
except Exception as error:
    print("no such model" in str(error))
"""
    )
    assert program(code).strip() == "True"
    found = steps(server, "broken-model")
    assert set(found) == {"- > agent", "agent > Ask broken"}
    assert {step["status"] for step in found.values()} == {"failed"}
    assert "no such model" in str(found["agent > Ask broken"]["details"])
    assert server.events("broken-model")[-1]["status"] == "failed", "the run's end is the last word; it was told once"


def test_a_graph_that_waits_for_a_person_waits(program: Program, server: Server) -> None:
    program("""
from typing import TypedDict
import ringside
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import StateGraph
from langgraph.types import interrupt
from ringside.langchain import RingsideCallbackHandler

class State(TypedDict):
    answer: str

graph = StateGraph(State)
graph.add_node("ask", lambda state: {"answer": interrupt("Sail?")})
graph.set_entry_point("ask")
compiled = graph.compile(checkpointer=InMemorySaver())
with ringside.session("interrupted"):
    compiled.invoke({"answer": ""}, {"callbacks": [RingsideCallbackHandler()], "configurable": {"thread_id": "1"}})
""")
    statuses = {event["action"]: event["status"] for event in server.events("interrupted") if "action" in event}
    assert statuses == {"ask": "waiting"}
