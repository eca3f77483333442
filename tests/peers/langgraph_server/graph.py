"""Graphs for a real LangGraph server. They run in its own environment: nothing of Ringside is imported here.

`agent` talks in messages: a model (scripted, streaming) calls a tool and answers. What it is asked decides what else
happens: "slow" takes three seconds and tells its progress, "fail" fails, "permission" asks a person, once, or "again",
or for a "tool" as langgraph.prebuilt has it. `letter` has a state of its own: a question in, an answer out. `parallel`
asks two people at once and says what they have decided.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from operator import add
from typing import Annotated, Any, TypedDict

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import tool
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import interrupt

ANSWER = "The engine was rebuilt by Ada."


class ScriptedModel(BaseChatModel):
    """Calls the tool first, and answers when it has its result."""

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("It streams."))])

    async def _astream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> AsyncIterator[ChatGenerationChunk]:
        pieces = [AIMessageChunk(f"{word} ") for word in ANSWER.split(" ")]
        if messages[-1].type != "tool":
            call = ['{"word": ', '"engine"}']
            pieces = [AIMessageChunk("Let me look. ")]
            pieces += [
                AIMessageChunk(
                    "",
                    tool_call_chunks=[
                        tool_call_chunk(
                            name="look_up" if n == 0 else None, args=part, id="call-1" if n == 0 else None, index=0
                        )
                    ],
                )
                for n, part in enumerate(call)
            ]
        usage = {"input_tokens": 12, "output_tokens": 7, "total_tokens": 19}
        for piece in [*pieces, AIMessageChunk("", usage_metadata=usage)]:
            yield ChatGenerationChunk(message=piece)


@tool
def look_up(word: str) -> str:
    """Look a word up in the log."""
    return f"1957: {word} rebuilt by Ada"


async def prepare(state: MessagesState) -> dict[str, Any]:
    question = str(state["messages"][-1].content)
    if "slow" in question:
        for n in range(6):
            get_stream_writer()({"progress": n})
            await asyncio.sleep(0.5)
    if "fail" in question:
        raise ValueError("the tool broke")
    if "permission" in question:
        decided = [interrupt({"question": "May I start the engine?"})]
        if "again" in question:
            decided.append(interrupt("How fast?"))
        if "tool" in question:
            allowed = {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": True}
            request = {"action_request": {"action": "start", "args": {"speed": 3}}, "config": allowed}
            decided += interrupt([request])
        return {"messages": [HumanMessage(f"Decided: {json.dumps(decided)}")]}
    return {}


async def think(state: MessagesState) -> dict[str, Any]:
    return {"messages": [await ScriptedModel().ainvoke(state["messages"])]}


_agent = StateGraph(MessagesState)
_agent.add_node("prepare", prepare)
_agent.add_node("think", think)
_agent.add_node("tools", ToolNode([look_up]))
_agent.add_edge(START, "prepare")
_agent.add_edge("prepare", "think")
_agent.add_conditional_edges("think", tools_condition)
_agent.add_edge("tools", "think")
agent = _agent.compile()


class Letter(TypedDict, total=False):
    question: str
    answer: str


async def write(state: Letter) -> Letter:
    return {"answer": f"Dear reader, {state['question']} {ANSWER}"}


class Crew(TypedDict, total=False):
    question: str
    decided: Annotated[list[str], add]
    answer: str


def asks(who: str) -> Any:
    async def ask(_: Crew) -> Crew:
        return {"decided": [f"{who}: {interrupt(f'{who}, may we sail?')}"]}

    return ask


async def tell(state: Crew) -> Crew:
    return {"answer": ", ".join(sorted(state["decided"]))}


_parallel = StateGraph(Crew)
_parallel.add_node("tell", tell)
for _who in ("Ada", "Max"):
    _parallel.add_node(_who, asks(_who))
    _parallel.add_edge(START, _who)
    _parallel.add_edge(_who, "tell")
_parallel.add_edge("tell", END)
parallel = _parallel.compile()

_letter = StateGraph(Letter)
_letter.add_node("write", write)
_letter.add_edge(START, "write")
_letter.add_edge("write", END)
letter = _letter.compile()
