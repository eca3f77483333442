"""The registry of agents over HTTP: secrets go in and never come out."""

import dataclasses
import gc
import io
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from agents.backends.kinds import KINDS
from api import registry_routes
from api.services import Services
from tests.model_server import ModelServer, Status, Text
from tests.support.at_once import at_once
from tests.support.browser import Browser
from tests.support.errors import assert_error
from tests.support.foreign_server import ForeignServer, Received, json_answer
from tests.support.foreign_server import answer as foreign_answer
from tests.support.pictures import PICTURE, picture
from utils.accounts.principal import UserRecord
from utils.database.tables import agents
from utils.project import PROJECT
from utils.registry import avatar
from utils.registry.avatar import MAX_BYTES

KEY = "sk-canary-4711"
OWN = {"kind": "chat", "source": "own", "base_url": "http://here/v1", "model": {"name": "tiny"}}
BRIEF = {"id", "name", "description", "kind", "enabled", "built_in", "avatar", "can"}
WHOLE = BRIEF | {"configuration", "system_prompt", "secrets", "created_at", "updated_at"}
# Werkzeug leaves the temporary file of a form it gave up to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    gc.freeze()  # what is there before the test is not looked through after it
    yield
    gc.collect()


def register(browser: Browser, **given: Any) -> dict[str, Any]:
    response = browser.post("/api/agents", json={"name": "Chat", "configuration": OWN} | given)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json
    return body


def path_of(agent: dict[str, Any]) -> str:
    return f"/api/agents/{agent['id']}"


def give_picture(browser: Browser, agent: dict[str, Any], data: bytes = PICTURE) -> TestResponse:
    return browser.open(f"{path_of(agent)}/avatar", method="PUT", data={"file": (io.BytesIO(data), "a.png")})


def store(own: Services, agent: dict[str, Any], **configuration: object) -> None:
    """The configuration that another version of the server has left in the database."""
    with own.database.write() as connection:
        changed = update(agents).where(agents.c.id == agent["id"])
        connection.execute(changed.values(configuration=json.dumps(configuration)))


def noted(browser: Browser) -> list[tuple[str, str]]:
    entries = browser.get("/api/team/audit").json["entries"]
    return [(one["action"], one["subject"]) for one in entries]


def test_all_of_the_team_see_which_agents_there_are_and_administrators_how_they_are_made(
    app: Flask, browser: Browser, add: Any
) -> None:
    made = register(browser, description=" Talks ", system_prompt="Be kind.", secrets={"api_key": KEY})
    assert set(made) == WHOLE
    assert (made["name"], made["description"], made["kind"]) == ("Chat", "Talks", "chat")
    assert (made["enabled"], made["built_in"], made["avatar"]) == (True, False, None)
    settings = {"name": "tiny", "temperature": None, "max_tokens": None}
    assert made["configuration"] == OWN | {"model": settings}
    assert (made["system_prompt"], made["secrets"]) == ("Be kind.", ["api_key"])
    assert browser.get(path_of(made)).json == made
    listed = Browser(app, add("Vera", "viewer")).get("/api/agents").json["agents"]
    assert [one["name"] for one in listed] == ["Document agents", "Chat"]
    assert set(listed[0]) == BRIEF
    assert listed[1] == {name: made[name] for name in BRIEF}
    assert (listed[0]["built_in"], listed[0]["kind"]) == (True, "documents")
    assert browser.get("/api/agents").json["agents"][1] == listed[1] | {"configuration": made["configuration"]}


def test_a_key_of_an_administrator_is_not_told_how_agents_are_made(browser: Browser, client: FlaskClient) -> None:
    register(browser)
    assert [set(one) for one in client.get("/api/agents").json["agents"]] == [BRIEF, BRIEF]


def test_agents_come_in_pages_for_who_asks_for_them(browser: Browser) -> None:
    names = ["Document agents", *(register(browser, name=f"Chat {n}")["name"] for n in range(4))]
    whole = browser.get("/api/agents").json
    assert ([one["name"] for one in whole["agents"]], whole["next_cursor"]) == (names, None)
    pages, cursor = [], ""
    while cursor is not None:
        page = browser.get(f"/api/agents?limit=2{cursor and '&cursor='}{cursor}").json
        pages.append([one["name"] for one in page["agents"]])
        cursor = page["next_cursor"]
    assert pages == [names[:2], names[2:4], names[4:]]
    assert_error(browser.get("/api/agents?limit=201"), 400, "invalid_request")


