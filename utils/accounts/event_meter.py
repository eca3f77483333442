"""Counts the events that programs tell, in steps: telling is the hottest path, and a team's count is one row.

Each process adds up what it has taken and writes it once a second at most, or with every hundredth event, and reads
then what all processes have written. So a team may pass its quota by the last request, and by a hundred events or a
second's for each process that takes some; a process that is killed forgets as many.

Without a limit the count is for the page **Usage** only: it is written every half a minute, and whether there is a
limit by now is looked up as often.
"""

import logging
import math
import threading
import time
from dataclasses import dataclass

from utils.accounts.quotas import Quotas, Usage, require_some
from utils.database.base import DatabaseLostError
from utils.database.moment import now

_STEP = 100
_SECONDS = 1.0
_UNLIMITED_SECONDS = 30.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Team:
    pending: int = 0
    known: Usage | None = None
    read_at: float = -math.inf  # on the steady clock
    written_at: float = -math.inf

    @property
    def is_limited(self) -> bool:
        return self.known is None or self.known.limit is not None

    def is_old(self, moment: float) -> bool:
        return time.monotonic() - moment >= (_SECONDS if self.is_limited else _UNLIMITED_SECONDS)


class EventMeter:
    """Of one process, for all its threads."""

    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas
        self._guard = threading.Lock()
        self._teams: dict[int, _Team] = {}

    def require(self, team_key: int) -> None:
        """That the team's programs may tell more today. Raises QuotaExceededError."""
        team = self._team(team_key)
        if (
            team.known is None
            or team.is_old(team.read_at)
            or (team.known.resets_at is not None and team.known.resets_at <= now())
        ):
            self._write(team_key, team)
            self._read(team_key, team)
        known = team.known
        assert known is not None
        require_some(Usage(known.quota, known.used + team.pending, known.limit, known.resets_at))

    def count(self, team_key: int, events: int) -> None:
        """They are stored. What cannot be counted now is counted later."""
        team = self._team(team_key)
        with self._guard:
            team.pending += events
        if team.is_old(team.written_at) or (team.is_limited and team.pending >= _STEP):
            try:
                self._write(team_key, team)
                if team.is_limited:
                    self._read(team_key, team)
            except DatabaseLostError as error:
                _log.warning("Events cannot be counted for now: %s", error)

    def _team(self, team_key: int) -> _Team:
        with self._guard:
            return self._teams.setdefault(team_key, _Team())

    def _write(self, team_key: int, team: _Team) -> None:
        with self._guard:
            pending, team.pending = team.pending, 0
            team.written_at = time.monotonic() if pending else team.written_at
        try:
            if pending:
                self._quotas.count(team_key, "events", pending)
        except BaseException:
            with self._guard:
                team.pending += pending
            raise

    def _read(self, team_key: int, team: _Team) -> None:
        team.read_at = time.monotonic()
        team.known = self._quotas.one(team_key, "events_per_day")
