"""Which users people of the provider are."""

from typing import Any

import pytest

from tests.support.account import EMAIL, HASHED
from utils.accounts.principal import Role, TeamRecord, UserRecord
from utils.accounts.users import Users, add_team, add_user
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
