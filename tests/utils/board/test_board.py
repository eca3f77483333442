"""The board: what readers have converges to what is, whatever rings are lost and wherever they come back."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from tests.support.account import HASHED
from tests.support.board import Seen
from tests.support.streams import Streams
from tests.support.usages import ended, took
from tests.support.waiting import wait_until
from utils.accounts.principal import Reader, UserRecord
from utils.accounts.users import add_team, add_user
from utils.board import board as board_module
from utils.board import state
from utils.board.board import NowBoard
from utils.database.base import Database
from utils.database.moment import now
from utils.database.tables import findings
from utils.database.tables import runs as runs_table
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity, RunUpdate, Usage
from utils.sessions.approval import NewApproval, Question
from utils.sessions.approvals import Approvals
from utils.sessions.deletion import SessionDeletion
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions
from utils.spending.bookkeeping import Bookkeeping
from utils.spending.budget import NewBudget, Scope
from utils.spending.budget_rows import Place, note_told
from utils.spending.budgets import Budgets
from utils.spending.price import NewPrice
from utils.spending.prices import Prices

Open = Callable[[], Streams]


@pytest.fixture
def max_(database: Database, ada: UserRecord) -> UserRecord:
    """A colleague."""
    with database.write() as connection:
        return add_user(connection, ada.team_key, "max@example.org", "Max", "member", HASHED)


@pytest.fixture
def stranger(database: Database) -> UserRecord:
    """The administrator of another team."""
    with database.write() as connection:
        team = add_team(connection, "Pier")
        return add_user(connection, team.key, "pia@example.org", "Pia", "administrator", HASHED)


@pytest.fixture(params=["loop", "generator"])
def open_streams(
    request: pytest.FixtureRequest, database: Database, log: ActivityLog, doorbell: Doorbell
) -> Iterator[Open]:
    """Each call: the streams of another process."""
    with ExitStack() as stack:

        def open_streams() -> Streams:
            board = NowBoard(database, log, doorbell)
            stack.callback(board.close)
            made = Streams(doorbell, log, request.param, 0.3, board=board)
            stack.callback(made.close)
            return made

        yield open_streams


@pytest.fixture
def streams(open_streams: Open) -> Streams:
    return open_streams()


def reader_of(user: UserRecord) -> Reader:
    return Reader(user.team_key, user.key)


def step(session_id: str, run_id: str | None, name: str, status: str, **given: Any) -> AgentActivity:
    return AgentActivity(
        session_id=session_id, run_id=run_id, activity_id=name, agent_name="Lookout", action=name, status=status,
        **given,
    )  # fmt: skip


def test_a_run_is_told_from_its_question_to_its_end(
    streams: Streams, sessions: Sessions, run_queue: RunQueue, log: ActivityLog, ada: UserRecord
) -> None:
    sessions.create("s1", "Winter berths", ada)
    asked = run_queue.request("s1", "Is the harbour clear?")
    assert asked is not None
    run_id = asked[1].id
    seen, stream = Seen(), streams.watch_board(reader_of(ada))
    seen.until_ready(stream)
    [row] = seen.rows.values()
    assert (row["row_id"], row["status"], row["session_title"], row["owner_id"]) == (
        f"s1/{run_id}", "queued", "Winter berths", ada.id,
    )  # fmt: skip
    run = run_queue.claim("process-1")
    assert run is not None
    row_id = f"s1/{run_id}"
    seen.until(stream, lambda s: s.rows[row_id]["status"] == "running")
    log.append("s1", [step("s1", run_id, "Look around", "started"), step("s1", run_id, "Read the log", "started")])
    seen.until(stream, lambda s: s.rows[row_id].get("step", {}).get("action") == "Read the log")
    usage = Usage(model="m", input_tokens=120, output_tokens=30)
    log.append("s1", [step("s1", run_id, "Read the log", "completed", usage=usage)])
    seen.until(stream, lambda s: s.rows[row_id]["step"]["action"] == "Look around")
    assert (seen.rows[row_id]["input_tokens"], seen.rows[row_id]["output_tokens"]) == (120, 30)
    run_queue.finish(run, "completed")
    seen.until(stream, lambda s: s.rows[row_id]["status"] == "completed")
    assert "step" not in seen.rows[row_id]


def test_what_a_run_costs_is_told_in_the_currency_with_the_most_of_it(
    database: Database, streams: Streams, sessions: Sessions, run_queue: RunQueue, log: ActivityLog, ada: UserRecord
) -> None:
    priced = [NewPrice(model, currency, 1_000_000, 2_000_000) for model, currency in (("m", "EUR"), ("small", "USD"))]
    Prices(database).add(ada.team_key, priced)
    sessions.create("s1", "Winter berths", ada)
    asked = run_queue.request("s1", "Is the harbour clear?")
    assert asked is not None
    run_id = asked[1].id
    seen, stream = Seen(), streams.watch_board(reader_of(ada))
    seen.until_ready(stream)
    row_id, books = f"s1/{run_id}", Bookkeeping(database)
    assert "cost" not in seen.rows[row_id]
    used = [took(30, model="small"), took(100, 10), took(5, model="unpriced")]
    log.append("s1", [ended(f"step-{at}", "s1", run_id, usage=usage) for at, usage in enumerate(used)])
    books.settle_all()
    seen.until(stream, lambda s: (s.rows[row_id].get("cost"), s.rows[row_id].get("currency")) == (120, "EUR"))
    sessions.create("s2", "Summer berths", ada)
    log.append("s2", [ended("step", "s2", usage=took(7))])
    books.settle_all()
    seen.until(stream, lambda s: s.rows.get("s2/", {}).get("cost") == 7)


def test_steps_without_a_run_are_a_row_of_their_session(streams: Streams, log: ActivityLog, ada: UserRecord) -> None:
    log.append("s1", [step("s1", None, "Look around", "started")])
    seen, stream = Seen(), streams.watch_board(reader_of(ada))
    seen.until(stream, lambda s: s.rows)
    [row] = seen.rows.values()
    assert (row["row_id"], row["status"], "run_id" in row, row["agent_name"]) == ("s1/", "running", False, "Lookout")
    log.append("s1", [step("s1", None, "Look around", "failed")])
    seen.until(stream, lambda s: s.rows["s1/"]["status"] == "failed")
    log.append("s2", [step("s2", None, "Look around", "started")])
    seen.until(stream, lambda s: "s2/" in s.rows)


def test_a_run_of_a_program_elsewhere_and_its_questions_to_people(
    streams: Streams,
    sessions: Sessions,
    database: Database,
    log: ActivityLog,
    approvals: Approvals,
    ada: UserRecord,
    max_: UserRecord,
) -> None:
    session = sessions.create("s1", "Winter berths", ada)
    reported = ReportedRuns(database, log)
    seen, stream = Seen(), streams.watch_board(reader_of(ada))
    reported.append("s1", session.key, [RunUpdate(session_id="s1", run_id="crew-1", status="running")])
    seen.until(stream, lambda s: s.rows)
    assert seen.rows["s1/crew-1"]["reported"]
    question = Question("Pay the fee", "Shall it be paid?")
    approvals.ask("s1", session.key, NewApproval("a1", "Purser", question, "crew-1"))
    seen.until(stream, lambda s: s.rows["s1/crew-1"]["approvals"] == 1)
    assert seen.rows["s1/crew-1"]["waits_for"] == [{"id": ada.id, "name": "Ada"}]
    for_max = Question("Pay the fee", "Is it too much?", deciders=[max_.id])
    approvals.ask("s1", session.key, NewApproval("a2", "Purser", for_max, "crew-1"))
    seen.until(stream, lambda s: s.rows["s1/crew-1"]["approvals"] == 2)
    assert [who["name"] for who in seen.rows["s1/crew-1"]["waits_for"]] == ["Ada", "Max"]


def test_a_run_that_looks_stuck_is_told_with_the_sentence_until_it_moves_on(
    streams: Streams, sessions: Sessions, database: Database, run_queue: RunQueue, ada: UserRecord
) -> None:
    session, asked = sessions.create("s1", "Winter berths", ada), run_queue.request("s1", "Where is the tide?")
    assert asked is not None
    seen, stream = Seen(), streams.watch_board(reader_of(ada))
    seen.until(stream, lambda s: s.rows)
    row_id, found = f"s1/{asked[1].id}", "Called search(“tide”) 4 times with the same answer."
    with database.write() as connection:
        connection.execute(
            insert(findings).values(
                id="f",
                session_key=session.key,
                run_id=asked[1].id,
                code="repeats",
                sentence=found,
                evidence=[],
                found_at=now(),
            )
        )
    seen.until(stream, lambda s: s.rows[row_id].get("finding") == found)
    with database.write() as connection:
        connection.execute(update(findings).values(over_at=now()))
    seen.until(stream, lambda s: "finding" not in s.rows[row_id])


@pytest.mark.parametrize("scope", ["run", "session", "team"])
def test_a_run_that_has_used_up_a_budget_of_its_own_is_marked_while_that_stands(
    streams: Streams, sessions: Sessions, database: Database, run_queue: RunQueue, ada: UserRecord, scope: Scope
) -> None:
    session, asked = sessions.create("s1", "Winter berths", ada), run_queue.request("s1", "Where is the tide?")
    assert asked is not None
    sessions.create("s2", "Another", ada)
    other = run_queue.request("s2", "Where is the tide?")
    assert other is not None
    kept = Budgets(database)
    budget = kept.add(ada.team_key, NewBudget(scope, None, "day", "tokens", None, 10, hard=False))
    subject = {"run": asked[1].key, "session": session.key, "team": ada.team_key}[scope]
    with database.write() as connection:
        assert note_told(connection, Place(budget.key, subject, f"{now():%Y-%m-%d}"), "passed")
    seen, stream = Seen(), streams.watch_board(reader_of(ada))
    seen.until_ready(stream)
    marked = {one["session_id"] for one in seen.rows.values() if one["over_budget"]}
    assert marked == (set() if scope == "team" else {"s1"}), "a team's marks none of its runs more than the others"
    kept.remove(ada.team_key, budget.id)
    run_queue.request("s2", "And the wind?")  # Whatever happens next, they are read anew.
    seen.until(stream, lambda s: not any(one["over_budget"] for one in s.rows.values()))


def test_nobody_is_told_of_what_they_may_not_see(
    streams: Streams, sessions: Sessions, run_queue: RunQueue, log: ActivityLog,
    ada: UserRecord, max_: UserRecord, stranger: UserRecord,
) -> None:  # fmt: skip
    sessions.create("private", "Secret herring", ada)
    sessions.create("shared", "Open water", ada)
    sessions.change("shared", shared=True)
    runs = {}
    for session_id in ("private", "shared"):
        asked = run_queue.request(session_id, "Herring?")
        assert asked is not None
        runs[session_id] = asked[1].id
    watching = {user.name: (Seen(), streams.watch_board(reader_of(user))) for user in (ada, max_, stranger)}
    for seen, stream in watching.values():
        seen.until_ready(stream)
    assert {name: seen.titles() for name, (seen, _) in watching.items()} == {
        "Ada": {"Secret herring", "Open water"}, "Max": {"Open water"}, "Pia": set(),
    }  # fmt: skip
    log.append("private", [step("private", runs["private"], "herring step", "started")])
    log.append("shared", [step("shared", runs["shared"], "open step", "started")])
    for name in ("Ada", "Max"):
        seen, stream = watching[name]
        seen.until(stream, lambda s: any(row.get("step") for row in s.rows.values() if row["session_id"] == "shared"))
    sessions.change("shared", shared=False)
    seen, stream = watching["Max"]
    seen.until(stream, lambda s: not s.rows)
    log.append("shared", [step("shared", runs["shared"], "herring again", "started")])
    seen, stream = watching["Ada"]
    seen.until(stream, lambda s: any("again" in str(row.get("step")) for row in s.rows.values()))
    for name in ("Max", "Pia"):
        stream = watching[name][1]
        stream.read_some(0.5)
        assert b"erring" not in stream.received, name
        assert runs["private"].encode() not in stream.received, name
        assert stream.received.count(b"event: nowGone") == (1 if name == "Max" else 0), name
    sessions.change("shared", shared=True)
    seen, stream = watching["Max"]
    seen.until(stream, lambda s: s.titles() == {"Open water"})


def test_a_deleted_session_is_gone(
    streams: Streams, sessions: Sessions, run_queue: RunQueue, deletion: SessionDeletion, ada: UserRecord
) -> None:
    sessions.create("s1", "Winter berths", ada)
    run_queue.request("s1", "Is the harbour clear?")
    seen, stream = Seen(), streams.watch_board(reader_of(ada))
    seen.until(stream, lambda s: s.rows)
    deletion.delete("s1")
    seen.until(stream, lambda s: not s.rows)


def test_what_ended_a_while_ago_is_not_told(
    streams: Streams, sessions: Sessions, run_queue: RunQueue, database: Database, ada: UserRecord
) -> None:
    for name in ("s1", "s2"):
        sessions.create(name, name, ada)
        asked = run_queue.request(name, "Is the harbour clear?")
        assert asked is not None
        run_queue.cancel(asked[1].id)
    with database.write() as connection:
        connection.execute(
            update(runs_table)
            .where(runs_table.c.id == asked[1].id)
            .values(finished_at=now() - timedelta(minutes=15, seconds=-2))
        )
    seen, stream = Seen(), streams.watch_board(reader_of(ada))
    seen.until_ready(stream)
    assert seen.titles() == {"s1", "s2"}
    seen.until(stream, lambda s: s.titles() == {"s1"})


def test_who_comes_back_to_the_same_process_gets_what_has_changed(
    streams: Streams, sessions: Sessions, run_queue: RunQueue, deletion: SessionDeletion, ada: UserRecord
) -> None:
    for name in ("s1", "s2", "s3"):
        sessions.create(name, name, ada)
        run_queue.request(name, "Is the harbour clear?")
    stays, other = Seen(), streams.watch_board(reader_of(ada))
    stays.until_ready(other)
    seen, stream = Seen(), streams.watch_board(reader_of(ada))
    seen.until_ready(stream)
    stream.leave()
    deletion.delete("s1")
    sessions.create("s4", "s4", ada)
    run_queue.request("s4", "Is the harbour clear?")
    stays.until(other, lambda s: s.titles() == {"s2", "s3", "s4"})
    again = streams.watch_board(reader_of(ada), seen.last_event_id)
    seen.until(again, lambda s: s.titles() == {"s2", "s3", "s4"})
    assert b"event: reset" not in again.received
    assert again.received.count(b"event: nowRow") <= 2, "the last row that it had, and the one that is new"


def test_who_comes_back_elsewhere_begins_anew_and_forgets_what_is_gone(
    open_streams: Open, sessions: Sessions, run_queue: RunQueue, deletion: SessionDeletion, ada: UserRecord
) -> None:
    first, second = open_streams(), open_streams()
    for name in ("s1", "s2"):
        sessions.create(name, name, ada)
        run_queue.request(name, "Is the harbour clear?")
    seen, stream = Seen(), first.watch_board(reader_of(ada))
    seen.until_ready(stream)
    stream.leave()
    deletion.delete("s1")
    again = second.watch_board(reader_of(ada), seen.last_event_id)
    seen.until(again, lambda s: s.ready and s.titles() == {"s2"})
    assert again.received.count(b"event: reset") == 1


@pytest.mark.parametrize("lost", ["1", "x-1", "-", "é", "9" * 100])
@pytest.mark.any_database
def test_a_cursor_of_nobodys_begins_anew(streams: Streams, ada: UserRecord, lost: str) -> None:
    seen, stream = Seen(), streams.watch_board(reader_of(ada), lost)
    seen.until_ready(stream)
    assert stream.received.count(b"event: reset") == 1


def test_lost_rings_are_made_up_for(
    streams: Streams, sessions: Sessions, run_queue: RunQueue, log: ActivityLog, doorbell: Doorbell, ada: UserRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    sessions.create("s1", "s1", ada)
    asked = run_queue.request("s1", "Is the harbour clear?")
    assert asked is not None
    seen, stream = Seen(), streams.watch_board(reader_of(ada))
    seen.until_ready(stream)
    with monkeypatch.context() as patch:
        patch.setattr(type(doorbell), "ring", lambda *_: None)
        log.append("s1", [step("s1", asked[1].id, "Unheard", "started")])
        run_queue.claim("process-1")
        sessions.create("s2", "s2", ada)
        run_queue.request("s2", "Is the harbour clear?")
    seen.until(
        stream,
        lambda s: (
            s.rows[f"s1/{asked[1].id}"].get("step", {}).get("action") == "Unheard"
            and s.rows[f"s1/{asked[1].id}"]["status"] == "running"
            and s.titles() == {"s1", "s2"}
        ),
    )
    log.append("s1", [step("s1", asked[1].id, "Heard", "started")])
    seen.until(stream, lambda s: s.rows[f"s1/{asked[1].id}"]["step"]["action"] == "Heard")


@pytest.mark.only_on("sqlite")
def test_a_busy_run_is_told_four_times_a_second_and_its_end_at_once(
    streams: Streams, sessions: Sessions, run_queue: RunQueue, log: ActivityLog, ada: UserRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(state, "_TOLD_EVERY_SECONDS", 600)
    sessions.create("s1", "s1", ada)
    run_queue.request("s1", "Is the harbour clear?")
    run = run_queue.claim("process-1")
    assert run is not None
    seen, stream = Seen(), streams.watch_board(reader_of(ada))
    seen.until_ready(stream)
    seen.until(stream, lambda s: s.rows[f"s1/{run.id}"]["status"] == "running")
    rows = stream.received.count(b"event: nowRow")
    for number in range(50):
        log.append("s1", [step("s1", run.id, f"step {number}", "started")])
    run_queue.finish(run, "completed")
    seen.until(stream, lambda s: s.rows[f"s1/{run.id}"]["status"] == "completed")
    assert stream.received.count(b"event: nowRow") - rows <= 2


@pytest.mark.any_database
def test_a_reader_that_stalls_gets_each_row_as_it_is_in_the_end(
    streams: Streams, sessions: Sessions, run_queue: RunQueue, log: ActivityLog, ada: UserRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(state, "_TOLD_EVERY_SECONDS", 0)
    runs = []
    for number in range(20):
        sessions.create(f"s{number}", f"s{number}", ada)
        asked = run_queue.request(f"s{number}", "Is the harbour clear?")
        assert asked is not None
        runs.append(asked[1].id)
    stays, other = Seen(), streams.watch_board(reader_of(ada))
    stays.until_ready(other)
    stalled = streams.watch_board(reader_of(ada), buffers=2048)
    for turn in range(20):
        for number, run_id in enumerate(runs):
            log.append(f"s{number}", [step(f"s{number}", run_id, f"step {turn} " + "x" * 150, "started")])
        stays.until(
            other, lambda s, at=turn: all(f"step {at} " in str(r.get("step")) for r in s.rows.values()), seconds=20
        )
    seen = Seen()
    seen.until(stalled, lambda s: s.ready and s.rows == stays.rows, seconds=30)
    if streams.loop is not None:
        assert stalled.received.count(b"event: nowRow") < 350, "of four hundred that the other one got"


@pytest.mark.parametrize("before", [1, 40, 200], ids="{} bytes before".format)
def test_a_reader_whose_socket_is_full_just_before_the_end_of_the_rows_is_told_of_it(
    streams: Streams, sessions: Sessions, run_queue: RunQueue, ada: UserRecord,
    monkeypatch: pytest.MonkeyPatch, before: int,
) -> None:  # fmt: skip
    sessions.create("s1", "s1", ada)
    run_queue.request("s1", "Is the harbour clear?")
    write, cuts = os.write, []

    def write_cut(fd: int, data: bytes) -> int:
        at = data.find(b"event: nowReady")
        if at < 0 or cuts:
            return write(fd, data)
        cuts.append(at)
        return write(fd, data[: data.rfind(b"id: ", 0, at) - before])

    monkeypatch.setattr(os, "write", write_cut)
    Seen().until_ready(streams.watch_board(reader_of(ada)))
    assert bool(cuts) == (streams.loop is not None), "the generator's server writes by itself"


@pytest.mark.any_database
def test_the_board_rests_when_nobody_has_watched_for_a_while(
    database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_module, "_LINGER_SECONDS", 0.1)
    board = NowBoard(database, log, doorbell)
    streams = Streams(doorbell, log, "loop", 0.2, board=board)
    seen, stream = Seen(), streams.watch_board(reader_of(ada))
    seen.until_ready(stream)
    stream.leave()
    wait_until(lambda: board._thread is None, 10, "the board's rest")
    back, again = Seen(), streams.watch_board(reader_of(ada), seen.last_event_id)
    back.until_ready(again)
    assert again.received.count(b"event: reset") == 1, "it numbers its rows anew"
    streams.close()
    board.close()
