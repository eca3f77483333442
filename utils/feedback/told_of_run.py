"""What the log tells of one run: read no further than the run goes, and with no connection while nobody reads."""

import json
from collections.abc import Iterator
from typing import Any, Literal

from sqlalchemy import bindparam, func, literal_column, select

from utils.database.base import Database
from utils.database.tables import events, runs
from utils.log.events import ENDED_RUN

_ROWS = 100  # of which each may be large
_of_run = events.c.session_key == bindparam("session"), events.c.run_id == bindparam("run")
_is_update = events.c.type == literal_column("'runUpdate'")  # or the index for it is of no use
_LAST = select(func.max(events.c.seq)).where(*_of_run, _is_update).scalar_subquery()
# A run of this server by its id, one of another program by the id that it has there.
_BOUNDS = select(runs.c.first_seq, runs.c.status, _LAST.label("last")).where(
    runs.c.session_key == bindparam("session"), func.coalesce(runs.c.reported_id, runs.c.id) == bindparam("run")
)
_PIECE = (
    select(events.c.seq, events.c.body)
    .where(*_of_run, events.c.type == bindparam("kind"))
    .where(events.c.seq > bindparam("after"), events.c.seq <= bindparam("last"))
    .order_by(events.c.seq)
    .limit(_ROWS)
)
_NO_END = 1 << 62


def told_of_run(
    database: Database, session_key: int, run_id: str, kind: Literal["agentActivity", "agentMessage"]
) -> Iterator[dict[str, Any]]:
    """Its events of this kind, as they are stored, from its first update on; of a run that has ended up to its end."""
    of_run = {"session": session_key, "run": run_id}
    with database.read() as connection:
        bounds = connection.execute(_BOUNDS, of_run).first()
    if bounds is None:
        return
    last = bounds.last or 0 if bounds.status in ENDED_RUN else _NO_END  # 0: its end is forgotten, and all before it
    after = bounds.first_seq - 1
    while after < last:
        with database.read() as connection:
            piece = connection.execute(_PIECE, of_run | {"kind": kind, "after": after, "last": last}).all()
        yield from (json.loads(event.body) for event in piece)
        if len(piece) < _ROWS:
            return
        after = piece[-1].seq
