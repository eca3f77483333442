"""A person's data as one ZIP file, which is made while it is taken: never more than a piece of it is in memory.

No secret is in it: of keys and sign-ins what they are called, when they were made and used.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, Table, select

from api.exports.json_document import json_document
from utils.accounts.audit import AuditRecord
from utils.accounts.person_names import PersonNames
from utils.accounts.principal import Grant, Principal, TeamRecord, UserRecord
from utils.database.base import Database
from utils.database.records import columns_of, record
from utils.database.tables import (
    agents,
    api_keys,
    approval_rules,
    approval_snoozes,
    approvals,
    audit,
    budgets,
    comments,
    feedback,
    findings,
    identities,
    judgements,
    live,
    mails,
    notice_preferences,
    notices,
    passkeys,
    pauses,
    push_subscriptions,
    runs,
    sessions,
    sign_ins,
    spectator_links,
    usage_days,
)
from utils.sessions.documents import DocumentError, Documents
from utils.sessions.snapshot import SessionSnapshots, SnapshotLostError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_PAGE = 500
_ABOUT = """The data of {name} <{email}> in {team}, as Ringside had it at {at}.

profile.json          the account
sign-ins.json         the browsers in which the person signed in
keys.json             API keys, without what opens anything
passkeys.json         passkeys, by their names
identities.json       accounts of a provider (single sign-on) that belong to this one
mails.json            what was sent by mail, or will be, without its text
links.json            spectator links that the person made
audit.jsonl           entries of the team's audit trail by the person or about them, a JSON object a line
questions.jsonl       questions that the person asked, in their own sessions and in others
decisions.jsonl       what the person decided where agents asked, with comments
judgements.jsonl      answers and steps that the person judged
comments.jsonl        what the person wrote about answers and steps
snoozes.json          questions of agents that the person does not want to see yet
dismissals.json       what made runs look stuck, and the person said is fine
rules.json            rules about tools that the person has made
pauses.json           agents that the person has paused, and why; without an agent: everything of the team
notice-choices.json   what the person is told of, and how
notice-browsers.json  the browsers that show it, without what opens them
notices.json          what the person was told lately, or will be, without its text
usage.json            what models did for the person: tokens and cost of each day
budgets.json          what it may be at most
sessions/             the person's own sessions: everything in them, with their documents
"""
# The tables whose rows are a user's own, and are not in the archive.
LEFT_OUT = {
    "password_links": "nothing but a secret",
    "second_factors": "nothing but a secret",
    "recovery_codes": "nothing but secrets",
    "traces": "what they told is in the sessions",
}


class PersonArchive:
    def __init__(self, database: Database, snapshots: SessionSnapshots, documents: Documents) -> None:
        self._database = database
        self._snapshots = snapshots
        self._documents = documents

    def pieces(self, user: UserRecord, team: TeamRecord, at: datetime) -> Iterator[bytes]:
        sink = _Sink()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, parts in self._files(user, team, at):
                with archive.open(_entry(name, at), "w", force_zip64=True) as file:
                    for part in parts:
                        file.write(part)
                        yield from sink.taken()
                yield from sink.taken()
        yield from sink.taken()

    def _files(self, user: UserRecord, team: TeamRecord, at: datetime) -> Iterator[tuple[str, Iterable[bytes]]]:
        moment = at.isoformat(timespec="seconds")
        about = _ABOUT.format(name=user.name, email=user.email, team=team.name, at=moment)
        yield "README.txt", [about.encode()]
        yield "profile.json", [_json(_profile(user, team), indent=2)]
        for name, query in _owned(user):
            yield name, [_json(self._rows(query), indent=2)]
        yield "audit.jsonl", (_json(_told(line)) + b"\n" for line in self._audit(user))
        yield "questions.jsonl", (_json(question) + b"\n" for question in self._questions(user))
        yield "decisions.jsonl", (_json(decision) + b"\n" for decision in self._decisions(user))
        yield "judgements.jsonl", (_json(one) + b"\n" for one in self._judgements(user))
        yield "comments.jsonl", (_json(one) + b"\n" for one in self._comments(user))
        reader = Principal(Grant("sign-in", 0), user, team)
        for session_id in self._sessions(user):
            yield from self._session(session_id, reader)

    def _session(self, session_id: str, reader: Principal) -> Iterator[tuple[str, Iterable[bytes]]]:
        snapshot = self._snapshots.take(session_id)
        if snapshot is None:  # deleted a moment ago
            return
        folder, lost = f"sessions/{snapshot.session.key} {_plain(session_id)}", list[str]()
        yield f"{folder}/session.json", _whole(json_document(snapshot, reader), lost)
        for document in snapshot.documents:
            yield f"{folder}/documents/{document.id} {document.name}", _whole(self._documents.chunks(document.id), lost)
        if lost:
            yield f"{folder}/INCOMPLETE.txt", ["\n".join(lost).encode()]

    def _rows(self, query: Select[Any]) -> list[dict[str, Any]]:
        with self._database.read() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _audit(self, user: UserRecord) -> Iterator[AuditRecord]:
        """The network address of somebody else is theirs."""
        names = PersonNames.of(self._database, user)
        query = select(*columns_of(AuditRecord, audit)).where(audit.c.team_key == user.team_key, names.in_trail())
        for row in self._paged(query, audit.c.key):
            if names.is_about(row.action, row.actor, row.subject):
                line = record(AuditRecord, row)
                yield line if names.is_actor(row.action, row.actor) else replace(line, address=None)

    def _questions(self, user: UserRecord) -> Iterator[dict[str, Any]]:
        query = (
            select(runs.c.key, runs.c.id, sessions.c.id.label("session_id"), runs.c.question, runs.c.created_at)
            .join(sessions, sessions.c.key == runs.c.session_key)
            .where(runs.c.asked_by == user.key, live)
        )
        for row in self._paged(query, runs.c.key):
            yield {name: value for name, value in row._mapping.items() if name != "key"}

    def _decisions(self, user: UserRecord) -> Iterator[dict[str, Any]]:
        a = approvals.c
        query = (
            select(a.key, a.id, sessions.c.id.label("session_id"), a.action, a.choice, a["values"], a.comment)
            .add_columns(a.via, a.decided_at)
            .join(sessions, sessions.c.key == a.session_key)
            .where(a.decided_by == user.key, live)
        )
        for row in self._paged(query, a.key):
            yield {name: value for name, value in row._mapping.items() if name != "key"}

    def _judgements(self, user: UserRecord) -> Iterator[dict[str, Any]]:
        query = _about(select(feedback.c.key, judgements.c.verdict, judgements.c.at), judgements)
        for row in self._paged(query.where(judgements.c.user_key == user.key), feedback.c.key):
            yield {name: value for name, value in row._mapping.items() if name != "key"}

    def _comments(self, user: UserRecord) -> Iterator[dict[str, Any]]:
        c = comments.c
        query = _about(select(c.key, c.id, c.text, c.created_at, c.changed_at), comments)
        for row in self._paged(query.where(c.user_key == user.key), c.key):
            yield {name: value for name, value in row._mapping.items() if name != "key"}

    def _sessions(self, user: UserRecord) -> Iterator[str]:
        query = select(sessions.c.key, sessions.c.id).where(sessions.c.owner_key == user.key, live)
        for row in self._paged(query, sessions.c.key):
            yield row.id

    def _paged(self, query: Select[Any], key: Any) -> Iterator[Any]:
        last = 0
        while True:
            with self._database.read() as connection:
                rows = connection.execute(query.where(key > last).order_by(key).limit(_PAGE)).all()
            yield from rows
            if len(rows) < _PAGE:
                return
            last = rows[-1].key


class _Sink(io.RawIOBase):
    """What an archive is written to: it cannot be read or sought, and what was written is taken from it."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: "Buffer", /) -> int:
        self._written.append(bytes(data))
        return len(self._written[-1])

    def taken(self) -> list[bytes]:
        taken, self._written = self._written, []
        return taken


