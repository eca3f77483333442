"""Questions about tables, with answers that are computed from the rows, in the words of three languages."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from random import Random

from bench.trust import words
from bench.trust.notation import MONTHS, day
from bench.trust.question import Day, Expected, Nothing, Number, Question, Readings, Words
from bench.trust.records import Look, Records, Row

_PHRASES: dict[str, dict[str, list[str]]] = {
    "en": {
        "count": ["How many {many} are there?", "How many {many} are listed?", "What is the number of {many}?", "How many {many} are in the table?"],
        "count_of": ["How many {many} does {v} have?"],
        "distinct": ["How many {group_many} are there?", "How many different {group_many} are there?", "How many distinct {group_many} are listed?"],
        "sum": ["What is the total {measure}?", "What is the {measure} in total?", "What is the sum of the {measure} column?", "What does the {measure} add up to?"],
        "sum_of": ["What is the total {measure} of {v}?", "What is the total {measure} for {v}?"],
        "total": ["What is the total?", "What is the sum?"],
        "biggest": ["Which {group_one} is the biggest?", "Which is the largest {group_one}?"],
        "average": ["What is the average {measure}?", "What is the mean {measure}?", "What is the {measure} on average?"],
        "average_of": ["What is the average {measure} for {v}?", "What is the average {measure} of {v}?"],
        "share": ["What percentage of the total {measure} is from {v}?", "What share of the {measure} does {v} have?", "What per cent of the {measure} comes from {v}?"],
        "without": ["What is the total {measure} without {v}?", "What is the total {measure} except {v}?", "What is the total {measure}, excluding {v}?"],
        "count_without": ["How many {many} are there without {v}?", "How many {many} are not from {v}?", "How many {many} are there except those of {v}?"],
        "most": ["Which {group_one} has the most {many}?"],
        "fewest": ["Which {group_one} has the fewest {many}?"],
        "top": ["Which {group_one} has the highest total {measure}?", "Which {group_one} has the largest {measure} in total?"],
        "bottom": ["Which {group_one} has the lowest total {measure}?"],
        "highest": ["Which {one} has the highest {measure}?", "Which {one} has the largest {measure}?"],
        "lowest": ["Which {one} has the lowest {measure}?", "Which {one} has the smallest {measure}?"],
        "maximum": ["What is the highest {measure}?", "What is the maximum {measure}?"],
        "lookup": ["What is the {measure} of {one} {id}?", "What is the {measure} for {id}?"],
        "group_of": ["Which {group_one} does {one} {id} belong to?", "What is the {group_one} of {one} {id}?"],
        "when": ["What is the date of {one} {id}?"],
        "count_month": ["How many {many} were there in {month}?", "How many {many} are from {month}?"],
        "sum_month": ["What was the total {measure} in {month}?", "What is the total {measure} of {month}?"],
        "latest": ["Which {one} is the latest?", "Which {one} is the most recent?"],
        "no_group": ["What is the total {measure} of {stranger}?", "How many {many} does {stranger} have?"],
        "no_id": ["What is the {measure} of {one} {no_id}?"],
        "no_column": ["What is the average {absent}?", "What is the total {absent}?", "Which {one} has the highest {absent}?"],
        "no_year": ["What was the total {measure} in {year}?", "How many {many} were there in {year}?"],
        "no_fact": ["Who approved the list?", "What is the telephone number of the head office?", "Who signed the list?",
                    "Who is the managing director of the company?", "What is the forecast for next year?", "Where is the archive kept?"],
    },
    "de": {
        "count": ["Wie viele {many} gibt es?", "Wie viele {many} sind aufgeführt?"],
        "count_of": ["Wie viele {many} hat {v}?"],
        "distinct": ["Wie viele {group_many} gibt es?", "Wie viele verschiedene {group_many} gibt es?"],
        "sum": ["Wie hoch ist {der} insgesamt?", "Was ist die Summe {des}?"],
        "total": ["Wie hoch ist die Summe?", "Was ist die Gesamtsumme?"],
        "sum_of": ["Wie hoch ist {der} {of_group} insgesamt?", "Was ist die Summe {des} {of_group}?"],
        "average": ["Wie hoch ist {der} im Durchschnitt?", "Was ist der Durchschnitt {des}?"],
        "share": ["Wie viel Prozent {des} entfallen auf {v}?", "Welchen Anteil {des} hat {v}?"],
        "without": ["Wie hoch ist {der} insgesamt ohne {v}?", "Was ist die Summe {des} außer {v}?"],
        "most": ["{which} hat die meisten {many}?"],
        "fewest": ["{which} hat die wenigsten {many}?"],
        "top": ["{which} hat insgesamt {high}?"],
        "highest": ["{which_one} hat {high}?"],
        "lookup": ["Wie hoch ist {der} {of}?"],
        "group_of": ["{which} gehört zu {one} {id}?", "Zu welchem Eintrag in {group_heading} gehört {id}?"],
        "when": ["Welches Datum hat {id}?"],
        "count_month": ["Wie viele {many} gab es im {month}?", "Wie viele {many} sind vom {month}?"],
        "sum_month": ["Wie hoch war {der} im {month} insgesamt?"],
        "no_group": ["Wie viele {many} hat {stranger}?", "Was ist die Summe {des} von {stranger}?"],
        "no_column": ["Wie hoch ist der durchschnittliche Rabatt?", "Wie hoch ist die Provision insgesamt?"],
        "no_fact": ["Wer hat die Liste freigegeben?", "Wie lautet die Telefonnummer der Zentrale?", "Wer ist der Geschäftsführer?"],
    },
    "fr": {
        "count": ["Combien de {many} y a-t-il ?", "Combien y a-t-il de {many} ?"],
        "count_of": ["Combien de {many} {v} a-t-il ?"],
        "distinct": ["Combien de {group_many} y a-t-il ?", "Combien de {group_many} {distinct} y a-t-il ?"],
        "sum": ["Quel est le total {du} ?", "Quelle est la somme {du} ?"],
        "total": ["Quel est le total ?", "Quelle est la somme totale ?"],
        "sum_of": ["Quel est le total {du} {of_group} ?", "Quelle est la somme {du} {of_group} ?"],
        "average": ["Quelle est la moyenne {du} ?"],
        "share": ["Quel pourcentage {du} revient à {v} ?", "Quelle est la part {du} {of_group} ?"],
        "without": ["Quel est le total {du} sans {v} ?", "Quel est le total {du}, sauf {v} ?"],
        "most": ["{which} a le plus de {many} ?"],
        "fewest": ["{which} a le moins de {many} ?"],
        "highest": ["{which_one} a {high} ?"],
        "lookup": ["Quel est le montant pour {id} ?", "Combien indique la ligne {id} ?"],
        "when": ["Quelle est la date de {id} ?"],
        "count_month": ["Combien de {many} y a-t-il eu en {month} ?"],
        "sum_month": ["Quel est le total {du} en {month} ?"],
        "no_group": ["Combien de {many} y a-t-il pour {stranger} ?", "Quel est le total {du} pour {stranger} ?"],
        "no_column": ["Quelle est la remise moyenne ?", "Quel est le total des commissions ?"],
        "no_fact": ["Qui a approuvé la liste ?", "Quel est le numéro de téléphone du siège ?", "Qui est le directeur général ?"],
    },
}  # fmt: skip
_ABSENT = ("discount", "commission", "tax rate", "overtime", "temperature", "fuel cost", "insurance premium", "rating")


class TableQuestions:
    """Of one file. A kind of question is asked where the language and the table have it."""

    def __init__(self, records: Records, look: Look, rng: Random) -> None:
        self._records, self._look, self._rng = records, look, rng
        self._theme = records.theme
        self._language = self._theme.language
        self._measure = 0
        self._strangers = [label for label in (look.total,) if label]

    def all(self) -> list[Question]:
        """Each kind once, of which the caller takes what it wants."""
        questions = []
        for make in (self._counting, self._adding, self._comparing, self._looking, self._dating, self._missing):
            self._measure = self._rng.randrange(len(self._theme.measures))
            questions += list(make())
        return questions

    def _say(self, phrase: str, **given: str) -> str:
        theme = self._theme
        measure = theme.measures[self._measure]
        forms = {
            "one": theme.one, "many": theme.many, "group_one": theme.group_one, "group_many": theme.group_many,
            "group_heading": theme.group_heading, **measure.forms, **theme.forms, **given,
        }  # fmt: skip
        forms |= {
            name: form.format(**given) for name, form in theme.forms.items() if "{" in form and _fits(form, given)
        }
        return self._rng.choice(theme.phrases.get(phrase) or _PHRASES[self._language][phrase]).format(**forms)

    def _ask(
        self,
        kind: str,
        phrase: str,
        right: Expected,
        rivals: tuple[str, ...] = (),
        because: Number | None = None,
        **given: str,
    ) -> Iterator[Question]:
        if phrase in self._theme.phrases or phrase in _PHRASES[self._language]:
            text = self._say(phrase, **given)
            yield Question(text, kind, right, self._language, rivals=rivals, because=because)

    def _group(self, rows: int = 1) -> str:
        """One with at least so many rows; the largest has several."""
        return self._rng.choice([group for group in self._records.groups if len(self._records.of(group)) >= rows])

    def _row(self) -> Row:
        return self._rng.choice(self._records.rows)

    def _counting(self) -> Iterator[Question]:
        records, v = self._records, self._group(rows=2)
        yield from self._ask("count", "count", Number(Decimal(len(records.rows))))
        yield from self._ask("count", "count_of", Number(Decimal(len(records.of(v)))), v=v)
        yield from self._ask("distinct", "distinct", Number(Decimal(len(records.groups))))
        v = self._group()
        rest = Number(Decimal(len(records.rows) - len(records.of(v))))
        yield from self._ask("without", "count_without", rest, v=v)

    def _adding(self) -> Iterator[Question]:
        records, at = self._records, self._measure
        total = records.total(at)
        yield from self._ask("sum", "sum", Number(total))
        totals = tuple(Number(records.total(one)) for one in range(len(self._theme.measures)))
        yield from self._ask(
            "sum" if len(totals) == 1 else "ambiguous", "total", totals[0] if len(totals) == 1 else Readings(totals)
        )
        v = self._group(rows=2)
        yield from self._ask("sum", "sum_of", Number(records.total(at, records.of(v))), v=v)
        yield from self._ask("average", "average", Number(total / len(records.rows), rounded=True))
        v = self._group(rows=2)
        of = records.of(v)
        yield from self._ask("average", "average_of", Number(records.total(at, of) / len(of), rounded=True), v=v)
        if all(row.values[at] >= 0 for row in records.rows):  # a share of what has debts in it is no share
            v = self._group()
            part = records.total(at, records.of(v)) / total * 100
            yield from self._ask("share", "share", Number(part, rounded=True, share=True), v=v)
        v = self._group()
        yield from self._ask("without", "without", Number(total - records.total(at, records.of(v))), v=v)

    def _comparing(self) -> Iterator[Question]:
        records, at = self._records, self._measure
        groups, rows = records.groups, records.rows
        by_count: Callable[[str], int | Decimal] = lambda group: len(records.of(group))  # noqa: E731
        by_sum: Callable[[str], int | Decimal] = lambda group: records.total(at, records.of(group))  # noqa: E731
        by_value: Callable[[Row], Decimal] = lambda row: row.values[at]  # noqa: E731
        for phrase, right, value in (
            ("most", max(groups, key=by_count), by_count),
            ("fewest", min(groups, key=by_count), by_count),
            ("top", max(groups, key=by_sum), by_sum),
            ("bottom", min(groups, key=by_sum), by_sum),
        ):
            reason = Number(Decimal(value(right)))
            yield from self._ask("most", phrase, Words((right,)), self._others(groups, right), reason)
        largest = dict.fromkeys((max(groups, key=by_count), max(groups, key=by_sum)))
        if len(largest) > 1:
            yield from self._ask("ambiguous", "biggest", Readings(tuple(Words((one,)) for one in largest)))
        ids = [row.id for row in rows]
        for phrase, best in (("highest", max(rows, key=by_value)), ("lowest", min(rows, key=by_value))):
            others, reason = self._others(ids, best.id), Number(best.values[at])
            yield from self._ask("highest", phrase, Words((best.id,)), others, reason)
        yield from self._ask("highest", "maximum", Number(max(row.values[at] for row in rows)))

    def _others(self, every: list[str], right: str) -> tuple[str, ...]:
        return tuple(one for one in [*every, *self._strangers] if one != right)

    def _looking(self) -> Iterator[Question]:
        for _ in range(2):
            row = self._row()
            yield from self._ask("lookup", "lookup", Number(row.values[self._measure]), id=row.id)
        row = self._row()
        yield from self._ask(
            "lookup", "group_of", Words((row.group,)), self._others(self._records.groups, row.group), id=row.id
        )

    def _dating(self) -> Iterator[Question]:
        if not self._theme.date_heading:
            return
        row = self._row()
        written = day(row.day, self._look.date_order, self._language)
        yield from self._ask("date", "when", Day(row.day, written), id=row.id)
        for phrase in ("count_month", "sum_month"):
            month, rows = self._month()
            if len(rows) > 1:
                right = Decimal(len(rows)) if phrase == "count_month" else self._records.total(self._measure, rows)
                yield from self._ask("date", phrase, Number(right), month=month)
        latest = max(self._records.rows, key=lambda row: row.day)
        yield from self._ask(
            "date", "latest", Words((latest.id,)), self._others([row.id for row in self._records.rows], latest.id)
        )

    def _month(self) -> tuple[str, list[Row]]:
        day_: date = self._row().day
        rows = [row for row in self._records.rows if (row.day.year, row.day.month) == (day_.year, day_.month)]
        return f"{MONTHS[self._language][day_.month - 1]} {day_.year}", rows

    def _missing(self) -> Iterator[Question]:
        known = " ".join(row.id for row in self._records.rows) + " ".join(self._theme.groups)
        strangers = [name for name in words.LAST[self._language] if name not in known]
        yield from self._ask("unanswerable", "no_group", Nothing(zero=True), stranger=self._rng.choice(strangers))
        number = f"{self._rng.choice(strangers)}" if not self._records.rows[0].id.isdigit() else self._unused()
        yield from self._ask("unanswerable", "no_id", Nothing(), no_id=number)
        yield from self._ask("unanswerable", "no_column", Nothing(), absent=self._rng.choice(_ABSENT))
        if self._theme.date_heading:
            yield from self._ask(
                "unanswerable", "no_year", Nothing(zero=True), year=str(self._rng.randrange(1990, 2015))
            )
        yield from self._ask("unanswerable", "no_fact", Nothing())

    def _unused(self) -> str:
        ids = {row.id for row in self._records.rows}
        width = len(self._records.rows[0].id)
        while True:
            found = f"{self._rng.randrange(10**width):0{width}d}"
            if found not in ids:
                return found


def _fits(form: str, given: dict[str, str]) -> bool:
    return all(f"{{{name}}}" not in form or name in given for name in ("id", "v"))
