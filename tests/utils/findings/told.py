"""A run that is told to a fold, event by event, on a clock of its own."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from utils.findings.finding import Found
from utils.findings.run_fold import RunFold
from utils.findings.usual import Usual

_BEGAN = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


class Told:
    def __init__(self, usual: Usual | None = None, run_id: str = "run-1") -> None:
        self.at = 1000.0
        self.usual = usual or Usual(unknown_seconds=300)
        self.fold = RunFold(run_id, self.at)
        self._seqs, self._ids = count(1), count(1)
        self.update("running")

    def wait(self, seconds: float) -> "Told":
        self.at += seconds
        return self

    def event(self, type: str, **fields: Any) -> int:
        seq, time = next(self._seqs), (_BEGAN + timedelta(seconds=self.at)).isoformat()
        event = {"type": type, "session_id": "s1", "run_id": self.fold.run_id, "time": time, **fields}
        self.fold.take(seq, event, self.at)
        return seq

    def update(self, status: str) -> int:
        return self.event("runUpdate", status=status)

    def begin(self, action: str, *, agent: str = "Scout", kind: str = "tool", **fields: Any) -> str:
        id = fields.pop("activity_id", None) or f"step-{next(self._ids)}"
        fields = {"activity_id": id, "agent_name": agent, "action": action, "kind": kind, **fields}
        self._steps = {**getattr(self, "_steps", {}), id: fields}
        self.event("agentActivity", status="started", **fields)
        return id

    def move(self, id: str, status: str = "in-progress", **fields: Any) -> int:
        known = {name: value for name, value in self._steps[id].items() if name != "input"}
        return self.event("agentActivity", status=status, **known, **fields)

    def call(self, action: str, input: Any, output: Any, *, seconds: float = 1, failed: str = "", **fields: Any) -> int:
        id = self.begin(action, input=input, **fields)
        self.wait(seconds)
        if failed:
            return self.move(id, "failed", details=failed)
        return self.move(id, "completed", output=output)

    def say(self, message_id: str, delta: str, *, final: bool = True, agent: str = "Scout", **fields: Any) -> int:
        return self.event("agentMessage", message_id=message_id, agent_name=agent, delta=delta, final=final, **fields)

    def found(self, settle: float = 0) -> list[Found]:
        return self.fold.found(self.at, self.usual, settle)

    @property
    def codes(self) -> list[str]:
        return [one.code for one in self.found()]

    @property
    def sentences(self) -> list[str]:
        return [one.sentence for one in self.found()]


def learnt(usual: Usual, agent: str, action: str, kind: str, silences: Iterable[float]) -> Usual:
    for seconds in silences:
        usual.learn(agent, action, kind, seconds)
    return usual
