"""What the words of a question mean for one table: its columns, its values, spans of time, and words of asking.

Every word is taken for something, or stays ``unknown``: nothing is passed over because it was not understood.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Literal

from agents.tables.asking.lexicon import (
    BOOKINGS,
    DEALING,
    GENERAL,
    HARMLESS,
    MEASUREMENTS,
    NUMBER_WORDS,
    PREFIXES,
    THINGS,
    WORTH,
    Sense,
    concepts_of,
    fits,
    keys,
    phrases,
    says_flow,
)
from agents.tables.columns import bare
from agents.tables.dates import unaccented
from agents.tables.numerals import common_unit, is_currency, numeral, unit_of
from agents.tables.plan import Column, TableProfile
from agents.tables.time_spans import DATE_PARTS, Moment, moments
from agents.text.lexicon import lexicon_of

Kind = Literal["column", "value", "sense", "number", "moment", "part", "rows", "left out", "harmless", "unknown"]

_TOKEN = re.compile(r"[^\W_]+(?:[.,'’/:+-][^\W_]+)*|%|&|[€$£]")
_ELIDED = re.compile(r"^(l|d|qu|n|s|j|c|m|t)['’](.+)$", re.I)
_WHETHER = re.compile(r"\best-ce(?: que?\b['’]?)?", re.I)
_INVERTED = re.compile(r"(?<=\w)-t?-?(?:je|tu|il|elle|on|nous|vous|ils|elles)\b", re.I)
_LONGEST_PHRASE = 7
_NUMBERING = {"no", "nr", "num", "number", "numbers", "nummer", "nummern", "numero", "nº"}
# Words of the names of tables that stand within documents.
_PLACES_OF_TABLES = {"sheet", "table", "tabl", "page", "pag", "section", "slide", "slid"}
# How German names what a column is of in one word: 'Buchungstag', 'Bestellnummer'.
_COMPOUND = re.compile(r"^(.{4,}?)s?(?:tag|datum|nummer|nr|name|id)$")
_NUMBER_OF = re.compile(r"^(.{4,}?)s?(?:nummer|nr|id)$")  # 'Kontonummer', of a column called Konto.
_PARTICIPLE = re.compile(r"^ge(.{3,}?)e?t$")  # 'gespendet', of a 'Spender'
_THAN = {"than", "als", "que"}
_BOOKINGS = {
    "expenses", "expenditures", "withdrawals", "debits", "deposits", "credits", "ausgaben", "einnahmen", "depenses",
    "dépenses",
}  # fmt: skip
_BEFORE_OBJECTS = {"on", "for", "fur", "pour", "sur"}
_ASPECTS = {"type", "kind", "category", "status", "state", "text", "description", "reference", "art", "typ"}
_ENDING = re.compile(r"\.\w{2,5}$")
_OF_TABLES = re.compile(r"\.(?:csv|tsv|xlsx|xlsm|xlsb|xls|ods)$", re.I)
_WORKBOOK = re.compile(r"\.(?:xlsx|xlsm|xlsb|xls|ods)$", re.I)
# How sheets are called that nobody named.
_NO_NAME = re.compile(
    r"(?:(?:sheet|tabelle|feuille|feuil|table|blatt|page|data|daten|données|export|list|liste)\W*\d*)$", re.I
)
_PIECES = {"units", "pieces", "einheiten", "stucke", "unites"}
_WEEKS = {"week", "weeks", "kw", "kalenderwoche", "woche", "semaine"}
_DETERMINERS = {"the", "a", "an", "any", "there", "this", "that", "my", "our", "your", "his", "her", "their", "it"}
# Senses that a value of the same name does not outweigh.
_FIRM: frozenset[str] = frozenset(
    [
        "count",
        "how much",
        "sum",
        "mean",
        "median",
        "max",
        "min",
        "not",
        "share",
        "difference",
        "per",
        "which",
        "who",
        "when",
        "where",
        "and",
        "or",
        "between",
        "bound",
    ]
)
_TOO_GENERAL = frozenset(
    [
        "number",
        "no",
        "nr",
        "id",
        "name",
        "date",
        "total",
        "code",
        "type",
        "of",
        "per",
        "in",
        "the",
        "amount",
        "sum",
        "count",
        "value",
        "day",
        "unit",
        "average",
    ]
)


@dataclass(frozen=True, slots=True)
class Token:
    raw: str
    plain: str  # unaccented

    @property
    def capital(self) -> bool:
        return self.raw[:1].isupper()


@dataclass(slots=True)
class Mention:
    """What the words from ``start`` to before ``end`` stand for."""

    kind: Kind
    start: int
    end: int
    columns: list[Column] = field(default_factory=list)  # The candidates: of a column or of a value.
    values: list[str] = field(default_factory=list)
    sense: Sense | None = None
    besides: str = ""  # A comparison, or what kind of thing a superlative speaks of.
    number: Decimal | None = None
    moment: Moment | None = None
    loose: bool = False  # Found by a part of the name or another word for it.

    @property
    def column(self) -> Column:
        return self.columns[0]


def tokens(text: str) -> list[Token]:
    """The words of a text; 'Ada's' is 'Ada', "d'Ada" is two, 'Gesamtumsatz' is 'gesamt' and 'umsatz'."""
    found: list[Token] = []
    text = _INVERTED.sub(" ", _WHETHER.sub("est ", text))
    for raw in _TOKEN.findall(text):
        if match := _ELIDED.match(raw):
            found += [Token(match[1], unaccented(match[1])), *tokens(match[2])]
            continue
        word = re.sub(r"['’]s$", "", raw)
        plain = unaccented(word)
        prefix = next((one for one in PREFIXES if plain.startswith(one) and len(plain) >= len(one) + 4), None)
        if prefix and plain[len(prefix) :] not in ("lich", "liche", "licher", "lichen", "summe", "betrag", "zahl"):
            found += [Token(prefix, prefix), Token(plain[len(prefix) :], plain[len(prefix) :])]
        else:
            found.append(Token(word, plain))
    return found


