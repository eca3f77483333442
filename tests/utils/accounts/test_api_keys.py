"""API keys: they act for a user within their scopes, until they are revoked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from tests.support.clock import Clock
from tests.support.waiting import wait_until
from utils.accounts.api_keys import ApiKeys
from utils.accounts.principal import SCOPES, Grant, Scope, TeamRecord, UserRecord
from utils.accounts.quotas import Quotas
from utils.accounts.users import AccountError, Users
from utils.database.base import Database
from utils.database.postgres import PostgresDatabase

from .conftest import AddUser


@pytest.fixture
def keys(database: Database) -> ApiKeys:
    return ApiKeys(database)


def test_a_key_acts_for_its_user_within_its_scopes(keys: ApiKeys, ada: UserRecord, team: TeamRecord) -> None:
    record, secret = keys.create(ada.key, "build server", ["run", "read"])
    found = keys.principal(secret)
    assert found is not None
    assert (found.user, found.team, found.grant) == (ada, team, Grant("key", record.key))
    assert found.scopes == {"read", "run"}
    assert [found.has(scope) for scope in SCOPES] == [True, False, True, False, False]
    assert (record.name, record.scopes, record.user_name) == ("build server", ("read", "run"), "Ada")


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_with_one_scope_has_no_other(keys: ApiKeys, ada: UserRecord, scope: Scope) -> None:
    found = keys.principal(keys.create(ada.key, "k", [scope])[1])
    assert found is not None
    assert [one for one in SCOPES if found.has(one)] == [scope]


def test_a_key_is_shown_once_and_is_not_in_the_database(keys: ApiKeys, ada: UserRecord, database: Database) -> None:
    record, secret = keys.create(ada.key, "k", ["read"])
    assert secret.startswith("ringside_")
    assert len(secret) > 50
    assert secret.startswith(record.hint)
    assert len(record.hint) == len("ringside_") + 4
    assert secret not in repr(keys.of_user(ada.key))
    with database.read() as connection:
        rows = connection.execute(text("SELECT * FROM api_keys")).all()
    assert not any(secret in str(value) or secret[13:] in str(value) for row in rows for value in row)
    stored = next(row.secret for row in rows if row.id == record.id)
    assert keys.principal(stored) is None, "what the database has opens nothing"


@pytest.mark.parametrize("secret", ["", "ringside_", "ringside_unknown", "é😀", "%"])
def test_an_unknown_key_is_nobodys(keys: ApiKeys, ada: UserRecord, secret: str) -> None:
    assert keys.principal(secret) is None


def test_a_revoked_key_works_no_more_and_is_not_listed(keys: ApiKeys, add: AddUser, team: TeamRecord) -> None:
    user = add("Max")
    kept, secret = keys.create(user.key, "kept", ["read"])
    gone, lost = keys.create(user.key, "gone", ["read"])
    assert keys.of_user(user.key) == [gone, kept]
    assert set(keys.principals([kept.key, gone.key])) == {kept.key, gone.key}
    assert keys.revoke(team.key, gone.id) == gone
    assert keys.revoke(team.key, gone.id) is None
    assert keys.principal(lost) is None
    assert keys.principal(secret) is not None
    assert [one.id for one in keys.of_user(user.key)] == [kept.id]
    assert set(keys.principals([kept.key, gone.key])) == {kept.key}


def test_a_key_is_revoked_by_its_user_or_within_its_team_and_by_nobody_else(
    keys: ApiKeys, add: AddUser, ada: UserRecord, team: TeamRecord, other_team: TeamRecord
) -> None:
    user, stranger = add("Max"), add("Fay", of=other_team)
    record, secret = keys.create(user.key, "k", ["read"])
    assert keys.revoke(other_team.key, record.id) is None
    assert keys.revoke(other_team.key, record.id, stranger.key) is None
    assert keys.revoke(team.key, record.id, ada.key) is None
    assert keys.principal(secret) is not None
    revoked = keys.revoke(team.key, record.id, user.key)
    assert revoked is not None
    assert revoked.id == record.id
    assert keys.principal(secret) is None


def test_a_team_lists_the_keys_of_its_active_users(
    keys: ApiKeys, add: AddUser, users: Users, team: TeamRecord, other_team: TeamRecord
) -> None:
    here, gone, there = add("Max"), add("Gus"), add("Fay", of=other_team)
    names = {user.name: keys.create(user.key, user.name, ["read"])[0].name for user in (here, gone, there)}
    users.change(team.key, gone.id, active=False)
    assert {one.name for one in keys.of_team(team.key)} == {"tests", names["Max"]}
    assert {one.name for one in keys.of_team(other_team.key)} == {"Fay"}


def test_a_key_expires_and_says_when(keys: ApiKeys, ada: UserRecord, clock: Clock) -> None:
    lasting, forever = keys.create(ada.key, "k", ["read"])
    record, secret = keys.create(ada.key, "k", ["read"], timedelta(days=30))
    assert lasting.expires_at is None
    assert record.expires_at == record.created_at + timedelta(days=30)
    clock.move(days=29.99)
    assert keys.principal(secret) is not None
    assert keys.expired_at(secret) is None
    clock.move(days=0.02)
    assert keys.principal(secret) is None
    assert keys.expired_at(secret) == record.expires_at
    assert set(keys.principals([lasting.key, record.key])) == {lasting.key}, "its streams end, too"
    clock.move(days=10_000)
    assert keys.principal(forever) is not None
    keys.revoke(ada.team_key, record.id)
    assert keys.expired_at(secret) is None


def test_a_key_has_its_users_role_of_today(keys: ApiKeys, add: AddUser, users: Users, team: TeamRecord) -> None:
    user = add("Max", "administrator")
    _, secret = keys.create(user.key, "k", ["read", "run"])
    users.change(team.key, user.id, role="viewer")
    found = keys.principal(secret)
    assert found is not None
    assert (found.user.role, found.may_work, found.is_administrator) == ("viewer", False, False)


def test_its_last_use_is_told_to_the_minute(
    keys: ApiKeys, ada: UserRecord, clock: Clock, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, secret = keys.create(ada.key, "k", ["read"])
    assert record.last_used_at is None

    def last() -> datetime:
        used = next(one for one in keys.of_user(ada.key) if one.id == record.id).last_used_at
        assert used is not None
        return used

    before = clock.now()
    keys.principal(secret)
    first = last()
    assert before <= first <= clock.now()
    clock.move(seconds=50)
    with monkeypatch.context() as patch:
        patch.setattr(type(database), "write", None)  # it is not written at every request
        assert keys.principal(secret) is not None
    assert last() == first
    clock.move(seconds=11)
    keys.principal(secret)
    assert last() >= first + timedelta(seconds=61)


@pytest.mark.only_on("postgresql")
def test_a_key_of_a_team_with_a_limit_and_the_end_of_its_user_do_not_wait_for_each_other(
    database: PostgresDatabase, add: AddUser, team: TeamRecord
) -> None:
    max_, keys = add("Max"), ApiKeys(database, Quotas(database, {"api_keys": 100}))
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with database.connect() as ending, database.connect() as asking, ThreadPoolExecutor(1) as pool:
        with ending.transaction():  # as Users.change does
            ending.execute("SELECT 1 FROM teams WHERE key = %s FOR NO KEY UPDATE", (team.key,))
            made = pool.submit(keys.create, max_.key, "k", ["read"])
            wait_until(lambda: asking.execute(waiting).fetchone() == (1,), 10, "a key that waits for the team")
            ending.execute("UPDATE users SET active = false WHERE key = %s", (max_.key,))
        with pytest.raises(AccountError, match="deactivated"):
            made.result(10)
