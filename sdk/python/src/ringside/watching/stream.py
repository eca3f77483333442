"""The live stream of a session, which goes on where it was when the connection is lost."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ringside.events import session_id
from ringside.values import text_of
from ringside.watching.sse import SseDecoder

if TYPE_CHECKING:
    import httpx

    from ringside.settings import Settings

_SILENCE_SECONDS = 90.0  # a server sends a heartbeat every 30 seconds unless it is set otherwise
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0


class StreamError(Exception):
    """The session cannot be watched; in plain words."""


class Stream:
    """Where a session is watched from. Its events are those of the server's documentation, as dictionaries."""

    def __init__(self, settings: Settings, session: str, after: int | None = None, tail: int | None = None) -> None:
        """``session``: its id, or any name from which the id is made, as whoever tells names it.

        ``after``: the number of the last event that is known; ``tail``: begin with so many of the newest events.
        """
        self._settings, self._session = settings, session_id(session)
        self.cursor = None if after is None else str(after)
        self._tail = tail
        self._wait = _FIRST_WAIT
        self._decoder = SseDecoder()

    def events(self) -> Iterator[dict[str, Any]]:
        """Stored events, and `reset`, as they come. Ends when the session does. Raises StreamError."""
        import httpx

        from ringside.sending.quiet_http import QuietClient

        with QuietClient(**self._options()) as client:
            while True:
                try:
                    with client.stream("GET", self._path(), headers=self._headers()) as response:
                        if response.status_code != 200:
                            response.read()
                        if not self._opened(response):
                            return
                        for data in response.iter_bytes():
                            yield from self._take(data)
                except httpx.TransportError:
                    pass  # the server restarts, or the network is away: the next try goes on after the cursor
                time.sleep(self._pause())

    async def async_events(self) -> AsyncIterator[dict[str, Any]]:
        """The same for asyncio."""
        import httpx

        from ringside.sending.quiet_http import QuietAsyncClient

        async with QuietAsyncClient(**self._options()) as client:
            while True:
                try:
                    async with client.stream("GET", self._path(), headers=self._headers()) as response:
                        if response.status_code != 200:
                            await response.aread()
                        if not self._opened(response):
                            return
                        async for data in response.aiter_bytes():
                            for event in self._take(data):
                                yield event
                except httpx.TransportError:
                    pass
                await asyncio.sleep(self._pause())

    def _options(self) -> dict[str, Any]:
        import httpx

        return {
            "base_url": self._settings.url,
            "headers": {"Authorization": f"Bearer {self._settings.key}", "Accept": "text/event-stream"},
            "timeout": httpx.Timeout(10.0, read=_SILENCE_SECONDS),
        }

    def _path(self) -> str:
        tail = "" if self._tail is None or self.cursor is not None else f"?tail={self._tail}"
        return f"/sse/agent-activity/{quote(self._session, safe='')}{tail}"

    def _headers(self) -> dict[str, str]:
        return {} if self.cursor is None else {"Last-Event-ID": self.cursor}

    def _opened(self, response: httpx.Response) -> bool:
        """Whether events follow. Raises StreamError where trying again would not help."""
        if response.status_code == 200:
            self._decoder = SseDecoder()
            return True
        if response.status_code == 204:
            return False
        if response.status_code in (408, 429, 500, 502, 503, 504):
            raise _again(response)
        raise StreamError(words_of_response(response))

    def _take(self, data: bytes) -> Iterator[dict[str, Any]]:
        for event in self._decoder.feed(data):
            self._wait = _FIRST_WAIT
            if event.id:
                self.cursor = event.id
            if event.type != "heartbeat":
                yield json.loads(event.data)

    def _pause(self) -> float:
        if self._decoder.retry is not None:
            self._wait, pause = _FIRST_WAIT, self._decoder.retry / 1000
            self._decoder.retry = None
            return min(pause, _LONGEST_WAIT)
        pause, self._wait = self._wait, min(self._wait * 2, _LONGEST_WAIT)
        return pause


def _again(response: httpx.Response) -> Exception:
    """As if the connection had been lost."""
    import httpx

    return httpx.ReadError(f"status {response.status_code}", request=response.request)


def words_of_response(response: httpx.Response) -> str:
    """What an answer that is an error says."""
    try:
        return text_of(response.json()["error"]["message"], 1_000)
    except (ValueError, LookupError, TypeError):
        return f"The server answered with status {response.status_code}. Is this the address of a Ringside server?"
