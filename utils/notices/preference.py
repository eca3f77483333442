"""What one person is told of, by which way and when. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from utils.database.records import AnyRow
from utils.log.notable import NOTED_KINDS, NotedKind

Whose = Literal["nobody", "mine", "team"]
Way = Literal["browser", "mail"]
Digest = Literal["none", "hourly", "daily"]
_DAILY_AT = time(8)  # by the person's clock
_URGENT: NotedKind = "approval_waits"  # somebody waits for it
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Choice:
    """Of one kind of notice. ``mine``: runs that I asked for, approvals that I may decide; ``team``: all I may read."""

    whose: Whose
    browser: bool = True
    mail: bool = False

    def has(self, way: Way) -> bool:
        return self.whose != "nobody" and (self.browser if way == "browser" else self.mail)


_DEFAULTS: Mapping[NotedKind, Choice] = {
    kind: Choice("mine" if kind in ("approval_waits", "run_failed") else "nobody") for kind in NOTED_KINDS
}


@dataclass(frozen=True, slots=True)
class Preferences:
    """``quiet``: from and until which minute of the day nothing comes, by the person's clock; over midnight, too."""

    kinds: Mapping[NotedKind, Choice] = field(default_factory=lambda: dict(_DEFAULTS))
    quiet: tuple[int, int] | None = None
    time_zone: str = "UTC"
    urgent_passes: bool = True
    digest: Digest = "none"

    def of(self, kind: NotedKind) -> Choice:
        return self.kinds.get(kind) or _DEFAULTS[kind]

    def due_at(self, kind: NotedKind, at: datetime) -> datetime:
        """When the person is told of something that there is to tell at ``at``."""
        if kind == _URGENT and self.urgent_passes:
            return at
        zone = zone_of(self.time_zone)
        due = self._next_digest(at, zone)
        return self._after_quiet(due, zone)

    def _next_digest(self, at: datetime, zone: tzinfo) -> datetime:
        match self.digest:
            case "hourly":
                return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
            case "daily":
                return _next(at, _DAILY_AT, zone)
            case _:
                return at

    def _after_quiet(self, at: datetime, zone: tzinfo) -> datetime:
        if self.quiet is None:
            return at
        begin, end = self.quiet
        local = at.astimezone(zone)
        minute = local.hour * 60 + local.minute
        is_quiet = begin <= minute < end if begin <= end else minute >= begin or minute < end
        return _next(at, time(end // 60, end % 60), zone) if is_quiet else at


def preferences_of(row: AnyRow) -> Preferences:
    """From the columns of ``notice_preferences``; who has chosen nothing has NULLs there."""
    if row.time_zone is None:
        return Preferences()
    quiet = None if row.quiet_from is None else (row.quiet_from, row.quiet_until)
    kinds = {kind: Choice(**row.kinds[kind]) for kind in NOTED_KINDS if kind in row.kinds}
    return Preferences(kinds, quiet, row.time_zone, row.urgent_passes, row.digest)


def zone_of(name: str) -> tzinfo:
    """UTC for a name that this machine does not know: another one took it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _next(at: datetime, clock: time, zone: tzinfo) -> datetime:
    """When the person's clock shows ``clock`` next. In the hour that a change to summer time skips: a moment later."""
    local = at.astimezone(zone)
    found = datetime.combine(local.date(), clock, zone)
    if found.astimezone(UTC) <= at:
        found = datetime.combine(local.date() + _DAY, clock, zone)
    return found.astimezone(UTC)
