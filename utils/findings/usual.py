"""How long a step of some kind is usually silent: learnt from those that have ended. No I/O.

The silences are counted by their length, each class of lengths half as long again as the one before: one that takes ten
times as long now and then, as models do, moves the limit by little, and one that goes on for ever is found. What is
kept knows no names: a digest stands for the agent and the action.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_SHORTEST = 0.25  # seconds of the first class
_WIDER = 1.5  # each class, than the one before
_CLASSES = 40  # up to three weeks
_MOST = 400  # after so many, the older ones count half
_ENOUGH, _ENOUGH_OF_KIND = 5, 20
_NEARLY_ALL = 0.995
_BETWEEN = "between"  # the kind of what is between two steps
# What is not known yet may be silent for so many times the setting; what is known, for a fifth of that at least.
_PATIENCE: Mapping[str, float] = {"tool": 2, "handoff": 3}
_VARIES = re.compile(r"“[^”]*”|\"[^\"]*\"|'[^']*'|\S*\d\S*|\S+\.\w{2,4}\b")


@dataclass(slots=True)
class Silences:
    """How many were of each length."""

    counts: list[int] = field(default_factory=lambda: [0] * _CLASSES)

    @property
    def number(self) -> int:
        return sum(self.counts)

    def add(self, seconds: float) -> None:
        place = 0 if seconds <= _SHORTEST else math.ceil(math.log(seconds / _SHORTEST, _WIDER))
        self.counts[min(place, _CLASSES - 1)] += 1
        if self.number > _MOST:
            self.counts = [(count + 1) // 2 for count in self.counts]

    @property
    def longest(self) -> float:
        """Seconds that nearly all were within."""
        number, among = self.number, 0
        for place, count in enumerate(self.counts):
            among += count
            if among >= _NEARLY_ALL * number:
                return _SHORTEST * _WIDER**place
        return 0.0

    @property
    def limit(self) -> float:
        """Seconds beyond which a silence is unusual. The fewer are known, the more may follow that is longer."""
        return self.longest * (3 + 20 / max(1, self.number))


@dataclass(frozen=True, slots=True)
class Patience:
    """``usual``: seconds that nearly all were silent for at most; None: too few are known."""

    seconds: float
    usual: float | None


class Usual:
    """What is usual in one team. ``unknown_seconds``: see the setting STUCK_SILENCE_SECONDS."""

    def __init__(self, unknown_seconds: float, known: Mapping[str, Silences] | None = None) -> None:
        self._unknown = unknown_seconds
        self._known = dict(known or {})
        self._changed: set[str] = set()
        self._keys: dict[tuple[str, str, str], str] = {}

    def patience(self, agent: str, action: str, kind: str) -> Patience:
        """For how long one waits for a word of a step; a kind None is of what is between steps."""
        unknown = self._unknown * _PATIENCE.get(kind, 1)
        own = self._known.get(self._key(agent, action, kind))
        if own is not None and own.number >= _ENOUGH:
            return Patience(max(unknown / 5, own.limit), own.longest)
        of_kind = self._known.get(self._key("", "", kind))
        if of_kind is not None and of_kind.number >= _ENOUGH_OF_KIND:
            return Patience(max(unknown, of_kind.limit), None)
        return Patience(unknown, None)

    def between(self) -> Patience:
        """The same for a run that works, and has no step that is open."""
        return self.patience("", "", _BETWEEN)

    def learn(self, agent: str, action: str, kind: str, seconds: float) -> None:
        for key in {self._key(agent, action, kind), self._key("", "", kind)}:
            self._known.setdefault(key, Silences()).add(seconds)
            self._changed.add(key)

    def learn_between(self, seconds: float) -> None:
        self.learn("", "", _BETWEEN, seconds)

    def changed(self) -> dict[str, Silences]:
        """What was learnt since this was asked last."""
        changed = {key: self._known[key] for key in self._changed}
        self._changed.clear()
        return changed

    def _key(self, agent: str, action: str, kind: str) -> str:
        named = agent, action, kind
        key = self._keys.get(named)
        if key is None:
            if len(self._keys) > 5000:
                self._keys.clear()
            what = "\0".join((kind, agent, _VARIES.sub("#", action)))
            key = self._keys[named] = hashlib.blake2b(what.encode("utf-8", "replace"), digest_size=12).hexdigest()
        return key
