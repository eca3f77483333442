"""Mail over HTTP: invitations, forgotten passwords, notices, and what could not be sent."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import event

from agents.processes.postman import Postman, postman_of
from api.app import create_app
from api.services import Services
from tests.support.account import EMAIL, HASHED, PASSWORD
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.errors import assert_error
from tests.support.mail_server import Mailbox, mail_server
from utils.accounts.passwords import NO_HASH
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_team, add_user
from utils.database.moment import now
from utils.database.tables import identities
from utils.settings import Settings

pytestmark = pytest.mark.usefixtures("quick_hashing")
URL = "https://ringside.example"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def settings(settings: Settings, box: Mailbox) -> Settings:
    """Those of a server that sends mail."""
    return settings.model_copy(
        update={
            "smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_security": "none", "mail_from": "r@example.org",
            "public_url": URL,
        }
    )  # fmt: skip


@pytest.fixture
def postman(settings: Settings, own: Services) -> Postman:
    found = postman_of(settings, own.database)
    assert found is not None
    return found


def link_of(mail: Any, page: str) -> str:
    """The secret of the link in it."""
    found = re.search(rf"^{URL}/{page}#(\S+)\s*$", mail.get_content(), re.MULTILINE)
    assert found, mail.get_content()
    return found[1]


def forget(browser: Browser, email: str) -> Any:
    return browser.post("/api/auth/forgotten", json={"email": email})


def test_a_forgotten_password_is_set_by_a_mail(
    nobody: Browser, postman: Postman, box: Mailbox, own: Services, ada: UserRecord
) -> None:
    with own.database.write() as connection:
        pier = add_team(connection, "Pier")
        add_user(connection, pier.key, EMAIL, "Ada at the pier", "viewer", HASHED)
    assert nobody.get("/api/info").json["mail"] is True
    assert forget(nobody, EMAIL.upper()).status_code == 204
    postman.look()
    postman.look()
    assert box.recipients == [EMAIL, EMAIL], "one for each account"
    body = {"token": link_of(box.mails[0], "reset"), "password": "another password of hers"}
    assert "Harbour" in box.mails[0].get_content()
    assert nobody.post("/api/auth/reset", json=body).status_code == 204
    postman.look()
    assert box.mails[2]["Subject"] == "Ringside: Your password was set by a link"
    assert "another password" not in box.mails[2].get_content()


def test_who_signs_in_with_the_provider_gets_no_password_by_mail(
    settings: Settings, own: Services, box: Mailbox, ada: UserRecord
) -> None:
    """It would be a way in that the provider does not end when they leave."""
    with own.database.write() as connection:
        for name, hashed in (("mara", NO_HASH), ("jon", HASHED), ("invited", NO_HASH)):
            user = add_user(connection, ada.team_key, f"{name}@example.org", name, "member", hashed)
            if name != "invited":
                given = {"issuer": "https://id.example", "subject": name, "created_at": now(), "seen_at": now()}
                connection.execute(identities.insert().values(user_key=user.key, **given))
    for more, to in (
        ({"oidc_issuer": "https://id.example"}, {EMAIL, "jon@example.org", "invited@example.org"}),
        ({"oidc_issuer": "https://id.example", "password_sign_in": "administrators"}, {EMAIL}),
        ({"oidc_issuer": "https://id.example", "password_sign_in": "none"}, set()),
        ({}, {EMAIL, "mara@example.org", "jon@example.org", "invited@example.org"}),  # the provider is gone
    ):
        box.mails.clear()
        box.recipients.clear()
        for email in (EMAIL, "mara@example.org", "jon@example.org", "invited@example.org"):
            own.outbox.request_password(email)
        postman = postman_of(settings.model_copy(update=more), own.database)
        assert postman is not None
        postman.look()
        assert set(box.recipients) == to, more
        assert own.outbox.password_requests() == []


def test_nobody_learns_whether_an_address_has_an_account(
    app: Flask, postman: Postman, box: Mailbox, own: Services
) -> None:
    """Neither by the answer nor by the time: the statements are the same."""
    said: dict[str, list[str]] = {}

    def of(email: str) -> tuple[int, bytes, list[str]]:
        written = said.setdefault(email, [])

        def keep(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            written.append(statement)

        event.listen(own.database.engine, "before_cursor_execute", keep)
        response = forget(Browser(app), email)
        event.remove(own.database.engine, "before_cursor_execute", keep)
        return response.status_code, response.data, written

    of("first@example.org")  # what is asked once in a process
    for number in range(5):  # until they have to wait
        known, unknown = of(EMAIL), of("nobody@example.org")
        assert known[:2] == unknown[:2], number
        assert known[2] == unknown[2], number
        said.clear()
    postman.look()
    assert set(box.recipients) == {EMAIL}


def test_nobody_makes_it_a_cannon(
    app: Flask, postman: Postman, box: Mailbox, monkeypatch: pytest.MonkeyPatch, own: Services
) -> None:
    clock = Clock(monkeypatch)
    statuses = [forget(Browser(app, address=f"203.0.113.{n}"), EMAIL).status_code for n in range(10)]
    assert statuses == [204] * 3 + [429] * 7, "from many networks, for one account"
    statuses = [forget(Browser(app, address="198.51.100.1"), f"a{n}@example.org").status_code for n in range(25)]
    assert statuses == [204] * 20 + [429] * 5, "from one network, for many accounts"
    postman.look()
    assert len(box.mails) == 3
    clock.move(seconds=301)
    assert forget(Browser(app), EMAIL).status_code == 204


def test_an_invitation_is_sent_to_an_address(
    browser: Browser, nobody: Browser, postman: Postman, box: Mailbox, own: Services, ada: UserRecord
) -> None:
    made = browser.post("/api/team/invitations", json={"role": "viewer", "email": "new@example.org"})
    assert (made.status_code, made.json["mailed"]) == (201, True)
    postman.look()
    assert box.recipients == ["new@example.org"]
    token = link_of(box.mails[0], "join")
    assert nobody.post("/api/auth/invitation", json={"token": token}).json["role"] == "viewer"
    assert_error(browser.post("/api/team/invitations", json={"email": "a,b@c.d"}), 400, "invalid_request")
    [entry, *_] = own.audit.page(ada.team_key).items
    assert entry.subject == "viewer: new@example.org"


def test_the_owner_is_told_when_something_is_changed_by_which_they_sign_in(
    browser: Browser, postman: Postman, box: Mailbox
) -> None:
    changed = browser.post("/api/auth/password", json={"current": PASSWORD, "new": "another password of hers"})
    assert changed.status_code == 204
    postman.look()
    [mail] = box.mails
    assert (mail["To"], mail["Subject"]) == (EMAIL, "Ringside: Your password was changed")
    assert "127.0.0.1" in mail.get_content()


def test_the_owner_is_told_when_a_recovery_code_lets_somebody_in(
    nobody: Browser, postman: Postman, box: Mailbox, own: Services, ada: UserRecord
) -> None:
    secret = own.second_factors.prepare(ada.key)
    confirmed = own.second_factors.confirm(ada, pyotp.TOTP(secret).now())
    assert confirmed is not None
    nobody.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD})
    assert nobody.post("/api/auth/step", json={"code": confirmed.recovery_codes[0]}).status_code == 200
    postman.look()
    assert [mail["Subject"] for mail in box.mails] == ["Ringside: Somebody signed in with one of your recovery codes"]


def test_what_could_not_be_sent_is_seen_and_sent_again(
    browser: Browser, postman: Postman, box: Mailbox, add: Callable[..., UserRecord], app: Flask
) -> None:
    box.recipient_answer = "550 5.1.1 no such mailbox"
    browser.post("/api/team/invitations", json={"email": "new@example.org"})
    postman.look()
    state = browser.get("/api/team/mails").json
    [mail] = state["mails"]
    assert (state["on"], mail["status"], mail["recipient"]) == (True, "failed", "new@example.org")
    assert "no such mailbox" in mail["error"]
    assert "#" not in str(state), "no link"
    box.recipient_answer = "250 OK"
    assert browser.post(f"/api/team/mails/{mail['id']}/again").json["status"] == "waiting"
    postman.look()
    assert box.recipients == ["new@example.org"]
    assert browser.get("/api/team/mails").json["mails"] == []
    assert_error(browser.post(f"/api/team/mails/{mail['id']}/again"), 404, "not_found")


@pytest.mark.any_database
def test_a_test_mail_is_sent_at_once_or_the_reason_told(browser: Browser, box: Mailbox) -> None:
    assert browser.post("/api/team/mails/test").status_code == 204
    assert box.mails[0]["To"] == EMAIL
    box.answer = "554 5.7.1 sender not allowed"
    words = assert_error(browser.post("/api/team/mails/test"), 502, "mail_not_sent")
    assert "sender not allowed" in words


@pytest.mark.any_database
def test_without_mail_all_is_as_it_was(settings: Settings) -> None:
    mute = settings.model_copy(update={"smtp_host": None})
    app = create_app(mute)
    own: Services = app.extensions["ringside"]
    try:
        _expect_no_mail(app, own)
        assert postman_of(mute, own.database) is None
    finally:
        own.database.close()
        own.doorbell.close()


def _expect_no_mail(app: Flask, own: Services) -> None:
    [(ada, _, _)] = own.users.with_email(EMAIL)
    browser = Browser(app, ada)
    assert browser.get("/api/info").json["mail"] is False
    assert_error(forget(Browser(app), EMAIL), 409, "mail_off")
    assert_error(browser.post("/api/team/mails/test"), 409, "mail_off")
    assert_error(browser.post("/api/team/invitations", json={"email": "a@b.c"}), 409, "mail_off")
    made = browser.post("/api/team/invitations", json={})
    assert (made.status_code, made.json["mailed"]) == (201, False)
    assert browser.get("/api/team/mails").json == {"on": False, "sender": "r@example.org", "mails": []}
