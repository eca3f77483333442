"""What a passage states: sentences, labels with values and rows, each with the heading and the sentence it leans on."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

from agents.text.answer_state import Evidence
from agents.text.folding import folded
from agents.text.language import sentences
from agents.text.lexicon import ENGLISH, Lexicon, lexicon_of

_TOKEN = re.compile(r"[^\W_]+(?:[.,:’'](?=[^\W_])[^\W_]+)*")
_DANGLING = re.compile(
    r"^(?:[-•] )?(?:he|she|it|they|we|his|her|its|their|this|that|these|those|such|both|there|then|however|but|also|"
    r"therefore|thus|so|instead|moreover|furthermore|otherwise|the (?:former|latter|same|work|project|amount|price)|"
    r"er|sie|es|sein|seine|seiner|ihr|ihre|dies|diese|dieser|dieses|dort|dabei|dafür|außerdem|auch|jedoch|hinzu|"
    r"il|elle|ils|elles|son|sa|ses|leur|leurs|cela|celui|celle|ce|cette|ces|y|"
    r"(?:during|after|before|until|since) (?:it|them|then|which|(?:that|this|these)(?=,| (?:it|he|she|they|we|you|the|"
    r"an?|there|his|her|its|their|no|all|each|is|are|was|were)\b))|"
    r"danach|davor|davon|damit|darin|darauf|daran|darüber|seitdem|bis dahin|ensuite|depuis lors|jusque-là)\b", re.I
)  # fmt: skip
_GOES_ON = re.compile(
    r"^(?:after (?:that|this|which|it|then)|afterwards|thereafter|from then on|from that (?:day|date|time)|before that|"
    r"until then|otherwise|in (?:all )?other cases|(?:each|every|any|all) (?:further|additional|subsequent)|"
    # By itself: 'the second costs …', but not 'the second floor'.
    r"(?:the (?:second|next|others?|rest)|(?:each|every|any) other)(?: ones?)? (?:is|are|was|were|has|have|had|will|"
    r"would|can|may|must|shall|should|costs?|takes?|pays?|gets?|goes|begins?|starts?|ends?|follows?|comes?|receives?|stays?|"
    r"remains?|lasts?)|"
    r"everyone else|everybody else|all others|danach|anschließend|davor|bis dahin|"
    r"sonst|ansonsten|andernfalls|jede[rsmn]? weitere|alle (?:weiteren|anderen|übrigen)|in allen anderen fällen|"
    r"ensuite|après (?:cela|quoi)|par la suite|auparavant|jusque-là|sinon|autrement|"
    r"(?:chaque|tout|toute) autre|(?:toutes les|tous les|les) autres)\b", re.I
)  # fmt: skip
_LABEL = re.compile(r"^(?:[-*•] |\d{1,2}[.)] )?([^\W\d_](?:[^:;!?|.]|\.(?! )){0,59}?) ?: +(\S.*)$", re.S)
_RUN_ON_LABEL = re.compile(r"(?<=[^\s:]) (?=[A-ZÀ-Þ][a-zà-ÿ-]+(?: [a-zà-ÿ]+){0,2} ?: \S)")
_ROW = re.compile(r"^[^.:;]{1,60}: .*?; [^:;]{1,60}: |^[^.:;]{1,60}: [^;]*;$", re.S)
_OLDER = re.compile(r"^\s*>|\bolder mail\b|^-{2,} ?(?:original|forwarded)", re.I)
_SALUTATION = re.compile(
    r"^(?:dear|hello|hi|hallo|liebe[r]?|sehr geehrte[r]?|cher|chère|bonjour|guten tag)\b(?P<rest>[^!?]{2,60}),?$", re.I
)
_CLOSING = re.compile(
    r"^(?:(?:with )?(?:all the |all |kind |kindest |warm |warmest |very )?(?:best|regards|best (?:regards|wishes))|"
    r"(?:yours )?(?:sincerely|truly|faithfully)|yours|cheers|(?:many )?thanks|thank you|love|"
    r"(?:mit )?(?:viele|liebe|beste|herzliche|freundliche)[nr]? (?:grüße|grüßen|gruß)|gruß|grüße|"
    r"cordialement|bien à (?:vous|toi)|(?:meilleures|sincères) salutations)"
    r"[.!]?(?:,\s*(?-i:[A-ZÀ-Þ])[\w.’'-]*(?: (?-i:[A-ZÀ-Þ])[\w.’'-]*){0,3})?[,.]?$", re.I
)  # fmt: skip
_BYLINE = re.compile(r"^(?i:by|von|par) (?:[A-ZÀ-Þ][\w.’'-]+ ?){2,4}(?:[,|–—-].*)?$")
_INTRODUCES = re.compile(r"^(?:[^\s:;.!?]+ ){0,7}[^\s:;.!?]+ ?:$")
# 'Ada Lund (the tenant)' in the head of a contract says who she is.
_PARTY = re.compile(
    r"\((?:the|hereinafter|hereafter|der|die|das|im folgenden|nachfolgend|nachstehend|le|la|l['’]|ci-après)\b"
    r"[^()]*\)$", re.I
)  # fmt: skip
_ITEM = re.compile(r"^(?:[-*•]|\d{1,2}[.)])\s+")

_ARTICLE_WORDS = """
    the this our your my their its der die das dem den des dieser le la les l du au cet cette"""
_ARTICLES = frozenset(_ARTICLE_WORDS.split())
# What the labels of a mail's head say, in the words of a question.
_SENDER = """
    from sender send sent write wrote written author mail email message letter von absender senden schicken geschickt
    gesendet schreiben geschrieben nachricht de expéditeur envoyer envoyé écrire écrit message courriel"""
_RECIPIENT = """
    to recipient receive received address addressed mail email message letter send sent an empfänger erhalten empfangen
    bekommen gerichtet à destinataire recevoir reçu adressé courriel message"""
_COPIED = "cc copy copied kopie copie mail email message letter nachricht courriel"
_SENT = """
    date sent send mail email message write written received datum gesendet geschickt geschrieben nachricht envoyé
    courriel message écrit"""
_ABOUT = "subject about topic mail email message betreff thema nachricht objet sujet courriel message"
_HEAD_LABELS = {
    "from": _SENDER, "von": _SENDER, "de": _SENDER, "absender": _SENDER, "expéditeur": _SENDER,
    "to": _RECIPIENT, "an": _RECIPIENT, "à": _RECIPIENT, "empfänger": _RECIPIENT, "destinataire": _RECIPIENT,
    "cc": _COPIED, "kopie": _COPIED, "copie": _COPIED,
    "date": _SENT, "sent": _SENT, "datum": _SENT, "gesendet": _SENT, "envoyé": _SENT,
    "subject": _ABOUT, "betreff": _ABOUT, "objet": _ABOUT,
}  # fmt: skip
HEADS_OF_PERSONS = frozenset(label for label, says in _HEAD_LABELS.items() if says in (_SENDER, _RECIPIENT, _COPIED))
_RULE = re.compile(r"(?:^|\s)[-=_*~]{3,}\s*$")  # Below a heading of plain text.
_SUBJECTS = ("subject", "betreff", "objet")
_HEAD_OF_MAIL = 2  # So many of these labels make one; a date alone heads papers of many kinds.
_MOST_LABELS = 100  # Of one thing; more are a list of things.
_WRITTEN_TO = (
    "letter mail address addressed recipient receive written brief gerichtet empfänger lettre adressé destinataire"
)
_WRITTEN_BY = "author write wrote written article text report verfasser autor schreiben geschrieben auteur écrit écrire"


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a statement with its place in the text."""

    stem: str
    plain: str
    start: int
    end: int


