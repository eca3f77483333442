"""Notices over HTTP: what people choose, their browsers, the rules of a team, and what became of what was sent."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from standardwebhooks.webhooks import Webhook

from api.services import Services
from tests.support.account import HASHED
from tests.support.browser import Browser
from tests.support.errors import assert_error
from tests.support.notices import Receiver, notifying
from tests.support.push_browser import PushBrowser
from tests.support.waiting import wait_until
from utils.accounts.audit import Audit
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_user
from utils.database.moment import now
from utils.database.tables import push_subscriptions, sign_ins
from utils.notices.audience import Audience
from utils.settings import Settings

RULES = "/api/team/notice-rules"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"push_hosts": "127.0.0.1"})


@pytest.fixture
def own(app: Flask) -> Services:
    found: Services = app.extensions["ringside"]
    return found


@pytest.fixture
def browser(app: Flask, ada: UserRecord) -> Browser:
    return Browser(app, ada)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with receiver.server:
        yield receiver


def rule(url: str, **more: Any) -> dict[str, Any]:
    return {"name": "Watch", "channel": "webhook", "url": url, "kinds": ["run_failed"], **more}


def test_what_is_chosen_is_what_is_read(browser: Browser) -> None:
    before = browser.get("/api/notices").json["preferences"]
    assert (before["kinds"]["approval_waits"]["whose"], before["kinds"]["run_ended"]["whose"]) == ("mine", "nobody")
    chosen = {
        "kinds": {"run_failed": {"whose": "team", "browser": False, "mail": True}},
        "quiet": {"begins": 22 * 60, "ends": 7 * 60}, "time_zone": "Europe/Berlin", "urgent_passes": False,
        "digest": "hourly",
    }  # fmt: skip
    put = browser.open("/api/notices", method="PUT", json=chosen)
    assert put.status_code == 200
    after = browser.get("/api/notices").json["preferences"]
    assert {**after, "kinds": {"run_failed": after["kinds"]["run_failed"]}} == chosen
    assert after["kinds"]["stuck"]["whose"] == "nobody"


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"time_zone": "Mars/Olympus"}, "must be a time zone"),
        ({"quiet": {"begins": 60, "ends": 60}}, "another time"),
        ({"quiet": {"begins": 1440, "ends": 60}}, "quiet.begins"),
        ({"kinds": {"weather": {"whose": "team"}}}, "kinds"),
        ({"digest": "yearly"}, "digest"),
    ],
)
def test_what_cannot_be_chosen_is_refused_in_words(browser: Browser, wrong: dict[str, Any], words: str) -> None:
    refused = browser.open("/api/notices", method="PUT", json={"kinds": {}, **wrong})
    assert words in assert_error(refused, 400, "invalid_request")


def test_a_browser_is_added_once_shows_a_test_and_is_removed(
    own: Services, browser: Browser, receiver: Receiver, settings: Settings
) -> None:
    firefox = PushBrowser(receiver.url)
    receiver.status = 201
    assert_error(browser.post("/api/notices/test"), 409, "no_way")
    for _ in range(2):
        added = browser.post(
            "/api/notices/browsers", json=firefox.subscription, headers={"User-Agent": "Firefox on Linux"}
        )
        assert added.status_code == 201
    read = browser.get("/api/notices").json
    [one] = read["browsers"]
    assert (one["id"], one["browser"]) == (added.json["id"], "Firefox on Linux")
    assert firefox.endpoint.url not in str(read)
    with notifying(own.database, own.doorbell, settings):
        assert browser.post("/api/notices/test").json == {"sent_to": ["browser"]}
        [request] = receiver.wait(path="/push")
        wait_until(lambda: [one["status"] for one in browser.get("/api/notices").json["lately"]] == ["sent"])
    assert firefox.read(request)["title"] == "A test of Ringside"
    assert browser.delete(f"/api/notices/browsers/{one['id']}").status_code == 204
    assert_error(browser.delete(f"/api/notices/browsers/{one['id']}"), 404, "not_found")
    assert browser.get("/api/notices").json["browsers"] == []


@pytest.mark.any_database
def test_an_address_that_is_no_push_service_is_refused(browser: Browser) -> None:
    for url in ("https://internal.example/x", "http://fcm.googleapis.com/x", "file:///etc/passwd"):
        refused = browser.post("/api/notices/browsers", json=PushBrowser(url).subscription)
        assert_error(refused, 400, "push_host_not_allowed")


def test_a_browser_that_somebody_else_signs_in_at_is_theirs(own: Services, app: Flask, ada: UserRecord) -> None:
    with own.database.write() as connection:
        mara = add_user(connection, ada.team_key, "mara@example.org", "Mara", "member", HASHED)
    firefox = PushBrowser("http://127.0.0.1:9")
    for user in (ada, mara):
        Browser(app, user).post("/api/notices/browsers", json=firefox.subscription)
    assert [len(own.push_subscriptions.of_user(user.key)) for user in (ada, mara)] == [0, 1]


def test_a_browser_shows_notices_as_long_as_its_sign_in_lasts(own: Services, app: Flask, ada: UserRecord) -> None:
    lost, kept = Browser(app, ada), Browser(app, ada)
    for place, one in enumerate((lost, kept)):
        one.post("/api/notices/browsers", json=PushBrowser(f"http://127.0.0.1:9/{place}").subscription)
    first, second = own.push_subscriptions.of_user(ada.key)
    assert own.push_subscriptions.endpoint(first.key) is not None
    staying = own.sign_ins.principal(kept.cookies["signed_in_as"].split(".")[1])
    assert staying is not None
    own.users.set_password(ada, "another long passphrase", keep_sign_in=staying.grant.key)
    assert own.push_subscriptions.of_user(ada.key) == [second]
    assert own.push_subscriptions.endpoint(first.key) is None
    with own.database.read() as connection:
        [person] = Audience(connection, [ada.team_key]).people(ada.team_key)
        assert person.browsers == [second.key]
    own.sign_ins.forget_expired()
    with own.database.read() as connection:
        assert connection.scalars(select(push_subscriptions.c.key)).all() == [second.key]


def test_a_browser_shows_no_notices_once_its_sign_in_has_expired(
    own: Services, browser: Browser, ada: UserRecord
) -> None:
    browser.post("/api/notices/browsers", json=PushBrowser("http://127.0.0.1:9").subscription)
    assert len(own.push_subscriptions.of_user(ada.key)) == 1
    with own.database.write() as connection:
        connection.execute(update(sign_ins).values(expires_at=now()))
    assert own.push_subscriptions.of_user(ada.key) == []


def test_a_rule_is_made_tested_sent_again_given_another_secret_and_deleted(
    own: Services, browser: Browser, ada: UserRecord, receiver: Receiver, settings: Settings
) -> None:
    made = browser.post(RULES, json=rule(f"{receiver.url}/hook"))
    assert made.status_code == 201
    secret, rule_id = made.json["secret"], made.json["rule"]["id"]
    assert made.json["rule"]["place"] == receiver.url
    with notifying(own.database, own.doorbell, settings):
        assert browser.post(f"{RULES}/{rule_id}/test").status_code == 202
        [first] = receiver.wait()
        path = f"{RULES}/{rule_id}/deliveries"
        wait_until(lambda: [one["status"] for one in browser.get(path).json["deliveries"]] == ["sent"])
        [delivery] = browser.get(path).json["deliveries"]
        assert (delivery["kind"], delivery["answer_status"], delivery["attempts"]) == ("test", 204, 1)
        assert Webhook(secret).verify(first.body, dict(first.headers))["type"] == "notice.test"
        fresh = browser.post(f"{RULES}/{rule_id}/secret").json["secret"]
        assert browser.post(f"{path}/{delivery['id']}/again").status_code == 202
        second = receiver.wait(2)[1]
    assert Webhook(fresh).verify(second.body, dict(second.headers))
    assert second.headers["webhook-id"] == first.headers["webhook-id"]
    told = str(browser.get(RULES).json) + str(browser.get(path).json)
    assert secret not in told
    assert fresh not in told
    assert browser.delete(f"{RULES}/{rule_id}").status_code == 204
    assert browser.get(RULES).json["rules"] == []
    actions = [line.action for line in Audit(own.database).page(ada.team_key).items]
    assert actions == ["notice rule deleted", "notice sent again", "notice rule's secret renewed", "notice rule made"]


def test_a_rule_is_changed_and_switched_off(browser: Browser, own: Services, ada: UserRecord) -> None:
    rule_id = browser.post(RULES, json=rule("https://example.org/hook?token=abc")).json["rule"]["id"]
    changes = {"name": "Other", "kinds": ["stuck"], "enabled": False, "url": "https://example.com/new"}
    changed = browser.patch(f"{RULES}/{rule_id}", json=changes).json
    assert (changed["name"], changed["kinds"], changed["enabled"], changed["place"]) == (
        "Other", ["stuck"], False, "https://example.com",
    )  # fmt: skip
    found = own.notice_rules.get(ada.team_key, rule_id)
    assert found is not None
    assert own.notice_rules.address(found).url == "https://example.com/new"


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (rule("ftp://example.org"), "invalid_request"),
        (rule("https://"), "invalid_request"),
        (rule("nonsense", channel="chat"), "invalid_request"),
        (rule("dbus://", channel="chat"), "invalid_request"),
        (rule("https://example.org", kinds=[]), "invalid_request"),
    ],
)
def test_a_rule_for_nowhere_is_refused(browser: Browser, body: dict[str, Any], code: str) -> None:
    assert_error(browser.post(RULES, json=body), 400, code)


@pytest.mark.any_database
def test_a_chat_that_apprise_knows_is_taken_and_its_tokens_never_shown(browser: Browser) -> None:
    url = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"
    made = browser.post(RULES, json=rule(url, channel="chat"))
    assert (made.status_code, made.json["secret"], made.json["rule"]["place"]) == (201, None, "slack://…")
    assert_error(browser.post(f"{RULES}/{made.json['rule']['id']}/secret"), 409, "nothing_signed")
    assert "T1JJ3T3L2" not in browser.get(RULES).text


@pytest.mark.any_database
def test_an_unknown_agent_is_not_found(browser: Browser) -> None:
    assert_error(browser.post(RULES, json=rule("https://example.org", agent_id="agent-x")), 404, "not_found")
