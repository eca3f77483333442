"""Whether a statement that speaks of what is asked has what is wanted: a date for "when", a number of the thing."""

import re
from dataclasses import dataclass
from functools import cached_property

from agents.extraction.asking import Asked, Term
from agents.extraction.persons import asks_for_recipient, names_person
from agents.extraction.statements import HEADS_OF_PERSONS, Document, Statement, Token
from agents.extraction.values import Kind, Span, spans
from agents.text.language import is_unfinished

_FURTHEST = 14  # Words between a value and what it belongs to.
_AT_THE_HEAD = 3
_EARLY = 4
_SHORT_VALUE = 2  # Words.
_VAGUE = 0.6  # "In the hall" says less than "in Exeter".
_LABELS = {
    wanted: frozenset(words.split())
    for wanted, words in {
        "date": "date datum day tag jour when wann quand",
        "time": "time uhrzeit zeit heure date datum when beginn start",
        "place": "place location venue ort lieu where raum room salle address adresse",
        "duration": "duration dauer durée time zeit length",
        "count": "number anzahl nombre",
    }.items()
}
_KINDS: dict[str, Kind] = {
    "date": "date", "time": "time", "duration": "duration", "money": "money", "amount": "number", "count": "number",
    "place": "place", "phone": "phone", "email": "email",
}  # fmt: skip
_TOTALS = frozenset({"total", "amount", "betrag", "montant"})
_COUNTED = frozenset({"of", "more", "other", "de", "weitere", "weiteren", "autres"})