@dataclass(eq=False)
class Statement:
    """``text`` is quoted; ``lead`` is the sentence before, where this one cannot be understood without it."""

    text: str
    evidence: Evidence
    lexicon: Lexicon
    at: int
    heading: str = ""
    lead: "Statement | None" = None
    follower: "Statement | None" = None  # The next sentence of the paragraph.
    label: str = ""
    says: frozenset[str] = frozenset()  # Stems that its label means beyond its words.
    is_row: bool = False
    is_item: bool = False
    is_heading: bool = False
    older: bool = False
    below: list["Statement"] = field(default_factory=list)  # Of a heading.
    block: list["Statement"] = field(default_factory=list)  # Labels that stand together, this one among them.

    @cached_property
    def tokens(self) -> list[Token]:
        return list(_tokens(self.text, self.lexicon))

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(token.stem for token in self.tokens)

    @cached_property
    def heading_stems(self) -> frozenset[str]:
        return frozenset(token.stem for token in _tokens(self.heading, self.lexicon))

    @cached_property
    def lead_stems(self) -> frozenset[str]:
        return self.lead.stems | self.lead.lead_stems if self.lead else frozenset()

    @cached_property
    def label_tokens(self) -> list[Token]:
        """The words of its label that carry meaning."""
        label = [token for token in self.tokens if token.end <= self.value_at] if self.label else []
        return [token for token in label if token.plain not in self.lexicon.stop_words]

    def is_headed_by(self, stems: frozenset[str]) -> bool:
        return bool(stems & self.heading_stems)

    @cached_property
    def block_stems(self) -> frozenset[str]:
        """Stems of the labels around this one, which say what all of them are about, unless they repeat or are many."""
        if len(self.block) > _MOST_LABELS:
            return frozenset()
        named = [one.label.lower() for one in self.block]
        if len(named) < 2 or len(set(named)) < len(named):
            return frozenset()
        return frozenset().union(*(one.stems for one in self.block if one is not self))

    @property
    def value_at(self) -> int:
        """Where the value of a label begins."""
        return self.text.index(":", len(self.label)) + 1 if self.label and not self.is_row else 0

    @property
    def greets(self) -> bool:
        """Whether it says to whom something is written: 'Dear Ada,'."""
        return bool(_SALUTATION.match(self.text))

    @property
    def asks(self) -> bool:
        return self.text.rstrip('"”’)» ').endswith("?")


