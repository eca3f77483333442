"""Sign-ins: families of refresh tokens."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.support.at_once import at_once
from tests.support.clock import Clock
from utils.accounts.principal import Grant, UserRecord
from utils.accounts.sign_ins import LIFETIME, SignInRecord, SignIns
from utils.accounts.users import Users
from utils.database.base import Database

from .conftest import AddUser


@pytest.fixture
def sign_ins(database: Database) -> SignIns:
    return SignIns(database)


def key_of(sign_ins: SignIns, record: SignInRecord) -> int:
    found = sign_ins.principal(record.id)
    assert found is not None
    return found.grant.key


def test_a_sign_in_says_who_it_is_with_all_that_the_role_allows(sign_ins: SignIns, ada: UserRecord) -> None:
    record = sign_ins.open(ada, "a browser")
    found = sign_ins.principal(record.id)
    assert found is not None
    assert (found.user, found.team.name, found.scopes, found.grant.kind) == (ada, "Harbour", None, "sign-in")
    assert sign_ins.principal("sign-in-unknown") is None
    assert sign_ins.principal("") is None


def test_of_many_at_once_those_that_have_ended_are_missing(
    sign_ins: SignIns, ada: UserRecord, add: AddUser, users: Users, clock: Clock
) -> None:
    old = key_of(sign_ins, sign_ins.open(ada, "b"))
    clock.move(days=6)
    lasting, ended = sign_ins.open(ada, "b"), sign_ins.open(ada, "b")
    gone = add("Gus")
    theirs = sign_ins.open(gone, "b")
    keys = [key_of(sign_ins, one) for one in (lasting, ended, theirs)]
    assert set(sign_ins.principals([old, *keys, 999])) == {old, *keys}
    clock.move(days=2)
    sign_ins.end(ended.id)
    users.change(ada.team_key, gone.id, active=False)
    found = sign_ins.principals([old, *keys, 999])
    assert found == {keys[0]: sign_ins.principal(lasting.id)}
    assert found[keys[0]].grant == Grant("sign-in", keys[0])
    assert sign_ins.principals([]) == {}


def test_each_refresh_token_is_used_once_for_the_next(sign_ins: SignIns, ada: UserRecord) -> None:
    record, seen = sign_ins.open(ada, "b"), set()
    for _ in range(4):
        assert record.refresh_id not in seen
        seen.add(record.refresh_id)
        following = sign_ins.refresh(record.id, record.refresh_id)
        assert following is not None
        assert following.id == record.id
        record = following
    assert sign_ins.principal(record.id) is not None


def test_a_refresh_token_used_twice_ends_the_whole_family_and_no_other(sign_ins: SignIns, ada: UserRecord) -> None:
    first, other = sign_ins.open(ada, "b"), sign_ins.open(ada, "b")
    second = sign_ins.refresh(first.id, first.refresh_id)
    assert second is not None
    assert sign_ins.refresh(first.id, first.refresh_id) is None
    assert sign_ins.principal(first.id) is None
    assert sign_ins.refresh(second.id, second.refresh_id) is None, "nor does the newest one work any more"
    assert sign_ins.principal(other.id) is not None
    assert sign_ins.refresh(other.id, other.refresh_id) is not None


def test_two_who_refresh_with_the_same_token_at_the_same_instant_are_both_signed_out(
    sign_ins: SignIns, ada: UserRecord
) -> None:
    for _ in range(10):
        record = sign_ins.open(ada, "b")
        done = at_once(*[lambda record=record: sign_ins.refresh(record.id, record.refresh_id)] * 3)  # type: ignore[misc]
        assert sorted(one is None for one in done) == [False, True, True], done
        assert sign_ins.principal(record.id) is None
        [following] = [one for one in done if isinstance(one, SignInRecord)]
        assert sign_ins.refresh(following.id, following.refresh_id) is None


def test_a_sign_in_lasts_a_week_from_its_last_refresh(sign_ins: SignIns, ada: UserRecord, clock: Clock) -> None:
    assert timedelta(days=7) == LIFETIME
    record = sign_ins.open(ada, "b")
    for _ in range(3):
        clock.move(days=6.9)
        following = sign_ins.refresh(record.id, record.refresh_id)
        assert following is not None
        record = following
    clock.move(days=7.01)
    assert sign_ins.principal(record.id) is None
    assert sign_ins.refresh(record.id, record.refresh_id) is None
    clock.move(days=-7.01)
    assert sign_ins.principal(record.id) is None, "who came too late has ended it"


def test_signing_out_ends_one_browser_and_end_all_every_one_of_the_user(
    sign_ins: SignIns, ada: UserRecord, add: AddUser
) -> None:
    one, two, three = (sign_ins.open(ada, "b") for _ in range(3))
    other = sign_ins.open(add("Max"), "b")
    sign_ins.end(one.id)
    assert [sign_ins.principal(record.id) is not None for record in (one, two, three)] == [False, True, True]
    assert sign_ins.refresh(one.id, one.refresh_id) is None
    sign_ins.end_all(ada.key)
    assert [sign_ins.principal(record.id) is not None for record in (two, three, other)] == [False, False, True]


def test_a_browser_of_any_name_is_remembered(sign_ins: SignIns, ada: UserRecord, database: Database) -> None:
    sign_ins.open(ada, "é" * 1000)
    with database.read() as connection:
        assert connection.execute(text("SELECT browser FROM sign_ins")).scalar() == "é" * 200