class Understanding:
    """The mentions of one question for one table, in order."""

    def __init__(self, question: str, profile: TableProfile) -> None:
        self.profile = profile
        lexicon = lexicon_of(question)
        self._german = lexicon is not None and lexicon.code == "de"
        self.tokens = tokens(question)
        self.mentions: list[Mention] = []
        self._free = [True] * len(self.tokens)
        self._read()
        self.mentions.sort(key=lambda mention: mention.start)
        self._pass_over_percent_signs()
        self._pass_over_the_general()
        self._pass_over_what_is_said_in_full()
        self._pass_over_what_is_done()
        self._pass_over_what_a_rate_is_of()
        self._pass_over_what_a_participle_says()
        self._pass_over_an_english_was()
        self._take_bookings_as_rows()

    def of(self, *kinds: Kind) -> list[Mention]:
        return [mention for mention in self.mentions if mention.kind in kinds]

    def senses(self, *senses: Sense) -> list[Mention]:
        return [mention for mention in self.mentions if mention.kind == "sense" and mention.sense in senses]

    @property
    def unknown(self) -> list[str]:
        return [self.tokens[mention.start].raw for mention in self.of("unknown")]

    def words(self, mention: Mention) -> str:
        return " ".join(token.raw for token in self.tokens[mention.start : mention.end])

    def _read(self) -> None:
        self._phrases_of_the_table()
        self._numbered_weeks()
        for moment in moments([token.plain for token in self.tokens], self._free):
            if not self._is_of_the_table(moment):
                self._take(Mention("moment", moment.start, moment.end, moment=moment))
        self._senses(at_least=2)
        for at in range(len(self.tokens)):
            if self._free[at]:
                self._take(self._single(at))

    def _is_of_the_table(self, moment: Moment) -> bool:
        """'Q1', 'T2', where a column of names has just that."""
        found = self._names.values.get(tuple(token.plain for token in self.tokens[moment.start : moment.end]), [])
        return moment.end - moment.start == 1 and bool(found) and bool(moment.quarter)

    def _numbered_weeks(self) -> None:
        """'Week 10', 'KW 10': the one value that ends so, as 2025-W10 does."""
        for at, (word, number) in enumerate(pairwise(self.tokens)):
            if word.plain not in _WEEKS or not number.plain.isdecimal() or not (self._free[at] and self._free[at + 1]):
                continue
            ending = re.compile(rf"(?:^|\D)0?{int(number.plain)}$")
            found = [
                (column, value) for column in self.profile.columns if column.kind in ("text", "id")
                for value in column.values if re.search(r"w|kw|week|sem", value, re.I) and ending.search(value)
            ]  # fmt: skip
            if len(found) == 1:
                mention = self._value(at, at + 2, found)
                mention.loose = True
                self._take(mention)

    def _pass_over_the_general(self) -> None:
        """'Math score', '10 euros': a noun beside a column of numbers, a unit behind a number, say nothing more."""
        for mention in self.of("unknown"):
            plain = self.tokens[mention.start].plain
            numeric = [one for one in self.of("column") if any(column.is_number for column in one.columns)]
            near = (min(abs(one.start - mention.end), abs(mention.start - one.end)) <= 3 for one in numeric)
            if plain in GENERAL and (len(numeric) == 1 or any(near)):
                mention.kind = "harmless"
            if plain in _THAN and self.senses("difference"):
                mention.kind = "harmless"
            alone = sum(column.is_number for column in self.profile.columns) == 1
            wide = any(column.is_number and column.name[:1].isdecimal() for column in self.profile.columns)
            if plain in WORTH and ((alone and not numeric) or wide or any(one.end == mention.start for one in numeric)):
                mention.kind = "harmless"
            unit = unit_of(self.tokens[mention.start].raw)
            units = [column.unit for column in self.profile.columns if column.is_number]
            if unit and any(common_unit([own, unit]) for own in units) and self._behind_a_number(mention):
                mention.kind = "harmless"
            own = {unit for column in self.profile.columns for unit in (column.unit, *column.units)}
            money = any(column.kind == "money" for column in self.profile.columns)
            if unit and (unit in own or (not money and is_currency(unit) and self._behind_a_number(mention))):
                mention.kind, mention.besides = "harmless", "" if self._behind_a_number(mention) else f"in {unit}"

    def _pass_over_what_is_said_in_full(self) -> None:
        """'Montant total TTC': a word that may mean several columns means the one that another word names."""
        columns = self.of("column")
        certain = [one.column.name for one in columns if len(one.columns) == 1]
        for mention in columns:
            named = {column.name for column in mention.columns} & set(certain)
            if len(mention.columns) > 1 and len(named) == 1:
                mention.kind = "harmless"

    def _pass_over_what_is_done(self) -> None:
        """'How much was donated', of a column of donors: only 'who' asks for them."""
        for mention in self.of("column") if not self.senses("who", "count", "which") else ():
            if mention.besides == "does":
                mention.kind, mention.besides = "harmless", "dealing"

    def _pass_over_what_a_rate_is_of(self) -> None:
        """'Unemployment rate': of two numbers side by side, the first says what the second is a rate of, or is it."""
        for first, second in pairwise(self.of("column")):
            if first.end == second.start and second.loose and self.words(first) in PREFIXES:
                second.kind = "harmless"  # 'Gesamtpreis', of a column called Gesamt.
                continue
            rated = len(second.columns) == 1 and second.column.kind == "percent"
            if rated and first.end == second.start and any(column.is_number for column in first.columns):
                first.kind = "harmless"

    def _pass_over_what_a_participle_says(self) -> None:
        """Of 'crossings' and 'cancelled' in 'cancelled crossings', the participle says which crossings are meant."""
        numeric = [one for one in self.of("column") if len(one.columns) == 1 and one.column.is_number]
        for first, second in pairwise(numeric):
            between = {self.tokens[at].plain for at in range(first.end, second.start)}
            participles = [one for one in (first, second) if self.words(one).lower().endswith("ed")]
            if between <= {"were", "was", "are", "is", "been", "have", "had"} and len(participles) == 1:
                other = second if participles[0] is first else first
                other.kind = "harmless"

    def _pass_over_an_english_was(self) -> None:
        """'Was the order paid?' asks nothing of what; 'Was kostet Tee?' does, and a verb follows."""
        first = self.mentions[0] if self.mentions else None
        if first is None or first.sense != "which" or self.words(first).lower() != "was" or len(self.tokens) < 2:
            return
        after = self.tokens[1]
        named = any(one.start == 1 and one.kind in ("value", "rows", "number") for one in self.mentions)
        if named or after.plain in _DETERMINERS or after.raw[:1].isdecimal():
            first.kind, first.sense = "harmless", None

    def _take_bookings_as_rows(self) -> None:
        """'How many expenses', 'welche Ausgaben': rows, where no sign of a number tells them from others."""
        if any(column.both_signs for column in self.profile.columns):
            return
        for before, mention in pairwise(self.mentions):
            asks = before.sense in ("count", "which", "list") and before.end == mention.start
            if asks and mention.sense in ("incoming", "outgoing") and self.words(mention).lower() in _BOOKINGS:
                mention.kind, mention.sense, mention.loose = "rows", None, True

    def _pass_over_percent_signs(self) -> None:
        """'Above 5 %': behind a number it is a unit, and asks for no share."""
        for mention in self.senses("share"):
            if unit_of(self.words(mention)) == "%" and self._behind_a_number(mention):
                mention.kind, mention.sense = "harmless", None

    def _behind_a_number(self, mention: Mention) -> bool:
        return any(one.end == mention.start for one in self.of("number", "moment"))

    def _take(self, mention: Mention) -> None:
        self.mentions.append(mention)
        for at in range(mention.start, mention.end):
            self._free[at] = False

    def _phrases_of_the_table(self) -> None:
        """Names of columns and values of several words, the longest first."""
        plains = [token.plain for token in self.tokens]
        for length in range(min(_LONGEST_PHRASE, len(plains)), 1, -1):
            for start in range(len(plains) - length + 1):
                if not all(self._free[start : start + length]):
                    continue
                said = tuple(plains[start : start + length])
                if columns := self._columns_named(said):
                    self._take(Mention("column", start, start + length, columns))
                elif found := self._names.values.get(said):
                    self._take(self._value(start, start + length, found))
                elif (found := self._names.values.get((*said[:-1], said[-1].removesuffix("s")))) and len(said[-1]) > 3:
                    self._take(self._value(start, start + length, found))  # 'Oak planks', of an 'Oak plank'.
                elif label := next((one.label for one in self.profile.left_out if _plain(one.label) == said), None):
                    self._take(Mention("left out", start, start + length, values=[label]))

    def _columns_named(self, said: tuple[str, ...]) -> list[Column]:
        """Columns whose whole name is said, up to endings: 'mail bags', 'order numbers'."""
        if len(said) > 1 and (said in phrases()[0] or all(word in HARMLESS for word in said)):
            return []
        return [
            column for column, named in self._names.columns if len(named) == len(said) and all(map(_alike, named, said))
        ]

    def _senses(self, at_least: int) -> None:
        for length in range(_LONGEST_PHRASE, at_least - 1, -1):
            for start in range(len(self.tokens) - length + 1):
                if not all(self._free[start : start + length]):
                    continue
                found = self._sense(start, start + length)
                if found and not (found.sense == "count" and self._is_of_a_name(start)):
                    self._take(found)

    def _is_of_a_name(self, start: int) -> bool:
        """'The telephone number of Ada' counts nothing: its 'number' is part of a name."""
        before = self.tokens[start - 1].plain if start else ""
        return (
            self.tokens[start].plain in _NUMBERING
            and bool(before)
            and before not in HARMLESS
            and not self._sense(start - 1, start)
        )

    def _sense(self, start: int, end: int) -> Mention | None:
        exact, open_ended = phrases()
        said = tuple(token.plain.replace("’", "'") for token in self.tokens[start:end])
        if found := exact.get(said):
            return Mention("sense", start, end, sense=found[0], besides=found[1])
        for phrase, sense, besides in open_ended:
            if len(phrase) == len(said) and said[:-1] == phrase[:-1] and said[-1].startswith(phrase[-1]):
                return Mention("sense", start, end, sense=sense, besides=besides)
        return None

    def _single(self, at: int) -> Mention:  # noqa: PLR0911, PLR0912  One word, from the surest to the least sure.
        token = self.tokens[at]
        sense = self._sense(at, at + 1)
        named = self._columns_named((token.plain,))
        if named and not (sense and sense.sense in _FIRM and token.plain not in [_plain(one.name)[0] for one in named]):
            return Mention("column", at, at + 1, named)
        value = self._names.values.get((token.plain,))
        proper = token.capital and at > 0
        if value and self._is_value(token, proper) and not (sense and sense.sense in _FIRM and not proper):
            return self._value(at, at + 1, value)
        if sense and sense.sense in _FIRM:
            return sense
        number = NUMBER_WORDS.get(token.plain)
        if number or token.plain[0].isdecimal():
            found = numeral(token.raw)
            said = Decimal(number) if number else found.value(".") if found else None
            return Mention("number", at, at + 1, number=said, values=[token.raw])
        if token.plain in self._left_out_words:
            return Mention("left out", at, at + 1, values=[self._left_out_words[token.plain]])
        if (
            sense
            and sense.sense in ("incoming", "outgoing", "trend")
            and (columns := self._columns_by_concept(token.plain))
        ):
            return Mention("column", at, at + 1, columns, loose=True)
        if sense and sense.sense == "row" and (columns := self._numbers_called(token.plain)):
            return Mention("column", at, at + 1, columns, loose=True)
        if sense:
            return sense
        if token.plain in DATE_PARTS and any(column.kind == "date" for column in self.profile.columns):
            return Mention("part", at, at + 1)
        if (denied := self._denied(token.plain)) or (denied := self._doer(token.plain)):
            return Mention("column", at, at + 1, denied[0], besides=denied[1], loose=True)
        if token.plain in HARMLESS or token.plain in "€$£&":
            return Mention("harmless", at, at + 1)
        if columns := self._columns_named_in_part(token.plain):
            return Mention("column", at, at + 1, columns, loose=True)
        if token.plain in self._nouns or keys(token.plain) & self._nouns:
            return Mention("rows", at, at + 1)
        if partly := self._values_in_part(at):
            return partly
        if columns := self._columns_by_concept(token.plain):
            return Mention("column", at, at + 1, columns, loose=True)
        if token.plain in DEALING and not self._is_object(at):
            return Mention("harmless", at, at + 1, besides="dealing")
        if token.plain in THINGS or any(concept & self._nouns for concept in concepts_of(token.plain)):
            return Mention("rows", at, at + 1, loose=True)
        if label := self._labels.get(token.plain):
            return Mention("left out", at, at + 1, values=[label])
        if "." in token.plain and unaccented(self.profile.table) == token.plain:
            return Mention("harmless", at, at + 1)
        return Mention("unknown", at, at + 1)

    def _denied(self, word: str) -> tuple[list[Column], str] | None:
        """'Inactive', 'unpaid': a column of yes and no, and that it is denied."""
        for prefix in ("in", "un", "non-", "non"):
            rest = word.removeprefix(prefix)
            if rest != word and (found := [one for one in self._columns_named((rest,)) if one.kind == "yes/no"]):
                return found, "un"
        return None

    def _doer(self, word: str) -> tuple[list[Column], str] | None:
        """'Holds', of a column called Holder."""
        found = [
            column
            for column, named in self._names.columns
            if column.kind == "text" and any(not keys(one) & keys(word) and _does(one, word) for one in named)
        ]
        return (found, "does") if len(found) == 1 and len(word) > 3 else None

    def _is_object(self, at: int) -> bool:
        """'Spent on travel': behind such a preposition, a verb of dealing is a noun that names something."""
        return at > 0 and self.tokens[at - 1].plain in _BEFORE_OBJECTS

    @staticmethod
    def _is_value(token: Token, proper: bool) -> bool:
        if len(token.plain) == 1 and token.plain.isalpha():
            return (token.raw.isupper() and token.plain not in ("a", "i")) or proper
        return token.plain not in HARMLESS or proper

    def _value(self, start: int, end: int, found: list[tuple[Column, str]]) -> Mention:
        return Mention("value", start, end, [column for column, _ in found], [value for _, value in found])

    def _columns_named_in_part(self, word: str) -> list[Column]:
        if word in _PIECES and (counting := self._columns_by_concept("quantity")):
            return counting  # Of 'Quantity' and 'Unit price', units are the former.
        if word in _TOO_GENERAL:
            holding = [column for column, named in self._names.columns if word in named]
            return (
                holding
                if len(holding) == 1 and word not in ("of", "per", "in", "the", "total", "average", "amount", "number")
                else []
            )
        found = [
            (column, named) for column, named in self._names.columns if any(keys(word) & keys(one) for one in named)
        ]
        # 'Transactions' are what 'Transaction type' is a type of: rows, and no types.
        if word in self._nouns or keys(word) & self._nouns:
            found = [(column, named) for column, named in found if not _is_aspect_of(named, word)]
        # 'Rain' is 'rain_mm' before it is 'days_with_rain'.
        whole = [one for one in found if len(one[1]) == 2 and keys(word) & keys(one[1][0]) and unit_of(one[1][1])]
        if len(whole) == 1:
            return [whole[0][0]]
        # 'Order' is what 'Order date' is a date of, and not the date.
        if any(column.kind != "date" for column, _ in found) or word in self._nouns or keys(word) & self._nouns:
            found = [
                (column, named) for column, named in found
                if column.kind != "date" or len(named) == 1 or keys(word) & keys(named[-1])
            ]  # fmt: skip
        if not found and (match := _NUMBER_OF.match(word)):
            found = [
                (column, named) for column, named in self._names.columns
                if column.kind in ("id", "text") and len(named) == 1 and keys(named[0]) & keys(match[1])
            ]  # fmt: skip
        ids = [column for column, named in found if column.kind == "id" and len(named) > 1]
        return (
            ids
            if len(ids) == 1
            and len(found) > 1
            and keys(word) & keys(next(named[0] for column, named in found if column is ids[0]))
            else [column for column, _ in found]
        )

    def _columns_by_concept(self, word: str) -> list[Column]:
        concepts = concepts_of(word)
        found = [
            (column, named)
            for column, named in self._names.columns
            if any(fits(named, concept) for concept in concepts)
        ]
        whole = [column for column, named in found if len(named) == 1]
        return whole if len(whole) == 1 else [column for column, _ in found]

    def _numbers_called(self, word: str) -> list[Column]:
        """'Entrées', of a column of numbers called Entries: no word for rows then."""
        called = self._columns_by_concept(word)
        return [column for column in called if column.is_number and len(_plain(bare(column.name))) == 1]

    def _values_in_part(self, at: int) -> Mention | None:
        """'Adams' for 'Adams County', 'repairs' for 'Repair': where only one column has such values."""
        token = self.tokens[at]
        if len(token.plain) < 3:
            return None
        holding = self._names.parts.get(token.plain, {})
        for column in self.profile.columns:
            held = holding.get(column.name, [])
            if len(held) >= max(2, column.distinct):
                return Mention("column", at, at + 1, [column], loose=True)  # 'county', of a column of counties.
        if holding:
            (name, held), *others = holding.items()
            if not others and len(held) <= 3:
                column = next(one for one in self.profile.columns if one.name == name)
                mention = self._value(at, at + 1, [(column, value) for value in held])
                mention.loose = True
                return mention
        if not token.capital or self._german:  # In German every noun has one.
            alike = [
                (column, value)
                for said, found in self._names.values.items()
                if len(said) == 1 and len(said[0]) > 2 and _plural_of(token.plain, said[0])
                for column, value in found
            ]
            if alike and len({column.name for column, _ in alike}) == 1:
                mention = self._value(at, at + 1, alike)
                mention.loose = True
                return mention
            plural = [column for column in self.profile.columns if self._is_noun_of(column, token.plain)]
            if len(plural) == 1:
                return Mention("column", at, at + 1, plural, loose=True)
        return None

    def _is_noun_of(self, column: Column, word: str) -> bool:
        held = sum(
            len(found.get(column.name, [])) for part, found in self._names.parts.items() if keys(part) & keys(word)
        )
        return held >= max(2, column.distinct)

    @cached_property
    def _names(self) -> "_Names":
        return _Names(self.profile)

    @cached_property
    def _left_out_words(self) -> dict[str, str]:
        return {said[0]: one.label for one in self.profile.left_out if len(said := _plain(one.label)) == 1}

    @cached_property
    def _labels(self) -> dict[str, str]:
        """A word of the label of one of the rows that are left out: 'VAT' of 'VAT 20%'."""
        found: dict[str, list[str]] = defaultdict(list)
        for one in self.profile.left_out:
            for word in set(_plain(one.label)):
                found[word].append(one.label)
        return {word: labels[0] for word, labels in found.items() if len(labels) == 1 and not word[0].isdecimal()}

    @cached_property
    def _nouns(self) -> set[str]:
        """What a row may be called: by the file, by a title above it, or by what a column is of ('Booking date')."""
        said = [token.plain for token in tokens(_name_of_rows(self.profile.table))]
        said += [token.plain for title in self.profile.titles for token in tokens(title)]
        for column in self.profile.columns:
            named = _plain(bare(column.name))
            if len(named) > 1 and (column.kind == "id" or (named[-1] in _TOO_GENERAL and column.kind != "date")):
                said += named[:-1]
            if column.kind in ("id", "date") and (match := _COMPOUND.match(named[-1])):
                said.append(match[1])
        said += _what_rows_are(self.profile)
        return (
            {key for word in said if len(word) > 2 and not word.isdecimal() for key in keys(word)}
            - _TOO_GENERAL
            - _PLACES_OF_TABLES
        )


