"""The graph of agents/team/graph.py with what it needs to answer, from the settings in the environment."""

import os
from typing import Any

from agents.models.llm import ChatModel
from agents.team.context import AnswerContext
from agents.team.graph import build_graph, initial_state
from utils.database.opening import open_database
from utils.sessions.documents import Documents
from utils.sessions.passages import Passages
from utils.settings import Settings


def context() -> AnswerContext:
    """For the session BENCH_SESSION, whose documents are in the database of DATA_DIR."""
    settings = Settings()
    database = open_database(settings)
    return AnswerContext(
        session_id=os.environ["BENCH_SESSION"],
        run_id="bench",
        documents=Documents(database, settings.max_document_bytes),
        passages=Passages(database),
        model=ChatModel(api_key="none", model=settings.openai_model, base_url=settings.openai_base_url),
        parse_seconds=settings.parse_seconds,
        parse_memory_mb=settings.parse_memory_mb,
    )


async def updates(graph: Any, question: str, given: AnswerContext, thread: str) -> Any:
    """What each step has changed, as it ends."""
    config = {"configurable": {"thread_id": thread}, "recursion_limit": 100}
    async for update in graph.astream(initial_state(question), config, context=given, stream_mode="updates"):
        yield update


__all__ = ["build_graph", "context", "updates"]
