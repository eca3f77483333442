"""Whether what opened a stream still holds: the sign-in, key or link, and the right to read the session.

Nothing is told of a sign-out, a new role, or a link that was taken back: every few seconds each process asks by the
same rules that opened its streams (utils/streams/permits.py). So nothing can be missed.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from utils.accounts.api_keys import ApiKeys
from utils.accounts.principal import Grant, Ownership, Principal, Spectator
from utils.accounts.sign_ins import SignIns
from utils.accounts.spectator_links import SpectatorLinks
from utils.database.base import Database, in_pieces
from utils.database.records import columns_of, record
from utils.database.tables import sessions

_OWNERSHIPS = select(*columns_of(Ownership, sessions)).where(sessions.c.key.in_(bindparam("keys", expanding=True)))


@dataclass(frozen=True, slots=True)
class Permit:
    """``hides_tool_data``: what tools were given and what they answered is left out."""

    grant: Grant
    session_key: int
    hides_tool_data: bool = False


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
        owned: dict[int, Ownership] = {}
        for piece in in_pieces({permit.session_key for permit in permits}):
            owned |= self._owned(piece)
        return {permit for permit in permits if not _is_valid(permit, who, owned)}

    def _owned(self, keys: list[int]) -> dict[int, Ownership]:
        with self._database.read() as connection:
            rows = connection.execute(_OWNERSHIPS, {"keys": keys})
            return {row.key: record(Ownership, row) for row in rows}


def _is_valid(permit: Permit, who: dict[Grant, Principal | Spectator], owned: dict[int, Ownership]) -> bool:
    one, session = who.get(permit.grant), owned.get(permit.session_key)
    if one is None or session is None or not one.may_read(session):
        return False
    return isinstance(one, Spectator) or one.has("read")
