"""The rules of a team over HTTP: made, ordered, changed, tried and deleted."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import delete

from agents.connectors.remote import RemoteConfiguration
from api.services import Services
from tests.support.at_once import at_once
from tests.support.browser import Browser
from tests.support.errors import assert_error
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.database.tables import approval_rules as rows
from utils.sessions import approval_rules
from utils.sessions.approval_rule import MOST_OF_TEAM, ApprovalRule

RULES = "/api/team/approval-rules"
DELETIONS = {"name": "Deletions ask", "tool": "*delete_*"}


def made(browser: Browser, **body: Any) -> dict[str, Any]:
    response = browser.post(RULES, json=DELETIONS | body)
    assert response.status_code == 201, response.text
    rule: dict[str, Any] = response.json
    return rule


def tried(browser: Browser, tool: str, **about: Any) -> tuple[str, str | None]:
    found = browser.post(f"{RULES}/try", json={"tool": tool, **about}).json
    return found["outcome"], found["rule"] and found["rule"]["name"]


def test_a_rule_is_made_listed_changed_and_deleted(browser: Browser, own: Services, ada: UserRecord) -> None:
    rule = made(browser)
    assert rule.pop("created_at") == rule.pop("changed_at")
    assert rule == {
        **DELETIONS, "id": rule["id"], "agent_id": None, "agent_name": None, "effect": "ask", "explanation": None,
        "decides": "session", "deciders": [], "expires_in": None, "on_expiry": None, "enabled": True,
        "created_by": "Ada",
    }  # fmt: skip
    changed = browser.patch(f"{RULES}/{rule['id']}", json={"expires_in": 60, "on_expiry": "reject"}).json
    assert (changed["expires_in"], changed["on_expiry"], changed["tool"]) == (60, "reject", "*delete_*")
    cleared = browser.patch(f"{RULES}/{rule['id']}", json={"expires_in": None, "on_expiry": None}).json
    assert (cleared["expires_in"], cleared["on_expiry"]) == (None, None)
    assert browser.get(RULES).json == {"rules": [cleared]}
    assert browser.delete(f"{RULES}/{rule['id']}").status_code == 204
    assert browser.get(RULES).json == {"rules": []}
    assert_error(browser.delete(f"{RULES}/{rule['id']}"), 404, "not_found")
    told = own.audit.page(ada.team_key).items
    assert [(line.action, line.subject) for line in told if "approval rule" in line.action] == [
        ("approval rule deleted", "Deletions ask: *delete_*"),
        ("approval rule changed", "Deletions ask: *delete_* asks; expires_in, on_expiry"),
        ("approval rule changed", "Deletions ask: *delete_* asks; expires_in, on_expiry"),
        ("approval rule made", "Deletions ask: *delete_* asks"),
    ]


def test_of_those_that_fit_the_first_in_the_order_counts(browser: Browser) -> None:
    made(browser)
    never = made(browser, name="Nothing is wiped", tool="delete_all", effect="refuse")
    assert tried(browser, "delete_all") == ("asks", "Deletions ask")
    browser.patch(f"{RULES}/{never['id']}", json={"position": 0})
    assert [rule["name"] for rule in browser.get(RULES).json["rules"]] == ["Nothing is wiped", "Deletions ask"]
    assert tried(browser, "delete_all") == ("refused", "Nothing is wiped")
    assert tried(browser, "delete_one") == ("asks", "Deletions ask")
    assert tried(browser, "read") == ("passes", None)
    browser.patch(f"{RULES}/{never['id']}", json={"enabled": False})
    assert tried(browser, "delete_all") == ("asks", "Deletions ask")


def test_a_rule_is_tried_for_one_agent(browser: Browser, own: Services, ada: UserRecord) -> None:
    crew = own.agents.create(ada.team_key, name="Crew", configuration=RemoteConfiguration(kind="remote"))
    made(browser, agent_id=crew.id)
    assert tried(browser, "delete_all") == ("passes", None)
    assert tried(browser, "delete_all", agent_id=crew.id) == ("asks", "Deletions ask")
    made(browser, name="Of the hooks", tool="Bash", agent_name="Claude Code")
    assert tried(browser, "Bash", agent_name="claude code") == ("asks", "Of the hooks")
    assert tried(browser, "Bash", agent_id=crew.id) == ("passes", None)
    assert_error(browser.post(f"{RULES}/try", json={"tool": "x", "agent_id": "agent-x"}), 404, "not_found")


@pytest.mark.any_database
def test_a_rule_whose_agent_is_gone_is_moved_renamed_and_switched_off(
    browser: Browser, own: Services, ada: UserRecord
) -> None:
    crew = own.agents.create(ada.team_key, name="Crew", configuration=RemoteConfiguration(kind="remote"))
    made(browser, name="First")
    path = f"{RULES}/{made(browser, agent_id=crew.id)['id']}"
    own.agents.delete(ada.team_key, crew.id)
    for body in ({"position": 0}, {"name": "Of the former crew"}, {"enabled": False}):
        assert browser.patch(path, json=body).status_code == 200, body
    [rule, _] = browser.get(RULES).json["rules"]
    assert (rule["name"], rule["enabled"], rule["agent_id"]) == ("Of the former crew", False, crew.id)
    assert_error(browser.patch(path, json={"agent_id": crew.id}), 404, "not_found")


@pytest.mark.any_database
def test_a_rule_one_of_whose_people_the_team_does_not_have_any_more_is_changed_too(
    browser: Browser, own: Services, ada: UserRecord
) -> None:
    rule = made(browser, decides="people", deciders=[ada.id])
    own.approval_rules.change(ada.team_key, rule["id"], {"deciders": ["user-gone", ada.id]})
    changed = browser.patch(f"{RULES}/{rule['id']}", json={"enabled": False}).json
    assert (changed["enabled"], changed["deciders"]) == (False, ["user-gone", ada.id])
    words = assert_error(
        browser.patch(f"{RULES}/{rule['id']}", json={"deciders": ["user-gone"]}), 400, "invalid_request"
    )
    assert "There is no user-gone in the team" in words


def test_of_several_who_delete_a_rule_at_the_same_instant_one_does(
    browser: Browser, own: Services, ada: UserRecord
) -> None:
    rule = made(browser)
    deleted = at_once(*[lambda: own.approval_rules.remove(ada.team_key, rule["id"])] * 4)
    assert sorted(one is None for one in deleted) == [False, True, True, True], deleted


@pytest.mark.only_on("postgresql")
def test_nobody_deletes_a_rule_while_it_is_changed(
    browser: Browser, own: Services, ada: UserRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule, waiting = made(browser), "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    deletions: list[Future[ApprovalRule | None]] = []

    def count() -> int:
        with own.database.read() as connection:
            return connection.exec_driver_sql(waiting).scalar_one()

    with ThreadPoolExecutor(1) as pool:

        def check(_: object) -> None:
            deletions.append(pool.submit(own.approval_rules.remove, ada.team_key, rule["id"]))
            wait_until(lambda: count() or deletions[0].done())

        monkeypatch.setattr(approval_rules, "check", check)
        changed = browser.patch(f"{RULES}/{rule['id']}", json={"enabled": False})
        assert (changed.status_code, changed.json["enabled"]) == (200, False)
        assert deletions[0].result(20) is not None
    assert browser.get(RULES).json == {"rules": []}


@pytest.mark.only_on("postgresql")
def test_a_rule_that_an_older_version_deletes_while_it_is_changed_is_gone(
    browser: Browser, own: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does so without a lock."""
    rule = made(browser)

    def check(_: object) -> None:
        with own.database.write() as connection:
            connection.execute(delete(rows))

    monkeypatch.setattr(approval_rules, "check", check)
    assert_error(browser.patch(f"{RULES}/{rule['id']}", json={"enabled": False}), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"tool": " "}, 400, "tool"),
        ({"tool": "a\nb"}, 400, "tool"),
        ({"effect": "allow"}, 400, "effect"),
        ({"effect": "refuse", "expires_in": 60}, 400, "effect"),
        ({"decides": "people"}, 400, "deciders"),
        ({"decides": "people", "deciders": ["user-x"]}, 400, "There is no user-x in the team"),
        ({"on_expiry": "reject"}, 400, "on_expiry"),
        ({"agent_id": "agent-x"}, 404, "agent"),
    ],
)
@pytest.mark.any_database
def test_what_is_no_rule_is_refused_in_words(browser: Browser, body: Any, status: int, words: str) -> None:
    code = "not_found" if status == 404 else "invalid_request"
    assert words in assert_error(browser.post(RULES, json=DELETIONS | body), status, code)
    rule = made(browser)
    assert words in assert_error(browser.patch(f"{RULES}/{rule['id']}", json=body), status, code)
    assert [one["id"] for one in browser.get(RULES).json["rules"]] == [rule["id"]]


@pytest.mark.any_database
def test_a_team_has_so_many_rules_and_no_more(browser: Browser, own: Services, ada: UserRecord) -> None:
    first = made(browser)
    values = {name: first[name] for name in (*DELETIONS, "effect", "decides", "deciders")}
    for _ in range(MOST_OF_TEAM - 1):
        own.approval_rules.add(ada.team_key, ada, values)
    assert_error(browser.post(RULES, json=DELETIONS), 409, "too_many_rules")


@pytest.mark.any_database
def test_a_change_must_fit_the_rule_as_it_is_by_then(browser: Browser, own: Services, ada: UserRecord) -> None:
    """Of two who change it at once, the second does not leave a rule of people without people."""
    rule = made(browser, decides="people", deciders=[ada.id])
    own.approval_rules.change(ada.team_key, rule["id"], {"decides": "session", "deciders": []})
    with pytest.raises(ValueError, match="deciders"):
        own.approval_rules.change(ada.team_key, rule["id"], {"decides": "people"})
    assert_error(browser.patch(f"{RULES}/{rule['id']}", json={"decides": "people"}), 400, "invalid_request")
    [kept] = browser.get(RULES).json["rules"]
    assert (kept["decides"], kept["deciders"]) == ("session", [])
