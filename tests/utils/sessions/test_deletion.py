"""Deletion: all that a session owns goes, in steps, and its id is free from the first one on."""

import io
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.events import activity, fill
from utils.accounts.error_log import ErrorLog
from utils.accounts.permits import Permit, Permits
from utils.accounts.principal import Grant, UserRecord
from utils.accounts.spectator_links import SpectatorLinks
from utils.database.base import Database
from utils.database.tables import metadata
from utils.feedback.feedback import Feedback
from utils.feedback.opinion import Subject
from utils.log.activity_log import ActivityLog
from utils.log.errors import StaleRunError
from utils.sessions.deletion import SessionDeletion
from utils.sessions.documents import DocumentError, Documents
from utils.sessions.passages import NewPassage, Passages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions
from utils.settings import Settings


def seqs(log: ActivityLog, session_id: str) -> list[int]:
    position = log.position(session_id)
    assert position is not None
    return [event.seq for event in log.read(position.key, 0, limit=1_000_000)]


def ids(sessions: Sessions, user: UserRecord, archived: bool = False) -> list[str]:
    return [session.id for session in sessions.page(user, archived=archived).items]


def ask(run_queue: RunQueue, session_id: str) -> RunRecord:
    requested = run_queue.request(session_id, "Why?")
    assert requested is not None
    return requested[1]


def claim(run_queue: RunQueue) -> RunRecord:
    run = run_queue.claim("host/1/a")
    assert run is not None
    return run


def test_delete_takes_everything_of_the_session(
    sessions: Sessions,
    runs: Runs,
    deletion: SessionDeletion,
    database: Database,
    settings: Settings,
    run_queue: RunQueue,
    log: ActivityLog,
    ada: UserRecord,
) -> None:
    documents, passages = Documents(database), Passages(database)
    for name in ("gone", "kept"):
        session = sessions.create(name, owner=ada)
        subject = Subject(name, session.key, ask(run_queue, name).id)
        opinions = Feedback(database)
        opinions.judge(subject, ada, "up")
        opinions.comment(subject, ada, "So it is.")
        path = settings.data_path / "a.txt"
        path.write_text("The engine was rebuilt.")
        with path.open("rb") as file:
            document = documents.add(name, "a.txt", file)
        passages.replace(document.id, [NewPassage("line 1", "The engine was rebuilt.")])
        documents.mark_read(document.id)
    assert len(passages.search("gone", ["engine"])) == 1
    assert deletion.delete("gone") is True
    assert deletion.delete("gone") is False
    assert sessions.get("gone") is None
    raw = database.connect()
    feedback = ("feedback", "judgements", "comments")
    for table in ("sessions", "events", "runs", "messages", "documents", "document_chunks", "passages", *feedback):
        assert raw.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,), table
    if database.dialect == "sqlite":
        raw.execute("INSERT INTO passage_index(passage_index) VALUES ('integrity-check')")
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    raw.close()
    assert len(passages.search("kept", ["engine"])) == 1
    assert passages.search("gone", ["engine"]) == []


def test_a_session_being_deleted_is_not_listed(
    sessions: Sessions, ada: UserRecord, log: ActivityLog, monkeypatch: pytest.MonkeyPatch, deletion: SessionDeletion
) -> None:
    sessions.create("s1")

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(log._store, "delete_events", cut_off)
        with pytest.raises(KeyboardInterrupt):
            deletion.delete("s1")
    assert ids(sessions, ada) == ids(sessions, ada, archived=True) == []
    assert sessions.get("s1") is None
    sessions.create("s1")
    deletion.finish()
    assert ids(sessions, ada) == ["s1"]


def test_what_belongs_to_a_session_being_deleted_is_not_found_under_the_new_one_of_its_id(
    database: Database, sessions: Sessions, runs: Runs, run_queue: RunQueue, log: ActivityLog,
    deletion: SessionDeletion, ada: UserRecord,
) -> None:  # fmt: skip
    """Until the last step, the rows of both are there."""
    documents, passages, links = Documents(database), Passages(database), SpectatorLinks(database)
    old = sessions.create("s1", owner=ada)
    run = ask(run_queue, "s1")
    document = documents.add("s1", "a.txt", io.BytesIO(b"The engine was rebuilt."))
    passages.replace(document.id, [NewPassage("line 1", "The engine was rebuilt.")])
    documents.mark_read(document.id)
    [hit] = passages.search("s1", ["engine"])
    _, secret = links.create(old.key, ada.key, timedelta(hours=1), False)
    deletion._hide("s1")
    new = sessions.create("s1", "Another")
    assert new.owner_key is None
    assert runs.get(run.id) is None
    assert run_queue.running() == runs.all_of(new.key) == documents.list("s1") == []
    assert passages.search("s1", ["engine"]) == []
    assert passages.get("s1", hit.id) is None
    with pytest.raises(DocumentError):
        documents.get(document.id)
    assert links.find(secret) is None
    permit = Permit(Grant("key", 1), old.key)
    assert Permits(database).ended([permit]) == {permit}
    ErrorLog(database).write("error", "code", "words", session_id="s1")
    [kept] = ErrorLog(database).page(ada).items
    assert (kept.user_id, kept.session_readable) == (None, True), "of the new one, which is nobody's own"
    assert log.append("s1", [activity()]).key == new.key
    log.trim_all(keep=0)
    assert [session.key for session in sessions.page(ada).items] == [new.key]
    assert sessions.change("s1", title="Changed") is not None
    deletion.finish()
    found = sessions.get("s1")
    assert found is not None
    assert (found.key, found.title) == (new.key, "Changed")


