"""The requests of a worker."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ringside.serving.stopped import Stopped
from ringside.values import text_of

if TYPE_CHECKING:
    import httpx

    from ringside.settings import Settings

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0  # seconds between two tries
_LONGEST_WAIT = 300.0  # whatever Retry-After says
_GONE = {404, 409, 410}  # the run is not this worker's any more, but with these codes:
_NOT_GONE = {"approval_differs"}


class RefusedError(RuntimeError):
    """The server will never take this request. The message says why."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class WorkApi:
    """``goes_on``: whether a server that is away is waited for."""

    def __init__(self, settings: Settings, goes_on: Callable[[], bool]) -> None:
        import httpx

        from ringside.sending.quiet_http import QuietClient

        self._goes_on = goes_on
        self._client = QuietClient(
            base_url=f"{settings.url}/api/assignments",
            headers={"Authorization": f"Bearer {settings.key}", "User-Agent": "ringside-python"},
            timeout=httpx.Timeout(60, connect=5),
            follow_redirects=False,  # the key goes to no other address
        )

    def claim(self, agents: list[str], worker: str, wait: int) -> tuple[dict[str, Any] | None, float]:
        """A run, or None and the seconds to wait. Raises RefusedError and httpx.HTTPError."""
        response = self._client.post("/claim", json={"agents": agents, "worker": worker, "wait": wait})
        if response.status_code == 200:
            return _object(response), 0.0
        if response.status_code == 204:
            return None, _seconds(response, 0.0)
        if response.status_code == 429 or response.status_code >= 500:
            return None, _seconds(response, _LONGEST_PAUSE)
        raise _refused(response)

    def send(self, method: str, work: dict[str, Any], what: str, **body: Any) -> dict[str, Any]:
        """About a run, until the server has it.

        Raises Stopped when the run is ours no more, RefusedError, and TypeError or ValueError for what has no JSON.
        """
        import httpx

        content = json.dumps({"attempt": work["attempt"], **body}, ensure_ascii=False, allow_nan=False)
        pause = _FIRST_PAUSE
        while True:
            try:
                response = self._client.request(
                    method, f"/runs/{work['run_id']}/{what}", headers={"Content-Type": "application/json"},
                    content=content.encode("utf-8", "replace"),  # half a character has no UTF-8
                )  # fmt: skip
                if response.is_success:
                    return _object(response) if response.content else {}
                words, code = ("", None) if response.status_code not in _GONE else _words_and_code(response)
                if response.status_code in _GONE and code not in _NOT_GONE:
                    raise Stopped(words)
                if response.status_code != 429 and response.status_code < 500:
                    raise _refused(response)
            except httpx.HTTPError as error:
                if not self._goes_on():
                    raise Stopped(f"The server cannot be reached ({type(error).__name__}).") from error
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def close(self) -> None:
        self._client.close()


def _object(response: httpx.Response) -> dict[str, Any]:
    """Raises httpx.DecodingError, as when the server is away: something else answers in its place."""
    import httpx

    try:
        found = response.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise httpx.DecodingError("The answer is not that of a Ringside server.", request=response.request)
    return found


def _seconds(response: httpx.Response, otherwise: float) -> float:
    """What Retry-After says in seconds; a date is none."""
    said = response.headers.get("Retry-After", "")
    return min(float(said), _LONGEST_WAIT) if said.isdecimal() else otherwise


def _refused(response: httpx.Response) -> RefusedError:
    return RefusedError(response.status_code, *_words_and_code(response))


def _words_and_code(response: httpx.Response) -> tuple[str, str | None]:
    try:
        error = response.json()["error"]
        return text_of(error["message"], 1_000), str(error["code"])
    except (ValueError, LookupError, TypeError):
        return f"The server answered with status {response.status_code}.", None
