"""Signing in with a real OpenID Connect provider."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from flask import Flask

from api.app import create_app
from api.services import Services
from tests.identity.issuer import PROGRAM, Issuer, Person, Visitor, issuer, person
from tests.support.account import EMAIL, HASHED, PASSWORD
from tests.support.browser import Browser
from tests.support.clock import Clock
from utils.accounts.users import add_user
from utils.database.base import Database
from utils.settings import Settings

MakeApp = Callable[..., Flask]
OURS = "http://ringside.example"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    if not PROGRAM.exists():
        pytest.fail("The provider is not installed: run tests/run.sh identity.")
    with issuer(tmp_path_factory.mktemp("issuer"), OURS) as one:
        yield one


@pytest.fixture
def provider(running: Issuer) -> Issuer:
    running.know(person("mara", "crew"))
    return running


@pytest.fixture
def make_app(provider: Issuer, settings: Settings, quick_hashing: None) -> Iterator[MakeApp]:
    """``make_app(oidc_roles=…)``: a web machine; several share the database."""
    made: list[Flask] = []

    def make_app(**more: Any) -> Flask:
        given = settings.model_dump() | provider.settings | {"public_url": OURS} | more
        made.append(create_app(Settings(_env_file=None, **given)))
        return made[-1]

    yield make_app
    for app in made:
        app.extensions["ringside"].database.close()
        app.extensions["ringside"].doorbell.close()


def own(app: Flask) -> Services:
    found: Services = app.extensions["ringside"]
    return found


def begin(browser: Browser, page: str = "/") -> str:
    """The address of the provider at which it goes on."""
    response = browser.get("/api/auth/oidc/login", query_string={"next": page})
    assert response.status_code == 303, response.text
    return response.headers["Location"]


def come_back(browser: Browser, address: str) -> str:
    """The page at which it goes on."""
    assert address.startswith(f"{OURS}/api/auth/oidc/callback?"), address
    response = browser.get(address.removeprefix(OURS))
    assert response.status_code == 303, response.text
    return response.headers["Location"]


def sign_in(browser: Browser, provider: Issuer, login: str = "mara", page: str = "/") -> str:
    return come_back(browser, Visitor(provider).sign_in(begin(browser, page), login))


def refusal(browser: Browser) -> str:
    """What the sign-in page shows."""
    cookie = browser.get_cookie("sign_in_refused")
    assert cookie is not None
    return unquote(cookie.value)


def me(browser: Browser) -> dict[str, Any]:
    response = browser.get("/api/auth/me")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json
    return body


def trail(app: Flask) -> list[str]:
    """What the audit trail tells, oldest first."""
    team = own(app).arrivals.team()
    return [f"{one.action}: {one.subject}" for one in reversed(own(app).audit.page(team.key, limit=200).items)]


def test_who_comes_for_the_first_time_has_a_user_and_goes_on_where_they_wanted_to(
    make_app: MakeApp, provider: Issuer
) -> None:
    app = make_app()
    browser = Browser(app)
    assert sign_in(browser, provider, page="/sessions/harbour?q=a b") == "/sessions/harbour?q=a%20b"
    user = me(browser)["user"]
    assert (user["name"], user["email"], user["role"]) == ("Mara Holm", "mara@harbour.example", "member")
    assert "joined: member by Harbour ID" in trail(app)
    # The next time it is the same, whatever the provider calls her.
    provider.know(person("mara", name="Mara Vik", email="mara.vik@harbour.example"))
    again = Browser(app)
    sign_in(again, provider)
    assert me(again)["user"]["id"] == user["id"]


def test_another_machine_ends_what_one_has_begun(make_app: MakeApp, provider: Issuer) -> None:
    first, second = make_app(), make_app()
    browser = Browser(first)
    address = Visitor(provider).sign_in(begin(browser), "mara")
    browser.application = second
    assert come_back(browser, address) == "/"
    assert urlsplit(address).query
    assert me(browser)["user"]["name"] == "Mara Holm"


def test_a_return_works_once_and_in_the_browser_that_began(make_app: MakeApp, provider: Issuer) -> None:
    app = make_app()
    victim, attacker = Browser(app), Browser(app)
    address = Visitor(provider).sign_in(begin(attacker), "mara")
    # The attacker's return in somebody else's browser, who would work in the attacker's account from then on.
    assert come_back(victim, address) == "/sign-in?refused=1"
    assert "begun in another browser" in refusal(victim)
    assert victim.get("/api/auth/me").status_code == 401
    assert come_back(attacker, address) == "/"
    # Whoever has copied address and cookie has nothing of them.
    copied = Browser(app)
    copied._cookies = dict(attacker._cookies or {})
    copied.delete_cookie("access_token")
    assert come_back(copied, address) == "/sign-in?refused=1"
    assert copied.get("/api/auth/me").status_code == 401


def test_a_copied_state_is_spent_on_every_machine(make_app: MakeApp, provider: Issuer) -> None:
    first, second = make_app(), make_app()
    browser = Browser(first)
    address = Visitor(provider).sign_in(begin(browser), "mara")
    copied = Browser(second)
    copied._cookies = dict(browser._cookies or {})
    assert come_back(browser, address) == "/"
    assert come_back(copied, address) == "/sign-in?refused=1"
    assert "was used before" in refusal(copied)


def test_a_sign_in_that_takes_too_long_is_begun_once_more(make_app: MakeApp, provider: Issuer, clock: Clock) -> None:
    browser = Browser(make_app())
    address = Visitor(provider).sign_in(begin(browser, "/sessions/harbour"), "mara")
    clock.move(seconds=660)
    assert come_back(browser, address) == "/sign-in?refused=1"
    assert "took longer than ten minutes" in refusal(browser)


@pytest.mark.any_database
@pytest.mark.parametrize(
    "page",
    ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/\t/evil.example", "javascript:alert(1)"],
)
def test_it_goes_on_within_this_site_only(make_app: MakeApp, provider: Issuer, page: str) -> None:
    browser = Browser(make_app())
    assert sign_in(browser, provider, page=page) == "/"


def test_the_role_follows_the_groups_at_each_sign_in(make_app: MakeApp, provider: Issuer) -> None:
    app = make_app(oidc_roles="harbour-admins=administrator, crew=member", oidc_default_role="viewer")
    for groups, role in (
        (["crew"], "member"),
        (["crew", "harbour-admins"], "administrator"),
        (["crew"], "member"),
        (["others"], "viewer"),
    ):
        provider.know(person("mara", *groups))
        browser = Browser(app)
        sign_in(browser, provider)
        assert me(browser)["user"]["role"] == role
    assert "user changed: Mara Holm <mara@harbour.example>: role: viewer, by groups of Harbour ID" in trail(app)


def test_the_last_administrator_stays_one_whatever_the_groups_say(
    make_app: MakeApp, provider: Issuer, database: Database
) -> None:
    app = make_app(oidc_roles="harbour-admins=administrator", oidc_default_role="viewer")
    provider.know(person("mara", "harbour-admins"))
    sign_in(Browser(app), provider)
    ada = own(app).users.with_email(EMAIL)[0][0]
    assert own(app).users.change(ada.team_key, ada.id, role="member") is not None
    provider.know(person("mara"))
    browser = Browser(app)
    sign_in(browser, provider)
    assert me(browser)["user"]["role"] == "administrator"
    assert any(line.startswith("role kept: Mara Holm") for line in trail(app))


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("settings_of_it", "someone", "words"),
    [
        ({"oidc_allowed_groups": "crew"}, person("mara", "others"), "You are in none of the groups of Harbour ID"),
        ({"oidc_roles": "crew=member", "oidc_default_role": "none"}, person("mara"), "None of your groups"),
        ({"oidc_default_role": "none"}, person("mara"), "You have no account here yet"),
        ({"oidc_allowed_domains": "harbour.example"}, person("mara", email_verified=False), "has to vouch"),
        ({"oidc_allowed_domains": "harbour.example"}, person("mara", email="m@evil.example"), "has to vouch"),
        ({}, person("mara", email=None), "has told no e-mail address"),
        ({"oidc_team": "Lighthouse"}, person("mara"), "correct OIDC_TEAM"),
        ({"oidc_client_secret": "another secret, which is wrong"}, person("mara"), "OIDC_CLIENT_SECRET"),
    ],
)
def test_who_is_not_let_in_is_told_why(
    make_app: MakeApp, provider: Issuer, settings_of_it: dict[str, Any], someone: Person, words: str
) -> None:
    provider.know(someone)
    app = make_app(**settings_of_it)
    browser = Browser(app)
    assert sign_in(browser, provider, page="/team") == "/sign-in?refused=1&next=%2Fteam"
    assert words in refusal(browser)
    assert browser.get("/api/auth/me").status_code == 401
    assert own(app).users.with_email("mara@harbour.example") == []


def test_a_refusal_is_in_the_audit_trail(make_app: MakeApp, provider: Issuer) -> None:
    app = make_app(oidc_allowed_groups="officers")
    sign_in(Browser(app), provider)
    assert any(line.startswith("sign-in refused: Harbour ID: You are in none") for line in trail(app))


def test_an_address_makes_nobody_another_user(make_app: MakeApp, provider: Issuer) -> None:
    """The provider's word on an address is not enough: a setting has to allow it, and the provider to vouch for it."""
    for settings_of_it, verified, linked in (
        ({}, True, False),
        ({"oidc_link_by_email": True}, False, False),
        ({"oidc_link_by_email": True}, None, False),
        ({"oidc_link_by_email": True}, True, True),
    ):
        app = make_app(**settings_of_it)
        provider.know(person("mara", email=EMAIL, email_verified=verified))
        browser = Browser(app)
        assert sign_in(browser, provider) == ("/" if linked else "/sign-in?refused=1")
        if linked:
            assert me(browser)["user"]["name"] == "Ada"
            assert (me(browser)["has_password"], me(browser)["provider"]) == (False, "Harbour ID")
        else:
            assert "it is not certain that this is you" in refusal(browser)
    # An address that was Ada's and is somebody else's now does not make them Ada.
    provider.know(person("jon", email=EMAIL))
    browser = Browser(app)
    assert sign_in(browser, provider, "jon") == "/sign-in?refused=1"


