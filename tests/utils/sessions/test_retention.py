"""What is older than the operator wants it kept is removed: nothing else, not at once, and beside everybody's work."""

import io
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

import pytest
from sqlalchemy import select

from tests.support.account import EMAIL
from tests.support.clock import Clock
from tests.support.events import activity, fill
from utils.accounts.audit import Audit
from utils.accounts.audit_check import AuditVerification
from utils.accounts.principal import UserRecord
from utils.accounts.users import Users
from utils.database.base import Database
from utils.database.tables import audit, documents
from utils.log.activity_log import ActivityLog
from utils.log.events import RunUpdate
from utils.sessions import retention as retention_module
from utils.sessions.deletion import SessionDeletion
from utils.sessions.documents import Documents
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.retention import Retention
from utils.sessions.retention_rule import rules_of
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions
from utils.settings import Settings

Keeping = Callable[..., Retention]
DAY = timedelta(days=1)


@pytest.fixture
def ada(database: Database) -> UserRecord:
    return Users(database).with_email(EMAIL)[0][0]


@pytest.fixture
def keeping(settings: Settings, database: Database, log: ActivityLog) -> Keeping:
    """``keeping(sessions=30)``: of a server with these settings."""

    def keeping(grace: float = 0, **days: int) -> Retention:
        changes = {f"retain_{what}_days": number for what, number in days.items()}
        changed = settings.model_copy(update={**changes, "retention_grace_hours": grace})
        return Retention(changed, database, SessionDeletion(database, log), Documents(database))

    return keeping


def ids(database: Database, ada: UserRecord) -> set[str]:
    return {one.id for one in Sessions(database).page(ada).items}


def told(database: Database, ada: UserRecord) -> list[tuple[str, str]]:
    return [(one.action, one.subject) for one in Audit(database).page(ada.team_key).items]


def test_a_session_goes_so_many_days_after_its_last_activity(
    database: Database, keeping: Keeping, log: ActivityLog, ada: UserRecord, clock: Clock
) -> None:
    fill(log, "old", 3)
    fill(log, "active", 3)
    clock.move(days=20)
    log.append("active", [RunUpdate(session_id="active", run_id="r", status="completed")])
    clock.move(days=11)
    fill(log, "new", 3)
    keeping(sessions=30).remove_old()
    assert ids(database, ada) == {"active", "new"}
    assert told(database, ada) == [("old sessions removed", "1, older than 30 days")]
    keeping(sessions=30).remove_old()
    assert len(told(database, ada)) == 1, "nothing was removed, so nothing is told"


def test_what_is_kept_or_at_work_stays(
    database: Database, keeping: Keeping, sessions: Sessions, run_queue: RunQueue, log: ActivityLog, ada: UserRecord,
    clock: Clock,
) -> None:  # fmt: skip
    for name in ("kept", "queued", "running", "cancelled"):
        sessions.create(name, owner=ada)
        Documents(database).add(name, "a.txt", io.BytesIO(b"A letter"))
    sessions.change("kept", kept=True)
    asked = {name: run_queue.request(name, "Why?") for name in ("running", "queued", "cancelled")}
    assert run_queue.claim("me") is not None
    assert asked["cancelled"] is not None
    run_queue.cancel(asked["cancelled"][1].id)
    ReportedRuns(database, log).append(
        "reported", sessions.create("reported", owner=ada).key,
        [RunUpdate(session_id="reported", run_id="crew", status="running")],
    )  # fmt: skip
    clock.move(days=31)
    keeping(sessions=30, documents=30).remove_old()
    assert ids(database, ada) == {"kept", "queued", "running", "reported"}
    with database.read() as connection:
        assert len(connection.scalars(select(documents.c.key)).all()) == 3
    found = sessions.get("kept")
    assert found is not None
    assert (found.kept, found.removed_at) == (True, None)


