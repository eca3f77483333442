"""Which step is within which: read from the log once for each run, and kept in this process's memory."""

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from sqlalchemy import Connection, Select, bindparam, func, select

from utils.database.tables import events, runs

_MOST_RUNS = 500
_ROWS = 1000
_FIRST = select(func.min(runs.c.first_seq)).where(
    runs.c.session_key == bindparam("session"), func.coalesce(runs.c.reported_id, runs.c.id) == bindparam("run")
)


@dataclass(slots=True)
class _Run:
    after: int  # the seq up to which it is read
    parents: dict[str, str | None] = field(default_factory=dict)


class Lineage:
    """For all threads of a process. Events that are forgotten by then (MAX_SESSION_EVENTS) tell nothing."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._runs: OrderedDict[tuple[int, str], _Run] = OrderedDict()

    def parents(self, connection: Connection, session_key: int, run_id: str) -> dict[str, str | None]:
        """The step around each step of a run, as far as the log tells by now; of the run "", of those of no run."""
        place = (session_key, run_id)
        with self._guard:
            known = self._runs.pop(place, None) or _Run(self._first(connection, session_key, run_id) - 1)
            while self._read_on(connection, place, known):
                pass
            self._runs[place] = known
            if len(self._runs) > _MOST_RUNS:
                self._runs.popitem(last=False)
            return dict(known.parents)

    @staticmethod
    def _first(connection: Connection, session_key: int, run_id: str) -> int:
        return connection.scalar(_FIRST, {"session": session_key, "run": run_id}) or 1

    @staticmethod
    def _read_on(connection: Connection, place: tuple[int, str], known: _Run) -> bool:
        session_key, run_id = place
        values = {"session": session_key, "run": run_id, "after": known.after}
        rows = connection.execute(_STEPS[bool(run_id)], values).all()
        for row in rows:
            event, known.after = json.loads(row.body), row.seq
            if event.get("parent_id") is not None or event["activity_id"] not in known.parents:
                known.parents[event["activity_id"]] = event.get("parent_id")
        return len(rows) == _ROWS


def _steps(of_run: bool) -> Select[tuple[int, bytes]]:
    whose = events.c.run_id == bindparam("run") if of_run else events.c.run_id.is_(None)
    return (
        select(events.c.seq, events.c.body)
        .where(events.c.session_key == bindparam("session"), events.c.seq > bindparam("after"))
        .where(events.c.type == "agentActivity", whose)
        .order_by(events.c.seq)
        .limit(_ROWS)
    )


_STEPS = {of_run: _steps(of_run) for of_run in (True, False)}
