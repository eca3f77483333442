"""The prices that a team has entered. None is shipped: a price that is wrong is worse than none."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import bindparam, func, insert, select, update

from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import prices, usage_days
from utils.spending.bookkeeping import Bookkeeping
from utils.spending.price import NewPrice, Price
from utils.spending.price_rows import all_prices

MOST_PRICES = 2000  # of a team, over all times
_UNPRICED_DAYS = 90
_tokens = func.sum(usage_days.c.input + usage_days.c.output)
_UNPRICED = (
    select(usage_days.c.model, _tokens.label("tokens"))
    .where(usage_days.c.team_key == bindparam("team"), usage_days.c.day >= bindparam("since"))
    .where(usage_days.c.currency == "", usage_days.c.model != "")
    .group_by(usage_days.c.model)
    .having(_tokens > 0)
    .order_by(_tokens.desc(), usage_days.c.model)
    .limit(100)
)


class TooManyPricesError(ValueError):
    def __init__(self) -> None:
        super().__init__(f"A team has at most {MOST_PRICES:,} prices, old ones included.")


@dataclass(frozen=True, slots=True)
class Unpriced:
    """A model of which no price is known, and the tokens of the last months that have none."""

    model: str
    tokens: int


class Prices:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._books = Bookkeeping(database)

    def of_team(self, team_key: int) -> list[Price]:
        """Those that count now or will, by name; of one name, the newest first."""
        with self._database.read() as connection:
            every = [one for one in all_prices(connection, team_key) if one.removed_at is None]
        newest_first = sorted(every, key=lambda one: one.valid_from, reverse=True)
        return sorted(newest_first, key=lambda one: one.model.lower())

    def unpriced(self, team_key: int) -> list[Unpriced]:
        since = f"{now() - timedelta(days=_UNPRICED_DAYS):%Y-%m-%d}"
        with self._database.read() as connection:
            rows = connection.execute(_UNPRICED, {"team": team_key, "since": since}).all()
        return [Unpriced(row.model, int(row.tokens)) for row in rows]

    def add(self, team_key: int, new: Sequence[NewPrice]) -> list[Price]:
        """All or none. What was used since they are valid and has no price gets one; what has one keeps it.

        Raises TooManyPricesError.
        """
        at = now()
        rows = [
            asdict(one)
            | {"id": f"price-{secrets.token_hex(8)}", "team_key": team_key, "valid_from": one.valid_from or at}
            for one in new
        ]
        with self._database.write() as connection:
            if len(all_prices(connection, team_key)) + len(rows) > MOST_PRICES:
                raise TooManyPricesError
            if rows:
                connection.execute(insert(prices), rows)
            ids = {row["id"] for row in rows}
            added = [one for one in all_prices(connection, team_key) if one.id in ids]
        if added:
            self._books.price_again(team_key, min(one.valid_from for one in added))
        return added

    def remove(self, team_key: int, price_id: str) -> Price | None:
        """From now on it is not known; what was counted by it stays. None: there is none."""
        own = prices.c.team_key == team_key, prices.c.id == price_id, prices.c.removed_at.is_(None)
        with self._database.write() as connection:
            found = next((one for one in all_prices(connection, team_key) if one.id == price_id), None)
            removed = connection.execute(update(prices).where(*own).values(removed_at=now())).rowcount
        return found if removed else None
