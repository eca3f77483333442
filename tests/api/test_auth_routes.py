"""The first visit, invitations, signing in and out, over HTTP."""

import gc
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import event, insert, text
from werkzeug.test import TestResponse

from api.app import create_app
from api.errors import ApiError
from api.services import Services
from tests.support.account import EMAIL, HASHED, PASSWORD
from tests.support.at_once import at_once
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.errors import assert_error
from utils.accounts import passwords
from utils.accounts.principal import UserRecord
from utils.accounts.secret import hash_of
from utils.accounts.sign_in_attempts import Attempt, SignInAttempts
from utils.accounts.users import add_team, add_user
from utils.database.moment import now
from utils.database.tables import sign_in_attempts
from utils.settings import Settings

AddUser = Callable[..., UserRecord]
pytestmark = pytest.mark.usefixtures("quick_hashing")


def log_in(browser: Browser, email: str = EMAIL, password: str = PASSWORD, **more: Any) -> TestResponse:
    return browser.post("/api/auth/login", json={"email": email, "password": password, **more})


def besiege(app: Flask, email: str = EMAIL) -> None:
    """Strangers from many networks try passwords until all of them have to wait, for a long time."""
    attempts: SignInAttempts = app.extensions["ringside"].sign_in_attempts
    with app.extensions["ringside"].database.write() as connection:
        for subject in (hash_of(f"account {email}"),):
            connection.execute(insert(sign_in_attempts), [{"subject": subject, "at": now()} for _ in range(70)])
    assert attempts.begin(Attempt(email, "198.51.100.1")).seconds > 800


def device_cookies(browser: Browser) -> list[str]:
    """Their names."""
    jar = browser._cookies or {}
    return [name for (_, _, name) in jar if name.startswith("device_")]


def is_in(browser: Browser) -> bool:
    return browser.get("/api/auth/me").status_code == 200


@pytest.fixture
def empty(own: Services) -> None:
    with own.database.write() as connection:
        for table in ("users", "teams"):
            connection.execute(text(f"DELETE FROM {table}"))


def audit(own: Services) -> list[tuple[str, str]]:
    """(action, actor), oldest first."""
    found = own.audit.page(own.users.with_email(EMAIL)[0][1].key, limit=200).items
    return [(one.action, one.actor) for one in reversed(found)]


# The first visit


def set_up(browser: Browser, secret: str, **changed: object) -> TestResponse:
    body = {"token": secret, "team": "Harbour", "name": "Ada", "email": EMAIL, "password": PASSWORD}
    return browser.post("/api/auth/setup", json=body | changed)


@pytest.mark.usefixtures("empty")
def test_the_first_visit_founds_a_team_and_signs_its_administrator_in(nobody: Browser, own: Services) -> None:
    token = own.invitations.set_up()
    invited = nobody.post("/api/auth/invitation", json={"token": token})
    assert (invited.status_code, invited.json) == (200, {"team": None, "role": "administrator", "invited_by": None})
    response = set_up(nobody, token)
    assert response.status_code == 201
    assert response.json["team"]["name"] == "Harbour"
    assert response.json["user"]["role"] == "administrator"
    assert '"password"' not in response.text
    assert nobody.get("/api/auth/me").json == response.json
    assert audit(own) == [("team founded", f"Ada <{EMAIL}>")]
    assert_error(set_up(Browser(nobody.application), token, email="b@c.d"), 409, "invitation_unusable")


@pytest.mark.usefixtures("empty")
def test_two_who_open_set_up_links_at_the_same_instant_make_one_team(app: Flask, own: Services) -> None:
    tokens = [own.invitations.set_up() for _ in range(2)]
    browsers = [Browser(app) for _ in range(4)]
    done = at_once(
        *(
            lambda browser=browser, n=n: set_up(browser, tokens[n % 2], email=f"a{n}@b.c")  # type: ignore[misc]
            for n, browser in enumerate(browsers)
        )
    )
    assert sorted(one.status_code for one in done if not isinstance(one, Exception)) == [201, 409, 409, 409], done
    assert sorted(is_in(browser) for browser in browsers) == [False, False, False, True]
    with own.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM teams")).scalar() == 1


@pytest.mark.any_database
@pytest.mark.usefixtures("empty")
@pytest.mark.parametrize(
    "changed",
    [
        {"password": "too short"}, {"password": "x" * 1001}, {"email": "no address"}, {"email": "a b@c.d"},
        {"email": ""}, {"name": " "}, {"team": ""}, {"token": ""}, {"role": "administrator"}, {"email": "a@" * 2},
    ],
    ids=str,
)  # fmt: skip
def test_a_first_visit_that_does_not_fit_is_refused_and_uses_nothing_up(
    nobody: Browser, own: Services, changed: dict[str, str]
) -> None:
    token = own.invitations.set_up()
    assert_error(set_up(nobody, token, **changed), 400, "invalid_request")
    assert set_up(nobody, token).status_code == 201


