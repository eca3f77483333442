"""ringside doctor: whether events get to the server and back, and if not, why not and what to do."""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

from ringside import events
from ringside.settings import KEY, URL, Settings, SettingsError, configuration_file, find_settings
from ringside.watching.sse import SseDecoder
from ringside.watching.stream import words_of_response

if TYPE_CHECKING:
    import httpx

_SECONDS = 10.0
_CLOCK_SECONDS = 5.0  # of difference that nobody notices
_PROMPT_SECONDS = 3.0  # in which an event is to come through the stream


class Finding(NamedTuple):
    """``good`` is None for what could not be checked, and does no harm."""

    good: bool | None
    words: str


def doctor(url: str | None, key: str | None) -> int:
    good = True
    for finding in examine(url, key):
        mark = {True: "ok  ", False: "FAIL", None: "–   "}[finding.good]
        print(f"{mark}  {finding.words}", flush=True)
        good = good and finding.good is not False
    return 0 if good else 1


def examine(url: str | None, key: str | None) -> Iterator[Finding]:
    """One finding after the other; it ends early where the others make no sense."""
    try:
        settings = find_settings(url, key)
    except SettingsError as error:
        yield Finding(False, f"Settings: {error}")
        return
    yield Finding(True, f"Settings: {settings.url}, with {_source(url, key)}.")
    import httpx

    with httpx.Client(
        base_url=settings.url, headers={"Authorization": f"Bearer {settings.key}"}, timeout=_SECONDS
    ) as http:
        begun = time.monotonic()
        try:
            health = http.get("/healthz")
        except httpx.TransportError as error:
            yield Finding(False, f"Server: {_unreachable(settings, error)}")
            yield from _proxy(settings)
            return
        yield _server(settings, health, time.monotonic() - begun)
        yield from _proxy(settings)
        if health.status_code != 200 or not _is_ringside(health):
            return
        yield _clock(health)
        yield from _key(http, settings)


def _source(url: str | None, key: str | None) -> str:
    if key:
        return "the API key of --key"
    if os.environ.get(KEY):
        return f"the API key of {KEY}"
    return f"the API key of {configuration_file()}"


def _unreachable(settings: Settings, error: httpx.TransportError) -> str:
    import httpx

    said = str(error)
    if isinstance(error, httpx.TimeoutException):
        return f"{settings.url} does not answer within {_SECONDS:.0f} s. Is a firewall in between, or a proxy needed?"
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return (
            f"the certificate of {settings.url} is not trusted here. Set SSL_CERT_FILE to the file of your "
            "organisation's certificates."
        )
    if "WRONG_VERSION_NUMBER" in said or "record layer failure" in said:
        return f"{settings.url} does not speak HTTPS there. Try http:// in {URL}."
    if "Name or service not known" in said or "nodename nor servname" in said or "getaddrinfo" in said:
        return f"the name in {settings.url} is unknown here. Check it, and whether a VPN is needed."
    return f"{settings.url} cannot be reached ({said or type(error).__name__}). Check the address and that it runs."


def _is_ringside(health: httpx.Response) -> bool:
    return health.headers.get("Content-Type", "").startswith("application/json") and "X-Request-ID" in health.headers


def _server(settings: Settings, health: httpx.Response, seconds: float) -> Finding:
    if health.has_redirect_location:
        return Finding(
            False, f"Server: {settings.url} redirects to {health.headers['Location']}. Set {URL} to the address there."
        )
    if health.status_code != 200 or not _is_ringside(health):
        return Finding(
            False,
            f"Server: what answers at {settings.url} (status {health.status_code}) is not a Ringside server, or "
            f"a proxy answers in its place. Check {URL}.",
        )
    return Finding(True, f"Server: it answers, in {seconds * 1000:.0f} ms.")


def _proxy(settings: Settings) -> Iterator[Finding]:
    scheme, _, rest = settings.url.partition("://")
    proxy = urllib.request.getproxies().get(scheme) or urllib.request.getproxies().get("all")
    host = rest.partition("/")[0]
    if proxy and not urllib.request.proxy_bypass(host):
        shown = proxy.rpartition("@")[2]  # not its password
        yield Finding(
            None,
            f"Proxy: requests go through {shown.removeprefix('http://')}, as the environment says. If that is wrong, "
            f"add {host.partition(':')[0]} to NO_PROXY.",
        )