def test_activity_at_the_last_moment_saves_a_session(
    database: Database, log: ActivityLog, run_queue: RunQueue, sessions: Sessions, ada: UserRecord, clock: Clock
) -> None:
    deletion = SessionDeletion(database, log)
    keys = {name: sessions.create(name, owner=ada).key for name in ("asked", "told", "idle")}
    clock.move(days=31)
    asked = run_queue.request("asked", "Why?")
    log.append("told", [RunUpdate(session_id="told", run_id="r", status="completed")])
    assert [deletion.delete_idle(keys[name], clock.now() - DAY) for name in ("asked", "told", "idle")] == [
        False,
        False,
        True,
    ]
    assert asked is not None
    claimed = run_queue.claim("me")
    assert claimed is not None, "its run is still there"
    assert claimed.id == asked[1].id
    assert deletion.delete_idle(keys["idle"], clock.now()) is False


def test_documents_go_by_their_own_age(
    database: Database, keeping: Keeping, sessions: Sessions, ada: UserRecord, clock: Clock
) -> None:
    sessions.create("s1", owner=ada)
    for name in ("old.txt", "new.txt"):
        Documents(database).add("s1", name, io.BytesIO(b"A letter"))
        clock.move(days=6)
    keeping(documents=10).remove_old()
    assert [one.name for one in Documents(database).list("s1")] == ["new.txt"]
    assert told(database, ada) == [("old documents removed", "1, older than 10 days")]


def test_the_rest_of_the_audit_trail_can_still_be_verified(
    database: Database, keeping: Keeping, ada: UserRecord, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention_module, "_LINES", 200)
    trail = Audit(database)
    for number in range(450):
        trail.note(ada.team_key, f"action {number}", "Ada")
    clock.move(days=11)
    for number in range(3):
        trail.note(ada.team_key, f"new {number}", "Ada")
    with database.read() as connection:
        hashes = dict(connection.execute(select(audit.c.seq, audit.c.hash).where(audit.c.seq.is_not(None))).all())
    keeping(audit=10).remove_old()
    assert told(database, ada) == [
        ("old audit entries removed", f"50, older than 10 days, up to 450:{hashes[450]}"),
        ("old audit entries removed", f"200, older than 10 days, up to 400:{hashes[400]}"),
        ("old audit entries removed", f"200, older than 10 days, up to 200:{hashes[200]}"),
        ("new 2", ""), ("new 1", ""), ("new 0", ""),
    ]  # fmt: skip
    found = AuditVerification(database).check(ada.team_key)
    assert (found.fault, found.remark, found.lines, found.head.cut_seq) == (None, None, 6, 450)
    with database.write() as connection:
        connection.execute(audit.delete().where(audit.c.seq == 451))
    assert AuditVerification(database).check(ada.team_key).fault == "Line 451 is missing."


def test_a_trail_that_is_removed_whole_goes_on_where_it_was(
    database: Database, keeping: Keeping, ada: UserRecord, clock: Clock
) -> None:
    Audit(database).note(ada.team_key, "old", "Ada")
    clock.move(days=11)
    keeping(audit=10).remove_old()
    Audit(database).note(ada.team_key, "new", "Ada")
    found = AuditVerification(database).check(ada.team_key)
    assert (found.fault, found.lines, found.head.seq) == (None, 2, 3)