def test_what_is_left_out_of_a_change_stays(browser: Browser) -> None:
    made = register(browser, system_prompt="Be kind.", secrets={"api_key": KEY})
    changed = browser.patch(path_of(made), json={"name": "Talker", "enabled": False}).json
    kept = {name: made[name] for name in WHOLE - {"name", "enabled", "updated_at"}}
    assert kept.items() <= changed.items()
    assert (changed["name"], changed["enabled"]) == ("Talker", False)
    warm = OWN | {"model": {"name": "tiny", "temperature": 1.5, "max_tokens": 50}}
    changed = browser.patch(path_of(made), json={"configuration": warm, "system_prompt": ""}).json
    assert (changed["configuration"], changed["system_prompt"], changed["secrets"]) == (warm, "", ["api_key"])


def test_a_key_is_told_to_nobody_ever(app: Flask, browser: Browser, capfd: pytest.CaptureFixture[str]) -> None:
    made = register(browser, secrets={"api_key": KEY})
    answers = [browser.get(path) for path in ("/api/agents", path_of(made), "/api/team/audit", "/api/team/errors")]
    answers.append(browser.patch(path_of(made), json={"secrets": {"api_key": KEY + "-2"}}))
    answers.append(browser.patch(path_of(made), json={"secrets": {"api_key": KEY + " with a blank"}}))
    answers.append(browser.patch(path_of(made), json={"secrets": {"api_keys": KEY}}))
    answers.append(browser.patch(path_of(made), json={"secrets": KEY}))
    answers.append(browser.patch(path_of(made), json={"configuration": OWN | {"base_url": f"http://u:{KEY}@here/v1"}}))
    answers.append(
        browser.post("/api/agents", json={"name": "Chat", "configuration": OWN, "secrets": {"api_key": KEY}})
    )
    assert [one.status_code for one in answers] == [200, 200, 200, 200, 200, 400, 400, 400, 400, 409]
    for one in answers:
        assert KEY not in one.text
    assert KEY not in "".join(capfd.readouterr())


def test_a_key_is_replaced_and_removed_and_the_audit_trail_knows(browser: Browser) -> None:
    made = register(browser, secrets={"api_key": KEY})
    assert browser.patch(path_of(made), json={"secrets": {}}).json["secrets"] == ["api_key"]
    assert browser.patch(path_of(made), json={"secrets": {"api_key": None}}).json["secrets"] == []
    assert browser.patch(path_of(made), json={"secrets": {"api_key": "x"}, "name": "N"}).json["secrets"] == ["api_key"]
    give_picture(browser, made)
    browser.delete(f"{path_of(made)}/avatar")
    assert browser.delete(path_of(made)).status_code == 204
    assert noted(browser) == [
        ("agent deleted", "N"), ("agent's picture removed", "N"), ("agent's picture changed", "N"),
        ("agent's secret set", "N: api_key"), ("agent changed", "N: name"), ("agent's secret removed", "Chat: api_key"),
        ("agent's secret set", "Chat: api_key"), ("agent registered", "Chat (chat)"),
    ]  # fmt: skip


def test_an_address_that_the_server_does_not_allow_is_refused(app: Flask, browser: Browser, own: Services) -> None:
    made = register(browser)
    app.extensions["ringside"] = dataclasses.replace(
        own, settings=own.settings.model_copy(update={"agent_hosts": ".example.org"})
    )
    inside = {"configuration": OWN | {"base_url": "http://169.254.169.254/latest"}}
    words = assert_error(browser.patch(path_of(made), json=inside), 400, "address_not_allowed")
    assert "AGENT_HOSTS" in words
    assert_error(browser.post("/api/agents", json=inside | {"name": "Spy"}), 400, "address_not_allowed")
    outside = {"configuration": OWN | {"base_url": "https://models.example.org/v1"}}
    assert browser.patch(path_of(made), json=outside).status_code == 200
    assert browser.patch(path_of(made), json={"name": "Renamed"}).status_code == 200


@pytest.mark.parametrize("name", ["two\nlines", "a\tb", "\u202eevil", "a\u2028b", "a\0b"])
def test_a_name_is_one_plain_line(browser: Browser, name: str) -> None:
    words = assert_error(browser.post("/api/agents", json={"name": name, "configuration": OWN}), 400, "invalid_request")
    assert "one line" in words


