"""The rows of prices."""

from sqlalchemy import Connection, bindparam, select

from utils.database.records import columns_of, record
from utils.database.tables import prices
from utils.spending.price import Price

_OF_TEAM = select(*columns_of(Price, prices)).where(prices.c.team_key == bindparam("team")).order_by(prices.c.key)


def all_prices(connection: Connection, team_key: int) -> list[Price]:
    """Those that were removed, too: they count for what was before."""
    return [record(Price, row) for row in connection.execute(_OF_TEAM, {"team": team_key})]