def test_a_number_that_was_mistyped_can_be_taken_back(
    database: Database, keeping: Keeping, log: ActivityLog, ada: UserRecord, clock: Clock, sessions: Sessions,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """3 for 365: nothing goes for a day, and meanwhile what was in force before is."""
    fill(log, "s1", 3)
    begun = sessions.get("s1")
    assert begun is not None
    keeping(24, sessions=365).remove_old()
    clock.move(days=10)
    with caplog.at_level(logging.WARNING):
        keeping(24, sessions=3).remove_old()
    [line] = [record.getMessage() for record in caplog.records if "is 3 now" in record.getMessage()]
    assert "(before: 365)" in line
    assert "1 sessions that are older will be removed for good" in line
    found = sessions.get("s1")
    assert found is not None
    assert found.removed_at is not None
    assert timedelta(hours=23) < found.removed_at - clock.now() <= DAY, "the screen says so"
    clock.move(hours=23)
    keeping(24, sessions=3).remove_old()
    keeping(24, sessions=365).remove_old()
    clock.move(days=2)
    keeping(24, sessions=365).remove_old()
    assert ids(database, ada) == {"s1"}
    found = sessions.get("s1")
    assert found is not None
    assert found.removed_at == begun.updated_at + 365 * DAY
    keeping(24, sessions=3).remove_old()
    clock.move(hours=25)
    keeping(24, sessions=3).remove_old()
    assert ids(database, ada) == set()


def test_without_a_setting_nothing_goes_ever(
    database: Database, keeping: Keeping, log: ActivityLog, ada: UserRecord, clock: Clock, sessions: Sessions
) -> None:
    fill(log, "s1", 3)
    keeping(sessions=1).remove_old()
    keeping().remove_old()
    clock.move(days=10_000)
    keeping().remove_old()
    assert ids(database, ada) == {"s1"}
    found = sessions.get("s1")
    assert found is not None
    assert found.removed_at is None
    assert [(rule.what, rule.days) for rule in rules_of(database)] == [("sessions", None)]


def test_one_process_of_all_removes(
    database: Database, keeping: Keeping, log: ActivityLog, ada: UserRecord, clock: Clock
) -> None:
    fill(log, "s1", 3)
    clock.move(days=10)
    lock = database.lead("retention")
    assert lock is not None
    keeping(sessions=1).remove_old()
    assert ids(database, ada) == {"s1"}
    lock.release()
    keeping(sessions=1).remove_old()
    assert ids(database, ada) == set()


def test_a_turn_that_was_cut_off_is_told_and_goes_on(
    database: Database, keeping: Keeping, log: ActivityLog, ada: UserRecord, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for number in range(5):
        fill(log, f"s{number}", 3)
    clock.move(days=10)
    erase, erased = SessionDeletion._erase, list[int]()

    def killed(self: SessionDeletion, key: int) -> None:
        erased.append(key)
        if len(erased) == 3:
            raise KeyboardInterrupt
        erase(self, key)

    with monkeypatch.context() as patched:
        patched.setattr(SessionDeletion, "_erase", killed)
        with pytest.raises(KeyboardInterrupt):
            keeping(sessions=1).remove_old()
    assert told(database, ada) == [("old sessions removed", "2, older than 1 days")]
    SessionDeletion(database, log).finish()
    keeping(sessions=1).remove_old()
    assert ids(database, ada) == set()


def test_a_turn_ends_after_its_time_and_the_next_goes_on(
    database: Database, keeping: Keeping, log: ActivityLog, ada: UserRecord, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for number in range(3):
        fill(log, f"s{number}", 3)
    clock.move(days=10)
    with monkeypatch.context() as patched:
        patched.setattr(retention_module, "_SECONDS", 0.0)
        keeping(sessions=1).remove_old()
    assert len(ids(database, ada)) == 3
    keeping(sessions=1).remove_old()
    assert ids(database, ada) == set()


def test_emits_go_on_while_much_is_removed(
    database: Database, keeping: Keeping, log: ActivityLog, ada: UserRecord, clock: Clock
) -> None:
    """No append waits for more than a step of the removal."""
    for number in range(20):
        fill(log, f"s{number}", 500)
        Documents(database).add(f"s{number}", "a.txt", io.BytesIO(b"x" * 2_000_000))
    clock.move(days=10)
    fill(log, "live", 1)
    begun, ended, seconds = Event(), Event(), list[float]()

    def emit() -> None:
        while not ended.is_set():
            began = time.monotonic()
            log.append("live", [activity("live")])
            seconds.append(time.monotonic() - began)
            begun.set()

    emitter = Thread(target=emit)
    emitter.start()
    begun.wait()
    before = len(seconds)
    keeping(sessions=1).remove_old()
    during = seconds[before:]
    ended.set()
    emitter.join()
    assert ids(database, ada) == {"live"}
    assert len(during) > 20
    assert max(during) < 2.0
