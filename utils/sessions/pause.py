"""A pause of an agent, or of everything of a team, and what it is called."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from utils.database.records import columns_of
from utils.database.tables import agents, pauses, users


@dataclass(frozen=True, slots=True)
class PauseRecord:
    """``agent_id`` None: everything of the team. ``by`` None: Ringside itself, or somebody who is there no more."""

    agent_id: str | None
    agent_name: str | None
    by: str | None
    reason: str | None
    at: datetime

    @property
    def words(self) -> str:
        what = f"“{self.agent_name}”" if self.agent_name is not None else "Everything of the team"
        whom = f"{what} is paused by {self.by}." if self.by is not None else f"{what} is paused."
        return f"{whom} {self.reason}" if self.reason else whom


select_pauses = (
    select(
        pauses.c.team_key,
        pauses.c.agent_key,
        *columns_of(PauseRecord, pauses, agent_id=agents.c.id, agent_name=agents.c.name, by=users.c.name),
    )
    .join_from(pauses, agents, agents.c.key == pauses.c.agent_key, isouter=True)
    .join(users, users.c.key == pauses.c.by_key, isouter=True)
)