# Invitations


@pytest.mark.any_database
def test_nobody_is_called_as_somebody_else_is_written(
    nobody: Browser, browser: Browser, own: Services, ada: UserRecord, add: AddUser
) -> None:
    """The audit trail writes people as Name <address>."""
    _, token = own.invitations.invite(own.users.with_email(EMAIL)[0][1], ada, "member", timedelta(hours=1))
    body = {"token": token, "name": "New", "email": "new@example.org", "password": PASSWORD}
    for changed, words in (
        ({"name": "Ada <ada@example.org>"}, "name: must be a name without < and >."),
        ({"email": "Ada<ada@example.org"}, "email: must be an address that mail can be sent to."),
        ({"email": '"ada<ada>"@example.org'}, "email: must be an address that mail can be sent to."),
        ({"email": "ada,max@example.org"}, "email: must be an address that mail can be sent to."),
    ):
        refused = nobody.post("/api/auth/register", json=body | changed)
        assert assert_error(refused, 400, "invalid_request").endswith(words)
    for path, sent in (("users/" + add("Max").id, {}), ("service-accounts", {"role": "member"})):
        call = browser.patch if "users" in path else browser.post
        assert_error(call(f"/api/team/{path}", json=sent | {"name": "Ada <a"}), 400, "invalid_request")
    assert nobody.post("/api/auth/register", json=body).status_code == 201


@pytest.mark.any_database
def test_who_is_called_like_that_already_goes_on_working(nobody: Browser, browser: Browser, own: Services) -> None:
    with own.database.write() as connection:
        old = add_user(connection, own.arrivals.team().key, '"<x>"@example.org', "X <x>", "member", HASHED)
    assert log_in(nobody, old.email).status_code == 200
    assert browser.patch(f"/api/team/users/{old.id}", json={"role": "viewer"}).json["name"] == "X <x>"


def test_an_invitation_makes_an_account_and_signs_it_in_once(nobody: Browser, own: Services, ada: UserRecord) -> None:
    team = own.users.with_email(EMAIL)[0][1]
    _, token = own.invitations.invite(team, ada, "viewer", timedelta(hours=1))
    invited = nobody.post("/api/auth/invitation", json={"token": token})
    assert invited.json == {"team": "Harbour", "role": "viewer", "invited_by": "Ada"}
    body = {"token": token, "name": "New", "email": "new@example.org", "password": "a password like any other"}
    response = nobody.post("/api/auth/register", json=body)
    assert response.status_code == 201
    assert (response.json["user"]["role"], response.json["team"]["name"]) == ("viewer", "Harbour")
    assert nobody.get("/api/auth/me").json == response.json
    again = Browser(nobody.application)
    for path, sent in (("register", body | {"email": "x@y.z"}), ("invitation", {"token": token})):
        assert_error(again.post(f"/api/auth/{path}", json=sent), 409, "invitation_unusable")
    assert_error(log_in(again, "new@example.org"), 401, "wrong_credentials")
    assert log_in(again, "new@example.org", "a password like any other").status_code == 200
    assert ("joined", "New <new@example.org>") in audit(own)


@pytest.mark.any_database
def test_a_role_cannot_be_wished_for_and_an_address_of_the_team_is_not_taken_twice(
    nobody: Browser, own: Services, ada: UserRecord
) -> None:
    _, token = own.invitations.invite(own.users.with_email(EMAIL)[0][1], ada, "viewer", timedelta(hours=1))
    body = {"token": token, "name": "N", "email": EMAIL, "password": PASSWORD}
    assert_error(nobody.post("/api/auth/register", json=body | {"role": "administrator"}), 400, "invalid_request")
    assert_error(nobody.post("/api/auth/register", json=body), 409, "email_taken")
    assert nobody.cookies == {}


# Signing in


def test_signing_in_says_who_one_is(nobody: Browser, own: Services, ada: UserRecord) -> None:
    response = log_in(nobody, f" {EMAIL.upper()} ")
    assert response.status_code == 200
    assert response.json["user"] == {
        "id": ada.id, "email": EMAIL, "name": "Ada", "role": "administrator", "active": True,
        "service": False, "erased": False, "created_at": response.json["user"]["created_at"],
    }  # fmt: skip
    assert response.json["scopes"] is None
    assert nobody.get("/api/auth/me").json == response.json
    assert audit(own) == [("signed in", f"Ada <{EMAIL}>")]


