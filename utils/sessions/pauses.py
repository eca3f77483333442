"""What people have paused as a whole: an agent, or everything of a team. None of its runs is claimed meanwhile."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.exc import IntegrityError

from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import record
from utils.database.tables import live, pauses, runs, sessions
from utils.doorbell.base import RUNS, Doorbell
from utils.registry.agent_registry import AgentRecord
from utils.sessions.lines import unended
from utils.sessions.pause import PauseRecord, select_pauses
from utils.sessions.run_queue import Paused, RunQueue
from utils.sessions.runs import own


class Pauses:
    def __init__(self, database: Database, queue: RunQueue, doorbell: Doorbell) -> None:
        self._database = database
        self._queue = queue
        self._doorbell = doorbell

    def of_team(self, team_key: int) -> Sequence[PauseRecord]:
        """Everything first, then agents, as they were paused."""
        query = select_pauses.where(pauses.c.team_key == team_key)
        with self._database.read() as connection:
            found = [record(PauseRecord, row) for row in connection.execute(query.order_by(pauses.c.key))]
        return sorted(found, key=lambda pause: pause.agent_id is not None)

    def pause(
        self, team_key: int, agent: AgentRecord | None, by: UserRecord, reason: str | None = None, *, at_work: bool
    ) -> bool:
        """Let no run of the agent begin, or go on after it has waited; None: of the whole team.

        ``at_work``: those that have begun are paused, too. Whether it is new: paused again, the first stands.
        """
        values = {
            "team_key": team_key, "agent_key": agent.key if agent is not None else None, "by_key": by.key,
            "reason": reason, "at": now(),
        }  # fmt: skip
        try:
            with self._database.write() as connection:
                connection.execute(insert(pauses), values)
        except IntegrityError:
            is_new = False
        else:
            is_new = True
        if at_work:
            what = f"“{agent.name}”" if agent is not None else "Everything of the team"
            words = " ".join(filter(None, (f"{what} was paused by {by.name}.", reason)))
            begun = runs.c.attempt > 0, runs.c.paused_at.is_(None), ~runs.c.cancel_requested
            for run_id in self._runs(team_key, agent, *begun):
                self._queue.pause(run_id, by, words, _what(agent))
        return is_new

    def resume(self, team_key: int, agent: AgentRecord | None, by: UserRecord) -> bool:
        """Let it go on, and the runs that were paused with it. Whether it was paused."""
        of_agent = pauses.c.agent_key == agent.key if agent is not None else pauses.c.agent_key.is_(None)
        with self._database.write() as connection:
            resumed = connection.execute(delete(pauses).where(pauses.c.team_key == team_key, of_agent)).rowcount > 0
        for run_id in self._runs(team_key, agent, runs.c.paused_with == _what(agent)):
            self._queue.resume(run_id, by)
        self._doorbell.ring(RUNS, agent.id if agent is not None else "")
        return resumed

    def _runs(self, team_key: int, agent: AgentRecord | None, *which: ColumnElement[bool]) -> list[str]:
        found: Any = select(runs.c.id).join_from(runs, sessions, sessions.c.key == runs.c.session_key)
        found = found.where(unended(runs), own, live, sessions.c.team_key == team_key, *which).order_by(runs.c.key)
        if agent is not None:
            found = found.where(runs.c.agent_key == agent.key)
        with self._database.read() as connection:
            return list(connection.scalars(found))


def _what(agent: AgentRecord | None) -> Paused:
    return "agent" if agent is not None else "team"
