"""The agent processes of all machines: how much each can work on, and when it was seen last.

For operators. Who holds a run is decided in utils/sessions/run_queue.py, without a clock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, select, update

from utils.database.base import Database
from utils.database.moment import Moment, now
from utils.database.records import columns_of, record
from utils.database.tables import agent_processes

BEAT_SECONDS = 10.0
_SILENT = timedelta(seconds=6 * BEAT_SECONDS)  # three beats, and what clocks of machines may differ by default
_FORGOTTEN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AgentProcessRecord:
    """``owner`` is the name by which it holds runs: host/pid/token."""

    owner: str
    started_at: datetime
    seen_at: datetime
    slots: int
    used: int

    @property
    def silent(self) -> bool:
        return now() - self.seen_at > _SILENT


_ALL = select(*columns_of(AgentProcessRecord, agent_processes)).order_by(agent_processes.c.owner)
_SEEN = (
    update(agent_processes)
    .where(agent_processes.c.owner == bindparam("process"))
    .values(seen_at=bindparam("at", type_=Moment), used=bindparam("busy"))
)
_FORGET = delete(agent_processes).where(agent_processes.c.seen_at < bindparam("before", type_=Moment))


class AgentProcesses:
    def __init__(self, database: Database) -> None:
        self._database = database

    def seen(self, owner: str, slots: int, used: int) -> None:
        """It lives. Those that nobody has seen for an hour are forgotten."""
        at = now()
        with self._database.write() as connection:
            connection.execute(_FORGET, {"before": at - _FORGOTTEN})
            if not connection.execute(_SEEN, {"process": owner, "at": at, "busy": used}).rowcount:
                new = {"owner": owner, "started_at": at, "seen_at": at, "slots": slots, "used": used}
                connection.execute(insert(agent_processes), new)

    def ended(self, owner: str) -> None:
        with self._database.write() as connection:
            connection.execute(delete(agent_processes).where(agent_processes.c.owner == owner))

    def any_live(self) -> bool:
        """Whether one was seen lately, on any machine."""
        return any(not process.silent for process in self.all())

    def all(self) -> list[AgentProcessRecord]:
        with self._database.read() as connection:
            return [record(AgentProcessRecord, row) for row in connection.execute(_ALL)]
