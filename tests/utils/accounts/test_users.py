"""Users and their teams."""

import pytest
from sqlalchemy import text

from tests.support.account import EMAIL, HASHED, PASSWORD
from tests.support.at_once import at_once
from tests.support.events import activity
from utils.accounts import passwords
from utils.accounts.principal import TeamRecord, UserRecord
from utils.accounts.sign_ins import SignIns
from utils.accounts.users import AccountError, SignedOutError, Users, add_team
from utils.database.base import Database
from utils.log.activity_log import ActivityLog
from utils.sessions.sessions import Sessions

from .conftest import AddUser

pytestmark = pytest.mark.usefixtures("quick_hashing")


def test_a_user_is_found_by_address_however_it_is_written(users: Users, ada: UserRecord, team: TeamRecord) -> None:
    for written in (EMAIL, EMAIL.upper(), f"  {EMAIL.title()} "):
        assert users.with_email(written) == [(ada, team, HASHED)]
    assert users.with_email("nobody@example.org") == []
    assert (ada.name, ada.role, ada.active, ada.team_key) == ("Ada", "administrator", True, team.key)


def test_an_address_belongs_to_one_user_of_a_team(add: AddUser, users: Users, other_team: TeamRecord) -> None:
    with pytest.raises(AccountError) as refused:
        add("Another Ada", email=EMAIL.upper())
    assert refused.value.code == "email_taken"
    there = add("Ada there", of=other_team, email=EMAIL)
    assert [user.name for user, _, _ in users.with_email(EMAIL)] == ["Ada", "Ada there"]
    assert there.team_key == other_team.key


def test_a_team_sees_its_own_users_only(
    add: AddUser, users: Users, ada: UserRecord, team: TeamRecord, other_team: TeamRecord
) -> None:
    here, there = add("Max"), add("Fay", of=other_team)
    assert users.of_team(team.key) == [ada, here]
    assert users.of_team(other_team.key) == [there]
    assert users.get(team.key, here.id) == here
    assert users.get(team.key, there.id) is None
    assert users.change(team.key, there.id, role="administrator") is None
    assert users.of_team(other_team.key) == [there]


def test_a_change_leaves_alone_what_it_does_not_name(add: AddUser, users: Users, team: TeamRecord) -> None:
    user = add("Max")
    changed = users.change(team.key, user.id, name="Maxine")
    assert changed is not None
    assert (changed[0].name, changed[0].role, changed[0].active) == ("Maxine", "member", True)
    changed = users.change(team.key, user.id, role="viewer")
    assert changed is not None
    assert (changed[0].name, changed[0].role, changed[0].active) == ("Maxine", "viewer", True)


@pytest.mark.parametrize("change", [{"role": "member"}, {"role": "viewer"}, {"active": False}])
def test_a_team_keeps_its_last_administrator(
    add: AddUser, users: Users, ada: UserRecord, team: TeamRecord, other_team: TeamRecord, change: dict[str, object]
) -> None:
    add("Max")
    add("Fay", "administrator", other_team)  # of another team, who is no help here
    gone = add("Gus", "administrator")
    users.change(team.key, gone.id, active=False)  # nor is a deactivated one
    with pytest.raises(AccountError) as refused:
        users.change(team.key, ada.id, **change)  # type: ignore[arg-type]
    assert refused.value.code == "last_administrator"
    assert users.get(team.key, ada.id) == ada


@pytest.mark.parametrize("change", [{"role": "member"}, {"active": False}])
def test_of_two_administrators_who_end_each_other_at_the_same_instant_one_stays(
    add: AddUser, users: Users, ada: UserRecord, team: TeamRecord, change: dict[str, object]
) -> None:
    for number in range(8):
        other = add(f"Bob{number}", "administrator")
        done = at_once(
            lambda: users.change(team.key, ada.id, **change),  # type: ignore[arg-type]
            lambda other=other: users.change(team.key, other.id, **change),  # type: ignore[arg-type,misc]
        )
        assert [isinstance(one, AccountError) for one in done].count(True) == 1, done
        users.change(team.key, other.id, role="administrator", active=True)
        users.change(team.key, ada.id, role="administrator", active=True)
        users.change(team.key, other.id, role="member")


