"""The budgets that a team's administrators have set."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, null, select, update

from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import agents, budgets, sessions, users
from utils.spending.budget import Budget, NewBudget
from utils.spending.budget_rows import Place, budgets_of, state_of
from utils.spending.spent import used

MOST_BUDGETS = 200  # of a team


class TooManyBudgetsError(ValueError):
    def __init__(self) -> None:
        super().__init__(f"A team has at most {MOST_BUDGETS} budgets. Remove one first.")


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget and how much of it is used now, of ``limit``; None for one that is each run's, session's … own.

    ``target`` is the id of whose it is. Sessions have no name here, for theirs may be for their owner alone.
    """

    budget: Budget
    used: int | None
    limit: int
    target: str | None = None
    target_name: str | None = None


class Budgets:
    def __init__(self, database: Database) -> None:
        self._database = database

    def of_team(self, team_key: int) -> Sequence[Standing]:
        with self._database.read() as connection:
            found = []
            for budget in budgets_of(connection, team_key):
                subject = team_key if budget.scope == "team" else budget.target_key
                if subject is None:
                    found.append(Standing(budget, None, budget.at_most))
                    continue
                state = state_of(connection, Place(budget.key, subject, budget.period_at(now())))
                more = state.more if state is not None else 0
                target = _target(connection, budget)
                found.append(Standing(budget, used(connection, budget, subject), budget.at_most + more, *target))
        return found

    def add(self, team_key: int, new: NewBudget) -> Budget:
        """Raises TooManyBudgetsError."""
        made = {"id": f"budget-{secrets.token_hex(8)}", "team_key": team_key, "created_at": now()}
        with self._database.write() as connection:
            if len(budgets_of(connection, team_key)) >= MOST_BUDGETS:
                raise TooManyBudgetsError
            connection.execute(insert(budgets).values(**asdict(new), **made))
            return next(one for one in budgets_of(connection, team_key) if one.id == made["id"])

    def remove(self, team_key: int, budget_id: str) -> Budget | None:
        """Who is held because of it goes on a moment later. None: there is none."""
        with self._database.write() as connection:
            found = next((one for one in budgets_of(connection, team_key) if one.id == budget_id), None)
            if found is not None:
                connection.execute(update(budgets).where(budgets.c.key == found.key).values(removed_at=now()))
        return found


def _target(connection: Connection, budget: Budget) -> tuple[str | None, str | None]:
    """Id and name."""
    table, name = {"session": (sessions, null()), "agent": (agents, agents.c.name), "user": (users, users.c.name)}.get(
        budget.scope, (None, null())
    )
    if table is None:
        return None, None
    row = connection.execute(select(table.c.id, name).where(table.c.key == budget.target_key)).first()
    return (row[0], row[1]) if row is not None else (None, None)
