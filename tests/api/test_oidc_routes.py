"""Signing in with a provider, over HTTP; with a real one: tests/identity."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from flask import Flask
from sqlalchemy import event, insert
from werkzeug.test import TestResponse

from api.app import create_app
from api.services import Services
from tests.support.account import EMAIL, HASHED, PASSWORD
from tests.support.at_once import at_once
from tests.support.browser import Browser
from tests.support.errors import assert_error
from tests.support.lying_issuer import CLIENT, LyingIssuer, lying_issuer
from utils.accounts.principal import UserRecord
from utils.accounts.users import AccountError, add_user
from utils.database.base import DatabaseLostError
from utils.database.moment import now
from utils.database.tables import passkeys
from utils.identity.arrivals import Arrival, Arrivals
from utils.identity.person import Person
from utils.settings import Settings

NOTICE = "/api/auth/oidc/backchannel-logout"


@pytest.fixture
def issuer() -> Iterator[LyingIssuer]:
    with lying_issuer() as one:
        yield one


@pytest.fixture
def app(settings: Settings, issuer: LyingIssuer, quick_hashing: None) -> Iterator[Flask]:
    given = {
        "oidc_issuer": issuer.url, "oidc_client_id": CLIENT, "oidc_client_secret": "the secret of the client",
        "oidc_name": "Harbour ID", "public_url": "http://localhost",
        "smtp_host": "127.0.0.1", "smtp_security": "none", "mail_from": "r@example.org",
    }  # fmt: skip
    app = create_app(Settings(_env_file=None, **(settings.model_dump() | given)))
    yield app
    app.extensions["ringside"].database.close()
    app.extensions["ringside"].doorbell.close()


def sign_in(app: Flask, issuer: LyingIssuer, **more: str) -> Browser:
    browser = Browser(app)
    address = browser.get("/api/auth/oidc/login").headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    issuer.nonce = asked["nonce"]
    browser.get("/api/auth/oidc/callback", query_string={"state": asked["state"], "code": "c", **more})
    return browser


def connect(browser: Browser, issuer: LyingIssuer) -> TestResponse:
    begun = browser.post("/api/auth/oidc/connect", json={"password": PASSWORD})
    assert begun.status_code == 200, begun.text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.json["continue_at"]).query).items()}
    issuer.nonce = asked["nonce"]
    return browser.get("/api/auth/oidc/callback", query_string={"state": asked["state"], "code": "c"})


def services_with(app: Flask, **changed: Any) -> Services:
    """The app's, with other settings."""
    own: Services = app.extensions["ringside"]
    settings = own.settings.model_copy(update=changed)
    app.extensions["ringside"] = replace(own, settings=settings, arrivals=Arrivals(own.database, settings))
    found: Services = app.extensions["ringside"]
    return found


def status(browser: Browser) -> int:
    return browser.get("/api/auth/me").status_code


def notify(app: Flask, token: str) -> int:
    return Browser(app).post(NOTICE, data={"logout_token": token}).status_code


def test_a_logout_of_the_provider_ends_all_sign_ins_of_the_person_and_no_others(
    app: Flask, issuer: LyingIssuer
) -> None:
    first, second = sign_in(app, issuer), sign_in(app, issuer)
    issuer.claims = {"sub": "jon", "email": "jon@harbour.example"}
    issuer.userinfo = {"sub": "jon"}
    other = sign_in(app, issuer)
    assert [status(one) for one in (first, second, other)] == [200, 200, 200]
    assert notify(app, issuer.signed(issuer.logout_claims())) == 204
    assert [status(one) for one in (first, second, other)] == [401, 401, 200]


def test_a_logout_of_one_session_ends_that_one(app: Flask, issuer: LyingIssuer) -> None:
    issuer.claims = {"sid": "phone"}
    phone = sign_in(app, issuer)
    issuer.claims = {"sid": "desk"}
    desk = sign_in(app, issuer)
    assert notify(app, issuer.signed(issuer.logout_claims(sid="phone"))) == 204
    assert [status(phone), status(desk)] == [401, 200]
    assert notify(app, issuer.signed(issuer.logout_claims(sid="desk", sub=None, jti="two"))) == 204
    assert status(desk) == 401


