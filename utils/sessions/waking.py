"""Waking a run that waits: it is claimed again at once. One that is paused sees what came for it when it is resumed."""

from sqlalchemy import Connection, bindparam, update

from utils.database.moment import from_ms
from utils.database.tables import runs

AT_ONCE = from_ms(0)  # a moment that has passed, whatever the clocks of the machines say
_WAKE = (
    update(runs)
    .where(runs.c.key == bindparam("run"), runs.c.status == "waiting", runs.c.paused_at.is_(None))
    .values(wake_at=AT_ONCE)
)


def wake(connection: Connection, run_key: int) -> None:
    """As part of the caller's transaction, which has locked the run; once it is committed, ring the topic of runs."""
    connection.execute(_WAKE, {"run": run_key})
