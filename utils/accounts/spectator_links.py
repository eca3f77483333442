"""Spectator links: each lets its holder watch one session, until it expires or is revoked."""

import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, or_, select, update
from sqlalchemy.exc import DBAPIError

from utils.accounts.principal import Grant, Ownership, Spectator
from utils.accounts.secret import hash_of, new_secret
from utils.accounts.users import AccountError, lock_active
from utils.database.base import Database
from utils.database.moment import now
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import live, sessions, spectator_links, users
from utils.database.write_lock import WriteTurnError

_USED_WITHIN = timedelta(minutes=1)  # the precision of "last used", which saves a write at every request


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
    last_used_at: datetime | None

    @property
    def spectator(self) -> Spectator:
        return Spectator(Grant("link", self.key), self.session_key, self.hides_tool_data, self.expires_at)


@dataclass(frozen=True, slots=True)
class TeamLinkRecord:
    """A link of a team, with whose session it leads to."""

    link: SpectatorLinkRecord
    made_by_id: str | None
    session: Ownership
    session_owner: str | None


_SELECT = select(
    *columns_of(SpectatorLinkRecord, spectator_links, session_id=sessions.c.id, made_by=users.c.name)
).select_from(
    spectator_links.join(sessions).outerjoin(users, users.c.key == spectator_links.c.made_by)
)  # fmt: skip
_VALID = _SELECT.where(
    spectator_links.c.revoked_at.is_(None),
    spectator_links.c.expires_at > bindparam("now"),
    live,
)
_OF_SESSION = _VALID.where(spectator_links.c.session_key == bindparam("session")).order_by(spectator_links.c.key.desc())
_owners = users.alias("owners")
_OF_TEAM = (
    _VALID.add_columns(
        users.c.id.label("made_by_id"),
        _owners.c.name.label("session_owner"),
        *columns_of(Ownership, sessions, "session_of_"),
    )
    .outerjoin(_owners, _owners.c.key == sessions.c.owner_key)
    .where(sessions.c.team_key == bindparam("team"))
    .order_by(spectator_links.c.key.desc())
)
_WITH_SECRET = _VALID.where(spectator_links.c.secret == bindparam("secret"))
_WITH_KEYS = _VALID.where(spectator_links.c.key.in_(bindparam("keys", expanding=True)))


class SpectatorLinks:
    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, session_key: int, made_by: int, valid: timedelta, hides_tool_data: bool
    ) -> tuple[SpectatorLinkRecord, str]:
        """The link's record and its secret, of which only a hash is stored.

        Raises AccountError for a session that is private to somebody else, and see lock_active.
        """
        secret, made_at = new_secret(), now()
        with self._database.write() as connection:
            lock_active(connection, made_by)
            _lock_readable(connection, session_key, made_by)
            connection.execute(
                insert(spectator_links).values(
                    id=f"link-{secrets.token_hex(8)}", session_key=session_key, secret=hash_of(secret),
                    hides_tool_data=hides_tool_data, made_by=made_by, created_at=made_at, expires_at=made_at + valid,
                )
            )  # fmt: skip
            row = connection.execute(_SELECT.where(spectator_links.c.secret == hash_of(secret))).one()
        return record(SpectatorLinkRecord, row), secret

    def of_session(self, session_key: int) -> list[SpectatorLinkRecord]:
        """The session's valid links, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(_OF_SESSION, {"session": session_key, "now": now()})
            return [record(SpectatorLinkRecord, row) for row in rows]

    def of_team(
        self, team_key: int, made_by: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[TeamLinkRecord]:
        """The valid links to the team's sessions, newest first; with ``made_by``, those that this user has made."""
        query = _OF_TEAM.limit(limit + 1)
        if made_by is not None:
            query = query.where(users.c.id == made_by)
        if cursor:
            query = query.where(spectator_links.c.key < decode_cursor(cursor, 1)[0])
        with self._database.read() as connection:
            rows = connection.execute(query, {"team": team_key, "now": now()}).all()
        found = [_of_team(row) for row in rows[:limit]]
        return Page(found, encode_cursor(found[-1].link.key) if len(rows) > limit else None)

    def find(self, secret: str) -> SpectatorLinkRecord | None:
        """The link with this secret, which is used; None if it has expired, was revoked, or does not exist."""
        used_at = now()
        with self._database.read() as connection:
            row = connection.execute(_WITH_SECRET, {"secret": hash_of(secret), "now": used_at}).first()
        if row is None:
            return None
        if row.last_used_at is None or used_at - row.last_used_at > _USED_WITHIN:
            # A full or busy disk is no reason to refuse a request; the time is written at a later use.
            with suppress(DBAPIError, WriteTurnError), self._database.write() as connection:
                used = update(spectator_links).where(spectator_links.c.key == row.key)
                connection.execute(used.values(last_used_at=used_at))
        return record(SpectatorLinkRecord, row)

    def spectators(self, keys: Collection[int]) -> dict[int, Spectator]:
        """The spectators of many links by key; links that are no longer valid are missing."""
        with self._database.read() as connection:
            rows = connection.execute(_WITH_KEYS, {"keys": list(keys), "now": now()})
            return {row.key: record(SpectatorLinkRecord, row).spectator for row in rows}

    def revoke(self, session_key: int, link_id: str) -> bool:
        """Revoke the link; False if there is none."""
        with self._database.write() as connection:
            one = (spectator_links.c.session_key == session_key, spectator_links.c.id == link_id)
            unrevoked = update(spectator_links).where(*one, spectator_links.c.revoked_at.is_(None))
            return connection.execute(unrevoked.values(revoked_at=now())).rowcount > 0

    def revoke_of_team(self, team_key: int, link_id: str) -> TeamLinkRecord | None:
        """Revoke a link to any session of the team, and say which; None if there is none."""
        with self._database.write() as connection:
            one = _OF_TEAM.where(spectator_links.c.id == link_id)
            row = connection.execute(one, {"team": team_key, "now": now()}).first()
            if row is None:
                return None
            revoked = update(spectator_links).where(spectator_links.c.key == row.key)
            connection.execute(revoked.values(revoked_at=now()))
        return _of_team(row)


def revoke_links_of_others(connection: Connection, session_key: int) -> int:
    """As part of the transaction that makes a session private to its owner: how many links others had made."""
    owner = select(sessions.c.owner_key).where(sessions.c.key == session_key).scalar_subquery()
    at = now()
    others = update(spectator_links).where(
        spectator_links.c.session_key == session_key,
        spectator_links.c.revoked_at.is_(None),
        spectator_links.c.expires_at > at,
        spectator_links.c.made_by.is_distinct_from(owner),
    )
    return connection.execute(others.values(revoked_at=at)).rowcount


def _lock_readable(connection: Connection, session_key: int, user_key: int) -> None:
    """Until the transaction ends, the session does not become private to somebody else than the user."""
    readable = select(sessions.c.key).where(
        sessions.c.key == session_key, live, or_(sessions.c.shared, sessions.c.owner_key == user_key)
    )
    if connection.execute(readable.with_for_update(read=True)).first() is None:
        raise AccountError("session_private", "This session is private now: only its owner gives links to it.")


def _of_team(row: AnyRow) -> TeamLinkRecord:
    return TeamLinkRecord(
        record(SpectatorLinkRecord, row), row.made_by_id, record(Ownership, row, "session_of_"), row.session_owner
    )
