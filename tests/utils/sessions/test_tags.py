"""Tags and priority of sessions."""

import pytest

from tests.support.account import HASHED
from tests.support.events import fill
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_team, add_user
from utils.database.base import Database
from utils.log.activity_log import ActivityLog
from utils.sessions.deletion import SessionDeletion
from utils.sessions.sessions import PRIORITIES, Sessions
from utils.sessions.tags import TagCount, Tags, clean_tag


def ids(sessions: Sessions, user: UserRecord, **named: object) -> list[str]:
    return sorted(item.id for item in sessions.page(user, **named).items)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Two \t words\n", "two words"),
        ("ÉTÉ", "été"),
        ("e\u0301", "é"),
        ("x" * 40, "x" * 40),
        ("👩‍🚒", "👩‍🚒"),
        ("a,b;'\"<c>", "a,b;'\"<c>"),
    ],
)
def test_a_tag_is_stored_in_one_form(typed: str, stored: str) -> None:
    assert clean_tag(typed) == stored


@pytest.mark.parametrize("typed", ["", "  ", "x" * 41, "a\0b", "a\x1bb", "a\u202eb", "a\u200bb", "İ" * 39])
def test_what_is_no_tag_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"a tag has|must be one line"):
        clean_tag(typed)


def test_tags_are_set_as_a_whole_and_come_sorted(sessions: Sessions) -> None:
    made = sessions.create("s1", tags=["b", "é", "a", "b"], priority="high")
    assert (made.tags, made.priority) == (("a", "b", "é"), "high")
    changed = sessions.change("s1", title="Other")
    assert changed is not None
    assert (changed[0].tags, changed[0].priority) == (made.tags, "high")
    changed = sessions.change("s1", tags=["c"])
    assert changed is not None
    assert (changed[0].tags, changed[0].priority) == (("c",), "high")
    changed = sessions.change("s1", tags=[], priority="low")
    assert changed is not None
    assert (changed[0].tags, changed[0].priority) == ((), "low")


def test_a_session_has_no_tags_and_a_normal_priority_to_begin_with(sessions: Sessions) -> None:
    session = sessions.create("s1")
    assert (session.tags, session.priority) == ((), "normal")


def test_sessions_are_listed_by_tag_and_by_priority(sessions: Sessions, ada: UserRecord) -> None:
    for n, priority in enumerate(PRIORITIES):
        sessions.create(f"s{n}", tags=["all", f"tag {n}"], priority=priority)
    assert ids(sessions, ada, tag="all") == ["s0", "s1", "s2", "s3"]
    assert ids(sessions, ada, tag="tag 2") == ["s2"]
    assert ids(sessions, ada, tag="tag") == []
    assert ids(sessions, ada, priority="urgent") == ["s3"]
    assert ids(sessions, ada, priority="urgent", tag="tag 2") == []


def test_tags_of_the_sessions_one_may_see_are_counted(
    database: Database, sessions: Sessions, ada: UserRecord, deletion: SessionDeletion
) -> None:
    with database.write() as connection:
        max_ = add_user(connection, ada.team_key, "max@example.org", "Max", "member", HASHED)
        fay = add_user(connection, add_team(connection, "Pier").key, "fay@example.org", "Fay", "administrator", HASHED)
    sessions.create("a", owner=ada, tags=["often", "zebra"])
    sessions.create("b", owner=ada, tags=["often", "ape"])
    sessions.create("private", owner=max_, tags=["often", "secret"])
    sessions.create("foreign", owner=fay, tags=["often"])
    sessions.create("away", owner=ada, tags=["often", "old"])
    sessions.change("away", archived=True)
    sessions.create("gone", owner=ada, tags=["often", "gone"])
    deletion.delete("gone")
    tags = Tags(database)
    assert tags.counts(ada) == [TagCount("often", 2), TagCount("ape", 1), TagCount("zebra", 1)]
    assert tags.counts(max_) == [TagCount("often", 1), TagCount("secret", 1)]
    assert tags.counts(fay) == [TagCount("often", 1)]


def test_counted_tags_are_kept_until_something_is_changed(
    database: Database, sessions: Sessions, ada: UserRecord, log: ActivityLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions.create("a", owner=ada, tags=["boats"])
    tags = Tags(database)
    counted = tags.counts(ada)
    fill(log, "a", 3)
    with monkeypatch.context() as patch:
        patch.setattr("utils.sessions.tags.record", None)
        assert tags.counts(ada) == counted == [TagCount("boats", 1)]
    sessions.create("b", owner=ada, tags=["boats"])
    assert tags.counts(ada) == [TagCount("boats", 2)]
    sessions.change("a", tags=["ice"])
    assert tags.counts(ada) == [TagCount("boats", 1), TagCount("ice", 1)]
    sessions.change("b", archived=True)
    assert tags.counts(ada) == [TagCount("ice", 1)]


def test_the_tags_of_a_deleted_session_are_gone(
    database: Database, sessions: Sessions, deletion: SessionDeletion
) -> None:
    sessions.create("s1", tags=["a"])
    deletion.delete("s1")
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM session_tags").scalar() == 0
