"""The right answers about a table are what SQLite calculates from the file that was written."""

import csv
import re
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from random import Random

import pytest

from bench.trust import themes
from bench.trust.notation import MONTHS, PLAIN
from bench.trust.question import Day, Nothing, Number, Question, Readings, Words
from bench.trust.records import Look, Theme, make
from bench.trust.table_questions import TableQuestions
from bench.trust.writing.text import separated

_WHO = r"(?P<who>[A-Z]\w+ [A-Z]\w+)"
_TOTAL = "select sum(cents) from t"
_QUERIES = {
    r"How many orders (were there in|are from) (?P<month>\w+ \d{4})\?": "select count(*) * 100 from t where day like :month",
    r"What (was|is) the total amount (in|of) (?P<month>\w+ \d{4})\?": f"{_TOTAL} where day like :month",
    r"How many orders are (there|listed|in the table)\?|What is the number of orders\?": "select count(*) * 100 from t",
    rf"How many orders (did {_WHO} place|are from (?P<whom>[A-Z]\w+ [A-Z]\w+))\?": "select count(*) * 100 from t where who = :who",
    r"How many (different |distinct )?customers are (there|listed)\?": "select count(distinct who) * 100 from t",
    rf"How many orders are (there without|not from|there except those of) {_WHO}\?": "select count(*) * 100 from t where who <> :who",
    r"What is the (total amount|amount in total|sum of the amount column)\?|What does the amount add up to\?|What is the (total|sum)\?": _TOTAL,
    rf"What is the total amount (of|for) {_WHO}\?": f"{_TOTAL} where who = :who",
    r"What is the (average|mean) amount\?|What is the amount on average\?": "select avg(cents) from t",
    rf"What is the average amount (for|of) {_WHO}\?": "select avg(cents) from t where who = :who",
    rf".*(per ?cent|share).* (from|of|to|does) {_WHO}( have)?\?": (
        "select 10000.0 * sum(case when who = :who then cents else 0 end) / sum(cents) from t"
    ),
    rf"What is the total amount(,? excluding| without| except) {_WHO}\?": f"{_TOTAL} where who <> :who",
    r"What is the (highest|maximum) amount\?": "select max(cents) from t",
    r"What is the amount (of order|for) (?P<id>\d+)\?": "select cents from t where id = :id",
    r"Which customer is the biggest\?|Which is the largest customer\?": (
        "select * from (select who from t group by who order by count(*) desc limit 1) union "
        "select * from (select who from t group by who order by sum(cents) desc limit 1)"
    ),
    r"Which customer has the most orders\?": "select who from t group by who order by count(*) desc",
    r"Which customer has the fewest orders\?": "select who from t group by who order by count(*)",
    r"Which customer has the (highest total amount|largest amount in total)\?": "select who from t group by who order by sum(cents) desc",
    r"Which customer has the lowest total amount\?": "select who from t group by who order by sum(cents)",
    r"Which order has the (highest|largest) amount\?": "select id from t order by cents desc",
    r"Which order has the (lowest|smallest) amount\?": "select id from t order by cents",
    r"Which order is the (latest|most recent)\?": "select id from t order by day desc",
    r"Which customer does order (?P<id>\d+) belong to\?|What is the customer of order (?P<number>\d+)\?": "select who from t where id = :id",
    r"When did order (?P<id>\d+) come in\?|What is the date of order (?P<number>\d+)\?": "select day from t where id = :id",
}  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_answers_are_what_a_database_calculates(seed: int) -> None:
    rng = Random(seed)
    records, look = make(themes.orders(rng), rng, 12), Look(PLAIN)
    database = _database(separated(look.grid(records)).decode())
    asked = [question for _ in range(6) for question in TableQuestions(records, look, rng).all()]
    for question in asked:
        if not isinstance(question.right, Nothing):
            assert _same(question, _calculated(database, question.text)), question


def _database(text: str) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.execute("create table t (id text, who text, day text, cents integer)")
    rows = [
        (one, who, day, int(amount.replace(".", "")))
        for one, who, day, amount in list(csv.reader(text.splitlines()))[1:]
    ]
    database.executemany("insert into t values (?, ?, ?, ?)", rows)
    return database


def _calculated(database: sqlite3.Connection, text: str) -> list[object]:
    for pattern, query in _QUERIES.items():
        if (found := re.fullmatch(pattern, text)) is not None:
            given = found.groupdict()
            given["who"] = given.get("who") or given.get("whom")
            given["id"] = given.get("id") or given.get("number")
            if month := given.get("month"):
                name, year = month.split()
                given["month"] = f"{year}-{MONTHS['en'].index(name) + 1:02d}-%"
            return [row[0] for row in database.execute(query, given)]
    raise AssertionError(f"No query for {text!r}")


def _same(question: Question, calculated: list[object]) -> bool:
    match question.right:
        case Number(value):
            return abs(value * 100 - Decimal(str(calculated[0]))) < Decimal("0.001")
        case Words((form,)):
            return form == calculated[0]
        case Day(day):
            return day.isoformat() == calculated[0]
        case Readings(values):
            return sorted(value.forms[0] for value in values if isinstance(value, Words)) == sorted(
                map(str, calculated)
            )
    return False


@pytest.mark.parametrize("subject", [themes.orders, themes.payroll, themes.invoices, themes.umsatz, themes.factures])
def test_what_is_asked_for_but_missing_is_missing(subject: Callable[[Random], Theme]) -> None:
    rng = Random(7)
    records, look = make(subject(rng), rng, 9), Look(PLAIN, total="Total")
    file = separated(look.grid(records)).decode()
    asked = TableQuestions(records, look, rng).all()
    for question in asked:
        if isinstance(question.right, Nothing):
            name = re.search(r"([A-ZÀ-Þ][\wÀ-ÿ]+) ?\?$|does ([A-Z]\w+) have", question.text)
            assert name is None or (name[1] or name[2]) not in file, question.text
    assert any(isinstance(question.right, Nothing) for question in asked)


@pytest.mark.parametrize("seed", range(5))
def test_no_two_rows_or_groups_compete_for_first_place(seed: int) -> None:
    rng = Random(seed)
    records = make(themes.invoices(rng), rng, 14)
    for measure in (0, 1):
        assert len({row.values[measure] for row in records.rows}) == 14
        assert len({records.total(measure, records.of(group)) for group in records.groups}) == len(records.groups)
    assert len({len(records.of(group)) for group in records.groups}) == len(records.groups)
