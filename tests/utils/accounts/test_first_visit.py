"""How a server without an account gets its first one."""

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from tests.support.account import EMAIL, PASSWORD
from tests.support.at_once import at_once
from utils.accounts import passwords
from utils.accounts.first_visit import open_for_first_visit, set_up_invitation
from utils.accounts.invitations import Invitations
from utils.accounts.users import AccountError, Users
from utils.database.base import Database, DatabaseError
from utils.settings import Settings, SettingsError

pytestmark = pytest.mark.usefixtures("quick_hashing")


@pytest.fixture
def empty(database: Database) -> Database:
    with database.write() as connection:
        for table in ("users", "teams"):
            connection.execute(text(f"DELETE FROM {table}"))
    return database


def with_administrator(settings: Settings, password: str = PASSWORD, email: str = "Root@Example.org") -> Settings:
    return settings.model_copy(update={"admin_email": email, "admin_password": SecretStr(password)})


def test_without_an_account_every_start_makes_a_link_that_makes_one(empty: Database, settings: Settings) -> None:
    first, second = open_for_first_visit(settings), open_for_first_visit(settings)
    assert first
    assert second
    assert first != second
    user, team = Invitations(empty).found_team(first, "a@b.c", "A", PASSWORD, "Harbour")
    assert (user.role, team.name) == ("administrator", "Harbour")
    assert open_for_first_visit(settings) is None
    with pytest.raises(AccountError):
        Invitations(empty).found_team(second, "d@e.f", "D", PASSWORD, "Another")


def test_with_an_account_nothing_is_made(database: Database, settings: Settings) -> None:
    assert open_for_first_visit(settings) is None
    assert open_for_first_visit(with_administrator(settings)) is None
    assert Users(database).with_email("root@example.org") == []
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM invitations")).scalar() == 0


def test_with_admin_email_that_administrator_is_made_and_no_link(empty: Database, settings: Settings) -> None:
    assert open_for_first_visit(with_administrator(settings)) is None
    [(user, _, hashed)] = Users(empty).with_email("root@example.org")
    assert (user.role, user.name, user.email) == ("administrator", "Root", "root@example.org")
    assert passwords.matches(PASSWORD, hashed)
    with empty.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM invitations")).scalar() == 0
    assert open_for_first_visit(with_administrator(settings, "another password")) is None
    assert Users(empty).password_of(user.key) == hashed, "what is changed later is not set back by a start"


def test_admin_email_makes_earlier_set_up_links_useless(empty: Database, settings: Settings) -> None:
    secret = open_for_first_visit(settings)
    assert secret
    open_for_first_visit(with_administrator(settings))
    with pytest.raises(AccountError):
        Invitations(empty).find(secret)
    with pytest.raises(AccountError):
        Invitations(empty).found_team(secret, "a@b.c", "A", PASSWORD, "Second")


def test_a_short_admin_password_is_refused_in_plain_words(empty: Database, settings: Settings) -> None:
    with pytest.raises(SettingsError, match=r"^ADMIN_PASSWORD: must have 10 characters or more\.$"):
        open_for_first_visit(with_administrator(settings, "too short"))
    assert not Users(empty).any()


def test_one_of_admin_email_and_admin_password_alone_is_refused() -> None:
    for given in ({"admin_email": EMAIL}, {"admin_password": PASSWORD}):
        with pytest.raises(ValueError, match="belong together"):
            Settings(_env_file=None, **given)


def test_machines_that_start_at_the_same_instant_make_one_administrator(empty: Database, settings: Settings) -> None:
    for _ in range(5):
        done = at_once(*[lambda: open_for_first_visit(with_administrator(settings))] * 4)
        assert done == [None] * 4
        with empty.read() as connection:
            counts = [connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() for name in ("users", "teams")]
        assert counts == [1, 1]
        with empty.write() as connection:
            for table in ("users", "teams"):
                connection.execute(text(f"DELETE FROM {table}"))


def test_a_start_with_another_secret_key_is_refused(empty: Database, settings: Settings) -> None:
    open_for_first_visit(settings)
    other = settings.model_copy(update={"secret_key": SecretStr("another secret key of enough characters")})
    with pytest.raises(DatabaseError, match="another SECRET_KEY"):
        open_for_first_visit(other)


def test_the_link_is_told_with_its_secret_behind_a_hash_sign() -> None:
    assert set_up_invitation("https://host", "SECRET").endswith("https://host/setup#SECRET")
