"""Sign-ins: families of refresh tokens."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from tests.support.at_once import at_once
from tests.support.clock import Clock
from utils.accounts.principal import Grant, UserRecord
from utils.accounts.sign_ins import DEFAULT_LIFETIMES, GRACE, SignInRecord, SignIns
from utils.accounts.users import SignedOutError, Users
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


def test_a_refresh_token_of_before_ends_the_whole_family_and_no_other(
    sign_ins: SignIns, ada: UserRecord, clock: Clock
) -> None:
    first, other = sign_ins.open(ada, "b"), sign_ins.open(ada, "b")
    second = sign_ins.refresh(first.id, first.refresh_id)
    assert second is not None
    clock.move(seconds=GRACE.total_seconds() + 30)
    assert sign_ins.refresh(first.id, first.refresh_id) is None
    assert sign_ins.principal(first.id) is None
    assert sign_ins.refresh(second.id, second.refresh_id) is None, "nor does the newest one work any more"
    assert sign_ins.principal(other.id) is not None
    assert sign_ins.refresh(other.id, other.refresh_id) is not None


def test_sent_again_in_time_a_refresh_token_gets_the_same_next_one(
    sign_ins: SignIns, ada: UserRecord, clock: Clock
) -> None:
    first = sign_ins.open(ada, "b")
    second = sign_ins.refresh(first.id, first.refresh_id)
    assert second is not None
    assert not second.again
    clock.move(seconds=GRACE.total_seconds() - 2)
    again = sign_ins.refresh(first.id, first.refresh_id)
    assert again is not None
    assert (again.id, again.refresh_id, again.again) == (first.id, second.refresh_id, True)
    clock.move(seconds=33)
    assert sign_ins.refresh(second.id, second.refresh_id) is not None, "the grace is counted from the first use"


def test_only_the_token_just_exchanged_may_be_sent_again(sign_ins: SignIns, ada: UserRecord) -> None:
    first = sign_ins.open(ada, "b")
    second = sign_ins.refresh(first.id, first.refresh_id)
    assert second is not None
    third = sign_ins.refresh(second.id, second.refresh_id)
    assert third is not None
    assert sign_ins.refresh(first.id, first.refresh_id) is None
    assert sign_ins.principal(first.id) is None


def test_a_thief_who_comes_in_time_ends_the_family_at_the_next_refresh(
    sign_ins: SignIns, ada: UserRecord, clock: Clock
) -> None:
    copied = sign_ins.open(ada, "b")
    owners = sign_ins.refresh(copied.id, copied.refresh_id)
    thiefs = sign_ins.refresh(copied.id, copied.refresh_id)
    assert owners is not None
    assert thiefs is not None
    clock.move(hours=1)
    assert sign_ins.refresh(thiefs.id, thiefs.refresh_id) is not None
    clock.move(hours=1)
    assert sign_ins.refresh(owners.id, owners.refresh_id) is None
    assert sign_ins.principal(copied.id) is None


def test_who_has_signed_out_is_not_signed_in_by_a_token_that_is_sent_again(sign_ins: SignIns, ada: UserRecord) -> None:
    first = sign_ins.open(ada, "b")
    assert sign_ins.refresh(first.id, first.refresh_id) is not None
    sign_ins.end(first.id)
    assert sign_ins.refresh(first.id, first.refresh_id) is None


def test_all_who_refresh_with_the_same_token_at_the_same_instant_get_the_same_next_one(
    sign_ins: SignIns, ada: UserRecord
) -> None:
    for _ in range(10):
        record = sign_ins.open(ada, "b")
        done = at_once(*[lambda record=record: sign_ins.refresh(record.id, record.refresh_id)] * 3)  # type: ignore[misc]
        found = [one for one in done if isinstance(one, SignInRecord)]
        assert sorted(one.again for one in found) == [False, True, True], done
        assert len({one.refresh_id for one in found}) == 1
        assert sign_ins.refresh(record.id, found[0].refresh_id) is not None


def test_a_sign_in_lasts_a_week_from_its_last_refresh(sign_ins: SignIns, ada: UserRecord, clock: Clock) -> None:
    assert DEFAULT_LIFETIMES.idle == timedelta(days=7)
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


def test_a_sign_in_ends_at_its_longest_life_however_often_it_is_refreshed(
    sign_ins: SignIns, ada: UserRecord, clock: Clock
) -> None:
    record = sign_ins.open(ada, "b")
    opened = record.expires_at - timedelta(days=7)
    for _ in range(29):
        clock.move(days=1)
        following = sign_ins.refresh(record.id, record.refresh_id)
        assert following is not None
        record = following
    assert record.expires_at == opened + timedelta(days=30)
    assert not sign_ins.has_expired(record.id)
    clock.move(days=1)
    assert sign_ins.principal(record.id) is None
    assert sign_ins.has_expired(record.id)
    assert sign_ins.refresh(record.id, record.refresh_id) is None
    assert sign_ins.has_expired(record.id), "also after somebody has tried"


def test_why_a_sign_in_has_ended_is_known_for_a_week(sign_ins: SignIns, ada: UserRecord, clock: Clock) -> None:
    by_age, by_hand = sign_ins.open(ada, "b"), sign_ins.open(ada, "b")
    sign_ins.end(by_hand.id)
    for _ in range(2):
        clock.move(days=6.9)
        sign_ins.forget_expired()
    assert [sign_ins.has_expired(one.id) for one in (by_age, by_hand)] == [True, False]
    clock.move(days=0.3)
    sign_ins.forget_expired()
    assert not sign_ins.has_expired(by_age.id)
    assert not sign_ins.has_expired("sign-in-unknown")


@pytest.mark.parametrize("skew", [20, -20])
def test_a_token_that_is_sent_again_to_a_machine_with_another_clock_gets_the_same_next_one(
    sign_ins: SignIns, ada: UserRecord, clock: Clock, skew: float
) -> None:
    first = sign_ins.open(ada, "b")
    assert sign_ins.refresh(first.id, first.refresh_id) is not None
    clock.move(seconds=GRACE.total_seconds() - 1 + skew)
    again = sign_ins.refresh(first.id, first.refresh_id)
    assert again is not None
    assert again.again


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


def test_who_was_seen_before_all_sign_ins_were_ended_gets_none_afterwards(
    sign_ins: SignIns, users: Users, ada: UserRecord, add: AddUser
) -> None:
    max_ = add("Max")
    sign_ins.end_all(ada.key)
    with pytest.raises(SignedOutError):
        sign_ins.open(ada, "b")
    assert sign_ins.open(users.with_email(ada.email)[0][0], "b")
    users.change(max_.team_key, max_.id, active=False)
    for active in (False, True):
        users.change(max_.team_key, max_.id, active=active)
        with pytest.raises(SignedOutError):
            sign_ins.open(max_, "b")


def test_of_a_sign_in_that_is_opened_while_all_are_ended_nothing_is_left(
    sign_ins: SignIns, users: Users, ada: UserRecord
) -> None:
    for _ in range(20):
        seen = users.with_email(ada.email)[0][0]
        opened, _ = at_once(
            lambda seen=seen: sign_ins.open(seen, "b"),  # type: ignore[misc]
            lambda: sign_ins.end_all(ada.key),
        )
        if isinstance(opened, SignInRecord):
            assert sign_ins.principal(opened.id) is None
        else:
            assert isinstance(opened, SignedOutError)
