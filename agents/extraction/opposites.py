"""What excludes what: by what is said of full-time work, nothing is said of part-time work; nor of after by during."""

import re

from agents.text.lexicon import Lexicon

# A word of one side in the question, and only words of the other side in the statement.
_SIDES = tuple(
    tuple(re.compile(rf"\b(?:{side})\b", re.IGNORECASE) for side in sides)
    for sides in (
        (r"part[- ]?time\w*|teilzeit\w*|temps partiel", r"full[- ]?time\w*|vollzeit\w*|temps (?:plein|complet)"),
        (r"gross|brutto\w*|brut", r"net|netto\w*"),
        (r"internal\w*|interne[nrsm]?", r"external\w*|externe[nrsm]?"),
        (r"domestic|inland\w*", r"international|foreign|abroad|ausland\w*|étranger"),
        (r"temporary|fixed[- ]term|befristet\w*", r"permanent|unbefristet\w*"),
        (r"minimum|at least|mindest\w*|minimal\w*", r"maximum|at most|up to|höchst\w*|maximal\w*"),
        (r"summer|sommer\w*|été", r"winter\w*|hiver"),
        (r"week ?days?|wochentags?|werktags?|en semaine", r"week[- ]?ends?|wochenenden?|am wochenende"),
        (r"adults?|erwachsenen?|adultes?", r"child|children|kind|kinder|kindern|enfants?"),
        (r"arrivals?|arrives?|ankunft|arrivée", r"departures?|departs?|abfahrt|abflug|départ"),
    )
)
# Before the same word: 'after probation', 'during the probation period'.
_BEFORE = tuple(
    frozenset(words.split())
    for words in (
        "after following nach après", "before vor avant until till bis jusqu", "during während pendant",
    )
)  # fmt: skip
_COMPANY = tuple(frozenset(words.split()) for words in ("with mit avec including", "without ohne sans excluding"))
# Behind such a word: 'voted for', 'voted against'; but an insurance for theft is one against it.
_TAKES_SIDES = re.compile(
    r"(?:vot|argu|sp[eo]a?k|decid|campaign|rul|stimm|gestimmt|entsch[ie]+d|spr[aeo]ch|parl|prononc|plaid)",
    re.IGNORECASE,
)
_BEHIND = tuple(frozenset(words.split()) for words in ("for für pour", "against gegen contre"))
_WORD = re.compile(r"[^\W_]+")
_BETWEEN = 3  # Words from a preposition to what it is about.


def excludes(asked: str, text: str, lexicon: Lexicon) -> bool:
    """Whether a statement says something only of the opposite of what a question asks about."""
    if any(_only(one, other, asked, text) or _only(other, one, asked, text) for one, other in _SIDES):
        return True
    return (
        _differ(_BEFORE, _about(asked, lexicon, 1), _about(text, lexicon, 1), text)
        or _differ(_COMPANY, _about(asked, lexicon, 1), _about(text, lexicon, 1), text)
        or _differ(_BEHIND, _about(asked, lexicon, -1), _about(text, lexicon, -1), text)
    )


def _only(one: re.Pattern[str], other: re.Pattern[str], asked: str, text: str) -> bool:
    return bool(one.search(asked) and not other.search(asked) and other.search(text) and not one.search(text))


def _about(text: str, lexicon: Lexicon, side: int) -> list[tuple[str, str]]:
    """Each word with the stems of what stands behind it (``side`` 1), or with what takes sides right before it (-1)."""
    found = [word.lower() for word in _WORD.findall(text)]
    pairs = []
    for at, word in enumerate(found):
        near = found[at + 1 : at + 1 + _BETWEEN] if side > 0 else found[max(0, at - 1) : at]
        if side < 0:
            near = [one for one in near if _TAKES_SIDES.match(one)]
        pairs += [(word, lexicon.stem(one)) for one in near if one not in lexicon.stop_words]
    return pairs


def _differ(
    sides: tuple[frozenset[str], ...], asked: list[tuple[str, str]], said: list[tuple[str, str]], text: str
) -> bool:
    """Whether the statement has another of the words before, or behind, what the question has its own with."""
    for side in sides:
        about = {stem for word, stem in asked if word in side}
        others = frozenset().union(*(one for one in sides if one is not side))
        if any(word in others and stem in about for word, stem in said):
            return not side & {word.lower() for word in _WORD.findall(text)}
    return False
