"""Which users people of the provider are."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.account import EMAIL, HASHED
from utils.accounts.invitations import Invitations
from utils.accounts.principal import Role, TeamRecord, UserRecord
from utils.accounts.users import AccountError, Users, add_team, add_user
from utils.database.base import Database
from utils.identity.arrivals import Arrivals
from utils.identity.person import Person, person_of
from utils.settings import Settings


def arrivals(database: Database, **more: Any) -> Arrivals:
    return Arrivals(database, Settings(_env_file=None, oidc_name="Harbour ID", **more))


def person(subject: str, *groups: str) -> Person:
    claims = {"iss": "https://login.example.org", "sub": subject, "groups": list(groups)}
    return person_of(claims, Settings(_env_file=None))


@pytest.fixture
def pier(database: Database) -> TeamRecord:
    """A second team, which the settings do not name."""
    with database.write() as connection:
        return add_team(connection, "Pier")


def user(database: Database, team: TeamRecord, role: Role) -> UserRecord:
    with database.write() as connection:
        return add_user(connection, team.key, f"{role}@pier.example", role, role, HASHED)


def test_groups_give_roles_in_the_team_of_the_settings_alone(database: Database, pier: TeamRecord) -> None:
    """A viewer of another team would be its administrator, and its administrator a viewer."""
    own = arrivals(database, oidc_roles="admins=administrator", oidc_default_role="viewer", oidc_team="Harbour")
    ada = Users(database).with_email(EMAIL)[0][0]
    user(database, pier, "administrator")
    viewer, member = user(database, pier, "viewer"), user(database, pier, "member")
    with database.write() as connection:
        max_ = add_user(connection, ada.team_key, "max@example.org", "Max", "member", HASHED)
    for one, subject, groups in ((viewer, "v", ["admins"]), (member, "m", []), (max_, "x", ["admins"])):
        own.connect(one, person(subject, *groups))
    assert own.arrive(person("v", "admins")).user == viewer
    assert own.arrive(person("m")).user == member
    assert own.arrive(person("x", "admins")).user.role == "administrator"


def test_who_has_left_the_group_of_administrators_takes_their_invitations_along(
    database: Database, pier: TeamRecord
) -> None:
    own = arrivals(database, oidc_roles="admins=administrator, crew=member", oidc_team="Pier")
    user(database, pier, "administrator")
    with database.write() as connection:
        max_ = add_user(connection, pier.key, "max@pier.example", "Max", "administrator", HASHED)
    own.connect(max_, person("x"))
    Invitations(database).invite(pier, max_, "administrator", timedelta(hours=1))
    arrival = own.arrive(person("x", "crew"))
    assert arrival.user.role == "member"
    assert Invitations(database).open(pier.key) == []
    assert [subject for _, subject in arrival.news] == [
        "Max <max@pier.example>: role: member, by groups of Harbour ID, revoked invitations: 1"
    ]


@pytest.mark.parametrize(("who", "count"), [("all", None), ("administrators", 2), ("none", 3)])
def test_a_start_tells_how_many_have_no_way_in(
    database: Database, pier: TeamRecord, caplog: pytest.LogCaptureFixture, who: str, count: int | None
) -> None:
    own = arrivals(database, **provided(who))
    user(database, pier, "viewer")
    user(database, pier, "member")
    ada = Users(database).with_email(EMAIL)[0][0]
    with database.write() as connection:
        connected = add_user(connection, ada.team_key, "max@example.org", "Max", "member", HASHED)
        gone = add_user(connection, ada.team_key, "gus@example.org", "Gus", "member", HASHED)
    own.connect(connected, person("x"))
    Users(database).change(ada.team_key, gone.id, active=False)
    Users(database).add_service(ada.team_key, "Nightly", "member")
    own.tell_locked_out()
    told = [record.getMessage() for record in caplog.records if "PASSWORD_SIGN_IN" in record.getMessage()]
    assert [f"Harbour ID: {count}." in line for line in told] == ([True] if count else [])


@pytest.mark.parametrize(("who", "advice"), [("all", "Sign in with your password"), ("none", "for a while")])
def test_whose_address_is_known_is_told_what_they_can_do(database: Database, who: str, advice: str) -> None:
    claims = {"iss": "https://login.example.org", "sub": "x", "email": EMAIL, "email_verified": True}
    with pytest.raises(AccountError, match=advice):
        arrivals(database, **provided(who)).arrive(person_of(claims, Settings(_env_file=None)))


def provided(who: str) -> dict[str, str]:
    return {
        "password_sign_in": who, "oidc_issuer": "https://login.example.org", "oidc_client_id": "ringside",
        "public_url": "https://ringside.example",
    }  # fmt: skip
