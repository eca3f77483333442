"""A budget: how much may be used by whom, in which time, and what becomes of it. No I/O."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from utils.log.new_usage import MICROS

Scope = Literal["run", "session", "agent", "user", "team"]
Period = Literal["day", "month", "all"]
Unit = Literal["tokens", "money", "time"]
Level = Literal["near", "passed"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
NEAR = 0.8
MINUTE = 60_000  # milliseconds
EVERY = "all"  # the period of a budget that is never counted anew
_WHOSE: dict[Scope, str] = {
    "run": "This run has", "session": "This session has", "agent": "This agent has",
    "user": "Whoever asked has", "team": "The team has",
}  # fmt: skip
_WHEN: dict[Period, str] = {"day": " today", "month": " this month", "all": ""}
_OF: dict[Period, str] = {"day": " of today", "month": " of this month", "all": ""}


@dataclass(frozen=True, slots=True)
class NewBudget:
    """``target_key``: which session, agent or user; None: each of them, for itself.

    ``at_most`` is in tokens, millionths of the ``currency``, or milliseconds. A ``hard`` one pauses runs, another one
    only tells.
    """

    scope: Scope
    target_key: int | None
    period: Period
    unit: Unit
    currency: str | None
    at_most: int
    hard: bool


@dataclass(frozen=True, slots=True)
class Budget:
    key: int
    id: str
    team_key: int
    scope: Scope
    target_key: int | None
    period: Period
    unit: Unit
    currency: str | None
    at_most: int
    hard: bool
    created_at: datetime
    removed_at: datetime | None

    def period_at(self, moment: datetime) -> str:
        """What the period is called that the moment, in UTC, is in."""
        return _called(moment)[self.period]

    def begins(self, moment: datetime) -> datetime | None:
        """When that began; None: it has always been."""
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return {"day": midnight, "month": midnight.replace(day=1), "all": None}[self.period]

    def ends(self, moment: datetime) -> datetime | None:
        """When it is counted anew; None: never."""
        begun = self.begins(moment)
        if begun is None:
            return None
        return begun + timedelta(days=1) if self.period == "day" else (begun + timedelta(days=32)).replace(day=1)

    def level(self, used: int, more: int = 0) -> Level | None:
        """``more`` is what was allowed beyond it."""
        limit = self.at_most + more
        return "passed" if used >= limit else "near" if used >= limit * NEAR else None

    def words(self, used: int, more: int = 0) -> str:
        """“This run has used 2.10 of 2.00 EUR today.”

        They stand in the log of one session, which guests may read: what others use as well, they tell without amounts.
        """
        limit = self.at_most + more
        if self.scope not in ("run", "session"):
            share = "used up" if used >= limit else "used most of"
            return f"{_WHOSE[self.scope]} {share} a budget{_OF[self.period]}; the page Usage says how much."
        match self.unit:
            case "tokens":
                told = f"{used:,} of {limit:,} tokens"
            case "money":
                told = f"{_money(used, limit)} of {_money(limit, limit)} {self.currency}"
            case "time":
                told = f"{used / MINUTE:,.1f} of {limit / MINUTE:,.1f} minutes of work"
        return f"{_WHOSE[self.scope]} used {told}{_WHEN[self.period]}."


def periods_at(moment: datetime) -> list[str]:
    """What all periods are called that the moment, in UTC, is in."""
    return list(_called(moment).values())


def _called(moment: datetime) -> dict[Period, str]:
    return {"day": f"{moment:%Y-%m-%d}", "month": f"{moment:%Y-%m}", "all": EVERY}


def _money(micros: int, limit: int) -> str:
    """With so many digits that it is not nothing."""
    digits = 2 if limit >= MICROS // 10 else 4 if limit >= MICROS // 1000 else 6
    return f"{micros / MICROS:,.{digits}f}"
