"""Signing in with a real OpenID Connect provider."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from flask import Flask

from api.app import create_app
from api.services import Services
from tests.identity.issuer import PROGRAM, Issuer, Visitor, issuer, person
from tests.support.browser import Browser
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
        given = settings.model_dump() | provider.settings | more
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
