"""How many connections the PostgreSQL server has to give, and how many of them are taken, by whomever."""

from dataclasses import dataclass

from sqlalchemy import text

from utils.database.base import Database

# Of what others do, a role without privileges sees that they are there, and not what they are.
# Superusers' and reserved places are for people who mend things. A database and a role may have limits of their own.
_ASK = text("""
SELECT least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
      - coalesce(nullif(current_setting('reserved_connections', true), '')::int, 0),
    (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()),
    (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user)),
  (SELECT count(*) FROM pg_stat_activity
    WHERE datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend')
""")


@dataclass(frozen=True, slots=True)
class ServerCapacity:
    allowed: int
    taken: int

    @property
    def scarce(self) -> bool:
        """Less than a tenth is left."""
        return self.taken > self.allowed * 0.9


def server_capacity(database: Database) -> ServerCapacity | None:
    """None: the database is a file. Raises DatabaseLostError."""
    if database.dialect != "postgresql":
        return None
    with database.read() as connection:
        allowed, taken = connection.execute(_ASK).one()
    return ServerCapacity(allowed, taken)


def told_at_start(at_most: int, shares: str, server: ServerCapacity) -> tuple[bool, str]:
    """Whether a machine fits, and the words for the log."""
    told = f"This machine opens at most {at_most} connections to the database: {shares}. "
    told += f"The server allows {server.allowed}"
    if at_most > server.allowed:
        return False, (
            f"{told}, so requests and runs will fail when it is busy. Set DATABASE_CONNECTIONS to {server.allowed} or "
            "less, start fewer processes, or raise max_connections of the server."
        )
    return True, f"{told}, which is enough for {server.allowed // at_most} such machines; {server.taken} are taken now."