def test_names_of_all_languages_are_plain_lines(browser: Browser) -> None:
    for name in ("می\u200cخواهم", "עברית\u200f", "👩\u200d🚀", "Zoë"):
        assert register(browser, name=name)["name"] == name


def test_with_another_address_the_key_is_given_again_or_removed(browser: Browser) -> None:
    made = register(browser, secrets={"api_key": KEY})
    there = {"configuration": OWN | {"base_url": "http://there/v1"}}
    words = assert_error(browser.patch(path_of(made), json=there), 409, "key_needed")
    assert "again, or remove it" in words
    assert browser.get(path_of(made)).json == made
    assert browser.patch(path_of(made), json=there | {"secrets": {"api_key": "theirs"}}).status_code == 200
    back = {"configuration": OWN, "secrets": {"api_key": None}}
    assert browser.patch(path_of(made), json=back).json["secrets"] == []


def test_what_cannot_be_done_is_refused_in_plain_words(browser: Browser) -> None:
    made = register(browser)
    built_in = browser.get("/api/agents").json["agents"][0]
    assert_error(browser.post("/api/agents", json={"name": "Chat", "configuration": OWN}), 409, "name_taken")
    assert_error(browser.patch(path_of(made), json={"name": "Document agents"}), 409, "name_taken")
    assert_error(browser.patch(path_of(made), json={"configuration": {"kind": "documents"}}), 409, "kind_fixed")
    assert_error(browser.delete(path_of(built_in)), 409, "built_in")
    of_the_server = {"name": "S", "configuration": {"kind": "chat"}, "secrets": {"api_key": KEY}}
    assert_error(browser.post("/api/agents", json=of_the_server), 409, "key_unused")
    assert browser.patch(path_of(built_in), json={"name": "Readers", "enabled": False}).json["name"] == "Readers"


@pytest.mark.any_database
@pytest.mark.parametrize(
    "body",
    [
        {}, {"name": "N"}, {"configuration": OWN}, {"name": " ", "configuration": OWN},
        {"name": "x" * 201, "configuration": OWN}, {"name": "N", "configuration": {"kind": "abacus"}},
        {"name": "N", "configuration": OWN | {"model": {}}}, {"name": "N", "configuration": OWN, "built_in": True},
        {"name": "N", "configuration": OWN, "secrets": {"password": "x"}},
        {"name": "N", "configuration": OWN, "secrets": {"api_key": ""}},
        {"name": "N", "configuration": OWN, "secrets": {"api_key": "two words"}},
        {"name": "N", "configuration": OWN, "secrets": {"api_key": "a\r\nX-Evil: 1"}},
        {"name": "N", "configuration": OWN, "secrets": {"api_key": "ключ"}},
        {"name": "N", "configuration": OWN, "system_prompt": "x" * 20_001},
        {"name": "N", "configuration": OWN, "description": "x" * 1001},
    ],
    ids=lambda body: str(body)[:60],
)  # fmt: skip
def test_an_agent_that_does_not_fit_is_refused(browser: Browser, body: dict[str, Any]) -> None:
    assert "Value error" not in assert_error(browser.post("/api/agents", json=body), 400, "invalid_request")
    assert len(browser.get("/api/agents").json["agents"]) == 1


# Pictures


