"""How far the audit trail of each team has been streamed to a target, and what follows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from utils.accounts.audit import AuditRecord
from utils.database.base import Database
from utils.database.records import columns_of, record
from utils.database.tables import audit, audit_chains, audit_positions, teams


@dataclass(frozen=True, slots=True)
class Behind:
    """A team whose trail has entries behind ``after`` that were not streamed."""

    team_key: int
    team_id: str
    after: int
    entries: int


class AuditPositions:
    def __init__(self, database: Database, target: str) -> None:
        self._database = database
        self._target = target

    def behind(self) -> list[Behind]:
        mine = (audit_positions.c.team_key == audit_chains.c.team_key) & (audit_positions.c.target == self._target)
        query = (
            select(audit_chains, teams.c.id, func.coalesce(audit_positions.c.seq, 0).label("streamed"))
            .join(teams, teams.c.key == audit_chains.c.team_key)
            .outerjoin(audit_positions, mine)
            .order_by(audit_chains.c.team_key)
        )
        with self._database.read() as connection:
            rows = connection.execute(query.where(audit_chains.c.seq > func.coalesce(audit_positions.c.seq, 0))).all()
        found = [(row, max(row.streamed, row.cut_seq)) for row in rows]
        return [Behind(row.team_key, row.id, after, row.seq - after) for row, after in found if after < row.seq]

    def waiting_since(self) -> datetime | None:
        """When the oldest entry was written that was not streamed."""
        moments = [line.at for one in self.behind() for line in self.lines(one, 1)]
        return min(moments, default=None)

    def lines(self, team: Behind, limit: int) -> list[AuditRecord]:
        query = select(*columns_of(AuditRecord, audit)).where(
            audit.c.team_key == team.team_key, audit.c.seq > team.after
        )
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(audit.c.seq).limit(limit)).all()
        return [record(AuditRecord, row) for row in rows]

    def write(self, team_key: int, seq: int) -> None:
        dialect = postgresql if self._database.dialect == "postgresql" else sqlite
        made = dialect.insert(audit_positions).values(target=self._target, team_key=team_key, seq=seq)
        upsert = made.on_conflict_do_update(index_elements=["target", "team_key"], set_={"seq": made.excluded.seq})
        with self._database.write() as connection:
            connection.execute(upsert)
