"""Calls of a LangGraph graph's tools, and of a LangChain agent's, that the team's rules hold."""

import threading

import pytest

from tests.adapters.conftest import Program
from tests.conftest import Server

GRAPH = """
import asyncio, os
import ringside
from ringside.langchain import RingsideCallbackHandler
from ringside.langchain_guard import aguard_tool_call, guard_tool_call
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

@tool
def scrub_deck(word: str) -> str:
    "Scrubs."
    print("SCRUBBED")
    return "clean"

model = ChatOpenAI(model="tiny", base_url=os.environ["OPENAI_BASE_URL"], api_key="none").bind_tools([scrub_deck])

def call_model(state):
    return {"messages": [model.invoke(state["messages"])]}

graph = StateGraph(MessagesState)
graph.add_node("agent", call_model)
graph.add_node("tools", ToolNode([scrub_deck], wrap_tool_call=guard_tool_call, awrap_tool_call=aguard_tool_call))
graph.add_edge(START, "agent")
graph.add_conditional_edges("agent", tools_condition)
graph.add_edge("tools", "agent")
app = graph.compile()
options = {"callbacks": [RingsideCallbackHandler()]}
with ringside.session(SESSION):
    given = {"messages": [("user", "Scrub it")]}
    result = app.invoke(given, options) if SYNC else asyncio.run(app.ainvoke(given, options))
for message in result["messages"]:
    if message.type == "tool":
        print(f"{message.status}: {message.content}")
"""


@pytest.fixture(scope="module", autouse=True)
def _rule(server: Server) -> None:
    server.add_rule(name="Scrubbing asks", tool="scrub_*")


@pytest.mark.parametrize(
    ("sync", "choice"), [(True, "approve"), (True, "reject"), (False, "approve"), (False, "reject")]
)
def test_a_graphs_tool_waits_for_a_person(program: Program, server: Server, sync: bool, choice: str) -> None:
    session, asked = f"scrub-{sync}-{choice}", []

    def decide() -> None:
        asked.append(server.approval(session))
        server.decide(asked[0], choice)

    deciding = threading.Thread(target=decide)
    deciding.start()
    out = program(GRAPH.replace("SESSION", repr(session)).replace("SYNC", repr(sync)))
    deciding.join(30)
    [approval] = asked
    assert approval["context"] == {"tool": "scrub_deck", "input": {"word": "engine"}}
    names = {event["activity_id"]: event["action"] for event in server.events(session) if "activity_id" in event}
    assert names[approval["parent_id"]] == "tools", "it is asked in the node that calls the tool"
    if choice == "approve":
        assert out.split("\n")[:2] == ["SCRUBBED", "success: clean"]
    else:
        assert out.strip() == "error: Ada refused this call of scrub_deck."


AGENT = """
import os
import ringside
from ringside.langchain_guard import guard_tool_call
from langchain.agents import create_agent
from langchain.agents.middleware import wrap_tool_call
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

@tool
def scrub_deck(word: str) -> str:
    "Scrubs."
    print("SCRUBBED")
    return "clean"

model = ChatOpenAI(model="tiny", base_url=os.environ["OPENAI_BASE_URL"], api_key="none")
agent = create_agent(model, [scrub_deck], middleware=[wrap_tool_call(guard_tool_call)])
with ringside.session("scrub-agent"):
    result = agent.invoke({"messages": [("user", "Scrub it")]})
print([message.content for message in result["messages"] if message.type == "tool"])
"""


def test_an_agents_tool_waits_for_a_person(program: Program, server: Server) -> None:
    def decide() -> None:
        server.decide(server.approval("scrub-agent"), "reject", comment="Too wet.")

    deciding = threading.Thread(target=decide)
    deciding.start()
    out = program(AGENT)
    deciding.join(30)
    assert out.strip() == "['Ada refused this call of scrub_deck: Too wet.']"
