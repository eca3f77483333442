"""Who did it: finds the one a sentence names as the subject, as the agent of a passive, or beside a role."""

import re
from dataclasses import dataclass

from agents.extraction.asking import Asked
from agents.extraction.statements import Document, Statement, Token
from agents.extraction.values import Kind, Span, spans

_BE_WORDS = """
    is are was were be been being wurde wurden worden ist sind war waren wird werden est sont était été fut"""
_BE = frozenset(_BE_WORDS.split())
_ROLE = re.compile(r"^(?:who|wer|qui) (?:is|are|was|were|will be|ist|sind|war|est|sont|était)\b", re.IGNORECASE)
_OBJECT = re.compile(
    r"^(?:to|by|with|for|from|of|about|an|von|mit|für|bei|durch|zu|à|de|par|avec|pour) "
    r"|^(?:whom|whose|wem|wen|wessen)\b|^à qui"
    r"|^who (?:does|did|do|can|should|must|may|could|would|will|has|have) "
    r"(?:i|we|you|he|she|they|the|a|one|(?-i:[A-Z]))"
    r"|^(?:who|qui) (?:is|was|est) .*\b(?:to|from|with|for)$", re.IGNORECASE
)  # fmt: skip
_BY = re.compile(
    r"\b(?:by|von|vom|durch|par|owner|responsible|to|an|à|with|mit|avec|from)\b:? *"
    r"(?:der |dem |the |la |le )?(?:[A-ZÀ-Þ]\w+ )?$"
)
_BY_BEFORE = re.compile(r"\b(?:von|vom|durch)(?: der| dem)? $")
_BY_ROLE = re.compile(r"\b(?:by|von|vom|durch|par) (?:the|der|dem|den|die|le|la|l'|our|a) ?[\w-]+")
_TO_ROLE = re.compile(
    r"\b(?:to|by|with|an|von|bei|à|par) (?:the|a|your|our|their|den|die|der|das|dem|le|la|l') ?[\w-]+"
)
_SENT_TO = re.compile(
    r"^(?:to|an|à) |\b(?:received?|recipient|addressed|erhalten|empfangen|empfänger|gerichtet|reçu|destinataire|"
    r"adressé)", re.IGNORECASE
)  # fmt: skip
_TO_LABELS = ("to", "an", "à", "empfänger", "destinataire")
_BETWEEN = re.compile(
    r"^[\s\"“”'’(),:–—-]*(?:(?:is|are|was|were|as|the|a|an|our|your|its|new|current|by|from|named|called|mr|mrs|ms|dr|ist|war|"
    r"der|die|das|als|unser|unsere|frau|herr|herrn|est|était|le|la|l|comme|mme|m)\b[\s.\"“”'’(),:–—-]*){0,4}"
    r"(?:[a-z]+, )?$", re.IGNORECASE
)  # fmt: skip
_IS_AFTER = re.compile(r"^ (?:is|was|ist|war|est|était)\b[^;]*$")
_IS_BEFORE = re.compile(r"\b(?:is|was|are|ist|war|est|était|:)\s*$")
_IS_NEXT = re.compile(r"^\s+(?:is|was|ist|war|est|était)\b")
_AUXILIARY = re.compile(
    r"\s*(?:has|had|have|hat|a|also|then|will|would|can|could|may|must|should|shall|wird|kann|soll|muss|peut|doit|va)?\s*"
)
# "Who was it before Ada?": whoever is named there is not who is asked for.
_BESIDE_NAME = re.compile(
    r"\b(before|after|besides|except|other than|apart from|vor|nach|außer|avant|après|sauf) "
    r"((?:\w+ )*?(?-i:[A-ZÀ-Þ][\w'’-]+))", re.IGNORECASE
)  # fmt: skip
_IDIOM = re.compile(r"\b(?:takes?|took|taken|taking) (?:place|part|effect|care)\b", re.IGNORECASE)
_MOMENTS: tuple[Kind, ...] = ("date", "time")
_CLAUSES = (";", ". ", ": ", " because ", " weil ", " but ")


def asks_for_recipient(asked: Asked) -> bool:
    return bool(_SENT_TO.search(asked.text) or re.search(r"^(?:wem|à qui)\b|\bto$", asked.text, re.IGNORECASE))


