"""What excludes what: by what is said of full-time work, nothing is said of part-time work; nor of after by during."""

import re

from agents.text.lexicon import Code, Lexicon


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


# A word of one side in the question, and only words of the other side in the statement.
_LISTED: dict[Code, tuple[tuple[str, str], ...]] = {
    "en": (
        (r"part[- ]?time\w*", r"full[- ]?time\w*"),
        (r"gross", r"net"),
        (r"internal\w*", r"external\w*"),
        (r"domestic", r"international|foreign|abroad"),
        (r"temporary|fixed[- ]term", r"permanent"),
        (r"minimum|at least|minimal\w*", r"maximum|at most|maximal\w*"),
        (r"summer", r"winter\w*"),
        (r"week ?days?", r"week[- ]?ends?"),
        (r"adults?", r"child|children|kids?"),
        (r"arrivals?|arrives?", r"departures?|departs?"),
    ),
    "de": (
        (r"teilzeit\w*", r"vollzeit\w*"),
        (r"brutto\w*", r"netto\w*"),
        (r"interne[nrsm]?", r"externe[nrsm]?"),
        (r"inland\w*", r"ausland\w*"),
        (r"befristet\w*", r"unbefristet\w*"),
        (r"mindest\w*|minimal\w*", r"höchst\w*|maximal\w*"),
        (r"sommer\w*", r"winter\w*"),
        (r"wochentags?|werktags?", r"wochenenden?"),
        (r"erwachsenen?", r"kind|kinder|kindern"),
        (r"ankunft", r"abfahrt|abflug"),
    ),
    "fr": (
        (r"temps partiel", r"temps (?:plein|complet)"),
        (r"brut", r"net"),
        (r"internes?", r"externes?"),
        (r"minimum|minimale?", r"maximum|maximale?"),
        (r"(?:en |l['’]|d['’]|cet )été", r"hiver"),  # But not 'a été conclu'.
        (r"en semaine", r"week-?ends?"),
        (r"adultes?", r"enfants?"),
        (r"arrivée", r"départ"),
    ),
}
_SIDES = {code: tuple((_pattern(one), _pattern(other)) for one, other in listed) for code, listed in _LISTED.items()}
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
    r"(?:vot|argu|sp[eo]a?k|decid|campaign|rul(?:ed|ing)|stimm|gestimmt|entsch[ie]+d|spr[aeo]ch|parl|prononc|plaid)",
    re.IGNORECASE,
)
# Before a date or an event, 'nach' and 'bis' are of time; before a name, of a place: 'der Bus nach Bonn'.
_OF_TIME_OR_PLACE = frozenset({"nach", "bis"})
_OF_TIME = re.compile(
    r"(?:\d|(?:de[rmns]|die|das|diese[rmns]?|eine[rmn]?|zu[mr]|ablauf|ende|beginn|abschluss|januar|februar|märz|april|mai|"
    r"juni|juli|august|september|oktober|november|dezember|\w+tag|ostern|pfingsten|weihnachten)$)"
)
_BEHIND = tuple(frozenset(words.split()) for words in ("for für pour", "against gegen contre"))
_WORD = re.compile(r"[^\W_]+")
_BETWEEN = 3  # Words from a preposition to what it is about.


def excludes(asked: str, text: str, lexicon: Lexicon) -> bool:
    """Whether a statement says something only of the opposite of what a question asks about."""
    if any(
        _only(one, other, asked, text) or _only(other, one, asked, text) for one, other in _SIDES.get(lexicon.code, ())
    ):
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
        if word in _OF_TIME_OR_PLACE and not any(map(_OF_TIME.match, found[at + 1 : at + 2])):
            continue
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
