"""The one shape of every failed request."""

from werkzeug.test import TestResponse


def assert_error(response: TestResponse, status: int, code: str) -> str:
    """``{"error": {"code", "message"}}`` in plain words, without a stack trace; returns the message."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/json"
    body = response.json
    assert body.pop("status", "error") == "error"  # beside it, where a script asks in one request
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert body["error"]["code"] == code, body
    message: str = body["error"]["message"]
    assert message
    assert message.endswith(".")
    for word in ("Traceback", 'File "', "Exception", "sqlite", "pydantic"):
        assert word not in message
    return message
