"""What people chose to be told of."""

from dataclasses import asdict

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from utils.database.base import Database
from utils.database.tables import notice_preferences
from utils.notices.preference import Preferences, preferences_of

_ONE = select(notice_preferences).where(notice_preferences.c.user_key == bindparam("user"))


class NoticePreferences:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, user_key: int) -> Preferences:
        with self._database.read() as connection:
            row = connection.execute(_ONE, {"user": user_key}).first()
        return preferences_of(row) if row is not None else Preferences()

    def put(self, user_key: int, chosen: Preferences) -> None:
        quiet_from, quiet_until = chosen.quiet or (None, None)
        values = {
            "kinds": {kind: asdict(choice) for kind, choice in chosen.kinds.items()},
            "quiet_from": quiet_from, "quiet_until": quiet_until, "time_zone": chosen.time_zone,
            "urgent_passes": chosen.urgent_passes, "digest": chosen.digest,
        }  # fmt: skip
        dialect = postgresql if self._database.dialect == "postgresql" else sqlite
        made = dialect.insert(notice_preferences).values(user_key=user_key, **values)
        with self._database.write() as connection:
            connection.execute(made.on_conflict_do_update(index_elements=["user_key"], set_=values))
