"""Clears an account for its true owner: whoever had it before may have been somebody else, who keeps no way in."""

from dataclasses import dataclass

from sqlalchemy import Connection, Delete, delete, select, update

from utils.accounts.passwords import NO_HASH
from utils.accounts.users import Revoked, end_all
from utils.database.tables import identities, passkeys, recovery_codes, second_factors, users


@dataclass(frozen=True, slots=True)
class Cleared:
    """What there was, all of which ended."""

    password: bool
    second_factor: bool
    passkeys: int
    revoked: Revoked

    @property
    def words(self) -> str:
        """For people to read: "all sign-ins, the password, API keys: 2"."""
        counts = {"passkeys": self.passkeys, "spectator links": self.revoked.links}
        counts |= {"invitations": self.revoked.invitations, "password links": self.revoked.password_links}
        counts |= {"API keys": self.revoked.keys}
        had = {"the password": self.password, "the second factor": self.second_factor}
        named = ["all sign-ins", *(name for name, there in had.items() if there)]
        return ", ".join([*named, *(f"{name}: {count}" for name, count in counts.items() if count)])


def clear(connection: Connection, user_key: int) -> Cleared:
    """As part of the transaction that connects an active user with who they are."""
    hashed = connection.scalar(select(users.c.password).where(users.c.key == user_key))
    revoked = end_all(connection, user_key)
    connection.execute(update(users).where(users.c.key == user_key).values(password=NO_HASH))

    def gone(one: Delete) -> int:
        return connection.execute(one).rowcount

    gone(delete(identities).where(identities.c.user_key == user_key))
    gone(delete(recovery_codes).where(recovery_codes.c.user_key == user_key))
    return Cleared(
        password=hashed != NO_HASH,
        second_factor=gone(delete(second_factors).where(second_factors.c.user_key == user_key)) > 0,
        passkeys=gone(delete(passkeys).where(passkeys.c.user_key == user_key)),
        revoked=revoked,
    )
