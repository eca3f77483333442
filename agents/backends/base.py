"""The seam between a run and whatever answers it.

A kind of backend is one file in agents/backends/built_in or agents/connectors that defines ``KIND``, a
:class:`BackendKind`: its configuration, its secrets, what it can do, and how to open a backend.
agents/backends/kinds.py finds it there.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import SecretStr

from agents.telling.steps import Record
from agents.text.answer_state import Turn
from utils.registry.configuration import BackendConfiguration
from utils.registry.kinds import Kind
from utils.sessions.documents import Documents
from utils.sessions.passages import Passages
from utils.settings import Settings

if TYPE_CHECKING:  # they load libraries that only a process that executes runs needs
    from agents.checkpoints.checkpoints import Checkpoints
    from agents.models.chat_models import ChatModels


@dataclass(frozen=True, slots=True)
class Job:
    """One run, as its backend sees it. To stop it, its task is cancelled.

    ``history`` are the earlier messages of the session, oldest first. What is given to ``tell`` is told to the log in
    order; ``told`` returns when all of it is there. agents/telling/steps.py does both for agents that use ``step``.
    """

    run_id: str
    session_id: str
    question: str
    history: Sequence[Turn]
    tell: Callable[[Record], None]
    told: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Markdown; ``[n]`` refers to the citation with that number (the fields of utils.log.events.Citation)."""

    text: str
    citations: Sequence[Mapping[str, Any]] = ()


class Backend(Protocol):
    """Answers the runs of one registered agent."""

    @property
    def agent_name(self) -> str:
        """Of whoever answers for the whole: the root step of a run is this agent's."""
        ...

    @property
    def model_name(self) -> str:
        """Who answers, for people: a model's name, 'built-in', or the name of the foreign system."""
        ...

    async def answer(self, job: Job) -> Answer:
        """Work on the job to its end. Raises AgentError in plain words when there is no answer.

        May be called again with the same job after the process that worked on it was lost.
        """
        ...


@dataclass(frozen=True, slots=True)
class Resources:
    """What the backends of a process share."""

    settings: Settings
    models: "ChatModels"
    checkpoints: "Checkpoints"
    documents: Documents
    passages: Passages


@dataclass(frozen=True, slots=True)
class Registration:
    """The agent whose runs are answered. ``key`` None: nobody registered it, the settings alone say how it answers.

    ``secret`` opens one of the agent's secrets, for the agent's own address; None: it is not set. It raises
    AgentRegistryError.
    """

    key: int | None
    name: str
    instructions: str
    configuration: BackendConfiguration
    secret: Callable[[str], SecretStr | None]


@dataclass(frozen=True, slots=True)
class BackendKind(Kind):
    """``open`` makes the backend of one registered agent, for one run. It may raise AgentError, and does not wait.

    ``test`` tries what a run would need, and says in plain words what it found; it raises AgentError where an agent
    could not answer. None: there is nothing to try but a question.
    """

    open: Callable[[Registration, Resources], Backend]
    test: Callable[[Registration, Settings], Coroutine[Any, Any, str]] | None = None
