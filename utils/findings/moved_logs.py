"""Which sessions have moved of late, and what is new in them: of many at once, for one who reads them all."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, column, func, literal, select, values

from utils.database.base import Database, in_pieces
from utils.database.tables import events, live, runs, sessions

_AT_ONCE = 200  # sessions in a statement
_ROWS = 200  # of a session in a statement
_OPEN = ("queued", "running", "waiting")


class Head(NamedTuple):
    key: int
    id: str
    team_key: int | None
    first: int
    head: int
    updated_at: datetime


class Row(NamedTuple):
    session_key: int
    seq: int
    run_id: str | None
    body: bytes


_HEADS = select(
    sessions.c.key, sessions.c.id, sessions.c.team_key, sessions.c.first, sessions.c.head, sessions.c.updated_at
).where(live)  # fmt: skip
_WANTED = values(column("wanted", BigInteger), column("after", BigInteger))


class MovedLogs:
    def __init__(self, database: Database) -> None:
        self._database = database

    def since(self, moment: datetime) -> list[Head]:
        """The sessions that may have moved since then."""
        with self._database.read() as connection:
            return [Head(*row) for row in connection.execute(_HEADS.where(sessions.c.updated_at >= moment))]

    def with_open_runs(self) -> list[Head]:
        """The sessions that have runs which have not ended."""
        busy = select(runs.c.session_key).where(runs.c.status.in_(_OPEN))
        with self._database.read() as connection:
            return [Head(*row) for row in connection.execute(_HEADS.where(sessions.c.key.in_(busy)))]

    def heads(self, keys: list[int]) -> list[Head]:
        """Those of the sessions that are there."""
        found: list[Head] = []
        with self._database.read() as connection:
            for some in in_pieces(keys):
                found += [Head(*row) for row in connection.execute(_HEADS.where(sessions.c.key.in_(some)))]
        return found

    def begun(self, key: int) -> int | None:
        """The seq with which the oldest run of a session began that has not ended."""
        of_session = runs.c.session_key == key, runs.c.status.in_(_OPEN)
        with self._database.read() as connection:
            begun: int | None = connection.scalar(select(func.min(runs.c.first_seq)).where(*of_session))
        return begun

    def seen_at(self, key: int, run_id: str) -> datetime | None:
        """When the program of a reported run was heard last."""
        query = select(runs.c.seen_at).where(runs.c.session_key == key, runs.c.reported_id == run_id)
        with self._database.read() as connection:
            return connection.scalar(query)

    def after(self, places: Mapping[int, int]) -> Iterator[Row]:
        """The events behind a seq of each session, by its key: in their order, at most 200 of each."""
        keys = list(places)
        for start in range(0, len(keys), _AT_ONCE):
            data = [(key, places[key]) for key in keys[start : start + _AT_ONCE]]
            place = _WANTED.data(data).cte("place")
            query = (
                select(events.c.session_key, events.c.seq, events.c.run_id, events.c.body)
                .join_from(place, events, events.c.session_key == place.c.wanted)
                .where(events.c.seq > place.c.after, events.c.seq <= place.c.after + literal(_ROWS))
                .order_by(events.c.session_key, events.c.seq)
            )
            with self._database.read() as connection:
                for row in connection.execute(query):
                    yield Row(row.session_key, row.seq, row.run_id, bytes(row.body))
