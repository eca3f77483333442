"""The error log: what went wrong and was not the user's own doing."""

import logging

import pytest

from tests.support.clock import Clock
from tests.utils.accounts.conftest import AddUser
from utils.accounts.error_log import ErrorLog, ErrorRecord
from utils.accounts.principal import TeamRecord, UserRecord
from utils.database.base import Database, DatabaseLostError
from utils.sessions.sessions import Sessions


@pytest.fixture
def errors(database: Database) -> ErrorLog:
    return ErrorLog(database)


def only(errors: ErrorLog, reader: UserRecord) -> ErrorRecord:
    [found] = errors.page(reader).items
    return found


def test_what_is_known_of_a_failure_is_kept(errors: ErrorLog, ada: UserRecord, team: TeamRecord) -> None:
    errors.write(
        "error", "internal_error", "It broke.", team_key=team.key, user_id=ada.id, session_id="s", run_id="r",
        request_id="q",
    )  # fmt: skip
    found = only(errors, ada)
    assert (found.severity, found.code, found.message) == ("error", "internal_error", "It broke.")
    assert (found.user_id, found.session_id, found.run_id, found.request_id) == (ada.id, "s", "r", "q")
    assert found.session_readable is False, "there is no such session"


def test_a_failure_in_a_session_is_its_teams_and_its_owners(
    errors: ErrorLog, sessions: Sessions, add: AddUser, other_team: TeamRecord, ada: UserRecord
) -> None:
    fay = add("Fay", "administrator", other_team)
    sessions.create("theirs", owner=fay)
    errors.write("warning", "model_busy", "Busy.", session_id="theirs")
    assert only(errors, fay).user_id == fay.id
    assert errors.page(ada).items == []


def test_what_belongs_to_nobody_is_shown_to_the_first_team(
    errors: ErrorLog, add: AddUser, other_team: TeamRecord, ada: UserRecord
) -> None:
    errors.write("error", "internal_error", "At the door.")
    assert only(errors, ada).message == "At the door."
    assert errors.page(add("Fay", "administrator", other_team)).items == []


def test_a_session_can_be_opened_from_there_by_who_may_read_it(
    errors: ErrorLog, sessions: Sessions, add: AddUser, ada: UserRecord
) -> None:
    max_ = add("Max")
    sessions.create("private", owner=max_)
    errors.write("error", "process_lost", "Lost.", session_id="private")
    assert only(errors, ada).session_readable is False
    assert only(errors, max_).session_readable is True
    sessions.change("private", shared=True)
    assert only(errors, ada).session_readable is True


def test_a_log_that_cannot_be_written_breaks_nothing_and_says_so(
    errors: ErrorLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> None:
        raise DatabaseLostError("away")

    monkeypatch.setattr(errors._database, "write", away)
    with caplog.at_level(logging.WARNING):
        errors.write("error", "process_lost", "Lost.")
    assert "process_lost: Lost." in caplog.text


def test_old_failures_are_forgotten_after_thirty_days(errors: ErrorLog, ada: UserRecord, clock: Clock) -> None:
    errors.write("error", "old", "Old.")
    clock.move(hours=29 * 24)
    errors.forget_old()
    assert only(errors, ada).code == "old"
    clock.move(hours=25)
    errors.forget_old()
    assert errors.page(ada).items == []
