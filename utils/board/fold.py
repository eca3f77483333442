"""What the events of a run say of how it is now, without I/O."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from utils.board.row import NowStep
from utils.log.events import ENDED_ACTIVITY, tells_late

T = TypeVar("T")
_MOST_REMEMBERED = 500  # steps that have ended: what is told of one later does not open it again


@dataclass(slots=True)
class _Counted:
    input_tokens: int = 0
    output_tokens: int = 0


class RunFold:
    """Takes the events of one run, or those of a session that belong to none, in their order."""

    def __init__(self) -> None:
        self.seq = 0  # of the last event that was taken: one that comes again is passed over
        self.agent_name: str | None = None  # who began
        self.first_at: datetime | None = None
        self.last_at: datetime | None = None
        self.last_status: str | None = None  # of the step that was told of last
        self.status_at: datetime | None = None  # since when the run has its status
        self.input_tokens = 0
        self.output_tokens = 0
        self._status: str | None = None
        self._open: dict[str, NowStep] = {}  # in the order in which they began
        self._ended: OrderedDict[str, datetime] = OrderedDict()
        self._counted: OrderedDict[str, _Counted] = OrderedDict()

    @property
    def step(self) -> NowStep | None:
        """The one that began last: a step begins after the one around it, so it is the innermost, too."""
        return next(reversed(self._open.values()), None)

    def take(self, seq: int, kind: str, event: Mapping[str, Any]) -> None:
        if seq <= self.seq:
            return
        self.seq = seq
        if kind == "runUpdate":
            self._take_update(event)
        elif kind == "agentActivity":
            self._take_step(event)

    def _take_update(self, event: Mapping[str, Any]) -> None:
        if event["status"] != self._status:
            self._status = event["status"]
            self.status_at = datetime.fromisoformat(event["time"])

    def _take_step(self, event: Mapping[str, Any]) -> None:
        step_id, status, at = event["activity_id"], event["status"], datetime.fromisoformat(event["time"])
        self.agent_name = self.agent_name or event["agent_name"]
        self.first_at, self.last_at = self.first_at or at, at
        self._count(step_id, event.get("usage"))
        if tells_late(status, at, self._ended.get(step_id)):
            return
        self.last_status = status
        if status in ENDED_ACTIVITY:
            self._open.pop(step_id, None)
            _remember(self._ended, step_id, at)
            return
        self._ended.pop(step_id, None)
        known = self._open.get(step_id)
        self._open[step_id] = NowStep(
            action=event["action"],
            agent_name=event["agent_name"],
            kind=event.get("kind", "step"),
            since=known.since if known is not None else at,
        )

    def _count(self, step_id: str, usage: Mapping[str, int] | None) -> None:
        """A step that tells its tokens again has so many, and not as many more."""
        if usage is None:
            return
        before = self._counted.get(step_id) or _Counted()
        told = _Counted(usage["input_tokens"], usage["output_tokens"])
        self.input_tokens += told.input_tokens - before.input_tokens
        self.output_tokens += told.output_tokens - before.output_tokens
        _remember(self._counted, step_id, told)


def _remember(known: OrderedDict[str, T], step_id: str, value: T) -> None:
    known[step_id] = value
    if len(known) > _MOST_REMEMBERED:
        known.popitem(last=False)
