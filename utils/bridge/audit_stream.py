"""Streams the audit trail to a target outside: every entry at least once, and those of a team in their order.

One process of all machines streams to a target; the others wait for its place. How far it has come is written down
behind what has arrived, so that after a kill -9 the last few entries are sent again: they have the same id.

An entry that the target refuses, as a firewall does what a stranger's browser is called, holds up its team alone. When
it was refused often enough it is sent without what people wrote. A target that takes it then refused this entry; one
that refuses that, too, refuses everything, as with a wrong secret, and the entry waits as it is.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from threading import Event
from typing import Any, Protocol

from utils.accounts.audit import AuditRecord
from utils.bridge.audit_positions import AuditPositions, Behind
from utils.database.base import Database, DatabaseLostError, LeaderLock
from utils.database.moment import to_ms
from utils.database.outage import Outage

_LOOK_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_LINES = 100  # that may be sent again after a kill
_REFUSALS = 3  # of an entry, after which it is sent without its actor and subject
_LEFT_OUT = "(left out: the entry was refused with it)"
_log = logging.getLogger(__name__)

Send = Callable[[str, AuditRecord], None]


class NotDeliveredError(Exception):
    """The target has not taken an entry. The message says why, and nothing that is secret."""


class RefusedError(NotDeliveredError):
    """The target has answered that it does not take this entry. ``for_good``: it says that it never will."""

    def __init__(self, message: str, for_good: bool) -> None:
        super().__init__(message)
        self.for_good = for_good


class Target(Protocol):
    name: str

    def connected(self) -> AbstractContextManager[tuple[Send, Callable[[], None]]]:
        """What sends an entry of a team, and what waits until all that was sent has arrived.

        Both raise NotDeliveredError.
        """
        ...


class AuditStream:
    def __init__(self, database: Database, target: Target) -> None:
        self._database = database
        self._target = target
        self._positions = AuditPositions(database, target.name)
        self._missing: set[Behind] = set()  # of which it was told
        self._refusals: dict[str, tuple[int | None, int]] = {}  # of a team: of which entry, how often
        self._outage = Outage(_log, f"The audit trail cannot be streamed to {target.name}", "audit")

    def stream(self, stopping: Event) -> None:
        """Until ``stopping``. Whatever goes wrong is tried again, after a pause that grows."""
        pause = _LOOK_SECONDS
        while not stopping.is_set():
            try:
                lock = self._database.lead(f"audit-{self._target.name}")
                if lock is None:
                    if self._outage.open and not self._behind():  # another streams, and not only tries
                        self._outage.is_over()
                else:
                    try:
                        self._lead(lock, stopping)
                    finally:
                        lock.release()
                pause = _LOOK_SECONDS
            except (DatabaseLostError, NotDeliveredError) as error:
                self._outage.goes_on(error)
                pause = min(_LONGEST_PAUSE_SECONDS, 2 * pause)
            except Exception as error:
                _log.exception("The stream of the audit trail to %s failed", self._target.name)
                self._outage.goes_on(error)
                pause = _LONGEST_PAUSE_SECONDS
            stopping.wait(pause)

    def _lead(self, lock: LeaderLock, stopping: Event) -> None:
        """Connected only while there is something to send: a connection that rests may break unnoticed."""
        while not stopping.is_set() and lock.held():
            behind = self._behind()
            if behind:
                with self._target.connected() as (send, arrive):
                    self._send_some_of_each(behind, send, arrive)
            self._outage.is_over()
            if not behind:
                stopping.wait(_LOOK_SECONDS)

    def _behind(self) -> list[Behind]:
        return [team for team in self._positions.behind() if self._has_entries(team)]

    def _has_entries(self, team: Behind) -> bool:
        """Not where the chain says that there are some, and somebody has deleted them."""
        if self._positions.lines(team, 1):
            return True
        if team not in self._missing:
            self._missing.add(team)
            _log.warning(
                "The audit trail of %s ends at %d, and entries from %d on are missing. Verify it",
                team.team_id, team.after + team.entries, team.after + 1,
            )  # fmt: skip
        return False

    def _send_some_of_each(self, teams: list[Behind], send: Send, arrive: Callable[[], None]) -> None:
        refused: RefusedError | None = None
        for team in teams:
            try:
                self._send_some(team, send, arrive)
            except RefusedError as error:
                refused = error
        if refused is not None:
            raise refused

    def _send_some(self, team: Behind, send: Send, arrive: Callable[[], None]) -> None:
        sent = team.after
        try:
            for line in self._positions.lines(team, _LINES):
                self._send_one(team.team_id, line, send)
                assert line.seq is not None, "it was asked for by its seq"
                sent = line.seq
        finally:
            if sent > team.after:
                arrive()
                self._positions.write(team.team_key, sent)

    def _send_one(self, team_id: str, line: AuditRecord, send: Send) -> None:
        try:
            send(team_id, line)
        except RefusedError as error:
            seq, count = self._refusals.get(team_id, (None, 0))
            count = count + 1 if seq == line.seq else 1
            self._refusals[team_id] = (line.seq, count)
            if count < _REFUSALS or not error.for_good:
                raise
            send(team_id, replace(line, actor=_LEFT_OUT, subject=_LEFT_OUT))
            _log.warning(
                "%s refused entry %d of the audit trail of %s, and took it without its actor and subject: %s",
                self._target.name, line.seq, team_id, error,
            )  # fmt: skip
        self._refusals.pop(team_id, None)


def entry_id(team_id: str, line: AuditRecord) -> str:
    """The same whenever it is sent. After a restore, another entry may have the same seq."""
    assert line.hash is not None, "what has a seq has a hash"
    return f"{team_id}.{line.seq}.{line.hash[:12]}"


def entry(team_id: str, line: AuditRecord) -> dict[str, Any]:
    """What is sent of it; with its hash, which whoever keeps it can compare with the chain later."""
    return {
        "team": team_id, "seq": line.seq, "at": line.at.isoformat(timespec="milliseconds"), "at_ms": to_ms(line.at),
        "action": line.action, "actor": line.actor, "subject": line.subject, "address": line.address,
        "request_id": line.request_id, "hash": line.hash,
    }  # fmt: skip
