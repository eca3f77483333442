"""Requests about questions of a program in a session: a server that is away is asked again later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ringside.sending.quiet_http import QuietClient
from ringside.values import text_of

if TYPE_CHECKING:
    import httpx

    from ringside.settings import Settings

WAIT = 25  # seconds that the server holds an answer
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0  # between two tries
_LONGEST_WAIT = 300.0  # whatever Retry-After says
_MAY_PASS = {408, 425, 429}


class Questions:
    """Of one session, which is made with the first of them."""

    def __init__(self, settings: Settings, session: str, title: str | None) -> None:
        """``title`` is for a session that is not there yet."""
        import httpx

        self._session, self._title = session, title
        self._pause = _FIRST_PAUSE
        self._client = QuietClient(
            base_url=settings.url,
            headers={"Authorization": f"Bearer {settings.key}", "User-Agent": "ringside-python"},
            timeout=httpx.Timeout(2 * WAIT + 10, connect=5),
            follow_redirects=False,  # the key goes to no other address
        )

    def post(self, what: str, content: bytes, timeout: float | None = None) -> httpx.Response:
        """``timeout``: how many seconds it may take; None: as long as a server may hold an answer."""
        path, headers = f"/api/sessions/{self._session}/{what}", {"Content-Type": "application/json"}
        more: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
        answer = self._client.post(path, content=content, headers=headers, **more)
        if answer.status_code == 404 and self._make_session():
            answer = self._client.post(path, content=content, headers=headers, **more)
        return answer

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self._client.get(path, params=query)

    def close(self) -> None:
        self._client.close()

    def pause_after(self, answer: httpx.Response | None) -> float | None:
        """The seconds until another try, where there is none or it may pass; None: it is an answer."""
        if answer is not None and answer.status_code not in _MAY_PASS and answer.status_code < 500:
            return None
        pause, self._pause = self._pause, min(self._pause * 2, _LONGEST_PAUSE)
        return pause if answer is None else max(pause, seconds_of(answer))

    def is_answered(self) -> None:
        """The next trouble is a new one."""
        self._pause = _FIRST_PAUSE

    def _make_session(self) -> bool:
        """Whether there was none. Of another's, the question is refused as before."""
        body = {"id": self._session, **({"title": self._title} if self._title else {})}
        return self._client.post("/api/sessions", json=body).status_code == 201


def object_of(answer: httpx.Response, *names: str) -> dict[str, Any]:
    """What has these members. Raises httpx.DecodingError, as when the server is away: something else answers."""
    import httpx

    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict) or any(name not in found for name in names):
        raise httpx.DecodingError("The answer is not that of a Ringside server.", request=answer.request)
    return found


def seconds_of(answer: httpx.Response) -> float:
    """What Retry-After says in seconds; a date is none."""
    said = answer.headers.get("Retry-After", "")
    return min(float(said), _LONGEST_WAIT) if said.isdecimal() else 0.0


def error_of(answer: httpx.Response) -> tuple[str | None, str]:
    try:
        error = answer.json()["error"]
        return str(error["code"]), text_of(error["message"], 1_000)
    except (ValueError, LookupError, TypeError):
        return None, f"The server answered with status {answer.status_code}."
