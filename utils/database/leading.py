"""What one process of all machines does at a time: whoever has the lock of its name, until that or the process ends."""

import logging
from collections.abc import Callable
from threading import Event

from utils.database.base import Database, DatabaseLostError, LeaderLock
from utils.database.outage import Outage


def take_turns(
    database: Database,
    name: str,
    lead: Callable[[LeaderLock], None],
    stopping: Event,
    outage: Outage,
    log: logging.Logger,
    again_seconds: float,
    passing: tuple[type[Exception], ...] = (DatabaseLostError,),
) -> None:
    """Until ``stopping``: lead whenever nobody else does. Whatever goes wrong is tried again after ``again_seconds``.

    ``passing`` are errors that are an outage, and no fault of the work.
    """
    while not stopping.is_set():
        try:
            lock = database.lead(name)
            if lock is None:  # another leads, and tells what keeps it from its work
                outage.is_over()
            else:
                try:
                    lead(lock)
                finally:
                    lock.release()
        except passing as error:
            outage.goes_on(error)
        except Exception:
            log.exception("The work on %s failed; it is tried again", name)
        stopping.wait(again_seconds)