def test_a_user_connects_their_account_with_their_password(make_app: MakeApp, provider: Issuer) -> None:
    app = make_app()
    ada = own(app).users.with_email(EMAIL)[0][0]
    browser = Browser(app, ada)
    provider.know(person("mara", email="ada.other@harbour.example"))
    wrong = browser.post("/api/auth/oidc/connect", json={"password": "another password"})
    assert (wrong.status_code, wrong.json["error"]["code"]) == (401, "wrong_credentials")
    begun = browser.post("/api/auth/oidc/connect", json={"password": PASSWORD})
    assert begun.status_code == 200, begun.text
    address = Visitor(provider).sign_in(begun.json["continue_at"], "mara")
    assert come_back(browser, address) == "/security?connected=1"
    other = Browser(app)
    sign_in(other, provider)
    assert me(other)["user"]["id"] == ada.id
    # Nobody else can have the same, nor she another.
    with own(app).database.write() as connection:
        jon = add_user(connection, ada.team_key, "jon@example.org", "Jon", "member", HASHED)
    second = Browser(app, jon)
    begun = second.post("/api/auth/oidc/connect", json={"password": PASSWORD})
    assert come_back(second, Visitor(provider).sign_in(begun.json["continue_at"], "mara")) == "/security?refused=1"
    assert refusal(second) == "This account of Harbour ID belongs to another user here."
    begun = browser.post("/api/auth/oidc/connect", json={"password": PASSWORD})
    assert come_back(browser, Visitor(provider).sign_in(begun.json["continue_at"], "mara")) == "/security?refused=1"
    assert refusal(browser) == "Your account is connected with Harbour ID already."


