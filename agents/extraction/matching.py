"""How well a statement answers what is asked: which words of the question it holds, and whether it has what is wanted.

A word may stand in the statement, in the sentence it leans on, in its heading, or in the name of its document; each
place further away counts less. A word that stands nowhere makes it no answer, however many others it holds.
"""

import re
from dataclasses import dataclass

from agents.extraction.asking import Asked, Term
from agents.extraction.events import tells_the_event
from agents.extraction.fitting import Held, fits
from agents.extraction.opposites import excludes
from agents.extraction.papers import PAPER_WORDS, is_called
from agents.extraction.statements import Document, Statement, goes_on, is_dangling

_SAYS, _LEAD, _HEADING, _TITLE, _BLOCK, _TOPIC = 0.95, 0.85, 0.75, 0.6, 0.55, 0.45
_SYNONYM, _COMPOUND = 0.92, 0.88
_LIGHT_MISSING = 0.06
_LONG = 300  # Characters: longer sentences are hard to read as an answer.
_TOO_LONG, _OLDER, _MODIFIED, _BARE = 0.2, 0.6, 0.5, 0.3

_MODIFIER_WORDS = """
    next last previous first second third fourth new old former final other another nächste nächsten nächster letzte
    letzten vorige vorigen erste ersten zweite zweiten neue neuen alte alten andere anderen prochain prochaine dernier
    dernière premier première nouveau nouvelle ancien ancienne"""
_MODIFIERS = frozenset(_MODIFIER_WORDS.split())
# What is called so by whoever has only one document.
_OF_ONE = PAPER_WORDS | {
    "document",
    "text",
    "file",
    "page",
    "paper",
    "survey",
    "course",
    "project",
    "event",
    "dokument",
}
_NOT_A_PAPER = re.compile(r"\bnotice periods?\b|\bperiods? of notice\b|\b(?:days|weeks|months)['’]? notice\b", re.I)
# What a unit says of its number.
_UNITS = {
    word: re.compile(pattern, re.IGNORECASE)
    for words, pattern in (
        ("temperature temperatur température", r"\d ?°|\bdegrees?\b|\bgrad\b|\bdegrés?\b"),
        ("percentage share anteil prozentsatz pourcentage", r"%|\bper ?cent\b|\bprozent\b|\bpour ?cent\b"),
        ("number nummer numéro code id", r": ?#?[A-Z]{0,6}[-/ ]?\d[\w/-]*\W*$"),
        (
            "company firm business firma unternehmen gesellschaft société entreprise",
            r"\b(?:Ltd|Limited|Inc|Corp|GmbH|AG|KG|SA|SARL|SAS|Group|Company|AS|AB)\b|& (?:Sons|Partner)",
        ),
        ("size größe taille dimensions", r"\d ?(?:cm|mm|m|m²|qm|inch\w*|square \w+)(?!\w)"),
    )
    for word in words.split()
}
_NOT = re.compile(
    r"\b(?:not|never|no(?!\.)|nobody|none|nicht|kein\w*|nie|pas|aucun\w*|jamais)\b|n[’']t\b", re.IGNORECASE
)
_IT = re.compile(r"^(?:it|they|er|sie|es|il|elle|ils|elles)\b", re.IGNORECASE)
_OF = frozenset({"of", "des", "der", "vom", "von", "de", "du", "l", "d"})
_OF_A_SUBJECT = ("date", "time", "duration", "place", "whether", "money", "amount", "reason")
_FACTS = ("what", "which", "person", "date", "time", "place", "list")
_DENIED = 0.3


@dataclass(frozen=True, slots=True)
class Match:
    """A statement against a question. ``coverage`` 0 to 1; an answer has no ``missing`` terms and ``fits``."""

    statement: Statement
    coverage: float
    missing: tuple[Term, ...]
    own: int  # How many terms stand in the statement itself.
    fits: float | None
    score: float

    @property
    def answers(self) -> bool:
        return not self.missing and self.fits is not None


def match(asked: Asked, statement: Statement, document: Document) -> Match:
    """Compare one statement with the question."""
    levels = {term: _level(term, asked.text, statement, document) for term in asked.terms}
    needed = asked.needed or asked.terms
    missing = tuple(term for term in needed if not levels[term])
    held = Held(asked, statement, [term for term in asked.terms if levels[term] > _SAYS or _stands(term, statement)],
                [term for term in asked.terms if levels[term] == _SAYS])  # fmt: skip
    coverage = sum(levels[term] for term in needed) / len(needed) if needed else 0.0
    is_about = (
        not missing and asked.whole and _is_about(held, levels) and not _is_of_another(held)
        and not _is_of_the_opposite(held)
    )  # fmt: skip
    fit = fits(held, document) if is_about and tells_the_event(held) else None
    if fit is not None and asked.wanted in _FACTS:
        fit = _with_negation(asked, statement, fit)
    score = coverage + 0.5 * (fit or 0.0) + 0.2 * held.nearness
    score -= _LIGHT_MISSING * sum(term.light and not levels[term] for term in asked.terms)
    score -= _MODIFIED * _modified(held)
    score += _BARE * (held.labelled and not any(term in needed for term in held.own))
    score -= _TOO_LONG * (len(statement.text) > _LONG) + _OLDER * statement.older
    return Match(statement, coverage, missing, len(held.own) + len(held.said), fit, score)


