"""What counts of what steps tell: a step around others tells their sum, too, and counts for what is beyond it. No I/O.

The total of a step is, for each sort of tokens, the larger of what it tells and of what the steps within it come to;
what counts of it is its total without theirs. So the totals of the outermost steps are the sum of all that counts, and
nothing is counted twice, in whatever order the steps were told.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple


class Tokens(NamedTuple):
    """Cached ones are some of the input, those of reasoning some of the output."""

    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0

    @property
    def total(self) -> int:
        return self.input + self.output

    def at_least(self, other: "Tokens") -> "Tokens":
        return Tokens(*map(max, self, other))

    def plus(self, other: "Tokens") -> "Tokens":
        return Tokens(*(one + more for one, more in zip(self, other, strict=True)))

    def minus(self, other: "Tokens") -> "Tokens":
        return Tokens(*(one - less for one, less in zip(self, other, strict=True)))


NO_TOKENS = Tokens()


@dataclass(frozen=True, slots=True)
class Cost:
    """Millionths of the currency. ``price_key`` is the price it was worked out with; None: the step told it."""

    micros: int
    currency: str
    price_key: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a step tells that it took, and cost: mostly nothing is told of that."""

    activity_id: str
    tokens: Tokens
    cost: Cost | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What of it counts. Without a ``cost``, no price is known, unless there are no ``tokens`` either."""

    tokens: Tokens
    cost: Cost | None


# What tokens that a step took cost: (the step's id, the tokens) to a cost, or to None where no price is known.
Pricing = Callable[[str, Tokens], Cost | None]


def count(told: Iterable[Told], parents: Mapping[str, str | None], price: Pricing) -> dict[str, Counted]:
    """What counts of each step of one run. ``parents`` are those of all its steps, also of those that tell nothing."""
    steps = {one.activity_id: one for one in told}
    around = {id: _nearest(id, parents, steps) for id in steps}
    within: dict[str, list[str]] = {id: [] for id in steps}
    for id, outer in around.items():
        if outer is not None:
            within[outer].append(id)
    totals: dict[str, Tokens] = {}
    costs: dict[str, list[Cost]] = {}  # of all that is within a step, and of itself
    counted: dict[str, Counted] = {}
    for id in _inner_first(around, within):
        step, inner = steps[id], within[id]
        below = Tokens()
        for one in inner:
            below = below.plus(totals[one])
        totals[id] = step.tokens.at_least(below)
        beyond = totals[id].minus(below)
        spent = [cost for one in inner for cost in costs[one]]
        own = _beyond(step.cost, spent) if step.cost is not None else price(id, beyond) if any(beyond) else None
        counted[id] = Counted(beyond, own)
        costs[id] = [*spent, own] if own is not None else spent
    return counted


def _beyond(told: Cost, spent: Sequence[Cost]) -> Cost:
    """What a step tells of its cost, without what is within it. Nothing where that is in another currency: whether it
    is a part of the sum cannot be known, and nothing may count twice."""
    if any(cost.currency != told.currency for cost in spent):
        return replace(told, micros=0)
    return replace(told, micros=max(0, told.micros - sum(cost.micros for cost in spent)))


def _nearest(id: str, parents: Mapping[str, str | None], steps: Mapping[str, Told]) -> str | None:
    """The nearest step around it that tells what it took."""
    seen = {id}
    at = parents.get(id)
    while at is not None and at not in seen:
        if at in steps:
            return at
        seen.add(at)
        at = parents.get(at)
    return None


def _inner_first(around: Mapping[str, str | None], within: Mapping[str, list[str]]) -> list[str]:
    """A circle of steps around each other is cut where it was found first: the step there is around the others."""
    order: list[str] = []
    seen: set[str] = set()
    roots = [id for id, outer in around.items() if outer is None]
    for root in [*roots, *around]:
        waiting = [root] if root not in seen else []
        while waiting:
            id = waiting.pop()
            seen.add(id)
            order.append(id)
            inner = [one for one in within[id] if one not in seen]
            within[id][:] = inner
            waiting += inner
    order.reverse()
    return order