def _about(query: Select[Any], opinions: Table) -> Select[Any]:
    """With what they are about; an empty ``activity_id`` stands for the answer of the run."""
    query = query.add_columns(sessions.c.id.label("session_id"), feedback.c.run_id, feedback.c.activity_id)
    query = query.join_from(opinions, feedback, feedback.c.key == opinions.c.feedback_key)
    return query.join(sessions, sessions.c.key == feedback.c.session_key).where(live)


def _whole(parts: Iterable[bytes], lost: list[str]) -> Iterator[bytes]:
    """``lost`` is told if what is read goes away meanwhile."""
    try:
        yield from parts
    except (SnapshotLostError, DocumentError) as error:
        lost.append(str(error))


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, (max(at.year, 1980), at.month, at.day, at.hour, at.minute, at.second))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _owned(user: UserRecord) -> Iterator[tuple[str, Select[Any]]]:
    s, k, n = sign_ins.c, api_keys.c, spectator_links.c
    signed_in = select(s.id, s.browser, s.created_at, s.refreshed_at, s.expires_at, s.ended_at)
    yield "sign-ins.json", signed_in.where(s.user_key == user.key).order_by(s.key)
    keys = select(k.id, k.name, k.scopes, k.hint, k.created_at, k.last_used_at, k.expires_at, k.revoked_at)
    yield "keys.json", keys.where(k.user_key == user.key).order_by(k.key)
    p, i, m = passkeys.c, identities.c, mails.c
    named = select(p.id, p.name, p.created_at, p.last_used_at)
    yield "passkeys.json", named.where(p.user_key == user.key).order_by(p.key)
    known = select(i.issuer, i.subject, i.email, i.created_at, i.seen_at)
    yield "identities.json", known.where(i.user_key == user.key).order_by(i.key)
    mailed = select(m.id, m.subject, m.created_at, m.status)
    yield "mails.json", mailed.where(m.team_key == user.team_key, m.recipient == user.email).order_by(m.key)
    links = select(n.id, sessions.c.id.label("session_id"), n.created_at, n.expires_at, n.revoked_at, n.last_used_at)
    made = links.join(sessions, sessions.c.key == n.session_key).where(n.made_by == user.key)
    yield "links.json", made.order_by(n.key)
    yield from _at_work(user)
    yield from _told_of(user)
    yield from _spent(user)


