"""The steps of a run that are open, and when each was heard last. No I/O.

Only the innermost steps are waited for: one that encloses another which works is not stuck. What is heard of a step is
heard of those around it, too, and a text of an agent is a word of the steps that it has open.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from utils.findings.call import digest, quoted
from utils.log.events import ENDED_ACTIVITY

_MOST_OPEN = 500
_MOST_ENDED = 500  # that are remembered, so that what is told late opens none of them again
_DEEPEST = 50


@dataclass(slots=True)
class OpenStep:
    """``heard`` is when, on the clock of whoever folds; ``told`` is the time of its last event, which is another's."""

    id: str
    parent: str | None
    agent: str
    action: str
    kind: str
    seq: int
    last_seq: int
    heard: float
    told: float
    longest: float = 0.0  # silence so far
    asked: int | None = None
    input: str = ""
    open_children: int = 0
    contains: bool = False
    waits: bool = False

    def ask(self, input: Any) -> None:
        self.asked, self.input = digest(input), quoted(input)

    def hear(self, at: float, told: float | None = None) -> None:
        self.longest = max(self.longest, at - self.heard)
        self.heard = at
        if told is not None:
            self.longest = max(self.longest, told - self.told)
            self.told = max(self.told, told)


class OpenSteps:
    def __init__(self) -> None:
        self._open: OrderedDict[str, OpenStep] = OrderedDict()
        self._of_agent: dict[str, set[str]] = {}
        self._ended: OrderedDict[str, float] = OrderedDict()
        # Begun again under the id of one that has ended, as programs do that name a step by what it does. Whether that
        # is so, its next end says: until then it may have been told late.
        self._again: dict[str, tuple[int, dict[str, Any]]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def take(self, seq: int, event: dict[str, Any], at: float, told: float) -> tuple[OpenStep | None, bool]:
        """The step that an event is about, and whether it begins with it; none for what is told after its end."""
        step, is_new = self._open.get(event["activity_id"]), False
        if step is None:
            if self._is_late(seq, event, told):
                return None, False
            step, is_new = self._begin(*self._again.pop(event["activity_id"], (seq, event)), at, told), True
        step.last_seq = seq
        if step.waits:  # the silence until now was no silence of its own
            self._begin_anew((step, *self._around(step)), at, told)
        step.waits = event["status"] == "waiting"
        if step.asked is None and event.get("input") is not None:
            step.ask(event["input"])
        self._hear(step, at, told)
        return step, is_new

    def end(self, step: OpenStep, told: float) -> None:
        self._open.pop(step.id, None)
        self._of_agent.get(step.agent, set()).discard(step.id)
        self._ended[step.id] = told
        if len(self._ended) > _MOST_ENDED:
            self._again.pop(self._ended.popitem(last=False)[0], None)
        if (parent := self._open.get(step.parent or "")) is not None:
            parent.open_children = max(0, parent.open_children - 1)

    def hear_agent(self, agent: str | None, activity_id: str | None, at: float) -> None:
        """A word of an agent, about a step or about none. Of one that has no step open, it is a word of all of them."""
        about = self._open.get(activity_id or "")
        ids = [about.id] if about is not None else list(self._of_agent.get(agent or "", ()))
        for id in ids or list(self._open):
            self._hear(self._open[id], at)

    def hear_all(self, at: float, told: float) -> None:
        """Nobody was to speak until now."""
        self._begin_anew(self._open.values(), at, told)

    def waited_for(self) -> Iterator[OpenStep]:
        """The innermost ones that are to go on by themselves."""
        for step in self._open.values():
            if step.open_children == 0 and not step.waits and not any(one.waits for one in self._around(step)):
                yield step

    def get(self, activity_id: str) -> OpenStep | None:
        return self._open.get(activity_id)

    def _begin(self, seq: int, event: dict[str, Any], at: float, told: float) -> OpenStep:
        step = OpenStep(
            event["activity_id"], event.get("parent_id"), event["agent_name"], event["action"],
            event.get("kind", "step"), seq, seq, at, told,
        )  # fmt: skip
        if event.get("input") is not None:
            step.ask(event["input"])
        self._open[step.id] = step
        self._of_agent.setdefault(step.agent, set()).add(step.id)
        if (parent := self._open.get(step.parent or "")) is not None and parent is not step:
            parent.open_children += 1
            parent.contains = True
        if len(self._open) > _MOST_OPEN:
            self.end(next(iter(self._open.values())), told)
        return step

    def _begin_anew(self, steps: Iterable[OpenStep], at: float, told: float) -> None:
        for step in steps:
            step.heard, step.told = at, max(step.told, told)

    def _is_late(self, seq: int, event: dict[str, Any], told: float) -> bool:
        """As utils/log/events.py says of events that arrive in another order than they happened."""
        ended = self._ended.get(event["activity_id"])
        if ended is None:
            return False
        if event["status"] == "started" and told > ended:
            self._again[event["activity_id"]] = (seq, event)
        if event["status"] in ENDED_ACTIVITY:
            return event["activity_id"] not in self._again
        return event["status"] == "started" or told <= ended

    def _hear(self, step: OpenStep, at: float, told: float | None = None) -> None:
        step.hear(at, told)
        for around in self._around(step):
            around.hear(at, told)

    def _around(self, step: OpenStep) -> Iterator[OpenStep]:
        parent, deep = self._open.get(step.parent or ""), 0
        while parent is not None and deep < _DEEPEST:
            yield parent
            parent, deep = self._open.get(parent.parent or ""), deep + 1
