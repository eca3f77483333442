"""What is left behind is tidied up, and nothing else."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from agents.checkpoints.checkpoints import open_checkpoints
from agents.processes import housekeeping
from agents.processes.housekeeping import Housekeeping
from tests.support.account import HASHED, SECRET_KEY
from tests.support.clock import Clock
from tests.support.events import fill
from utils.accounts.erasure import AccountErasure, Actor
from utils.accounts.error_log import ErrorLog
from utils.accounts.invitations import Invitations
from utils.accounts.kept_answers import KeptAnswer, KeptAnswers, keep_answer
from utils.accounts.password_links import PasswordLinks
from utils.accounts.principal import UserRecord
from utils.accounts.sign_in_attempts import Attempt, SignInAttempts
from utils.accounts.sign_ins import SignIns
from utils.accounts.spent_tokens import SpentTokens
from utils.accounts.users import add_user
from utils.bridge.positions import PublishedPositions
from utils.database.base import Database, DatabaseLostError
from utils.database.moment import now
from utils.database.tables import documents as documents_table
from utils.database.tables import traces as traces_table
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity, RunUpdate
from utils.mail.outbox import Outbox
from utils.notices.outbox import NoticeOutbox
from utils.registry.server_key import ServerKey
from utils.sessions.deletion import SessionDeletion
from utils.sessions.documents import Documents
from utils.sessions.messages import Messages
from utils.sessions.person_erasure import PersonErasure
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.retention import Retention
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import ASKED_BY_KAFKA, Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings
from utils.traces.trace import Trace, trace_json
from utils.traces.traces import Traces


@pytest.fixture
def keeping(settings: Settings, database: Database, log: ActivityLog) -> Callable[..., Housekeeping]:
    """That of a server which starts now, with settings as keywords."""

    def keeping(**changes: object) -> Housekeeping:
        changed = settings.model_copy(update=changes)
        return Housekeeping(
            changed, log, SessionDeletion(database, log), open_checkpoints(changed, database), Documents(database),
            Invitations(database), PasswordLinks(database), SignIns(database), SignInAttempts(database),
            SpentTokens(database), ErrorLog(database), KeptAnswers(database), Messages(database), Traces(database, log),
            ReportedRuns(database, log), Outbox(database, ServerKey(SECRET_KEY)),
            PersonErasure(database, SessionDeletion(database, log)),
            Retention(settings, database, SessionDeletion(database, log), Documents(database)),
            PublishedPositions(database, str(changes.get("kafka_events_topic", settings.kafka_events_topic))),
            NoticeOutbox(database),
        )  # fmt: skip

    return keeping


@pytest.fixture
def tidy(keeping: Callable[..., Housekeeping]) -> Callable[..., None]:
    """Tidies up once, with settings as keywords."""
    return lambda **changes: keeping(**changes).tidy()


def test_a_long_session_keeps_its_newest_events(tidy: Callable[..., None], log: ActivityLog) -> None:
    fill(log, "long", 60)
    fill(log, "short", 20)
    tidy(max_session_events=20)
    long, short = log.position("long"), log.position("short")
    assert long is not None
    assert short is not None
    assert (long.first, long.head) == (41, 60)
    assert [event.seq for event in log.read(long.key, 0)] == list(range(41, 61))
    assert (short.first, short.head) == (1, 20)


def test_a_long_session_keeps_what_kafka_has_not_got(
    tidy: Callable[..., None], log: ActivityLog, database: Database, settings: Settings
) -> None:
    for name in ("behind", "even", "never"):
        fill(log, name, 60)
    positions = {name: position for name in ("behind", "even", "never") if (position := log.position(name))}
    changes = {"max_session_events": 20, "kafka_bootstrap_servers": "kafka:9092"}

    def firsts() -> list[int]:
        return [position.first for name in positions if (position := log.position(name)) is not None]

    tidy(**changes)
    assert firsts() == [1, 1, 1]
    published = PublishedPositions(database, settings.kafka_events_topic)
    published.write({positions["behind"].key: 30, positions["even"].key: 60}, {0: 90})
    tidy(**changes, kafka_events_topic="another")
    assert firsts() == [1, 1, 1]
    tidy(**changes)
    assert firsts() == [31, 41, 1]
    tidy(max_session_events=20)
    assert firsts() == [41, 41, 41]


def test_the_words_of_steps_go_with_their_events(
    tidy: Callable[..., None], log: ActivityLog, database: Database, sessions: Sessions, messages: Messages
) -> None:
    """A search must not find for ever what an agent elsewhere did in a log that is never ended."""
    steps = [
        AgentActivity(session_id="long", activity_id=str(n), agent_name="Crew", action=f"Step {n}", status="completed")
        for n in range(60)
    ]
    said = RunUpdate(session_id="long", run_id="r", status="running", question="Why?")
    key = sessions.create("long").key
    ReportedRuns(database, log).append("long", key, [said, *steps])
    tidy(max_session_events=25)
    with database.read() as connection:
        left = connection.execute(text("SELECT content FROM messages WHERE role = 'step' ORDER BY key")).scalars().all()
    assert left == [f"Crew\nStep {n}" for n in range(35, 60)]
    assert [one.content for one in messages.page(key).items] == ["Why?"]


def test_without_a_limit_nothing_is_forgotten(tidy: Callable[..., None], log: ActivityLog) -> None:
    fill(log, "long", 60)
    tidy()
    position = log.position("long")
    assert position is not None
    assert (position.first, position.head) == (1, 60)


@pytest.mark.only_on("postgresql")
@pytest.mark.anyio
async def test_checkpoints_of_other_programs_stay_and_half_made_indexes_are_made_again(
    tidy: Callable[..., None], database: Database
) -> None:
    from agents.checkpoints.postgres_saver import Savers
    from utils.database.postgres import PostgresDatabase

    assert isinstance(database, PostgresDatabase)
    savers = Savers(database.conninfo, 1)
    await savers.open()
    with database.write() as connection:
        for thread in ("customer-42", "run-of-nobody"):
            values = {"thread": thread}
            connection.execute(
                text("INSERT INTO checkpoints (thread_id, checkpoint_id, checkpoint) VALUES (:thread, '1', '{}')"),
                values,
            )
        half = "WHERE indexrelid = 'checkpoints_thread_id_idx'::regclass"
        connection.execute(text(f"UPDATE pg_index SET indisvalid = false {half}"))
    tidy()
    await savers.open()
    await savers.close()
    with database.write() as connection:
        assert connection.execute(text("SELECT thread_id FROM checkpoints")).scalars().all() == ["customer-42"]
        assert connection.execute(text(f"SELECT indisvalid FROM pg_index {half}")).scalar() is True
        connection.execute(text("DELETE FROM checkpoints"))


def test_a_deletion_that_was_cut_off_is_finished(
    tidy: Callable[..., None], database: Database, log: ActivityLog
) -> None:
    fill(log, "gone", 10)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE sessions SET deleted_at = 1")
    tidy()
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sessions").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM events").scalar() == 0


@pytest.mark.only_on("sqlite")
def test_checkpoint_files_go_some_time_after_the_end_of_their_run(
    tidy: Callable[..., None], settings: Settings, run_queue: RunQueue, sessions: Sessions
) -> None:
    sessions.create("s")
    sessions.create("t")
    waiting, ended = run_queue.request("s", "Why?"), run_queue.request("t", "Why?")
    assert waiting
    assert ended
    run_queue.cancel(ended[1].id)
    folder = settings.data_path / "checkpoints"
    folder.mkdir()
    asked = run_queue.request("t", "Why?", run_id=f"{ASKED_BY_KAFKA}1")
    assert asked
    for name in (waiting[1].id, asked[1].id, ended[1].id, "run-unknown", f"{ASKED_BY_KAFKA}2"):
        (folder / f"{name}.db").touch()
        (folder / f"{name}.db-wal").touch()
    tidy()
    left = {waiting[1].id, asked[1].id, ended[1].id}
    assert {path.name.partition(".")[0] for path in folder.iterdir()} == left
    tidy(checkpoint_hours=0)
    assert {path.name.partition(".")[0] for path in folder.iterdir()} == left - {ended[1].id}


@pytest.mark.only_on("sqlite")
def test_what_a_run_kept_before_a_document_was_deleted_goes_when_it_ends(
    tidy: Callable[..., None], settings: Settings, database: Database, run_queue: RunQueue, sessions: Sessions,
    clock: Clock,
) -> None:  # fmt: skip
    sessions.create("s")
    document = Documents(database).add("s", "plan.txt", io.BytesIO(b"x"))
    before = [run_queue.request("s", "Why?") for _ in range(2)]
    clock.move(seconds=1)
    Documents(database).delete(document.id)
    clock.move(seconds=1)
    ids = [asked[1].id for asked in (*before, run_queue.request("s", "Why?")) if asked]
    folder, checkpoints = settings.data_path / "checkpoints", open_checkpoints(settings, database)
    folder.mkdir()
    for run_id in ids:
        (folder / f"{run_id}.db").touch()
    tidy()
    assert [checkpoints.has(run_id) for run_id in ids] == [True, True, True]  # they are yet to be answered
    for run_id in ids:
        run_queue.cancel(run_id)
    checkpoints.ended(ids[0])
    assert [checkpoints.has(run_id) for run_id in ids] == [False, True, True]
    tidy()
    assert [checkpoints.has(run_id) for run_id in ids] == [False, False, True]


def test_an_upload_or_a_deletion_that_was_cut_off_is_erased_and_one_in_progress_is_not(
    tidy: Callable[..., None], database: Database, sessions: Sessions
) -> None:
    sessions.create("s")
    documents = Documents(database)
    day = timedelta(days=1)
    for name, status, age in (
        ("read.txt", "read", 2 * day),
        ("cut-off.txt", "uploading", 2 * day),
        ("half-deleted.txt", "deleting", 2 * day),
        ("arriving.txt", "uploading", day // 2),
    ):
        record = documents.add("s", name, io.BytesIO(b"x"))
        with database.write() as connection:
            changed = {"status": status, "created_at": now() - age}
            connection.execute(update(documents_table).where(documents_table.c.id == record.id).values(**changed))
    tidy()
    with database.read() as connection:
        left = connection.exec_driver_sql("SELECT name FROM documents ORDER BY key").scalars().all()
        assert left == ["read.txt", "arriving.txt"]
        assert connection.exec_driver_sql("SELECT count(*) FROM document_chunks").scalar() == 2


@pytest.mark.only_on("postgresql")
@pytest.mark.anyio
async def test_checkpoint_rows_go_some_time_after_the_end_of_their_run(
    tidy: Callable[..., None], settings: Settings, database: Database, run_queue: RunQueue, sessions: Sessions
) -> None:
    tidy()  # before any agent process has made the tables
    sessions.create("s")
    sessions.create("t")
    waiting, ended = run_queue.request("s", "Why?"), run_queue.request("t", "Why?")
    assert waiting
    assert ended
    run_queue.cancel(ended[1].id)
    asked = run_queue.request("t", "Why?", run_id=f"{ASKED_BY_KAFKA}1")
    assert asked
    checkpoints = open_checkpoints(settings, database)
    await checkpoints.open()
    await checkpoints.close()
    rows = text(
        "INSERT INTO checkpoints (thread_id, checkpoint_id, checkpoint) SELECT id, '1', '{}' "
        "FROM unnest(CAST(:ids AS text[])) AS id"
    )
    ids = [waiting[1].id, asked[1].id, ended[1].id, "run-unknown", f"{ASKED_BY_KAFKA}2"]
    with database.write() as connection:
        connection.execute(rows, {"ids": ids})
    tidy()
    with database.read() as connection:
        left = connection.execute(text("SELECT thread_id FROM checkpoints")).scalars().all()
    assert set(left) == {waiting[1].id, asked[1].id, ended[1].id}
    tidy(checkpoint_runs=0)
    assert [checkpoints.has(run_id) for run_id in left] == [run_id != ended[1].id for run_id in left]
    for run_id in left:
        checkpoints.forget(run_id)
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM checkpoints")).scalar() == 0


@pytest.fixture
def program(database: Database, log: ActivityLog, sessions: Sessions, ada: UserRecord) -> Callable[[], list[str]]:
    """Two programs have spoken, one of them by a trace, and say no more: how their runs are."""
    session = sessions.create("s1", owner=ada)
    begun = RunUpdate(session_id="s1", run_id="crew-1", status="running")
    ReportedRuns(database, log).append("s1", session.key, [begun])
    with database.write() as connection:
        told = trace_json.dump_json(Trace("crew-2", status="open")).decode()
        row = {"user_key": ada.key, "trace_id": "crew-2", "session_key": session.key, "status": "open", "told": told}
        connection.execute(traces_table.insert().values(**row, seen_at=now()))
    ReportedRuns(database, log).append("s1", session.key, [begun.model_copy(update={"run_id": "crew-2"})])
    return lambda: [run.status for run in Runs(database).all_of(session.key)]


RUNNING, SILENT = ["running"] * 2, ["cancelled"] * 2


def test_a_run_whose_program_died_ends_after_the_time_that_is_set(
    keeping: Callable[..., Housekeeping], program: Callable[[], list[str]], clock: Clock
) -> None:
    patient, impatient = keeping(reported_run_silence_seconds=3600), keeping(reported_run_silence_seconds=1200)
    for _ in range(20):
        patient.tidy()
        impatient.tidy()
        assert program() == RUNNING
        clock.move(seconds=60)
    patient.tidy()
    assert program() == RUNNING
    impatient.tidy()
    clock.move(seconds=60)
    impatient.tidy()
    assert program() == SILENT


def test_programs_have_their_time_from_the_start_of_a_server_on(
    keeping: Callable[..., Housekeeping], program: Callable[[], list[str]], clock: Clock
) -> None:
    clock.move(days=1)
    started = keeping(reported_run_silence_seconds=600)
    for _ in range(10):
        started.tidy()
        assert program() == RUNNING
        clock.move(seconds=60)
    started.tidy()
    assert program() == SILENT


@pytest.mark.parametrize("gap", [{"days": 1}, {"seconds": 121}, {"days": -1}])
def test_programs_have_their_time_from_the_moment_on_when_a_machine_that_slept_wakes(
    keeping: Callable[..., Housekeeping], program: Callable[[], list[str]], clock: Clock, gap: dict[str, float]
) -> None:
    awake = keeping(reported_run_silence_seconds=600)
    for _ in range(9):
        clock.move(seconds=60)
        awake.tidy()
    clock.move(**gap)
    for _ in range(10):
        awake.tidy()
        assert program() == RUNNING
        clock.move(seconds=60)
    awake.tidy()
    assert program() == (RUNNING if gap == {"days": -1} else SILENT)


def test_programs_have_their_time_from_the_moment_on_when_the_database_is_back(
    keeping: Callable[..., Housekeeping], program: Callable[[], list[str]], clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    there = keeping(reported_run_silence_seconds=600)

    def away(_: object) -> None:
        raise DatabaseLostError("The database does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(SessionDeletion, "finish", away)
        for _ in range(20):
            clock.move(seconds=60)
            with pytest.raises(DatabaseLostError):
                there.tidy()
    for _ in range(10):
        there.tidy()
        assert program() == RUNNING
        clock.move(seconds=60)
    there.tidy()
    assert program() == SILENT


def test_an_erasure_that_has_begun_is_finished(tidy: Callable[..., None], database: Database, ada: UserRecord) -> None:
    with database.write() as connection:
        user = add_user(connection, ada.team_key, "max@example.org", "Max", "member", HASHED)
    AccountErasure(database).begin(ada.team_key, user.id, user.email, Actor("Ada"))
    tidy()
    assert AccountErasure(database).begun() == []


@pytest.mark.any_database
def test_a_database_that_is_away_is_told_in_a_line_and_waited_for(
    settings: Settings, database: Database, log: ActivityLog, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, deletion: SessionDeletion,
) -> None:  # fmt: skip
    monkeypatch.setattr(housekeeping, "_EVERY_SECONDS", 0.0)
    keeping = Housekeeping(
        settings, log, deletion, open_checkpoints(settings, database), Documents(database), Invitations(database),
        PasswordLinks(database), SignIns(database), SignInAttempts(database), SpentTokens(database),
        ErrorLog(database), KeptAnswers(database), Messages(database), Traces(database, log),
        ReportedRuns(database, log), Outbox(database, ServerKey(SECRET_KEY)), PersonErasure(database, deletion),
        Retention(settings, database, deletion, Documents(database)),
        PublishedPositions(database, settings.kafka_events_topic), NoticeOutbox(database),
    )  # fmt: skip

    def away() -> None:
        raise DatabaseLostError("The database does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(deletion, "finish", away)
        keeping.tidy_if_due()
        keeping.tidy_if_due()
    keeping.tidy_if_due()
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert all(record.exc_info is None for record in caplog.records)


@pytest.mark.any_database
def test_a_step_that_fails_is_told_and_keeps_no_other_from_its_work(
    tidy: Callable[..., None], database: Database, log: ActivityLog, ada: UserRecord,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    fill(log, "long", 60)
    SignIns(database).open(ada, "old")
    with database.write() as connection:
        connection.execute(text("UPDATE sign_ins SET expires_at = 1"))

    def fail(_: object) -> None:
        raise ValueError("something unforeseen")

    monkeypatch.setattr(SessionDeletion, "finish", fail)
    monkeypatch.setattr(Invitations, "forget_expired", fail)
    tidy(max_session_events=20)
    position = log.position("long")
    assert position is not None
    assert position.first == 41
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM sign_ins")).scalar() == 0
    told = [record.getMessage() for record in caplog.records if record.exc_info]
    assert [line.split(" failed")[0] for line in told] == [
        "The housekeeping of deleted sessions", "The housekeeping of invitations",
    ]  # fmt: skip


def test_what_let_people_in_and_has_expired_is_forgotten(
    tidy: Callable[..., None], database: Database, ada: UserRecord
) -> None:
    SignIns(database).open(ada, "old")
    SignIns(database).open(ada, "new")
    Invitations(database).set_up()
    PasswordLinks(database).make(ada.team_key, ada.id)
    SignInAttempts(database).begin(Attempt("ada@example.org", "192.0.2.1"))
    with database.write() as connection:
        connection.execute(text("UPDATE sign_ins SET expires_at = 1 WHERE browser = 'old'"))
        connection.execute(text("UPDATE invitations SET expires_at = 1"))
        connection.execute(text("UPDATE password_links SET expires_at = 1"))
        connection.execute(text("UPDATE sign_in_attempts SET at = 1"))
    tidy()
    with database.read() as connection:
        assert connection.execute(text("SELECT browser FROM sign_ins")).scalars().all() == ["new"]
        assert connection.execute(text("SELECT count(*) FROM invitations")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM password_links")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM sign_in_attempts")).scalar() == 0


def test_kept_answers_are_forgotten_after_a_day(
    tidy: Callable[..., None], database: Database, sessions: Sessions, clock: Clock
) -> None:
    session, kept = sessions.create("s1"), KeptAnswers(database)
    for name in ("old", "new"):
        with database.write() as connection:
            keep_answer(connection, KeptAnswer(name, "content", session.key, 201, "{}"))
        clock.move(hours=23)
    tidy()
    assert [kept.find(name) is not None for name in ("old", "new")] == [False, True]
