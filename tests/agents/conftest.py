"""A session with documents, and a way to put a question to the agents."""

import hashlib
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from agents.models.llm import ChatModel
from agents.reading import document_parser
from agents.team.context import AnswerContext
from agents.team.graph import build_chat_graph, build_graph, initial_state
from agents.telling.steps import PhaseRecord, Record, StepRecord, TextRecord, TroubleRecord, listening
from agents.text.answer_state import Turn
from utils.database.base import Database
from utils.sessions.documents import DocumentRecord, Documents
from utils.sessions.passages import Passages
from utils.sessions.sessions import Sessions

SESSION = "session-1"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def documents(database: Database, sessions: Sessions) -> Documents:
    sessions.create(SESSION)
    return Documents(database)


@pytest.fixture
def passages(database: Database) -> Passages:
    return Passages(database)


@pytest.fixture
def add(documents: Documents) -> Callable[[str, bytes | str], DocumentRecord]:
    """Add a document to the session by its name and content."""

    def add_one(name: str, content: bytes | str) -> DocumentRecord:
        data = content.encode() if isinstance(content, str) else content
        return documents.add(SESSION, name, io.BytesIO(data))

    return add_one


@pytest.fixture
def add_files(documents: Documents) -> Callable[[list[Path]], None]:
    def add_all(paths: list[Path]) -> None:
        for path in paths:
            with path.open("rb") as file:
                documents.add(SESSION, path.name, file)

    return add_all


Lines = list[dict[str, Any]]


@pytest.fixture(scope="session")
def read_before() -> dict[tuple[object, ...], Lines]:
    """What the children told that have read a file to its end in this test run, by what they were asked."""
    return {}


@pytest.fixture
def read_once(read_before: dict[tuple[object, ...], Lines], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is read by a child the first time only: for tests of what is made of it. They take a third of the time."""
    by_a_child = document_parser._ask

    def content(path: Path) -> bytes:
        return hashlib.sha256(path.read_bytes()).digest()

    async def ask(
        path: Path, name: str, wanted: str, on_line: Callable[[dict[str, Any]], None], *limits: float
    ) -> None:
        asked = (content(path), name, wanted, *limits)
        if asked not in read_before:
            told: Lines = []
            await by_a_child(path, name, wanted, told.append, *limits)
            read_before[asked] = told
        for line in read_before[asked]:
            on_line(line)

    monkeypatch.setattr(document_parser, "_ask", ask)


@dataclass
class Answered:
    """The end of a run and all that was told on the way."""

    answer: str
    citations: list[dict[str, Any]]
    state: dict[str, Any]
    records: list[Record] = field(default_factory=list)

    @property
    def steps(self) -> list[StepRecord]:
        return [record for record in self.records if isinstance(record, StepRecord)]

    @property
    def texts(self) -> list[TextRecord]:
        return [record for record in self.records if isinstance(record, TextRecord)]

    @property
    def phases(self) -> list[PhaseRecord]:
        return [record for record in self.records if isinstance(record, PhaseRecord)]

    @property
    def troubles(self) -> list[TroubleRecord]:
        return [record for record in self.records if isinstance(record, TroubleRecord)]

    def actions(self, status: str = "completed") -> list[str]:
        return [record.action for record in self.steps if record.status == status]


Ask = Callable[..., Awaitable[Answered]]


@pytest.fixture
def ask(documents: Documents, passages: Passages) -> Ask:
    """Run the whole graph on a question; ``records`` also fills when the run fails."""

    async def run(
        question: str,
        history: list[Turn] | None = None,
        model: ChatModel | None = None,
        records: list[Record] | None = None,
        chat: bool = False,
        agent_name: str = "Assistant",
        instructions: str = "",
    ) -> Answered:
        told: list[Record] = [] if records is None else records
        graph = (build_chat_graph if chat else build_graph)().compile(checkpointer=InMemorySaver())
        config: Any = {"configurable": {"thread_id": "run-1"}}
        context = AnswerContext(
            SESSION, "run-1", documents, passages, model, agent_name=agent_name, instructions=instructions
        )
        with listening(told.append):
            await graph.ainvoke(initial_state(question, history), config, context=context, durability="sync")
        state = dict((await graph.aget_state(config)).values)
        return Answered(state["answer"], state["citations"], state, told)

    return run