def holds(term: Term, stems: frozenset[str]) -> bool:
    """Whether stems hold a term, or something that says the same."""
    return term.stem in stems or bool(term.others & stems) or any(term.is_head_of(stem) for stem in stems)


def _stands(term: Term, statement: Statement) -> bool:
    return any(term.is_said_by(token.stem, token.plain) for token in statement.tokens)


def _level(term: Term, asked: str, statement: Statement, document: Document) -> float:
    """How near to the statement a term of the question ``asked`` stands: 1 in it, 0 nowhere."""
    own = max((_strength(term, token.stem, token.plain) for token in statement.tokens), default=0.0)
    if own:
        return own
    places = (
        (_SAYS, statement.says),
        (_LEAD, statement.lead_stems),
        (_HEADING if statement.heading != document.title else _TITLE, statement.heading_stems),
        (_TITLE, document.title_stems),
        (_BLOCK, statement.block_stems),
    )
    found = next((level for level, stems in places if holds(term, stems)), 0.0)
    if found or term.name:
        return found
    if is_called(term.word, document.name, document.title):
        return _TITLE
    if (term.word in _OF_ONE and document.alone and not _NOT_A_PAPER.search(asked)) or (
        term.stem in document.topics and term.word not in _MODIFIERS
    ):
        return _TOPIC
    return _SYNONYM if term.word in _UNITS and _UNITS[term.word].search(statement.text) else 0.0


def _strength(term: Term, stem: str, plain: str) -> float:
    if term.stem == stem or term.word == plain:
        return 1.0
    return _SYNONYM if stem in term.others else _COMPOUND if term.is_head_of(stem) else 0.0


def _is_about(held: "Held", levels: dict[Term, float]) -> bool:
    """Whether the statement itself speaks of what is asked, and does not only stand in a document that does."""
    asked = held.asked
    if not (held.own or held.said or held.labelled):
        return False
    front = [term for term in held.own if held.in_front(term)]
    if asked.wanted == "which":
        plain = [term for term in asked.needed if not term.name]
        return any(term.stem in asked.focus for term in front) or all(levels[term] >= _HEADING for term in plain)
    if held.labelled and not front and any(levels[term] < _TITLE for term in asked.needed):
        return False  # 'Date: …' is that of the document, and of nothing that it only mentions.
    if asked.wanted == "person" and front and asked.needed and asked.needed[0] not in (*held.own, *held.said):
        return False  # The label has whom or what it is done to.
    if held.labelled or not asked.needed or front:
        return asked.wanted not in ("manner", "whether") or all(levels[term] != _BLOCK for term in asked.needed)
    return any(levels[term] >= _HEADING for term in asked.needed)


def _is_of_another(held: "Held") -> bool:
    """Whether 'it' is not what the question asks about: 'The stairs of the tower are steep. They were closed.'"""
    statement, needed = held.statement, held.asked.needed
    if statement.lead is None or held.asked.wanted not in _OF_A_SUBJECT or not _IT.match(statement.text):
        return False
    first = statement.lead
    while first.lead is not None:
        first = first.lead
    subject = next((term for term in needed if term not in held.own), None)
    if subject is None or subject is not needed[0] or is_dangling(first.text):
        return False
    stands = [at for at, token in enumerate(first.tokens) if subject.is_said_by(token.stem, token.plain)]
    between = statement.lead_stems if statement.lead is not first else frozenset()
    if not stands:
        return not holds(subject, between)
    before = [token.plain for token in first.tokens[max(0, stands[0] - 2) : stands[0]]]
    return stands[0] > 1 and any(word in _OF for word in before)


def _is_of_the_opposite(held: "Held") -> bool:
    """Whether it only speaks of the opposite of what is asked about; "whether" is answered by that, too."""
    later = goes_on(held.statement)
    text = f"{held.statement.text} {later.text}" if later else held.statement.text
    return held.asked.wanted != "whether" and excludes(held.asked.text, text, held.asked.lexicon)


def _with_negation(asked: Asked, statement: Statement, fit: float) -> float | None:
    """'What is not covered?' is never answered by what is; what is denied hardly answers what is asked."""
    negated, denied = bool(_NOT.search(asked.text)), bool(_NOT.search(statement.text))
    if negated and not denied:
        return None
    return fit * _DENIED if denied and not negated else fit


def _modified(held: "Held") -> int:
    """How many words of the question stand beside one that makes them something else: 'the next meeting'."""
    said = {term.word for term in held.asked.terms} | set(held.asked.text.lower().split())
    tokens = held.statement.tokens
    return sum(
        any(at and tokens[at - 1].plain in _MODIFIERS and tokens[at - 1].plain not in said for at in held.places(term))
        for term in held.own
        if not term.name
    )
