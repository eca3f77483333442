"""The graph for ``langgraph dev``: one node around it, because what the agents need is no JSON."""

from functools import cache
from typing import Any, TypedDict

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph

from agents.state import AnswerContext
from bench.graphs.answering import build_graph, context, updates


class Asked(TypedDict):
    question: str


@cache
def _prepared() -> tuple[Any, AnswerContext]:
    return build_graph().compile(), context()


async def _answer(state: Asked) -> dict[str, Any]:
    (inner, given), tell = _prepared(), get_stream_writer()
    async for update in updates(inner, state["question"], given, "bench"):
        tell({"step": next(iter(update))})
    return {}


_outer: StateGraph[Asked] = StateGraph(Asked)
_outer.add_node("answer", _answer)
_outer.add_edge(START, "answer")
_outer.add_edge("answer", END)
graph = _outer.compile()
