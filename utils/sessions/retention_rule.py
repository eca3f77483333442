"""How long things are kept, and when something is removed. utils/sessions/retention.py does it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select

from utils.database.base import Database
from utils.database.records import columns_of, record
from utils.database.tables import retention

What = Literal["sessions", "documents", "audit"]


@dataclass(frozen=True, slots=True)
class Rule:
    """``days``: None is for ever. Until ``begins_at``, ``former_days`` are in force."""

    what: What
    days: int | None
    begins_at: datetime
    former_days: int | None

    def in_force(self, at: datetime) -> int | None:
        return self.days if at >= self.begins_at else self.former_days

    def removes_at(self, at: datetime) -> datetime | None:
        """When something of that moment is removed; None: never."""
        found = [at + timedelta(days=self.former_days)] if self.former_days is not None else []
        if self.days is not None:
            found.append(max(at + timedelta(days=self.days), self.begins_at))
        return min(found, default=None)


def rules_of(database: Database) -> list[Rule]:
    with database.read() as connection:
        rows = connection.execute(select(*columns_of(Rule, retention)).order_by(retention.c.what.desc()))
        return [record(Rule, row) for row in rows]