def _clock(health: httpx.Response) -> Finding:
    date = health.headers.get("Date")
    if date is None:
        return Finding(None, "Clock: the server's time is not known.")
    ahead = (datetime.now(timezone.utc) - parsedate_to_datetime(date)).total_seconds()
    if abs(ahead) <= _CLOCK_SECONDS:
        return Finding(True, "Clock: as the server's.")
    return Finding(
        False,
        f"Clock: this machine is {abs(ahead):,.0f} s {'ahead of' if ahead > 0 else 'behind'} the server, and so are "
        "the times of its events. Set one of the clocks; a time service does it by itself.",
    )


def _key(http: httpx.Client, settings: Settings) -> Iterator[Finding]:
    session = f"connection-test-{events.digest(settings.key)[:8]}"
    made = http.post("/api/sessions", json={"id": session, "title": "Connection test"})
    code = _code(made)
    if made.status_code == 401:
        yield Finding(False, f"Key: {words_of_response(made)}")
        return
    if made.status_code not in (200, 201) and code != "session_exists":
        yield Finding(False, f"Key: it is known, and may not emit. {words_of_response(made)}")
        return
    may_read = http.get("/api/auth/me").status_code == 200
    if not may_read:
        yield from _emitted(http, session)
        yield Finding(None, "Stream: not checked, because the key lacks the scope read. Emitting does not need it.")
        return
    with _Listener(settings, session) as listener:
        yield from _emitted(http, session)
        yield listener.finding()


def _emitted(http: httpx.Client, session: str) -> Iterator[Finding]:
    body = events.agent_activity(
        session, None, events.digest(session, events.moment()), "ringside doctor", "Test the connection", "completed"
    )
    begun = time.monotonic()
    answer = http.post(
        f"/api/sessions/{session}/events", content=b'{"events":[%b]}' % body,
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    took = (time.monotonic() - begun) * 1000
    if answer.status_code == 201:
        yield Finding(True, f"Key: it may emit; an event was stored in {took:.0f} ms (session {session}).")
    else:
        yield Finding(False, f"Key: it is known, and may not emit. {words_of_response(answer)}")


def _code(response: httpx.Response) -> str | None:
    try:
        return str(response.json()["error"]["code"])
    except (ValueError, LookupError, TypeError):
        return None


class _Listener:
    """Hears the next event of a session, in a thread of its own."""

    def __init__(self, settings: Settings, session: str) -> None:
        self._settings, self._session = settings, session
        self._opened, self._heard = threading.Event(), threading.Event()
        self._trouble: str | None = None
        self._begun = 0.0
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> _Listener:
        self._thread.start()
        self._opened.wait(_SECONDS)
        self._begun = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(_PROMPT_SECONDS)

    def finding(self) -> Finding:
        if self._heard.wait(_PROMPT_SECONDS) and self._trouble is None:
            took = (time.monotonic() - self._begun) * 1000
            return Finding(True, f"Stream: the event came back live, within {took:.0f} ms.")
        if self._trouble is not None:
            return Finding(False, f"Stream: {self._trouble}")
        return Finding(
            False,
            "Stream: the event was stored but did not come through the live stream. A proxy holds responses back: "
            "switch its buffering off for /sse/ (nginx: proxy_buffering off). Emitting works all the same.",
        )

    def _listen(self) -> None:
        import httpx

        timeout = httpx.Timeout(_SECONDS, read=_PROMPT_SECONDS)
        headers = {"Authorization": f"Bearer {self._settings.key}", "Accept": "text/event-stream"}
        path = f"{self._settings.url}/sse/agent-activity/{self._session}?tail=0"
        try:
            with httpx.stream("GET", path, headers=headers, timeout=timeout) as response:
                if response.status_code != 200:
                    response.read()
                    self._trouble = words_of_response(response)
                    return
                decoder = SseDecoder()
                for data in response.iter_bytes():
                    self._opened.set()
                    if any(self._is_ours(event.type, event.data) for event in decoder.feed(data)):
                        return
        except httpx.TransportError:
            return  # nothing came; the finding says so
        finally:
            if self._trouble is not None:
                self._heard.set()
            self._opened.set()

    def _is_ours(self, kind: str, data: str) -> bool:
        ours = kind == "agentActivity" and json.loads(data).get("agent_name") == "ringside doctor"
        if ours:
            self._heard.set()
        return ours
