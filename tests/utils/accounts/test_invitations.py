"""Invitations: each makes one account, and then no more."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.support.account import EMAIL, PASSWORD
from tests.support.at_once import at_once
from tests.support.clock import Clock
from utils.accounts.invitations import Invitations
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.users import AccountError, Users
from utils.database.base import Database

from .conftest import AddUser

pytestmark = pytest.mark.usefixtures("quick_hashing")
HOUR = timedelta(hours=1)


@pytest.fixture
def invitations(database: Database) -> Invitations:
    return Invitations(database)


@pytest.fixture
def empty(database: Database) -> Database:
    """As it is before the first visit."""
    with database.write() as connection:
        for table in ("users", "teams"):
            connection.execute(text(f"DELETE FROM {table}"))
    return database


def refused(invitations: Invitations, secret: str, code: str = "invitation_unusable", email: str = "x@y.z") -> str:
    """For joining; its words."""
    with pytest.raises(AccountError) as error:
        invitations.accept(secret, email, "X", PASSWORD)
    assert error.value.code == code
    return str(error.value)


def refused_founding(invitations: Invitations, secret: str) -> str:
    with pytest.raises(AccountError) as error:
        invitations.found_team(secret, "x@y.z", "X", PASSWORD, "T")
    assert error.value.code == "invitation_unusable"
    return str(error.value)


def count(database: Database, table: str) -> int:
    with database.read() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_an_invitation_makes_an_account_of_its_team_with_its_role_once(
    invitations: Invitations, users: Users, ada: UserRecord, team: TeamRecord
) -> None:
    record, secret = invitations.invite(team, ada, "viewer", HOUR)
    assert (record.role, record.team, record.invited_by) == ("viewer", team, "Ada")
    assert record.expires_at - record.created_at == HOUR
    assert invitations.find(secret) == record
    assert invitations.open(team.key) == [record]
    user, joined = invitations.accept(secret, " New@Example.org", "New", PASSWORD)
    assert (user.email, user.name, user.role, user.team_key, joined) == (
        "new@example.org", "New", "viewer", team.key, team,
    )  # fmt: skip
    assert users.of_team(team.key) == [ada, user]
    assert invitations.open(team.key) == []
    refused(invitations, secret)
    assert users.of_team(team.key) == [ada, user]


def test_the_secret_is_not_in_the_database(
    invitations: Invitations, ada: UserRecord, team: TeamRecord, database: Database
) -> None:
    _, secret = invitations.invite(team, ada, "member", HOUR)
    with database.read() as connection:
        row = connection.execute(text("SELECT * FROM invitations")).one()
    assert secret not in map(str, row)
    refused(invitations, row.secret)


@pytest.mark.parametrize("secret", ["", "unknown", "%", "é😀"])
def test_what_is_no_invitation_makes_nothing(invitations: Invitations, ada: UserRecord, secret: str) -> None:
    refused(invitations, secret)


def test_an_expired_invitation_is_useless_and_forgotten(
    invitations: Invitations, ada: UserRecord, team: TeamRecord, clock: Clock, database: Database
) -> None:
    _, short = invitations.invite(team, ada, "member", HOUR)
    _, long = invitations.invite(team, ada, "member", 3 * HOUR)
    clock.move(hours=0.99)
    assert invitations.find(short)
    clock.move(hours=0.02)
    refused(invitations, short)
    assert len(invitations.open(team.key)) == 1
    invitations.forget_expired()
    assert count(database, "invitations") == 1
    assert invitations.find(long)


def test_only_the_own_team_can_withdraw_an_invitation(
    invitations: Invitations, ada: UserRecord, team: TeamRecord, other_team: TeamRecord
) -> None:
    record, secret = invitations.invite(team, ada, "member", HOUR)
    assert invitations.open(other_team.key) == []
    assert invitations.withdraw(other_team.key, record.id) is None
    assert invitations.find(secret) == record
    assert invitations.withdraw(team.key, record.id) == record.role
    assert invitations.withdraw(team.key, record.id) is None
    refused(invitations, secret)


def test_who_has_an_account_already_does_not_use_the_invitation_up(
    invitations: Invitations, ada: UserRecord, team: TeamRecord
) -> None:
    _, secret = invitations.invite(team, ada, "member", HOUR)
    refused(invitations, secret, "email_taken", EMAIL.upper())
    assert invitations.accept(secret, "new@example.org", "New", PASSWORD)


def test_an_invitation_that_was_sent_to_an_address_is_for_nobody_else(
    invitations: Invitations, users: Users, ada: UserRecord, team: TeamRecord
) -> None:
    record, secret = invitations.invite(team, ada, "member", HOUR, " New@Example.org")
    assert [one.email for one in (record, *invitations.open(team.key))] == ["new@example.org"] * 2
    words = refused(invitations, secret, "other_address", "somebody@example.org")
    assert "new@example.org" not in words, "whoever has found the link is told no address"
    assert users.of_team(team.key) == [ada]
    assert invitations.accept(secret, "NEW@example.org", "New", PASSWORD)[0].email == "new@example.org"


def test_an_invitation_used_twice_at_the_same_instant_makes_one_account(
    invitations: Invitations, users: Users, ada: UserRecord, team: TeamRecord
) -> None:
    for number in range(5):
        _, secret = invitations.invite(team, ada, "member", HOUR)
        done = at_once(
            *(
                lambda who=who, secret=secret: invitations.accept(secret, f"{who}@example.org", who, PASSWORD)  # type: ignore[misc]
                for who in (f"a{number}", f"b{number}", f"c{number}")
            )
        )
        assert [isinstance(one, AccountError) for one in done].count(False) == 1, done
        assert len(users.of_team(team.key)) == 2 + number


def test_two_invitations_for_the_same_address_at_the_same_instant_make_one_account(
    invitations: Invitations, users: Users, ada: UserRecord, team: TeamRecord
) -> None:
    for number in range(5):
        links = [invitations.invite(team, ada, "member", HOUR)[1] for _ in range(3)]
        done = at_once(
            *(
                lambda secret=secret, number=number: invitations.accept(secret, f"n{number}@b.c", "New", PASSWORD)  # type: ignore[misc]
                for secret in links
            )
        )
        errors = [one for one in done if isinstance(one, Exception)]
        assert [getattr(error, "code", error) for error in errors] == ["email_taken"] * 2
        assert len(users.of_team(team.key)) == 2 + number


# The set-up link


def test_a_set_up_link_founds_the_first_team(empty: Database, invitations: Invitations) -> None:
    secret = invitations.set_up()
    found = invitations.find(secret)
    assert (found.team, found.role, found.invited_by) == (None, "administrator", None)
    user, team = invitations.found_team(secret, "first@example.org", "First", PASSWORD, "Harbour")
    assert (user.role, user.team_key, team.name) == ("administrator", team.key, "Harbour")
    refused(invitations, secret)


def test_a_set_up_link_lets_nobody_join_and_an_invitation_founds_no_team(
    empty: Database, invitations: Invitations, users: Users
) -> None:
    set_up = invitations.set_up()
    refused(invitations, set_up)
    assert count(empty, "users") == 0
    by, team = invitations.found_team(set_up, "first@example.org", "First", PASSWORD, "Harbour")
    _, invitation = invitations.invite(team, by, "viewer", HOUR)
    refused_founding(invitations, invitation)
    assert count(empty, "teams") == 1
    assert invitations.accept(invitation, "second@example.org", "Second", PASSWORD)


def test_the_words_fit_what_the_link_was_for(empty: Database, invitations: Invitations) -> None:
    assert "Start the server again" in refused_founding(invitations, "unknown")
    set_up = invitations.set_up()
    invitations.found_team(set_up, "first@example.org", "First", PASSWORD, "Harbour")
    assert "set up already" in refused_founding(invitations, set_up)
    assert "Ask an administrator" in refused(invitations, set_up)


def test_another_team_is_made_with_a_link_for_its_first_administrator(
    invitations: Invitations, ada: UserRecord, clock: Clock
) -> None:
    team, secret = invitations.add_team("Pier")
    _, late = invitations.add_team("Quay")
    user, joined = invitations.accept(secret, "first@pier.example", "First", PASSWORD)
    assert (joined, user.role) == (team, "administrator")
    clock.move(hours=24.1)
    refused(invitations, late)


def test_with_the_first_team_all_set_up_links_are_used_up(empty: Database, invitations: Invitations) -> None:
    earlier, used, later = (invitations.set_up() for _ in range(3))
    invitations.found_team(used, "first@example.org", "First", PASSWORD, "Harbour")
    for secret in (earlier, used, later):
        refused(invitations, secret)
    assert count(empty, "teams") == 1


def test_a_set_up_link_works_for_a_day(empty: Database, invitations: Invitations, clock: Clock) -> None:
    secret = invitations.set_up()
    clock.move(hours=23.9)
    assert invitations.find(secret)
    clock.move(hours=0.2)
    refused(invitations, secret)


def test_two_set_up_links_at_the_same_instant_make_one_team(empty: Database, invitations: Invitations) -> None:
    for _ in range(8):
        links = [invitations.set_up() for _ in range(3)]
        done = at_once(
            *(
                lambda secret=secret: invitations.found_team(secret, "first@example.org", "First", PASSWORD, "T")  # type: ignore[misc]
                for secret in (*links, links[0])
            )
        )
        assert [isinstance(one, AccountError) for one in done].count(False) == 1, done
        assert (count(empty, "teams"), count(empty, "users"), count(empty, "invitations")) == (1, 1, 0)
        with empty.write() as connection:
            for table in ("users", "teams"):
                connection.execute(text(f"DELETE FROM {table}"))


def test_a_set_up_link_made_while_the_first_team_was_founded_is_useless(
    invitations: Invitations, ada: UserRecord, database: Database
) -> None:
    """Another machine was just starting, and saw no account yet."""
    refused(invitations, invitations.set_up())
    assert count(database, "teams") == 1


def test_founding_a_team_leaves_invitations_of_teams_alone(
    invitations: Invitations, users: Users, ada: UserRecord, team: TeamRecord, add: AddUser
) -> None:
    _, first = invitations.invite(team, ada, "member", HOUR)
    _, second = invitations.invite(team, ada, "member", HOUR)
    invitations.accept(first, "a@example.org", "A", PASSWORD)
    assert invitations.accept(second, "b@example.org", "B", PASSWORD)