def _rules(user: UserRecord) -> Select[Any]:
    r = approval_rules.c
    made = select(r.id, r.name, r.tool, r.effect, r.explanation, r.created_at).where(r.created_by == user.key)
    return made.order_by(r.key)


def _at_work(user: UserRecord) -> Iterator[tuple[str, Select[Any]]]:
    """What the person did with what agents did."""
    o, f, p = approval_snoozes.c, findings.c, pauses.c
    session_id = sessions.c.id.label("session_id")
    snoozed = select(approvals.c.id, session_id, approvals.c.action, o.until).join_from(approval_snoozes, approvals)
    snoozed = snoozed.join(sessions, sessions.c.key == approvals.c.session_key).where(o.user_key == user.key, live)
    yield "snoozes.json", snoozed.order_by(o.approval_key)
    dismissed = select(f.id, session_id, f.code, f.dismissed_at).join_from(findings, sessions)
    yield "dismissals.json", dismissed.where(f.dismissed_by == user.key, live).order_by(f.key)
    paused = select(agents.c.id.label("agent_id"), agents.c.name.label("agent"), p.reason, p.at)
    paused = paused.join_from(pauses, agents, agents.c.key == p.agent_key, isouter=True)
    yield "rules.json", _rules(user)
    yield "pauses.json", paused.where(p.team_key == user.team_key, p.by_key == user.key).order_by(p.key)


def _told_of(user: UserRecord) -> Iterator[tuple[str, Select[Any]]]:
    c, b, n = notice_preferences.c, push_subscriptions.c, notices.c
    chosen = select(c.kinds, c.quiet_from, c.quiet_until, c.time_zone, c.urgent_passes, c.digest)
    yield "notice-choices.json", chosen.where(c.user_key == user.key)
    yield "notice-browsers.json", select(b.id, b.browser, b.created_at).where(b.user_key == user.key).order_by(b.key)
    told = select(n.id, n.channel, n.kind, n.count, n.at, n.status, n.ended_at).add_columns(
        select(sessions.c.id).where(sessions.c.key == n.session_key, live).scalar_subquery().label("session_id")
    )
    yield "notices.json", told.where(n.user_key == user.key).order_by(n.key)


def _spent(user: UserRecord) -> Iterator[tuple[str, Select[Any]]]:
    u, b = usage_days.c, budgets.c
    used = select(u.day, u.agent_name, agents.c.name.label("agent"), u.model, u.calls, u.input, u.cached, u.output)
    used = used.add_columns(u.reasoning, u.cost_micros, u.currency)
    used = used.join_from(usage_days, agents, agents.c.key == u.agent_key, isouter=True)
    yield "usage.json", used.where(u.team_key == user.team_key, u.user_key == user.key).order_by(u.day, u.model)
    at_most = select(b.id, b.period, b.unit, b.currency, b.at_most, b.hard, b.created_at, b.removed_at)
    own = b.team_key == user.team_key, b.scope == "user", b.target_key == user.key
    yield "budgets.json", at_most.where(*own).order_by(b.key)


def _profile(user: UserRecord, team: TeamRecord) -> dict[str, Any]:
    names = ("id", "email", "name", "role", "active", "created_at")
    return {name: getattr(user, name) for name in names} | {"team": team.name}


def _told(line: AuditRecord) -> dict[str, Any]:
    names = ("seq", "at", "action", "actor", "subject", "address", "request_id")
    return {name: getattr(line, name) for name in names}


def _plain(text: str) -> str:
    """As a part of a file's name on any system."""
    return "".join(one if one.isalnum() or one in "-_." else "-" for one in text)[:80]


def _json(value: Any, indent: int | None = None) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent, default=datetime.isoformat).encode()