@pytest.mark.parametrize("teams", [1, 2])
def test_unknown_wrong_and_deactivated_get_the_same_answer_for_the_same_work(
    nobody: Browser, own: Services, add: AddUser, monkeypatch: pytest.MonkeyPatch, clock: Clock, teams: int
) -> None:
    """The same hashing, and the same statements in the same transactions; only the audit trail knows."""
    clock.stop()
    gone = add("Gus")
    own.users.change(gone.team_key, gone.id, active=False)
    if teams == 2:
        with own.database.write() as connection:
            add_user(connection, add_team(connection, "Pier").key, EMAIL, "Ada", "viewer", HASHED)
    assert own.has_accounts(), "asked once"
    work: list[str] = []
    matches = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda *given, **how: work.append("hashing") or matches(*given, **how))
    event.listen(own.database.engine, "before_cursor_execute", lambda *given: work.append(given[2]))
    event.listen(own.database.engine, "commit", lambda _: work.append("commit"))
    changed: list[int] = []
    event.listen(own.database.engine, "after_cursor_execute", lambda *given: changed.append(given[1].rowcount))
    answers = []
    for number, (email, password) in enumerate(
        ((EMAIL, "wrong"), ("unknown@example.org", PASSWORD), (gone.email, PASSWORD), ("no address", PASSWORD))
    ):
        work.clear()
        changed.clear()
        nobody.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        refusals = [log_in(nobody, email, password) for _ in range(7)]
        assert [one.status_code for one in refusals] == [401] * 5 + [429] * 2
        assert work.count("hashing") == 5 * teams, email
        assert sum(1 for rows in changed if rows > 0) >= 5 * 4, "or the disk is waited for with some addresses only"
        said = [(one.status, re.sub(rb"\d+ seconds?", b"", one.data), sorted(one.headers.keys())) for one in refusals]
        answers.append((said, list(work)))
    assert answers == [answers[0]] * 4
    assert nobody.cookies == {}
    for user in (f"Ada <{EMAIL}>", f"Gus <{gone.email}>"):
        assert audit(own).count(("sign-in failed", user)) == 5
        assert audit(own).count(("too many sign-ins tried", user)) == 1
    assert len(audit(own)) == 12


def test_who_is_in_several_teams_names_one(nobody: Browser, own: Services, ada: UserRecord) -> None:
    with own.database.write() as connection:
        pier = add_team(connection, "Pier")
        add_user(connection, pier.key, EMAIL, "Ada at the pier", "viewer", HASHED)
        third = add_team(connection, "Third")
        add_user(connection, third.key, EMAIL, "Ada", "viewer", passwords.hash_password("another password"))
    asked = log_in(nobody)
    assert (asked.status_code, asked.json["error"]["code"]) == (409, "choose_team")
    harbour = own.users.with_email(EMAIL)[0][1]
    assert [(one["id"], one["name"]) for one in asked.json["teams"]] == [(harbour.id, "Harbour"), (pier.id, "Pier")]
    assert nobody.cookies == {}
    assert log_in(nobody, team=harbour.id).json["user"]["id"] == ada.id
    nobody.delete_cookie("access_token")
    assert log_in(nobody, team="Pier").json["user"]["name"] == "Ada at the pier"
    assert nobody.get("/api/auth/me").json["team"]["id"] == pier.id
    assert log_in(nobody, password="another password").json["team"]["name"] == "Third"
    assert log_in(nobody, team="Third").json["teams"] == asked.json["teams"], "there this password is wrong"


