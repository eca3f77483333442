"""Idempotency-Key, where the same request reaches several processes of a real server at the same moment."""

from pathlib import Path
from typing import Any

import httpx2

from tests.support.account import HEADERS
from tests.support.at_once import at_once
from tests.support.events import activity
from tests.support.gunicorn import gunicorn
from utils.settings import Settings


def test_of_many_requests_at_once_to_several_workers_one_counts(settings: Settings, tmp_path: Path) -> None:
    event = activity("s1").model_dump(mode="json", exclude_none=True, exclude={"time"})
    with gunicorn(settings.data_path, web_concurrency=2) as server:
        base = f"http://127.0.0.1:{server.address[1]}"

        def send(path: str, key: str, body: dict[str, Any]) -> str:
            # A connection of its own each time: the kernel gives it to any of the workers.
            answer = httpx2.post(base + path, json=body, headers=HEADERS | {"Idempotency-Key": key}, timeout=20)
            assert answer.status_code in (201, 202), answer.text
            return answer.text

        assert '"s1"' in send("/api/sessions", "k0", {"id": "s1"})
        for number in range(10):
            for path, body in (
                ("/api/sessions/s1/events", {"events": [event]}),
                ("/api/sessions/s1/messages", {"content": "Why?"}),
            ):
                found = at_once(*[lambda path=path, body=body: send(path, f"k{number}", body)] * 4)  # type: ignore[misc] # noqa: B023
                assert len(set(found)) == 1, found
        logged = httpx2.get(f"{base}/api/sessions/s1/activity", headers=HEADERS, timeout=20).json()
        assert [one["type"] for one in logged["events"]] == ["agentActivity", "runUpdate"] * 10
