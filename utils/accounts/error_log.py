"""The error log for administrators: one row for each failure that the user did not cause."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from blinker import signal
from sqlalchemy import delete, exists, func, insert, or_, select

from utils.accounts.principal import UserRecord
from utils.database.base import Database, DatabaseLostError
from utils.database.moment import now
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.records import columns_of, record
from utils.database.tables import errors, live, sessions, teams, users

Severity = Literal["warning", "error"]
_KEPT = timedelta(days=30)
_LONGEST = 2000
_log = logging.getLogger(__name__)

# For onlookers (metrics): sent with severity= and code=, whether the entry could be stored or not.
error_written = signal("ringside.error-written")


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    key: int
    at: datetime
    severity: Severity
    code: str
    message: str
    user_id: str | None
    session_id: str | None
    run_id: str | None
    request_id: str | None
    session_readable: bool


class ErrorLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    def write(
        self,
        severity: Severity,
        code: str,
        message: str,
        *,
        team_key: int | None = None,
        user_id: str | None = None,
        session_id: str | None = None,
        run_id: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """Add an entry. Never raises: an entry that cannot be stored goes to the server's log.

        ``team_key`` and ``user_id`` default to the session's team and owner. The message is cut to 2000 characters.
        """
        error_written.send(self, severity=severity, code=code)
        session_team = select(sessions.c.team_key).where(sessions.c.id == session_id, live).scalar_subquery()
        owner = select(users.c.id).join(sessions, sessions.c.owner_key == users.c.key)
        session_owner = owner.where(sessions.c.id == session_id, live).scalar_subquery()
        entry = insert(errors).values(
            at=now(), severity=severity, code=code, message=message[:_LONGEST],
            team_key=team_key if team_key is not None else session_team,
            user_id=user_id if user_id is not None else session_owner,
            session_id=session_id, run_id=run_id, request_id=request_id,
        )  # fmt: skip
        try:
            with self._database.write() as connection:
                connection.execute(entry)
        except Exception as error:  # a full disk or a lost database is often the very failure that is reported
            level = logging.WARNING if isinstance(error, DatabaseLostError) else logging.ERROR
            _log.log(level, "The error log could not be written (%s): %s: %s", type(error).__name__, code, message)

    def page(self, reader: UserRecord, cursor: str | None = None, limit: int = 50) -> Page[ErrorRecord]:
        """The entries of the reader's team, newest first. Entries without a team are shown to the first team."""
        readable = exists().where(  # as Principal.may_read says
            sessions.c.id == errors.c.session_id,
            live,
            sessions.c.team_key == reader.team_key,
            or_(sessions.c.shared, sessions.c.owner_key == reader.key),
        )
        of_nobody = errors.c.team_key.is_(None) & (select(func.min(teams.c.key)).scalar_subquery() == reader.team_key)
        query = select(*columns_of(ErrorRecord, errors, session_readable=readable)).where(
            or_(errors.c.team_key == reader.team_key, of_nobody)
        )
        if cursor:
            query = query.where(errors.c.key < decode_cursor(cursor, 1)[0])
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(errors.c.key.desc()).limit(limit + 1)).all()
        found = [record(ErrorRecord, row) for row in rows[:limit]]
        return Page(found, encode_cursor(found[-1].key) if len(rows) > limit else None)

    def forget_old(self) -> None:
        """Delete entries that are older than 30 days."""
        with self._database.write() as connection:
            connection.execute(delete(errors).where(errors.c.at < now() - _KEPT))
