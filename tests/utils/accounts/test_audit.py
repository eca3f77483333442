"""The audit trail."""

import pytest

from tests.support.clock import Clock
from utils.accounts.audit import Audit
from utils.accounts.principal import TeamRecord, UserRecord
from utils.database.base import Database
from utils.database.paging import CursorError


@pytest.fixture
def audit(database: Database) -> Audit:
    return Audit(database)


def test_a_note_says_when_who_did_what_to_whom_and_from_where(audit: Audit, team: TeamRecord, clock: Clock) -> None:
    before = clock.now()
    audit.note(team.key, "role changed", "Ada <ada@example.org>", "Max", "192.0.2.1", "request-1")
    audit.note(team.key, "signed in", "Ada <ada@example.org>")
    second, first = audit.page(team.key).items
    assert (first.action, first.actor, first.subject) == ("role changed", "Ada <ada@example.org>", "Max")
    assert (first.address, first.request_id) == ("192.0.2.1", "request-1")
    assert before <= first.at <= second.at <= clock.now()
    assert (second.subject, second.address, second.request_id) == ("", None, None)


def test_pages_go_newest_first_and_meet_without_gap_or_double(audit: Audit, team: TeamRecord) -> None:
    for number in range(7):
        audit.note(team.key, f"action {number}", "Ada")
    seen, cursor = [], None
    while True:
        page = audit.page(team.key, cursor, limit=3)
        seen += [one.action for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
        audit.note(team.key, "meanwhile", "Ada")
    assert seen == [f"action {number}" for number in reversed(range(7))]
    with pytest.raises(CursorError):
        audit.page(team.key, "nonsense")


def test_a_team_sees_its_own_trail_only(audit: Audit, team: TeamRecord, other_team: TeamRecord) -> None:
    audit.note(team.key, "here", "Ada")
    audit.note(other_team.key, "there", "Fay")
    assert [one.action for one in audit.page(team.key).items] == ["here"]
    assert [one.action for one in audit.page(other_team.key).items] == ["there"]


def test_long_names_are_cut(audit: Audit, ada: UserRecord) -> None:
    audit.note(ada.team_key, "renamed", "é" * 1000, "ü" * 1000)
    [found] = audit.page(ada.team_key).items
    assert (found.actor, found.subject) == ("é" * 300, "ü" * 300)
