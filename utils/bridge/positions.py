"""How far the log has been published: of each session, and of each partition when that was written down.

What was published after it was last written down is found in the topic itself: it is read from there to its end. So
a publisher that takes over from one that was killed publishes nothing twice.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Insert, Select, Table, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from utils.database.base import Database, in_pieces
from utils.database.tables import live, published, published_offsets, sessions

_MOST_ROWS = 500  # of one statement
_HEADS = select(sessions.c.key, sessions.c.id, sessions.c.head).where(live)


class Head(NamedTuple):
    """The last seq of a session's log."""

    session_id: str
    seq: int


@dataclass(slots=True)
class Positions:
    """``seqs``: session key → the last seq that was published. ``offsets``: partition → the offset that follows."""

    seqs: dict[int, int] = field(default_factory=dict)
    offsets: dict[int, int] = field(default_factory=dict)


class PublishedPositions:
    """Reads and writes them down, for one topic."""

    def __init__(self, database: Database, topic: str) -> None:
        self._database = database
        self._topic = topic

    def offsets(self) -> dict[int, int]:
        with self._database.read() as connection:
            return dict(connection.execute(self._places()).all())

    def read(self) -> Positions:
        with self._database.read() as connection:
            # These first: a server may still write down, in between, what a publisher that was killed asked it to. What
            # is found in the topic again does no harm, and what is missed there would be published again.
            offsets = connection.execute(self._places()).all()
            seqs = connection.execute(select(published.c.session_key, published.c.seq)).all()
        return Positions(dict(seqs), dict(offsets))

    def begin(self) -> None:
        """Nothing was published to this topic yet. What went to others counts no more, also if they come back."""
        with self._database.write() as connection:
            connection.execute(delete(published))
            connection.execute(delete(published_offsets))

    def seqs(self, keys: Collection[int]) -> dict[int, int]:
        """Session key → the last seq that was published, of some sessions. Those of which nothing was are missing."""
        # What went to another topic does not count for this one.
        begun = select(published_offsets.c.topic).where(published_offsets.c.topic == self._topic).exists()
        query = select(published.c.session_key, published.c.seq).where(begun)
        found: dict[int, int] = {}
        with self._database.read() as connection:
            for some in in_pieces(keys):
                found.update(dict(connection.execute(query.where(published.c.session_key.in_(some))).all()))
        return found

    def write(self, seqs: Mapping[int, int], offsets: Mapping[int, int]) -> None:
        """Write down what has arrived. Sessions that are gone meanwhile are passed over, and none goes back: what a
        killed publisher wrote last may come after what its successor wrote first."""
        rows = [{"topic": self._topic, "partition": at, "next_offset": offset} for at, offset in offsets.items()]
        with self._database.write() as connection:
            if rows:
                connection.execute(self._upsert(published_offsets), rows)
            keys = list(seqs)
            for at in range(0, len(keys), _MOST_ROWS):
                there = select(sessions.c.key).where(sessions.c.key.in_(keys[at : at + _MOST_ROWS]))
                # Locked: a session that is deleted meanwhile would have nothing that a row here could refer to.
                found = connection.scalars(there.with_for_update(read=True, key_share=True))
                moved = [{"session_key": key, "seq": seqs[key]} for key in found]
                if moved:
                    connection.execute(self._upsert(published), moved)

    def heads(self, keys: list[int] | None = None) -> dict[int, Head]:
        """By the key of their session: of all that are there, or of some."""
        return self._heads(_HEADS if keys is None else _HEADS.where(sessions.c.key.in_(keys)))

    def behind(self, since: datetime) -> dict[int, Head]:
        """The same of those that have moved since then, and have more than was written down as published."""
        written = _HEADS.outerjoin(published, published.c.session_key == sessions.c.key)
        more = sessions.c.head > func.coalesce(published.c.seq, 0)
        return self._heads(written.where(more, sessions.c.updated_at >= since))

    def _heads(self, query: Select[int, str, int]) -> dict[int, Head]:
        with self._database.read() as connection:
            return {key: Head(session_id, seq) for key, session_id, seq in connection.execute(query)}

    def _places(self) -> Select[int, int]:
        places = select(published_offsets.c.partition, published_offsets.c.next_offset)
        return places.where(published_offsets.c.topic == self._topic)

    def _upsert(self, table: Table) -> Insert:
        dialect = postgresql if self._database.dialect == "postgresql" else sqlite
        made = dialect.insert(table)
        keys = [column.name for column in table.primary_key]
        others = {column.name: made.excluded[column.name] for column in table.c if column.name not in keys}
        ahead = None if table is published_offsets else made.excluded.seq > table.c.seq
        upsert: Insert = made.on_conflict_do_update(index_elements=keys, set_=others, where=ahead)
        return upsert
