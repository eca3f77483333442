"""Understands a question without a model: its parts, what they ask for, and what a short follow-up leans on."""

import re

from agents.extraction.asking import asked
from agents.extraction.papers import PAPER_WORDS, is_called
from agents.text.answer_state import Part, Turn
from agents.text.language import ASKING_WORDS, STOP_WORDS, content_words, sentences, stem, words

MOST_PARTS = 6

_ASK = (
    r"(?:who|whom|whose|what|when|where|why|how|which|wer|wem|wen|wann|wo|warum|wie|welche[mnrs]?|quand|qui|combien|"
    r"où|pourquoi|comment|quel(?:le)?s?)"
)
_DO = r"(?:list|give|tell|show|name|compare|summari[sz]e|calculate|compute|explain|describe)"
_AND_ASKS = re.compile(rf",?\s+(?:and|or|then|und|et)\s+(?=(?:in\s+|on\s+|by\s+|at\s+)?{_ASK}\b|{_DO}\b)", re.I)
_COMMA_ASKS = re.compile(rf"[,;]\s+(?=(?:in\s+|on\s+|by\s+|at\s+)?{_ASK}\b)", re.I)
_BARE = re.compile(rf"^(?:and\s+)?{_ASK}$", re.I)  # "… and why?" asks that of what comes before it.
_OPENING = re.compile(
    rf"^(?:in |on |by |at )?(?:{_ASK}|{_DO}|is|are|was|were|do|does|did|can|could|may|has|have|will|total|mean|average"
    r"|highest|lowest|top)\b",
    re.I,
)
_FOLLOW_UP = re.compile(
    r"^(?:and|but|or|also|so|then|what about|how about|same|now|what else|who else|why not|only|just|und|aber|oder|"
    r"nur|was ist mit|wie (?:ist|war|sieht) es|et|mais|qu'en est-il|qu’en est-il|seulement)\b",
    re.I,
)
_PAPER = (
    r"(?:document|file|text|paper|report|pdf|contract|mail|e-?mail|letter|article|policy|page|agreement|message|minutes|"
    r"manual|notice|memo|recipe)"
)
_PRONOUN = re.compile(
    r"\b(?:he|she|it|they|him|her|his|hers|its|them|their|theirs|this|that|these|those|there|one)\b", re.I
)
_LEANING = re.compile(r"\b(?:he|she|it|they|him|her|his|hers|its|them|their|theirs|this|that|these|those)\b", re.I)
_SUMMARY = re.compile(
    r"\b(?:summari[sz]e|summary|overview|outline|gist|tl;?dr|(?:main|key) (?:points?|facts?|findings?|ideas?|messages?)"
    rf"|what (?:is|are|does|do) (?:this|these|the|it|they|my|your)?\s*(?:all )?(?:{_PAPER})?s?\s*(?:all )?"
    r"(?:about|contain|say|cover|deal with)"
    r"|what is in (?:this|these|the|my|it)\b.*"
    r"|zusammenfassung|fass\w*|zusammen|überblick|worum geht es|was (?:steht|enthalten|enthält)|wovon handel\w+"
    r"|résumer?|résumez|résumé|aperçu|de quoi (?:parle|s'agit)\w*|que (?:contient|contiennent))\b",
    re.I,
)
_SIZE = re.compile(r"\b(?:total|amount|number|name|kind|type|sort)\b", re.I)
_CONTENTS = re.compile(
    r"\bwhat (?:do|does|is in|are)\b.*\b(?:contain|documents?|files?)\b|\b(?:enthalten|enthält|contient|contiennent)\b",
    re.I,
)
_SUMMARY_WORDS = """
    summary summarise summarize overview outline main key point fact finding idea message text paper pdf short brief
    write make please attached uploaded contain cover content gist deal all whole entire fasse fass zusammen
    zusammenfassung dokumente dokument datei dateien bitte überblick inhalt geht es worum steht diese diesem diesen
    dieser dieses alle enthalten enthält was wovon handelt in der die das den dem résume résumer résumez résumé
    documents document fichiers les le la ces ce de quoi parle aperçu que contient contiennent moi s'agit il"""
_SUMMARY_STEMS = {stem(word) for word in _SUMMARY_WORDS.split()}


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
    """The earlier question that a short follow-up leans on, and below it, a line each, the follow-ups between them.

    Empty when the question stands on its own.
    """
    if not history or not is_elliptic(question):
        return ""
    leaning: list[str] = []
    for turn in reversed(history):
        if turn["role"] == "user":
            leaning.append(" ".join(turn["content"].split()))
            if not is_elliptic(turn["content"]):
                return "\n".join(reversed(leaning))
    return ""


def is_elliptic(question: str) -> bool:
    """Whether a question says too little to stand on its own: 'and tomorrow?', 'is it far?'"""
    question = split(question)[0]  # What a later part leans on is an earlier part.
    meant = asked_words(question)
    if _FOLLOW_UP.match(question.strip()):
        return len(meant) <= 6
    if not meant:  # "Why?", "Where is she?"; but "How many are there?" leans on nothing.
        return bool(_BARE.match(question.strip(" ?!.")) or _LEANING.search(question))
    if not _OPENING.match(question):  # "summer?", "the same by year"
        return len(meant) <= 2
    named = any(word[0].isupper() for word in question.split()[1:])
    return len(meant) <= 4 and bool(_PRONOUN.search(question)) and not named


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


def wants_summary(question: str) -> bool:
    """Whether the question asks for documents as a whole: all of them, or one of a kind, as "the contract"."""
    if _BARE.match(question) or not words(question):
        return False
    outline = asked(question)
    if outline is not None and outline.wanted in ("title", "headings"):
        return False
    topic = _topic(question) - {stem(word) for word in PAPER_WORDS}
    if _SUMMARY.search(question):
        return not topic
    leans = _PRONOUN.search(question) or _SIZE.search(question) or _FOLLOW_UP.match(question)
    return not asked_words(question) and not leans


def is_contents(question: str) -> bool:
    """Whether a summary is to say what there is, rather than what it says."""
    return bool(_CONTENTS.search(question))


def meant_documents(question: str, named: list[tuple[str, str]]) -> list[str] | None:
    """The names of the documents that a summary is asked of, out of (name, title); None where none is meant."""
    everything = [name for name, _ in named]
    topic = _topic(question)
    if not topic:
        return everything
    chosen = [
        name
        for name, title in named
        if topic & {stem(word) for word in words(re.sub(r"[-_.]", " ", f"{name} {title}"))}
        or any(is_called(word, name, title) for word in asked_words(question))
    ]
    return chosen or (everything if len(named) == 1 else None)


def _topic(question: str) -> set[str]:
    return {stem(word) for word in asked_words(question)} - _SUMMARY_STEMS
