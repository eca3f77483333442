"""Quotas: how much a team may store and do.

The settings say it for every team, the operator may say something else for one (``python -m utils.accounts quota``).
What is stored is counted when something is added, and only where there is a limit. What happens is counted by the day
in UTC; tokens, in the books of what models took (utils/spending/bookkeeping.py). Work that goes on is never cut: a
limit refuses what would begin.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, insert, not_, or_, select, text

from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import api_keys, documents, live, sessions, team_quotas, team_usage, teams, usage_days, users
from utils.settings import Settings

Quota = Literal["storage", "sessions", "api_keys", "events_per_day", "tokens_per_day", "tokens_per_month"]
QUOTAS: tuple[Quota, ...] = get_args(Quota)
What = Literal["events"]
_NEAR = 0.8
_ASK = "Ask whoever runs this server for more."
_WORDS: dict[Quota, str] = {
    "storage": "The team's documents may take {limit} and take {used}. Delete some first.",
    "sessions": "The team may have {limit} sessions and has {used}. Delete some first.",
    "api_keys": "The team may have {limit} API keys that work and has {used}. Revoke some first.",
    "events_per_day": "The team's programs may tell {limit} events a day and have told {used}.",
    "tokens_per_day": "The team's agents may use {limit} tokens a day and have used {used}.",
    "tokens_per_month": "The team's agents may use {limit} tokens a month and have used {used}.",
}
_COUNT = text(
    "INSERT INTO team_usage (team_key, what, day, count) VALUES (:team, :what, :day, :count) "
    "ON CONFLICT (team_key, what, day) DO UPDATE SET count = team_usage.count + excluded.count"
)


class QuotaExceededError(RuntimeError):
    """In plain words: which quota, how much is used, until when, and whom to ask."""

    code = "quota_exceeded"

    def __init__(self, usage: "Usage", more: int = 0) -> None:
        limit = usage.limit or 0
        words = _WORDS[usage.quota].format(limit=_amount(usage.quota, limit), used=_amount(usage.quota, usage.used))
        if more and usage.used < limit:
            words = words.replace("Delete some first.", f"This needs {_amount(usage.quota, more)}. Delete some first.")
        until = f" It goes on at {usage.resets_at:%Y-%m-%d %H:%M} UTC." if usage.resets_at is not None else ""
        super().__init__(f"{words}{until} {_ASK}")
        self.quota = usage.quota
        self.resets_at = usage.resets_at

    @property
    def retry_after(self) -> int | None:
        """In how many seconds it goes on; None: not by itself."""
        return None if self.resets_at is None else max(1, int((self.resets_at - now()).total_seconds()))


@dataclass(frozen=True, slots=True)
class Usage:
    quota: Quota
    used: int
    limit: int | None  # None: unlimited
    resets_at: datetime | None

    @property
    def state(self) -> Literal["ok", "near", "reached"]:
        if self.limit is None or self.used < self.limit * _NEAR:
            return "ok"
        return "near" if self.used < self.limit else "reached"


class Quotas:
    def __init__(self, database: Database, defaults: Mapping[Quota, int] | None = None) -> None:
        """``defaults`` are for teams that the operator has set nothing for; 0 or none: unlimited."""
        self._database = database
        self._defaults = defaults or {}

    @classmethod
    def of(cls, database: Database, settings: Settings) -> "Quotas":
        return cls(
            database,
            {
                "storage": settings.quota_storage_mb * 1024 * 1024,
                "sessions": settings.quota_sessions,
                "api_keys": settings.quota_api_keys,
                "events_per_day": settings.quota_events_per_day,
                "tokens_per_day": settings.quota_tokens_per_day,
                "tokens_per_month": settings.quota_tokens_per_month,
            },
        )

    def usage(self, team_key: int) -> list[Usage]:
        with self._database.read() as connection:
            limits = self._limits(connection, team_key)
            return [_usage(connection, team_key, quota, limits[quota]) for quota in QUOTAS]

    def one(self, team_key: int, quota: Quota) -> Usage:
        with self._database.read() as connection:
            return _usage(connection, team_key, quota, self._limits(connection, team_key)[quota])

    def require(self, connection: Connection, team_key: int, quota: Quota, more: int = 1) -> None:
        """That there is room for ``more``, as part of the write transaction that adds it. Raises QuotaExceededError.

        Where there is a limit, the team's other additions wait until this one is committed, on whichever machine.
        """
        limit = self._limits(connection, team_key)[quota]
        if limit is None:
            return
        connection.execute(select(teams.c.key).where(teams.c.key == team_key).with_for_update(key_share=True))
        usage = _usage(connection, team_key, quota, limit)
        if usage.used + more > limit:
            raise QuotaExceededError(usage, more)

    def require_tokens(self, connection: Connection, team_key: int) -> None:
        """That the team's agents may begin to answer something. Raises QuotaExceededError."""
        limits = self._limits(connection, team_key)
        quotas: tuple[Quota, ...] = ("tokens_per_month", "tokens_per_day")
        for quota in quotas:
            if limits[quota] is not None:
                require_some(_usage(connection, team_key, quota, limits[quota]))

    def count(self, team_key: int, what: What, count: int) -> None:
        with self._database.write() as connection:
            connection.execute(_COUNT, {"team": team_key, "what": what, "day": _day(now()), "count": count})

    def set(self, team_key: int, quota: Quota, limit: int | None) -> None:
        """Of one team; 0: unlimited, None: what the settings say."""
        own = team_quotas.c.team_key == team_key, team_quotas.c.quota == quota
        with self._database.write() as connection:
            connection.execute(delete(team_quotas).where(*own))
            if limit is not None:
                connection.execute(insert(team_quotas).values(team_key=team_key, quota=quota, at_most=limit))

    def _limits(self, connection: Connection, team_key: int) -> dict[Quota, int | None]:
        rows = connection.execute(
            select(team_quotas.c.quota, team_quotas.c.at_most).where(team_quotas.c.team_key == team_key)
        )
        own = {row.quota: row.at_most for row in rows}
        return {quota: own.get(quota, self._defaults.get(quota, 0)) or None for quota in QUOTAS}


