"""Spectator links: one session, for a while."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.support.at_once import at_once
from tests.support.clock import Clock
from utils.accounts.principal import Grant, Ownership, Spectator, UserRecord
from utils.accounts.spectator_links import SpectatorLinkRecord, SpectatorLinks
from utils.accounts.users import AccountError
from utils.database.base import Database
from utils.sessions.deletion import SessionDeletion
from utils.sessions.sessions import Sessions

from .conftest import AddUser

HOUR = timedelta(hours=1)


@pytest.fixture
def links(database: Database) -> SpectatorLinks:
    return SpectatorLinks(database)


@pytest.fixture
def session(sessions: Sessions, ada: UserRecord) -> Ownership:
    return sessions.create("s1", owner=ada).ownership


def make(
    links: SpectatorLinks, session: Ownership, by: UserRecord, hours: int = 1, hides: bool = False
) -> tuple[SpectatorLinkRecord, str]:
    return links.create(session.key, by.key, hours * HOUR, hides)


@pytest.mark.parametrize("hides", [True, False])
def test_a_link_lets_one_watch_its_session_and_no_other(
    links: SpectatorLinks, sessions: Sessions, session: Ownership, ada: UserRecord, hides: bool
) -> None:
    record, secret = make(links, session, ada, hides=hides)
    assert links.find(secret) == record
    assert (record.session_id, record.made_by, record.hides_tool_data) == ("s1", "Ada", hides)
    assert record.expires_at - record.created_at == HOUR
    spectator = record.spectator
    assert spectator == Spectator(Grant("link", record.key), session.key, hides, record.expires_at)
    assert spectator.may_read(session)
    assert not spectator.may_read(sessions.create("s2", owner=ada).ownership)


def test_the_secret_is_shown_once_and_is_not_in_the_database(
    links: SpectatorLinks, session: Ownership, ada: UserRecord, database: Database
) -> None:
    record, secret = make(links, session, ada)
    assert len(secret) >= 43
    assert secret not in repr(links.of_session(session.key)) + repr(record)
    with database.read() as connection:
        row = connection.execute(text("SELECT * FROM spectator_links")).one()
    assert secret not in map(str, row)
    for wrong in (row.secret, record.id, "", "unknown", "é😀", secret.swapcase()):
        assert links.find(wrong) is None


def test_a_link_expires(links: SpectatorLinks, session: Ownership, ada: UserRecord, clock: Clock) -> None:
    (short, lost), (long, kept) = make(links, session, ada, 1), make(links, session, ada, 3)
    assert links.of_session(session.key) == [long, short]
    clock.move(hours=0.99)
    assert links.find(lost) == short
    clock.move(hours=0.02)
    assert links.find(lost) is None
    assert links.of_session(session.key) == [long]
    assert links.spectators([short.key, long.key, 999]) == {long.key: long.spectator}
    assert links.find(kept) == long


def test_a_link_is_taken_back_through_its_own_session(
    links: SpectatorLinks, sessions: Sessions, session: Ownership, ada: UserRecord
) -> None:
    other = sessions.create("s2", owner=ada).ownership
    (record, secret), (kept, _) = make(links, session, ada), make(links, session, ada)
    assert links.revoke(other.key, record.id) is False
    assert links.find(secret) == record
    assert links.revoke(session.key, record.id) is True
    assert links.revoke(session.key, record.id) is False
    assert links.find(secret) is None
    assert links.of_session(session.key) == [kept]
    assert set(links.spectators([record.key, kept.key])) == {kept.key}
    assert links.of_session(other.key) == []


def test_with_its_session_a_link_ends_and_a_session_of_the_same_id_is_not_opened_by_it(
    links: SpectatorLinks, sessions: Sessions, session: Ownership, ada: UserRecord, deletion: SessionDeletion
) -> None:
    record, secret = make(links, session, ada)
    assert deletion.delete("s1")
    assert links.find(secret) is None
    sessions.create("s1", owner=ada)
    assert links.find(secret) is None
    assert links.spectators([record.key]) == {}


def test_while_its_session_is_being_deleted_a_link_opens_nothing(
    links: SpectatorLinks, session: Ownership, ada: UserRecord, deletion: SessionDeletion
) -> None:
    record, secret = make(links, session, ada)
    deletion._hide("s1")
    assert links.find(secret) is None
    assert links.spectators([record.key]) == {}
    assert links.of_session(session.key) == []


def test_of_a_link_that_somebody_makes_while_a_session_becomes_private_nothing_is_left(
    links: SpectatorLinks, sessions: Sessions, session: Ownership, ada: UserRecord, add: AddUser
) -> None:
    bob = add("Bob", "administrator")
    for _ in range(10):
        sessions.change("s1", shared=True)
        at_once(lambda: make(links, session, bob), lambda: sessions.change("s1", shared=False))
        assert links.of_session(session.key) == []
    with pytest.raises(AccountError) as refused:
        make(links, session, bob)
    assert refused.value.code == "session_private"
    assert make(links, session, ada)
