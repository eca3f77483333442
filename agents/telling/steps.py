"""How agents say what they do, without knowing who listens.

Agents write plain records; whoever runs them listens (:func:`listening`). Where nobody does (a notebook), the records
go nowhere. The wrapper, agents/sse_multi_agent_system.py, turns them into events.

Not LangGraph's custom stream: its queues run ahead of whoever reads them, so that a checkpoint could be saved before
what led to it is told, and a process that is lost in between would never tell it.

Keys are deterministic: the same step of the same run has the same key when it runs again after its process
was lost, so that nothing of it is told twice.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from agents.errors import describe
from utils.database.base import database_lost
from utils.log.events import ActivityKind, ActivityStatus, Citation, MessageChannel, Usage
from utils.tracing import span


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One moment of a step: it began, moved or ended, at ``time``."""

    key: str
    parent: str | None
    agent: str
    action: str
    kind: ActivityKind
    status: ActivityStatus
    details: str | None = None
    progress: float | None = None
    input: Any = None
    output: Any = None
    usage: Usage | None = None
    link: str | None = None
    time: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class TextRecord:
    """A piece of the answer. ``key`` names the draft; ``replaces`` names the draft it takes the place of.

    With the channel "reasoning" it is what a model thought in ``step``, and no part of the answer.
    """

    key: str
    agent: str
    delta: str = ""
    final: bool = False
    replaces: str | None = None
    citations: tuple[Citation, ...] | None = None
    channel: MessageChannel | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True)
class PhaseRecord:
    """What the run does as a whole, and how far it is (0 to 1)."""

    phase: str
    progress: float


@dataclass(frozen=True, slots=True)
class TroubleRecord:
    """Something went wrong, but the run goes on without it."""

    agent: str
    code: str
    message: str
    step: str | None = None
    retryable: bool = False


Record = StepRecord | TextRecord | PhaseRecord | TroubleRecord


@dataclass(slots=True)
class Step:
    """A step in progress. Set ``details``, ``output``, ``usage`` and ``link`` before it ends."""

    key: str
    parent: str | None
    agent: str
    action: str
    kind: ActivityKind
    details: str | None = None
    output: Any = None
    usage: Usage | None = None
    link: str | None = None  # an http or https address where a person finds what the step stands for
    _stays_open: bool = False
    _waits: bool = False  # for the world, with all that is around it
    _outer: "Step | None" = None
    _children: Counter[str] = field(default_factory=Counter)
    _reasoning: str | None = None  # the key of the reasoning that is being told

    def move(self, details: str | None = None, progress: float | None = None) -> None:
        """Say what the step does now, and how far it is (0 to 1)."""
        self._write("in-progress", details=details, progress=progress)

    def stay_open(self) -> None:
        """The block ends, the step does not: it goes on when the run has waited and begins it again with its key."""
        self._stays_open = True

    def reason(self, delta: str) -> None:
        """Tell the next piece of what a model thinks in this step."""
        if self._reasoning is None:
            self._reasoning = self.child_key("reasoning")
        write(TextRecord(self._reasoning, self.agent, delta=delta, channel="reasoning", step=self.key))

    def reasoned(self) -> None:
        """What was thought so far ends here."""
        if self._reasoning is not None:
            write(TextRecord(self._reasoning, self.agent, final=True, channel="reasoning", step=self.key))
            self._reasoning = None

    def trouble(self, code: str, message: str) -> None:
        """Report something that went wrong without ending the run."""
        write(TroubleRecord(agent=self.agent, code=code, message=message, step=self.key))

    def child_key(self, name: str) -> str:
        self._children[name] += 1
        count = self._children[name]
        return f"{self.key}/{name}" + (f"#{count}" if count > 1 else "")

    def _write(self, status: ActivityStatus, **fields: Any) -> None:
        told = {"link": self.link, **fields}
        write(StepRecord(self.key, self.parent, self.agent, self.action, self.kind, status, **told))


_current: ContextVar[Step | None] = ContextVar("current_step", default=None)


_listener: ContextVar[Callable[[Record], None] | None] = ContextVar("step_listener", default=None)


def write(record: Record) -> None:
    """Hand a record to whoever listens."""
    listener = _listener.get()
    if listener is not None:
        listener(record)


def hold_open() -> None:
    """What runs here is about to stop, to wait for the world. The steps around it stay open, and whatever is raised to
    stop it fails none of them: they go on when the run has waited and begins them again with their keys."""
    this = _current.get()
    while this is not None:
        this._waits = True
        this = this._outer


@contextmanager
def listening(listener: Callable[[Record], None]) -> Iterator[None]:
    """Hear the records of all agents that are started in the block, in order, as they are written."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def step(
    action: str,
    *,
    kind: ActivityKind = "step",
    agent: str | None = None,
    key: str | None = None,
    input: Any = None,
    link: str | None = None,
) -> Iterator[Step]:
    """Tell of a step for as long as the block runs: started, then completed, or failed with the error's plain words.

    ``agent`` and ``key`` default to the enclosing step's agent and a key below its key; a step that no other
    encloses must name both. A cancelled block ends in silence: whoever cancelled the run closes what is open.
    """
    outer = _current.get()
    if outer is None and (agent is None or key is None):
        raise ValueError("A step outside any other needs an agent and a key.")
    action = action if len(action) <= 200 else action[:199] + "…"
    this = Step(
        key=key or (outer.child_key(f"{kind}:{action}") if outer else ""),
        parent=outer.key if outer else None,
        agent=agent or (outer.agent if outer else ""),
        action=action,
        kind=kind,
        link=link,
        _outer=outer,
    )
    token = _current.set(this)
    this._write("started", input=input)
    try:
        with span(f"step {kind}", ringside_agent=this.agent):
            yield this
    except Exception as error:
        if database_lost(error) or this._waits:  # the run goes on later, and runs this step again
            raise
        this._write("failed", details=describe(error), output=this.output, usage=this.usage)
        raise
    else:
        if not this._stays_open:
            this._write("completed", details=this.details, output=this.output, usage=this.usage)
    finally:
        _current.reset(token)
