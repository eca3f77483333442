"""The seam between a run and whatever answers it.

A kind of backend is one file in agents/backends/built_in or agents/connectors that defines ``KIND``, a
:class:`BackendKind`: its configuration, its secrets, what it can do, and how to open a backend.
agents/backends/kinds.py finds it there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, SecretStr

from agents.telling.steps import Record
from agents.text.answer_state import Turn
from utils.log.events import AgentActivity
from utils.registry.agent_registry import AgentRecord
from utils.registry.configuration import BackendConfiguration
from utils.registry.kinds import Kind
from utils.sessions.approval import Decision, Question
from utils.sessions.approval_rules import ApprovalRules
from utils.sessions.documents import Documents
from utils.sessions.hook_calls import Call
from utils.sessions.passages import Passages
from utils.sessions.restart import Restart
from utils.sessions.run_message import RunMessageRecord
from utils.settings import Settings

if TYPE_CHECKING:  # they load libraries that only a process that executes runs needs
    from agents.checkpoints.checkpoints import Checkpoints
    from agents.models.chat_models import ChatModels


@dataclass(frozen=True, slots=True)
class Job:
    """One run, as its backend sees it. To stop it, its task is cancelled.

    ``history`` are the earlier messages of the session, oldest first; ``metadata`` is the free JSON object of the
    question, on top of the session's. What is given to ``tell`` is told to the log in order; ``told`` returns when all
    of it is there. agents/telling/steps.py does both for agents that use ``step``.

    For a backend that works outside:

    - ``state`` is what an earlier attempt of this run kept, ``earlier`` what the session's run before this one, of the
      same agent, kept last. None: nothing.
    - ``keep`` stores a JSON object of at most 64 KB as the run's state, in place of the one before. When it returns, it
      is stored, and so is whatever was told before. Keep the handle of what you have started (an id, a thread) before
      you wait for it. Raises StaleRunError when the run is ours no more: another process goes on with it.
    - ``callback`` gives the public address for calls that are to have this name (letters, digits, ``.``, ``_`` and
      ``-``, at most 40). None: this server has none, for PUBLIC_URL is not set. The address holds a secret: give it to
      the system that is to call and to nobody else, and tell it in no step.
    - ``calls`` are the calls that arrived so far, in the order of their arrival. They stay until the run ends.
    - ``decisions`` are those that people took so far on what ``answer`` asked, by the keys of the approvals, and what
      nobody decided in time (``expired``). They stay until the run ends.

    ``messages`` gives what people have said to the agents in this run so far, oldest first. Ask at a safe point, right
    before you use it: what is new is told as read when it returns. It stays, also for who goes on with the run, until
    the run ends; what nobody has asked for by then becomes the next question of the session.

    ``from_step`` is the step of an earlier run where this one begins, as the kind's ``restarts`` has found it. None: it
    begins at its beginning.

    ``pause`` is set when somebody has paused the run. Return Paused at the next point from which it can go on without
    doing anything twice; a backend that has none just goes on, and Waiting is such a point, too.
    """

    run_id: str
    session_id: str
    question: str
    history: Sequence[Turn]
    metadata: Mapping[str, Any]
    state: Mapping[str, Any] | None
    earlier: Mapping[str, Any] | None
    tell: Callable[[Record], None]
    told: Callable[[], Awaitable[None]]
    keep: Callable[[Mapping[str, Any]], Awaitable[None]]
    callback: Callable[[str], str | None]
    calls: Callable[[], Awaitable[Sequence[Call]]]
    decisions: Callable[[], Awaitable[Mapping[str, Decision]]]
    messages: Callable[[], Awaitable[Sequence[RunMessageRecord]]]
    pause: asyncio.Event
    from_step: Restart | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Markdown; ``[n]`` refers to the citation with that number (the fields of utils.log.events.Citation)."""

    text: str
    citations: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """A question to a person. Its ``key`` is deterministic: asked again under the same one, nobody is asked twice."""

    key: str
    question: Question