@dataclass
class Document:
    """All statements of a document that were found, and what it is called."""

    name: str
    title: str
    lexicon: Lexicon
    statements: list[Statement]
    headings: list[Statement]
    alone: bool = True  # No other document was found.

    @cached_property
    def title_stems(self) -> frozenset[str]:
        """Stems of its title, of its name, and of what the labels at its head say it is."""
        named = f"{self.title} {re.sub(r'[-_.]', ' ', self.name.rsplit('.', 1)[0])}"
        head = {stem for one in self.statements[:12] for stem in one.says}
        head |= {
            stem for one in self.statements[:12] for stem in one.stems if one.says and one.label.lower() in _SUBJECTS
        }
        return frozenset(token.stem for token in _tokens(named, self.lexicon)) | head

    @cached_property
    def common(self) -> frozenset[str]:
        """Words that stand in lower case somewhere, and so are no names."""
        return frozenset(
            token.plain for one in self.statements for token in one.tokens if one.text[token.start].islower()
        )

    @cached_property
    def topics(self) -> frozenset[str]:
        """Stems of the things that the document keeps speaking of: 'the machine'."""
        counted = Counter(
            token.stem
            for one in self.statements
            for before, token in pairwise(one.tokens)
            if before.plain in _ARTICLES and not one.is_row
        )
        least = 2 if len(self.statements) < 60 else 4
        labels = {
            token.stem
            for one in self.statements[:12]
            for token in one.tokens
            if one.label and " " not in one.label and token.end <= one.value_at
        }
        return frozenset(stem for stem, count in counted.items() if count >= least) | labels


def documents(evidence: Iterable[Evidence], fallback: Lexicon = ENGLISH) -> list[Document]:
    """The documents that passages belong to, with what these state, in reading order.

    ``fallback`` is the language of one whose own cannot be told.
    """
    gathered: dict[str, list[Evidence]] = {}
    for one in evidence:
        gathered.setdefault(one["document_id"], []).append(one)
    found = []
    for passages in gathered.values():
        passages.sort(key=lambda one: one["n"])
        key = tuple((one["passage_id"], one["reference"], one["text"]) for one in passages)
        lexicon = lexicon_of("\n".join(text for *_, text in key)) or fallback
        reader = _Reader(lexicon)
        for passage in passages:
            reader.read(passage)
        name, title = passages[0]["document_name"], passages[0].get("title", "")
        found.append(Document(name, title, lexicon, reader.statements, reader.headings, alone=len(gathered) == 1))
    return found


