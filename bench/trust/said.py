"""What an answer says: its sentences, and which of them assert something, decline, or tell how something was read."""

import re

from bench.trust.question import SUMMARIES, Day, Every, Expected, Nothing, Number, Question, Readings, Words
from bench.trust.values import dates, fold, holds, numbers, place

_MONTHS_DE = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
_BEGIN = '[A-ZÀ-Þ„“"«(€$£\\d]'
_END = re.compile(
    rf"\n+|(?<=[.!?])(?<!\b[Nn]o\.)(?<!\b[Nn]r\.) +(?!(?:{_MONTHS_DE})\b)(?={_BEGIN})|(?<=\.\])\s+(?={_BEGIN})|(?<=[.!?][”\"»“]) +(?={_BEGIN})"
)

# There is no answer.
_DECLINED = re.compile(
    r"do(es)?(n['’]t| not) (say|tell|contain|mention|state|give|answer)|nothing in (them|the documents?|it)\b"
    r"|not (stated|given|mentioned|found|confirmed|in the documents?)\b|(not|n['’]t) (quite |fully )?(be )?(understood|understand)\b|\b(un|not )clear\b|\bd(o|id) you mean\b"
    r"|\bno (documents?|passages?|answer|columns?|information|such)\b|(can|could)(not|n['’]t| not) (be )?(answer|tell|told|known|calculat|comput|find|say)"
    r"|there (is|are|was|were) no\b|there (isn|aren)['’]t\b|unable to\b|do(n['’]t| not) know\b|not able to\b"
    r"|(sagen|sagt|enthalten|enthält|nennen|nennt|steht|stehen)\b.{0,60}\b(nicht|nichts|kein\w*)\b|nicht (verstanden|gefunden|klar|beantwort\w*)|\bunklar\b|keine (angabe|antwort|auskunft)"
    r"|\b(?:ne (?:les? |la )?|n['’]y )(disent|dit|contien|mentionn|précis|donn|répond|trouv)\w*|pas (été )?(compris|trouvé|clair)|aucune? (réponse|passage|colonne|document|information)|\brien dans\b"
)
# Nothing fits what was asked for: true where that is so, and false with confidence otherwise.
_NONE = re.compile(
    r"\bno (rows?|records?|lines?|entry|entries)\b|\bnone of the rows\b|\bkeine? (zeilen?|einträge|eintrag)\b|\baucune? (lignes?|entrée)\b"
)
# Something could not be read or calculated.
_LIMIT = re.compile(
    r"(can|could|was|were)(not|n['’]t| not) (be )?(read|add|sum|compar|convert|parse)\w*|\bno (readable )?text\b|without (any |readable )?text\b|unreadable|not readable|\bscan(s|ned)?\b|\bpictures?\b|\bimages?\b"
    r"|nicht (lesbar|gelesen)|kein(en)? (lesbaren )?text|pas (pu être )?(lue?s?|lisibles?)|illisibles?|sans texte"
)
# How something was read, what was left out, and what another reading would give.
_TOLD = re.compile(
    r"\bread (as|it|this|the|by|with|in)\b|\breads? as\b|\bi (read|took|left|understood|added|compared)\b|\btaken (as|to)\b|\bunderstood (as|to)\b|\bas (the )?(day|month)\b"
    r"|\b(day|month)[ -]first|first (as|the) (day|month)|\bleft out|\bleav(e|es|ing) out|\bleft aside|\binterpret|\bassum|\bif (it|they|the|you|read|taken)\b|\bmeaning\b|\beither\b|ambiguous"
    r"|\b(can|could|may) (also )?(mean|be read)|\b(two|another|other) readings?\b|\bnotation\b"
    r"|\bgelesen\b|verstanden als|ausgelassen|weggelassen|mehrdeutig|\blue?s? (comme|avec)\b|compris comme|laissée?s? de côté|ambigu"
)
_ROWS = re.compile(
    r",? ?\(?\b(?:over|from|across|über|aus|sur) (?:all )?\d+ (?:(?:of|von|sur) (?:the |its )?\d+ )?(?:matching )?(?:rows?|zeilen?|lignes?)\)?|\(\d+ (?:rows?|zeilen?|lignes?)\)"
)
_QUOTE = re.compile(r"^[-•>\s]*[^:;.]{1,40}: [^;]*; [^:;]{1,40}: ")
# What an answer that there is none quotes by the way, to the end of its line.
_CLOSEST = re.compile(r"[^.\n]*(\bclosest\b|am nächsten|le plus proche)[^\n]*", re.IGNORECASE)
_DUMP = 8  # so many numbers in one sentence are a table's text, and no statement
_DOUBTED = re.compile(r"\n\W*not confirmed by the documents\W*\n(.*)", re.IGNORECASE | re.DOTALL)


