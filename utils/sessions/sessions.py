"""Sessions: one conversation and its activity."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Row,
    ScalarSelect,
    Select,
    Subquery,
    Text,
    TextClause,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    select,
    text,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError

from utils.accounts.kept_answers import Keep
from utils.accounts.principal import Ownership, UserRecord
from utils.accounts.quotas import Quotas
from utils.accounts.spectator_links import revoke_links_of_others
from utils.database.base import Database
from utils.database.moment import Moment, from_ms, to_ms
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.database.records import AnyRow, columns_of, record
from utils.database.tables import agents, approvals, live, retention, runs, session_tags, sessions, users
from utils.log.events import RunStatus
from utils.registry.agent_registry import BUILT_IN_NAME
from utils.sessions.approval_rows import is_open
from utils.sessions.chosen_agent import chosen_agent
from utils.sessions.lines import unended
from utils.sessions.message_search import LOOKED_AT_FIRST, MessageSearch
from utils.sessions.new_session import UNTITLED, new_session
from utils.sessions.retention_rule import Rule
from utils.sessions.runs import RunRecord, run_columns
from utils.sessions.search_query import SearchQuery
from utils.sessions.tags import set_tags
from utils.sessions.visibility import of, visible

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = ("low", "normal", "high", "urgent")  # stored is the place in it
_TITLE_LENGTH = 80
DELETED_AGENT = "Deleted agent"


class SessionExistsError(ValueError):
    """The id is taken."""


@dataclass(frozen=True, slots=True)
class SessionAgent:
    """Who answers in a session. Without an id: the built-in agents before there is a team, or a deleted agent."""

    id: str | None
    name: str
    avatar_id: str | None
    state: Literal["ready", "disabled", "deleted"]


@dataclass(frozen=True, slots=True)
class SessionRecord:
    key: int
    id: str
    title: str
    archived: bool
    head: int
    created_at: datetime
    updated_at: datetime
    last_run: RunRecord | None
    status: RunStatus | None  # of what is most in need in it; none: nothing has run
    team_key: int | None
    owner_key: int | None
    owner_name: str | None
    owner_is_service: bool
    shared: bool
    agent: SessionAgent
    tags: tuple[str, ...]
    priority: Priority
    metadata: Mapping[str, Any]
    kept: bool
    removed_at: datetime | None  # when it is removed if nothing happens in it; none: never

    @property
    def ownership(self) -> Ownership:
        return Ownership(self.key, self.id, self.title, self.team_key, self.owner_key, self.shared)


def _select(session: FromClause) -> Select[Any]:
    """The newest run of each session and its tags, one on a line, come with it in the same row."""
    own_runs = runs.alias("own_runs")
    newest = select(func.max(own_runs.c.key)).where(own_runs.c.session_key == session.c.key)
    tags = select(func.aggregate_strings(session_tags.c.tag, "\n")).where(session_tags.c.session_key == session.c.key)
    named = {"owner_name": users.c.name, "tags": tags.scalar_subquery(), "status": _status(session)}
    return (
        select(*columns_of(SessionRecord, session, **named))
        .add_columns(func.coalesce(users.c.service, false()).label("owner_is_service"))
        .add_columns(*columns_of(Rule, retention, "rule_"))
        .add_columns(session.c.agent_key.label("wanted_agent"), agents.c.enabled.label("agent_enabled"))
        .add_columns(*columns_of(SessionAgent, agents, "agent_"))
        .add_columns(*run_columns(session.c.id, "run_"))
        .select_from(session)
        .outerjoin(users, users.c.key == session.c.owner_key)
        .outerjoin(retention, retention.c.what == "sessions")
        .outerjoin(agents, agents.c.key == chosen_agent(session))
        .outerjoin(runs, runs.c.key == newest.scalar_subquery())
    )


def _status(session: FromClause) -> ColumnElement[Any]:
    """What needs a person or still works comes before what has ended: the newest run alone would hide it."""
    own = runs.alias("unended_runs")
    need = case({"waiting": 0, "running": 1}, value=own.c.status, else_=2)
    neediest = select(own.c.status).where(own.c.session_key == session.c.key, unended(own)).order_by(need).limit(1)
    asks = exists().where(approvals.c.session_key == session.c.key, is_open)
    return case((asks, "waiting"), else_=func.coalesce(neediest.scalar_subquery(), runs.c.status))


_ONE = _select(sessions).where(sessions.c.id == bindparam("id"), live)
_OWNERSHIP = select(*columns_of(Ownership, sessions)).where(sessions.c.id == bindparam("id"), live)


class Sessions:
    def __init__(self, database: Database, quotas: Quotas | None = None) -> None:
        self._database = database
        self._quotas = quotas or Quotas(database)
        self._search = MessageSearch(database)

    def create(
        self,
        session_id: str | None = None,
        title: str | None = None,
        owner: UserRecord | None = None,
        agent_key: int | None = None,
        *,
        tags: Sequence[str] = (),
        priority: Priority = "normal",
        metadata: Mapping[str, Any] | None = None,
        keep: Keep[SessionRecord] | None = None,
    ) -> SessionRecord:
        """A user's own is private to begin with; without an owner, it is the first team's, as what emitters make.

        Without ``agent_key``, a user's session gets the team's first agent that is enabled. ``keep`` gets the record.
        Raises :class:`SessionExistsError` when the id is taken, QuotaExceededError when a user's team has too many.
        """
        session_id = session_id or f"session-{secrets.token_hex(8)}"
        agent = first_agent(owner.team_key) if owner is not None and agent_key is None else agent_key
        made = new_session(session_id, title or UNTITLED, owner)
        made = made.values(agent_key=agent, priority=PRIORITIES.index(priority), metadata=dict(metadata or {}))
        try:
            with self._database.write() as connection:
                if owner is not None:
                    self._quotas.require(connection, owner.team_key, "sessions")
                key = connection.execute(made.returning(sessions.c.key)).scalar_one()
                set_tags(connection, key, tags)
                found = _find(connection, session_id)
                assert found is not None
                if keep is not None:
                    keep(connection, found)
        except IntegrityError as error:
            raise SessionExistsError(f"There is a session {session_id} already.") from error
        return found

    def get(self, session_id: str) -> SessionRecord | None:
        with self._database.read() as connection:
            return _find(connection, session_id)

    def ownership(self, session_id: str) -> Ownership | None:
        """Whose it is."""
        with self._database.read() as connection:
            row = connection.execute(_OWNERSHIP, {"id": session_id}).first()
        return record(Ownership, row) if row else None

    def page(
        self,
        user: UserRecord,
        query: SearchQuery | None = None,
        archived: bool = False,
        cursor: str | None = None,
        limit: int = 50,
        *,
        tag: str | None = None,
        priority: Priority | None = None,
    ) -> Page[SessionRecord]:
        """Those that the user may see, newest activity first; with ``query``, those that it finds."""
        values = {"archived": archived, "tag": tag, "priority": _place(priority), "limit": limit + 1, **of(user)}
        if cursor:
            updated, values["key"] = decode_cursor(cursor, 2)
            values["updated"] = from_ms(updated)
        kept = _Kept(tag is not None, priority is not None, bool(cursor))
        with self._database.read() as connection:
            if query:
                rows = self._found_page(connection, query, kept, values)
            else:
                rows = connection.execute(_page(kept), values).all()
        found = [_record(row) for row in rows[:limit]]
        more = len(rows) > limit
        return Page(found, encode_cursor(to_ms(found[-1].updated_at), found[-1].key) if more else None)

    def _found_page(
        self, connection: Connection, query: SearchQuery, kept: "_Kept", values: dict[str, Any]
    ) -> Sequence[AnyRow]:
        """What the query finds; where the newest sessions fill the page, the others are not looked at."""
        found_by, wanted = self._search.condition_of(query, "SELECT key FROM newest")
        rows = connection.execute(_newest_page(kept, found_by), {**values, **wanted}).all()
        if len(rows) == values["limit"]:
            return rows
        found_by, wanted = self._search.condition(query)
        return connection.execute(_page(kept, found_by), {**values, **wanted}).all()

    def change(
        self,
        session_id: str,
        title: str | None = None,
        archived: bool | None = None,
        shared: bool | None = None,
        agent_key: int | None = None,
        *,
        tags: Sequence[str] | None = None,
        priority: Priority | None = None,
        metadata: Mapping[str, Any] | None = None,
        kept: bool | None = None,
    ) -> tuple[SessionRecord, int] | None:
        """The session as it is then, and how many spectator links of others ended with its being made private.

        None leaves as it is; ``tags`` and ``metadata`` are all that it has from now on. None for an unknown session.
        """
        given = {
            "title": title, "archived": archived, "shared": shared, "agent_key": agent_key,
            "priority": _place(priority), "metadata": metadata, "kept": kept,
        }  # fmt: skip
        changed = {name: value for name, value in given.items() if value is not None}
        own = select(sessions.c.key).where(sessions.c.id == session_id, live)
        with self._database.write() as connection:
            key = connection.execute(own.with_for_update(key_share=True)).scalar()
            if key is None:
                return None
            if changed:
                connection.execute(update(sessions).where(sessions.c.key == key).values(changed))
            if tags is not None:
                set_tags(connection, key, tags)
            revoked = revoke_links_of_others(connection, key) if shared is False else 0
            session = _find(connection, session_id)
            assert session is not None
            return session, revoked


def title_from(question: str) -> str:
    """The title of a session that has none: the beginning of its first question."""
    line = " ".join(question.split())
    if len(line) <= _TITLE_LENGTH:
        return line
    return line[:_TITLE_LENGTH].rsplit(" ", 1)[0] + "…"


def first_agent(team_key: int) -> ScalarSelect[int]:
    """The built-in agents before those that were registered later; of a team that has switched off all, the first."""
    best = agents.c.enabled.desc(), agents.c.built_in.desc(), agents.c.key
    return select(agents.c.key).where(agents.c.team_key == team_key).order_by(*best).limit(1).scalar_subquery()


class _Kept(NamedTuple):
    """What a page is limited to, but for archived sessions or the others."""

    tag: bool
    priority: bool
    cursor: bool


@lru_cache(maxsize=32)
def _page(kept: _Kept, found_by: str | None = None) -> Select[Any]:
    """The statement of a page. To make one takes several times as long as to execute it."""
    conditions = [text(found_by)] if found_by is not None else []
    return _records(_seen(kept, bindparam("limit"), conditions))


@lru_cache(maxsize=32)
def _newest_page(kept: _Kept, found_by: str) -> Select[Any]:
    """The same, found among the newest sessions alone, which the condition calls ``newest``."""
    # The number stands in it, for PostgreSQL plans as if a parameter were a tenth of all sessions.
    few = literal_column(str(LOOKED_AT_FIRST), Integer)
    s = select(_seen(kept, few)).cte("newest").prefix_with("MATERIALIZED").alias("s")
    return _records(select(s).where(text(found_by)).subquery())


def _seen(kept: _Kept, limit: ColumnElement[int], conditions: Sequence[TextClause] = ()) -> Subquery:
    """The newest sessions that the user may see."""
    s = sessions.alias("s")  # as MessageSearch calls it
    seen = select(s, literal_column("s.plain_title", Text).label("plain_title"))
    seen = seen.where(s.c.archived == bindparam("archived"), *conditions)
    if kept.tag:
        seen = seen.where(exists().where(session_tags.c.session_key == s.c.key, session_tags.c.tag == bindparam("tag")))
    if kept.priority:
        seen = seen.where(s.c.priority == bindparam("priority"))
    if kept.cursor:
        last = tuple_(bindparam("updated", type_=Moment), bindparam("key"))
        seen = seen.where(tuple_(s.c.updated_at, s.c.key) < last)
    parts = [select(_newest(seen.where(part), s, limit).subquery()) for part in visible(s)]
    every = union_all(*parts).subquery()
    return _newest(select(every), every, limit).subquery()


def _records(some: Subquery) -> Select[Any]:
    """The page first: looking for the newest run of every session there is would take long."""
    page = _newest(select(some), some, bindparam("limit")).subquery()
    return _newest(_select(page), page, bindparam("limit"))


def _newest(query: Select[Any], session: FromClause, limit: ColumnElement[int]) -> Select[Any]:
    return query.order_by(session.c.updated_at.desc(), session.c.key.desc()).limit(limit)


def _place(priority: Priority | None) -> int | None:
    return PRIORITIES.index(priority) if priority is not None else None


def _find(connection: Connection, session_id: str) -> SessionRecord | None:
    row = connection.execute(_ONE, {"id": session_id}).first()
    return _record(row) if row else None


def _record(row: Row[Any]) -> SessionRecord:
    return record(
        SessionRecord,
        row,
        last_run=record(RunRecord, row, "run_") if row.run_key is not None else None,
        agent=_agent(row),
        tags=tuple(sorted(row.tags.split("\n"))) if row.tags else (),
        priority=PRIORITIES[row.priority],
        removed_at=_removed_at(row),
    )


def _removed_at(row: Row[Any]) -> datetime | None:
    if row.rule_what is None or row.kept:
        return None
    return record(Rule, row, "rule_").removes_at(row.updated_at)


def _agent(row: Row[Any]) -> SessionAgent:
    if row.agent_id is not None:
        return record(SessionAgent, row, "agent_", state="ready" if row.agent_enabled else "disabled")
    if row.wanted_agent is not None:
        return SessionAgent(None, DELETED_AGENT, None, "deleted")
    return SessionAgent(None, BUILT_IN_NAME, None, "ready")
