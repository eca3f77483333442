"""Permits: by what a stream was opened. A stream whose permit is no longer valid ends, on whatever machine it is.

Nothing is told of a sign-out, a new role, or a link that was taken back: every few seconds each process asks by the
same rules that opened its streams. So nothing can be missed.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, text

from utils.accounts.api_keys import ApiKeys
from utils.accounts.principal import Grant, Ownership, Principal, Spectator
from utils.accounts.sign_ins import SignIns
from utils.accounts.spectator_links import SpectatorLinks
from utils.database.base import Database, DatabaseLostError, in_pieces
from utils.database.outage import Outage

LOOK_SECONDS = 3.0
_LONGEST_PAUSE_SECONDS = 7.0
_OWNERSHIPS = "SELECT key, id, team_key, owner_key, shared FROM sessions WHERE key IN :keys"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Permit:
    """``hides_tool_data``: what tools were given and what they answered is left out."""

    grant: Grant
    session_key: int
    hides_tool_data: bool = False


Ended = Callable[[Collection[Permit]], set[Permit]]


class Permits:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._who: dict[str, Callable[[Collection[int]], dict[int, Principal] | dict[int, Spectator]]] = {
            "sign-in": SignIns(database).principals,
            "key": ApiKeys(database).principals,
            "link": SpectatorLinks(database).spectators,
        }

    def ended(self, permits: Collection[Permit]) -> set[Permit]:
        """Those that are no longer valid. Raises DatabaseLostError."""
        who: dict[Grant, Principal | Spectator] = {}
        for kind, find in self._who.items():
            for piece in in_pieces({permit.grant.key for permit in permits if permit.grant.kind == kind}):
                who |= {one.grant: one for one in find(piece).values()}
        sessions: dict[int, Ownership] = {}
        for piece in in_pieces({permit.session_key for permit in permits}):
            sessions |= self._owned(piece)
        return {permit for permit in permits if not _is_valid(permit, who, sessions)}

    def _owned(self, keys: list[int]) -> dict[int, Ownership]:
        query = text(_OWNERSHIPS).bindparams(bindparam("keys", expanding=True))
        with self._database.read() as connection:
            rows = connection.execute(query, {"keys": keys})
            return {row.key: Ownership(row.key, row.id, row.team_key, row.owner_key, bool(row.shared)) for row in rows}


class PermitWatch:
    """The thread that asks for the permits of a process's open streams."""

    def __init__(self, ended: Ended, held: Callable[[], list[Permit]], end: Callable[[set[Permit]], None]) -> None:
        self._ended = ended
        self._held = held
        self._end = end
        self._stop = threading.Event()
        self._outage = Outage(_log, "Whether streams may stay open cannot be asked")
        self._thread = threading.Thread(target=self._run, name="permit-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        pause = LOOK_SECONDS
        while not self._stop.wait(pause):
            began = time.monotonic()
            try:
                if permits := self._held():
                    ended = self._ended(permits)
                    self._outage.is_over()
                    if ended:
                        self._end(ended)
            except DatabaseLostError as error:
                self._outage.goes_on(error)
            except Exception:
                _log.exception("Whether streams may stay open cannot be asked; trying again in %g s", LOOK_SECONDS)
            # A hundredth of the time where very many different people watch.
            pause = min(max(LOOK_SECONDS, 100 * (time.monotonic() - began)), _LONGEST_PAUSE_SECONDS)


def _is_valid(permit: Permit, who: dict[Grant, Principal | Spectator], sessions: dict[int, Ownership]) -> bool:
    one, session = who.get(permit.grant), sessions.get(permit.session_key)
    if one is None or session is None or not one.may_read(session):
        return False
    return isinstance(one, Spectator) or one.has("read")