@dataclass(frozen=True, eq=False)
class _Sentence:
    """A statement with the names in it that the question did not give, and the words of the question it holds."""

    asked: Asked
    statement: Statement
    names: list[Span]
    held: list[Token]

    @property
    def text(self) -> str:
        return self.statement.text


def names_person(
    asked: Asked, statement: Statement, document: Document, held: list[Token], in_label: bool
) -> float | None:
    """1 when the statement names who is asked for, less where that is only likely; None when it does not."""
    if statement.says or in_label:
        return _labelled(asked, statement, in_label)
    sentence = _Sentence(asked, statement, _names(asked, statement, document), held)
    if not held or statement.is_row or _is_beside_another(asked, statement):
        return 0.5 if held and sentence.names and statement.is_row else None
    if _OBJECT.match(asked.text):
        return _as_object(sentence)
    if _ROLE.match(asked.text):
        return _beside(sentence, held) or _as_subject(sentence, adjective=True)
    found = _as_subject(sentence, adjective=False)
    if found is None and asked.needed:  # "Who leads it?": 'Leader is Vera Hartung.'
        return _beside(sentence, [token for token in held if token.stem in asked.needed[0].others])
    return found


def _is_beside_another(asked: Asked, statement: Statement) -> bool:
    """Whether the question asks for who came before or after a person, and the statement does not say it that way."""
    found = _BESIDE_NAME.search(asked.text)
    if found is None or any(spans("date", found.group())):
        return False
    names = re.findall(r"[^\W_]+", asked.text[found.start(2) :])
    return not re.search(rf"\b{found[1]} (?:\w+ ){{0,3}}{re.escape(names[-1])}\b", statement.text, re.IGNORECASE)


def _labelled(asked: Asked, statement: Statement, in_label: bool) -> float | None:
    """A label's value, a salutation or a byline: a name, and of the two ends of a mail the one that is asked for."""
    if not statement.label:
        return 0.9
    if statement.says and bool(_SENT_TO.search(asked.text)) != (statement.label.lower() in _TO_LABELS):
        return None
    value = statement.text[statement.value_at :]
    dated = any(not value[:start].strip() for kind in _MOMENTS for start, _ in spans(kind, value))
    named = re.search(r"\b(?:by|von|durch|par) [A-ZÀ-Þ]" if dated else r"[A-ZÀ-Þ]", value)
    return 1.0 if in_label and named else None


def _names(asked: Asked, statement: Statement, document: Document) -> list[Span]:
    """Names in the statement that the question did not give, without a role that it gave: 'Mayor Anita Shah'."""
    said = {word.lower() for word in re.findall(r"[^\W_]+", asked.text)}
    dates = list(spans("date", statement.text))
    found = []
    for first, end in spans("name", statement.text):
        start = first
        while (word := re.match(r"[^\W_]+\W+", statement.text[start:end])) and word.group().strip(" .").lower() in said:
            start += word.end()
        name = statement.text[start:end]
        given = all(word.lower() in said for word in re.findall(r"[^\W_]+", name))
        if not given and _is_name(name, statement, document) and not any(low <= start < high for low, high in dates):
            found.append((start, end))
    return found


def _is_name(name: str, statement: Statement, document: Document) -> bool:
    """Whether capitals make a name: several words do; a single one does if it is never written small."""
    if " " in name:
        return True
    common = name.lower() in document.common or name.lower() in statement.lexicon.stop_words
    return not common and len(name) > 2 and statement.lexicon.code != "de" and not name.isupper()


def _beside(sentence: _Sentence, roles: list[Token]) -> float | None:
    """'Mayor Anita Shah', 'Olaf Brandt, the keeper', 'Greta Holm ("Landlord")', 'the deputy is Ivan'."""
    likely = None
    for start, end in sentence.names:
        for token in roles:
            if token.end <= start:
                gap = sentence.text[token.end : start]
                # 'The captain of the Solveig is Ingrid': the role, what it is a role in, and the name.
                linked = (len(gap) < 40 and _IS_AFTER.match(gap)) or (len(gap) < 60 and _IS_BEFORE.search(gap))
            elif end <= token.start:
                gap = sentence.text[end : token.start]
                linked = len(gap) < 40 and _IS_NEXT.match(gap)
            else:
                continue
            if _BETWEEN.match(gap):
                return 1.0
            likely = 0.9 if linked and not re.search(r"[;.]", gap) else likely
    return likely


