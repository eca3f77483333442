"""What the process supervisor does for the books, every second: what others have not settled, and who is held."""

import logging
import threading

from utils.database.base import Database, DatabaseLostError
from utils.database.outage import Outage
from utils.log.activity_log import ActivityLog
from utils.sessions.run_queue import RunQueue
from utils.spending.bookkeeping import Bookkeeping
from utils.spending.budget_watch import BudgetWatch

_EVERY_SECONDS = 1.0
_AGAIN_SECONDS = 30.0  # after an error that is not the database's absence
_log = logging.getLogger(__name__)


class Accounts:
    def __init__(self, database: Database, log: ActivityLog, queue: RunQueue) -> None:
        self._books = Bookkeeping(database)
        self._budgets = BudgetWatch(database, log, queue)
        self._outage = Outage(_log, "What models take cannot be counted", "accounts")

    def work(self, ending: threading.Event) -> None:
        """Until the end. What it cannot settle now stays unsettled, and nothing is lost."""
        pause = _EVERY_SECONDS
        while not ending.wait(pause):
            pause = _EVERY_SECONDS
            try:
                self.look()
                self._outage.is_over()
            except DatabaseLostError as error:
                self._outage.goes_on(error)
            except Exception:  # such as a full disk
                _log.exception("What models take cannot be counted; trying again in half a minute")
                pause = _AGAIN_SECONDS

    def look(self) -> None:
        self._budgets.look(self._books.settle_all())
        self._budgets.look_after_all()
