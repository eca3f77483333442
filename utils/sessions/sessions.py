"""Sessions: one conversation and its activity."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, text
from sqlalchemy.exc import IntegrityError

from utils.accounts.principal import Ownership, UserRecord
from utils.database.base import Database
from utils.database.paging import Page, decode_cursor, encode_cursor
from utils.log.activity_log import ActivityLog
from utils.log.store import NEW_SESSION, new_session
from utils.registry.agent_registry import BUILT_IN_NAME, CHOSEN_AGENT
from utils.sessions.message_search import LOOKED_AT_FIRST, MessageSearch
from utils.sessions.runs import RUN_COLUMNS, UNTITLED, RunRecord, run_record
from utils.sessions.search_query import SearchQuery
from utils.sessions.tags import set_tags
from utils.sessions.visibility import VISIBLE

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
    created_at: int
    updated_at: int
    last_run: RunRecord | None
    team_key: int | None
    owner_key: int | None
    owner_name: str | None
    shared: bool
    agent: SessionAgent
    tags: tuple[str, ...]
    priority: Priority

    @property
    def ownership(self) -> Ownership:
        return Ownership(self.key, self.id, self.team_key, self.owner_key, self.shared)


# The newest run of a session and its tags, one on a line, come with it in the same row.
_SELECT = f"""
SELECT s.key AS s_key, s.id AS s_id, s.title, s.archived, s.head, s.created_at AS s_created, s.updated_at,
       s.team_key, s.owner_key, s.shared, s.priority, u.name AS owner_name,
       s.agent_key AS wanted_agent, a.id AS agent_id, a.name AS agent_name, a.avatar_id, a.enabled AS agent_enabled,
       {RUN_COLUMNS},
       (SELECT string_agg(tag, '\n') FROM session_tags WHERE session_key = s.key) AS tags
FROM {{sessions}} s LEFT JOIN users u ON u.key = s.owner_key
     LEFT JOIN agents a ON a.key = {CHOSEN_AGENT}
     LEFT JOIN runs r ON r.key = (SELECT max(key) FROM runs WHERE session_key = s.key)
"""  # noqa: S608
_ONE = _SELECT.format(sessions="sessions") + " WHERE s.id = :id"
# The built-in agents before those that were registered later; of a team that has switched off all of them, the first.
_CHOOSE = """
UPDATE sessions SET agent_key = coalesce(:agent, (
    SELECT key FROM agents WHERE team_key = :team ORDER BY enabled DESC, built_in DESC, key LIMIT 1)) WHERE id = :id
