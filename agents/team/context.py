"""What the agents work with."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from agents.models.llm import ChatModel
from agents.team.tool_gate import ToolGate
from utils.sessions.documents import Documents
from utils.sessions.passages import Passages
from utils.sessions.run_message import RunMessageRecord


async def nothing_said() -> Sequence[RunMessageRecord]:
    return ()


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What the agents work with: never part of a checkpoint."""

    session_id: str
    run_id: str
    documents: Documents
    passages: Passages
    model: ChatModel | None = None
    parse_seconds: float = 120
    parse_memory_mb: int = 1024
    agent_name: str = "Assistant"  # of one that chats
    messages: Callable[[], Awaitable[Sequence[RunMessageRecord]]] = nothing_said  # see agents.backends.base.Job
    instructions: str = ""  # the registered ones, which come before the agents' own
    gate: ToolGate = field(default_factory=ToolGate)

    async def said(self) -> list[str]:
        """What people have added to the question so far. They see that it is read: ask right before a model does."""
        return [message.text for message in await self.messages()]