def test_who_was_deactivated_stays_out(make_app: MakeApp, provider: Issuer) -> None:
    app = make_app(oidc_roles="crew=member")
    browser = Browser(app)
    sign_in(browser, provider)
    user = me(browser)["user"]
    ada = own(app).users.with_email(EMAIL)[0][0]
    own(app).users.change(ada.team_key, user["id"], active=False)
    assert browser.get("/api/auth/me").status_code == 401
    again = Browser(app)
    assert sign_in(again, provider) == "/sign-in?refused=1"
    assert "deactivated" in refusal(again)


def test_new_keys_of_the_provider_are_fetched(make_app: MakeApp, provider: Issuer) -> None:
    app = make_app()
    sign_in(Browser(app), provider)
    provider.change_keys()
    browser = Browser(app)
    assert sign_in(browser, provider) == "/"


def test_such_a_sign_in_ends_after_a_day_however_much_it_is_used(
    make_app: MakeApp, provider: Issuer, clock: Clock
) -> None:
    browser = Browser(make_app())
    sign_in(browser, provider)
    for hours in (10, 10):
        clock.move(hours=hours)
        assert browser.post("/api/auth/refresh").status_code == 200
    clock.move(hours=5)
    ended = browser.post("/api/auth/refresh")
    assert ended.status_code == 401
    assert "with Harbour ID, 24 hours" in ended.json["error"]["message"]


def test_signing_out_leads_to_the_provider_and_back(make_app: MakeApp, provider: Issuer) -> None:
    app = make_app()
    browser, visitor = Browser(app), Visitor(provider)
    assert come_back(browser, visitor.sign_in(begin(browser), "mara")) == "/"
    # Without signing out there, the next one at this machine is Mara without a password.
    response = browser.post("/api/auth/logout")
    assert response.status_code == 200
    assert browser.get("/api/auth/me").status_code == 401
    assert visitor.sign_out(response.json["continue_at"]).startswith(f"{OURS}/sign-in")


def test_who_has_no_password_cannot_sign_in_with_one(make_app: MakeApp, provider: Issuer) -> None:
    app = make_app()
    browser = Browser(app)
    sign_in(browser, provider)
    assert (me(browser)["has_password"], me(browser)["provider"]) == (False, "Harbour ID")
    for password in ("none", "nobody's", ""):
        body = {"email": "mara@harbour.example", "password": password}
        assert Browser(app).post("/api/auth/login", json=body).status_code == 401


@pytest.mark.any_database
@pytest.mark.parametrize(("who", "status"), [("all", 200), ("administrators", 200), ("none", 403)])
def test_passwords_may_be_left_to_administrators_or_to_nobody(
    make_app: MakeApp, provider: Issuer, who: str, status: int
) -> None:
    app = make_app(password_sign_in=who)
    ada = own(app).users.with_email(EMAIL)[0][0]
    with own(app).database.write() as connection:
        add_user(connection, ada.team_key, "jon@example.org", "Jon", "member", HASHED)
    for email, expected in ((EMAIL, status), ("jon@example.org", 200 if who == "all" else 403)):
        response = Browser(app).post("/api/auth/login", json={"email": email, "password": PASSWORD})
        assert response.status_code == expected
    info = Browser(app).get("/api/info").json
    assert info["passwords"] == who
    assert info["provider"] == {"name": "Harbour ID", "address": f"{OURS}/api/auth/oidc/login"}
