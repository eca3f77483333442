"""The graph for ``langgraph dev``, which makes what the agents work with from JSON: ``{"session_id": …}``."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from agents.team.context import AnswerContext
from bench.graphs.answering import build_graph, context


@dataclass(frozen=True)
class Served:
    """An :class:`AnswerContext` by another name: its documents and its model are no JSON."""

    session_id: str

    def __getattr__(self, name: str) -> Any:
        return getattr(_prepared(), name)


@cache
def _prepared() -> AnswerContext:
    return context()


_graph: Any = build_graph()
_graph.context_schema = Served
graph = _graph.compile()
