"""What is known of how one asks in a language."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from agents.text.lexicon import Lexicon

Wanted = Literal[
    "person", "date", "time", "duration", "count", "amount", "money", "place", "reason", "manner", "phone", "email",
    "what", "which", "whether", "list", "heading", "title", "headings",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Phrasebook:
    """How one asks in one language.

    asking: (what is wanted, pattern), and the first that fits decides. What a pattern matches is only asking, but for
    its group ``kept``; its group ``unit`` is the unit that is wanted of a duration.
    helping: words that help to ask and need not stand in an answer. light: verbs that say little, without one of which
    an answer may do. groups: words that any person, place or language of an answer stands for.
    opposites, synonyms: a line each. Of synonyms, whoever asks with the first word is answered by any other of the
    line; in a line that begins with = each word answers each other.
    """

    lexicon: Lexicon
    asking: tuple[tuple[Wanted, str], ...]
    helping: str
    light: str
    groups: dict[str, str]
    opposites: str
    synonyms: str

    @cached_property
    def patterns(self) -> list[tuple[Wanted, re.Pattern[str]]]:
        return [(wanted, re.compile(pattern, re.IGNORECASE)) for wanted, pattern in self.asking]

    @cached_property
    def helping_words(self) -> frozenset[str]:
        return frozenset(self.helping.split())

    @cached_property
    def light_words(self) -> frozenset[str]:
        return frozenset(self.light.split())

    def group_of(self, word: str) -> str:
        """What kind of thing "which …?" asks for: 'place' for "which town?"; empty for a thing like any other."""
        return next((group for group, words in self.groups.items() if word in words.split()), "")

    def synonyms_of(self, stem: str) -> frozenset[str]:
        """The stems of words that say nearly the same."""
        return frozenset(map(self.lexicon.stem, self.words_like(stem))) - {stem}

    def words_like(self, stem: str) -> tuple[str, ...]:
        """The words that say nearly the same as one with a stem, as they are listed."""
        return self._by_stem.get(stem, ())

    def opposites_of(self, stem: str) -> frozenset[str]:
        pairs = (self._stems(line) for line in self.opposites.strip().splitlines())
        return frozenset(other for pair in pairs if stem in pair for other in pair if other != stem)

    @cached_property
    def _by_stem(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for line in filter(None, map(str.strip, self.synonyms.splitlines())):
            words = line.removeprefix("= ").split()
            for asked in words if line.startswith("= ") else words[:1]:
                found.setdefault(self.lexicon.stem(asked), {}).update(dict.fromkeys(words))
        return {
            asked: tuple(word for word in words if self.lexicon.stem(word) != asked) for asked, words in found.items()
        }

    def _stems(self, line: str) -> list[str]:
        return [self.lexicon.stem(word) for word in line.split()]