def test_an_old_hash_is_renewed_by_signing_in(
    app: Flask, own: Services, ada: UserRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()  # hashing as the product does
    browser = Browser(app)
    assert log_in(browser).status_code == 200
    renewed = own.users.password_of(ada.key)
    assert renewed != HASHED
    assert not passwords.is_outdated(renewed)
    assert log_in(browser).status_code == 200
    assert own.users.password_of(ada.key) == renewed


# Meanwhile


def reset_by_link(own: Services, user: UserRecord) -> None:
    made = own.password_links.make(user.team_key, user.id)
    assert made is not None
    own.password_links.use(made[1], "another password")


def reset_second_factor(own: Services, user: UserRecord) -> None:
    own.second_factors.reset(user.team_key, user.id, own.settings)


def confirm_second_factor(own: Services, user: UserRecord) -> None:
    code = pyotp.TOTP(own.second_factors.prepare(user.key)).now()
    assert own.second_factors.confirm(user, code) is not None


def leave_and_come_back(own: Services, user: UserRecord) -> None:
    for active in (False, True):
        own.users.change(user.team_key, user.id, active=active)


@pytest.mark.parametrize("end", [reset_by_link, reset_second_factor, confirm_second_factor, leave_and_come_back])
def test_a_password_that_was_shown_before_all_sign_ins_ended_lets_nobody_in_afterwards(
    nobody: Browser, own: Services, add: AddUser, monkeypatch: pytest.MonkeyPatch, end: Callable[..., None]
) -> None:
    max_, renew = add("Max"), own.users.renew_password

    def meanwhile(*args: Any) -> None:
        """After the password was looked at, and before there is a sign-in."""
        end(own, max_)
        renew(*args)

    monkeypatch.setattr(own.users, "renew_password", meanwhile)
    refused = log_in(nobody, max_.email)
    assert refused.status_code == 401
    assert refused.json["error"]["code"] in ("signed_out", "second_factor_needed")
    assert (nobody.cookies, device_cookies(nobody)) == ({}, [])
    with own.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM sign_ins WHERE ended_at IS NULL")).scalar() == 0


def test_a_second_step_that_is_over_before_it_is_taken_lets_nobody_in(
    nobody: Browser, own: Services, add: AddUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step was given for a password that was being replaced at that moment."""
    max_, renew = add("Max"), own.users.renew_password
    totp = pyotp.TOTP(own.second_factors.prepare(max_.key))
    assert own.second_factors.confirm(max_, totp.at(now(), counter_offset=-1)) is not None

    def meanwhile(*args: Any) -> None:
        reset_by_link(own, max_)
        renew(*args)

    monkeypatch.setattr(own.users, "renew_password", meanwhile)
    assert_error(log_in(nobody, max_.email), 401, "second_factor_needed")
    assert_error(nobody.post("/api/auth/step", json={"code": totp.now()}), 401, "step_over")
    assert nobody.cookies == {}


# How often one may try


@pytest.fixture
def second(app: Flask, settings: Settings) -> Iterator[Flask]:
    """Another process of the server."""
    other = create_app(settings)
    yield other
    other.extensions["ringside"].database.close()
    other.extensions["ringside"].doorbell.close()


@pytest.mark.any_database
def test_a_wrong_password_is_forgotten_with_the_answer(nobody: Browser) -> None:
    guesses = [f"typed by mistake {number}" for number in range(3)]
    for guess in guesses:
        assert_error(log_in(nobody, password=guess), 401, "wrong_credentials")
    gc.collect()
    kept = [error for error in gc.get_objects() if isinstance(error, ApiError)]
    frames = [frame for error in kept for frame, _ in traceback.walk_tb(error.__traceback__)]
    assert not [frame for frame in frames if any(guess in repr(frame.f_locals) for guess in guesses)]
    assert not frames


def test_colleagues_behind_one_address_all_get_in(app: Flask, add: AddUser) -> None:
    for number in range(8):
        user = add(f"Colleague{number}")
        assert log_in(Browser(app, address="192.0.2.1"), user.email).status_code == 200, number


def test_a_stranger_who_guesses_does_not_lock_the_owner_out(app: Flask, second: Flask, clock: Clock) -> None:
    for number in range(20):
        clock.move(seconds=1)
        log_in(Browser((app, second)[number % 2], address="198.51.100.7"), password="wrong")
    assert_error(log_in(Browser(app, address="198.51.100.7")), 429, "too_many_attempts")
    assert log_in(Browser(second, address="192.0.2.1")).status_code == 200


def test_strangers_everywhere_lock_no_browser_out_that_has_signed_in_before(
    app: Flask, second: Flask, clock: Clock
) -> None:
    clock.stop()
    own_browser, new_browser = Browser(app, address="192.0.2.1"), Browser(app, address="192.0.2.2")
    assert log_in(own_browser).status_code == 200
    for number in range(60):
        log_in(Browser(second, address=f"198.51.100.{number}"), password="wrong")
    assert_error(log_in(new_browser), 429, "too_many_attempts")
    assert own_browser.post("/api/auth/logout").status_code == 204
    assert log_in(own_browser).status_code == 200


def test_a_new_password_makes_other_browsers_strangers_and_keeps_this_one(
    app: Flask, browser: Browser, ada: UserRecord
) -> None:
    elsewhere = Browser(app)
    log_in(elsewhere)
    names = set(device_cookies(elsewhere))
    assert change(browser, PASSWORD, "another password").status_code == 204
    assert set(device_cookies(browser)) == names
    besiege(app)
    assert_error(log_in(elsewhere, password="another password"), 429, "too_many_attempts")
    assert log_in(browser, password="another password").status_code == 200


def test_a_password_link_lets_an_owner_in_whom_strangers_keep_out(
    app: Flask, browser: Browser, nobody: Browser, ada: UserRecord
) -> None:
    token = browser.post(f"/api/team/users/{ada.id}/password-link").json["token"]
    besiege(app)
    assert_error(log_in(nobody), 429, "too_many_attempts")
    assert reset(nobody, token).status_code == 204
    assert log_in(nobody, password="another password").status_code == 200


def test_a_browser_is_known_to_five_accounts_and_its_cookies_stay_small(
    app: Flask, nobody: Browser, add: AddUser
) -> None:
    users = [add(f"Colleague{number}") for number in range(7)]
    for user in users:
        assert log_in(nobody, user.email).status_code == 200
    assert len(device_cookies(nobody)) == 5
    besiege(app, users[-1].email)
    assert log_in(nobody, users[-1].email).status_code == 200


def test_after_five_failures_one_waits_whichever_process_is_asked(app: Flask, second: Flask, clock: Clock) -> None:
    clock.stop()
    browsers = [Browser(one, address="192.0.2.1") for one in (app, second)]
    for number in range(5):
        assert_error(log_in(browsers[number % 2], password="wrong"), 401, "wrong_credentials")
    for browser in browsers:
        response = log_in(browser)
        assert assert_error(response, 429, "too_many_attempts") == "Too many wrong passwords. Try again in 1 second."
        assert response.headers["Retry-After"] == "1"
        assert browser.cookies == {}
    clock.move(seconds=1)
    assert log_in(browsers[0]).status_code == 200


def test_one_who_tries_all_accounts_waits(app: Flask, clock: Clock) -> None:
    clock.stop()
    browser = Browser(app, address="192.0.2.1")
    for number in range(50):
        assert_error(log_in(browser, f"guess{number}@example.org"), 401, "wrong_credentials")
    assert_error(log_in(browser), 429, "too_many_attempts")


@pytest.mark.any_database
def test_settings_say_how_many_failures_are_free(settings: Settings, clock: Clock) -> None:
    clock.stop()
    changed = {"sign_in_failures": 2, "sign_in_longest_wait_seconds": 600}
    app = create_app(settings.model_copy(update=changed))
    browser = Browser(app)
    waited = []
    for _ in range(14):
        response = log_in(browser, password="wrong")
        if response.status_code == 429:
            waited.append(response.json["error"]["message"].removeprefix("Too many wrong passwords. "))
            clock.move(seconds=int(response.headers["Retry-After"]))
    app.extensions["ringside"].database.close()
    app.extensions["ringside"].doorbell.close()
    assert waited[:3] == ["Try again in 1 second.", "Try again in 2 seconds.", "Try again in 4 seconds."]


@pytest.mark.any_database
def test_a_refused_attempt_costs_no_hashing(nobody: Browser, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    clock.stop()
    for _ in range(5):
        log_in(nobody, password="wrong")
    monkeypatch.setattr(passwords, "matches", None)
    assert_error(log_in(nobody), 429, "too_many_attempts")


@pytest.mark.any_database
def test_a_server_that_is_too_busy_to_look_counts_no_failure(nobody: Browser, own: Services) -> None:
    with ExitStack() as taken:
        for _ in range(4):
            taken.enter_context(passwords.place_to_hash(known=False))
        for _ in range(60):
            assert_error(log_in(nobody), 503, "crowded")
    with own.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM sign_in_attempts")).scalar() == 0
    assert log_in(nobody).status_code == 200


@pytest.mark.any_database
def test_a_browser_that_is_known_finds_a_place_when_strangers_have_theirs_taken(
    nobody: Browser, browser: Browser
) -> None:
    assert log_in(nobody).status_code == 200
    with ExitStack() as taken:
        for _ in range(4):
            taken.enter_context(passwords.place_to_hash(known=False))
        assert log_in(nobody).status_code == 200
        assert change(browser, PASSWORD, "another password").status_code == 204


@pytest.mark.any_database
def test_a_client_cannot_make_up_its_address(nobody: Browser, clock: Clock) -> None:
    clock.stop()
    for number in range(51):
        response = nobody.post(
            "/api/auth/login", json={"email": f"g{number}@example.org", "password": "wrong"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        )  # fmt: skip
    assert_error(response, 429, "too_many_attempts")


@pytest.mark.any_database
def test_without_the_limit_one_may_try_as_often_as_one_likes(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"ratelimit_enabled": False}))
    browser = Browser(app)
    assert {log_in(browser, password="wrong").status_code for _ in range(12)} == {401}
    app.extensions["ringside"].database.close()
    app.extensions["ringside"].doorbell.close()


def test_an_address_as_long_as_it_may_be_can_be_tried(nobody: Browser) -> None:
    assert_error(log_in(nobody, "a" * 242 + "@example.org"), 401, "wrong_credentials")
    assert_error(log_in(nobody, "a\0é😀@example.org"), 401, "wrong_credentials")
    assert_error(log_in(nobody, "a" * 243 + "@example.org"), 400, "invalid_request")


# Staying signed in, and signing out


def copy_of(app: Flask, browser: Browser) -> Browser:
    """Another browser with the same cookies."""
    other = Browser(app)
    for name, value in browser.cookies.items():
        other.put(name, value)
    return other


def test_a_refresh_gives_new_cookies_and_the_old_refresh_token_ends_everything(
    app: Flask, browser: Browser, clock: Clock
) -> None:
    before, thief = browser.cookies, copy_of(app, browser)
    assert browser.post("/api/auth/refresh").status_code == 200
    after = browser.cookies
    assert all(before[name] != after[name] for name in before if name != "signed_in_as")
    assert is_in(browser)
    assert is_in(thief), "the access token of before works as long as the sign-in does"
    clock.move(seconds=61)
    assert_error(thief.post("/api/auth/refresh"), 401, "signed_out")
    assert not is_in(thief)
    assert not is_in(browser)
    assert_error(browser.post("/api/auth/refresh"), 401, "signed_out")


def test_whoever_lost_the_answer_of_a_refresh_asks_again_and_stays_signed_in(
    app: Flask, browser: Browser, own: Services, clock: Clock
) -> None:
    lost = copy_of(app, browser)
    assert lost.post("/api/auth/refresh").status_code == 200
    clock.move(seconds=1)
    assert browser.post("/api/auth/refresh").status_code == 200
    assert audit(own) == [("refresh token sent again", f"Ada <{EMAIL}>")]
    clock.move(hours=2)
    assert browser.post("/api/auth/refresh").status_code == 200
    assert is_in(browser)


def test_a_refresh_token_used_twice_is_told_in_the_audit_trail(
    app: Flask, browser: Browser, own: Services, clock: Clock
) -> None:
    copy = copy_of(app, browser)
    browser.post("/api/auth/refresh")
    clock.move(seconds=61)
    copy.post("/api/auth/refresh")
    assert audit(own) == [("refresh token used twice", f"Ada <{EMAIL}>")]


def test_tabs_that_refresh_with_the_same_token_at_the_same_instant_all_stay_signed_in(
    app: Flask, ada: UserRecord
) -> None:
    for _ in range(5):
        first = Browser(app, ada)
        browsers = [first, copy_of(app, first), copy_of(app, first)]
        done = at_once(*(lambda browser=browser: browser.post("/api/auth/refresh") for browser in browsers))  # type: ignore[misc]
        assert [one.status_code for one in done if not isinstance(one, Exception)] == [200, 200, 200], done
        assert [is_in(browser) for browser in browsers] == [True] * 3
        assert browsers[2].post("/api/auth/refresh").status_code == 200, "whichever answer came last is the browser's"


@pytest.mark.parametrize("csrf", ["", "wrong"])
def test_a_refresh_without_the_right_header_is_refused_and_ends_nothing(browser: Browser, csrf: str) -> None:
    assert_error(browser.post("/api/auth/refresh", csrf=csrf), 401, "signed_out")
    access_csrf = browser.cookies["csrf_access_token"]
    assert_error(browser.post("/api/auth/refresh", csrf=access_csrf), 401, "signed_out")
    assert browser.post("/api/auth/refresh").status_code == 200


def test_signing_out_is_effective_at_once_for_copies_of_the_cookies_too(
    app: Flask, browser: Browser, own: Services, ada: UserRecord
) -> None:
    copy, elsewhere = Browser(app), Browser(app, ada)
    for name, value in browser.cookies.items():
        copy.put(name, value)
    assert browser.post("/api/auth/logout").status_code == 204
    assert_error(copy.get("/api/auth/me"), 401, "signed_out")
    assert_error(copy.post("/api/auth/refresh"), 401, "signed_out")
    assert is_in(elsewhere)
    assert audit(own) == [("signed out", f"Ada <{EMAIL}>")]


@pytest.mark.any_database
def test_signing_out_works_when_only_one_of_the_tokens_is_left(app: Flask, ada: UserRecord) -> None:
    for left, csrf in (("access_token", "csrf_access_token"), ("refresh_token", "csrf_refresh_token")):
        whole, part = Browser(app, ada), Browser(app)
        part.put(left, whole.cookies[left])
        assert part.post("/api/auth/logout", csrf=whole.cookies[csrf]).status_code == 204
        assert not is_in(whole), left


@pytest.mark.any_database
def test_another_sites_page_cannot_sign_anybody_out(browser: Browser) -> None:
    kept = browser.cookies
    browser.post("/api/auth/logout", csrf="wrong")
    for name, value in kept.items():
        browser.put(name, value)
    assert is_in(browser)


@pytest.mark.any_database
def test_signing_out_twice_or_never_having_signed_in_is_no_error(browser: Browser, nobody: Browser) -> None:
    for one in (browser, browser, nobody):
        assert one.post("/api/auth/logout").status_code == 204


def test_a_deactivated_users_cookies_are_worth_nothing_at_once(app: Flask, own: Services, add: AddUser) -> None:
    user = add("Max")
    browser = Browser(app, user)
    assert is_in(browser)
    own.users.change(user.team_key, user.id, active=False)
    assert_error(browser.get("/api/auth/me"), 401, "signed_out")
    assert_error(browser.post("/api/auth/refresh"), 401, "signed_out")
    own.users.change(user.team_key, user.id, active=True)
    assert not is_in(browser)


def test_a_new_role_is_effective_at_once(app: Flask, own: Services, add: AddUser) -> None:
    user = add("Max", "administrator")
    browser = Browser(app, user)
    assert browser.get("/api/team/audit").status_code == 200
    own.users.change(user.team_key, user.id, role="viewer")
    assert_error(browser.get("/api/team/audit"), 403, "forbidden")
    assert_error(browser.post("/api/sessions", json={}), 403, "forbidden")
    assert browser.get("/api/auth/me").json["user"]["role"] == "viewer"


# How long a sign-in lasts


def test_a_sign_in_ends_after_thirty_days_however_much_it_is_used_and_says_so(
    app: Flask, browser: Browser, clock: Clock
) -> None:
    for _ in range(9):
        clock.move(days=3)
        assert browser.post("/api/auth/refresh").status_code == 200
    clock.move(days=3.1)
    for response in (browser.get("/api/auth/me"), browser.post("/api/auth/refresh"), browser.get("/api/auth/me")):
        assert assert_error(response, 401, "signed_out") == (
            "Your sign-in has ended: it lasts 30 days at most, and 7 days without use. Sign in again."
        )
    assert log_in(browser).status_code == 200
    assert browser.post("/api/auth/refresh").status_code == 200


def test_who_was_signed_out_by_somebody_is_told_so_and_not_that_it_was_time(
    app: Flask, browser: Browser, own: Services, ada: UserRecord, clock: Clock
) -> None:
    own.sign_ins.end_all(ada.key)
    assert assert_error(browser.get("/api/auth/me"), 401, "signed_out") == "You were signed out. Sign in again."
    clock.move(days=8)
    assert assert_error(browser.post("/api/auth/refresh"), 401, "signed_out") == "You were signed out. Sign in again."


def test_a_shorter_longest_life_holds_for_those_who_are_signed_in_already(
    app: Flask, browser: Browser, settings: Settings, clock: Clock
) -> None:
    clock.move(days=5)
    assert browser.post("/api/auth/refresh").status_code == 200
    stricter = create_app(settings.model_copy(update={"sign_in_days": 2, "sign_in_longest_days": 4}))
    response = copy_of(stricter, browser).post("/api/auth/refresh")
    stricter.extensions["ringside"].database.close()
    stricter.extensions["ringside"].doorbell.close()
    assert assert_error(response, 401, "signed_out").startswith("Your sign-in has ended: it lasts 4 days at most")
    assert not is_in(browser)


# Another password


def change(browser: Browser, current: str, new: str) -> TestResponse:
    return browser.post("/api/auth/password", json={"current": current, "new": new})


def test_a_new_password_signs_out_everywhere_else_at_once(
    app: Flask, browser: Browser, own: Services, ada: UserRecord
) -> None:
    elsewhere = Browser(app, ada)
    assert change(browser, PASSWORD, "another password").status_code == 204
    assert is_in(browser)
    assert browser.post("/api/auth/refresh").status_code == 200
    assert not is_in(elsewhere)
    assert_error(elsewhere.post("/api/auth/refresh"), 401, "signed_out")
    assert_error(log_in(elsewhere), 401, "wrong_credentials")
    assert log_in(elsewhere, password="another password").status_code == 200
    assert ("password changed", f"Ada <{EMAIL}>") in audit(own)


def test_the_present_password_must_be_known_and_cannot_be_guessed(
    browser: Browser, own: Services, clock: Clock
) -> None:
    clock.stop()
    for _ in range(10):
        assert_error(change(browser, "wrong", "another password"), 401, "wrong_credentials")
    assert_error(change(browser, PASSWORD, "another password"), 429, "too_many_attempts")
    assert is_in(browser)
    ada = f"Ada <{EMAIL}>"
    assert audit(own) == [("present password not known", ada), ("sign-in failed", ada)] * 10 + [
        ("too many sign-ins tried", ada)
    ]
    assert own.users.with_email(EMAIL)[0][2] == HASHED


@pytest.mark.any_database
@pytest.mark.parametrize("new", ["too short", "x" * 1001, None, 7])
def test_a_password_that_will_not_do_is_refused(browser: Browser, new: Any) -> None:
    assert_error(change(browser, PASSWORD, new), 400, "invalid_request")


@pytest.mark.any_database
@pytest.mark.parametrize("new", ["password123", EMAIL, "Harbour2024", "1234567890"])
def test_a_password_that_is_guessed_first_is_refused_wherever_one_is_chosen(
    browser: Browser, nobody: Browser, own: Services, ada: UserRecord, new: str
) -> None:
    words = assert_error(change(browser, PASSWORD, new), 409, "guessable_password")
    assert words.endswith("Choose another one: a few words are easy to remember.")
    token = browser.post(f"/api/team/users/{ada.id}/password-link").json["token"]
    assert_error(reset(nobody, token, new), 409, "guessable_password")
    _, invited = own.invitations.invite(own.users.with_email(EMAIL)[0][1], ada, "member", timedelta(hours=1))
    body = {"token": invited, "name": "Ada", "email": EMAIL, "password": new}
    assert_error(nobody.post("/api/auth/register", json=body), 409, "guessable_password")
    assert own.users.with_email(EMAIL)[0][2] == HASHED
    assert nobody.post("/api/auth/register", json=body | {"email": "b@c.d", "password": PASSWORD}).status_code == 201
    assert reset(nobody, token).status_code == 204


@pytest.mark.any_database
@pytest.mark.usefixtures("empty")
def test_the_first_password_is_not_the_name_of_the_team(nobody: Browser, own: Services) -> None:
    token = own.invitations.set_up()
    refused = set_up(nobody, token, team="Harbourmasters", password="Harbourmasters1")
    assert_error(refused, 409, "guessable_password")
    assert set_up(nobody, token).status_code == 201


@pytest.mark.any_database
def test_a_password_is_taken_as_it_is_typed(browser: Browser, nobody: Browser) -> None:
    odd = "  é😀 \t\0 with blanks around  "
    assert change(browser, PASSWORD, odd).status_code == 204
    assert_error(log_in(nobody, password=odd.strip()), 401, "wrong_credentials")
    assert log_in(nobody, password=odd).status_code == 200


# A forgotten password


def reset(browser: Browser, token: str, password: str = "another password") -> TestResponse:
    return browser.post("/api/auth/reset", json={"token": token, "password": password})


def test_a_password_link_sets_a_password_once_and_signs_its_user_out_everywhere(
    app: Flask, browser: Browser, nobody: Browser, own: Services, add: AddUser
) -> None:
    max_ = add("Max")
    theirs = Browser(app, max_)
    path = f"/api/team/users/{max_.id}/password-link"
    replaced, token = (browser.post(path).json["token"] for _ in range(2))
    assert is_in(theirs), "a link alone changes nothing"
    assert_error(reset(nobody, replaced), 409, "link_unusable")
    assert reset(nobody, token).status_code == 204
    assert nobody.cookies == {}
    assert not is_in(theirs)
    assert_error(theirs.post("/api/auth/refresh"), 401, "signed_out")
    assert is_in(browser), "others stay"
    assert_error(reset(nobody, token), 409, "link_unusable")
    assert_error(log_in(theirs, max_.email), 401, "wrong_credentials")
    assert log_in(theirs, max_.email, "another password").status_code == 200
    told = [one for one in audit(own) if one[0].startswith("password")]
    made = ("password link made", f"Ada <{EMAIL}>")
    assert told == [made, made, ("password set by link", "Max <max@example.org>")]
    assert token not in browser.get("/api/team/audit").text


def test_who_is_deactivated_gets_no_link_and_has_none(browser: Browser, nobody: Browser, add: AddUser) -> None:
    path = f"/api/team/users/{add('Max').id}"
    token = browser.post(f"{path}/password-link").json["token"]
    browser.patch(path, json={"active": False})
    assert_error(browser.post(f"{path}/password-link"), 409, "deactivated")
    assert_error(reset(nobody, token), 409, "link_unusable")
    browser.patch(path, json={"active": True})
    assert_error(reset(nobody, token), 409, "link_unusable")


@pytest.mark.any_database
@pytest.mark.parametrize("password", ["too short", "x" * 1001, None, 7])
def test_a_password_that_will_not_do_uses_no_link_up(
    browser: Browser, nobody: Browser, ada: UserRecord, password: Any
) -> None:
    token = browser.post(f"/api/team/users/{ada.id}/password-link").json["token"]
    assert_error(reset(nobody, token, password), 400, "invalid_request")
    assert reset(nobody, token).status_code == 204
