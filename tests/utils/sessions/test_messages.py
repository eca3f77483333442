"""Messages: what was asked and answered, oldest first."""

import pytest

from tests.support.plans import plan_of
from utils.database.base import Database
from utils.database.paging import CursorError
from utils.sessions.messages import Messages, add_message
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import Sessions


def say(database: Database, session_key: int, *contents: str) -> None:
    for content in contents:
        with database.write() as connection:
            add_message(connection, session_key, "assistant", content, None)


def test_pages_are_oldest_first_and_meet_without_a_gap(
    messages: Messages, sessions: Sessions, database: Database
) -> None:
    key, other = sessions.create("s1").key, sessions.create("s2").key
    say(database, key, *map(str, range(7)))
    say(database, other, "not mine")
    seen, cursor = [], None
    while True:
        page = messages.page(key, cursor, limit=3)
        seen += [message.content for message in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == list("0123456")
    with pytest.raises(CursorError):
        messages.page(key, "?")


def test_a_page_that_is_just_full_is_the_last(messages: Messages, sessions: Sessions, database: Database) -> None:
    key = sessions.create("s1").key
    say(database, key, "a", "b")
    assert messages.page(key, limit=2).next_cursor is None


def test_a_message_that_is_not_committed_is_not_there(
    messages: Messages, sessions: Sessions, database: Database
) -> None:
    key = sessions.create("s1").key

    def fail() -> None:
        with database.write() as connection:
            add_message(connection, key, "user", "never", None)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert messages.page(key).items == []


def test_the_history_of_a_run_is_what_came_before_its_question(
    messages: Messages, sessions: Sessions, run_queue: RunQueue, database: Database
) -> None:
    key = sessions.create("s1").key
    run_queue.request("s1", "first")
    say(database, key, "answer")
    requested = run_queue.request("s1", "second")
    assert requested is not None
    say(database, key, "later")
    assert [m.content for m in messages.before(requested[1].id, 10)] == ["first", "answer"]
    assert [m.content for m in messages.before(requested[1].id, 1)] == ["answer"]
    assert messages.before("run-x", 10) == []


def test_what_was_replaced_before_a_question_is_no_part_of_its_history(
    messages: Messages, sessions: Sessions, run_queue: RunQueue
) -> None:
    sessions.create("s1")
    sessions.create("s2")

    def ask(question: str, retry_of: str | None = None, session: str = "s1") -> str:
        requested = run_queue.request(session, question, retry_of=retry_of)
        run = run_queue.claim("me")
        assert requested is not None
        assert run is not None
        run_queue.finish(run, "completed", answer=(f"{question} answered", "[]"))
        return requested[1].id

    def history(run_id: str) -> list[str]:
        return [message.content for message in messages.before(run_id, 10)]

    first, second = ask("first"), ask("second")
    edited = ask("edited", second)
    again = ask("again", edited)
    ask("elsewhere", first, session="s2")  # replaces nothing here
    assert history(edited) == ["first", "first answered"]
    assert history(again) == ["first", "first answered"], "what replaced it was replaced, too"
    assert history(ask("last")) == ["first", "first answered", "again", "again answered"]
    assert history(second) == ["first", "first answered"], "as it was then"
    withdrawn = run_queue.request("s1", "withdrawn", retry_of=first)
    assert withdrawn is not None
    run_queue.cancel(withdrawn[1].id)
    assert history(ask("after all"))[:2] == ["first", "first answered"]


@pytest.mark.only_on("sqlite")
def test_the_history_of_a_run_is_found_without_the_messages_of_other_sessions(
    messages: Messages, sessions: Sessions, run_queue: RunQueue, database: Database
) -> None:
    sessions.create("s1")
    requested = run_queue.request("s1", "first")
    assert requested is not None
    plan = plan_of(database, lambda: messages.before(requested[1].id, 10))
    assert plan
    assert not [step for step in plan if step.startswith("SCAN")], plan
