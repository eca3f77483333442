"""Sessions over HTTP."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, insert

from api.services import Services
from tests.support.browser import Browser
from tests.support.errors import assert_error
from tests.support.waiting import wait_until
from utils.database.moment import now, now_ms
from utils.database.tables import retention

SESSION_FIELDS = {
    "id", "title", "archived", "head", "created_at", "updated_at", "last_run", "status", "owner", "mine", "shared",
    "may_change", "owner_is_service", "agent", "tags", "priority", "metadata", "snippets", "watchable_until",
    "kept", "removed_at", "findings",
}  # fmt: skip


def test_a_session_is_created_with_what_was_given(client: FlaskClient) -> None:
    response = client.post("/api/sessions", json={"id": "mine", "title": "A title"})
    assert response.status_code == 201
    assert set(response.json) == SESSION_FIELDS
    assert (response.json["id"], response.json["title"], response.json["head"]) == ("mine", "A title", 0)
    assert response.json["created_at"].endswith("Z")
    assert client.get("/api/sessions/mine").json == response.json


def test_a_session_says_when_it_is_removed_and_can_be_kept(client: FlaskClient, own: Services) -> None:
    made = client.post("/api/sessions", json={"id": "mine"}).json
    assert (made["kept"], made["removed_at"]) == (False, None)
    begins_at = now() - timedelta(days=1)
    with own.database.write() as connection:
        connection.execute(insert(retention).values(what="sessions", days=30, begins_at=begins_at))
    shown = client.get("/api/sessions/mine").json
    goes, moved = (datetime.fromisoformat(shown[name]) for name in ("removed_at", "updated_at"))
    assert goes - moved == timedelta(days=30)
    kept = client.patch("/api/sessions/mine", json={"kept": True}).json
    assert (kept["kept"], kept["removed_at"]) == (True, None)
    assert client.patch("/api/sessions/mine", json={"kept": False}).json["removed_at"] == shown["removed_at"]


def test_a_session_needs_nothing(client: FlaskClient) -> None:
    response = client.post("/api/sessions", json={})
    assert response.status_code == 201
    assert response.json["id"].startswith("session-")


def test_an_id_that_is_taken_is_refused(client: FlaskClient, session: dict[str, Any]) -> None:
    assert_error(client.post("/api/sessions", json={"id": "s1"}), 409, "session_exists")


@pytest.mark.any_database
@pytest.mark.parametrize(
    "body",
    [
        {"id": "a/b"},
        {"id": ""},
        {"id": "a" * 101},
        {"id": 7},
        {"title": ""},
        {"title": " \t "},
        {"title": "x" * 201},
        {"surprise": 1},
        [],
        "text",
        None,
        7,
        {"title": "\ud800"},
    ],
)
def test_a_body_that_does_not_fit_is_refused(client: FlaskClient, body: object) -> None:
    assert_error(client.post("/api/sessions", json=body), 400, "invalid_request")


def test_a_sample_session_has_documents_and_a_question(client: FlaskClient) -> None:
    response = client.post("/api/sessions/sample")
    assert response.status_code == 201
    assert response.json["question"].endswith("?")
    documents = client.get(f"/api/sessions/{response.json['session']['id']}/documents").json["documents"]
    assert {document["status"] for document in documents} == {"uploaded"}
    assert any(document["name"].endswith(".pdf") for document in documents)


def test_sessions_are_listed_in_pages_newest_activity_first(client: FlaskClient, own: Services) -> None:
    for number in range(5):
        client.post("/api/sessions", json={"id": f"s{number}", "title": f"Title {number}"})
    created = now_ms()
    wait_until(lambda: now_ms() > created)  # within one millisecond, the one that was made last comes first
    client.post("/api/sessions/s1/messages", json={"content": "Who rebuilt the engine?"})
    seen, cursor = [], None
    while True:
        page = client.get("/api/sessions", query_string={"limit": 2, **({"cursor": cursor} if cursor else {})}).json
        assert set(page) == {"sessions", "next_cursor"}
        seen += [session["id"] for session in page["sessions"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen[0] == "s1"
    assert sorted(seen) == ["s0", "s1", "s2", "s3", "s4"]


def test_sessions_are_searched_and_archived_ones_listed_apart(client: FlaskClient) -> None:
    client.post("/api/sessions", json={"id": "a", "title": "Harbour"})
    client.post("/api/sessions", json={"id": "b", "title": "Other"})

    def found(**query: str) -> list[str]:
        return [session["id"] for session in client.get("/api/sessions", query_string=query).json["sessions"]]

    assert found(query="harb") == ["a"]
    assert client.patch("/api/sessions/a", json={"archived": True}).json["archived"] is True
    assert found() == ["b"]
    assert found(archived="true") == ["a"]


@pytest.mark.any_database
@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 201}, {"limit": "many"}, {"archived": "perhaps"}, {"query": "x" * 201}],
    ids=str,
)
def test_a_query_that_does_not_fit_is_refused(client: FlaskClient, query: dict[str, Any]) -> None:
    assert_error(client.get("/api/sessions", query_string=query), 400, "invalid_request")


@pytest.mark.any_database
@pytest.mark.parametrize("cursor", ["nonsense", "MQ", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5LjE", "%00"])
def test_a_cursor_that_is_not_ours_is_refused(client: FlaskClient, cursor: str) -> None:
    assert_error(client.get(f"/api/sessions?cursor={cursor}"), 400, "invalid_cursor")


def test_a_session_is_renamed_and_archived(client: FlaskClient, session: dict[str, Any]) -> None:
    changed = client.patch("/api/sessions/s1", json={"title": "New"})
    assert changed.status_code == 200
    assert (changed.json["title"], changed.json["archived"]) == ("New", False)
    assert client.patch("/api/sessions/s1", json={"archived": True}).json["title"] == "New"
    for blank in ("", "  "):
        assert_error(client.patch("/api/sessions/s1", json={"title": blank}), 400, "invalid_request")
    assert_error(client.patch("/api/sessions/s1", json={"head": 7}), 400, "invalid_request")


def test_a_session_is_deleted_for_good(client: FlaskClient, session: dict[str, Any]) -> None:
    assert client.delete("/api/sessions/s1").status_code == 204
    assert client.delete("/api/sessions/s1").status_code == 404
    assert client.get("/api/sessions/s1").status_code == 404
    assert client.post("/api/sessions", json={"id": "s1"}).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"title": "x"}),
        ("DELETE", "", None),
        ("GET", "/documents", None),
        ("DELETE", "/documents/doc-1", None),
        ("GET", "/passages/1", None),
        ("GET", "/messages", None),
        ("POST", "/messages", {"content": "Why?"}),
        ("GET", "/runs", None),
        ("GET", "/activity", None),
    ],
)
@pytest.mark.parametrize("session_id", ["nowhere", "deleted:1", "é", "%00", "a" * 500])
def test_an_unknown_session_is_404_everywhere(
    client: FlaskClient, method: str, path: str, body: object, session_id: str
) -> None:
    named = {} if body is None else {"json": body}
    response = client.open(f"/api/sessions/{session_id}{path}", method=method, **named)  # type: ignore[arg-type]
    assert_error(response, 404, "not_found")


def test_tags_and_priority_are_given_and_changed(client: FlaskClient) -> None:
    made = client.post("/api/sessions", json={"id": "s1", "tags": [" Two  Words ", "a", "A"], "priority": "high"})
    assert made.status_code == 201
    assert (made.json["tags"], made.json["priority"]) == (["a", "two words"], "high")
    changed = client.patch("/api/sessions/s1", json={"tags": ["B"]}).json
    assert (changed["tags"], changed["priority"]) == (["b"], "high")
    changed = client.patch("/api/sessions/s1", json={"priority": "low", "tags": []}).json
    assert (changed["tags"], changed["priority"]) == ([], "low")
    assert client.get("/api/sessions").json["sessions"] == [changed]


@pytest.mark.any_database
@pytest.mark.parametrize(
    "body",
    [
        {"tags": [""]},
        {"tags": ["x" * 41]},
        {"tags": ["a\u0000b"]},
        {"tags": [f"t{n}" for n in range(11)]},
        {"tags": "a"},
        {"tags": [7]},
        {"priority": "critical"},
        {"priority": 2},
    ],
    ids=str,
)
def test_tags_and_priorities_that_do_not_fit_are_refused(
    client: FlaskClient, session: dict[str, Any], body: object
) -> None:
    assert_error(client.patch("/api/sessions/s1", json=body), 400, "invalid_request")
    assert_error(client.post("/api/sessions", json=body), 400, "invalid_request")


def test_sessions_are_listed_by_tag_and_priority(client: FlaskClient) -> None:
    client.post("/api/sessions", json={"id": "a", "tags": ["été", "x"], "priority": "urgent"})
    client.post("/api/sessions", json={"id": "b", "tags": ["x"]})

    def found(**query: str) -> list[str]:
        return [session["id"] for session in client.get("/api/sessions", query_string=query).json["sessions"]]

    assert found(tag=" ÉTÉ ") == ["a"]
    assert found(tag="x") == ["b", "a"]
    assert found(tag="x", priority="normal") == ["b"]
    assert found(priority="urgent", query="session") == ["a"]
    assert client.get("/api/tags").json == {"tags": [{"tag": "x", "sessions": 2}, {"tag": "été", "sessions": 1}]}
    client.patch("/api/sessions/b", json={"archived": True})
    assert client.get("/api/tags").json["tags"] == [{"tag": "x", "sessions": 1}, {"tag": "été", "sessions": 1}]


def test_a_search_shows_what_it_found(client: FlaskClient, session: dict[str, Any]) -> None:
    asked = client.post("/api/sessions/s1/messages", json={"content": "Who rebuilt\n the **Engine**?"}).json
    [found] = client.get("/api/sessions", query_string={"query": "engines"}).json["sessions"]
    assert found["snippets"] == [
        {
            "message_id": asked["message"]["id"],
            "run_id": asked["run"]["id"],
            "role": "user",
            "created_at": asked["message"]["created_at"],
            "parts": [
                {"text": "Who rebuilt the **", "match": False},
                {"text": "Engine", "match": True},
                {"text": "**?", "match": False},
            ],
        }
    ]
    assert client.get("/api/sessions").json["sessions"][0]["snippets"] == []
    assert client.get("/api/sessions/s1").json["snippets"] == []


@pytest.mark.parametrize("query", ["%00", "%22", "*", "a%00b", "%ff", "NEAR(", "%ED%A0%80", "'%22%25_\\", "a" * 200])
def test_no_search_fails(client: FlaskClient, session: dict[str, Any], query: str) -> None:
    assert client.get(f"/api/sessions?query={query}").status_code == 200


@pytest.mark.parametrize("listed", [0, 7])
def test_a_list_takes_as_many_statements_however_long_it_is(client: FlaskClient, own: Services, listed: int) -> None:
    for n in range(1 + listed):
        client.post("/api/sessions", json={"id": f"s{n}", "tags": ["a", "b"]})
        client.post(f"/api/sessions/s{n}/messages", json={"content": "A herring"})
    statements: list[str] = []
    event.listen(own.database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    found = client.get("/api/sessions?query=herring").json["sessions"]
    assert len(found) == 1 + listed
    assert (
        len([one for one in statements if one != "BEGIN"]) == 5
    )  # who asks, the newest, all, their snippets, what looks stuck


def test_the_audit_trail_names_a_session_as_it_was_called_then_while_it_is_shared(browser: Browser) -> None:
    browser.post("/api/sessions", json={"id": "s1", "title": "First"})
    browser.patch("/api/sessions/s1", json={"shared": True})
    link = browser.post("/api/sessions/s1/links", json={}).json["link"]
    browser.patch("/api/sessions/s1", json={"title": "Second"})
    browser.delete(f"/api/sessions/s1/links/{link['id']}")
    browser.delete("/api/sessions/s1")
    assert noted(browser) == [
        ("session shared", "First (s1)"),
        ("spectator link made", "First (s1)"),
        ("spectator link taken back", "Second (s1)"),
        ("session deleted", "s1"),
    ]


def test_the_audit_trail_has_no_title_of_a_private_session(browser: Browser) -> None:
    browser.post("/api/sessions", json={"id": "s1", "title": "My illness"})
    link = browser.post("/api/sessions/s1/links", json={}).json["link"]
    browser.get("/api/sessions/s1/export").close()
    browser.delete(f"/api/sessions/s1/links/{link['id']}")
    link = browser.post("/api/sessions/s1/links", json={}).json["link"]
    browser.delete(f"/api/team/links/{link['id']}")
    browser.patch("/api/sessions/s1", json={"title": "Our plan", "shared": True})
    browser.patch("/api/sessions/s1", json={"title": "My doubts", "shared": False})
    browser.delete("/api/sessions/s1")
    assert noted(browser) == [
        ("spectator link made", "a private session (s1)"),
        ("session exported", "a private session (s1) as json"),
        ("spectator link taken back", "a private session (s1)"),
        ("spectator link made", "a private session (s1)"),
        ("spectator link taken back", "a private session (s1), made by Ada"),
        ("session shared", "Our plan (s1)"),
        ("session made private", "a private session (s1)"),
        ("session deleted", "s1"),
    ]


def noted(browser: Browser) -> list[tuple[str, str]]:
    """What the audit trail says was done, oldest first."""
    entries = browser.get("/api/team/audit").json["entries"]
    return [(one["action"], one["subject"]) for one in reversed(entries)]
