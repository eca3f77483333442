"""Password links: a forgotten password is set, once."""

import pytest
from sqlalchemy import text

from tests.support.account import PASSWORD
from tests.support.at_once import at_once
from tests.support.clock import Clock
from utils.accounts import passwords
from utils.accounts.password_links import PasswordLinks
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.sign_ins import SignIns
from utils.accounts.users import AccountError, Users
from utils.database.base import Database

from .conftest import AddUser

pytestmark = pytest.mark.usefixtures("quick_hashing")
NEW = "another password"


@pytest.fixture
def links(database: Database) -> PasswordLinks:
    return PasswordLinks(database)


def made(links: PasswordLinks, user: UserRecord) -> str:
    found = links.make(user.team_key, user.id)
    assert found is not None
    assert found[0] == user
    return found[1]


def refused(links: PasswordLinks, secret: str) -> None:
    with pytest.raises(AccountError) as error:
        links.use(secret, NEW)
    assert error.value.code == "link_unusable"


def test_a_link_sets_the_password_once(links: PasswordLinks, users: Users, ada: UserRecord, add: AddUser) -> None:
    other, secret = add("Max"), made(links, ada)
    assert passwords.matches(PASSWORD, users.password_of(ada.key))
    assert links.use(secret, NEW)[0] == ada
    assert passwords.matches(NEW, users.password_of(ada.key))
    assert passwords.matches(PASSWORD, users.password_of(other.key))
    refused(links, secret)


def test_it_ends_all_sign_ins_of_its_user_and_no_others(
    links: PasswordLinks, database: Database, ada: UserRecord, add: AddUser
) -> None:
    sign_ins = SignIns(database)
    own, other = [sign_ins.open(ada, "b") for _ in range(2)], sign_ins.open(add("Max"), "b")
    links.use(made(links, ada), NEW)
    assert [sign_ins.principal(one.id) is not None for one in (*own, other)] == [False, False, True]


def test_it_works_for_a_day(links: PasswordLinks, ada: UserRecord, clock: Clock) -> None:
    early, late = made(links, ada), None
    clock.move(hours=23.9)
    assert links.use(early, NEW)
    late = made(links, ada)
    clock.move(hours=24.1)
    refused(links, late)


def test_a_new_one_replaces_the_old_and_another_password_ends_it(
    links: PasswordLinks, users: Users, ada: UserRecord
) -> None:
    first, second = made(links, ada), made(links, ada)
    refused(links, first)
    users.set_password(ada, "remembered after all", keep_sign_in=0)
    refused(links, second)


def test_unknown_users_and_those_of_another_team_get_none(
    links: PasswordLinks, ada: UserRecord, other_team: TeamRecord
) -> None:
    assert links.make(ada.team_key, "user-unknown") is None
    assert links.make(other_team.key, ada.id) is None


def test_only_a_hash_of_it_is_kept(links: PasswordLinks, ada: UserRecord, database: Database) -> None:
    secret = made(links, ada)
    with database.read() as connection:
        row = connection.execute(text("SELECT * FROM password_links")).one()
    assert secret not in str(row)


def test_of_those_who_use_or_make_one_at_the_same_instant_one_is_heard(
    links: PasswordLinks, ada: UserRecord, database: Database
) -> None:
    for _ in range(5):
        secret = made(links, ada)
        used = at_once(*[lambda secret=secret: links.use(secret, NEW)] * 3)  # type: ignore[misc]
        assert sorted(isinstance(one, AccountError) for one in used) == [False, True, True], used
        at_once(*[lambda: made(links, ada)] * 3)
        with database.read() as connection:
            assert connection.execute(text("SELECT count(*) FROM password_links")).scalar() == 1
