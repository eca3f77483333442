"""The requests of a worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ringside.serving.stopped import Stopped
from ringside.values import text_of

if TYPE_CHECKING:
    import httpx

    from ringside.settings import Settings

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0  # seconds between two tries
_GONE = {404, 409, 410}  # the run is not this worker's any more


class RefusedError(RuntimeError):
    """The server will never take this request. The message says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class WorkApi:
    """``goes_on``: whether a server that is away is waited for."""

    def __init__(self, settings: Settings, goes_on: Callable[[], bool]) -> None:
        import httpx

        self._goes_on = goes_on
        self._client = httpx.Client(
            base_url=f"{settings.url}/api/work",
            headers={"Authorization": f"Bearer {settings.key}", "User-Agent": "ringside-python"},
            timeout=httpx.Timeout(60, connect=5),
            follow_redirects=False,  # the key goes to no other address
        )

    def claim(self, agents: list[str], worker: str, wait: int) -> tuple[dict[str, Any] | None, float]:
        """A run, or None and the seconds to wait. Raises RefusedError and httpx.HTTPError."""
        response = self._client.post("/claim", json={"agents": agents, "worker": worker, "wait": wait})
        if response.status_code == 200:
            return response.json(), 0.0
        if response.status_code == 204:
            return None, float(response.headers.get("Retry-After", 0))
        if response.status_code == 429 or response.status_code >= 500:
            return None, float(response.headers.get("Retry-After", _LONGEST_PAUSE))
        raise _refused(response)

    def send(self, method: str, work: dict[str, Any], what: str, **body: Any) -> dict[str, Any]:
        """About a run, until the server has it. Raises Stopped when the run is ours no more, RefusedError."""
        import httpx

        pause = _FIRST_PAUSE
        while True:
            try:
                response = self._client.request(
                    method, f"/runs/{work['run_id']}/{what}", json={"attempt": work["attempt"], **body}
                )
                if response.is_success:
                    return response.json() if response.content else {}
                if response.status_code in _GONE:
                    raise Stopped(_words(response))
                if response.status_code != 429 and response.status_code < 500:
                    raise _refused(response)
            except httpx.HTTPError as error:
                if not self._goes_on():
                    raise Stopped(f"The server cannot be reached ({type(error).__name__}).") from error
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def close(self) -> None:
        self._client.close()


def _refused(response: httpx.Response) -> RefusedError:
    return RefusedError(response.status_code, _words(response))


def _words(response: httpx.Response) -> str:
    try:
        return text_of(response.json()["error"]["message"], 1_000)
    except (ValueError, LookupError, TypeError):
        return f"The server answered with status {response.status_code}."
