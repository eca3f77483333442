"""Whether a sentence about a run says only what its facts say. No I/O.

It understands few sentences and refuses the others, also where a person would see that they are right; what is refused
is told by rules instead. Each word of a sentence must be one of these, for every fact that is cited:

- the name of who did it, where a sentence has whoever does something;
- a word of telling ('called', 'asked') that fits the kind of fact, or the name of this kind ('tool call');
- an outcome that all cited facts have, or as many as the sentence says; a decision, of one fact;
- how many facts are cited;
- words taken over from a value: whole sentences of it, or a quote, and said to be asked, written or reported, if they
  are no more than that; of the names of tools and actions a part will do;
- one that says nothing by itself (FUNCTION_WORDS).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from agents.chronicle.facts import Fact
from agents.chronicle.vocabulary import (
    ARTICLES,
    ATTRIBUTING,
    BREAKS,
    COUNTED,
    COUNTS,
    DECISIONS,
    FUNCTION_WORDS,
    NAMED_VALUES,
    PASSIVE,
    PEOPLE,
    STATUSES,
    TELLING,
    TURNING,
)
from agents.text.language import sentences, stem, words
from agents.text.lexicon import lexicon_of

LONGEST = 400  # characters
_QUOTED = re.compile(r"“([^“”]+)”|\"([^\"]+)\"|‘([^‘’]+)’|`([^`]+)`|«([^«»]+)»|„([^„“”]+)[“”]")
_TOKEN = re.compile(r"\x00\d+|[,;:()–—](?!\w)|[^\W_]+(?:['’][^\W\d_]+)?")
_BORDERS = re.compile(r"[.!?;\n]+(?:\s|$)")
_READABLE = re.compile(r"[\s\w,;:()–—.!?…'’/-]*")
_SIGNED = re.compile(r"(?<!\w)-\d")
# Not within a number.
_BEFORE, _AFTER = r"(?<![\w$€£+−~<>-])(?<!\d[.,:/])", r"(?![\w%‰°])(?![.,:/]\d)"
_FIGURE = re.compile(r"\d+(?:[^\w\s]\d+)+")
_ACTORS = ("agent", "person", "decided_by")
_OUTCOMES = ("status", "state")
_NOT_TAKEN = {*_ACTORS, *_OUTCOMES, "via"}
_ACTION, _ASKED = "action", "question to people"
_CALLS = ("tool call", "call of a model")
_FROM_PEOPLE = ("question", "words of a person to the agents")


@dataclass(frozen=True, slots=True)
class _Token:
    """A word in lower case, or a comma and its like; or else who acts, or what is quoted."""

    word: str
    actor: str | None = None
    quote: str | None = None


class _RefusedError(Exception):
    """The message says why."""


def objection(text: str, cited: Sequence[Fact]) -> str | None:
    """Why the sentence cannot stand, for logs and tests; None: it says nothing but what the facts say."""
    try:
        _require_readable(text, cited)
        tokens = _tokens(text, cited)
        for fact in cited:
            _Reading(tokens, fact, cited).check()
    except _RefusedError as refused:
        return str(refused)
    return None


def _require_readable(text: str, cited: Sequence[Fact]) -> None:
    if not cited:
        raise _RefusedError("it names no facts")
    if not text.strip() or len(text) > LONGEST or len(sentences(text)) != 1:
        raise _RefusedError("it is not one short sentence")
    own = _QUOTED.sub(" ", text)
    language = lexicon_of(own)
    if language is not None and language.code != "en":
        raise _RefusedError("it is not English")
    if len({fact.label for fact in cited}) > 1:
        raise _RefusedError("it tells of facts of different kinds at once")
    if not _READABLE.fullmatch(own) or _SIGNED.search(own):
        raise _RefusedError("it has signs that are not read")
    for figure in _FIGURE.findall(own):
        if not all(figure in fact.text for fact in cited):
            raise _RefusedError(f"no fact has the number {figure}")


def _tokens(text: str, cited: Sequence[Fact]) -> list[_Token]:
    """Whoever acts is one token, so that the name 'Report Writer' is no word of writing."""
    kept: list[_Token] = []

    def keep(token: _Token) -> str:
        kept.append(token)
        return f" \x00{len(kept) - 1} "

    plain = _QUOTED.sub(lambda found: keep(_Token("", quote="".join(filter(None, found.groups())))), text)
    actors = {fact.values[name] for fact in cited for name in _ACTORS if name in fact.values}
    for actor in sorted(actors, key=len, reverse=True):
        named = re.compile(rf"(?<![\w\x00]){re.escape(actor)}(?![\w'’])")
        plain = named.sub(partial(_kept, keep, _Token("", actor=actor)), plain)
    return [
        kept[int(found[1:])] if found.startswith("\x00") else _Token("".join(words(found)[:1]) or found)
        for found in _TOKEN.findall(plain)
    ]


def _kept(keep: Callable[[_Token], str], token: _Token, _: re.Match[str]) -> str:
    return keep(token)


@dataclass(frozen=True, slots=True)
class _Source:
    """A sentence of a value; ``place``: which one of it."""

    name: str
    place: int
    words: Sequence[str]


def _sources(fact: Fact) -> Iterator[_Source]:
    for name, value in fact.values.items():
        if name in _NOT_TAKEN:
            continue
        parts = [part for part in _BORDERS.split(value) if part]
        whole = parts[:-1] if value.endswith("…") else parts  # what was cut off may turn it
        for place, part in enumerate(whole):
            if _READABLE.fullmatch(part) and not _SIGNED.search(part):
                yield _Source(name, place, words(part))


class _Reading:
    """Of a sentence, against one of the facts that it cites."""

    def __init__(self, tokens: Sequence[_Token], fact: Fact, cited: Sequence[Fact]) -> None:
        self._tokens = tokens
        self._fact = fact
        self._cited = cited
        self._label = {form for word in words(fact.label) for form in (word, f"{word}s")}
        self._stems = [stem(token.word) for token in tokens]
        self._sources = list(_sources(fact))
        self._last: tuple[_Source, int] | None = None  # what was taken over, and where that ended

    def check(self) -> None:
        at = 0
        said = False
        while at < len(self._tokens):
            token = self._tokens[at]
            if token.actor is not None:
                self._actor(at, token.actor)
                taken = 1
            elif token.quote is not None:
                self._quote(at, token.quote)
                taken, said = 1, True
            else:
                taken = self._taken(at)
                said = said or taken > 0
            at += max(1, taken)
        if not said:
            raise _RefusedError("it says nothing")

    def _taken(self, at: int) -> int:
        """How many words were read; 0: one that says nothing."""
        word = self._tokens[at].word
        if self._count(at) or self._outcome(at) or self._decision(at) or self._telling(at):
            return 1
        if (run := self._borrowed(at)) > 0:
            return run
        if word in BREAKS or word in FUNCTION_WORDS:
            return 0
        if word in PEOPLE:
            self._people(at)
            return 1
        if self._stems[at] not in STATUSES and (word in self._label or word in COUNTED):
            return 1
        if word in NAMED_VALUES and word in self._fact.values:
            return 1
        raise _RefusedError(f"no fact says “{word}”")

    # Who

    def _actor(self, at: int, actor: str) -> None:
        begin, end = self._clause(at)
        verbs = [place for place in range(begin, end) if self._is_verb(place)]
        by = at > 0 and self._tokens[at - 1].word == "by"
        if by:
            verb = max((place for place in verbs if place < at), default=None)
        else:
            verb = min((place for place in verbs if place > at), default=None)
        passive = self._is_passive(begin, end if verb is None else verb)
        outcome = at + 1 < len(self._tokens) and self._stems[at + 1] in STATUSES
        if passive != by or outcome or not (by or self._begins(at)):
            raise _RefusedError(f"what it says of {actor} is not read")
        told = "" if verb is None else self._stems[verb]
        decides = self._fact.label == _ASKED and told not in ("", stem("ask"))
        role = "decided_by" if decides else "person" if "person" in self._fact.values else "agent"
        if self._fact.values.get(role) != actor:
            raise _RefusedError(f"no fact says this of {actor}")

    def _people(self, at: int) -> None:
        """People ask at first, and are asked later; agents the other way round."""
        word, label = self._tokens[at].word, self._fact.label
        agents, asks = word in ("agent", "agents"), label in _FROM_PEOPLE
        if not self._begins(at):
            fits = asks if agents else label in (_ASKED, "text for the user")
        else:
            acts = asks if not agents else not asks and "agent" in self._fact.values
            asked = asks if agents else label == _ASKED
            outcome = at + 1 < len(self._tokens) and self._stems[at + 1] in STATUSES
            fits = asked if self._is_passive(*self._clause(at)) else acts and not outcome
        if not fits:
            raise _RefusedError(f"no fact says this of {word}")

    def _begins(self, at: int) -> bool:
        while at > 0 and self._tokens[at - 1].word in ARTICLES:
            at -= 1
        return at == 0 or self._tokens[at - 1].word in BREAKS

    def _clause(self, at: int) -> tuple[int, int]:
        begin, end = at, at
        while begin > 0 and self._tokens[begin - 1].word not in BREAKS:
            begin -= 1
        while end < len(self._tokens) and self._tokens[end].word not in BREAKS:
            end += 1
        return begin, end

    def _is_passive(self, begin: int, end: int) -> bool:
        return any(token.word in PASSIVE for token in self._tokens[begin:end])

    def _is_verb(self, at: int) -> bool:
        return self._stems[at] in TELLING or self._is_decision(at)

    # What became of it

    def _outcome(self, at: int) -> bool:
        statuses = STATUSES.get(self._stems[at])
        if statuses is None:
            return False
        have = [fact for fact in self._cited if statuses & {fact.values.get(name, "") for name in _OUTCOMES}]
        begin, end = self._clause(at)
        counts = [count for place in range(begin, end) if (count := self._number(place)) is not None]
        if counts:
            return counts[0] == len(have) and counts[1:] in ([], [len(self._cited)])
        return len(have) == len(self._cited)

    def _decision(self, at: int) -> bool:
        if not self._is_decision(at):
            return False
        if len(self._cited) > 1:
            raise _RefusedError("it tells of several decisions at once")
        return True

    def _is_decision(self, at: int) -> bool:
        """Of a choice of one word; of others only what is taken over from it."""
        chosen = words(self._fact.values.get("chosen", self._fact.values.get("choice", "")))
        if self._fact.label != _ASKED or len(chosen) != 1:
            return False
        inflected = self._stems[at] in DECISIONS and self._stems[at] == stem(chosen[0])
        return inflected or self._tokens[at].word == chosen[0]

    # How many

    def _count(self, at: int) -> bool:
        count = self._number(at)
        if count is None:
            return False
        begin, end = self._clause(at)
        if any(self._stems[place] in STATUSES for place in range(begin, end)):
            return self._is_count(at) or self._tokens[at].word in COUNTS  # _outcome looks whether it is right
        if not self._is_count(at):
            return False
        if count != len(self._cited):
            raise _RefusedError(f"no fact has the number {self._tokens[at].word}")
        return True

    def _is_count(self, at: int) -> bool:
        if self._tokens[at].word in ("once", "twice", "both"):
            return True
        after = next((token.word for token in self._tokens[at + 1 :] if token.word not in ARTICLES), "")
        return after in COUNTED or after == "of" or after in self._label or stem(after) in STATUSES

    def _number(self, at: int) -> int | None:
        word = self._tokens[at].word
        return int(word) if word.isascii() and word.isdigit() else COUNTS.get(word)

    # What it tells, and in whose words

    def _telling(self, at: int) -> bool:
        labels = TELLING.get(self._stems[at])
        if labels is None or self._fact.label not in labels:
            return False
        if self._stems[at] == stem("choose"):
            if len(self._cited) > 1:
                raise _RefusedError("it tells of several decisions at once")
            return "choice" in self._fact.values
        return True

    def _borrowed(self, at: int) -> int:
        """How many words from here on are taken over from one value."""
        best: tuple[int, _Source | None] = (0, None)
        for source in self._sources:
            if not self._attributed(at, source):
                continue
            partly = source.name == _ACTION and self._fact.label in (*_CALLS, _ASKED)
            for begin in range(len(source.words) if partly else 1):
                if (length := self._match(at, source, begin, partly=partly)) > best[0]:
                    best = length, source
        length, found = best
        if found is not None:
            self._sources.remove(found)
            self._last = found, at + length
        return length

    def _match(self, at: int, source: _Source, begin: int, *, partly: bool) -> int:
        """Articles may be there in one of them only."""
        here, there = at, begin
        while here < len(self._tokens) and there < len(source.words):
            word, other = self._tokens[here].word, source.words[there]
            if word and (word == other or (self._is_done(source) and stem(word) == stem(other))):
                here, there = here + 1, there + 1
            elif word in ARTICLES and here > at:
                here += 1
            elif other in ARTICLES:
                there += 1
            else:
                break
        taken = source.words[begin:there]
        if all(word in FUNCTION_WORDS for word in taken):
            return 0
        left = [*source.words[:begin], *source.words[there:]]
        return here - at if not left or (partly and not any(map(_turns, left))) else 0

    def _is_done(self, source: _Source) -> bool:
        """Of an action that was done it may be said that it was: 'Hand over', 'handed over'."""
        calls = self._fact.label in (*_CALLS, _ASKED)
        return source.name == _ACTION and not calls and self._fact.values.get("status") == "completed"

    def _attributed(self, at: int, source: _Source) -> bool:
        """Whether it is said, just before, whose words they are; of an action, whether it was done."""
        if source.name == _ACTION:
            return self._action_is_told()
        if self._last is not None:
            last, end = self._last
            between = {token.word for token in self._tokens[end:at]}
            if last.name == source.name and last.place < source.place and between <= {"and", "that", ",", ":"}:
                return True
        needed = ATTRIBUTING.get(source.name, frozenset())
        for before in range(at - 1, -1, -1):
            word = self._tokens[before].word
            if self._stems[before] in needed:
                return True
            if word != ":" and word not in PEOPLE and (word in BREAKS or word not in FUNCTION_WORDS):
                return False
        return False

    def _action_is_told(self) -> bool:
        plain = {token.word for token in self._tokens}
        if self._fact.label in _CALLS:
            return bool(plain & self._label or {stem("call"), *map(stem, ("use", "used"))} & set(self._stems))
        if self._fact.label == _ASKED:
            return any(self._is_verb(at) for at in range(len(self._tokens)))
        return self._fact.values.get("status") == "completed" or bool(STATUSES.keys() & set(self._stems))

    def _quote(self, at: int, quote: str) -> None:
        asked, said = words(quote), _plain(quote).rstrip(".,;:!?…")
        for name, value in self._fact.values.items():
            if name in _NOT_TAKEN or not asked or not re.search(_BEFORE + re.escape(said) + _AFTER, _plain(value)):
                continue
            around = [part for part in map(words, _BORDERS.split(value)) if set(part) & set(asked)]
            whole = all(set(filter(_turns, part)) <= set(asked) for part in around)
            if whole and self._attributed(at, _Source(name, 0, asked)):
                return
        raise _RefusedError(f"nothing says “{quote}”")


def _turns(word: str) -> bool:
    return word in TURNING or word.endswith("n't")


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split())
