"""A question about one table: what its words stand for, and which of them are not used up yet."""

from itertools import pairwise

from agents.tables.asking.lexicon import concepts_of, fits, is_pay, keys
from agents.tables.asking.mentions import Mention, Understanding
from agents.tables.columns import bare
from agents.tables.dates import unaccented
from agents.tables.plan import Column, Condition, Function, Grouping, TablePlan
from agents.tables.saying import listed, say
from agents.text.language import words

Plans = list[tuple[str, TablePlan]]  # The plans that a question may mean, each with what tells it from the others.
Target = tuple[Grouping, Column]  # What is to be named: how it groups rows, and its column.


_FUNCTIONS = ("sum", "mean", "median", "max", "min")
_BY_WHAT = "by what"  # What is to be ranked by; to add up, what adds up is meant.
_VALUE_DATES = {"valuta", "value", "valeur", "wert"}
# What may stand in a question without being used in a plan; the answer is the same without it.
_ASIDE = ("which", "list", "row", "and")


class NotUnderstoodError(Exception):
    """The question is about the table, but not understood; its text says why, as a clause, in the language spoken."""

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(say(sentence, **values))


class Question:
    """A question about one table. What is used of it is marked, for a question of which anything is left is not
    understood. ``notes`` say what was taken for what."""

    ratio: tuple[Column, Column] | None = None

    def __init__(self, said: Understanding) -> None:
        self.said = said
        self.profile = said.profile
        self.notes: list[str] = []
        self.assumed = False  # What to calculate with is the only thing that it can be, and not said.
        self.used: set[int] = set()  # Places in the question of mentions that are used up.
        self.doubtful_dates = False

    def has(self, *senses: str) -> bool:
        return any(mention.sense in senses for mention in self.said.of("sense"))

    def first(self, *senses: str) -> Mention | None:
        return next((mention for mention in self.said.of("sense") if mention.sense in senses), None)

    def free(self, *kinds: str) -> list[Mention]:
        return [mention for mention in self.said.mentions if mention.kind in kinds and mention.start not in self.used]

    def use(self, *mentions: Mention) -> None:
        self.used |= {mention.start for mention in mentions}

    def senses_left(self, *senses: str) -> list[Mention]:
        return [one for one in self.said.of("sense") if one.sense in senses and one.start not in self.used]

    def column(self, name: str) -> Column:
        return next(column for column in self.profile.columns if column.name == name)

    def one_of(self, mention: Mention) -> Column:
        """The column that a mention means; several are told apart by what else the question says, or not at all."""
        if len(mention.columns) == 1:
            if mention.loose and not self.says(mention.column, mention):
                said = self.said.words(mention)
                self.notes.append(say("I read “{said}” as the column {column}.", said=said, column=mention.column.name))
            return mention.column
        told = listed((column.name for column in mention.columns), "or")
        raise NotUnderstoodError("“{words}” may mean {columns}", words=self.said.words(mention), columns=told)

    def says(self, column: Column, mention: Mention) -> bool:
        named = {key for word in words(bare(column.name)) for key in keys(word)}
        return any(named & keys(self.said.tokens[at].plain) for at in range(mention.start, mention.end))

    def numeric(self) -> list[Column]:
        return [column for column in self.profile.columns if column.is_number]

    def measures(self, most: int = 1) -> list[Column]:
        """The columns of numbers that are named, and not used yet. One word may stand for so many of them."""
        found: list[Column] = []
        for mention in self.free("column"):
            numeric = [column for column in mention.columns if column.is_number]
            if not numeric:
                continue
            if 1 < len(numeric) <= most:
                found += numeric
                self.use(mention)
                continue
            if len(numeric) > 1:
                money = [column for column in numeric if column.adds_up]
                numeric = money if len(money) == 1 else numeric
            if len(numeric) > 1:
                self.one_of(mention)
            mention.columns = numeric
            found.append(self.one_of(mention))
            self.use(mention)
        return unlike(found)

    def only_measure(self, what: str = "what to add up") -> Column:
        """The column of numbers that is meant when none is named: the only one there is."""
        numeric = self.numeric()
        numeric = [column for column in numeric if not column.running] or numeric
        additive = [column for column in numeric if column.adds_up]
        money = [column for column in additive if column.kind == "money"]
        for choice in (numeric, money) if what == _BY_WHAT else (numeric, additive, money):
            if len(choice) == 1:
                self.assumed = True
                if len(numeric) > 1:
                    self.notes.append(say("I took {columns} as what is asked for.", columns=choice[0].name))
                return choice[0]
        if not numeric:
            raise NotUnderstoodError("{table} has no numbers to calculate with", table=self.profile.table)
        told = listed((column.name for column in numeric), "or")
        raise NotUnderstoodError("the question does not say {what}: {columns}", what=what, columns=told)

    def money(self) -> Column | None:
        """The column of what is paid and earned, if only one can be."""
        wanted = {
            key for word in ("amount", "price", "revenue", "total") for concept in concepts_of(word) for key in concept
        }
        wanted |= {"total", "gesamt", "summe"}
        numeric = [column for column in self.numeric() if column.kind == "money"] or [
            column for column in self.numeric() if any(keys(word) & wanted for word in words(bare(column.name)))
        ]
        adding = [column for column in numeric if column.adds_up] or numeric
        return adding[0] if len(adding) == 1 else None

    def hinted(self, hint: str) -> Column | None:
        """The column that a word like 'heaviest' or 'how old' speaks of, if it is one."""
        fitting = self.all_hinted(hint)
        return fitting[0] if len(fitting) == 1 else None

    def all_hinted(self, hint: str) -> list[Column]:
        """The columns that such a word may speak of."""
        wanted = keys(hint).union(*concepts_of(hint))
        fitting = [
            column
            for column in self.profile.columns
            if (column.is_number or column.kind == "date") and fits(words(bare(column.name)), wanted)
        ]
        if hint == "price":
            fitting = [column for column in fitting if not is_pay(bare(column.name))]
            fitting = fitting or ([money] if (money := self.money()) and not is_pay(bare(money.name)) else [])
        if hint in ("date", "young"):
            fitting = [column for column in self.profile.columns if column.kind == "date"]
        return fitting

    def function(self) -> Function | None:
        """The mean, median or sum that is asked for, which is used up by asking for it here."""
        asked = self.first("mean") or self.first("median") or self.first("sum")
        if asked is None:
            return None
        self.use(*(one for one in self.said.of("sense") if one.sense == asked.sense))
        return asked.sense  # type: ignore[return-value]

    def functions(self) -> list[Function]:
        """Several numbers that are asked for at once, as by 'highest and lowest'; else none."""
        asked = [one for one in self.said.of("sense") if one.sense in _FUNCTIONS]
        if len(asked) < 2 or not self.has("and") or any(one.besides for one in asked):
            return []
        joins = [self._joined(first, second) for first, second in pairwise(asked)]
        if "and" not in joins or "" in joins or len({one.sense for one in asked}) < len(asked):
            return []
        self.use(*asked)
        return [one.sense for one in asked]  # type: ignore[misc]

    def _joined(self, first: Mention, second: Mention) -> str:
        """How two of them stand together: 'and', 'next' ('minimum, maximum and …'), or '' ('highest average')."""
        between = [one for one in self.said.mentions if first.end <= one.start < second.start]
        if any(one.kind not in ("harmless", "column") and one.sense != "and" for one in between):
            return ""
        if any(one.sense == "and" for one in between):
            return "and"
        ends = ("max", "min")
        return "next" if not between and (first.sense in ends) == (second.sense in ends) else ""

    def conditioned(self, column: Column) -> bool:
        return any(
            one.kind == "value" and any(column.name == own.name for own in one.columns) for one in self.said.mentions
        )

    def date_column(self, dated: list[Column]) -> Column:
        named = [one for one in self.said.of("column") if one.column.kind == "date"]
        if named and len(named[0].columns) == 1:
            asked = any(
                one.sense in ("which", "when", "per") and one.end == named[0].start for one in self.said.of("sense")
            )
            if not asked:
                self.use(named[0])
            return named[0].column
        if len(dated) > 1 and (booked := _booked(dated)):
            self.notes.append(say("I took the dates of {column}.", column=booked.name))
            return booked
        if len(dated) > 1:
            told = listed((column.name for column in dated), "or")
            raise NotUnderstoodError(
                "{table} has several dates, and the question does not say which: {told}",
                table=self.profile.table,
                told=told,
            )
        return dated[0]

    def direction(self) -> int:
        high, low = self.first("max"), self.first("min")
        if (
            high
            and high.besides == "date"
            and self.said.words(high) in ("last", "letzte", "letzten")
            and self.free("moment")
        ):
            return 0
        if high and low:
            return 0
        return 1 if high else -1 if low else 0

    def dealing(self) -> bool:
        return any(mention.besides == "dealing" for mention in self.said.of("harmless")) or bool(
            self.free("rows") or self.has("outgoing", "incoming")
        )

    def names_rows(self, mention: Mention) -> bool:
        """'Of Kim's projects', 'who ordered': where each row is a project or an order, this leaves out none."""
        if mention.kind != "column":
            return False
        label = mention.column.unique and mention.column.kind in ("id", "text")
        return len(mention.columns) == 1 and (label or (mention.loose and mention.column.kind == "id"))

    def refuse_the_unknown(self) -> None:
        if unknown := self.said.unknown:
            told = listed((say("“{said}”", said=word) for word in dict.fromkeys(unknown)), "or")
            raise NotUnderstoodError(
                "I do not know what {words} means for {table}", words=told, table=self.profile.table
            )

    def refuse_the_unused(self) -> None:
        left = [
            mention for mention in self.free("column", "value", "number", "moment", "part", "left out")
            if not self.names_rows(mention)
        ]  # fmt: skip
        if left:
            told = listed(say("“{said}”", said=self.said.words(mention)) for mention in left)
            sentence = "I do not understand what {words} has to do with the rest of the question"
            raise NotUnderstoodError(sentence, words=told)
        if stray := [one for one in self.free("sense") if not self._says_nothing_more(one)]:
            raise NotUnderstoodError("I do not understand “{words}” in this question", words=self.said.words(stray[0]))

    def _says_nothing_more(self, mention: Mention) -> bool:
        """Whether a word of asking that no plan used changes nothing: 'from' and 'to' are prepositions, too."""
        how_much = mention.sense == "how much" and not mention.besides
        preposition = mention.besides in ("from", "to")
        return mention.sense in _ASIDE or how_much or preposition or self._is_relative(mention)

    def _is_relative(self, mention: Mention) -> bool:
        """'Employees who are not remote': behind a noun, 'who' and 'where' ask for nothing."""
        noun = any(one.end == mention.start and one.kind in ("column", "rows", "value") for one in self.said.mentions)
        return mention.sense in ("who", "where", "when") and noun

    def plan(self, conditions: list[Condition], **fields: object) -> TablePlan:
        return TablePlan(table=self.profile.table, conditions=conditions, **fields)


def _booked(dated: list[Column]) -> Column | None:
    """Of a date of booking and the date from which it bears interest, the first is meant."""
    valued = [one for one in dated if {unaccented(word) for word in words(bare(one.name))} & _VALUE_DATES]
    valued += [one for one in dated if one not in valued and unaccented(one.name).startswith(("valuta", "wertstell"))]
    rest = [one for one in dated if one not in valued]
    return rest[0] if valued and len(rest) == 1 else None


def unlike(columns: list[Column]) -> list[Column]:
    return list({column.name: column for column in columns}.values())


def of_people(columns: list[Column]) -> list[Column]:
    """Of 'Customer' and 'Customer ID' the one with names."""
    texts = [column for column in columns if column.kind == "text"]
    return texts if len(texts) == 1 else columns
