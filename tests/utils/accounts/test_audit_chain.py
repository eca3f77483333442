"""The chain of the audit trail: whatever is taken out, changed or put in shows, and nothing else does."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Event
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, text, update

from tests.support.clock import Clock
from utils.accounts.audit import Audit
from utils.accounts.audit_chain import BEGINNING, CUT, Erasure, Line, append, cut, erase, hold, new_salt, seal
from utils.accounts.audit_check import AuditCheck, AuditVerification
from utils.accounts.audit_strays import AuditStrays
from utils.accounts.principal import TeamRecord
from utils.database.base import Database
from utils.database.moment import now, to_ms
from utils.database.opening import open_database
from utils.database.tables import audit as lines
from utils.database.tables import audit_chains, audit_erasures
from utils.settings import Settings

MAX = "Max <max@example.org>"


@pytest.fixture
def audit(database: Database, team: TeamRecord) -> Audit:
    """With ten lines."""
    made = Audit(database)
    for number in range(1, 11):
        made.note(team.key, f"action {number}", MAX if number == 4 else "Ada", f"subject {number}", "192.0.2.1", "r")
    return made


def check(database: Database, team: TeamRecord, seen: tuple[int, str] | None = None) -> AuditCheck:
    return AuditVerification(database).check(team.key, seen)


def rows(database: Database, team: TeamRecord) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(lines).where(lines.c.team_key == team.key).order_by(lines.c.seq)))


def change(database: Database, line: int, /, **values: object) -> None:
    with database.write() as connection:
        connection.execute(update(lines).where(lines.c.seq == line).values(values))


def add_strays(database: Database, team: TeamRecord, count: int) -> None:
    """As a process of the version before writes lines."""
    stray = {"team_key": team.key, "at": now(), "action": "old", "actor": MAX, "subject": ""}
    with database.write() as connection:
        connection.execute(insert(lines), [stray] * count)


def strays(database: Database, team: TeamRecord) -> int:
    query = select(func.count()).where(lines.c.team_key == team.key, lines.c.seq.is_(None))
    with database.read() as connection:
        return connection.execute(query).scalar_one()


def erase_max(database: Database, team: TeamRecord, seq: int = 4) -> int:
    salt = new_salt()
    erased = Erasure(seq, "Somebody", "subject", None, salt, seal(salt, "Somebody", "subject", None))
    with database.write() as connection:
        return erase(connection, team.key, [erased], Line(now(), "names erased", "Ada", "Somebody"))


def test_a_line_can_be_verified_by_whoever_has_nothing_but_the_description(
    database: Database, team: TeamRecord, audit: Audit
) -> None:
    before = "0" * 64
    for row in rows(database, team):
        sealed = hashlib.sha256(
            json.dumps([row.salt, row.actor, row.subject, row.address], separators=(",", ":")).encode()
        ).hexdigest()
        content = [1, before, team.id, row.seq, to_ms(row.at), row.action, sealed, None, "r"]
        before = hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()
        assert (row.sealed, row.hash) == (sealed, before)
    found = check(database, team)
    assert (found.fault, found.remark, found.lines, found.head.seq) == (None, None, 10, 10)
    assert found.head.hash == before


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "signed in"), ("actor", "Eve"), ("subject", "else"), ("address", None), ("request_id", "q"),
        ("at", None), ("hash", "f" * 64), ("sealed", "f" * 64), ("salt", "0" * 32), ("salt", None),
        ("attests", "f" * 64),
    ],
)  # fmt: skip
def test_whatever_of_a_line_is_changed_shows(
    database: Database, team: TeamRecord, audit: Audit, column: str, value: str | None, clock: Clock
) -> None:
    change(database, 5, **{column: now() if column == "at" else value})
    found = check(database, team)
    assert found.fault_seq == 5
    assert (found.fault or "").startswith("Line 5 was changed")
    assert found.lines == 4


def test_lines_that_are_missing_show_wherever_they_stood(database: Database, team: TeamRecord, audit: Audit) -> None:
    for gone, words in (({10}, "Line 10 is"), ({5, 6, 7}, "Lines 5 to 7 are"), ({1}, "Line 1 is")):
        with database.write() as connection:
            connection.execute(delete(lines).where(lines.c.seq.in_(gone)))
        assert check(database, team).fault == f"{words} missing."


def test_a_line_that_was_put_in_shows(database: Database, team: TeamRecord, audit: Audit) -> None:
    new = {"team_key": team.key, "at": now(), "action": "a", "actor": "Eve", "subject": ""}
    with database.write() as connection:
        connection.execute(insert(lines).values(new | {"seq": 11, "salt": "0", "sealed": "s", "hash": "h"}))
    assert check(database, team).fault == "Line 11 was inserted behind the last one."
    with database.write() as connection:
        connection.execute(update(audit_chains).values(seq=11))
    assert (check(database, team).fault or "").startswith("Line 11 was changed")
    change(database, 11, sealed=seal("0", "Eve", "", None))
    assert check(database, team).fault == "Line 11 was changed, or does not follow the line before it."


def test_lines_that_change_places_show(database: Database, team: TeamRecord, audit: Audit) -> None:
    for former, new in ((5, 99), (6, 5), (99, 6)):
        change(database, former, seq=new)
    assert check(database, team).fault_seq == 5


def test_an_end_that_is_cut_off_with_its_head_shows_to_who_has_kept_a_hash(
    database: Database, team: TeamRecord, audit: Audit
) -> None:
    last, former = rows(database, team)[-1], rows(database, team)[-2]
    assert check(database, team, (10, last.hash)).fault is None
    assert check(database, team, (10, "f" * 64)).fault_seq == 10
    with database.write() as connection:
        connection.execute(delete(lines).where(lines.c.seq == 10))
        connection.execute(update(audit_chains).values(seq=9, hash=former.hash))
    assert check(database, team).fault is None
    assert check(database, team, (10, last.hash)).fault == "Line 10 is missing."


def cut_by_hand(database: Database, team: TeamRecord, upto: int) -> None:
    """As somebody may who writes to the database."""
    with database.write() as connection:
        last = connection.execute(select(lines.c.seq, lines.c.hash).where(lines.c.seq == upto)).one()
        connection.execute(delete(lines).where(lines.c.seq <= upto))
        connection.execute(update(audit_chains).values(cut_seq=last.seq, cut_hash=last.hash, cut_at=now()))


def cut_by_age(database: Database, team: TeamRecord, upto: int) -> int:
    with database.write() as connection:
        return cut(connection, team.key, upto, "older than 10 days")


def test_a_beginning_that_was_removed_by_hand_shows(database: Database, team: TeamRecord, audit: Audit) -> None:
    cut_by_hand(database, team, 2)
    found = check(database, team)
    assert (found.fault_seq, found.fault) == (2, "The lines up to 2 were removed, and no line tells so.")
    assert cut_by_age(database, team, 4) == 2
    assert check(database, team).fault is None
    cut_by_hand(database, team, 5)
    words = "The lines up to 5 were removed, and line 11 tells of other ones: those up to 4."
    assert check(database, team).fault == words
    with database.write() as connection:
        connection.execute(update(audit_chains).values(cut_seq=4, cut_hash="f" * 64))
    assert check(database, team).fault_seq == 5


def test_a_beginning_that_an_earlier_version_removed_is_remarked(
    database: Database, team: TeamRecord, audit: Audit
) -> None:
    cut_by_hand(database, team, 2)
    audit.note(team.key, CUT, "Ringside", "2, older than 10 days")
    found = check(database, team)
    assert (found.fault, found.compared) == (None, True)
    assert found.remark is not None
    assert found.remark.startswith("The lines up to 2 were removed. Line 11 tells of lines that were too old, but not")
    cut_by_age(database, team, 3)
    assert check(database, team).remark is None


def test_a_line_that_was_kept_is_compared_though_it_was_removed_last_and_one_before_it_cannot_be(
    database: Database, team: TeamRecord, audit: Audit
) -> None:
    kept = rows(database, team)
    cut_by_age(database, team, 5)
    assert check(database, team, (5, kept[4].hash)) == check(database, team)
    found = check(database, team, (5, "f" * 64))
    assert found.fault == f"Line 5 is not the one that you have kept: its hash is {kept[4].hash}."
    found = check(database, team, (4, kept[3].hash))
    assert (found.fault, found.compared) == (None, False)
    assert found.remark == "Line 4 was removed because of its age, as line 11 tells, so it could not be compared."


def test_nothing_is_removed_before_all_lines_are_in_the_chain(
    database: Database, team: TeamRecord, audit: Audit
) -> None:
    add_strays(database, team, 700)
    assert [cut_by_age(database, team, 5) for _ in range(4)] == [0, 0, 5, 0]
    assert (strays(database, team), check(database, team).fault) == (0, None)


def test_names_that_were_erased_leave_the_chain_whole_and_cannot_be_found_again(
    database: Database, team: TeamRecord, audit: Audit
) -> None:
    former = rows(database, team)[3]
    erase_max(database, team)
    erase_max(database, team)  # of two people who are named in one line
    audit.note(team.key, "later", "Ada")
    found = check(database, team)
    assert (found.fault, found.lines) == (None, 13)
    erased = rows(database, team)[3]
    assert (erased.actor, erased.address) == ("Somebody", None)
    assert (erased.sealed, erased.hash) == (former.sealed, former.hash), "the chain is as it was"
    assert erased.salt != former.salt, "with the salt one could try names until one fits"


def test_names_that_were_replaced_in_any_other_way_show(database: Database, team: TeamRecord, audit: Audit) -> None:
    told = erase_max(database, team)
    change(database, 4, actor="Another")
    assert (check(database, team).fault or "").startswith("Line 4 was changed")
    sealed = seal(rows(database, team)[3].salt, "Another", "subject", None)
    with database.write() as connection:
        connection.execute(update(audit_erasures).values(sealed=sealed))
    assert check(database, team).fault_seq == told
    for erased_in in (0, 3, 10**12):  # as if another line told of it
        with database.write() as connection:
            connection.execute(update(audit_erasures).where(audit_erasures.c.seq == 4).values(erased_in=told))
        change(database, 4, actor="Somebody")
        with database.write() as connection:
            original = seal(rows(database, team)[3].salt, "Somebody", "subject", None)
            connection.execute(update(audit_erasures).values(sealed=original))
        assert check(database, team).fault is None
        change(database, 2, actor="Eve")
        with database.write() as connection:
            forged = seal(rows(database, team)[1].salt, "Eve", "subject 2", "192.0.2.1")
            connection.execute(
                insert(audit_erasures).values(team_key=team.key, seq=2, erased_in=erased_in, sealed=forged)
            )
        assert check(database, team).fault == "The names in line 2 were replaced, and no line attests it."
        with database.write() as connection:
            connection.execute(delete(audit_erasures).where(audit_erasures.c.seq == 2))
        change(database, 2, actor="Ada")


def test_processes_that_write_at_the_same_time_leave_no_gap(settings: Settings, team: TeamRecord) -> None:
    """Each with connections of its own, as the processes of several machines."""
    databases = [open_database(settings) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        for done in [
            pool.submit(Audit(databases[n % 4]).note, team.key, f"action {n}", "Ada") for n in range(80)
        ]:  # fmt: skip
            done.result()
    found = check(databases[0], team)
    assert (found.fault, found.lines) == (None, 80)
    keys = [row.key for row in rows(databases[0], team)]
    assert all(one < other for one, other in pairwise(keys)), "pages and the chain have one order"
    for database in databases:
        database.close()


def test_a_write_that_fails_leaves_no_gap(database: Database, team: TeamRecord, audit: Audit) -> None:
    def fail() -> None:
        with database.write() as connection:
            append(connection, team.key, Line(now(), "a", "Ada", ""))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    audit.note(team.key, "b", "Ada")
    assert (check(database, team).fault, check(database, team).lines) == (None, 11)


def test_teams_have_chains_of_their_own(
    database: Database, team: TeamRecord, other_team: TeamRecord, audit: Audit
) -> None:
    audit.note(other_team.key, "there", "Fay")
    assert check(database, other_team).lines == 1
    with database.write() as connection:  # a line of one team passes for none of another
        connection.execute(update(lines).where(lines.c.team_key == other_team.key).values(team_key=team.key, seq=11))
        connection.execute(update(audit_chains).where(audit_chains.c.team_key == team.key).values(seq=11))
    assert check(database, team).fault_seq == 11


def test_what_a_process_of_the_version_before_writes_is_chained_next(
    database: Database, team: TeamRecord, audit: Audit
) -> None:
    old = text("INSERT INTO audit (team_key, at, action, actor, subject) VALUES (:team, :at, 'old', 'Ada', '')")
    with database.write() as connection:
        connection.execute(old, {"team": team.key, "at": to_ms(now())})
        connection.execute(old, {"team": team.key, "at": to_ms(now()) - 7_200_000})
    audit.note(team.key, "new", "Ada")
    assert [row.action for row in rows(database, team)[10:]] == ["old", "old", "new"]
    found = check(database, team)
    assert (found.fault, found.lines) == (None, 13)
    assert (found.remark or "").startswith("Line 12 states a time"), "it may be one that was put in"


def test_lines_of_before_are_chained_after_the_migration_and_survive_the_way_back(
    database: Database, team: TeamRecord, audit: Audit
) -> None:
    """The migration itself keeps everybody from the trail, so it must not take the longer the more lines there are."""
    change(database, 3, actor='Zoë "Z" <zoë@example.org>\n')
    database.migrate_to("0018")
    database.migrate()
    found = check(database, team)
    assert (found.fault, found.lines, found.head.seq) == (None, 0, 0)
    assert (found.remark or "").startswith("Not chained yet, and so not verified: 10 lines.")
    AuditStrays(database).take_in(Event())
    found = check(database, team)
    assert (found.fault, found.remark, found.lines, found.head.seq) == (None, None, 10, 10)
    assert [row.action for row in rows(database, team)] == [f"action {number}" for number in range(1, 11)]
    audit.note(team.key, "next", "Ada")
    assert check(database, team).lines == 11


def test_behind_many_lines_without_a_place_a_new_one_waits_for_its_own_and_a_request_for_nobody(
    database: Database, team: TeamRecord, other_team: TeamRecord, audit: Audit
) -> None:
    add_strays(database, team, 1000)
    add_strays(database, other_team, 1)
    audit.note(team.key, "new", "Ada")
    assert 0 < 1000 - strays(database, team) < 50, "a request chains few"
    AuditStrays(database).take_in(Event())
    assert (strays(database, team), strays(database, other_team)) == (0, 0)
    found = check(database, team)
    assert (found.fault, found.remark, found.lines) == (None, None, 1011)
    ordered = rows(database, team)
    assert ordered[-1].action == "new"
    assert all(one.key < other.key for one, other in pairwise(ordered)), "pages and the chain have one order"


def test_many_lines_are_chained_in_transactions_that_are_short(
    database: Database, team: TeamRecord, audit: Audit
) -> None:
    """Whoever has the end of the chain, and on SQLite the turn to write, keeps others from it."""
    add_strays(database, team, 1000)
    left = [1000]
    while left[-1]:
        with database.write() as connection:
            hold(connection, team.key)
        left.append(strays(database, team))
    assert all(0 < before - after <= 300 for before, after in pairwise(left))


def test_a_trail_without_lines_is_whole(database: Database, team: TeamRecord) -> None:
    found = check(database, team)
    assert (found.fault, found.lines, found.head.seq, found.head.hash) == (None, 0, 0, BEGINNING)
