"""Checks the chain of a team's audit trail (utils/accounts/audit_chain.py), and says what is wrong in plain words."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from utils.accounts.audit_chain import BEGINNING, CUT, Line, attestation, hash_of, seal, told_cut
from utils.database.base import Database
from utils.database.records import AnyRow
from utils.database.tables import audit, audit_chains, audit_erasures, teams

_READ_ROWS = 500
_OUT_OF_TIME = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain, and what was cut off before its beginning."""

    seq: int = 0
    hash: str = BEGINNING
    cut_seq: int = 0
    cut_hash: str = BEGINNING
    cut_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """``fault``: the first thing that is wrong, in words, with ``fault_seq``, the line. None: the chain holds.

    ``remark`` is for people to look at: something unusual that does not break the chain. ``compared``: False, and the
    line that somebody has kept is among those that were removed, which the remark says.
    """

    head: Head
    lines: int
    fault_seq: int | None = None
    fault: str | None = None
    remark: str | None = None
    compared: bool = True


class _FaultError(Exception):
    def __init__(self, seq: int, words: str) -> None:
        super().__init__(words)
        self.seq = seq


class AuditVerification:
    def __init__(self, database: Database) -> None:
        self._database = database

    def check(self, team_key: int, seen: tuple[int, str] | None = None) -> AuditCheck:
        """``seen``: the seq and the hash of a line that somebody has kept elsewhere."""
        while True:
            head = self._head(team_key)
            found = _Walk(self._database, team_key, head, seen).go()
            if found.fault is None or self._head(team_key).cut_seq == head.cut_seq:
                return replace(found, remark=self._with_strays(team_key, found.remark))
            # Its beginning was cut off meanwhile.

    def _with_strays(self, team_key: int, remark: str | None) -> str | None:
        query = select(func.count()).where(audit.c.team_key == team_key, audit.c.seq.is_(None))
        with self._database.read() as connection:
            count = connection.scalar(query)
        if not count:
            return remark
        words = (
            f"Not chained yet, and so not verified: {count} {'line' if count == 1 else 'lines'}. The supervisor chains "
            "new lines within a second or so, and many of them, as after an upgrade, within some minutes."
        )
        return f"{remark} {words}" if remark else words

    def _head(self, team_key: int) -> Head:
        names = (audit_chains.c[name] for name in Head.__dataclass_fields__)
        with self._database.read() as connection:
            row = connection.execute(select(*names).where(audit_chains.c.team_key == team_key)).first()
        return Head(*row) if row else Head()