def _name_of_rows(table: str) -> str:
    """What the name of a table says of its rows.

    A document with a table is about something else, and so may be a workbook with a sheet of a name of its own.
    """
    file, _, place = table.partition(", ")
    name = _ENDING.sub("", file) if not place or _OF_TABLES.search(file) else ""
    if _WORKBOOK.search(file) and (sheet := re.search(r"“(.+?)”", place)) and not _NO_NAME.match(sheet[1]):
        name = ""
    return re.sub(r"[-_]", " ", f"{name} {_ENDING.sub('', place)}")


def _what_rows_are(profile: TableProfile) -> Sequence[str]:
    """What a row is called in a table of its kind: where money goes both ways, or something is measured at times."""
    if not any(column.kind == "date" for column in profile.columns):
        return ()
    numeric = [column for column in profile.columns if column.is_number]
    flows = {says_flow(bare(column.name)) for column in numeric} - {""}
    if any(column.both_signs for column in numeric if column.adds_up) or len(flows) > 1:
        return BOOKINGS
    measured = numeric and all(column.kind != "money" for column in numeric)
    return MEASUREMENTS if measured and not all(column.whole for column in numeric) else ()


class _Names:
    """The names of a table's columns and values, by their words."""

    def __init__(self, profile: TableProfile) -> None:
        self.columns = [(column, _plain(bare(column.name))) for column in profile.columns]
        self.values: dict[tuple[str, ...], list[tuple[Column, str]]] = defaultdict(list)
        self.parts: dict[str, dict[str, list[str]]] = defaultdict(dict)
        for column in profile.columns:
            for value in column.values:
                said = _plain(value)
                if said and len(said) <= _LONGEST_PHRASE:
                    self.values[said].append((column, value))
                if 1 < len(said) <= _LONGEST_PHRASE:
                    for word in set(said) - HARMLESS:
                        self.parts[word].setdefault(column.name, []).append(value)


