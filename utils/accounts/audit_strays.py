"""Chains the lines of the audit trail that are in no chain yet: strays.

A line becomes one where nobody may wait for the chain, as that of a failed sign-in, and where many came before it: all
lines of before the upgrade that brought the chain, and those of processes of the version before while it is under way.
The supervisor chains them about a second later, in the order of their keys and in pieces, so that others get their turn
between two of them. Several supervisors may do so at the same time.
"""

import logging
import time
from threading import Event

from sqlalchemy import exists, select

from utils.accounts.audit_chain import hold
from utils.database.base import Database, DatabaseLostError
from utils.database.outage import Outage
from utils.database.tables import audit, teams

_LOOK_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
_log = logging.getLogger(__name__)


class AuditStrays:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._outage = Outage(_log, "The audit trail cannot be chained", "audit chain")

    def work(self, stopping: Event) -> None:
        """Until ``stopping``. Whatever goes wrong is tried again."""
        while not stopping.is_set():
            pause = _LOOK_SECONDS
            try:
                self.take_in(stopping)
                self._outage.is_over()
            except DatabaseLostError as error:
                self._outage.goes_on(error)
            except Exception as error:
                _log.exception("The audit trail could not be chained")
                self._outage.goes_on(error)
                pause = _LONGEST_PAUSE_SECONDS
            stopping.wait(pause)

    def take_in(self, stopping: Event) -> None:
        """All there are, of each team a piece in turn. Others have the database for as long as this had it."""
        while found := self._teams():
            for team_key in found:
                began = time.monotonic()
                with self._database.write() as connection:
                    hold(connection, team_key)
                if stopping.wait(time.monotonic() - began):
                    return

    def _teams(self) -> list[int]:
        """Those that have strays."""
        some = exists().where(audit.c.team_key == teams.c.key, audit.c.seq.is_(None))
        with self._database.read() as connection:
            return list(connection.scalars(select(teams.c.key).where(some).order_by(teams.c.key)))