def test_no_table_keeps_a_row_of_a_deleted_session(
    database: Database, sessions: Sessions, deletion: SessionDeletion, run_queue: RunQueue, log: ActivityLog,
    ada: UserRecord,
) -> None:  # fmt: skip
    """More of each than one step takes."""
    key = sessions.create("s1", owner=ada, tags=["engine"]).key
    documents, passages = Documents(database), Passages(database)
    for _ in range(15):
        run_queue.cancel(ask(run_queue, "s1").id)
    document = documents.add("s1", "a.txt", io.BytesIO(b"x" * 20 * 256 * 1024))
    passages.replace(document.id, [NewPassage("line 1", "engine")] * 50)
    SpectatorLinks(database).create(key, ada.key, timedelta(hours=1), False)
    owned = [table for table in metadata.sorted_tables if "session_key" in table.c]
    assert {table.name for table in owned} >= {"events", "messages", "session_tags", "spectator_links"}
    assert deletion.delete("s1") is True
    with database.read() as connection:
        for table in (*owned, metadata.tables["document_chunks"]):
            assert connection.execute(select(table)).all() == [], table.name


def test_a_deletion_cut_off_half_way_does_not_stop_the_runs_of_other_sessions(
    run_queue: RunQueue, sessions: Sessions, deletion: SessionDeletion, log: ActivityLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The process that deletes may be killed between its steps."""
    for name in ("s1", "s2"):
        sessions.create(name)
    ask(run_queue, "s1")

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(log._store, "delete_events", killed)
    with pytest.raises(Killed):
        deletion.delete("s1")
    other = ask(run_queue, "s2")
    assert claim(run_queue).id == other.id


def test_the_runs_of_a_session_end_with_the_first_step_of_its_deletion(
    run_queue: RunQueue, sessions: Sessions, deletion: SessionDeletion, log: ActivityLog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Whoever takes back lost runs must not stumble over one whose session is being deleted."""
    sessions.create("s1")
    ask(run_queue, "s1")
    run = claim(run_queue)
    seen: list[list[RunRecord]] = []
    monkeypatch.setattr(log._store, "delete_events", lambda *_: seen.append(run_queue.running()))
    deletion.delete("s1")
    assert seen == [[]]
    with pytest.raises(StaleRunError):
        run_queue.beat(run)
    assert run_queue.take_back(run, max_losses=3) is False


def test_a_deletion_that_is_cut_off_in_its_first_step_has_not_begun(
    sessions: Sessions, run_queue: RunQueue, runs: Runs, deletion: SessionDeletion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that is still there has its runs."""
    sessions.create("s")
    run = ask(run_queue, "s")

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("utils.sessions.deletion.remember", cut_off)
        with pytest.raises(KeyboardInterrupt):
            deletion.delete("s")
    assert sessions.ownership("s") is not None
    assert runs.get(run.id) == run
    assert deletion.delete("s")
    assert runs.get(run.id) is None


# The log


def test_delete_takes_all_of_the_session_and_nothing_else(
    log: ActivityLog, database: Database, deletion: SessionDeletion
) -> None:
    fill(log, "s1", 30)
    fill(log, "s2", 3)
    position = log.position("s1")
    assert position is not None
    deletion.delete("s1")
    assert log.position("s1") is None
    assert log.read(position.key, 0) == []
    assert seqs(log, "s2") == [1, 2, 3]
    deletion.delete("s1")


def test_a_session_made_anew_has_a_key_never_used_before(log: ActivityLog, deletion: SessionDeletion) -> None:
    """Whoever still knows the deleted one by its key must not take the new one for it."""
    fill(log, "s1", 3)
    old = log.position("s1")
    deletion.delete("s1")
    fill(log, "s1", 1)
    new = log.position("s1")
    assert old is not None
    assert new is not None
    assert new.key > old.key


@pytest.mark.parametrize("by", ["emitting", "creating"])
def test_a_session_made_anew_has_no_seq_that_a_cursor_of_the_deleted_one_could_mean(
    log: ActivityLog, sessions: Sessions, by: str, deletion: SessionDeletion
) -> None:
    """A cursor of the old log is at most its head, 3; the first that a log going on at 5 can honour is 4."""
    fill(log, "s1", 3)
    deletion.delete("s1")
    if by == "creating":
        sessions.create("s1")
        empty = log.position("s1")
        assert empty is not None
        assert (empty.first, empty.head) == (5, 4)
    assert log.append("s1", [activity()] * 2).head == 6
    assert seqs(log, "s1") == [5, 6]
    deletion.delete("s1")
    assert log.append("s1", [activity()]).head == 8


def test_a_session_that_never_said_anything_leaves_no_number_behind(
    log: ActivityLog, sessions: Sessions, deletion: SessionDeletion
) -> None:
    sessions.create("s1")
    deletion.delete("s1")
    assert log.append("s1", [activity()]).head == 1


def test_appends_during_a_delete_go_to_a_new_session(log: ActivityLog, deletion: SessionDeletion) -> None:
    fill(log, "s1", 200)
    stop, made = threading.Event(), []

    def emit() -> None:
        while not stop.is_set():
            made.append(log.append("s1", [activity()]))

    writer = threading.Thread(target=emit)
    writer.start()
    try:
        for _ in range(5):
            deletion.delete("s1")
    finally:
        stop.set()
        writer.join()
    log.append("s1", [activity()])
    stored, position = seqs(log, "s1"), log.position("s1")
    assert position is not None
    assert stored == list(range(position.first, position.head + 1))