def _alike(one: str, other: str) -> bool:
    """Whether two words are the same but for endings; 'holds' is what a 'holder' does, 'no' is short for 'number'."""
    if keys(one) & keys(other) or (one in _NUMBERING and other in _NUMBERING):
        return True
    plurals: tuple[str, ...] = (f"{one}s", f"{one}es", f"{one[:-1]}ves", f"{one[:-2]}ves")
    if one[-1:] in ("o", "a"):  # 'Konten', 'Salden', 'Firmen'
        plurals = (*plurals, f"{one[:-1]}en")
    doers = {f"{key}{ending}" for key in keys(other) for ending in ("er", "or", "r")}
    return other in plurals or one in doers


def _is_aspect_of(named: tuple[str, ...], word: str) -> bool:
    """Whether a name says something of what a word names: its type, its state."""
    return len(named) == 2 and named[1] in _ASPECTS and bool(keys(named[0]) & keys(word))


def _does(doer: str, verb: str) -> bool:
    """Whether a verb says what somebody does: 'gespendet' a 'Spender', 'emprunté' an 'Emprunteur'."""
    verbs = keys(verb) | {match[1] for key in keys(verb) if (match := _PARTICIPLE.match(key))}
    return doer in {f"{one}{ending}" for one in verbs for ending in ("er", "or", "r", "eur", "euse")}


def _plural_of(word: str, other: str) -> bool:
    return bool(keys(word) & keys(other)) or word in (f"{other}s", f"{other}es") or other in (f"{word}s", f"{word}es")


def _plain(text: str) -> tuple[str, ...]:
    return tuple(token.plain for token in tokens(text))
