"""The outbox of notices: what is to be sent, in the database, so that none is lost with a process.

A row says which event and to whom, and nothing in words: these are made when it is sent, for who may read them then.
One process of all machines sends (agents/processes/notifier.py). What it sends has an id that is written down before:
after a kill between sending and marking it is sent again, with the same id, so that whoever gets it twice can tell.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Insert, and_, bindparam, delete, func, not_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from utils.database.base import Database
from utils.database.moment import Moment, now
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.records import columns_of, record
from utils.database.tables import notice_rules, notices
from utils.log.notable import NotedKind
from utils.sessions.lines import is_status

Channel = Literal["webhook", "chat", "push", "mail"]
NoticeKind = NotedKind | Literal["test"]
NoticeStatus = Literal["waiting", "sent", "failed", "needless"]
MOST_WAITING: dict[Channel, int] = {"webhook": 10_000, "chat": 100, "push": 100, "mail": 100}
LIFETIME = timedelta(days=3)
_OVERFLOW = "more"  # the thing of the row that counts what was too much to keep one by one
_APART = 3  # so many notices of a target are messages of their own; more are one
_KEPT, _KEPT_OF_TARGET = timedelta(days=7), 200
_LONGEST_ANSWER = 300
# By a clock that has jumped back, some would wait for ever: nothing waits for longer than a daily digest.
_LONGEST_WAIT = timedelta(hours=25)
_is_waiting = is_status(notices, "waiting")  # as the indexes have it
_is_over = not_(_is_waiting)
_OPEN = and_(_is_waiting, notices.c.target == bindparam("target"))
_ONE = and_(_is_waiting, notices.c.key == bindparam("b_key"), notices.c.message_id == bindparam("b_message_id"))
_TRIED = ("status", "error", "answer_status", "answer", "took_ms")
_SETTLE = (
    update(notices)
    .where(_ONE)
    .values({name: bindparam(f"new_{name}") for name in _TRIED} | {"attempts": notices.c.attempts + 1})
)
_ENDED = _SETTLE.values(ended_at=bindparam("moment", type_=Moment))
_AGAIN = _SETTLE.values(due_at=bindparam("moment", type_=Moment))


@dataclass(frozen=True, slots=True)
class NewNotice:
    """``thing`` is what it is about: as long as a target was not told of a thing, only the newest about it is kept."""

    target: str
    channel: Channel
    kind: NoticeKind
    thing: str
    at: datetime
    due_at: datetime
    session_key: int | None = None
    seq: int | None = None
    rule_key: int | None = None
    user_key: int | None = None
    subscription_key: int | None = None


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    key: int
    id: str
    target: str
    channel: Channel
    kind: NoticeKind
    thing: str
    count: int
    session_key: int | None
    seq: int | None
    rule_key: int | None
    user_key: int | None
    subscription_key: int | None
    at: datetime
    status: NoticeStatus
    message_id: str | None
    attempts: int
    due_at: datetime
    ended_at: datetime | None
    answer_status: int | None
    answer: str | None
    took_ms: int | None
    error: str | None

    @property
    def is_overflow(self) -> bool:
        return self.thing == _OVERFLOW


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent at once to a target: one notice, or a digest of many."""

    id: str
    notices: Sequence[NoticeRecord]

    @property
    def target(self) -> str:
        return self.notices[0].target

    @property
    def channel(self) -> Channel:
        return self.notices[0].channel

    @property
    def attempts(self) -> int:
        return self.notices[0].attempts


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. ``again_at``: it is tried again then."""

    message: Message
    status: NoticeStatus
    error: str | None = None
    answer_status: int | None = None
    answer: str | None = None
    took_ms: int | None = None
    again_at: datetime | None = None


class Crowd:
    """How many notices of some targets wait or were sent in the last minute, as more are added."""

    def __init__(self, connection: Connection, targets: Collection[str]) -> None:
        lately = and_(_is_over, notices.c.ended_at > now() - timedelta(minutes=1))
        of_targets = notices.c.target.in_(list(targets))
        self.waiting = _counts(connection, of_targets, _is_waiting)
        self._lately = _counts(connection, of_targets, lately)

    def grows(self, target: str) -> tuple[int, int]:
        """How many wait, and how many were sent lately or wait, before this one."""
        before = self.waiting.get(target, 0)
        self.waiting[target] = before + 1
        return before, before + self._lately.get(target, 0)


class NoticeOutbox:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, added: Iterable[NewNotice]) -> None:
        with self._database.write() as connection:
            add_notices(connection, list(added))

    def due_targets(self) -> list[str]:
        with self._database.read() as connection:
            return list(connection.scalars(select(notices.c.target).where(_is_waiting, _is_due()).distinct()))

    def take(self, target: str, most: int, besides: Collection[str] = ()) -> list[Message]:
        """What is to be sent to it now, its id written down, but for the messages that are being sent.

        What was begun goes first, as it was. A digest takes all that is due.
        """
        query = select(*columns_of(NoticeRecord, notices)).where(_OPEN, _is_due())
        query = query.order_by(notices.c.key).limit(MOST_WAITING["push"] + most + len(besides))
        with self._database.read() as connection:
            rows = [record(NoticeRecord, row) for row in connection.execute(query, {"target": target})]
        begun = [row for row in rows if row.message_id is not None and row.message_id not in besides]
        fresh = [row for row in rows if row.message_id is None]
        messages = _by_message(begun)[:most]
        if len(messages) < most and fresh:
            messages += self._begun(fresh, most - len(messages))
        return messages

    def settle(self, outcomes: Sequence[Outcome]) -> None:
        """All in one transaction. What was replaced by something newer meanwhile waits on."""
        at = now()
        ended: list[dict[str, Any]] = []
        again: list[dict[str, Any]] = []
        for one in outcomes:
            values = {
                "new_status": one.status, "new_error": one.error, "new_answer_status": one.answer_status,
                "new_answer": one.answer[:_LONGEST_ANSWER] if one.answer is not None else None,
                "new_took_ms": one.took_ms, "moment": one.again_at or at, "b_message_id": one.message.id,
            }  # fmt: skip
            rows = [values | {"b_key": notice.key} for notice in one.message.notices]
            (ended if one.again_at is None else again).extend(rows)
        with self._database.write() as connection:
            for statement, tried in ((_ENDED, ended), (_AGAIN, again)):
                if tried:
                    connection.execute(statement, tried)

    def of_rule(self, rule_key: int, cursor: str | None = None, limit: int = 50) -> Page[NoticeRecord]:
        """Newest first."""
        query = select(*columns_of(NoticeRecord, notices)).where(notices.c.rule_key == rule_key)
        if cursor:
            query = query.where(notices.c.key < decode_cursor(cursor, 1)[0])
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(notices.c.key.desc()).limit(limit + 1)).all()
        found = [record(NoticeRecord, row) for row in rows[:limit]]
        return Page(found, encode_cursor(found[-1].key) if len(rows) > limit else None)

    def of_user(self, user_key: int, limit: int = 20) -> list[NoticeRecord]:
        """Newest first."""
        query = select(*columns_of(NoticeRecord, notices)).where(notices.c.user_key == user_key)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(notices.c.key.desc()).limit(limit))
            return [record(NoticeRecord, row) for row in rows]

    def again(self, team_key: int, rule_id: str, notice_id: str) -> NoticeRecord | None:
        """Send what a rule has sent or could not send, now. With the same id, so that who has got it can tell."""
        rule = select(notice_rules.c.key).where(notice_rules.c.team_key == team_key, notice_rules.c.id == rule_id)
        one = notices.c.rule_key == rule.scalar_subquery(), notices.c.id == notice_id
        at = now()
        due = {
            "status": "waiting", "due_at": at, "expires_at": at + LIFETIME, "attempts": 0, "ended_at": None,
            "error": None,
        }  # fmt: skip
        with self._database.write() as connection:
            found = connection.execute(select(notices.c.target, notices.c.thing).where(*one)).first()
            if found is None:
                return None
            newer = _is_waiting, notices.c.target == found.target, notices.c.thing == found.thing
            if connection.execute(select(notices.c.key).where(*newer)).first() is not None:
                connection.execute(update(notices).where(*newer).values(due_at=at))
            else:
                connection.execute(update(notices).where(*one).values(due))
            row = connection.execute(select(*columns_of(NoticeRecord, notices)).where(*one)).one()
        return record(NoticeRecord, row)

    def tidy(self) -> None:
        """Give up what was tried for three days, and forget what is over: after a week, and what is too much."""
        at = now()
        late = _is_waiting, notices.c.expires_at <= at, notices.c.attempts > 0
        newest = (
            select(notices.c.key, func.row_number().over(partition_by=notices.c.target, order_by=notices.c.key.desc()))
            .where(_is_over)
            .subquery()
        )
        too_many = select(newest.c[0]).where(newest.c[1] > _KEPT_OF_TARGET)
        old = _is_over, or_(notices.c.ended_at < at - _KEPT, notices.c.key.in_(too_many))
        with self._database.write() as connection:
            connection.execute(update(notices).where(*late).values(status="failed", ended_at=at))
            connection.execute(delete(notices).where(*old))

    def _begun(self, fresh: list[NoticeRecord], most: int) -> list[Message]:
        digested = fresh[0].channel == "mail" or (fresh[0].channel != "webhook" and len(fresh) > _APART)
        group = fresh if digested else fresh[:most]
        together = digested and len(group) > 1
        untaken = _is_waiting, notices.c.key.in_([row.key for row in group]), notices.c.message_id.is_(None)
        begin = (
            update(notices)
            .where(*untaken)
            .values(message_id=f"digest-{secrets.token_hex(12)}" if together else notices.c.id)
            .returning(*columns_of(NoticeRecord, notices))
        )
        with self._database.write() as connection:
            taken = [record(NoticeRecord, row) for row in connection.execute(begin)]
        return _by_message(sorted(taken, key=lambda one: one.key))


def add_notices(connection: Connection, added: Sequence[NewNotice]) -> None:
    """As part of a caller's transaction. What a target cannot keep one by one is counted in one row."""
    if not added:
        return
    crowd = Crowd(connection, {one.target for one in added})
    kept: list[dict[str, Any]] = []
    counted: list[dict[str, Any]] = []
    left_out: dict[int, int] = {}
    for one in added:
        before, _ = crowd.grows(one.target)
        if before < MOST_WAITING[one.channel]:
            kept.append(_values(one))
        elif one.channel == "webhook":
            assert one.rule_key is not None
            left_out[one.rule_key] = left_out.get(one.rule_key, 0) + 1
        else:
            counted.append(_values(one) | {"thing": _OVERFLOW, "session_key": None, "seq": None})
    for rows, overflow in ((kept, False), (counted, True)):
        if rows:
            connection.execute(_upsert(connection.dialect.name, overflow), rows)
    for rule_key, count in left_out.items():
        more = {"left_out": notice_rules.c.left_out + count}
        connection.execute(update(notice_rules).where(notice_rules.c.key == rule_key).values(more))


