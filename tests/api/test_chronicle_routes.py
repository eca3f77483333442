"""A model tells a run: what it says is checked, counted, and asked for only so often."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from api.services import Services
from tests.model_server import ModelServer, Status, Text, structure
from tests.support.browser import Browser
from utils.accounts.principal import UserRecord
from utils.database.tables import usage_days
from utils.settings import Settings
from utils.spending.bookkeeping import Bookkeeping
from utils.spending.budget import NewBudget
from utils.spending.budget_watch import BudgetWatch


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def settings(settings: Settings, model: ModelServer) -> Settings:
    return settings.model_copy(update={"openai_base_url": model.url, "openai_model": "tiny"})


@pytest.fixture
def run_id(client: FlaskClient, session: dict[str, Any]) -> str:
    """Of a run that a program reports: a question, two calls, of which one failed, and the end."""
    step = {"type": "agentActivity", "agent_name": "Lookout", "action": "search_harbour", "kind": "tool"}
    events = [
        {"type": "runUpdate", "status": "running", "question": "Is the harbour clear?"},
        step | {"activity_id": "a", "status": "failed", "details": "No radar."},
        step | {"activity_id": "b", "status": "completed", "output": {"boats": 2}},
        {"type": "runUpdate", "status": "completed"},
    ]
    body = {"events": [{"session_id": "s1", "run_id": "look", **event} for event in events]}
    assert client.post("/api/sessions/s1/events", json=body).status_code == 201
    return "look"


def ask(client: FlaskClient | Browser, run_id: str) -> TestResponse:
    return client.post(f"/api/runs/{run_id}/chronicle")


def said(*sentences: tuple[str, list[int]]) -> Text:
    return structure({"sentences": [{"text": text, "facts": facts} for text, facts in sentences]})


def free(own: Services) -> None:
    """Whoever has just asked may ask again."""
    own.chronicle_slots._next.clear()


def test_sentences_stand_with_their_events_and_what_does_not_hold_is_left_to_the_rules(
    client: FlaskClient, run_id: str, model: ModelServer
) -> None:
    model.answer(
        "Chronicle",
        said(
            ("Somebody asked “Is the harbour clear?”", [1]),
            ("Lookout called search_harbour twice, and one call failed.", [2, 3]),
            ("Lookout called search_harbour seven times.", [2, 3]),
            ("Bob looked out of the window.", [3]),
            ("Nothing names this.", []),
            ("The run was completed.", [4, 99]),
            ("The run was completed.", [4]),
        ),
    )
    answered = ask(client, run_id)
    assert answered.status_code == 200, answered.text
    assert answered.json == {
        "model": "tiny",
        "head": 4,
        "sentences": [
            {"text": "Somebody asked “Is the harbour clear?”", "seqs": [1]},
            {"text": "Lookout called search_harbour twice, and one call failed.", "seqs": [2, 3]},
            {"text": None, "seqs": [2, 3]},
            {"text": None, "seqs": [3]},
            {"text": None, "seqs": [4]},  # which of its facts it meant is not known
            {"text": "The run was completed.", "seqs": [4]},
        ],
    }
    [request] = model.requests
    asked = str(request["messages"][-1]["content"])
    assert "2. tool call; agent: Lookout; action: search_harbour; status: failed; details: No radar." in asked


def test_what_the_model_took_is_counted_for_the_team_once(
    client: FlaskClient, own: Services, run_id: str, model: ModelServer, ada: UserRecord
) -> None:
    model.answer("Chronicle", said(("The run was completed.", [4])))
    assert ask(client, run_id).status_code == 200
    books = Bookkeeping(own.database)
    books.settle_all()
    books.settle_all()
    with own.database.read() as connection:
        [day] = connection.execute(select(usage_days)).all()
    assert (day.team_key, day.user_key, day.model, day.calls) == (ada.team_key, ada.key, "tiny", 1)
    assert (day.input, day.output) == (120, 30)
    spent = client.get("/api/sessions/s1/spending").json
    assert (spent["tokens"], [one["run_id"] for one in spent["runs"]]) == (150, [""])


@pytest.mark.any_database
def test_a_model_that_fails_says_so_and_what_it_took_is_counted(
    client: FlaskClient, own: Services, run_id: str, model: ModelServer
) -> None:
    model.answer("Chronicle", Status(401), Text("I would rather not."), Text("No."))
    refused = ask(client, run_id)
    assert (refused.status_code, refused.json["error"]["code"]) == (502, "model_unauthorised")
    assert "does not accept the API key" in refused.json["error"]["message"]
    free(own)
    garbage = ask(client, run_id)
    assert garbage.status_code == 502
    Bookkeeping(own.database).settle_all()
    assert client.get("/api/sessions/s1/spending").json["tokens"] == 300


@pytest.mark.any_database
def test_nobody_has_it_written_or_the_run_read_twice_in_a_moment(
    client: FlaskClient, own: Services, run_id: str, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.answer("Chronicle", said(("The run was completed.", [4])))
    assert ask(client, run_id).status_code == 200
    monkeypatch.setattr(own.log, "run_events", pytest.fail)
    again = ask(client, run_id)
    assert (again.status_code, again.json["error"]["code"]) == (429, "too_many_requests")
    assert 1 <= int(again.headers["Retry-After"]) <= 10
    assert len(model.requests) == 1


@pytest.mark.any_database
def test_a_budget_that_is_used_up_is_not_passed_further(
    client: FlaskClient, own: Services, run_id: str, model: ModelServer, ada: UserRecord
) -> None:
    budget = NewBudget("team", None, "day", "tokens", None, 100, hard=True)
    own.budgets.add(ada.team_key, budget)
    model.answer("Chronicle", said(("The run was completed.", [4])))
    assert ask(client, run_id).status_code == 200
    free(own)
    assert own.settings.data_dir  # the same server
    watch = BudgetWatch(own.database, own.log, own.run_queue)
    watch.look(Bookkeeping(own.database).settle_all())
    refused = ask(client, run_id)
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "budget_passed")
    assert len(model.requests) == 1