"""
_OWNERSHIP = "SELECT key, id, team_key, owner_key, shared FROM sessions WHERE id = :id"
# The page first: looking for the newest run of every session there is would take long.
_NEWEST = "ORDER BY s.updated_at DESC, s.key DESC"
_PAGE = _SELECT.format(sessions=f"(SELECT s.* FROM {{sessions}} s WHERE {{where}} {_NEWEST} LIMIT :limit)") + _NEWEST  # noqa: S608
# The number stands in it, for PostgreSQL plans as if a parameter were a tenth of all sessions.
_AMONG = f"WITH newest AS MATERIALIZED (SELECT s.* FROM sessions s WHERE {{where}} {_NEWEST} LIMIT {LOOKED_AT_FIRST}) "  # noqa: S608


_Values = Mapping[str, object]
_Rows = Sequence[Row[Any]]


class Sessions:
    def __init__(self, database: Database, log: ActivityLog) -> None:
        self._database = database
        self._log = log
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
    ) -> SessionRecord:
        """A user's own is private to begin with; without an owner, it is the first team's, as what emitters make.

        Without ``agent_key``, a user's session gets the team's first agent that is enabled.
        Raises :class:`SessionExistsError` when the id is taken.
        """
        session_id = session_id or f"session-{secrets.token_hex(8)}"
        team, user = (owner.team_key, owner.key) if owner else (None, None)
        made = new_session(session_id, title or UNTITLED, team=team, owner=user, shared=owner is None)
        try:
            with self._database.write() as connection:
                key = connection.execute(text(NEW_SESSION), made).one().key
                connection.execute(text(_CHOOSE), {"id": session_id, "agent": agent_key, "team": team})
                _describe(connection, key, tags, priority)
                return _found(connection, session_id)
        except IntegrityError as error:
            raise SessionExistsError(f"There is a session {session_id} already.") from error

    def get(self, session_id: str) -> SessionRecord | None:
        with self._database.read() as connection:
            return _find(connection, session_id)

    def ownership(self, session_id: str) -> Ownership | None:
        """Whose it is."""
        with self._database.read() as connection:
            row = connection.execute(text(_OWNERSHIP), {"id": session_id}).first()
        return Ownership(row.key, row.id, row.team_key, row.owner_key, bool(row.shared)) if row else None

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
        where = [VISIBLE, "s.archived = :archived"]
        values: dict[str, object] = {
            "archived": archived, "limit": limit + 1, "team": user.team_key, "user": user.key, "yes": True,
        }  # fmt: skip
        if tag is not None:
            where.append("EXISTS (SELECT 1 FROM session_tags t WHERE t.session_key = s.key AND t.tag = :tag)")
            values["tag"] = tag
        if priority is not None:
            where.append("s.priority = :priority")
            values["priority"] = PRIORITIES.index(priority)
        if cursor:
            values["updated"], values["key"] = decode_cursor(cursor, 2)
            where.append("(s.updated_at, s.key) < (:updated, :key)")
        with self._database.read() as connection:
            rows = self._found_page(connection, query, where, values) if query else _page(connection, where, values)
        found = [_record(row) for row in rows[:limit]]
        more = len(rows) > limit
        return Page(found, encode_cursor(found[-1].updated_at, found[-1].key) if more else None)

    def _found_page(self, connection: Connection, query: SearchQuery, where: list[str], values: _Values) -> _Rows:
        """What the query finds; where the newest sessions fill the page, the others are not looked at."""
        found_by, wanted = self._search.condition_of(query, "SELECT key FROM newest")
        among = _AMONG.format(where=" AND ".join(where)) + _PAGE.format(sessions="newest", where=found_by)
        rows = connection.execute(text(among), {**values, **wanted}).all()
        if len(rows) == values["limit"]:
            return rows
        found_by, wanted = self._search.condition(query)
        return _page(connection, [*where, found_by], {**values, **wanted})

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
    ) -> SessionRecord | None:
        """None leaves as it is; ``tags`` are all that it has from now on. None for an unknown session."""
        with self._database.write() as connection:
            row = connection.execute(
                text(
                    "UPDATE sessions SET title = coalesce(:title, title), archived = coalesce(:archived, archived), "
                    "shared = coalesce(:shared, shared), agent_key = coalesce(:agent, agent_key) "
                    "WHERE id = :id RETURNING key"
                ),
                {"id": session_id, "title": title, "archived": archived, "shared": shared, "agent": agent_key},
            ).first()
            if row is None:
                return None
            _describe(connection, row.key, tags, priority)
            return _find(connection, session_id)

    def delete(self, session_id: str) -> bool:
        """Delete the session and all it owns for good. A run in progress loses its log and stops."""
        if self.get(session_id) is None:
            return False
        self._log.delete(session_id)
        return True


def title_from(question: str) -> str:
    """The title of a session that has none: the beginning of its first question."""
    line = " ".join(question.split())
    if len(line) <= _TITLE_LENGTH:
        return line
    return line[:_TITLE_LENGTH].rsplit(" ", 1)[0] + "…"


def _page(connection: Connection, where: list[str], values: _Values) -> _Rows:
    return connection.execute(text(_PAGE.format(sessions="sessions", where=" AND ".join(where))), values).all()


def _describe(connection: Connection, key: int, tags: Sequence[str] | None, priority: Priority | None) -> None:
    if tags is not None:
        set_tags(connection, key, tags)
    if priority is not None:
        connection.execute(
            text("UPDATE sessions SET priority = :priority WHERE key = :key"),
            {"priority": PRIORITIES.index(priority), "key": key},
        )


def _find(connection: Connection, session_id: str) -> SessionRecord | None:
    row = connection.execute(text(_ONE), {"id": session_id}).first()
    return _record(row) if row else None


def _found(connection: Connection, session_id: str) -> SessionRecord:
    record = _find(connection, session_id)
    assert record is not None
    return record


def _record(row: Row[Any]) -> SessionRecord:
    return SessionRecord(
        row.s_key,
        row.s_id,
        row.title,
        bool(row.archived),
        row.head,
        row.s_created,
        row.updated_at,
        run_record(row, row.s_id) if row.id is not None else None,
        row.team_key,
        row.owner_key,
        row.owner_name,
        bool(row.shared),
        _agent(row),
        tuple(sorted(row.tags.split("\n"))) if row.tags else (),
        PRIORITIES[row.priority],
    )


def _agent(row: Row[Any]) -> SessionAgent:
    if row.agent_id is not None:
        return SessionAgent(row.agent_id, row.agent_name, row.avatar_id, "ready" if row.agent_enabled else "disabled")
    if row.wanted_agent is not None:
        return SessionAgent(None, DELETED_AGENT, None, "deleted")
    return SessionAgent(None, BUILT_IN_NAME, None, "ready")
