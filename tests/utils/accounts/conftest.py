"""What the tests of accounts share: the people of the tests' team, and of another one."""

from collections.abc import Callable

import pytest

from tests.support.account import EMAIL, HASHED
from utils.accounts.principal import Role, TeamRecord, UserRecord
from utils.accounts.users import Users, add_team, add_user
from utils.database.base import Database

AddUser = Callable[..., UserRecord]

pytestmark = pytest.mark.usefixtures("quick_hashing")


@pytest.fixture
def users(database: Database) -> Users:
    return Users(database)


@pytest.fixture
def ada(users: Users) -> UserRecord:
    """The administrator whom every database of the tests has."""
    [(user, _, _)] = users.with_email(EMAIL)
    return user


@pytest.fixture
def team(users: Users) -> TeamRecord:
    [(_, team, _)] = users.with_email(EMAIL)
    return team


@pytest.fixture
def other_team(database: Database, ada: UserRecord) -> TeamRecord:
    with database.write() as connection:
        return add_team(connection, "Pier")


@pytest.fixture
def add(database: Database, team: TeamRecord) -> AddUser:
    """``add("Max")``: a member of the tests' team; role and team may be given."""

    def add(name: str, role: Role = "member", of: TeamRecord = team, email: str | None = None) -> UserRecord:
        with database.write() as connection:
            return add_user(connection, of.key, email or f"{name.lower()}@example.org", name, role, HASHED)

    return add
