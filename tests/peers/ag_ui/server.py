"""A LangGraph agent with tools and a memory, served by ag-ui-langgraph. Arguments: a port, a model server's address."""

import sys

import uvicorn
from ag_ui_langgraph import LangGraphAgent, add_langgraph_fastapi_endpoint
from fastapi import FastAPI
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import MemorySaver
from langgraph.types import interrupt


@tool
def look_up(word: str) -> str:
    """Looks a word up."""
    return f"1957: {word} rebuilt by Ada"


@tool
def ask_captain(what: str) -> str:
    """Asks the captain."""
    return str(interrupt({"question": what}))


model = ChatOpenAI(model="tiny", base_url=sys.argv[2], api_key="none", streaming=True, max_retries=0)
graph = create_agent(model, [look_up, ask_captain], checkpointer=MemorySaver())
app = FastAPI()
add_langgraph_fastapi_endpoint(app, LangGraphAgent(name="researcher", graph=graph), "/agent")
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