@dataclass(frozen=True, slots=True)
class Waiting:
    """There is nothing to do until a call arrives or ``seconds`` have passed. ``reason`` says what for, for people.

    ``approvals`` are put to people as the run begins to wait, each as a step of its own. A decision wakes the run, and
    so does one that came after the last look at ``decisions``. What is not decided when the run ends is withdrawn.

    The run then waits in the database, and no process is held; it keeps its session's place. Then ``answer`` is called
    again, on another attempt and perhaps in another process, with the state that was kept. Steps that are open stay
    open, and go on when they are begun again with the same keys. A call that came after the last look at ``calls``
    wakes the run at once.
    """

    seconds: float
    reason: str | None = None
    approvals: Sequence[Approval] = ()


@dataclass(frozen=True, slots=True)
class Paused:
    """It has stopped where it can go on, as ``Job.pause`` has asked.

    The run is held by no process until it is resumed. Then ``answer`` is called again as after Waiting.
    """


@dataclass(frozen=True, slots=True)
class Handoff:
    """Another agent of the team goes on with the run, as if it had been asked; its answer is the run's.

    A step tells it, with the reason ``why``. That step, the end of all that is open, and the other agent's place in the
    queue are stored in one transaction: however often a process is lost meanwhile, the run is handed over once, to
    whom the log names. What was kept and called is forgotten, so do not hand over what you have started outside; what
    people were asked and have not decided is withdrawn.
    """

    to: AgentRecord
    why: str


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

    async def answer(self, job: Job) -> Answer | Waiting | Paused | Handoff:
        """Work on the job to its end, to where it has to wait, or to where another agent goes on. Raises AgentError in
        plain words when there is no answer.

        May be called again with the same job after the process that worked on it was lost.
        """
        ...


# What became of the work outside when its run was stopped: it ended; it goes on, and nobody waits for its answer; it
# is not known whether it was told.
Stopped = Literal["acknowledged", "no longer listening", "failed"]


@runtime_checkable
class Stoppable(Protocol):
    """A backend that can end what it has started outside."""

    async def stop(self, job: Job) -> Stopped:
        """End the work outside; ``job.state`` says what it is. ``answer`` was cancelled before, or waits.

        Has ten seconds. May raise AgentError, whose words say why it failed. May be called again, as ``answer`` may.
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
    rules: ApprovalRules


@dataclass(frozen=True, slots=True)
class Registration:
    """The agent whose runs are answered. ``key`` None: nobody registered it, the settings alone say how it answers.

    ``secret`` opens one of the agent's secrets, for the agent's own address; None: it is not set. It raises
    AgentRegistryError. ``colleague`` finds another agent of the same team by its id, ready or not; None: there is none.
    """

    key: int | None
    name: str
    instructions: str
    configuration: BackendConfiguration
    secret: Callable[[str], SecretStr | None]
    colleague: Callable[[str], AgentRecord | None] = lambda _: None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class RestartPoint:
    """Where a run can begin again, found for one of its steps.

    ``begin`` is the backend's own name for it. ``note`` says in a sentence or two what is kept and what is done again.
    ``takes``: a model of the input that may be given instead; None: there is none, and ``fixed`` says why.
    ``from_checkpoint``: it needs the checkpoints of the former run.
    """

    begin: str
    note: str
    takes: type[BaseModel] | None = None
    fixed: str | None = None
    from_checkpoint: bool = False


# By the id of a run that has ended, one of its steps and all of them, without what they gave back. Words where the run
# cannot begin there.
FindRestart = Callable[[str, AgentActivity, Sequence[AgentActivity]], RestartPoint | str]
Discover = Callable[[Registration, Settings], Coroutine[Any, Any, BackendConfiguration]]
Test = Callable[[Registration, Settings], Coroutine[Any, Any, str]]


@dataclass(frozen=True, slots=True)
class BackendKind(Kind):
    """``open`` makes the backend of one registered agent, for one run. It may raise AgentError, and does not wait.

    ``discover`` asks the system outside what it tells of itself, and returns the agent's configuration with that filled
    in: the inputs that it has. What somebody chose stays, where it fits. None: it tells nothing.

    ``test`` tries what a run would need, and says in plain words what it found; it raises AgentError where an agent
    could not answer. None: there is nothing to try but a question.

    ``restarts`` finds where a run begins again from one of its steps. None: nowhere but at its beginning.
    """

    open: Callable[[Registration, Resources], Backend]
    discover: Discover | None = None
    test: Test | None = None
    restarts: FindRestart | None = None
