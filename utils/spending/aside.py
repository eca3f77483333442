"""What a model took that is in no event: somebody asked it about a run, and it was no part of any.

It is counted for the session, in no run of it, and so for whoever owns the session and for the team; settled with
everything else (utils/spending/bookkeeping.py).
"""

import secrets

from sqlalchemy import bindparam, insert, literal, select

from utils.accounts.quotas import Quotas
from utils.database.base import Database
from utils.database.moment import Moment, now
from utils.database.tables import live, sessions, usages
from utils.log.events import Usage
from utils.log.new_usage import MICROS, MOST_TOKENS
from utils.spending.bookkeeping import REPORTED, Spender
from utils.spending.budget_rows import hard_and_passed, subject_of
from utils.spending.spent import used

_AGENT = "Ringside"
_NO_RUN = ""
_WHOSE = select(sessions.c.team_key, sessions.c.owner_key).where(sessions.c.key == bindparam("session"), live)


class BudgetPassedError(RuntimeError):
    """A hard budget of the session, its owner or the team is used up. In plain words."""

    code = "budget_passed"


class Asides:
    def __init__(self, database: Database, quotas: Quotas) -> None:
        self._database = database
        self._quotas = quotas

    def require(self, session_key: int) -> None:
        """That something may be used in the session. Raises QuotaExceededError and BudgetPassedError."""
        with self._database.read() as connection:
            whose = connection.execute(_WHOSE, {"session": session_key}).first()
            if whose is None or whose.team_key is None:
                return
            self._quotas.require_tokens(connection, whose.team_key)
            spender = Spender(whose.team_key, session_key, _NO_RUN, 0, whose.owner_key or 0, 0, REPORTED)
            for budget, state in hard_and_passed(connection):
                subject = subject_of(budget, spender)
                if budget.team_key != whose.team_key or subject is None or subject != state.subject_key:
                    continue
                amount = used(connection, budget, subject)
                if budget.level(amount, state.more) == "passed":
                    raise BudgetPassedError(f"{budget.words(amount, state.more)} Ask an administrator for more.")

    def note(self, session_key: int, usage: Usage) -> None:
        """Once for each call. Of a session that was deleted meanwhile nothing is counted."""
        into = min(usage.input_tokens, MOST_TOKENS)
        out = min(usage.output_tokens, MOST_TOKENS)
        told = {
            "run_id": _NO_RUN,
            "activity_id": f"chronicle-{secrets.token_hex(8)}",
            "agent_name": _AGENT,
            "model": usage.model[:200].replace("\0", "\N{REPLACEMENT CHARACTER}"),
            "input": into,
            "cached": min(usage.cached_input_tokens or 0, into),
            "output": out,
            "reasoning": min(usage.reasoning_tokens or 0, out),
            "told_micros": None if usage.cost is None else round(usage.cost * MICROS),
            "told_currency": usage.currency,
        }
        columns = [literal(value, usages.c[name].type).label(name) for name, value in told.items()]
        chosen = select(sessions.c.key, sessions.c.head, literal(now(), Moment).label("at"), *columns)
        found = chosen.where(sessions.c.key == session_key, live)
        with self._database.write() as connection:
            connection.execute(insert(usages).from_select(["session_key", "seq", "at", *told], found))
