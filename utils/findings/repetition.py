"""Calls that an agent repeats without anything new: the same one, a round of several, the same error. No I/O.

A call is compared with its input and its result. Whatever is new to the run, a call with another input or with another
result, says that its agent goes on: a tool that is polled and answers something else, a retry that succeeds, a loop
over many inputs. What a model thinks in between is no such news, for that goes on in a loop, too.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from utils.findings.call import Call, error_shape, rank_of
from utils.findings.finding import MOST_EVIDENCE, Evidence, Found, cut

_TIMES = 3  # of the same call or error, and rounds of several
_TIMES_OF_OTHER_INPUTS = 5  # of the same error, where each time something else was tried
_PERIODS = (2, 3, 4)
_MOST_SEEN = 512  # calls that a run remembers as not new
_MOST_AGENTS = 100
_MOST_DIFFERENT = 50  # of an agent, since its last news


@dataclass(slots=True)
class _Times:
    """How often the same came, the last few of them, and since when that is too often."""

    call: Call
    count: int = 0
    since: float = 0.0
    inputs: set[int | None] = field(default_factory=set)
    evidence: deque[Evidence] = field(default_factory=lambda: deque(maxlen=MOST_EVIDENCE))

    def add(self, call: Call, at: float) -> None:
        self.call = call
        self.count += 1
        self.inputs.add(call.asked)
        self.evidence.append(call.evidence)
        if not self.since and self.count >= (_TIMES if len(self.inputs) == 1 else _TIMES_OF_OTHER_INPUTS):
            self.since = at


class _Round:
    """The last calls in their order, and whether they go round."""

    def __init__(self) -> None:
        self.calls: deque[Call] = deque(maxlen=_TIMES * max(_PERIODS))
        self.period = 0
        self.rounds = 0
        self.since = 0.0

    def add(self, call: Call, at: float) -> None:
        self.calls.append(call)
        period = _period([one.same for one in self.calls], _TIMES)
        if period and period != self.period:
            self.rounds, self.since = _TIMES * period, at
        elif period:
            self.rounds += 1
        self.period = period

    def holds(self, call: Call) -> bool:
        """Whether the call is one of a round, or of what may become one with the next call."""
        same = [one.same for one in self.calls]
        period = self.period or _period(same, 2, more=1)
        return bool(period) and call.same in same[-period:]

    def found(self) -> Found | None:
        if not self.period:
            return None
        last = list(self.calls)[-self.period :]
        names = list(dict.fromkeys(one.named for one in last))
        words = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
        rounds = self.rounds // self.period
        evidence = tuple(one.evidence for one in list(self.calls)[-max(2 * self.period, MOST_EVIDENCE) :])
        return Found(
            "alternates",
            f"Goes back and forth between {words}: {rounds} rounds with the same results.",
            self.since, last[-1].agent, last[-1].activity_id, evidence[-MOST_EVIDENCE:],
        )  # fmt: skip


def _period(same: Sequence[object], rounds: int, more: int = 0) -> int:
    """Of how many different things the end of a list is ``rounds`` rounds and ``more``; 0: of none."""
    for period in _PERIODS:
        compared = (rounds - 1) * period + more
        if len(same) < compared + period or len(set(same[-period:])) < 2:
            continue
        if all(same[-place] == same[-place - period] for place in range(1, compared + 1)):
            return period
    return 0


class _Agent:
    def __init__(self) -> None:
        self.repeats: OrderedDict[object, _Times] = OrderedDict()
        self.failures: OrderedDict[object, _Times] = OrderedDict()
        self.round = _Round()

    def goes_on(self, rank: int) -> None:
        """There was news, of so much weight."""
        for same in [same for same, times in self.repeats.items() if times.call.rank <= rank]:
            del self.repeats[same]
        self.round.period = 0


class Repetition:
    """What the agents of one run repeat."""

    def __init__(self) -> None:
        self._agents: OrderedDict[str, _Agent] = OrderedDict()
        self._seen: OrderedDict[object, None] = OrderedDict()
        self._round = _Round()  # of all agents: two may hand over to each other for ever

    def begins(self, agent: str, action: str, kind: str, asked: int | None) -> None:
        """A call with an input that is new to the run says at once that its agent goes on."""
        if asked is None or rank_of(kind) < rank_of("tool"):
            return
        if self._is_new((agent, action, asked)):
            self._of(agent).goes_on(rank_of(kind))
            self._round.period = 0

    def ends(self, call: Call, at: float) -> bool:
        """Whether that it ended is news."""
        if not call.is_work:
            return False
        agent, is_new = self._of(call.agent), False
        if not call.failed:
            self._is_new((call.agent, call.action, call.asked))
            is_new = self._is_new(call.same) or (not call.is_comparable and call.kind != "other")
            self._succeeds(agent, call, is_new)
            if is_new:
                agent.goes_on(call.rank)
        if call.is_comparable:
            if not call.failed:
                _count(agent.repeats, call.same, call, at)
            if call.rank > 0:
                agent.round.add(call, at)
                self._round.add(call, at)
        if call.failed:
            self.fails(call, at)
        return is_new

    def fails(self, call: Call, at: float) -> None:
        """A step, or something beside the steps, has failed with the words ``output``."""
        _count(self._of(call.agent).failures, (call.action, error_shape(call.output)), call, at)

    def found(self) -> Iterator[Found]:
        for agent in self._agents.values():
            for times in agent.repeats.values():
                if times.since and not agent.round.holds(times.call) and not self._round.holds(times.call):
                    yield _repeats(times)
            for times in agent.failures.values():
                if times.since:
                    yield _fails(times)
            if (round := agent.round.found()) is not None:
                yield round
        if (round := self._round.found()) is not None:
            yield round

    def _succeeds(self, agent: _Agent, call: Call, is_new: bool) -> None:
        """The same action, or with something new: what failed before is over."""
        for key, times in list(agent.failures.items()):
            if times.call.action == call.action or (is_new and call.rank > 0):
                del agent.failures[key]

    def _of(self, name: str) -> _Agent:
        agent = self._agents.get(name)
        if agent is None:
            agent = self._agents[name] = _Agent()
            if len(self._agents) > _MOST_AGENTS:
                self._agents.popitem(last=False)
        return agent

    def _is_new(self, what: object) -> bool:
        is_new = what not in self._seen
        self._seen[what] = None
        self._seen.move_to_end(what)
        if len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)
        return is_new


def _count(of: OrderedDict[object, _Times], key: object, call: Call, at: float) -> None:
    times = of.get(key)
    if times is None:
        times = of[key] = _Times(call)
        if len(of) > _MOST_DIFFERENT:
            of.popitem(last=False)
    times.add(call, at)


def _repeats(times: _Times) -> Found:
    call, often = times.call, times.count
    match call.kind:
        case "model":
            sentence = f"Asked the model the same {often} times, with the same answer."
        case "handoff":
            sentence = f"Handed over {call.named} {often} times."
        case "step":
            sentence = f"Did {call.named} {often} times with the same result."
        case _:
            sentence = f"Called {call.named} {often} times with the same answer."
    return Found("repeats", sentence, times.since, call.agent, call.activity_id, tuple(times.evidence))


def _fails(times: _Times) -> Found:
    call = times.call
    what = call.named if len(times.inputs) == 1 else f"“{cut(call.action, 80)}”"
    why = f": “{cut(call.output, 80)}”" if call.output else ""
    sentence = f"{what} failed {times.count} times with the same error{why}"
    return Found(
        "error_repeats", sentence if why else f"{sentence}.", times.since, call.agent, call.activity_id,
        tuple(times.evidence),
    )  # fmt: skip
