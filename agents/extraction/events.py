"""Whether a statement tells of an event as the question does: as one that took place, and of the same one it befell."""

import re
from itertools import pairwise

from agents.extraction.fitting import Held
from agents.extraction.values import Kind, spans

# "Unless" takes back what follows it, and what follows "if" has not taken place yet.
_UNLESS = re.compile(
    r"\b(?:unless|except if|es sei denn|außer wenn|sofern nicht|sauf si|à moins qu\w*)\b,?[^,;.]*", re.I
)  # fmt: skip
_IF = re.compile(
    r"\b(?:if|unless|in case|provided that|wenn|falls|sofern|es sei denn|si|s['’]ils?|à moins qu\w*)\b,?[^,;.]*", re.I
)
_HAPPENED = re.compile(
    r"\b(?:was|were|did|wurden?|fut|furent|(?:a|ont)(?:-t)?(?:-(?:il|elle|ils|elles))? été)\b|^who \w+ed\b", re.I
)
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|been|wird|werden|wurden?|(?:a|ont)(?:-t)?(?:-(?:il|elle|ils|elles))? été)\b", re.I
)
_ACTIVE = re.compile(r"\b(?:did|does|do)\b", re.I)
_BE = frozenset({"is", "are", "was", "were", "be", "been", "being", "été"})
_BY = frozenset({"by", "par"})
_BETWEEN = frozenset({"has", "have", "had", "a", "ont", "also", "then", "later", "finally"})
# What is done something to: it stands behind the verb without a preposition.
_OBJECT = re.compile(
    r"\s+(?!its doors|ihre türen|ses portes)(?:(?:the|an?|his|her|its|their|our|all|both|den|das|die|dem|eine?n?|"
    r"seine?n?|ihre?n?|les?|la|une?|son|sa|ses|leurs?)\s|l['’]|(?-i:[A-ZÀ-Þ])[^\W\d])", re.I
)  # fmt: skip
_KINDS: tuple[Kind, ...] = ("date", "time", "duration", "money", "number")


def tells_the_event(held: Held) -> bool:
    """Whether nothing in the statement makes the event another than the one that is asked about."""
    return not _is_only_supposed(held) and not _befalls_another(held)


def _is_only_supposed(held: Held) -> bool:
    """'Until May, unless it is renewed' does not say when it was renewed."""
    asked, statement = held.asked, held.statement
    if _IF.search(asked.text):
        return False
    happened, text = _HAPPENED.search(asked.text), statement.text
    clauses = [found.span() for found in (_IF if happened else _UNLESS).finditer(text)]
    if not happened:  # "When must it be cancelled?" 'It goes on unless it is cancelled a month before.'
        clauses = [span for span in clauses if not any(any(spans(kind, text[slice(*span)])) for kind in _KINDS)]
    if not clauses:
        return False
    return any(
        places and all(any(low <= statement.tokens[at].start < high for low, high in clauses) for at in places)
        for places in (held.places(term) for term in held.own if not term.name and not term.light)
    )


def _befalls_another(held: Held) -> bool:
    """'Ada replaced Jon' does not say when Ada was replaced, nor 'Ada was replaced by Jon' when she replaced him."""
    passive = _PASSIVE.search(held.asked.text)
    if not passive and not _ACTIVE.search(held.asked.text):
        return False
    does_it = _does_it if passive else _has_it_done
    pairs = [(subject, verb) for subject, verb in pairwise(held.asked.terms) if not verb.name]
    return any(does_it(held, held.places(subject), at) for subject, verb in pairs for at in held.places(verb))


def _does_it(held: Held, subjects: list[int], at: int) -> bool:
    """Whether the subject stands before a verb that has an object."""
    tokens, text = held.statement.tokens, held.statement.text
    before = at - 2 if at and tokens[at - 1].plain in _BETWEEN else at - 1
    dated = any(low <= tokens[at].end + 1 < high for low, high in spans("date", text))
    return before in subjects and bool(_OBJECT.match(text, tokens[at].end)) and not dated


def _has_it_done(held: Held, subjects: list[int], at: int) -> bool:
    """Whether a verb says what somebody did to the subject before it."""
    tokens = held.statement.tokens
    by = tokens[at + 1].plain in _BY if at + 1 < len(tokens) else False
    return by and at - 2 in subjects and tokens[at - 1].plain in _BE
