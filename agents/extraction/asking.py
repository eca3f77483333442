"""What a question asks for, and the words an answer to it has to hold, in each language that is understood."""

import re
from dataclasses import dataclass, replace

from agents.extraction.phrasebooks import english, french, german
from agents.extraction.phrasebooks.phrasebook import Phrasebook, Wanted
from agents.text.folding import folded
from agents.text.lexicon import ENGLISH, Code, Lexicon, lexicon_of

_PHRASEBOOKS: dict[Code, Phrasebook] = {
    book.lexicon.code: book for book in (english.PHRASES, german.PHRASES, french.PHRASES)
}

# When, where, who and why something was made, given or used is not said by a sentence without that verb.
_LIGHT_WORDS = """
    have has had get need needs needed place placed located situated happen happened happens held hold set come comes
    terms conditions person persons people haben hat statt findet fand befindet befinden liegt liegen benötigt avoir
    trouve trouver situé lieu faut personne personnes"""
_LIGHT_ALWAYS = frozenset(_LIGHT_WORDS.split())
_STRICT: tuple[Wanted, ...] = ("date", "time", "place", "person", "reason")
# What a value of the kind says by being one.
_SAID_BY_VALUE = {
    wanted: frozenset(words.split())
    for wanted, words in {
        "duration": """period time duration length last lasts lasted dauer dauert dauern dauerte zeit zeitraum durée
            durent période temps frist délai""",
        "date": "date day datum tag jour take takes took",
        "time": "time start starts started begin begins began uhrzeit uhr beginn beginnen begann heure",
        "money": "cost costs amount price sum betrag kosten kostet kostete montant somme coûte coûtent",
        "amount": "amount quantity number menge anzahl quantité nombre",
        "place": "place location address adresse ort lieu take takes took",
    }.items()
}
_NO_COMPOUND = frozenset({
    "ver", "ent", "zer", "vor", "auf", "aus", "ein", "unter", "mit", "nach", "über", "hinter", "wieder", "gegen",
})  # fmt: skip
_SHORTEST_HEAD, _SHORTEST_PREFIX = 4, 3
_WORD = re.compile(r"[^\W_]+(?:[:.,/-][^\W_]+)*(?:['’](?=s\b)s)?")
_ELISION = re.compile(r"\b(?:[ldcjmnst]|qu|jusqu|lorsqu|puisqu)['’]", re.I)
_PLURALS = frozenset({"people", "children", "men", "women"})
_IS = re.compile(
    r"^(?:who|what|where|wer|was|wo|qui|où|quel\w*|qu'est-ce que) (?:is|are|was|were|ist|sind|war|est|sont|c)\b"
    r"|^what happen|^was passiert", re.I
)  # fmt: skip

