"""The outbox: mails that are to be sent, in the database, so that none is lost with a process.

A mail is deleted from it a month after it was written. What it says, with the link in it, is sealed, and erased as soon
as it is sent or of no use any more. One process of all machines sends (agents/processes/postman.py).
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, exists, insert, or_, select, update

from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import mails, password_requests
from utils.mail.letters import Letter
from utils.registry.server_key import ServerKey

MailStatus = Literal["waiting", "sent", "failed"]
_KEPT = timedelta(days=30)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=15), timedelta(hours=1)
_LONGEST_REASON = 500
_LISTED = 50


@dataclass(frozen=True, slots=True)
class MailRecord:
    """``error``: why it was not sent at the last attempt, in words; ``text`` of one that was sent is gone."""

    key: int
    id: str
    recipient: str
    subject: str
    sealed: str | None
    status: MailStatus
    attempts: int
    created_at: datetime
    due_at: datetime
    expires_at: datetime
    error: str | None


@dataclass(frozen=True, slots=True)
class PasswordRequest:
    key: int
    email: str


def letter_subject(words: str) -> str:
    """As the outbox keeps them."""
    return " ".join(words.split())[:200]


class Outbox:
    def __init__(self, database: Database, key: ServerKey) -> None:
        self._database = database
        self._key = key

    def put(self, team_key: int, recipient: str, letter: Letter) -> MailRecord:
        written_at = now()
        row = insert(mails).values(
            id=f"mail-{secrets.token_hex(12)}", team_key=team_key, recipient=recipient,
            subject=letter_subject(letter.subject), sealed=self._key.seal(json.dumps(letter.text)),
            created_at=written_at, due_at=written_at, expires_at=written_at + letter.lifetime,
        )  # fmt: skip
        with self._database.write() as connection:
            return record(MailRecord, connection.execute(row.returning(*columns_of(MailRecord, mails))).one())

    def text_of(self, mail: MailRecord) -> str:
        """Raises ValueError if it was sealed with a key that is no longer known."""
        return str(json.loads(self._key.open(mail.sealed or "")))

    def due(self, limit: int = 20) -> list[MailRecord]:
        """Those that are to be sent now, oldest first."""
        waiting = mails.c.status == "waiting", mails.c.due_at <= now()
        query = select(*columns_of(MailRecord, mails)).where(*waiting).order_by(mails.c.due_at, mails.c.key)
        with self._database.read() as connection:
            return [record(MailRecord, row) for row in connection.execute(query.limit(limit))]

    def waits(self) -> bool:
        """Whether any is to be sent, now or later."""
        with self._database.read() as connection:
            return connection.scalar(select(exists().where(mails.c.status == "waiting"))) is True

    def sent(self, mail: MailRecord) -> None:
        self._change(mail, status="sent", sealed=None, error=None, attempts=mail.attempts + 1)

    def postpone(self, mail: MailRecord, why: str) -> None:
        """The wait doubles with each attempt, up to an hour."""
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(mail.attempts, 10)))
        self._change(mail, error=why[:_LONGEST_REASON], attempts=mail.attempts + 1, due_at=now() + wait)

    def fail(self, mail: MailRecord, why: str) -> None:
        self._change(mail, status="failed", error=why[:_LONGEST_REASON], attempts=mail.attempts + 1)

    def of_team(self, team_key: int) -> list[MailRecord]:
        """What has not been sent, newest first."""
        unsent = mails.c.team_key == team_key, mails.c.status != "sent"
        query = select(*columns_of(MailRecord, mails)).where(*unsent).order_by(mails.c.key.desc()).limit(_LISTED)
        with self._database.read() as connection:
            return [record(MailRecord, row) for row in connection.execute(query)]

    def again(self, team_key: int, mail_id: str) -> MailRecord | None:
        """Send it at once. None if there is no such mail, or what it said is of no use any more."""
        one = mails.c.team_key == team_key, mails.c.id == mail_id
        usable = mails.c.status != "sent", mails.c.sealed.is_not(None), mails.c.expires_at > now()
        due = update(mails).where(*one, *usable).values(status="waiting", due_at=now(), attempts=0, error=None)
        with self._database.write() as connection:
            row = connection.execute(due.returning(*columns_of(MailRecord, mails))).first()
        return record(MailRecord, row) if row else None

    def request_password(self, email: str) -> None:
        """Somebody has forgotten theirs. Whether the address has an account is looked up later, elsewhere."""
        with self._database.write() as connection:
            connection.execute(insert(password_requests).values(email=email, at=now()))

    def password_requests(self, limit: int = 20) -> list[PasswordRequest]:
        query = select(*columns_of(PasswordRequest, password_requests)).order_by(password_requests.c.key).limit(limit)
        with self._database.read() as connection:
            return [record(PasswordRequest, row) for row in connection.execute(query)]

    def answered(self, request: PasswordRequest) -> None:
        with self._database.write() as connection:
            connection.execute(delete(password_requests).where(password_requests.c.key == request.key))

    def tidy(self) -> None:
        """Erase what is of no use any more, and forget what is old."""
        at = now()
        stale = mails.c.expires_at <= at, or_(mails.c.status == "waiting", mails.c.sealed.is_not(None))
        with self._database.write() as connection:
            late = update(mails).where(*stale, mails.c.status == "waiting")
            connection.execute(late.values(status="failed", error="It could not be sent before it was out of date."))
            connection.execute(update(mails).where(*stale).values(sealed=None))
            connection.execute(delete(mails).where(mails.c.created_at < at - _KEPT))

    def _change(self, mail: MailRecord, **values: object) -> None:
        """Unless somebody else has changed it meanwhile."""
        same = mails.c.key == mail.key, mails.c.attempts == mail.attempts, mails.c.status == "waiting"
        with self._database.write() as connection:
            connection.execute(update(mails).where(*same).values(values))
