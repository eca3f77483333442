"""What went wrong, for administrators: one row for each failure that is not the user's own."""

import logging
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, text

from utils.accounts.principal import UserRecord
from utils.database.base import Database, DatabaseLostError, now_ms
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.tables import LIVE

Severity = Literal["warning", "error"]
_KEPT_MS = 30 * 24 * 3600 * 1000
_LONGEST = 2000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    key: int
    at: int
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
        """Never fails: what cannot be stored is in the server's log.

        Without a team or a user, the session's team and owner.
        """
        values = {
            "now": now_ms(), "severity": severity, "code": code, "message": message[:_LONGEST], "team": team_key,
            "user": user_id, "session": session_id, "run": run_id, "request": request_id,
        }  # fmt: skip
        try:
            with self._database.write() as connection:
                connection.execute(text(_INSERT), values)
        except Exception as error:  # a full disk, a database that is away: often just what is to be told
            level = logging.WARNING if isinstance(error, DatabaseLostError) else logging.ERROR
            _log.log(level, "The error log could not be written (%s): %s: %s", type(error).__name__, code, message)

    def page(self, reader: UserRecord, cursor: str | None = None, limit: int = 50) -> Page[ErrorRecord]:
        """Their team's, newest first. What happened before anybody was known is shown to the first team."""
        below = decode_cursor(cursor, 1)[0] if cursor else 1 << 62
        values = {"team": reader.team_key, "user": reader.key, "yes": True, "below": below, "limit": limit + 1}
        with self._database.read() as connection:
            rows = connection.execute(text(_PAGE), values).all()
        found = [_record(row) for row in rows[:limit]]
        return Page(found, encode_cursor(found[-1].key) if len(rows) > limit else None)

    def forget_old(self) -> None:
        with self._database.write() as connection:
            connection.execute(text("DELETE FROM errors WHERE at < :before"), {"before": now_ms() - _KEPT_MS})


_INSERT = f"""
INSERT INTO errors (at, severity, code, message, team_key, user_id, session_id, run_id, request_id)
VALUES (:now, :severity, :code, :message,
        coalesce(CAST(:team AS bigint), (SELECT team_key FROM sessions WHERE id = CAST(:session AS text) AND {LIVE})),
        coalesce(CAST(:user AS text), (SELECT u.id FROM sessions s JOIN users u ON u.key = s.owner_key
                                       WHERE s.id = CAST(:session AS text) AND s.{LIVE})),
        :session, :run, :request)
"""  # noqa: S608
# Whether the reader may open the session is what Principal.may_read says.
_PAGE = f"""
SELECT e.key, e.at, e.severity, e.code, e.message, e.user_id, e.session_id, e.run_id, e.request_id, EXISTS (
    SELECT 1 FROM sessions s
    WHERE s.id = e.session_id AND s.{LIVE} AND s.team_key = :team AND (s.shared = :yes OR s.owner_key = :user)
) AS readable
FROM errors e
WHERE e.key < :below AND (e.team_key = :team OR (e.team_key IS NULL AND :team = (SELECT min(key) FROM teams)))
ORDER BY e.key DESC LIMIT :limit
"""  # noqa: S608


def _record(row: Row[Any]) -> ErrorRecord:
    return ErrorRecord(
        row.key, row.at, row.severity, row.code, row.message, row.user_id, row.session_id, row.run_id, row.request_id,
        bool(row.readable),
    )  # fmt: skip