def test_an_account_that_somebody_else_has_connected_is_disconnected_and_its_owner_told(
    app: Flask, issuer: LyingIssuer, browser: Browser, own: Services, ada: UserRecord
) -> None:
    """A thief with an open session and the password has connected their own, which a new password leaves."""
    thief, another = Browser(app, ada), Browser(app, ada)
    assert connect(thief, issuer).headers["Location"] == "/security?connected=1"
    by_provider = sign_in(app, issuer)
    assert by_provider.get("/api/auth/me").json["user"]["id"] == ada.id
    disconnect = "/api/auth/oidc/disconnect"
    assert_error(browser.post(disconnect, json={"password": "not the password"}), 401, "wrong_credentials")
    assert status(by_provider) == 200
    assert browser.post(disconnect, json={"password": PASSWORD}).status_code == 204
    assert [status(one) for one in (by_provider, browser, another)] == [401, 200, 200]
    assert browser.get("/api/auth/me").json["provider"] is None
    assert_error(browser.post(disconnect, json={"password": PASSWORD}), 409, "not_connected")
    assert sign_in(app, issuer).get("/api/auth/me").json["user"]["id"] != ada.id
    told = [mail.subject for mail in own.outbox.of_team(ada.team_key) if mail.recipient == EMAIL]
    assert told == [
        "Ringside: An account of Harbour ID was disconnected", "Ringside: An account of Harbour ID was connected"
    ]  # fmt: skip
    actions = [one.action for one in own.audit.page(ada.team_key, limit=200).items]
    assert {"identity linked", "identity unlinked"} <= set(actions)


def test_whoever_had_an_account_before_its_address_proved_whose_it_is_keeps_no_way_in(
    app: Flask, issuer: LyingIssuer, own: Services, ada: UserRecord
) -> None:
    """Somebody with an invitation has registered with Mara's address, and waits for her."""
    own = services_with(app, oidc_link_by_email=True)
    with own.database.write() as connection:
        user = add_user(connection, ada.team_key, "mara@harbour.example", "Mara", "administrator", HASHED)
        connection.execute(
            insert(passkeys).values(
                id="p", user_key=user.key, name="n", credential_id="c", public_key=b"x", sign_count=0, created_at=now()
            )
        )
    _, key = own.api_keys.create(user.key, "k", ["read"])
    _, invitation = own.invitations.invite(own.arrivals.team(), user, "member", timedelta(hours=1))
    made = own.password_links.make(user.team_key, user.id)
    secret = own.second_factors.prepare(user.key)
    principal = own.sign_ins.principal(own.sign_ins.open(user, "b").id)
    assert made is not None
    assert principal is not None
    confirmed = own.second_factors.confirm(user, pyotp.TOTP(secret).now(), principal.grant.key)
    assert confirmed is not None
    thief = Browser(app, user)
    mara = sign_in(app, issuer)
    assert mara.get("/api/auth/me").json["user"]["id"] == user.id
    assert (mara.get("/api/auth/me").json["has_password"], status(thief)) == (False, 401)
    assert own.api_keys.principal(key) is None
    for gone in (lambda: own.invitations.find(invitation), lambda: own.password_links.use(made[1], "another password")):
        with pytest.raises(AccountError):
            gone()
    assert not own.second_factors.of(user.key).on
    assert own.second_factors.of(user.key).codes_left == 0
    assert not own.second_factors.has_passkey(user.key)
    refused = Browser(app).post("/api/auth/login", json={"email": user.email, "password": PASSWORD})
    assert_error(refused, 401, "wrong_credentials")
    words = "ended: all sign-ins, the password, the second factor, passkeys: 1, invitations: 1, API keys: 1"
    [told] = [one for one in own.audit.page(ada.team_key, limit=200).items if one.action == "identity linked"]
    assert told.subject == f"Mara <mara@harbour.example> by Harbour ID; {words}"
    [mail] = own.outbox.due()
    assert mail.recipient == user.email
    assert f"what let anybody in before {words}." in own.outbox.text_of(mail)
    assert status(sign_in(app, issuer)) == 200
    assert status(mara) == 200, "the next time nothing ends"