class Said:
    """An answer to a question. Where rows are added up, counted or compared, quoted rows assert nothing."""

    def __init__(self, text: str, question: Question) -> None:
        self._question = question
        doubted = _DOUBTED.search(text)
        self.doubts = fold(doubted[1]) if doubted else ""
        kept = text[: doubted.start()] if doubted else text
        kept = _CLOSEST.sub("", kept)
        sentences = [folded for one in _END.split(kept) if one and (folded := _ROWS.sub("", fold(one)).strip())]
        self.sentences = [one for one in sentences if not (self.doubts and one.rstrip(" .") in self.doubts)]
        self.text = " ".join(self.sentences)
        summary = question.kind in SUMMARIES or (question.kind == "date" and isinstance(question.right, Number))
        self._tabular = summary or question.kind in ("lookup", "highest", "most", "date", "ambiguous")
        rows = [one for one in self.sentences if _QUOTE.search(one)]
        unanswering = summary or (len(rows) > 1 and question.kind in ("highest", "most", "date"))
        quoted = [one for one in self.sentences if (unanswering and one in rows) or (self._tabular and _dumped(one))]
        self._asserted = [one for one in self.sentences if one not in quoted and not self._refuses(one)]

    def fault(self, expected: Expected) -> str:
        """Why the answer does not assert the expected value, and nothing against it. Empty if it does."""
        assert not isinstance(expected, Nothing)
        one_by_one = not isinstance(expected, Every | Readings)
        holding = [one for one in self._asserted if holds(one, expected)] if one_by_one else []
        if not holding and (one_by_one or not holds(" ".join(self._asserted), expected)):
            return "the right value is not asserted"
        if self.asserts_falsehood():
            return "a value is asserted that is wrong"
        apart = [Words((word,)) for word in self._question.apart]
        if holding and apart and all(any(holds(one, word) for word in apart) for one in holding):
            return "the right value stands in a sentence about something else"
        if holding and not self._fits_reason(holding[0], expected):
            return "it is chosen for another number"
        if self._tabular and isinstance(expected, Number | Day):
            first = next((one for one in self._asserted if self._claims(one)), "")
            if first and not holds(first, expected):
                return "another value is asserted first"
        return self._named_first(expected)

    def asserts_falsehood(self) -> bool:
        return any(
            holds(one, value) for one in self._asserted for value in self._question.false if not _TOLD.search(one)
        )

    def declines(self) -> bool:
        """Whether it says that it has no answer, or that something could not be read, and asserts no value."""
        said = any((_DECLINED.search(one) and not _NONE.search(one)) or _LIMIT.search(one) for one in self.sentences)
        return (
            (said or bool(self.doubts and not self._asserted))
            and not self.asserts_falsehood()
            and not self._claims_any()
        )

    def says_none(self) -> bool:
        """Whether it says that there is nothing of the kind, and asserts no value."""
        return any(_NONE.search(one) or _DECLINED.search(one) for one in self.sentences) and not self._claims_any()

    def says_unread(self) -> bool:
        return any(_LIMIT.search(one) for one in self.sentences)

    def says_how(self) -> bool:
        return any(_TOLD.search(one) for one in self.sentences)

    def _refuses(self, sentence: str) -> bool:
        """Whether all of the sentence is that there is no answer. What it repeats of the question is not asserted."""
        return bool(_DECLINED.search(sentence) or _NONE.search(sentence)) and not self._values(sentence)

    def _values(self, sentence: str) -> list[object]:
        """The numbers and dates of a sentence that are not in the question."""
        asked = fold(self._question.text)
        known = {value for value, _ in numbers(asked)}
        found: list[object] = [value for value, _ in numbers(sentence) if value not in known]
        return found or [day for day in dates(sentence) if day not in dates(asked)]

    def _claims(self, sentence: str) -> bool:
        """Whether it states a value, rather than how something was read."""
        return bool(self._values(sentence)) and (not _TOLD.search(sentence) or holds(sentence, self._question.right))

    def _claims_any(self) -> bool:
        """Whether, beside all reservations, something is asserted: a value where tables were asked, else anything before
        it is said that there is no answer. What follows that is said by the way."""
        for one in self.sentences:
            reserved = _DECLINED.search(one) or _NONE.search(one) or _LIMIT.search(one)
            if reserved and not self._tabular:
                return False
            beside = reserved or _TOLD.search(one) or (self._tabular and _QUOTE.search(one))
            if one in self._asserted and not beside and (self._values(one) or not self._tabular):
                return True
        return False

    def _fits_reason(self, sentence: str, expected: Expected) -> bool:
        """Whether the number that a choice was made for is among the numbers of its sentence, if it has any."""
        because = self._question.because
        if because is None or not isinstance(expected, Words):
            return True
        rest = sentence
        for form in expected.forms:
            rest = rest.replace(fold(form), " ")
        return not self._values(rest) or holds(rest, because)

    def _named_first(self, expected: Expected) -> str:
        if not isinstance(expected, Words):
            return ""
        asked = fold(self._question.text)
        text = " ".join(one for one in self._asserted if not _TOLD.search(one) or holds(one, expected))
        own = place(text, expected)
        for rival in self._question.rivals:
            at = place(text, Words((rival,)))
            if at is not None and own is not None and at < own and not holds(asked, Words((rival,))):
                return f"{rival} is named first"
        return ""


def _dumped(sentence: str) -> bool:
    return len(re.findall(r"(?<![\w.,])\d[\d.,]*", sentence)) >= _DUMP
