"""A run that is made up: its events with the seconds at which they arrive."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

_BEGAN = datetime(2026, 3, 14, tzinfo=UTC)
_WORDS = [
    "harbour",
    "tide",
    "boat",
    "quay",
    "log",
    "night",
    "watch",
    "rope",
    "sail",
    "engine",
    "berth",
    "winter",
    "ferry",
    "light",
    "chart",
    "depth",
    "cargo",
    "crew",
    "storm",
    "anchor",
    "buoy",
    "pilot",
    "dock",
    "repair",
    "invoice",
    "passenger",
    "route",
    "report",
    "weather",
    "signal",
    "mast",
    "hull",
    "pump",
    "valve",
    "order",
]


class ToldRun:
    """Tells steps, texts and pauses on a clock of its own; ``events`` are what it has told."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.at = 0.0
        self.events: list[tuple[float, dict[str, Any]]] = []
        self.burst = 0.0  # seconds; more than 0: events arrive together, as exporters of spans send them
        self._steps = 0
        self._texts = 0
        self.update("running")

    def wait(self, median: float, spread: float = 0.5) -> None:
        """Some seconds, log-normal."""
        self.at += median * self.random.lognormvariate(0, spread)

    def tell(self, type: str, **fields: Any) -> None:
        at = self.at if not self.burst else (self.at // self.burst + 1) * self.burst
        time = (_BEGAN + timedelta(seconds=self.at)).isoformat()
        self.events.append((at, {"type": type, "session_id": "s", "run_id": "r", "time": time, **fields}))

    def update(self, status: str) -> None:
        self.tell("runUpdate", status=status)

    def begin(self, agent: str, action: str, kind: str, parent: str | None = None, **fields: Any) -> dict[str, Any]:
        self._steps += 1
        step = {"activity_id": f"step-{self._steps}", "agent_name": agent, "action": action, "kind": kind}
        if parent is not None:
            step["parent_id"] = parent
        self.tell("agentActivity", status="started", **step, **fields)
        return step

    def end(self, step: dict[str, Any], status: str = "completed", **fields: Any) -> None:
        self.tell("agentActivity", status=status, **step, **fields)

    def call(
        self, agent: str, action: str, input: Any, output: Any, *, kind: str = "tool", seconds: float = 1.0,
        spread: float = 0.5, failed: str = "", parent: str | None = None,
    ) -> None:  # fmt: skip
        step = self.begin(agent, action, kind, parent, input=input)
        self.wait(seconds, spread)
        if failed:
            self.end(step, "failed", details=failed)
        else:
            self.end(step, output=output)

    def write(self, agent: str, words: int, *, seconds: float = 0.3, reasoning: str | None = None) -> None:
        """A text, piece by piece."""
        self._texts += 1
        message = f"text-{self._texts}"
        more = {"channel": "reasoning", "activity_id": reasoning} if reasoning is not None else {}
        for _ in range(max(1, words // 10)):
            self.wait(seconds)
            piece = f"{self.words(10)}{self.random.choice(['. ', ', ', ' | 0 | 0 |' + chr(10), chr(10)])}"
            self.tell("agentMessage", message_id=message, agent_name=agent, delta=piece, **more)
        self.tell("agentMessage", message_id=message, agent_name=agent, delta="", final=True, **more)

    def say(self, agent: str, text: str) -> None:
        self._texts += 1
        self.tell("agentMessage", message_id=f"text-{self._texts}", agent_name=agent, delta=text, final=True)

    def words(self, count: int) -> str:
        return " ".join(self.random.choices(_WORDS, k=count))