def test_who_comes_by_an_account_that_is_being_disconnected_stays_out(
    app: Flask, issuer: LyingIssuer, own: Services, ada: UserRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(Browser(app, ada), issuer)
    arrive = own.arrivals.arrive

    def meanwhile(person: Person) -> Arrival:
        """The account was found, and there is no sign-in yet."""
        arrival = arrive(person)
        own.arrivals.disconnect(ada)
        return arrival

    monkeypatch.setattr(own.arrivals, "arrive", meanwhile)
    assert status(sign_in(app, issuer)) == 401


def test_nobody_disconnects_their_only_way_in(app: Flask, issuer: LyingIssuer, own: Services) -> None:
    browser = sign_in(app, issuer)
    refused = browser.post("/api/auth/oidc/disconnect", json={"password": PASSWORD})
    assert_error(refused, 409, "provider_only")
    user = own.users.with_email("mara@harbour.example")[0][0]
    assert own.second_factors.reset(user.team_key, user.id, own.settings) == user
    assert status(sign_in(app, issuer)) == 200, "a reset leaves it, too"


def test_a_reset_of_an_administrator_ends_the_connection(
    app: Flask, issuer: LyingIssuer, browser: Browser, own: Services, add: Callable[..., UserRecord]
) -> None:
    max_ = add("Max")
    connect(Browser(app, max_), issuer)
    by_provider = sign_in(app, issuer)
    assert browser.delete(f"/api/team/users/{max_.id}/second-factor").status_code == 204
    assert status(by_provider) == 401
    assert not own.arrivals.has_identity(max_.key)
    connect(Browser(app, max_), issuer)
    settings = own.settings.model_copy(update={"password_sign_in": "administrators"})
    own.second_factors.reset(max_.team_key, max_.id, settings)
    assert own.arrivals.has_identity(max_.key), "his only way in"


def test_who_may_use_no_password_any_more_is_told_the_way_in(app: Flask, issuer: LyingIssuer, ada: UserRecord) -> None:
    def said() -> str:
        response = Browser(app).post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD})
        return assert_error(response, 403, "password_not_allowed")

    connected = Browser(app, ada)
    own: Services = app.extensions["ringside"]
    settings = own.settings.model_copy(update={"password_sign_in": "none"})
    app.extensions["ringside"] = replace(own, settings=settings)
    assert "not connected with Harbour ID yet" in said()
    connect(connected, issuer)
    assert said().endswith("Sign in with Harbour ID.")


def test_a_logout_that_overtakes_its_sign_in_ends_it_all_the_same(app: Flask, issuer: LyingIssuer) -> None:
    issuer.claims = {"sid": "desk"}
    assert notify(app, issuer.signed(issuer.logout_claims(sid="desk"))) == 204
    assert status(sign_in(app, issuer)) == 401
    issuer.claims = {"sid": "the next session"}
    assert status(sign_in(app, issuer)) == 200


def test_a_logout_token_works_once(app: Flask, issuer: LyingIssuer) -> None:
    token = issuer.signed(issuer.logout_claims())
    assert notify(app, token) == 204
    browser = sign_in(app, issuer)
    # Whoever has copied it cannot keep her out.
    assert notify(app, token) == 400
    assert status(browser) == 200


def test_of_two_equal_ones_at_the_same_moment_one_counts(app: Flask, issuer: LyingIssuer) -> None:
    token = issuer.signed(issuer.logout_claims())
    assert sorted(at_once(*[lambda: notify(app, token)] * 4)) == [204, 400, 400, 400]


