"""Sessions: made, found, changed, listed, deleted."""

import pytest
from sqlalchemy import event, text

from tests.support.events import activity
from tests.support.plans import plan_of
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_team, add_user
from utils.database.base import Database
from utils.database.paging import encode_cursor
from utils.log.activity_log import ActivityLog
from utils.sessions.run_queue import RunQueue
from utils.sessions.search_query import SearchQuery
from utils.sessions.sessions import UNTITLED, SessionExistsError, Sessions, title_from


def ids(sessions: Sessions, ada: UserRecord, **named: object) -> list[str]:
    """All pages, one after the other, two at a time."""
    seen, cursor = [], None
    if "query" in named:
        named["query"] = SearchQuery.parse(str(named["query"]))
    while True:
        page = sessions.page(ada, cursor=cursor, limit=2, **named)  # type: ignore[arg-type]
        seen += [session.id for session in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return seen


def touch(database: Database, session_id: str, moment: int) -> None:
    with database.write() as connection:
        moved = text("UPDATE sessions SET updated_at = :moment WHERE id = :id")
        connection.execute(moved, {"moment": moment, "id": session_id})


def test_a_session_has_an_id_a_title_and_an_empty_log(sessions: Sessions, log: ActivityLog) -> None:
    session = sessions.create()
    assert session.id.startswith("session-")
    assert (session.title, session.archived, session.head, session.last_run) == (UNTITLED, False, 0, None)
    assert sessions.get(session.id) == session
    position = log.position(session.id)
    assert position is not None
    assert (position.key, position.first, position.head) == (session.key, 1, 0)


def test_an_id_is_given_once(sessions: Sessions) -> None:
    sessions.create("mine", "Title")
    with pytest.raises(SessionExistsError):
        sessions.create("mine")
    found = sessions.get("mine")
    assert found is not None
    assert found.title == "Title"
    assert sessions.get("other") is None


def test_a_session_made_by_emitting_can_be_listed_and_found(
    sessions: Sessions, ada: UserRecord, log: ActivityLog
) -> None:
    log.append("session-123", [activity("session-123")])
    found = sessions.get("session-123")
    assert found is not None
    assert (found.head, found.title) == (1, "session-123")
    assert ids(sessions, ada) == ["session-123"]


def test_the_newest_run_comes_with_its_session(sessions: Sessions, ada: UserRecord, run_queue: RunQueue) -> None:
    sessions.create("s1")
    run_queue.request("s1", "first")
    run_queue.request("s1", "second")
    found = sessions.get("s1")
    assert found is not None
    assert found.last_run is not None
    assert found.last_run.question == "second"
    assert sessions.page(ada).items[0].last_run == found.last_run


def test_pages_go_by_newest_activity_and_meet_without_gap_or_double(
    sessions: Sessions, ada: UserRecord, database: Database
) -> None:
    for number in range(7):
        sessions.create(f"s{number}")
        touch(database, f"s{number}", 100 + number // 3)  # several in the same millisecond
    assert ids(sessions, ada) == ["s6", "s5", "s4", "s3", "s2", "s1", "s0"]


def test_an_event_brings_its_session_to_the_top(
    sessions: Sessions, ada: UserRecord, log: ActivityLog, database: Database
) -> None:
    for name in ("a", "b"):
        sessions.create(name)
        touch(database, name, 1)
    log.append("a", [activity("a")])
    assert ids(sessions, ada) == ["a", "b"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("harbour", ["a"]),
        ("HARBOUR", ["a"]),
        ("engine", ["b"]),
        ("100%", ["c"]),
        ("%", ["c"]),
        ("_", ["d"]),
        ("\\", ["e"]),
        ("nothing like it", []),
        ("", ["e", "d", "c", "b", "a"]),
    ],
)
def test_a_search_looks_in_titles_and_questions_and_takes_every_letter_as_it_is(
    sessions: Sessions, ada: UserRecord, run_queue: RunQueue, database: Database, query: str, found: list[str]
) -> None:
    for name, title in [
        ("a", "The Harbour"),
        ("b", "B"),
        ("c", "100% sure"),
        ("d", "snake_case"),
        ("e", "back\\slash"),
    ]:
        sessions.create(name, title)
    run_queue.request("b", "Who rebuilt the engine?")
    for moment, name in enumerate("abcde"):
        touch(database, name, moment)
    assert ids(sessions, ada, query=query) == found


def test_archived_sessions_are_listed_apart(sessions: Sessions, ada: UserRecord) -> None:
    sessions.create("kept")
    sessions.create("away")
    changed = sessions.change("away", archived=True)
    assert changed is not None
    assert changed[0].archived is True
    assert ids(sessions, ada) == ["kept"]
    assert ids(sessions, ada, archived=True) == ["away"]
    sessions.change("away", archived=False)
    assert sorted(ids(sessions, ada)) == ["away", "kept"]


def test_a_change_leaves_alone_what_it_does_not_name(sessions: Sessions) -> None:
    sessions.create("s1", "Old")
    sessions.change("s1", archived=True)
    changed = sessions.change("s1", title="New")
    assert changed is not None
    assert (changed[0].title, changed[0].archived) == ("New", True)
    assert sessions.change("nowhere", title="x") is None


def test_a_title_is_the_beginning_of_the_question() -> None:
    assert title_from("  Who\n rebuilt   it? ") == "Who rebuilt it?"
    long = title_from("word " * 100)
    assert long.endswith("word…")
    assert len(long) <= 81
    assert len(title_from("x" * 500)) <= 81


def test_a_page_with_the_agents_of_its_sessions_is_one_question_to_the_database(
    sessions: Sessions, ada: UserRecord, database: Database
) -> None:
    for number in range(5):
        sessions.create(f"s{number}", owner=ada)
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    page = sessions.page(ada)
    assert [session.agent.name for session in page.items] == ["Document agents"] * 5
    assert len([one for one in asked if "FROM" in one]) == 1
    assert "a.avatar," not in str(asked)


@pytest.mark.only_on("sqlite")
@pytest.mark.parametrize("cursor", [None, encode_cursor(1, 1)])
def test_a_page_is_read_in_the_order_of_its_indexes(
    sessions: Sessions, ada: UserRecord, database: Database, cursor: str | None
) -> None:
    """All that one may see is not sorted for it: only the two pages that it is made of."""
    plan = plan_of(database, lambda: sessions.page(ada, cursor=cursor))
    for index in ("sessions_shared", "sessions_own"):
        [at] = [n for n, step in enumerate(plan) if step.startswith(f"SEARCH s USING INDEX {index} ")]
        assert plan[at - 1].startswith("CO-ROUTINE")
        assert plan[at + 1].startswith("SCAN anon"), "it is not sorted within the coroutine"
    assert not [step for step in plan if step.startswith("SCAN") and not step.startswith("SCAN anon")], plan


def test_a_page_has_what_the_team_shares_and_what_is_ones_own_in_one_order(
    sessions: Sessions, ada: UserRecord, database: Database
) -> None:
    with database.write() as connection:
        eve = add_user(connection, ada.team_key, "eve@example.org", "Eve", "member", "hash")
        stranger = add_user(connection, add_team(connection, "Lock").key, "bob@example.org", "Bob", "member", "hash")
    for number, owner in enumerate([ada, eve, None, ada, eve, None, ada, eve, stranger]):
        sessions.create(f"s{number}", owner=owner)
        sessions.change(f"s{number}", shared=True if number in (0, 2, 4, 5, 8) else None)
        touch(database, f"s{number}", 100 + number // 2)
    assert ids(sessions, ada) == ["s6", "s5", "s4", "s3", "s2", "s0"]
    assert ids(sessions, eve) == ["s7", "s5", "s4", "s2", "s1", "s0"]
    assert ids(sessions, stranger) == ["s8"]
