"""Long JSON answers are compressed for who takes that; short ones and streams are not."""

import gzip
import json

import pytest
from flask.testing import FlaskClient

from api.services import Services
from tests.support.events import activity

pytestmark = pytest.mark.any_database


@pytest.fixture
def history(own: Services) -> str:
    own.log.append("s1", [activity(details="a word " * 20) for _ in range(200)])
    return "/api/sessions/s1/activity"


def test_a_long_history_is_compressed(client: FlaskClient, history: str) -> None:
    plain, packed = (client.get(history, headers={"Accept-Encoding": how}) for how in ("identity", "gzip"))
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 10
    assert gzip.decompress(packed.data) == plain.data
    assert len(json.loads(plain.data)["events"]) == 200
    assert "Content-Encoding" not in plain.headers
    assert all("Accept-Encoding" in response.headers["Vary"] for response in (plain, packed))


@pytest.mark.parametrize("encodings", ["zstd", "br", "zstd, br, gzip"])
def test_browsers_choose_how(client: FlaskClient, history: str, encodings: str) -> None:
    response = client.get(history, headers={"Accept-Encoding": encodings})
    assert response.headers["Content-Encoding"] == encodings.split(",", 1)[0]


def test_a_short_answer_and_a_stream_are_not(client: FlaskClient, history: str) -> None:
    how = {"Accept-Encoding": "gzip"}
    assert "Content-Encoding" not in client.get("/api/sessions/s1", headers=how).headers
    stream = client.get("/sse/agent-activity/s1", headers=how, buffered=False)
    assert "Content-Encoding" not in stream.headers
    assert b"event: agentActivity" in next(iter(stream.response)) + next(iter(stream.response))
    stream.close()
