"""What people say to runs at work, over HTTP."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from agents.backends.built_in.chat import ChatConfiguration
from tests.api.test_assignment_routes import Crew
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord

WORDS = "Only the herring boats."


@pytest.fixture
def crew(client: FlaskClient, ada: UserRecord) -> Crew:
    return Crew(client, ada)


def say(client: FlaskClient, run_id: str, **body: Any) -> Any:
    return client.post(f"/api/runs/{run_id}/messages", json={"text": WORDS, **body})


def test_a_worker_takes_them_and_they_are_listed_searched_and_exported(client: FlaskClient, crew: Crew) -> None:
    work = crew.claimed()
    said = say(client, work["run_id"], id="m1")
    assert said.status_code == 202
    assert (said.json["delivery"], said.json["author"], said.json["settled_at"]) == ("queued", "Ada", None)
    assert say(client, work["run_id"], id="m1").json == said.json
    taken = crew.send(work, "messages").json
    assert [(one["id"], one["author"], one["text"]) for one in taken["messages"]] == [("m1", "Ada", WORDS)]
    assert (taken["cancel_requested"], taken["pause_requested"]) == (False, False)
    assert crew.send(work, "messages").json == taken, "whoever asks again gets all"
    assert crew.send(work, "messages?after=m1").json["messages"] == []
    [listed] = client.get(f"/api/runs/{work['run_id']}/messages").json["messages"]
    assert (listed["id"], listed["delivery"]) == ("m1", "steered")
    [found] = client.get("/api/sessions?query=herring").json["sessions"]
    assert [(one["role"], one["run_id"]) for one in found["snippets"]] == [("user", work["run_id"])]
    assert client.get("/api/sessions/s/export?format=json").json["run_messages"] == [listed]
    markdown = client.get("/api/sessions/s/export?format=markdown").text
    assert f"### Told the agents meanwhile by Ada, {listed['created_at'][:10]}" in markdown
    assert f"> {WORDS}" in markdown
    assert "*Read by the agents " in markdown
    assert client.get("/api/sessions/s/messages").json["messages"][0]["content"] == "Will it rain?"


def test_one_whose_claim_is_over_takes_none(client: FlaskClient, crew: Crew) -> None:
    work = crew.claimed()
    say(client, work["run_id"])
    crew.lose(work["run_id"])
    assert_error(crew.send(work, "messages"), 409, "stale_run")
    [waits] = client.get(f"/api/runs/{work['run_id']}/messages").json["messages"]
    assert waits["delivery"] == "queued"


def test_who_takes_no_messages_is_asked_next(client: FlaskClient, crew: Crew) -> None:
    talker = crew.own.agents.create(crew.user.team_key, name="Talker", configuration=ChatConfiguration(kind="chat"))
    run_id = crew.ask(agent=talker)
    said = say(client, run_id).json
    assert (said["delivery"], said["reason"]) == ("next-turn", "The agent takes no messages while it works.")
    asked = client.get("/api/sessions/s/runs").json["runs"]
    assert [run["question"] for run in asked] == [WORDS, "Will it rain?"]


@pytest.mark.any_database
@pytest.mark.parametrize("body", [{"text": ""}, {"text": "x" * 20_001}, {"id": "no id"}, {"text": 7}, {"more": 1}])
def test_what_is_no_message_is_refused(client: FlaskClient, crew: Crew, body: dict[str, Any]) -> None:
    run_id = crew.ask()
    assert_error(say(client, run_id, **body), 400, "invalid_request")
    assert client.get(f"/api/runs/{run_id}/messages").json == {"messages": [], "next_cursor": None}


def test_a_run_that_has_ended_or_that_nobody_knows_takes_none(client: FlaskClient, crew: Crew) -> None:
    run_id = crew.ask()
    client.post(f"/api/runs/{run_id}/cancel")
    assert_error(say(client, run_id), 409, "run_over")
    assert_error(say(client, "run-unknown"), 404, "not_found")


BEGUN = {"type": "runUpdate", "session_id": "s1", "run_id": "crew-1", "status": "running"}
READ = {
    "type": "userMessage", "session_id": "s1", "run_id": "crew-1", "message_id": "m1", "text": WORDS,
    "delivery": "steered",
}  # fmt: skip


def emit(client: FlaskClient, *events: dict[str, Any]) -> Any:
    return client.post("/api/sessions/s1/events", json={"events": list(events)})


def test_a_program_that_reports_its_run_is_given_them_and_says_that_it_has_read_them(
    client: FlaskClient, session: dict[str, Any]
) -> None:
    emit(client, BEGUN)
    assert say(client, "crew-1", id="m1").status_code == 202
    [given] = emit(client, BEGUN).json["messages"]
    assert (given["id"], given["run_id"], given["author"], given["text"]) == ("m1", "crew-1", "Ada", WORDS)
    assert emit(client, READ).json["messages"] == []
    [listed] = client.get("/api/runs/crew-1/messages").json["messages"]
    assert listed["delivery"] == "steered"


@pytest.mark.parametrize(
    "forged", [{"message_id": "m2"}, {"delivery": "queued"}, {"delivery": "refused"}, {"run_id": "crew-2"}]
)
def test_a_program_tells_no_words_of_people_itself(
    client: FlaskClient, session: dict[str, Any], forged: dict[str, str]
) -> None:
    emit(client, BEGUN)
    say(client, "crew-1", id="m1")
    assert_error(emit(client, READ | {"author": "Grace"} | forged), 409, "own_message")
    events = client.get("/api/sessions/s1/activity").json["events"]
    assert [one["delivery"] for one in events if one["type"] == "userMessage"] == ["queued"]
