"""The runs that have not ended, for operators: what waits for what, and who holds what.

An administrator sees those of the team. The administrators of the first team, who set the server up, see all, without
what is asked in sessions that they may not read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select

from utils.accounts.principal import Ownership
from utils.database.base import Database
from utils.database.records import columns_of, record
from utils.database.tables import agents, live, runs, sessions, teams
from utils.log.events import RunStatus
from utils.sessions.runs import own

_MOST = 500


@dataclass(frozen=True, slots=True)
class OpenRun:
    id: str
    status: RunStatus
    session_id: str
    session_key: int
    title: str
    team_key: int | None
    team_name: str | None
    owner_key: int | None
    shared: bool
    agent_name: str | None
    attempt: int
    losses: int
    owner: str | None
    cancel_requested: bool
    reason: str | None
    created_at: datetime
    started_at: datetime | None
    wake_at: datetime | None
    outside: bool

    @property
    def session(self) -> Ownership:
        return Ownership(self.session_key, self.session_id, self.title, self.team_key, self.owner_key, self.shared)


_first_team = select(func.min(teams.c.key)).scalar_subquery()
_OPEN = (
    select(
        *columns_of(
            OpenRun, runs, session_id=sessions.c.id, title=sessions.c.title, team_key=sessions.c.team_key,
            team_name=teams.c.name, owner_key=sessions.c.owner_key, shared=sessions.c.shared, agent_name=agents.c.name,
        )
    )
    .join_from(runs, sessions, sessions.c.key == runs.c.session_key)
    .join(agents, agents.c.key == runs.c.agent_key, isouter=True)
    .join(teams, teams.c.key == sessions.c.team_key, isouter=True)
    .where(own, live, runs.c.status.in_(("queued", "running", "waiting")))
    .where(or_(sessions.c.team_key == bindparam("team"), _first_team == bindparam("team")))
    .order_by(runs.c.key)
)  # fmt: skip
_PAGE = _OPEN.limit(_MOST)
_ONE = _OPEN.where(runs.c.id == bindparam("run"))


class OpenRuns:
    def __init__(self, database: Database) -> None:
        self._database = database

    def seen_by(self, team_key: int) -> list[OpenRun]:
        """The oldest first, at most 500."""
        with self._database.read() as connection:
            return [record(OpenRun, row) for row in connection.execute(_PAGE, {"team": team_key})]

    def find(self, team_key: int, run_id: str) -> OpenRun | None:
        with self._database.read() as connection:
            row = connection.execute(_ONE, {"team": team_key, "run": run_id}).first()
        return record(OpenRun, row) if row is not None else None

    def operates(self, team_key: int) -> bool:
        """Whether it is the team of those who set the server up."""
        with self._database.read() as connection:
            return connection.scalar(select(_first_team)) == team_key


def waits_for(run: OpenRun, among: Sequence[OpenRun], agents_live: bool) -> str | None:
    """What a run waits for that nobody works on, in plain words; None for one that is at work."""
    if run.status == "running":
        return None
    if run.status == "waiting":
        return run.reason or "the system that it has called"
    of_session = [other for other in among if other.session_key == run.session_key]
    if any(other.status != "queued" or other.created_at < run.created_at for other in of_session):
        return "the run before it in its session"
    if run.outside:
        return "a worker of its agent"
    if not agents_live:
        return "an agent process: none is running"
    return (run.reason or "a free agent process").removeprefix("Waiting for ")  # as the queue has told its session
