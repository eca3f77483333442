"""Who does not want to be asked now: an approval out of one person's inbox for a while. It decides nothing."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import approval_snoozes
from utils.sessions.approval import ApprovalRecord

_snoozes = approval_snoozes.c


class Snoozes:
    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, approval: ApprovalRecord, user: UserRecord, until: datetime) -> None:
        dialect = postgresql if self._database.engine.dialect.name == "postgresql" else sqlite
        insert = dialect.insert(approval_snoozes).values(approval_key=approval.key, user_key=user.key, until=until)
        with self._database.write() as connection:
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[_snoozes.approval_key, _snoozes.user_key], set_={"until": until}
                )
            )

    def end(self, approval: ApprovalRecord, user: UserRecord) -> None:
        with self._database.write() as connection:
            connection.execute(
                delete(approval_snoozes).where(_snoozes.approval_key == approval.key, _snoozes.user_key == user.key)
            )

    def of(self, user: UserRecord, among: Collection[ApprovalRecord]) -> dict[int, datetime]:
        """Until when, by the keys of those that the user has snoozed and that are not due yet."""
        keys = [one.key for one in among if not one.is_over]
        if not keys:
            return {}
        query = select(_snoozes.approval_key, _snoozes.until).where(
            _snoozes.user_key == user.key, _snoozes.approval_key.in_(keys), _snoozes.until > now()
        )
        with self._database.read() as connection:
            return {row.approval_key: row.until for row in connection.execute(query)}
