"""Understands a question without a model: its parts, what they ask for, and what a short follow-up leans on."""

import re
from typing import Literal

from agents.text.answer_state import Part, Turn
from agents.text.language import ASKING_WORDS, STOP_WORDS, content_words, sentences, stem, words

MOST_PARTS = 6
Expected = Literal["number", "date", "person", "place", "reason", "anything"]

_ASK = r"(?:who|whom|whose|what|when|where|why|how|which)"
_DO = r"(?:list|give|tell|show|name|compare|summari[sz]e|calculate|compute|explain|describe)"
_AND_ASKS = re.compile(rf",?\s+(?:and|or|then)\s+(?=(?:in\s+|on\s+|by\s+|at\s+)?{_ASK}\b|{_DO}\b)", re.I)
_COMMA_ASKS = re.compile(rf"[,;]\s+(?=(?:in\s+|on\s+|by\s+|at\s+)?{_ASK}\b)", re.I)
_BARE = re.compile(rf"^(?:and\s+)?{_ASK}$", re.I)  # "… and why?" asks that of what comes before it.
_OPENING = re.compile(
    rf"^(?:in |on |by |at )?(?:{_ASK}|{_DO}|is|are|was|were|do|does|did|can|could|may|has|have|will|total|mean|average"
    r"|highest|lowest|top)\b",
    re.I,
)
_DEFINITION = re.compile(r"^(?:what|who) (?:is|are|was|were) (?:an? |the )?[\w-]+(?: [\w-]+)?\W*$", re.I)
_FOLLOW_UP = re.compile(
    r"^(?:and|but|or|also|so|then|what about|how about|same|now|what else|who else|why not)\b", re.I
)
_PRONOUN = re.compile(
    r"\b(?:he|she|it|they|him|her|his|hers|its|them|their|theirs|this|that|these|those|there|one)\b", re.I
)
_SUMMARY = re.compile(
    r"\b(?:summari[sz]e|summary|overview|outline|gist|tl;?dr|(?:main|key) (?:points?|facts?|findings?|ideas?|messages?)"
    r"|what (?:is|are|does) (?:this|these|the|it|they)?\s*(?:document|file|text|paper|report|pdf|all)?s?\s*(?:all )?"
    r"about|what is in (?:this|these|the|my|it)\b.*)\b",
    re.I,
)
_SUMMARY_WORDS = """
    summary summarise summarize overview outline gist main key point fact finding idea message report text paper
    pdf short brief write make please attached uploaded"""
_SUMMARY_STEMS = {stem(word) for word in _SUMMARY_WORDS.split()}
_EXPECTED: tuple[tuple[Expected, re.Pattern[str]], ...] = (
    ("date", re.compile(r"\b(?:when|(?:what|which) (?:year|date|day|month|time)|since when|how long ago)\b", re.I)),
    ("number", re.compile(
        r"\b(?:how (?:many|much|long|far|old|often|high|deep|fast|big|large|tall|wide|heavy|full|strong)"
        r"|what (?:do|does|did|will|would) .*\bcost"
        r"|what (?:is|was|are|were) the (?:\w+ )?(?:number|price|cost|amount|rate|percentage|share|size|length|depth"
        r"|height|weight|speed|temperature|capacity|fare|limit|maximum|minimum))\b", re.I)),
    ("person", re.compile(r"\b(?:who|whom|whose|which (?:person|company|firm|yard|captain|supplier))\b", re.I)),
    ("place", re.compile(r"\b(?:where|(?:what|which) (?:place|port|harbour|harbor|city|town|country))\b", re.I)),
    ("reason", re.compile(r"\b(?:why|what (?:caused|is the reason|was the reason)|for what reason)\b", re.I)),
)  # fmt: skip


def plan_parts(question: str, history: list[Turn]) -> list[Part]:
    """The parts of a question, in order; each is looked up in the documents, and in the tables if there are any."""
    earlier = earlier_question(question, history)
    pieces = split(question)
    return [
        Part(question=piece, carried=_carried(piece, pieces[:at], earlier), research=True, arithmetic=True)
        for at, piece in enumerate(pieces)
    ]


def split(question: str) -> list[str]:
    """'How many X, who did Y, and what was Z?' are three questions."""
    pieces: list[str] = []
    for sentence in sentences(question):
        for part in _AND_ASKS.split(sentence):
            several = bool(_AND_ASKS.search(sentence)) and bool(re.match(rf"(?:in |on |by |at )?{_ASK}\b", part, re.I))
            pieces += _COMMA_ASKS.split(part) if several else [part]
    trimmed = [piece.strip(" ,;.?!\n") for piece in pieces]
    asked = [
        piece
        for at, piece in enumerate(trimmed)
        if content_words(piece) or _SUMMARY.search(piece) or (at and _BARE.match(piece))
    ]
    return asked[:MOST_PARTS] or [question.strip()]


def earlier_question(question: str, history: list[Turn]) -> str:
    """The earlier question that a short follow-up leans on; empty when the question stands on its own."""
    if not history or not _is_elliptic(question):
        return ""
    for turn in reversed(history):
        if turn["role"] == "user" and not _is_elliptic(turn["content"]):
            return turn["content"]
    return ""


def _is_elliptic(question: str) -> bool:
    question = split(question)[0]  # What a later part leans on is an earlier part.
    meant = asked_words(question)
    if _FOLLOW_UP.match(question.strip()):
        return len(meant) <= 6
    if not meant:
        return True
    if not _OPENING.match(question):  # "summer?", "the same by year"
        return len(meant) <= 2
    named = any(word[0].isupper() for word in question.split()[1:])
    return len(meant) <= 4 and bool(_PRONOUN.search(question)) and not named


def is_definition(question: str) -> bool:
    """'What is a subscriber?', 'Who is Olaf Brandt?'"""
    return bool(_DEFINITION.match(question))


def _carried(piece: str, before: list[str], earlier: str) -> str:
    """What a part leans on: the earlier question, or the parts before it when it says 'her' or 'it'."""
    if before and (_PRONOUN.search(piece) or _BARE.match(piece)):
        return " ".join([*before, earlier]).strip()
    return earlier


def asked_words(question: str) -> list[str]:
    """The content words of a question that a document must know about to answer it."""
    return [word for word in content_words(question) if word not in ASKING_WORDS]


def names(question: str) -> list[str]:
    """Proper names and numbers in a question as written: an answer that knows nothing of them is none."""
    found: list[str] = []
    for at, word in enumerate(re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", question)):
        plain = words(word)
        if not plain or plain[0] in STOP_WORDS:
            continue
        if any(letter.isdigit() for letter in word) or (at > 0 and word[0].isupper()):
            found.append(word.removesuffix("'s").removesuffix("’s"))
    return found


def expected(question: str) -> Expected:
    """What kind of thing would answer the question."""
    for kind, pattern in _EXPECTED:
        if pattern.search(question):
            return kind
    return "anything"


def wants_summary(question: str) -> bool:
    """Whether the question asks for the documents as a whole."""
    if _BARE.match(question):
        return False
    topic = [word for word in asked_words(question) if stem(word) not in _SUMMARY_STEMS]
    return not topic if _SUMMARY.search(question) else not asked_words(question) and not _PRONOUN.search(question)


def is_wide(question: str) -> bool:
    """Whether an answer may take several sentences."""
    return expected(question) in ("anything", "reason") and not is_definition(question)
