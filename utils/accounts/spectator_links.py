"""Spectator links: whoever has one may watch one session, until it expires or is taken back."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, insert, select, update

from utils.accounts.principal import Grant, Spectator
from utils.accounts.secret import hash_of, new_secret
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import sessions, spectator_links, users


@dataclass(frozen=True, slots=True)
class SpectatorLinkRecord:
    key: int
    id: str
    session_key: int
    session_id: str
    hides_tool_data: bool
    made_by: str | None
    created_at: datetime
    expires_at: datetime

    @property
    def spectator(self) -> Spectator:
        return Spectator(Grant("link", self.key), self.session_key, self.hides_tool_data, self.expires_at)


_SELECT = select(
    *columns_of(SpectatorLinkRecord, spectator_links, session_id=sessions.c.id, made_by=users.c.name)
).select_from(
    spectator_links.join(sessions).outerjoin(users, users.c.key == spectator_links.c.made_by)
)  # fmt: skip
_VALID = _SELECT.where(
    spectator_links.c.revoked_at.is_(None),
    spectator_links.c.expires_at > bindparam("now"),
    func.substr(sessions.c.id, 1, 8) != "deleted/",
)
_OF_SESSION = _VALID.where(spectator_links.c.session_key == bindparam("session")).order_by(spectator_links.c.key.desc())
_WITH_SECRET = _VALID.where(spectator_links.c.secret == bindparam("secret"))
_WITH_KEYS = _VALID.where(spectator_links.c.key.in_(bindparam("keys", expanding=True)))


class SpectatorLinks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, session_key: int, made_by: int, valid: timedelta, hides_tool_data: bool
    ) -> tuple[SpectatorLinkRecord, str]:
        """The link's record, and its secret: nobody can read it again."""
        secret, made_at = new_secret(), now()
        with self._database.write() as connection:
            connection.execute(
                insert(spectator_links).values(
                    id=f"link-{secrets.token_hex(8)}", session_key=session_key, secret=hash_of(secret),
                    hides_tool_data=hides_tool_data, made_by=made_by, created_at=made_at, expires_at=made_at + valid,
                )
            )  # fmt: skip
            row = connection.execute(_SELECT.where(spectator_links.c.secret == hash_of(secret))).one()
        return record(SpectatorLinkRecord, row), secret

    def of_session(self, session_key: int) -> list[SpectatorLinkRecord]:
        """Those that still work, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(_OF_SESSION, {"session": session_key, "now": now()})
            return [record(SpectatorLinkRecord, row) for row in rows]

    def find(self, secret: str) -> SpectatorLinkRecord | None:
        """None when it has expired, was taken back, or never was."""
        with self._database.read() as connection:
            row = connection.execute(_WITH_SECRET, {"secret": hash_of(secret), "now": now()}).first()
        return record(SpectatorLinkRecord, row) if row else None

    def spectators(self, keys: Collection[int]) -> dict[int, Spectator]:
        """Whom the links of these keys let in; those that no longer work are missing."""
        with self._database.read() as connection:
            rows = connection.execute(_WITH_KEYS, {"keys": list(keys), "now": now()})
            return {row.key: record(SpectatorLinkRecord, row).spectator for row in rows}

    def revoke(self, session_key: int, link_id: str) -> bool:
        """Whether there was such a link."""
        with self._database.write() as connection:
            one = (spectator_links.c.session_key == session_key, spectator_links.c.id == link_id)
            unrevoked = update(spectator_links).where(*one, spectator_links.c.revoked_at.is_(None))
            return connection.execute(unrevoked.values(revoked_at=now())).rowcount > 0