_CLAUSE = re.compile(
    r"[;]|(?:,\s*|\s)(?:because|although|whereas|but|while|weil|obwohl|aber|sondern|während|parce que|car|"
    r"mais)\s", re.IGNORECASE
)  # fmt: skip
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|so that|so as to|in order to|caused?|causes|reasons?|therefore|as a result|"
    r"thanks to|led to|on account of|weil|wegen|aufgrund|auf grund|da|damit|daher|deshalb|grund|ursache|durch|"
    r"parce qu\w*|car|en raison|à cause|afin|grâce à|raison|cause|suite à)\b", re.IGNORECASE
)  # fmt: skip
_FEW = (
    "one|two|three|four|five|six|seven|eight|nine|ten|twelve|zwei|drei|vier|fünf|sechs|zehn|deux|trois|quatre|cinq|dix"
)
_COPULA = re.compile(
    r"^(?:\W*(?:for|of|in|on|at|für|im|der|des|de|du|d|par|pour)(?:\s+[^\s,;.]+){1,4})?\W*\s*"
    r"(?:is|are|was|were|means|amounts? to|comes? to|will be|equals|ist|sind|war|waren|beträgt|betragen|lautet|"
    rf"bedeutet|est|sont|était|étaient|s'élève|(?:of|von|de|d') ?(?=\D{{0,4}}\d|(?:{_FEW})\b)|:)"
    r"|^,? ?(?:no\.? ?|nr\.? ?|n° ?|number )?[A-Z]{0,4}-?\d[\w-]*\b(?! ?[a-z])", re.IGNORECASE
)  # fmt: skip
_PASSIVE = re.compile(
    r"^what (?:is|are|was|were) (?:\w+ed|done|said|sent|made|paid|sold|built|found|given|taken|bought|kept)\b",
    re.IGNORECASE,
)
_WHAT_IS = re.compile(
    r"^(?:what|which|was|wie|wer|quel(?:le)?s?|qu)\b.{0,3}\b(?:is|are|was|were|s|ist|sind|war|waren|lautet|est|"
    r"sont|était)\b", re.IGNORECASE
)  # fmt: skip
_CONDITION = re.compile(
    r"\b(?:if|when|whenever|as soon as|once|unless|for \w+ (?:above|below|over|under|from)|wenn|falls|sobald|lorsque|"
    r"dès que)\b", re.IGNORECASE
)  # fmt: skip
# What happens at a moment: no condition says when.
_HAPPENS = re.compile(
    r"\b(?:begins?|starts?|ends?|expires?|opens?|closes?|happens?|(?:take|took|taking) place|arrives?|leaves?|"
    r"beginn\w*|ende[tn]?|fängt|startet|läuft|öffnet|schließt|statt|commence\w*|finit|termine|expire|ouvre|ferme|lieu)\b",
    re.IGNORECASE,
)
_SOON = re.compile(
    r"\b(?:within|after|before|by|in|until|not later than|innerhalb|binnen|nach|vor|bis|sous|dans|après|avant)\s+$",
    re.I,
)
_OFTEN = re.compile(
    r"\b(?:every|each|once|twice|(?:two|three|four|\d+) times|daily|weekly|monthly|quarterly|yearly|annually|hourly|"
    r"täglich|wöchentlich|monatlich|jährlich|alle|jede[nrs]?|tous les|toutes les|chaque|"
    r"par (?:jour|mois|an|semaine))\b", re.IGNORECASE
)  # fmt: skip
_HOW_OFTEN = re.compile(r"^(?:how often|wie oft)", re.IGNORECASE)
_TIME_MEASURED = re.compile(
    r"\b(?:old|age|alt|alter|âge|earlier|later|longer|shorter|faster|früher|später|länger|plus tôt|plus tard)\b", re.I
)
_EQUALS = re.compile(
    r"\b(?:is|are|was|were|of|at|to|ist|sind|war|beträgt|auf|von|est|de|à)\W{0,3}"
    r"(?:[A-Z]{3} |about |around |up to |rund )?$"
)
_UNIT = re.compile(
    r"\s?(?:%|°|k?g\b|mg\b|lbs?\b|ounces?\b|ton(?:ne)?n?s?\b|[cm]?l\b|lit(?:re|er)s?\b|[ckm]?m[²³]?\b|qm\b|[kM]?W\b|kWh\b|V\b|dB\b|"
    r"[KMGT]B\b|k?Hz\b|mph\b|km/h|knots|per ?cent\b|prozent\b|inch|feet\b|metres?\b|meters?\b|miles?\b|grams?\b|"
    r"tea|table|cups?\b|degrees?\b|grad\b|degrés?\b|"
    r"square|pieces?\b|million|billion|hectares?\b|acres?\b)", re.IGNORECASE
)  # fmt: skip
_LENGTH = re.compile(
    r"\d\s?(?:m|cm|mm|km|metres?|meters?|feet|ft|miles?|inches|pages?|meter|seiten?|mètres?)\b", re.IGNORECASE
)
_HOW_MUCH = re.compile(r"^(?:how (?:much|high|large|big|great)|wie (?:viel|hoch|groß)|combien)\b", re.IGNORECASE)
_THERE_ARE = re.compile(r"^how many (?:[\w-]+ ){1,3}(?:are|were|is) there$|^wie viele [\w -]+ gibt es$", re.IGNORECASE)
_AT_MOST = re.compile(
    r"\b(?:(?:may|can) (?:only )?(?:have|get|take)|up to|at most|no more than|maximum|höchstens|maximal|bis zu|"
    r"peu(?:t|vent) (?:avoir|obtenir|prendre)|jusqu'à|au plus)\b[^.;]*$", re.IGNORECASE
)  # fmt: skip
# 'A deposit of 20 euros' is no price, and what it costs only where nothing else is.
_PRICE = re.compile(r"\b(?:prices?|\w*preise?|prix)\b", re.IGNORECASE)
_OTHER_MONEY = 0.5
_OF_MONEY = re.compile(
    r"\b(deposit|fine|penalty|discount|refund|tax|tip|bonus|surcharge|kaution|pfand|strafe|rabatt|zuschlag|trinkgeld|"
    r"caution|amende|remise|consigne)(?: (?:of|von|de|in höhe von|d'))? (?:up to |about |bis zu |rund |environ )?$",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    r"(?:year|annu|month|week|dai|days?$|quarter|hour|jahr|jähr|monat|woche|wöch|tage?$|tägl|quartal|ans?$|mois|mensuel|"
    r"semaine|hebdo|jour)", re.IGNORECASE
)  # fmt: skip
_SHARE = re.compile(r"\d\s?(?:%|per ?cent|percent|prozent|pour ?cent)", re.IGNORECASE)
# 'three months' rent': an amount told by what is paid.
_PAYMENTS = re.compile(
    rf"\b(?:\d+|{_FEW}) (?:(?:days?|weeks?|months?|years?)['’]s? |(?:daily|weekly|monthly|yearly|annual) "
    r"|monats|(?:jours|semaines|mois|ans) (?:de |d['’]))[^\W\d_]+", re.IGNORECASE
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Held:
    """What a statement holds of a question: terms of its ``own``, and terms that its label ``said`` in other words."""

    asked: Asked
    statement: Statement
    own: list[Term]
    said: list[Term]

    def places(self, term: Term) -> list[int]:
        """Where a term stands among the words of the statement."""
        tokens = self.statement.tokens
        return [at for at, token in enumerate(tokens) if term.is_said_by(token.stem, token.plain)]

    @cached_property
    def all_places(self) -> list[int]:
        return sorted({at for term in self.own for at in self.places(term)})

    @cached_property
    def tokens(self) -> list[Token]:
        return [self.statement.tokens[at] for at in self.all_places]

    def in_front(self, term: Term) -> bool:
        """Whether a term stands in the label."""
        statement = self.statement
        return bool(statement.label) and any(statement.tokens[at].end <= statement.value_at for at in self.places(term))

    @cached_property
    def labelled(self) -> bool:
        """Whether the label alone says what is wanted, 'Date: …' for "when", or the line is nothing but a date."""
        statement, wanted = self.statement, self.asked.wanted
        if statement.label:
            return not statement.says and statement.label.lower() in _LABELS.get(wanted, ())
        return statement.at <= _AT_THE_HEAD and _is_bare(statement.text, wanted)

    @cached_property
    def in_label(self) -> bool:
        """Whether the label holds words of the question, so that the value is what is asked for."""
        statement = self.statement
        if not statement.label:
            return False
        if self.said or self.labelled:
            return True
        kind = _LABELS.get(self.asked.wanted, ())
        foreign = [one for one in statement.label_tokens if not self._is_asked(one) and one.plain not in kind]
        absent = [term for term in self.asked.needed if term not in self.own and not statement.is_headed_by(term.stems)]
        if foreign and (absent or self._only_totals):
            return False  # 'Customer number' is no insurance number, 'Sum insured' no total.
        if (
            foreign
            and foreign[-1] is statement.label_tokens[-1]
            and any(term not in self.own for term in self.asked.needed)
        ):
            return False  # 'Invoice date' is no invoice number, whatever the heading says.
        return any(self.in_front(term) for term in self.own)

    @cached_property
    def only_synonyms(self) -> bool:
        """Whether the label holds other words for those of the question, and nothing else does."""
        label = {token.stem for token in self.statement.label_tokens}
        return all(self.in_front(term) and term.stem not in label for term in self.own)

    @cached_property
    def _only_totals(self) -> bool:
        return self.only_synonyms and all(term.word in _TOTALS for term in self.own)

    @cached_property
    def nearness(self) -> float:
        """1 when the question's words stand side by side, towards 0 when they are far apart."""
        at = self.all_places
        distinct = len({token.stem for token in self.tokens})
        return min(1.0, distinct / (at[-1] - at[0] + 1)) if distinct > 1 else 0.0

    def repeats(self, value: str) -> bool:
        """Whether a value only says what the question said already."""
        said = {word for term in self.asked.terms for word in (term.word, term.stem)}
        words = re.findall(r"[^\W_]+(?:[.,:][^\W_]+)*", value.lower())
        telling = [word for word in words if len(word) > 2 or word[0].isdigit()]
        return bool(telling) and all(word in said for word in telling)

    def _is_asked(self, token: Token) -> bool:
        return any(term.is_said_by(token.stem, token.plain) for term in self.asked.terms)


def fits(held: Held, document: Document) -> float | None:
    """How well the statement has what is wanted, 0 to 1, or None if it has not."""
    statement, wanted = held.statement, held.asked.wanted
    if statement.asks or _breaks_off(statement) or (statement.says and not statement.label and wanted != "person"):
        return None
    if wanted == "person":
        if statement.says and statement.label and statement.label.lower() not in HEADS_OF_PERSONS:
            return None  # 'Date: …' of a mail names nobody.
        if statement.greets and not asks_for_recipient(held.asked):
            return None
        return names_person(held.asked, statement, document, held.tokens, held.in_label)
    if wanted in _KINDS:
        return _has_value(held)
    return {"which": _names_one, "reason": _reasons, "manner": _speaks, "whether": _speaks}.get(wanted, _tells)(held)


def _breaks_off(statement: Statement) -> bool:
    """Whether it is half a sentence; 'Power: on' is none."""
    value = statement.text[statement.value_at :].split() if statement.label else []
    return is_unfinished(statement.text) and not 0 < len(value) <= _SHORT_VALUE


def gives_reason(text: str) -> bool:
    """Whether a text has a word that reasons are given with."""
    return bool(_REASON.search(text))


def _reasons(held: Held) -> float | None:
    return 0.8 if gives_reason(held.statement.text) else None


def _speaks(held: Held) -> float | None:
    """For "how" and "whether": the sentence that speaks of all of it."""
    led = any(term.stems & held.statement.lead_stems for term in held.asked.needed)
    early = bool(held.all_places) and held.all_places[0] <= _EARLY
    return 0.7 if len(held.own) > 1 or held.in_label or led or early else None


def _is_bare(text: str, wanted: str) -> bool:
    """Whether a line at the head of a document is little but a date and time, or a place below it."""
    if wanted in ("date", "time"):
        found = [*spans("date", text), *spans("time", text)]
        return bool(found) and sum(end - start for start, end in found) > 0.4 * len(text.replace(" ", ""))
    words = re.findall(r"[^\W\d_]{2,}", text)
    named = all(word[0].isupper() or word in ("of", "the") for word in words)
    return wanted == "place" and 1 < len(words) <= 8 and "," in text and named


def _has_value(held: Held) -> float | None:
    """For "when", "how many" and their like: how closely a value belongs to the words of the question."""
    statement, wanted = held.statement, held.asked.wanted
    found, strength = _values(held)
    found = [span for span in found if not held.repeats(statement.text[slice(*span)])]
    happens = _HAPPENS.search(held.asked.text)
    conditional = wanted == "date" and not found and (not happens or _depends(held, happens.group()))
    if conditional and len(held.all_places) > 1 and _CONDITION.search(statement.text):
        return 0.5  # "When is it free?" "For orders above 50 euros."
    if held.labelled and not statement.label:
        return 0.9
    if held.in_label and wanted == "place":
        return 1.0  # The value of 'Location: …' is a place, however it is written.
    if held.in_label or statement.is_row:
        found = [span for span in found if span[0] >= statement.value_at]
        if statement.is_row and wanted == "count":
            found = [span for span in found if _is_counted_by_its_cell(held, span)]
        return strength * (0.6 if statement.is_row else 1.0) if found else None
    if statement.label and held.only_synonyms:
        return None  # The value of a label that is about something else.
    best = max((_bound(held, span) for span in found), default=0.0)
    return strength * best or None


def _depends(held: Held, happens: str) -> bool:
    """Whether a condition follows the very verb that was asked: 'begins as soon as both have signed'."""
    verb = held.asked.lexicon.stem(happens.lower().split()[-1])
    text = held.statement.text
    return any(
        token.stem == verb and _CONDITION.match(text[token.end :].lstrip(" ,")) for token in held.statement.tokens
    )


def _is_counted_by_its_cell(held: Held, span: Span) -> bool:
    """Of 'Branch: Bristol; Staff: 12', the second cell has a number of staff, and none has one of branches."""
    before = held.statement.text[: span[0]].rpartition("; ")[2]
    return bool(held.asked.focus & set(_stemmed(held.asked, before.partition(":")[0])))


def _values(held: Held) -> tuple[list[Span], float]:
    """Everything in the statement that may be the value, and how surely such a thing is one."""
    asked, text = held.asked, held.statement.text
    found = list(spans(_KINDS[asked.wanted], text))
    if asked.wanted in ("amount", "count"):
        found = _without(found, [*spans("date", text), *spans("time", text)])
    if asked.wanted == "amount":
        times = list(spans("duration", text))
        found = [span for span in _without(found, times) if _measures(held, span)]
        return found + (times if _TIME_MEASURED.search(asked.text) else []), 1.0
    if asked.wanted == "duration":
        return _durations(asked, text, found), 1.0
    if found:
        return found, 1.0
    if asked.wanted == "date":
        soon = [span for span in spans("duration", text) if _SOON.search(text[: span[0]]) and not _each(text, span)]
        return soon or list(spans("time", text)), 0.7
    return _other_moneys(held) if asked.wanted == "money" else ([], 0.0)


def _each(text: str, span: Span) -> bool:
    """'48 hours in a month' is no moment: it is how often."""
    return bool(re.search(r"\bin $", text[: span[0]])) and bool(re.match(r"an? ", text[span[0] :]))


def _other_moneys(held: Held) -> tuple[list[Span], float]:
    """What is money without a currency: the number of a label or a row, a share, or 'three months' rent'."""
    statement, text = held.statement, held.statement.text
    if statement.label or statement.is_row:
        return list(spans("number", text)), 0.7
    return [*_shares(held), *(one.span() for one in _PAYMENTS.finditer(text))], 0.7


def _shares(held: Held) -> list[Span]:
    """Percentages, where more is said of them than how often: 'interest of 5 percent per year' is no yearly fee."""
    only_how_often = bool(held.own) and all(_PERIOD.match(term.word) for term in held.own)
    return [] if only_how_often else [one.span() for one in _SHARE.finditer(held.statement.text)]


def _measures(held: Held, span: Span) -> bool:
    """Whether a number measures something: it has a unit, or the thing beside it, or a word like 'is' before it."""
    statement = held.statement
    before, after = statement.text[: span[0]], statement.text[span[1] :]
    if statement.label or statement.is_row or _EQUALS.search(before) or _UNIT.match(after):
        return True
    following = re.match(r"\W*([^\W_]+)", after)
    beside = held.asked.lexicon.stem(following[1].lower()) if following else ""
    priced = _HOW_MUCH.match(held.asked.text) and any(
        low <= span[0] < high for low, high in spans("money", statement.text)
    )
    return bool(priced) or any(beside in term.stems for term in held.asked.terms)


def _durations(asked: Asked, text: str, found: list[Span]) -> list[Span]:
    if asked.focus:
        return [span for span in found if asked.focus & set(_stemmed(asked, text[slice(*span)]))]
    if _HOW_OFTEN.match(asked.text):
        return [often.span() for often in _OFTEN.finditer(text)] or found
    return found or [length.span() for length in _LENGTH.finditer(text)]


def _stemmed(asked: Asked, text: str) -> list[str]:
    return [asked.lexicon.stem(word) for word in re.findall(r"[^\W\d_]+", text.lower())]


def _without(found: list[Span], others: list[Span]) -> list[Span]:
    return [span for span in found if not any(low < span[1] and span[0] < high for low, high in others)]


def _bound(held: Held, span: Span) -> float:
    """How closely a value belongs to the words of the question: 0 if another clause holds them."""
    if held.asked.wanted == "count":
        return _counts(held, span)
    statement, tokens = held.statement, held.statement.tokens
    other = _OF_MONEY.search(statement.text[: span[0]]) if held.asked.wanted == "money" else None
    beside = other is not None and not re.search(rf"\b{other[1]}", held.asked.text, re.IGNORECASE)
    if beside and _PRICE.search(held.asked.text):
        return 0.0
    first = next((at for at, token in enumerate(tokens) if token.end > span[0]), len(tokens))
    last = max((at for at, token in enumerate(tokens) if token.start < span[1]), default=first)
    clause = _clause(statement.text, span[0])
    names = {term.stem for term in held.asked.terms if term.name}
    plain = [at for at in held.all_places if tokens[at].stem not in names]
    within = [at for at in plain if _clause(statement.text, tokens[at].start) == clause]
    if {tokens[at].stem for at in within} != {tokens[at].stem for at in plain}:
        return 0.0
    vague = held.asked.wanted == "place" and not re.search(r"[A-ZÀ-Þ\d@/]", statement.text[slice(*span)])
    distance = min((max(first - at, at - last, 0) for at in within or held.all_places), default=6)
    strength = _VAGUE if vague else _OTHER_MONEY if beside else 1.0
    return max(strength - 0.04 * distance, 0.0) if distance <= _FURTHEST else 0.0


def _counts(held: Held, span: Span) -> float:
    """Whether a number counts what is asked: 'employs 340 people', not 'three votes'.

    How many one may have says nothing of how many there are.
    """
    statement, tokens, focus = held.statement, held.statement.tokens, held.asked.focus
    if _THERE_ARE.match(held.asked.text) and _AT_MOST.search(statement.text[: span[0]]):
        return 0.0
    german = statement.lexicon.code == "de"
    number = max((at for at, token in enumerate(tokens) if token.start < span[1]), default=0)
    for at in range(number + 1, min(number + 4, len(tokens))):
        between = statement.text[span[1] : tokens[at].start]
        words = re.findall(r"[^\W\d_]+", between.lower())
        if re.search(r"[,;:()]|\.\s", between) or statement.lexicon.stop_words & set(words) - _COUNTED:
            break
        stem = tokens[at].stem
        if stem in focus or (german and any(len(one) >= 4 and stem.endswith(one) for one in focus)):
            return 1.0 - 0.05 * (at - number)
    # "How many people does it serve?" 'It serves 8.'
    unsaid = not focus & statement.stems and any(term.light for term in held.asked.terms[:1])
    verbs = {term.stem for term in held.own}  # Their own words: 'phones every two' is not how many were on call.
    near = (at for at in held.all_places if tokens[at].stem in verbs)
    return 0.8 if unsaid and any(abs(number - at) <= 2 for at in near) else 0.0


def _clause(text: str, offset: int) -> int:
    return sum(border.start() < offset for border in _CLAUSE.finditer(text))


def _tells(held: Held) -> float | None:
    """For "what": a label's value, what a copula says of it, or a sentence that holds all of the question."""
    asked, statement, tokens = held.asked, held.statement, held.statement.tokens
    enough = len(held.own) >= max(1, len(asked.needed))
    if held.in_label:
        return (
            1.0
            if all(any(t.is_said_by(k.stem, k.plain) for t in asked.terms) for k in statement.label_tokens)
            else 0.85
        )
    if statement.is_row or (statement.label and all(token.end <= statement.value_at for token in held.tokens)):
        return 0.5 if statement.is_row and enough else None
    if held.all_places and _with_heading(held):
        return 0.7
    what_is = not _PASSIVE.match(asked.text) and _WHAT_IS.match(asked.text)
    if what_is or asked.wanted != "what":
        said = [at for at in held.all_places if _COPULA.match(statement.text[tokens[at].end :])]
        if said:
            return 0.9 if said[0] <= 8 else 0.6
        return 0.6 if not what_is and enough and (len(held.own) > 1 or asked.wanted == "list") else None
    rest = [token for token in tokens if token.plain not in statement.lexicon.stop_words and token not in held.tokens]
    nearly = len(held.own) >= max(1, len(asked.needed) - 1) and len(held.own) + len(asked.needed) > 1
    return 0.7 if nearly and len(rest) >= 2 else None


def _with_heading(held: Held) -> bool:
    """Whether the heading and the statement say it together: 'Opening hours', and Saturdays below it."""
    needed = held.asked.needed
    headed = [term for term in needed if not term.name and held.statement.is_headed_by(term.stems)]
    return bool(headed) and held.own != headed and all(term in headed or term in held.own for term in needed)


def _names_one(held: Held) -> float | None:
    """For "which": a name or a number beside the thing, or any of its kind."""
    asked, text, tokens = held.asked, held.statement.text, held.statement.tokens
    if held.in_label:
        named = not asked.focus or any(token.stem in asked.focus for token in tokens)
        # "Which yard built her?" 'Built by: Ulstein', not 'Built: 1998'.
        return 1.0 if named or any(spans("name", text[held.statement.value_at :])) else None
    if asked.group:
        kind: Kind = "place" if asked.group == "place" else "name"
        found = [span for span in spans(kind, text) if not held.repeats(text[slice(*span)])]
        telling = any(span[0] > 0 or " " in text[slice(*span)] for span in found)
        # What is done by it, or a name alone: "Which bank does she use?" is answered by no other name.
        spoken = any(not term.name and (term.stem in asked.focus or term in asked.needed) for term in held.own)
        return 0.8 if telling and spoken else None
    complete = len(held.own) >= len(asked.needed)
    for at in (at for at in held.all_places if tokens[at].stem in asked.focus):
        after = text[tokens[at].end :]
        around = [*tokens[max(0, at - 2) : at], *tokens[at + 1 : at + 4]]
        named = any(re.match(r"[A-ZÀ-Þ\d]", text[one.start]) and one.start and one not in held.tokens for one in around)
        if named or _COPULA.match(after):
            return 0.8
        if complete and re.match(r" (?:in|of|für|de|en) [^\W\d_]+", after):
            return 0.6
    others = any(term.stem not in asked.focus for term in held.own)
    return 0.6 if others and len(held.own) > 1 else None
