"""What a team with years of data costs, beside one that has just begun, on both databases."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import psycopg

from bench.growth import asks, dashboards, reads
from bench.growth.places import Place, full_and_small
from bench.measure import parent
from bench.report import Figure
from tests.support.postgres import postgres_server


def figures(quick: bool) -> Iterator[Figure]:
    with ExitStack() as stack:
        yield from _figures(*full_and_small(stack, None), "SQLite", None, quick)
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_server())
        places = full_and_small(stack, postgres.create)
        with closing(psycopg.connect(postgres.url("postgres"))) as raw:
            yield from _figures(*places, "PostgreSQL", parent(raw.info.backend_pid), quick)


def _figures(full: Place, small: Place, where: str, database_pid: int | None, quick: bool) -> Iterator[Figure]:
    yield from reads.figures(full, small, where, rounds=7 if quick else 25)
    yield from asks.figures(full, small, where, rounds=10 if quick else 30)
    yield from dashboards.figures(full, small, where, database_pid, rounds=1 if quick else 3)