_EXISTS = frozenset({"available", "provided", "offered", "vorhanden", "verfügbar", "disponible"})
_BE = re.compile(r"^(?:is|are|was|were|ist|sind|war|waren|est|sont)\b", re.I)
# A verb with a word that makes it its opposite: a check-in is no check-out.
_PARTICLE = re.compile(
    r"\b(?:(?:check|sign|log|clock|move|opt|phase|cash)\w{0,3}[- ](?=in\b|out\b)|"
    r"(?:switch|turn|power)\w{0,3}[- ](?=on\b|off\b)|(?:scale|count|slow|push)\w{0,3}[- ](?=up\b|down\b))(\w+)", re.I
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """A word that an answer has to hold, as it was asked and as stems that will do instead."""

    word: str
    stem: str
    others: frozenset[str]
    light: bool = False
    name: bool = False  # A proper name or a number, for which nothing else will do.

    @property
    def stems(self) -> frozenset[str]:
        return self.others | {self.stem}

    def is_said_by(self, stem: str, plain: str) -> bool:
        return stem == self.stem or plain == self.word or stem in self.others or self.is_head_of(stem)

    def is_head_of(self, stem: str) -> bool:
        """In German a 'Kaltmiete' is a 'Miete', but a 'Vermieter' is no 'Mieter'."""
        if len(stem) < len(self.stem) or self.name:
            return False
        tail = self.stem.removesuffix("ung")  # Which Snowball leaves to short words and takes from long ones.
        before = stem.removesuffix(self.stem).removesuffix(tail)
        long_enough = len(tail) >= _SHORTEST_HEAD and len(before) >= _SHORTEST_PREFIX
        return long_enough and before != stem and before not in _NO_COMPOUND


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it is understood. ``focus`` is the thing to count or to choose from, as stems."""

    text: str
    lexicon: Lexicon
    wanted: Wanted
    terms: tuple[Term, ...]
    focus: frozenset[str] = frozenset()
    group: str = ""  # Of a "which": what kind of thing any of its answers is.
    whole: bool = True  # It says enough to look for: more than a name.

    @property
    def needed(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if not term.light)


def asked(question: str, fallback: Lexicon | None = None) -> Asked | None:
    """What a question asks for; None for one in a language that is not understood.

    ``fallback`` is the language where the question is too short to tell, as that of the documents.
    """
    text = " ".join(folded(question).replace("’", "'").strip(" ?!.\n\t¿").split())
    lexicon = lexicon_of(text) or fallback or ENGLISH
    if not lexicon.understood:
        return None
    book = _PHRASEBOOKS[lexicon.code]
    wanted, asking, rest = _wanted(text, book)
    terms = _terms(rest, text, wanted, book)
    focus: frozenset[str] = frozenset()
    group = ""
    if wanted == "count":
        focus = _counted(rest, book)
    elif wanted == "duration" and asking and (unit := asking.groupdict().get("unit")):
        focus = frozenset({lexicon.stem(unit.lower().split()[-1])})
    elif wanted == "which" and terms:
        focus, group = frozenset({terms[0].stem}), book.group_of(terms[0].word)
        terms = [replace(terms[0], light=terms[0].light or bool(group)), *terms[1:]]
    elif wanted == "whether":
        if len(terms) > 1 and _BE.match(text):
            terms[-1] = _predicate(terms[-1], book)
        terms = [replace(term, others=term.others | book.opposites_of(term.stem)) for term in terms]
    whole = any(not term.name for term in terms) or _is_about_a_name(text, wanted)
    return Asked(text, lexicon, wanted, tuple(terms), focus, group, whole)


def other_words(question: str) -> list[str]:
    """Words that say nearly the same as those of a question, to search with: each once, in order."""
    meant = asked(question)
    if meant is None:
        return []
    book = _PHRASEBOOKS[meant.lexicon.code]
    found = [word for term in meant.needed if not term.name for word in book.words_like(term.stem)]
    return list(dict.fromkeys(found))


def _wanted(text: str, book: Phrasebook) -> tuple[Wanted, re.Match[str] | None, str]:
    """What is wanted, the match of the words that ask for it, and the rest of the question."""
    for wanted, pattern in book.patterns:
        if match := pattern.search(text):
            kept = match.groupdict().get("kept") or ""
            return wanted, match, f"{text[: match.start()]} {kept} {text[match.end() :]}"
    return "heading", None, text


def _terms(rest: str, text: str, wanted: Wanted, book: Phrasebook) -> list[Term]:
    french = book.lexicon.code == "fr"
    found: dict[str, Term] = {}
    for match in _WORD.finditer(_ELISION.sub(" ", rest) if french else rest):
        shown = match.group().removesuffix("'s")
        for part in [shown] if re.search(r"\d", shown) else re.split(r"[-/.,:]", shown):
            if part and (term := _term(part, wanted, book, first=text.startswith(part))):
                found.setdefault(term.stem, term)
    for match in _PARTICLE.finditer(rest) if book.lexicon.code == "en" else ():
        particle = match[1].lower()
        found.setdefault(particle, Term(particle, particle, frozenset(), light=False, name=False))
    terms = list(found.values())
    if all(term.light or term.name for term in terms) and not _is_about_a_name(text, wanted):
        return [replace(term, light=False) for term in terms]
    return terms


def _predicate(term: Term, book: Phrasebook) -> Term:
    """ "Is breakfast included?" names what an answer has to say; "Is parking available?" only asks if there is any."""
    if term.word in _EXISTS:
        return replace(term, light=True)
    return replace(term, light=term.light and not book.opposites_of(term.stem))


def _term(part: str, wanted: Wanted, book: Phrasebook, *, first: bool) -> Term | None:
    """A word of the question, or None for one that only helps to ask."""
    word = part.lower()
    number = any(letter.isdigit() for letter in word)
    # German writes every noun with a capital, which so says nothing there.
    name = number or (part[0].isupper() and book.lexicon.code != "de" and not first)
    code = name and part.isupper() and len(part) > 1  # "US", "IT"
    if (not code and (word in book.lexicon.stop_words or word in book.helping_words)) or (len(word) < 2 and not number):
        return None
    light = book.light_words & _LIGHT_ALWAYS if wanted in _STRICT else book.light_words
    weak = not name and (word in light or word in _SAID_BY_VALUE.get(wanted, ()))
    stem = word if number else book.lexicon.stem(word)
    others = frozenset() if name else book.synonyms_of(stem)
    if book.lexicon.code == "de" and not name:
        others |= {f"{stem}in"} if stem.endswith("er") else {stem[:-2]} if stem.endswith("erin") else frozenset()
    return Term(word, stem, others, weak, name)


def _is_about_a_name(text: str, wanted: Wanted) -> bool:
    """Whether a name alone says what is asked about: "who is Olaf Brandt", "where is Moss"."""
    return wanted in ("phone", "email", "heading", "list", "money", "amount") or bool(_IS.match(text))


def _counted(rest: str, book: Phrasebook) -> frozenset[str]:
    """The noun after "how many", as stems: the first plural, or the last word before a verb or a preposition."""
    german = book.lexicon.code == "de"
    noun = ""
    for match in re.finditer(r"[^\W\d_]+", rest):
        word = match.group().lower()
        if word in book.lexicon.stop_words:
            if noun:
                break
            continue
        noun = word
        if (
            match.group()[0].isupper()
            if german
            else word in _PLURALS or (word.endswith("s") and not word.endswith("ss"))
        ):
            break
    stem = book.lexicon.stem(noun)
    return frozenset({stem}) | book.synonyms_of(stem) if noun else frozenset()
