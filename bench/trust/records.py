"""Tables: what they are about, their rows, and how a file shows them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from bench.trust.notation import Notation, day


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of quantities. ``forms`` are its name in sentences; ``unit`` stands in each cell, with ``#`` for the number."""

    heading: str
    forms: dict[str, str]
    low: int
    high: int
    places: int = 2
    unit: str = "#"
    negative: float = 0.0  # how many of the values are below zero


@dataclass(frozen=True, slots=True)
class Theme:
    """What a table's rows are. ``identify`` makes the n-th row's id; ``phrases`` replace the general ones."""

    language: str
    stem: str
    one: str
    many: str
    id_heading: str
    identify: Callable[[Random, int], str]
    group_heading: str
    group_one: str
    group_many: str
    groups: Sequence[str]
    measures: tuple[Measure, ...]
    date_heading: str = ""
    forms: dict[str, str] = field(default_factory=dict)
    phrases: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    group: str
    values: tuple[Decimal, ...]
    day: date


@dataclass(frozen=True, slots=True)
class Records:
    theme: Theme
    rows: tuple[Row, ...]

    def of(self, group: str) -> list[Row]:
        return [row for row in self.rows if row.group == group]

    @property
    def groups(self) -> list[str]:
        return list(dict.fromkeys(row.group for row in self.rows))

    def total(self, measure: int = 0, rows: Sequence[Row] | None = None) -> Decimal:
        return sum((row.values[measure] for row in (self.rows if rows is None else rows)), Decimal(0))


def make(theme: Theme, rng: Random, number: int) -> Records:
    """Rows without ties: each value is there once, no two groups have as many rows or as much in total, and no sum of
    interest is also a value."""
    begin = date(rng.choice((2023, 2024, 2025)), 1, 1)
    while True:
        groups = rng.sample(list(theme.groups), rng.choice((3, 4)))
        weights = [2**at for at in range(len(groups))]
        rows = []
        for at, days in enumerate(rng.sample(range(300), number)):
            values = tuple(_value(measure, rng) for measure in theme.measures)
            row = Row(theme.identify(rng, at), rng.choices(groups, weights)[0], values, begin + timedelta(days=days))
            rows.append(row)
        records = Records(theme, tuple(rows))
        if not _ties(records, groups):
            return records


def _value(measure: Measure, rng: Random) -> Decimal:
    scale = int(10**measure.places)
    value = Decimal(rng.randrange(measure.low * scale, measure.high * scale)) / Decimal(scale)
    return -value if rng.random() < measure.negative else value


def _ties(records: Records, groups: Sequence[str]) -> bool:
    counts = [len(records.of(group)) for group in groups]
    days, ids = [row.day for row in records.rows], [row.id for row in records.rows]
    lists: list[Sequence[object]] = [counts, days, ids]
    for measure in range(len(records.theme.measures)):
        values = [row.values[measure] for row in records.rows]
        sums = [records.total(measure, records.of(group)) for group in groups]
        lists.append([*values, records.total(measure), *sums] if 1 not in counts else [*values, records.total(measure)])
        lists.append(sums)
    return 0 in counts or any(len(set(one)) < len(one) for one in lists)


@dataclass(frozen=True, slots=True)
class Look:
    """How a file shows records. ``total``: the label of a last row that adds up, or none."""

    notation: Notation
    date_order: str = "%Y-%m-%d"
    total: str = ""

    def grid(self, records: Records) -> list[list[str]]:
        theme = records.theme
        head = [theme.id_heading, theme.group_heading, *(measure.heading for measure in theme.measures)]
        dated = [theme.date_heading] if theme.date_heading else []
        lines = [[*head[:2], *dated, *head[2:]]]
        for row in records.rows:
            moment = [day(row.day, self.date_order, theme.language)] if dated else []
            lines.append([row.id, row.group, *moment, *self.numbers(theme, row.values)])
        if self.total:
            sums = [records.total(at) for at in range(len(theme.measures))]
            lines.append([self.total, "", *([""] if dated else []), *self.numbers(theme, sums)])
        return lines

    def numbers(self, theme: Theme, values: Sequence[Decimal]) -> list[str]:
        return [
            measure.unit.replace("#", self.notation.write(value, measure.places))
            for measure, value in zip(theme.measures, values, strict=True)
        ]

    def plain(self) -> "Look":
        return replace(self, total="")
