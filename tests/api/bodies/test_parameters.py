"""What views are given, and what it costs to check it."""

import pytest
from flask.testing import FlaskClient
from pydantic.json_schema import GenerateJsonSchema


@pytest.mark.any_database
def test_the_schema_of_a_query_is_made_once_and_not_at_every_request(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    generate = GenerateJsonSchema.generate
    client.post("/api/sessions", json={"id": "s1"})
    for path in ("/api/sessions?limit=5", "/api/sessions/s1/activity?after=0"):
        assert client.get(path).status_code == 200
    monkeypatch.setattr(
        GenerateJsonSchema, "generate", lambda *what, **how: made.append(what) or generate(*what, **how)
    )
    for path in ("/api/sessions?limit=7", "/api/sessions/s1/activity?after=3"):
        assert client.get(path).status_code == 200
    assert client.get("/api/sessions?limit=x").status_code == 400
    assert made == []