def test_a_picture_is_shown_to_the_team_and_kept_by_the_browser(app: Flask, browser: Browser, add: Any) -> None:
    made = register(browser)
    answered = give_picture(browser, made)
    assert answered.status_code == 200
    address = answered.json["avatar"]
    assert address.startswith(f"{path_of(made)}/avatar?v=")
    viewer = Browser(app, add("Vera", "viewer"))
    shown = viewer.get(address)
    assert (shown.status_code, shown.mimetype) == (200, "image/webp")
    assert shown.data[8:12] == b"WEBP"
    assert shown.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    again = viewer.get(address, headers={"If-None-Match": shown.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for other in (f"{path_of(made)}/avatar", f"{path_of(made)}/avatar?v=former"):
        assert viewer.get(other).headers["Cache-Control"] == "private, no-cache"
    another = give_picture(browser, made, picture("JPEG", colour="blue")).json["avatar"]
    assert another != address
    assert viewer.get(another, headers={"If-None-Match": shown.headers["ETag"]}).status_code == 200
    assert browser.get("/api/agents").json["agents"][1]["avatar"] == another


def test_pictures_that_come_at_once_are_put_off(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    made = register(browser)
    monkeypatch.setattr(avatar, "_PATIENCE_SECONDS", 0.01)
    with avatar._one_at_a_time:
        answered = give_picture(browser, made)
    assert_error(answered, 503, "crowded")
    assert answered.headers["Retry-After"] == "1"


def test_a_picture_is_taken_away(browser: Browser) -> None:
    made = register(browser)
    assert_error(browser.get(f"{path_of(made)}/avatar"), 404, "not_found")
    address = give_picture(browser, made).json["avatar"]
    assert browser.delete(f"{path_of(made)}/avatar").json["avatar"] is None
    assert_error(browser.get(address), 404, "not_found")


def test_what_is_no_picture_is_refused_and_the_former_one_stays(browser: Browser) -> None:
    made = register(browser)
    address = give_picture(browser, made).json["avatar"]
    for data in (b"", b"<svg/>", PICTURE[:40]):
        assert_error(give_picture(browser, made, data), 400, "not_an_image")
    for size in (MAX_BYTES + 1 - len(PICTURE), 2 * MAX_BYTES):
        assert_error(give_picture(browser, made, PICTURE + bytes(size)), 413, "too_large")
    form = browser.open(f"{path_of(made)}/avatar", method="PUT", data={"picture": (io.BytesIO(PICTURE), "a.png")})
    assert_error(form, 400, "invalid_request")
    assert browser.get(path_of(made)).json["avatar"] == address


@pytest.mark.any_database
def test_a_picture_that_is_too_large_is_refused_before_it_is_read(browser: Browser) -> None:
    made = register(browser)

    class Unread(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("it was read")

    response = browser.open(
        f"{path_of(made)}/avatar",
        method="PUT",
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": str(50 * MAX_BYTES)},
    )
    assert_error(response, 413, "too_large")


# Chosen for a session


def test_a_session_tells_who_answers(browser: Browser, own: Services) -> None:
    chat = register(browser)
    built_in = browser.get("/api/agents").json["agents"][0]
    default = browser.post("/api/sessions", json={"id": "a"}).json
    assert default["agent"] == {"id": built_in["id"], "name": "Document agents", "avatar": None, "state": "ready"}
    chosen = browser.post("/api/sessions", json={"id": "b", "agent_id": chat["id"]}).json["agent"]
    assert chosen == {"id": chat["id"], "name": "Chat", "avatar": None, "state": "ready"}
    address = give_picture(browser, chat).json["avatar"]
    assert browser.patch("/api/sessions/a", json={"agent_id": chat["id"]}).json["agent"]["avatar"] == address
    assert browser.patch("/api/sessions/a", json={"title": "T"}).json["agent"]["name"] == "Chat"
    listed = browser.get("/api/sessions").json["sessions"]
    assert {one["id"]: one["agent"]["name"] for one in listed} == {"a": "Chat", "b": "Chat"}


def test_a_new_session_gets_the_built_in_agent_or_the_oldest_that_is_enabled(browser: Browser) -> None:
    agents = [browser.get("/api/agents").json["agents"][0], *(register(browser, name=name) for name in ("A", "B"))]

    def next_one() -> str:
        name: str = browser.post("/api/sessions", json={}).json["agent"]["name"]
        return name

    first = browser.post("/api/sessions", json={"id": "first"}).json
    for agent, then in zip(agents, ["A", "B", "Document agents"], strict=True):
        browser.patch(path_of(agent), json={"enabled": False})
        assert next_one() == then
    assert browser.get("/api/sessions/first").json["agent"] == first["agent"] | {"state": "disabled"}


def test_an_agent_that_is_switched_off_or_unknown_cannot_be_chosen(browser: Browser) -> None:
    chat = register(browser, enabled=False)
    browser.post("/api/sessions", json={"id": "a"})
    for agent_id, status, code in ((chat["id"], 409, "agent_disabled"), ("agent-unknown", 404, "not_found")):
        assert_error(browser.post("/api/sessions", json={"agent_id": agent_id}), status, code)
        assert_error(browser.patch("/api/sessions/a", json={"agent_id": agent_id, "title": "T"}), status, code)
    assert len(browser.get("/api/sessions").json["sessions"]) == 1
    assert browser.get("/api/sessions/a").json["title"] != "T"


def test_a_session_whose_agent_is_off_or_gone_says_so_and_takes_no_question_until_another_is_chosen(
    browser: Browser, own: Services
) -> None:
    chat, other = register(browser), register(browser, name="Other")
    browser.post("/api/sessions", json={"id": "a", "agent_id": chat["id"]})
    browser.patch(path_of(chat), json={"enabled": False})
    assert browser.get("/api/sessions/a").json["agent"]["state"] == "disabled"
    question = {"json": {"content": "And then?"}}
    words = assert_error(browser.post("/api/sessions/a/messages", **question), 409, "agent_disabled")
    assert "Choose another agent for the session" in words
    browser.delete(path_of(chat))
    gone = {"id": None, "name": "Deleted agent", "avatar": None, "state": "deleted"}
    assert browser.get("/api/sessions/a").json["agent"] == gone
    assert browser.get("/api/sessions").json["sessions"][0]["agent"] == gone
    words = assert_error(browser.post("/api/sessions/a/messages", **question), 409, "agent_deleted")
    assert "Choose another agent for the session" in words
    assert browser.get("/api/sessions/a/messages").json["messages"] == []
    assert own.sessions.get("a").head == 0  # type: ignore[union-attr]
    browser.patch("/api/sessions/a", json={"agent_id": other["id"]})
    assert browser.post("/api/sessions/a/messages", **question).status_code == 202


def test_a_session_that_an_emitter_made_is_answered_by_the_built_in_agents(browser: Browser, own: Services) -> None:
    from tests.support.events import activity

    own.log.append("emitted", [activity("emitted")])
    built_in = browser.get("/api/agents").json["agents"][0]
    assert browser.get("/api/sessions/emitted").json["agent"]["id"] == built_in["id"]
    browser.patch(path_of(built_in), json={"enabled": False})
    response = browser.post("/api/sessions/emitted/messages", json={"content": "And then?"})
    assert_error(response, 409, "agent_disabled")


def test_before_there_is_a_team_a_session_has_the_built_in_agents(own: Services, ada: UserRecord) -> None:
    from sqlalchemy import text

    session = own.sessions.create("a")
    with own.database.write() as connection:
        connection.execute(text("UPDATE sessions SET team_key = NULL WHERE key = :key"), {"key": session.key})
    found = own.sessions.get("a")
    assert found is not None
    assert (found.agent.id, found.agent.name, found.agent.state) == (None, "Document agents", "ready")
    asked = own.run_queue.request("a", "And then?")
    assert asked is not None
    assert asked[1].agent_key is None


def test_the_kinds_are_those_that_the_front_ends_tests_know(client: FlaskClient) -> None:
    """When they are not: write what this prints into tests/fixtures/kinds.json."""
    kinds = client.get("/api/agents/kinds").json["kinds"]
    assert kinds == json.loads((PROJECT / "tests" / "fixtures" / "kinds.json").read_text()), json.dumps(kinds)


# What this server cannot use any more: a connector was removed, or takes other values now


def test_an_agent_of_a_kind_that_was_removed_is_listed_and_takes_another_kind_without_its_secrets(
    browser: Browser, own: Services, ada: UserRecord
) -> None:
    made = register(browser, secrets={"api_key": KEY})
    store(own, made, kind="gone", workflow="https://flows.example.org/7")
    assert [one.get("unavailable") for one in browser.get("/api/agents").json["agents"]] == [None, "unknown_kind"]
    found = browser.get(path_of(made)).json
    assert (found["kind"], found["unavailable"], "configuration" in found) == ("gone", "unknown_kind", False)
    refused = browser.post("/api/sessions", json={"agent_id": made["id"]})
    assert "administrator" in assert_error(refused, 409, "agent_unavailable")
    assert browser.patch(path_of(made), json={"name": "Renamed"}).json["unavailable"] == "unknown_kind"
    assert_error(browser.patch(path_of(made), json={"secrets": {"api_key": KEY}}), 409, "key_unused")

    changed = browser.patch(path_of(made), json={"configuration": OWN}).json
    assert (changed["kind"], changed["secrets"], changed.get("unavailable")) == ("chat", [], None)
    agent = own.agents.get(ada.team_key, made["id"])
    assert agent is not None
    assert agent.sealed == {}
    assert browser.post("/api/sessions", json={"agent_id": made["id"]}).status_code == 201


def test_an_agent_whose_configuration_is_not_accepted_any_more_keeps_its_kind_and_its_secret(
    browser: Browser, own: Services
) -> None:
    made = register(browser, secrets={"api_key": KEY})
    store(own, made, **OWN, retries=7)
    assert browser.get("/api/agents").json["agents"][1]["unavailable"] == "invalid_configuration"
    documents = {"configuration": {"kind": "documents"}}
    assert_error(browser.patch(path_of(made), json=documents), 409, "kind_fixed")
    elsewhere = {"configuration": OWN | {"base_url": "http://there/v1"}}
    assert_error(browser.patch(path_of(made), json=elsewhere), 409, "key_needed")
    changed = browser.patch(path_of(made), json={"configuration": OWN}).json
    assert (changed["secrets"], changed.get("unavailable")) == (["api_key"], None)


@pytest.mark.any_database
@pytest.mark.parametrize("configuration", [{"kind": "gone"}, {"kind": "chat", "source": "gone"}], ids=str)
def test_an_agent_that_cannot_be_used_any_more_can_be_deleted(
    browser: Browser, own: Services, configuration: dict[str, Any]
) -> None:
    made = register(browser)
    store(own, made, **configuration)
    assert browser.delete(path_of(made)).status_code == 204
    assert len(browser.get("/api/agents").json["agents"]) == 1


# Trying whether an agent could answer


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def own_server(model: ModelServer) -> dict[str, Any]:
    return {"kind": "documents", "source": "own", "base_url": model.url, "model": {"name": "tiny"}}


def outcome_of(response: TestResponse) -> tuple[bool | None, str]:
    assert response.status_code == 200, response.text
    assert KEY not in response.text
    return response.json["works"], response.json["message"]


@pytest.mark.any_database
def test_a_test_says_that_a_model_server_answers(browser: Browser, model: ModelServer) -> None:
    made = register(browser, configuration=own_server(model), secrets={"api_key": KEY})
    given = {"configuration": own_server(model), "secrets": {"api_key": KEY}}
    for response in (browser.post(f"{path_of(made)}/test"), browser.post("/api/agents/test", json=given)):
        assert outcome_of(response) == (True, "The model server answered, with the model tiny.")
    assert model.kinds == ["text", "text"]
    assert len(browser.get("/api/agents").json["agents"]) == 2, "the built-in one and that which was registered"


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("status", "words"), [(401, "does not accept the API key"), (404, "no model “tiny”"), (500, "failed (status 500)")]
)
def test_a_test_says_what_is_wrong_and_tells_no_secret(
    browser: Browser, model: ModelServer, status: int, words: str
) -> None:
    model.answer("text", Status(status, message=f"Wrong key {KEY}"))
    works, message = outcome_of(
        browser.post("/api/agents/test", json={"configuration": own_server(model), "secrets": {"api_key": KEY}})
    )
    assert not works
    assert words in message
    assert len(model.kinds) == 1, "it is tried once"


@pytest.mark.any_database
def test_a_test_says_that_nothing_is_at_the_address(browser: Browser) -> None:
    with ModelServer() as gone:
        pass
    works, message = outcome_of(browser.post("/api/agents/test", json={"configuration": own_server(gone)}))
    assert not works
    assert "cannot be reached" in message


@pytest.mark.any_database
def test_a_test_has_a_limit_of_time(browser: Browser, model: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_routes, "_TEST_SECONDS", 0.2)
    model.answer("text", Text("ready", pause=5))
    begun = time.monotonic()
    works, message = outcome_of(browser.post("/api/agents/test", json={"configuration": own_server(model)}))
    assert (works, message) == (False, "It did not answer within 0.2 seconds.")
    assert time.monotonic() - begun < 4


@pytest.mark.any_database
def test_a_test_of_an_agent_without_a_server_of_its_own_says_who_answers(browser: Browser) -> None:
    without = {"kind": "documents", "source": "none"}
    works, message = outcome_of(browser.post("/api/agents/test", json={"configuration": without}))
    assert (works, "built-in extraction" in message) == (True, True)
    works, message = outcome_of(browser.post("/api/agents/test", json={"configuration": {"kind": "chat"}}))
    assert (works, "needs a model" in message) == (False, True)


@pytest.fixture
def crew() -> Iterator[ForeignServer]:
    def inputs(call: Received) -> Iterator[bytes]:
        if call.headers.get("authorization") != f"Bearer {KEY}":
            return foreign_answer(401)
        return json_answer({"inputs": ["topic", "audience"]})

    with ForeignServer({("GET", "/inputs"): inputs}) as server:
        yield server


TOPIC = {
    "topic": {"gets": "question", "text": ""},
    "audience": {"gets": "text", "text": ""},
}


@pytest.mark.any_database
def test_a_test_suggests_settings_that_the_system_outside_tells(browser: Browser, crew: ForeignServer) -> None:
    configuration = {"kind": "crewai", "address": crew.url}
    given = {"configuration": configuration, "secrets": {"token": KEY}}
    made = register(browser, **given)
    for response in (browser.post(f"{path_of(made)}/test"), browser.post("/api/agents/test", json=given)):
        assert outcome_of(response) == (
            True,
            "The crew answered. Its inputs are “topic”, “audience”. Enter a text for “audience” under Inputs, or give "
            "it as metadata.",
        )
        assert response.json["suggestions"] == {"inputs": TOPIC}
    assert browser.get(path_of(made)).json["configuration"] == made["configuration"], "they are not stored"
    fitting = given | {"configuration": configuration | {"inputs": TOPIC}}
    assert "suggestions" not in browser.post("/api/agents/test", json=fitting).json


@pytest.mark.any_database
def test_a_system_outside_that_does_not_let_in_suggests_nothing(browser: Browser, crew: ForeignServer) -> None:
    response = browser.post("/api/agents/test", json={"configuration": {"kind": "crewai", "address": crew.url}})
    works, message = outcome_of(response)
    assert (works, "suggestions" in response.json) == (False, False)
    assert message == "The crew does not accept the key (401). Check the agent's secret."


@pytest.mark.any_database
def test_so_many_agents_are_tested_at_once_and_no_more(browser: Browser, model: ModelServer) -> None:
    model.answer("text", *[Text("ready", pause=0.5)] * 2)
    given = {"configuration": own_server(model)}
    done = at_once(*[lambda: browser.post("/api/agents/test", json=given)] * 4)
    assert sorted(one.status_code for one in done if isinstance(one, TestResponse)) == [200, 200, 503, 503], done


@pytest.mark.any_database
def test_of_a_kind_that_cannot_be_tested_it_is_said(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    untested = dataclasses.replace(KINDS["documents"], test=None)
    monkeypatch.setattr(registry_routes, "KINDS", {"documents": untested})
    found = outcome_of(browser.post("/api/agents/test", json={"configuration": {"kind": "documents"}}))
    assert found == (None, "Agents of this kind can only be tested by asking a question.")


@pytest.mark.any_database
def test_a_kind_without_a_test_may_still_suggest_settings(
    browser: Browser, crew: ForeignServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_routes, "KINDS", {"crewai": dataclasses.replace(KINDS["crewai"], test=None)})
    given = {"configuration": {"kind": "crewai", "address": crew.url}, "secrets": {"token": KEY}}
    response = browser.post("/api/agents/test", json=given)
    assert outcome_of(response) == (None, "Agents of this kind can only be tested by asking a question.")
    assert response.json["suggestions"] == {"inputs": TOPIC}


@pytest.mark.any_database
def test_an_agent_at_an_address_that_is_not_allowed_any_more_is_not_tested_with_its_secret(
    app: Flask, browser: Browser, own: Services, model: ModelServer
) -> None:
    made = register(browser, configuration=own_server(model), secrets={"api_key": KEY})
    app.extensions["ringside"] = dataclasses.replace(
        own, settings=own.settings.model_copy(update={"agent_hosts": ".example.org"})
    )
    assert_error(browser.post(f"{path_of(made)}/test"), 400, "address_not_allowed")
    assert not model.kinds


@pytest.mark.any_database
@pytest.mark.parametrize("configuration", [{"kind": "gone"}, {"kind": "chat", "source": "gone"}], ids=str)
def test_an_agent_that_cannot_be_used_any_more_is_not_tested(
    browser: Browser, own: Services, configuration: dict[str, Any]
) -> None:
    made = register(browser)
    store(own, made, **configuration)
    assert_error(browser.post(f"{path_of(made)}/test"), 409, "agent_unavailable")
