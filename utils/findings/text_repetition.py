"""Texts that a model writes over and over: the same one again, or the same words within one. No I/O."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field

from utils.findings.finding import MOST_EVIDENCE, Evidence, Found, cut

_TIMES = 3
_SHORTEST = 40  # characters; "Let me look." is nothing to count
_SHORTEST_OUTPUT = 160  # of a model's step, where what was asked differs
_KEPT = 1600  # characters of a text that is being written
_LOOK_EVERY = 200
_NEEDLE = 32
_ROUNDS, _REPEATED = 5, 400  # so often, over so many characters …
_REPEATED_MARKS = 1200  # … or over so many, of lines and zeros as tables have them
_MOST_TEXTS = 50  # that are being written at once
_MOST_AGENTS = 100


@dataclass(slots=True)
class _Text:
    agent: str
    activity_id: str | None
    digest: "hashlib.blake2b" = field(default_factory=lambda: hashlib.blake2b(digest_size=8))
    tail: str = ""
    length: int = 0
    look_at: int = _REPEATED
    since: float = 0.0
    unit: str = ""
    seq: int = 0


@dataclass(slots=True)
class _Same:
    """The last text of an agent, and how often it came."""

    key: object
    words: str
    count: int = 0
    since: float = 0.0
    evidence: list[Evidence] = field(default_factory=list)


class TextRepetition:
    """What the models of one run write."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, _Text] = OrderedDict()
        self._same: OrderedDict[tuple[str, str], _Same] = OrderedDict()

    def takes(
        self, seq: int, message_id: str, agent: str, delta: str, is_final: bool, activity_id: str | None, at: float
    ) -> None:
        """The next piece of a text."""
        text = self._texts.get(message_id)
        if text is None:
            text = self._texts[message_id] = _Text(agent, activity_id)
            if len(self._texts) > _MOST_TEXTS:
                self._texts.popitem(last=False)
        if delta:
            text.digest.update(delta.encode("utf-8", "surrogatepass"))
            text.length += len(delta)
            text.tail = (text.tail + delta)[-_KEPT:]
            text.seq = seq
            if text.length >= text.look_at:
                text.look_at = text.length + _LOOK_EVERY
                text.unit = repeated_end(text.tail)
                text.since = (text.since or at) if text.unit else 0.0
        if is_final:
            del self._texts[message_id]
            if text.length >= _SHORTEST:
                self._count((agent, "text"), text.digest.digest(), text.tail[:200], seq, at)

    def outputs(self, seq: int, agent: str, answered: int | None, output: str, at: float) -> None:
        """What a model's step has returned."""
        if len(output) >= _SHORTEST_OUTPUT:
            self._count((agent, "output"), answered, output, seq, at)

    def goes_on(self, agent: str) -> None:
        """It did something new meanwhile."""
        self._same.pop((agent, "text"), None)
        self._same.pop((agent, "output"), None)

    def found(self) -> list[Found]:
        found = [
            Found(
                "text_repeats", f"Wrote the same text {same.count} times: “{cut(same.words, 80)}”", same.since, agent,
                None, tuple(same.evidence),
            )
            for (agent, _), same in self._same.items() if same.since
        ]  # fmt: skip
        found += [
            Found(
                "text_repeats", f"Writes the same words over and over: “{cut(text.unit, 80)}”", text.since, text.agent,
                text.activity_id, (Evidence(text.seq, cut(text.tail[-160:])),),
            )
            for text in self._texts.values() if text.since
        ]  # fmt: skip
        return found

    def _count(self, whose: tuple[str, str], key: object, words: str, seq: int, at: float) -> None:
        same = self._same.get(whose)
        if same is None or same.key != key:
            same = self._same[whose] = _Same(key, words)
            if len(self._same) > _MOST_AGENTS:
                self._same.popitem(last=False)
        same.count += 1
        same.evidence = [*same.evidence, Evidence(seq, cut(words))][-MOST_EVIDENCE:]
        if same.count >= _TIMES:
            same.since = same.since or at


def repeated_end(text: str) -> str:
    """What the end of a text consists of, again and again; "" if it does not.

    The last characters are looked for before the end: where they come first is where the round before ends.
    """
    before = text.rfind(text[-_NEEDLE:], 0, len(text) - 1)
    if before < 0:
        return ""
    period = len(text) - _NEEDLE - before
    unit = text[-period:]
    rounds = 1
    while text.endswith(unit, 0, len(text) - rounds * period):
        rounds += 1
    words = len({character for character in unit if character.isalpha()})
    enough = rounds >= _ROUNDS and rounds * period >= (_REPEATED if words > 3 else _REPEATED_MARKS)
    return unit if enough else ""
