"""Whoever leaves takes along what they gave out: links, invitations and keys, at once and for good."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.support.at_once import at_once
from utils.accounts.api_keys import ApiKeys
from utils.accounts.invitations import Invitations
from utils.accounts.password_links import PasswordLinks
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.spectator_links import SpectatorLinks
from utils.accounts.users import AccountError, Revoked, Users
from utils.database.base import Database
from utils.sessions.sessions import SessionRecord, Sessions

from .conftest import AddUser

HOUR = timedelta(hours=1)


def shared(sessions: Sessions, owner: UserRecord) -> SessionRecord:
    """A session to which administrators may make links."""
    sessions.create("s1", owner=owner)
    changed = sessions.change("s1", shared=True)
    assert changed is not None
    return changed[0]


class GivenOut:
    """A link, an invitation and a key, of a user."""

    def __init__(self, database: Database, team: TeamRecord, user: UserRecord, session_key: int) -> None:
        self._links, self._invitations, self._keys = SpectatorLinks(database), Invitations(database), ApiKeys(database)
        _, self._link = self._links.create(session_key, user.key, HOUR, False)
        _, self._invitation = self._invitations.invite(team, user, "member", HOUR)
        _, self._key = self._keys.create(user.key, "k", ["read"])

    @property
    def works(self) -> list[bool]:
        try:
            invites = self._invitations.find(self._invitation) is not None
        except AccountError:
            invites = False
        return [self._links.find(self._link) is not None, invites, self._keys.principal(self._key) is not None]


def test_what_somebody_gave_out_ends_with_their_account_and_does_not_come_back(
    database: Database, users: Users, sessions: Sessions, add: AddUser, ada: UserRecord, team: TeamRecord
) -> None:
    session, gone, stays = shared(sessions, ada), add("Gus", "administrator"), add("Mia", "administrator")
    theirs, others = (GivenOut(database, team, user, session.key) for user in (gone, stays))
    GivenOut(database, team, gone, session.key)
    assert PasswordLinks(database).make(team.key, ada.id, gone)
    changed = users.change(team.key, gone.id, name="Gustav")
    assert changed is not None
    assert changed[1] == Revoked()
    assert theirs.works == [True] * 3
    changed = users.change(team.key, gone.id, active=False)
    assert changed is not None
    assert changed[1] == Revoked(links=2, invitations=2, keys=2, password_links=1)
    assert (theirs.works, others.works) == ([False] * 3, [True] * 3)
    again = users.change(team.key, gone.id, active=True)
    assert again is not None
    assert again[1] == Revoked()
    assert theirs.works == [False] * 3


def test_who_is_no_administrator_any_more_makes_nobody_one(
    database: Database, users: Users, sessions: Sessions, add: AddUser, ada: UserRecord, team: TeamRecord
) -> None:
    """By an invitation kept for later, or as a colleague, by a password link."""
    session, former, stays = shared(sessions, ada), add("Gus", "administrator"), add("Mia", "administrator")
    theirs, others = (GivenOut(database, team, user, session.key) for user in (former, stays))
    links, invitations = PasswordLinks(database), Invitations(database)
    for user, by in ((ada, former), (stays, former), (former, stays)):
        assert links.make(team.key, user.id, by)
    changed = users.change(team.key, former.id, role="member")
    assert changed is not None
    assert changed[1] == Revoked(invitations=1, password_links=2)
    assert (theirs.works, others.works) == ([True, False, True], [True] * 3)
    with database.read() as connection:
        assert connection.execute(text("SELECT user_key FROM password_links")).scalars().all() == [former.key]
    for give in (
        lambda: invitations.invite(team, former, "administrator", HOUR),
        lambda: links.make(team.key, ada.id, former),
    ):
        with pytest.raises(AccountError) as refused:
            give()
        assert refused.value.code == "not_administrator"


def test_an_administrator_who_is_made_a_member_meanwhile_gives_nothing_out(
    database: Database, users: Users, add: AddUser, ada: UserRecord, team: TeamRecord
) -> None:
    links, invitations = PasswordLinks(database), Invitations(database)
    for number in range(10):
        former = add(f"Gus{number}", "administrator")
        at_once(
            lambda former=former: invitations.invite(team, former, "administrator", HOUR),  # type: ignore[misc]
            lambda former=former: links.make(team.key, ada.id, former),  # type: ignore[misc]
            lambda former=former: users.change(team.key, former.id, role="member"),  # type: ignore[misc]
        )
        assert invitations.open(team.key) == []
        with database.read() as connection:
            assert connection.execute(text("SELECT count(*) FROM password_links")).scalar() == 0


def test_nothing_is_given_out_while_an_account_ends(
    database: Database, users: Users, sessions: Sessions, add: AddUser, ada: UserRecord, team: TeamRecord
) -> None:
    session, links = shared(sessions, ada), SpectatorLinks(database)
    for number in range(10):
        gone = add(f"Gus{number}")
        at_once(
            lambda gone=gone: links.create(session.key, gone.key, HOUR, False),  # type: ignore[misc]
            lambda gone=gone: users.change(team.key, gone.id, active=False),  # type: ignore[misc]
        )
        assert links.of_session(session.key) == []


def test_who_has_left_gives_nothing_out(
    database: Database, users: Users, sessions: Sessions, add: AddUser, ada: UserRecord, team: TeamRecord
) -> None:
    session, gone = shared(sessions, ada), add("Gus", "administrator")
    users.change(team.key, gone.id, active=False)
    for give in (
        lambda: SpectatorLinks(database).create(session.key, gone.key, HOUR, False),
        lambda: Invitations(database).invite(team, gone, "member", HOUR),
        lambda: ApiKeys(database).create(gone.key, "k", ["read"]),
    ):
        with pytest.raises(AccountError) as refused:
            give()
        assert refused.value.code == "deactivated"


def test_what_was_given_out_by_who_left_before_an_update_ends_with_it(
    database: Database, sessions: Sessions, add: AddUser, ada: UserRecord, team: TeamRecord
) -> None:
    session, gone, stays = shared(sessions, ada), add("Gus", "administrator"), add("Mia", "administrator")
    theirs, others = (GivenOut(database, team, user, session.key) for user in (gone, stays))
    database.migrate_to("0014")
    with database.write() as connection:
        connection.execute(text("UPDATE users SET active = false WHERE key = :key"), {"key": gone.key})
    database.migrate()
    with database.write() as connection:
        connection.execute(text("UPDATE users SET active = true WHERE key = :key"), {"key": gone.key})
    assert (theirs.works, others.works) == ([False] * 3, [True] * 3)


def test_what_an_administrator_of_before_an_update_had_given_out_ends_with_it(
    database: Database, users: Users, sessions: Sessions, add: AddUser, ada: UserRecord, team: TeamRecord
) -> None:
    session, former = shared(sessions, ada), add("Gus", "administrator")
    theirs, others = (GivenOut(database, team, user, session.key) for user in (former, ada))
    database.migrate_to("0023")
    with database.write() as connection:
        connection.execute(text("UPDATE users SET role = 'member' WHERE key = :key"), {"key": former.key})
    database.migrate()
    assert (theirs.works, others.works) == ([True, False, True], [True] * 3)
