"""The words of a message, made when it is sent: for who may read them at that moment, and nothing else."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, bindparam, select

from utils.accounts.principal import Ownership
from utils.database.base import Database
from utils.database.records import columns_of, record
from utils.database.tables import events, live, notice_rules, sessions, users
from utils.log.events import AgentActivity, Error, LoggedEvent, RunUpdate, logged_event
from utils.log.notable import NOTED_KINDS, NotedKind, approval_id
from utils.notices.audience import Person, person_of, select_people
from utils.notices.outbox import Message, NoticeRecord
from utils.sessions.approval import ApprovalRecord
from utils.sessions.approval_rows import find_approval

_LONGEST_BODY = 500
_LISTED = 10  # of a digest
_HAPPENED: dict[NotedKind, str] = {
    "run_failed": "A run has failed", "run_ended": "A run has ended", "approval_waits": "An agent waits for a decision",
    "stuck": "A run may be stuck", "over_budget": "A run is over its budget",
}  # fmt: skip
_MANY: dict[NotedKind, tuple[str, str]] = {
    "run_failed": ("run has failed", "runs have failed"), "run_ended": ("run has ended", "runs have ended"),
    "approval_waits": ("decision waits", "decisions wait"), "stuck": ("run may be stuck", "runs may be stuck"),
    "over_budget": ("run is over its budget", "runs are over their budgets"),
}  # fmt: skip
_TEAM = select(notice_rules.c.team_key).where(notice_rules.c.key == bindparam("rule"))
_TEAM_IF_ON = _TEAM.where(notice_rules.c.enabled)
_PERSON = select_people.where(users.c.key == bindparam("user"))
_EVENT = (
    select(events.c.body, *columns_of(Ownership, sessions, "session_"))
    .join_from(events, sessions, sessions.c.key == events.c.session_key)
    .where(events.c.session_key == bindparam("session"), events.c.seq == bindparam("seq"), live)
)


@dataclass(frozen=True, slots=True)
class Told:
    """One notice in words. ``path`` leads to the very place in the dashboard. ``data`` is for programs."""

    notice: NoticeRecord
    title: str
    body: str
    path: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says. ``subject`` names nobody's session: mail servers and administrators read it."""

    subject: str
    title: str
    body: str
    path: str
    tag: str
    urgent: bool
    told: Sequence[Told]
    person: Person | None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who is told: a person; or a team by a rule, which reads what is shared, and of the rest that it happened."""

    team_key: int
    person: Person | None

    def may_be_told(self, session: Ownership, approval: ApprovalRecord | None) -> bool:
        if self.person is None:
            return session.team_key == self.team_key
        return self.may_read(session) or (approval is not None and approval.may_be_read_by(self.person.who))

    def may_read(self, session: Ownership) -> bool:
        return session.shared if self.person is None else self.person.who.may_read(session)


class NoticeWords:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, message: Message) -> Words | None:
        """None: nobody needs it any more, or may be told."""
        with self._database.read() as connection:
            reader = _reader(connection, message.notices[0])
            if reader is None:
                return None
            told = [one for notice in message.notices if (one := _told(connection, notice, reader)) is not None]
        more = sum(notice.count for notice in message.notices if notice.is_overflow)
        return _words(told, more, reader.person) if told or more else None


def _reader(connection: Connection, notice: NoticeRecord) -> _Reader | None:
    if notice.user_key is not None:
        row = connection.execute(_PERSON, {"user": notice.user_key}).first()
        return _Reader(row.team_key, person_of(row)) if row is not None else None
    rule = _TEAM if notice.kind == "test" else _TEAM_IF_ON
    team_key = connection.scalar(rule, {"rule": notice.rule_key})
    return _Reader(team_key, None) if team_key is not None else None


def _told(connection: Connection, notice: NoticeRecord, reader: _Reader) -> Told | None:
    if notice.kind == "test":
        return Told(notice, "A test of Ringside", "Notices arrive here.", "/notices", _data(notice, "test"))
    if notice.is_overflow or not _is_wanted(notice, notice.kind, reader):
        return None
    row = connection.execute(_EVENT, {"session": notice.session_key, "seq": notice.seq}).first()
    if row is None:
        return None
    session, event = record(Ownership, row, "session_"), logged_event.validate_json(row.body, extra="ignore")
    asked = approval_id(event) if isinstance(event, AgentActivity) else None
    approval = find_approval(connection, asked) if asked is not None else None
    if not reader.may_be_told(session, approval) or (asked is not None and not _asks_still(approval, reader.person)):
        return None
    told = _in_words(notice, notice.kind, session, event, reader.may_read(session), asked)
    return told if reader.may_read(session) or reader.person is None else _of_question(told, event)


def _is_wanted(notice: NoticeRecord, kind: NotedKind, reader: _Reader) -> bool:
    """They may have chosen otherwise since."""
    if reader.person is None:
        return True
    return reader.person.chosen.of(kind).has("mail" if notice.channel == "mail" else "browser")


def _of_question(told: Told, event: LoggedEvent) -> Told:
    """For whom a question of a private session was put to: what their inbox shows of it, and the way there."""
    said = _said(event)
    return replace(told, body=said or told.body, path="/inbox", data=told.data | {"message": said})


def _asks_still(approval: ApprovalRecord | None, person: Person | None) -> bool:
    """Whether it waits, and for the person, if they want to be told of no other. A program is told that it did."""
    if approval is None or person is None:
        return approval is not None
    concerns = person.chosen.of("approval_waits").whose == "team" or approval.may_be_decided_by(person.who)
    return concerns and not approval.is_over


def _in_words(
    notice: NoticeRecord, kind: NotedKind, session: Ownership, event: LoggedEvent, readable: bool, asked: str | None
) -> Told:
    happened = _HAPPENED[kind]
    path = f"/sessions/{quote(session.id)}"
    if asked is not None:
        path += f"#{quote(asked)}"
    elif event.run_id:
        path += f"#{quote(event.run_id, safe='')}"
    data = _data(notice, kind) | {
        "session": {"id": session.id, "title": session.title if readable else None, "private": not session.shared},
        "run_id": event.run_id,
        "seq": notice.seq,
        "approval_id": asked,
        "status": event.status if isinstance(event, RunUpdate) else None,
        "code": event.code if isinstance(event, Error) else None,
        "message": _said(event) if readable else None,
    }
    if not readable:
        return Told(notice, f"{happened}: a private session", "Only its owner may read it.", path, data)
    return Told(notice, f"{happened}: {session.title}", _said(event) or happened, path, data)


def _said(event: LoggedEvent) -> str | None:
    match event:
        case RunUpdate():
            return _cut(event.reason) if event.reason else None
        case Error():
            return _cut(event.message)
        case AgentActivity() if isinstance(event.input, dict):
            return _cut(f"{event.agent_name}: {event.input.get('question') or event.action}")
        case _:
            return None


def _words(told: Sequence[Told], more: int, person: Person | None) -> Words:
    if len(told) == 1 and not more:
        [one] = told
        kind = one.notice.kind
        subject = f"Ringside: {_HAPPENED[kind] if kind != 'test' else 'a test'}"
        tag = sha256(one.notice.thing.encode()).hexdigest()[:32]
        return Words(subject, one.title, one.body, one.path, tag, kind == "approval_waits", told, person)
    counts = Counter(one.notice.kind for one in told)
    parts = [f"{counts[kind]} {_MANY[kind][counts[kind] > 1]}" for kind in NOTED_KINDS if counts[kind]]
    title = ", ".join([*parts, *([f"{more:,} more" if parts else f"{more:,} notices"] if more else [])])
    lines = Counter(one.title for one in told)
    listed = [words if times == 1 else f"{words} ({times} times)" for words, times in lines.most_common(_LISTED)]
    rest = len(told) + more - sum(times for _, times in lines.most_common(_LISTED))
    body = "\n".join([*listed, *([f"and {rest:,} more"] if rest else [])])
    path = "/inbox" if set(counts) == {"approval_waits"} else "/"
    return Words(
        f"Ringside: {len(told) + more:,} notices", title, body, path, "digest",
        bool(counts["approval_waits"]), told, person,
    )  # fmt: skip


def _data(notice: NoticeRecord, kind: str) -> dict[str, Any]:
    return {"id": notice.id, "kind": kind, "at": _iso(notice.at)}


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def _cut(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= _LONGEST_BODY else f"{words[: _LONGEST_BODY - 1]}…"