@pytest.mark.parametrize("lost", ["INSERT INTO spent_tokens", "UPDATE sign_ins"])
def test_a_logout_during_which_the_database_goes_counts_when_it_is_repeated(
    app: Flask, issuer: LyingIssuer, lost: str
) -> None:
    browser, token = sign_in(app, issuer), issuer.signed(issuer.logout_claims())
    engine = app.extensions["ringside"].database.engine

    def lose(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith(lost):
            raise DatabaseLostError("The database does not answer.")

    event.listen(engine, "before_cursor_execute", lose)
    assert notify(app, token) == 503
    event.remove(engine, "before_cursor_execute", lose)
    assert notify(app, token) == 204
    assert status(browser) == 401
    assert notify(app, token) == 400


@pytest.mark.any_database
def test_a_wrong_notice_is_refused_in_one_shape(app: Flask, issuer: LyingIssuer, refused) -> None:
    response = Browser(app).post(NOTICE, data={"logout_token": issuer.signed(issuer.id_claims())})
    assert refused(response, 400, "wrong_token") == "This logout token is not valid here."
    refused(Browser(app).post(NOTICE, data={}), 400, "invalid_request")


@pytest.mark.any_database
def test_an_answer_of_another_provider_is_refused(app: Flask, issuer: LyingIssuer) -> None:
    browser = sign_in(app, issuer, iss="https://evil.example")
    assert status(browser) == 401
    assert status(sign_in(app, issuer, iss=issuer.url)) == 200


@pytest.mark.any_database
def test_who_breaks_off_at_the_provider_reads_so(app: Flask, issuer: LyingIssuer) -> None:
    browser = sign_in(app, issuer, code="", error="access_denied")
    cookie = browser.get_cookie("sign_in_refused")
    assert cookie is not None
    assert unquote(cookie.value) == "You were not signed in: Harbour ID has ended it, or you have. Begin once more."


@pytest.mark.any_database
def test_cookies_of_a_begun_sign_in_are_few_and_closed(app: Flask, issuer: LyingIssuer) -> None:
    browser = Browser(app)
    for _ in range(8):
        response = browser.get("/api/auth/oidc/login")
    [cookie] = [
        line for line in response.headers.getlist("Set-Cookie") if line.startswith("begun_") and "gAAAA" in line
    ]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/api/auth/oidc" in cookie
    assert "Max-Age=600" in cookie
    assert len([name for (_, _, name) in browser._cookies or {} if name.startswith("begun_")]) <= 5


@pytest.mark.any_database
def test_a_sign_in_over_https_has_cookies_for_https_only(app: Flask, issuer: LyingIssuer) -> None:
    response = Browser(app).get("/api/auth/oidc/login", base_url="https://localhost")
    assert "; Secure" in response.headers["Set-Cookie"]


@pytest.mark.any_database
def test_the_id_token_is_sealed_in_the_database(app: Flask, issuer: LyingIssuer) -> None:
    browser = sign_in(app, issuer)
    own = app.extensions["ringside"]
    with own.database.read() as connection:
        [stored] = connection.exec_driver_sql("SELECT id_token FROM sign_ins WHERE id_token IS NOT NULL").scalars()
    assert "eyJ" not in stored
    assert own.key.open(stored).startswith("eyJ")
    assert status(browser) == 200


@pytest.mark.any_database
def test_a_provider_without_a_way_out_is_left_alone(app: Flask, issuer: LyingIssuer) -> None:
    assert sign_in(app, issuer).post("/api/auth/logout").status_code == 204
    issuer.said = {"end_session_endpoint": f"{issuer.url}/end"}
    app.extensions["ringside"].provider._metadata = None
    response = sign_in(app, issuer).post("/api/auth/logout")
    target = urlsplit(response.json["continue_at"])
    asked = parse_qs(target.query)
    assert target.path == "/end"
    assert asked["post_logout_redirect_uri"] == ["http://localhost/sign-in"]
    assert asked["id_token_hint"][0].startswith("eyJ")
    assert asked["client_id"] == [CLIENT]


@pytest.mark.any_database
def test_without_a_provider_there_is_nothing_at_its_addresses(settings: Settings, refused) -> None:
    app = create_app(settings)
    for path in ("login", "callback"):
        refused(Browser(app).get(f"/api/auth/oidc/{path}"), 404, "not_found")
    refused(Browser(app).post(NOTICE, data={"logout_token": "t"}), 404, "not_found")
    assert Browser(app).get("/api/info").json["provider"] is None
    app.extensions["ringside"].database.close()
    app.extensions["ringside"].doorbell.close()


@pytest.mark.any_database
def test_a_sign_in_after_the_clock_of_the_provider_went_wrong_says_so(app: Flask, issuer: LyingIssuer) -> None:
    issuer.claims = {"exp": int(time.time()) - 3600, "iat": int(time.time()) - 3700}
    cookie = sign_in(app, issuer).get_cookie("sign_in_refused")
    assert cookie is not None
    assert "its clock and that of this server differ" in unquote(cookie.value)


@pytest.mark.any_database
def test_a_begun_sign_in_is_not_another_one_under_its_name(app: Flask, issuer: LyingIssuer) -> None:
    """A neighbouring host name can set cookies here: one of the attacker's does for no state but its own."""
    attacker, victim = Browser(app), Browser(app)
    states = []
    for browser in (attacker, victim):
        address = browser.get("/api/auth/oidc/login").headers["Location"]
        states.append(parse_qs(urlsplit(address).query)["state"][0])
    [(_, _, theirs)] = [key for key in attacker._cookies or {} if key[2].startswith("begun_")]
    [(_, _, own)] = [key for key in victim._cookies or {} if key[2].startswith("begun_")]
    planted = attacker.get_cookie(theirs, path="/api/auth/oidc")
    assert planted is not None
    victim.set_cookie(own, planted.value, path="/api/auth/oidc")
    victim.get("/api/auth/oidc/callback", query_string={"state": states[1], "code": "c"})
    refusal = victim.get_cookie("sign_in_refused")
    assert refusal is not None
    assert "begun in another browser" in unquote(refusal.value)
    assert issuer.asked["/token"] == 0


@pytest.mark.any_database
def test_no_secret_of_a_sign_in_is_in_the_log(
    app: Flask, issuer: LyingIssuer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sign_in(app, issuer, code="a-code-that-nobody-reads")
    issuer.claims = {"aud": "another"}
    sign_in(app, issuer, code="a-code-that-nobody-reads")
    with issuer.broken():
        sign_in(app, issuer, code="a-code-that-nobody-reads")
    logged = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert "wrong_token" in logged
    for secret in ("a-code-that-nobody-reads", "the secret of the client", "eyJ", issuer.nonce):
        assert secret not in logged