def _values(one: NewNotice) -> dict[str, Any]:
    return {
        "id": f"notice-{secrets.token_hex(12)}", "target": one.target, "channel": one.channel, "kind": one.kind,
        "thing": one.thing, "count": 1, "at": one.at, "session_key": one.session_key, "seq": one.seq,
        "rule_key": one.rule_key, "user_key": one.user_key, "subscription_key": one.subscription_key,
        "status": "waiting", "due_at": one.due_at, "expires_at": now() + LIFETIME,
    }  # fmt: skip


@cache
def _upsert(dialect: str, overflow: bool) -> Insert:
    """What is newer takes the place of what waits, as a message of its own: the former may be on its way."""
    made = postgresql.insert(notices) if dialect == "postgresql" else sqlite.insert(notices)
    newer = {name: made.excluded[name] for name in ("id", "kind", "session_key", "seq", "at")}
    changed: dict[str, Any] = {"count": notices.c.count + 1} if overflow else newer
    upsert: Insert = made.on_conflict_do_update(
        index_elements=["target", "thing"],
        index_where=_is_waiting,
        set_={**changed, "message_id": None, "attempts": 0},
    )
    return upsert


def _by_message(rows: Sequence[NoticeRecord]) -> list[Message]:
    found: dict[str, list[NoticeRecord]] = {}
    for row in rows:
        found.setdefault(row.message_id or row.id, []).append(row)
    return [Message(message_id, group) for message_id, group in found.items()]


def _is_due() -> ColumnElement[bool]:
    at = now()
    return or_(notices.c.due_at <= at, notices.c.due_at > at + _LONGEST_WAIT)


def _counts(connection: Connection, *where: ColumnElement[bool]) -> dict[str, int]:
    query = select(notices.c.target, func.count()).where(*where).group_by(notices.c.target)
    return dict(connection.execute(query).all())