def _as_object(sentence: _Sentence) -> float | None:
    """'To the line manager', 'by Hana Sato', or any name."""
    if any(_BY.search(sentence.text[:start]) for start, _ in sentence.names):
        return 0.9
    if _TO_ROLE.search(sentence.text[sentence.held[0].start :]):
        return 0.8
    return 0.7 if sentence.names else None


def _as_subject(sentence: _Sentence, *, adjective: bool) -> float | None:
    """Who does what the verb says. ``adjective``: "who is responsible", which is no passive."""
    statement, text, needed = sentence.statement, sentence.text, sentence.asked.needed or sentence.asked.terms
    verb = next((token for token in sentence.held if token.stem in needed[0].stems), sentence.held[0])
    at = statement.tokens.index(verb)
    # Of 'die Zustimmung des Vermieters' nobody is said to be the landlord; what 'takes place' takes no minutes.
    noun = adjective and statement.lexicon.code == "de" and text[verb.start].isupper()
    if noun or (_IDIOM.match(text[verb.start :]) and not _IDIOM.search(sentence.asked.text)):
        return None
    passive = not adjective and any(token.plain in _BE for token in statement.tokens[max(0, at - 4) : at])
    if passive or not text[: verb.start].strip():
        return _as_agent(sentence, verb)
    clause = max(text.rfind(mark, 0, verb.start) for mark in _CLAUSES)
    if any(
        clause < start and end <= verb.start and _is_subject(text, start, end, verb) for start, end in sentence.names
    ):
        return 1.0
    before = [token for token in statement.tokens[:at] if token.start > clause]
    subject = [token for token in before if token.plain not in statement.lexicon.stop_words]
    if statement.lead is not None and not subject:
        return 0.8 if any(True for _ in spans("name", statement.lead.text)) else None
    if statement.lexicon.code == "de":
        return _after_verb(sentence, verb) or _as_role(sentence, subject, adjective=adjective)
    return _as_role(sentence, subject, adjective=adjective)


def _as_agent(sentence: _Sentence, verb: Token) -> float | None:
    """'Paid by the Tenant', 'von Aylin Demir geprüft'."""
    named = any(
        (start > verb.end and _BY.search(sentence.text[:start]))
        or (start < verb.start and _BY_BEFORE.search(sentence.text[:start]))
        for start, _ in sentence.names
    )  # fmt: skip
    return 1.0 if named else 0.9 if _BY_ROLE.search(sentence.text) else None


def _after_verb(sentence: _Sentence, verb: Token) -> float | None:
    """German: 'Den Bericht stellte Peter Lang vor', 'Die Reparaturen übernimmt der Mieter'."""
    if any(verb.end < start < verb.end + 30 for start, _ in sentence.names):
        return 0.8
    return 0.7 if re.match(r"\s+(?:der|die|das|ein|eine) [A-ZÀ-Þ]", sentence.text[verb.end :]) else None


def _as_role(sentence: _Sentence, subject: list[Token], *, adjective: bool) -> float | None:
    """'The board approved it', where the statement itself speaks of all that is asked."""
    asked, statement = sentence.asked, sentence.statement
    if adjective or statement.is_item:
        return None
    beyond = statement.stems | statement.heading_stems | statement.lead_stems
    # Of whom the document speaks is more likely the subject than the object.
    if any(not term.stems & (statement.stems | statement.lead_stems if term.name else beyond) for term in asked.needed):
        return None
    said = {term.stem for term in asked.terms}
    return 0.6 if any(token.stem not in said and not token.plain[0].isdigit() for token in subject) else None


def _is_subject(text: str, start: int, end: int, verb: Token) -> bool:
    """A single word at the beginning has its capital from there, and is a name only right before the verb."""
    beside = _AUXILIARY.fullmatch(text[end : verb.start])
    return bool(start or " " in text[start:end] or beside)