def require_some(usage: Usage) -> None:
    """Raises QuotaExceededError when nothing is left."""
    if usage.state == "reached":
        raise QuotaExceededError(usage)


def _usage(connection: Connection, team_key: int, quota: Quota, limit: int | None) -> Usage:
    moment, resets_at = now(), None
    if quota == "storage":
        used = connection.scalar(_stored(team_key))
    elif quota == "sessions":
        used = connection.scalar(_sessions(team_key))
    elif quota == "api_keys":
        used = connection.scalar(_working_keys(team_key, moment))
    else:
        what, _, span = quota.partition("_per_")
        first = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        resets_at = first + timedelta(days=1)
        if span == "month":
            first = first.replace(day=1)
            resets_at = (first + timedelta(days=32)).replace(day=1)
        used = connection.scalar(_happened(team_key, what, first, moment))
    return Usage(quota, int(used or 0), limit, resets_at)


def _stored(team_key: int) -> Select[Any]:
    """What an upload that goes on has stored so far does not count before it is complete."""
    of_team = documents.c.session_key.in_(select(sessions.c.key).where(_of_team(team_key)))
    return select(func.coalesce(func.sum(documents.c.size), 0)).where(of_team, documents.c.status != "deleting")


def _sessions(team_key: int) -> Select[Any]:
    return select(func.count()).select_from(sessions).where(_of_team(team_key))


def _of_team(team_key: int) -> ColumnElement[bool]:
    """By the two indexes of the lists of sessions, each of which has a part of them."""
    own = sessions.c.owner_key.in_(select(users.c.key).where(users.c.team_key == team_key))
    shared = and_(live, sessions.c.shared, sessions.c.team_key == team_key)
    return or_(shared, and_(live, not_(sessions.c.shared), own))


def _working_keys(team_key: int, moment: datetime) -> Select[Any]:
    return (
        select(func.count())
        .select_from(api_keys.join(users))
        .where(
            users.c.team_key == team_key,
            users.c.active,
            api_keys.c.revoked_at.is_(None),
            or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > moment),
        )
    )


def _happened(team_key: int, what: str, first: datetime, last: datetime) -> Select[Any]:
    if what == "tokens":
        return _tokens(team_key, first, last)
    return select(func.coalesce(func.sum(team_usage.c.count), 0)).where(
        team_usage.c.team_key == team_key, team_usage.c.what == what, team_usage.c.day.between(_day(first), _day(last))
    )


def _tokens(team_key: int, first: datetime, last: datetime) -> Select[Any]:
    """Of this server's own runs: what agents elsewhere take is not this server's to give."""
    days = usage_days.c.day.between(_day(first), _day(last))
    return select(func.coalesce(func.sum(usage_days.c.input + usage_days.c.output), 0)).where(
        usage_days.c.team_key == team_key, days, usage_days.c.agent_name == ""
    )


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _amount(quota: Quota, number: int) -> str:
    return f"{number / 1024 / 1024:,.1f} MiB" if quota == "storage" else f"{number:,}"