class _Walk:
    """Along a chain, from its beginning to the head that it had at the start."""

    def __init__(self, database: Database, team_key: int, head: Head, seen: tuple[int, str] | None) -> None:
        self._database = database
        self._team_key = team_key
        self._head = head
        self._seen = seen
        self._lines = 0
        self._remarks: list[str] = []
        self._compared = True
        self._out_of_time = False
        self._told: tuple[int, str] | None = None  # the newest line that tells of a cut: its seq and what it says

    def go(self) -> AuditCheck:
        try:
            self._walk()
        except _FaultError as fault:
            return AuditCheck(self._head, self._lines, fault.seq, str(fault), self._remark)
        return AuditCheck(self._head, self._lines, remark=self._remark, compared=self._compared)

    @property
    def _remark(self) -> str | None:
        return " ".join(self._remarks) or None

    def _walk(self) -> None:
        head = self._head
        with self._database.read() as connection:
            team_id = connection.scalars(select(teams.c.id).where(teams.c.key == self._team_key)).one()
        seq, before, at = head.cut_seq, head.cut_hash, None
        for row in self._rows():
            if row.seq != seq + 1:
                raise _FaultError(seq + 1, _missing(seq + 1, row.seq - 1))
            seq = row.seq
            line = Line(row.at, row.action, row.actor, row.subject, row.address, row.request_id, row.attests)
            if row.salt is None or seal(row.salt, line.actor, line.subject, line.address) != (row.erased or row.sealed):
                raise _FaultError(seq, f"Line {seq} was changed: the actor, the subject or the address.")
            if hash_of(before, team_id, seq, line, row.sealed) != row.hash:
                raise _FaultError(seq, f"Line {seq} was changed, or does not follow the line before it.")
            if row.attests is not None and row.attests != self._attested(seq):
                raise _FaultError(seq, f"Names were erased in other lines, or otherwise, than line {seq} attests.")
            self._compare_with_seen(seq, row.hash)
            self._look_at_time(seq, at, row.at)
            if row.action == CUT:
                self._told = seq, row.subject
            before, at = row.hash, row.at
            self._lines += 1
        if seq != head.seq:
            raise _FaultError(seq + 1, _missing(seq + 1, head.seq))
        if before != head.hash:
            raise _FaultError(seq, f"Line {seq} is not the one that was written last.")
        self._check_cut()
        self._check_seen_was_met()
        self._find_unattested()
        self._find_lines_behind_the_head()

    def _rows(self) -> Iterator[AnyRow]:
        """In one statement with what erasures replaced: a person may be erased while this goes on."""
        erased = (
            select(audit_erasures.c.sealed)
            .where(audit_erasures.c.team_key == audit.c.team_key, audit_erasures.c.seq == audit.c.seq)
            .order_by(audit_erasures.c.erased_in.desc())
            .limit(1)
            .scalar_subquery()
            .label("erased")
        )
        query = select(audit, erased).where(audit.c.team_key == self._team_key, audit.c.seq <= self._head.seq)
        seq = self._head.cut_seq
        while True:
            page = query.where(audit.c.seq > seq).order_by(audit.c.seq).limit(_READ_ROWS)
            with self._database.read() as connection:
                rows = connection.execute(page).all()
            yield from rows
            if len(rows) < _READ_ROWS:
                return
            seq = rows[-1].seq

    def _attested(self, seq: int) -> str:
        with self._database.read() as connection:
            return attestation(_erased_in(connection, self._team_key, seq))

    def _compare_with_seen(self, seq: int, found: str) -> None:
        if self._seen is not None and self._seen[0] == seq and self._seen[1] != found:
            raise _FaultError(seq, f"Line {seq} is not the one that you have kept: its hash is {found}.")

    def _check_cut(self) -> None:
        """That the oldest lines went because of their age: the newest line that tells of it names the last of them."""
        last = self._head.cut_seq
        if not last:
            return
        if self._told is None:
            raise _FaultError(last, f"The lines up to {last} were removed, and no line tells so.")
        at, subject = self._told
        named = told_cut(subject)
        if named is None:  # by a version before this one, possibly beside it
            self._remarks.append(
                f"The lines up to {last} were removed. Line {at} tells of lines that were too old, but not of which: "
                "it was written by an earlier version, so whether others were removed with them cannot be verified."
            )
        elif named != (last, self._head.cut_hash):
            words = f"The lines up to {last} were removed, and line {at} tells of other ones: those up to {named[0]}."
            raise _FaultError(last, words)

    def _check_seen_was_met(self) -> None:
        if self._seen is None:
            return
        seq = self._seen[0]
        if seq > self._head.seq:
            raise _FaultError(self._head.seq + 1, _missing(self._head.seq + 1, seq))
        if seq == self._head.cut_seq:
            self._compare_with_seen(seq, self._head.cut_hash)
        elif seq < self._head.cut_seq and self._told is not None:
            self._compared = False
            teller = self._told[0]
            words = f"Line {seq} was removed because of its age, as line {teller} tells, so it could not be compared."
            self._remarks.insert(0, words)

    def _look_at_time(self, seq: int, before: datetime | None, at: datetime) -> None:
        if not self._out_of_time and before is not None and before - at > _OUT_OF_TIME:
            self._out_of_time = True
            self._remarks.append(
                f"Line {seq} states a time that is long before that of the line in front of it. Either a clock was "
                "wrong, or the line was written later than it says."
            )

    def _find_unattested(self) -> None:
        """A replacement that no line attests would pass for one."""
        own = audit.alias()
        told = select(own.c.seq).where(own.c.team_key == self._team_key, own.c.attests.is_not(None))
        with self._database.read() as connection:
            query = select(func.min(audit_erasures.c.seq)).where(
                audit_erasures.c.team_key == self._team_key,
                audit_erasures.c.seq > self._head.cut_seq,
                audit_erasures.c.erased_in.not_in(told),
            )
            found = connection.scalar(query)
        if found is not None:
            raise _FaultError(found, f"The names in line {found} were replaced, and no line attests it.")

    def _find_lines_behind_the_head(self) -> None:
        query = select(func.max(audit.c.seq), audit_chains.c.seq).join_from(
            audit, audit_chains, audit.c.team_key == audit_chains.c.team_key
        )
        with self._database.read() as connection:
            row = connection.execute(
                query.where(audit.c.team_key == self._team_key).group_by(audit_chains.c.seq)
            ).first()
        if row is not None and row[0] is not None and row[0] > row[1]:
            raise _FaultError(row[0], f"Line {row[0]} was inserted behind the last one.")


def _erased_in(connection: Connection, team_key: int, seq: int) -> list[tuple[int, str]]:
    query = select(audit_erasures.c.seq, audit_erasures.c.sealed).where(
        audit_erasures.c.team_key == team_key, audit_erasures.c.erased_in == seq
    )
    return [(row.seq, row.sealed) for row in connection.execute(query.order_by(audit_erasures.c.seq))]


def _missing(first: int, last: int) -> str:
    return f"Line {first} is missing." if first == last else f"Lines {first} to {last} are missing."