def test_a_deactivated_user_is_signed_out_everywhere_and_not_found_by_address(
    add: AddUser, users: Users, team: TeamRecord, database: Database
) -> None:
    sign_ins, user, other = SignIns(database), add("Max"), add("Mia")
    mine, theirs = [sign_ins.open(user, "b") for _ in range(2)], sign_ins.open(other, "b")
    users.change(team.key, user.id, active=False)
    assert [sign_ins.principal(one.id) for one in mine] == [None, None]
    assert sign_ins.principal(theirs.id) is not None
    assert users.with_email(user.email) == []
    users.change(team.key, user.id, active=True)
    assert [sign_ins.principal(one.id) for one in mine] == [None, None], "who comes back signs in anew"
    assert len(users.with_email(user.email)) == 1


def test_a_new_password_ends_all_other_sign_ins(add: AddUser, users: Users, database: Database) -> None:
    sign_ins, user, other = SignIns(database), add("Max"), add("Mia")
    kept, ended, foreign = (sign_ins.open(one, "b") for one in (user, user, other))
    keep = sign_ins.principal(kept.id)
    assert keep is not None
    users.set_password(user, "another password", keep_sign_in=keep.grant.key)
    assert passwords.matches("another password", users.password_of(user.key))
    assert not passwords.matches(PASSWORD, users.password_of(user.key))
    assert sign_ins.principal(kept.id) is not None
    assert sign_ins.principal(ended.id) is None
    assert sign_ins.principal(foreign.id) is not None


def test_a_password_with_todays_parameters_is_left_as_it_is(users: Users, ada: UserRecord) -> None:
    users.renew_password(ada.key, PASSWORD, HASHED)
    assert users.password_of(ada.key) == HASHED


def test_a_password_with_weaker_parameters_is_hashed_anew(
    users: Users, ada: UserRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # hashing as the product does
    users.renew_password(ada.key, PASSWORD, HASHED)
    renewed = users.password_of(ada.key)
    assert renewed.startswith("$argon2id$v=19$m=65536,")
    assert passwords.matches(PASSWORD, renewed)


def test_a_hash_that_was_replaced_meanwhile_is_not_renewed(
    users: Users, ada: UserRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = users.set_password(ada, "another password", 0)
    monkeypatch.undo()  # hashing as the product does
    users.renew_password(ada.key, PASSWORD, HASHED)
    assert users.password_of(ada.key) == newer


def test_who_was_signed_out_meanwhile_sets_no_password(users: Users, ada: UserRecord) -> None:
    newer = users.set_password(ada, "another password", 0)
    with pytest.raises(SignedOutError):
        users.set_password(ada, "a third password", 0)
    assert users.password_of(ada.key) == newer


def test_the_first_team_gets_the_sessions_that_emitters_made_before_it(
    database: Database, log: ActivityLog, sessions: Sessions
) -> None:
    with database.write() as connection:
        for table in ("users", "teams"):
            connection.execute(text(f"DELETE FROM {table}"))
    log.append("early", [activity("early")])
    with database.write() as connection:
        first = add_team(connection, "First")
    log.append("late", [activity("late")])
    with database.write() as connection:
        add_team(connection, "Second")
    log.append("later", [activity("later")])
    for name in ("early", "late", "later"):
        session = sessions.ownership(name)
        assert session is not None
        assert (session.team_key, session.owner_key, session.shared) == (first.key, None, True), name


def test_a_team_is_renamed_and_no_other(
    users: Users, team: TeamRecord, other_team: TeamRecord, database: Database
) -> None:
    users.change_team(team.key, name="Quay")
    with database.read() as connection:
        names = connection.execute(text("SELECT name FROM teams ORDER BY key")).scalars().all()
    assert names == ["Quay", "Pier"]
