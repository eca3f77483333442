"""The chain of a team's audit trail: each line has a hash over its content and the hash of the line before it.

A hash chain as in Haber and Stornetta, "How to Time-Stamp a Digital Document" (1991), with SHA-256 over canonical JSON
(RFC 8785). Of line ``seq``:

    sealed = SHA-256([salt, actor, subject, address])
    hash   = SHA-256([1, hash before, team id, seq, at, action, sealed, attests, request id])

with ``at`` in milliseconds since 1970, 16 random bytes as ``salt``, and 64 zeros before the first line. Names stand
apart, behind a salted hash, so that a person can be erased without breaking the chain: the names are replaced and
sealed with another salt, and without the former salt nobody finds out what the former hash was of. Such a replacement
is proven, too: the trail gets a line that ``attests`` the new seals, SHA-256([[seq, sealed], …]). So names that were
replaced in any other way show.

Each team has a chain of its own. Whoever appends holds the row of the team in ``audit_chains``, so there is no gap,
and the trails of two teams do not wait for each other on PostgreSQL. The chain shows what was changed afterwards by
somebody who does not calculate all of it anew. Against them, keep the hash of a line elsewhere, as the stream of the
trail does (utils/bridge/audit_stream.py).

Of the oldest lines, which go when they are too old, the hash of the last stays, and a line at the end of the chain
names it: so that lines which were removed in any other way show.

A line may wait for its place in the chain: it is a stray until the supervisor takes it in
(utils/accounts/audit_strays.py), and until then it can be changed or removed without a trace.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from utils.database.moment import now, to_ms
from utils.database.tables import audit, audit_chains, audit_erasures, teams

BEGINNING = "0" * 64
_VERSION = 1
CUT = "old audit entries removed"  # the action of a line that tells so
_PIECE = 300  # strays that are taken in by one transaction
_BESIDE = 20  # that are taken in beside a line of one's own


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says. ``attests``: of one that tells that names were erased."""

    at: datetime
    action: str
    actor: str
    subject: str
    address: str | None = None
    request_id: str | None = None
    attests: str | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """The names of a line as they are from now on, and what they are sealed with."""

    seq: int
    actor: str
    subject: str
    address: str | None
    salt: str
    sealed: str


def new_salt() -> str:
    return secrets.token_hex(16)


def seal(salt: str, actor: str, subject: str, address: str | None) -> str:
    return _sha256([salt, actor, subject, address])


def hash_of(before: str, team_id: str, seq: int, line: Line, sealed: str) -> str:
    content = [_VERSION, before, team_id, seq, to_ms(line.at), line.action, sealed, line.attests, line.request_id]
    return _sha256(content)


def attestation(erasures: Iterable[tuple[int, str]]) -> str:
    """Over (seq, sealed) in the order of seq."""
    return _sha256([[seq, sealed] for seq, sealed in erasures])


def append(connection: Connection, team_key: int, line: Line) -> None:
    """As part of the caller's transaction, whose end others wait for. Behind many strays, the line is one, too."""
    chain = _Chain(connection, team_key)
    if chain.take_in_strays(_BESIDE):
        chain.append(line)
    else:
        chain.leave(line)


def hold(connection: Connection, team_key: int) -> bool:
    """As part of the caller's transaction: until its end nobody else changes the chain.

    Takes in some strays; whether none is left. Where some are, do it again, in another transaction.
    """
    return _Chain(connection, team_key).take_in_strays(_PIECE)


def erase(connection: Connection, team_key: int, erasures: Sequence[Erasure], line: Line) -> int:
    """Replace the names of some lines, and append the line that tells so and attests it. Its seq.

    See to it first that no line is a stray (:func:`hold`).
    """
    chain = _Chain(connection, team_key)
    ordered = sorted(erasures, key=lambda one: one.seq)
    seq = chain.append(
        Line(
            line.at, line.action, line.actor, line.subject, line.address, line.request_id,
            attestation((one.seq, one.sealed) for one in ordered),
        )
    )  # fmt: skip
    for one in ordered:
        names = {"actor": one.actor, "subject": one.subject, "address": one.address, "salt": one.salt}
        connection.execute(update(audit).where(audit.c.team_key == team_key, audit.c.seq == one.seq).values(names))
    connection.execute(
        insert(audit_erasures),
        [{"team_key": team_key, "seq": one.seq, "erased_in": seq, "sealed": one.sealed} for one in ordered],
    )
    return seq