class _Reader:
    """Reads the passages of a document in order, and keeps the headings that what follows stands below."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.statements: list[Statement] = []
        self.headings: list[Statement] = []
        self._lexicon = lexicon
        self._heading: Statement | None = None
        self._intro: Statement | None = None  # 'New features:', which heads the list below it.
        self._name = ""

    def read(self, passage: Evidence) -> None:
        section = re.match(r"section “(.*?)…?”$", passage["reference"])
        self._name, self._intro = section[1] if section else "", None
        if self._heading and not (section and self._heading.text.startswith(section[1])):
            self._heading = None
        paragraphs = passage["text"].split("\n\n")
        for place, paragraph in enumerate(paragraphs):
            lines = [" ".join(_RULE.sub("", line).split()) for line in paragraph.split("\n")]
            lines = [line for line in lines if line]
            if len(lines) == 1 and _is_heading(lines[0], self._name, last=place == len(paragraphs) - 1):
                self._heading = self._head(lines[0], passage)
                self._name = lines[0]
            else:
                self._paragraph(lines, passage)

    def _paragraph(self, lines: list[str], passage: Evidence) -> None:
        before: Statement | None = None
        block: list[Statement] = []
        for line in lines:
            if _CLOSING.match(line):
                continue
            if _INTRODUCES.match(line):
                self._intro = self._head(line, passage)
                continue
            for text in _pieces(line):
                one = _statement(text, passage, self._lexicon, len(self.statements), self._name, before)
                self.statements.append(one)
                if before is not None:
                    before.follower = one
                self._intro = self._intro if one.is_item else None
                for above in filter(None, (self._heading, self._intro)):
                    above.below.append(one)
                if one.label and not one.is_item:
                    block.append(one)
                    one.block = block
                before = one
        if sum(bool(one.says) for one in block) < _HEAD_OF_MAIL:
            for one in block:
                one.says = frozenset()

    def _head(self, line: str, passage: Evidence) -> Statement:
        heading = Statement(line, passage, self._lexicon, len(self.statements), self._name, is_heading=True)
        self.headings.append(heading)
        return heading


def _pieces(line: str) -> list[str]:
    """The sentences of a line; a row is one, and each label of a line is."""
    if is_row(line):
        return [line]
    if _LABEL.match(line) and len(_RUN_ON_LABEL.split(line)) > 1:
        return _RUN_ON_LABEL.split(line)
    if _ITEM.match(line) and len(line) < 200:
        return [line]
    return [one for one in sentences(line) if any(letter.isalnum() for letter in one)]


def _statement(
    text: str, passage: Evidence, lexicon: Lexicon, at: int, heading: str, before: Statement | None
) -> Statement:
    older = passage["reference"].startswith("older mail") or bool(_OLDER.search(text))
    item = bool(_ITEM.match(text))
    one = Statement(text, passage, lexicon, at, heading, is_row=is_row(text), is_item=item, older=older)
    label = _LABEL.match(text)
    if label and not one.is_row and len(label[1].split()) <= 8:
        one.label = label[1].strip()
        one.says = _stems_of(_HEAD_LABELS.get(one.label.lower(), ""), lexicon)
    elif _SALUTATION.match(text):
        one.says = _stems_of(_WRITTEN_TO, lexicon)
    elif _BYLINE.match(text):
        one.says = _stems_of(_WRITTEN_BY, lexicon)
    elif before is not None and (is_dangling(text) or _GOES_ON.match(text)) and not before.is_row and not before.asks:
        one.lead = before
    return one


def _is_heading(line: str, name: str, *, last: bool) -> bool:
    if name and (line == name or (len(name) > 70 and line.startswith(name))):
        return True
    if _PARTY.search(line):
        return False
    if last or "," in line or (_ITEM.match(line) and line[0] in "-*•") or ":" in line or is_row(line):
        return False
    words = len(line.split())
    return (
        words <= 10
        and ((line[-1].isalnum() and words <= 8) or line.endswith(("?", ")")))
        and line[0].isupper() | line[0].isdigit()
    )


def is_dangling(text: str) -> bool:
    """Whether a sentence speaks of what one before it names: 'It was closed.'"""
    return bool(_DANGLING.match(text))


def goes_on(statement: Statement) -> Statement | None:
    """The next sentence, where it says what holds otherwise: 'After that it is three months', 'Each further one …'."""
    follower = statement.follower
    return follower if follower is not None and _GOES_ON.match(follower.text) else None


def is_row(text: str) -> bool:
    """Whether a text is a table row as readers write it: 'Month: 2024-01; Passengers: 812'."""
    return bool(_ROW.match(text))


def is_table_row(passage: Evidence) -> bool:
    """Whether a passage holds rows of a table document, which the Analysis Agent works on."""
    return bool(re.search(r"\brows? \d", passage["reference"]))


def _tokens(text: str, lexicon: Lexicon) -> Iterable[Token]:
    for match in _TOKEN.finditer(text):
        word = folded(match.group()).lower().replace("’", "'")
        word = word.removesuffix("'s")
        if "'" in word and lexicon.code == "fr":
            word = word.rsplit("'", 1)[1]
        digits = any(letter.isdigit() for letter in word)
        parts = [word] if digits else re.split(r"[.,:]", word)
        for part in filter(None, parts):
            yield Token(part if digits else lexicon.stem(part), part, match.start(), match.end())


@lru_cache(maxsize=200)
def _stems_of(listed: str, lexicon: Lexicon) -> frozenset[str]:
    return frozenset(lexicon.stem(word) for word in listed.split())
