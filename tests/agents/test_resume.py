"""A run that was cut off goes on from its checkpoint; a run that is stopped stops."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from agents.errors import AgentError
from agents.sample import SAMPLE_QUESTION, sample_files
from agents.team import graph as graph_module
from agents.team.context import AnswerContext
from agents.team.graph import build_graph, initial_state
from agents.telling.steps import Record, StepRecord, listening
from agents.text.answer_state import AnswerState
from tests.agents.conftest import SESSION, Ask
from utils.sessions.documents import DocumentRecord, Documents
from utils.sessions.passages import Passages

pytestmark = [pytest.mark.anyio, pytest.mark.any_database, pytest.mark.usefixtures("read_once")]

NODES = {
    "plan": ("supervisor", "plan"),
    "read": (None, "read_documents"),
    "research": (None, "research"),
    "analysis": (None, "analyse"),
    "write": (None, "write_answer"),
    "review": (None, "review"),
}


def keys(records: list[Record], status: str) -> set[str]:
    """The keys of the outermost steps with this status."""
    steps = (record for record in records if isinstance(record, StepRecord) and record.parent is None)
    return {record.key for record in steps if record.status == status}


async def run(checkpoints: InMemorySaver, context: AnswerContext, start: AnswerState | None) -> list[Record]:
    records: list[Record] = []
    graph = build_graph().compile(checkpointer=checkpoints)
    config: Any = {"configurable": {"thread_id": "run-1"}}
    try:
        with listening(records.append):
            await graph.ainvoke(start, config, context=context, durability="sync")
    except AgentError:
        records.append(StepRecord("cut", None, "", "", "step", "failed"))
    return records


@pytest.mark.parametrize("cut", NODES)
async def test_a_cut_off_run_ends_as_if_it_had_not_been(
    cut: str,
    add_files: Callable[[list[Path]], None],
    documents: Documents,
    passages: Passages,
    monkeypatch: pytest.MonkeyPatch,
    ask: Ask,
) -> None:
    add_files(sample_files())
    context = AnswerContext(SESSION, "run-1", documents, passages)
    checkpoints = InMemorySaver()
    with monkeypatch.context() as broken:

        async def dies(state: AnswerState, runtime: Any) -> AnswerState:
            raise AgentError("killed", "The process was lost.")

        module, name = NODES[cut]
        broken.setattr(getattr(graph_module, module) if module else graph_module, name, dies)
        first = await run(checkpoints, context, initial_state(SAMPLE_QUESTION))
    assert "cut" in keys(first, "failed")
    second = await run(checkpoints, context, None)
    kept = await checkpoints.aget({"configurable": {"thread_id": "run-1"}})
    assert kept is not None
    state = kept["channel_values"]
    whole = await ask(SAMPLE_QUESTION)
    assert state["answer"] == whole.answer
    assert state["citations"] == whole.citations
    # Side by side with the one that was cut off, the other may have to begin again.
    assert not keys(first, "completed") & keys(second, "started") - {"analysis", "research"}
    assert len(documents.list(SESSION)) == len(sample_files())


class Watched(list[Record]):
    """Records that tell when a step has made progress."""

    def __init__(self) -> None:
        super().__init__()
        self.moved = asyncio.Event()

    def append(self, record: Record) -> None:
        super().append(record)
        if isinstance(record, StepRecord) and record.status == "in-progress":
            self.moved.set()


async def test_a_stop_kills_the_reading_within_a_second(
    ask: Ask, add: Callable[[str, bytes | str], DocumentRecord], documents: Documents
) -> None:
    add("long.csv", "a,b\n" + "1,2\n" * 600_000)
    records = Watched()
    task = asyncio.ensure_future(ask("How many a?", records=records))
    await asyncio.wait_for(records.moved.wait(), 30)
    task.cancel()
    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert documents.list(SESSION)[0].status == "uploaded"