def cut(connection: Connection, team_key: int, upto: int, why: str) -> int:
    """Remove the oldest lines up to that one, whose hash is kept, so that the rest can still be verified. How many.

    A line tells so, with ``why`` and what is needed to recognise the cut (:func:`told_cut`). None go while there are
    strays: these are first.
    """
    chain = _Chain(connection, team_key)
    if not chain.take_in_strays(_PIECE):
        return 0
    mine, gone = audit_chains.c.team_key == team_key, (audit.c.team_key == team_key) & (audit.c.seq <= upto)
    last = connection.execute(
        select(audit.c.seq, audit.c.hash).where(gone).order_by(audit.c.seq.desc()).limit(1)
    ).first()  # fmt: skip
    if last is None:  # another process was earlier
        return 0
    count = connection.execute(delete(audit).where(gone)).rowcount
    told_there = (audit_erasures.c.team_key == team_key) & (audit_erasures.c.erased_in <= last.seq)
    connection.execute(delete(audit_erasures).where(told_there))
    connection.execute(update(audit_chains).where(mine).values(cut_seq=last.seq, cut_hash=last.hash, cut_at=now()))
    chain.append(Line(now(), CUT, "Ringside", f"{count}, {why}, up to {last.seq}:{last.hash}"))
    return count


def told_cut(subject: str) -> tuple[int, str] | None:
    """The number and the hash of the last line that was removed, as the line says that tells so. Those of versions
    before this one say neither."""
    named = re.search(r", up to (\d+):([0-9a-f]{64})$", subject)
    return (int(named[1]), named[2]) if named else None


class _Chain:
    """The end of a team's chain, which is this transaction's alone."""

    def __init__(self, connection: Connection, team_key: int) -> None:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        head = dialect.insert(audit_chains).values(team_key=team_key, seq=0, hash=BEGINNING)
        # An update that changes nothing: it locks the row, whether it was there or not.
        locked = head.on_conflict_do_update(index_elements=["team_key"], set_={"seq": audit_chains.c.seq})
        self._seq: int
        self._hash: str
        self._seq, self._hash = connection.execute(locked.returning(audit_chains.c.seq, audit_chains.c.hash)).one()
        self._connection = connection
        self._team_key = team_key
        self._team_id: str = connection.scalars(select(teams.c.id).where(teams.c.key == team_key)).one()

    def append(self, line: Line) -> int:
        self._connection.execute(insert(audit).values(self._row(line) | self._next(line)))
        self._write_down()
        return self._seq

    def leave(self, line: Line) -> None:
        """As a stray, so that the chain has the order of the keys."""
        self._connection.execute(insert(audit).values(self._row(line)))

    def take_in_strays(self, most: int) -> bool:
        """The oldest; whether none is left."""
        columns = (audit.c.key, *(audit.c[name] for name in Line.__dataclass_fields__))
        strays = select(*columns).where(audit.c.team_key == self._team_key, audit.c.seq.is_(None))
        found = self._connection.execute(strays.order_by(audit.c.key).limit(most + 1)).all()
        if not found:
            return True
        places = [{"stray": key, **self._next(Line(*said))} for key, *said in found[:most]]
        self._connection.execute(update(audit).where(audit.c.key == bindparam("stray")), places)
        self._write_down()
        return len(found) <= most

    def _row(self, line: Line) -> dict[str, object]:
        said = {name: getattr(line, name) for name in Line.__dataclass_fields__}
        return {"team_key": self._team_key, **said}

    def _next(self, line: Line) -> dict[str, int | str]:
        salt = new_salt()
        sealed = seal(salt, line.actor, line.subject, line.address)
        self._seq += 1
        self._hash = hash_of(self._hash, self._team_id, self._seq, line, sealed)
        return {"seq": self._seq, "salt": salt, "sealed": sealed, "hash": self._hash}

    def _write_down(self) -> None:
        mine = update(audit_chains).where(audit_chains.c.team_key == self._team_key)
        self._connection.execute(mine.values(seq=self._seq, hash=self._hash))


def _sha256(content: list[object]) -> str:
    """Of texts, whole numbers and null in arrays, what ``dumps`` makes here is canonical by RFC 8785."""
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
