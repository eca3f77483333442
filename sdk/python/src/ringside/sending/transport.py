"""The requests that bring events to the server, and what its answers mean."""

import json
import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from ringside.sending.queue import Batch
from ringside.settings import Settings
from ringside.values import text_of

if TYPE_CHECKING:
    import httpx

_log = logging.getLogger("ringside")
_CONNECT_SECONDS, _SECONDS = 5.0, 30.0
_LONGEST_WAIT = 300.0  # whatever Retry-After says
_UNTIL_SOMEBODY_ACTS = 60.0
_MOST_KNOWN = 10_000  # sessions
_MAY_PASS = {408, 425, 429, 500, 502, 503, 504}


class Unread(NamedTuple):
    """What a person says to a run that has not read it: ``message`` as the server tells it."""

    session: str
    run: str
    message: dict[str, Any]


class Stored(NamedTuple):
    """The server has the events. ``stop_requested``: ids of runs that somebody wants to end; ``unread``: what people
    say to runs of the ``session`` and is not read, the oldest first: as much as one answer has room for."""

    stop_requested: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    session: str = ""


class Later(NamedTuple):
    """Not now. ``seconds``: when to try again, if the server said."""

    words: str
    seconds: float | None = None


class Refused(NamedTuple):
    """Never. ``divide``: one of the events may be the reason, and the others welcome."""

    words: str
    divide: bool


Outcome = Stored | Later | Refused


class Transport:
    def __init__(self, settings: Settings) -> None:
        """Loads what it needs in the thread of the program.

        If another thread loaded it while the program loads the same (its model's client uses httpx, too), one of the
        two could see a module half loaded, and fail.
        """
        import certifi  # noqa: F401
        import httpcore  # noqa: F401
        import httpx

        import ringside.sending.quiet_http  # noqa: F401

        self._settings = settings
        self._client: httpx.Client | None = None
        self._known: set[str] = set()
        self._opening = threading.Lock()

    def send(self, batch: Batch, title: str | None) -> Outcome:
        if batch.session not in self._known:
            outcome = self._make_session(batch.session, title)
            if outcome is not None:
                return outcome
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()  # asking once more is all that it costs
            self._known.add(batch.session)
        content = b'{"events":[%b]}' % b",".join(batch.bodies)
        outcome = self._post(
            f"/api/sessions/{batch.session}/events", content, batch.key, partial(_stored, batch.session)
        )
        if isinstance(outcome, Refused) and not outcome.divide:
            self._known.discard(batch.session)
        return outcome

    def close(self) -> None:
        with self._opening:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _make_session(self, session: str, title: str | None) -> Outcome | None:
        """None when it is there."""
        content = json.dumps({"id": session, **({"title": title} if title else {})}).encode()
        outcome = self._post("/api/sessions", content, None, lambda _: Stored(), exists=True)
        return None if isinstance(outcome, Stored) else outcome

    def _post(
        self, path: str, content: bytes, key: str | None, stored: Callable[[Any], Stored], exists: bool = False
    ) -> Outcome:
        import httpx

        headers = {"Content-Type": "application/json", **({"Idempotency-Key": key} if key else {})}
        try:
            response = self._opened().post(path, content=content, headers=headers)
        except httpx.HTTPError as error:
            return Later(f"{self._settings.url} cannot be reached ({type(error).__name__}: {error})")
        status = response.status_code
        if status == 201:
            try:
                return stored(response.json())
            except (LookupError, TypeError, ValueError):
                return Later(f"{self._settings.url} does not answer as a Ringside server", _UNTIL_SOMEBODY_ACTS)
        code, words = _error_of(response)
        if exists and code == "session_exists":
            return Stored()
        if status in _MAY_PASS:
            return Later(words, _seconds(response.headers.get("Retry-After")))
        if status in (400, 409, 413):
            return Refused(words, divide=True)
        if code in ("not_found", "session_gone"):
            return Refused(
                f"{path.rpartition('/')[0]}: there is no such session that this key may write to. Its id may belong to "
                "somebody else: choose another.", divide=False,
            )  # fmt: skip
        if status == 422:
            return Refused(words, divide=False)
        return Later(words, _UNTIL_SOMEBODY_ACTS)

    def _opened(self) -> "httpx.Client":
        import httpx

        from ringside.sending.quiet_http import QuietClient

        with self._opening:
            if self._client is None:
                self._client = QuietClient(
                    base_url=self._settings.url,
                    headers={"Authorization": f"Bearer {self._settings.key}", "User-Agent": "ringside-python"},
                    timeout=httpx.Timeout(_SECONDS, connect=_CONNECT_SECONDS),
                    follow_redirects=False,  # the key goes to no other address
                )
            return self._client


def _stored(session: str, body: Any) -> Stored:
    """Raises LookupError, TypeError or ValueError for an answer that is not of a Ringside server."""
    int(body["seq"])
    unread = (Unread(session, str(one["run_id"]), dict(one)) for one in body.get("messages") or ())
    return Stored(tuple(map(str, body.get("stop_requested") or ())), tuple(unread), session)


def _error_of(response: "httpx.Response") -> tuple[str | None, str]:
    """The code and the words of an error; of a server that is not Ringside, the status."""
    try:
        error = response.json()["error"]
        return str(error["code"]), text_of(error["message"], 1_000)
    except (ValueError, KeyError, TypeError):
        if response.has_redirect_location:
            return None, f"the server redirects to {response.headers['Location']}; give that address to ringside.init"
        return None, f"the server answered with status {response.status_code}"


def _seconds(retry_after: str | None) -> float | None:
    if retry_after is None or not retry_after.isdecimal():
        return None
    return min(float(retry_after), _LONGEST_WAIT)
