"""Whether an open stream is still allowed: its sign-in, key or link is valid, and may read the session.

No message tells of a sign-out, a new role or a revoked link. Instead each process checks its streams every few seconds
(utils/streams/permits.py) by the same rules that opened them, so no change can be missed.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from utils.accounts.api_keys import ApiKeys
from utils.accounts.principal import Grant, Ownership, Principal, Reader, Spectator
from utils.accounts.sign_ins import SignIns
from utils.accounts.spectator_links import SpectatorLinks
from utils.database.base import Database, in_pieces
from utils.database.records import columns_of, record
from utils.database.tables import live, sessions

_OWNERSHIPS = select(*columns_of(Ownership, sessions)).where(
    sessions.c.key.in_(bindparam("keys", expanding=True)), live
)


@dataclass(frozen=True, slots=True)
class Permit:
    """``hides_tool_data``: the stream leaves out the input and output of tools."""

    grant: Grant
    session_key: int
    hides_tool_data: bool = False


@dataclass(frozen=True, slots=True)
class BoardPermit:
    """Of a stream of all sessions that somebody may see. Which these are is asked with each row."""

    grant: Grant
    reader: Reader
    hides_tool_data: bool = False


class Permits:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._who: dict[str, Callable[[Collection[int]], dict[int, Principal] | dict[int, Spectator]]] = {
            "sign-in": SignIns(database).principals,
            "key": ApiKeys(database).principals,
            "link": SpectatorLinks(database).spectators,
        }

    def ended(self, permits: Collection[Permit | BoardPermit]) -> set[Permit | BoardPermit]:
        """Those that are no longer valid. Raises DatabaseLostError."""
        who: dict[Grant, Principal | Spectator] = {}
        for kind, find in self._who.items():
            for piece in in_pieces({permit.grant.key for permit in permits if permit.grant.kind == kind}):
                who |= {one.grant: one for one in find(piece).values()}
        owned: dict[int, Ownership] = {}
        for piece in in_pieces({permit.session_key for permit in permits if isinstance(permit, Permit)}):
            owned |= self._owned(piece)
        return {permit for permit in permits if not _is_valid(permit, who, owned)}

    def _owned(self, keys: list[int]) -> dict[int, Ownership]:
        with self._database.read() as connection:
            rows = connection.execute(_OWNERSHIPS, {"keys": keys})
            return {row.key: record(Ownership, row) for row in rows}


def _is_valid(
    permit: Permit | BoardPermit, who: dict[Grant, Principal | Spectator], owned: dict[int, Ownership]
) -> bool:
    one = who.get(permit.grant)
    if isinstance(permit, BoardPermit):
        return isinstance(one, Principal) and one.has("read") and one.reader == permit.reader
    session = owned.get(permit.session_key)
    if one is None or session is None or not one.may_read(session):
        return False
    return isinstance(one, Spectator) or one.has("read")
