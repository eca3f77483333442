"""Workers outside: the programs and browsers that ask for the runs of an agent, and when each was seen last.

For people who wonder why nobody answers. Who holds a run is decided in utils/sessions/run_queue.py, without a clock.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import workers

_PRECISION_SECONDS = 15.0  # which saves a write at every request
_CONNECTED = timedelta(seconds=75)  # the longest wait for a run, the precision, and some more
_FORGOTTEN = timedelta(days=1)
_MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Worker:
    agent_key: int
    name: str
    seen_at: datetime

    @property
    def connected(self) -> bool:
        """Whether it is likely to ask again."""
        return now() - self.seen_at < _CONNECTED


_OF_AGENTS = (
    select(*columns_of(Worker, workers))
    .where(workers.c.agent_key.in_(bindparam("agents", expanding=True)))
    .order_by(workers.c.seen_at.desc(), workers.c.key)
)
_SEEN = (
    update(workers)
    .where(workers.c.agent_key == bindparam("agent"), workers.c.name == bindparam("worker"))
    .values(seen_at=bindparam("at", type_=workers.c.seen_at.type))
)
_FORGET = delete(workers).where(
    workers.c.agent_key == bindparam("agent"), workers.c.seen_at < bindparam("before", type_=workers.c.seen_at.type)
)


class Workers:
    """One for a process, for all its threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._written: dict[tuple[int, str], float] = {}

    def seen(self, agent_keys: Collection[int], name: str) -> None:
        """It asks for runs of these agents, or works on one."""
        moment = time.monotonic()
        due = [key for key in agent_keys if moment - self._written.get((key, name), -1e9) >= _PRECISION_SECONDS]
        if not due:
            return
        if len(self._written) >= _MOST_KNOWN:
            self._written.clear()
        self._written.update(dict.fromkeys(((key, name) for key in due), moment))
        for key in due:
            try:
                self._write(key, name)
            except IntegrityError:  # another process was a moment earlier, or the agent was just deleted
                continue

    def _write(self, agent_key: int, name: str) -> None:
        at = now()
        with self._database.write() as connection:
            known = connection.execute(_SEEN, {"agent": agent_key, "worker": name, "at": at})
            if not known.rowcount:
                connection.execute(_FORGET, {"agent": agent_key, "before": at - _FORGOTTEN})
                connection.execute(insert(workers), {"agent_key": agent_key, "name": name, "seen_at": at})

    def of_agents(self, agent_keys: Collection[int]) -> list[Worker]:
        """Those of the last day, the one seen last first."""
        with self._database.read() as connection:
            return [record(Worker, row) for row in connection.execute(_OF_AGENTS, {"agents": list(agent_keys)})]
