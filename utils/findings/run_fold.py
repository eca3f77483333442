"""One run as its events tell it, folded into what is found in it. No I/O, and no clock but the one it is given.

``at`` is the time of whoever folds, in seconds that only go on while they listen: what is not heard because nobody
listened is no silence. The times within the events are other clocks'; they are compared with each other alone.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

from utils.findings.call import Call, digest, quoted
from utils.findings.finding import EVENT_PREFIX, Evidence, Found, cut
from utils.findings.open_steps import OpenStep, OpenSteps
from utils.findings.repetition import Repetition
from utils.findings.text_repetition import TextRepetition
from utils.findings.usual import Usual
from utils.log.events import ENDED_ACTIVITY, ENDED_RUN

_LONGEST_OUTPUT = 120


class Ended(NamedTuple):
    """What is learnt of a step that has ended: the longest time in which nothing was heard of it."""

    agent: str
    action: str
    kind: str
    silence: float


class RunFold:
    """``run_id`` is "" for what is told outside of any run."""

    def __init__(self, run_id: str, at: float) -> None:
        self.run_id = run_id
        self.status = ""
        self.seq = 0  # of the last event
        self.ended: list[Ended] = []  # whoever learns from them takes them away
        self.between: list[float] = []  # the same, of what was between steps
        self.heard = at
        self._alive = at
        self._silent: str | None = None  # the step of which was told that it is silent; "": that none is open
        self._agents_wait: set[str] = set()
        self._begin()

    def _begin(self) -> None:
        self._steps = OpenSteps()
        self._repetition = Repetition()
        self._texts = TextRepetition()

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be expected: it has ended, or it never said that it began and has nothing open."""
        return self.status in ENDED_RUN or (self.status == "" and not len(self._steps))

    def take(self, seq: int, event: dict[str, Any], at: float) -> None:
        """The next event of the run."""
        kind = event["type"]
        if kind == "error" and event["code"].startswith(EVENT_PREFIX):
            return  # what was found here is no word of the run's
        self.seq = seq
        match kind:
            case "agentActivity":
                self._take_activity(seq, event, at)
            case "agentMessage":
                self._take_text(seq, event, at)
            case "agentStatusUpdate":
                self._take_status(event, at)
            case "runUpdate":
                self._take_update(event, at)
            case "error":
                self._take_error(seq, event, at)
        self.heard = at

    def is_alive(self, at: float) -> None:
        """Its program lives, and says no more. A silence is waited for longer; one that was told is not over by it."""
        self._alive = max(self._alive, at)

    def is_told(self, found: Found) -> None:
        """Somebody was told of it."""
        if found.code == "silent":
            self._silent = found.activity_id or ""

    def rest(self) -> None:
        """Its record says that it does not work: it is believed until the run says how it is."""
        self.status = "waiting"

    def found(self, at: float, usual: Usual, settle: float = 0.0) -> list[Found]:
        """What makes it look stuck now, each kind at most once; ``settle``: what has lasted for so many seconds."""
        if self.is_over or self.status in ("queued", "waiting"):
            self._silent = None
            return []
        worst: dict[str, Found] = {}
        for one in (*self._repetition.found(), *self._texts.found()):
            if at - one.since >= settle and (one.code not in worst or one.since < worst[one.code].since):
                worst[one.code] = one
        if "alternates" in worst:
            worst.pop("repeats", None)
        if (silent := self._silence(at, usual)) is not None:
            worst["silent"] = silent
        return list(worst.values())

    def _silence(self, at: float, usual: Usual) -> Found | None:
        found = None
        for step in self._waited_for():
            patience = usual.patience(step.agent, step.action, step.kind)
            over = at - self._last_word(step.id, step.heard) - patience.seconds
            if over >= 0 and (found is None or at - over < found.since):
                found = _silent(step, patience.seconds, patience.usual, at - over)
        if not len(self._steps) and self.status == "running" and not self._agents_wait:
            between = usual.between()
            over = at - self._last_word("", self.heard) - between.seconds
            if over >= 0:
                words = f"Nothing was heard for {duration(between.seconds)}, and no step is under way."
                found = Found(
                    "silent", words, at - over, None, None, (Evidence(self.seq, "The last event of the run"),)
                )
        if found is None:
            self._silent = None
        return found

    def _waited_for(self) -> Iterator[OpenStep]:
        return (step for step in self._steps.waited_for() if step.agent not in self._agents_wait)

    def _last_word(self, activity_id: str, heard: float) -> float:
        return heard if self._silent == activity_id else max(heard, self._alive)

    def _take_activity(self, seq: int, event: dict[str, Any], at: float) -> None:
        told = _told(event)
        if not len(self._steps) and self.status == "running":
            self.between.append(at - self.heard)
        step, is_new = self._steps.take(seq, event, at, told)
        if step is None:
            return
        if is_new:
            self._agents_wait.discard(step.agent)
            self._repetition.begins(step.agent, step.action, step.kind, step.asked)
        if event["status"] in ENDED_ACTIVITY:
            self._steps.end(step, told)
            self._end(seq, step, event, at)

    def _end(self, seq: int, step: OpenStep, event: dict[str, Any], at: float) -> None:
        if event["status"] == "cancelled":
            return
        failed = event["status"] == "failed"
        answer, words = event.get("output"), event.get("details")
        output = words or quoted(answer, 300) if failed else quoted(answer if answer is not None else words, 300)
        call = Call(
            seq, step.id, step.agent, step.action, step.kind, step.asked,
            digest(output) if failed else digest(answer if answer is not None else words),
            failed, step.contains, step.input, cut(output, 300) if failed else cut(output, _LONGEST_OUTPUT),
        )  # fmt: skip
        is_news = self._repetition.ends(call, at)
        if failed:
            return
        self.ended.append(Ended(step.agent, step.action, step.kind, step.longest))
        if step.kind == "model" and answer is not None and not step.contains:
            self._texts.outputs(seq, step.agent, call.answered, output, at)
        elif is_news and call.rank > 0:
            self._texts.goes_on(call.agent)

    def _take_text(self, seq: int, event: dict[str, Any], at: float) -> None:
        agent, activity_id = event["agent_name"], event.get("activity_id")
        is_final = event.get("final", False)
        self._texts.takes(seq, event["message_id"], agent, event.get("delta", ""), is_final, activity_id, at)
        self._steps.hear_agent(agent, activity_id, at)

    def _take_status(self, event: dict[str, Any], at: float) -> None:
        agent = event["agent_name"]
        if event["status"] == "waiting":
            self._agents_wait.add(agent)
        else:
            self._agents_wait.discard(agent)
        self._steps.hear_agent(agent, None, at)

    def _take_update(self, event: dict[str, Any], at: float) -> None:
        before, self.status = self.status, event["status"]
        if self.status in ENDED_RUN:
            self._begin()
            self._agents_wait.clear()
        elif self.status != before:  # what it waited for has come, which is news to all of its agents
            self._repetition, self._texts = Repetition(), TextRepetition()
        self._steps.hear_all(at, _told(event))

    def _take_error(self, seq: int, event: dict[str, Any], at: float) -> None:
        agent, code = event.get("agent_name") or "", event["code"]
        call = Call(
            seq, event.get("activity_id") or "", agent, code, "other", None, None, True, False, "",
            cut(event["message"], 300),
        )  # fmt: skip
        self._repetition.fails(call, at)
        self._steps.hear_agent(agent, event.get("activity_id"), at)


def _told(event: dict[str, Any]) -> float:
    return datetime.fromisoformat(event["time"]).timestamp()


def _silent(step: OpenStep, seconds: float, usual: float | None, since: float) -> Found:
    call = Call(
        step.last_seq, step.id, step.agent, step.action, step.kind, step.asked, None, False, False, step.input, ""
    )  # fmt: skip
    known = f"it usually takes at most {duration(usual)}" if usual is not None else "how long it takes is not known yet"
    words = f"Nothing was heard of {call.named} for {duration(seconds)}; {known}."
    began, last = replace(call, seq=step.seq).evidence, Evidence(step.last_seq, "The last word of it")
    evidence = (began,) if step.last_seq == step.seq else (began, last)
    return Found("silent", words, since, step.agent, step.id, evidence)


def duration(seconds: float) -> str:
    """For people: the larger of its units alone."""
    for size, unit in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= 2 * size or (size == 1 and seconds >= 0.95):
            number = round(seconds / size)
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return "a second"
