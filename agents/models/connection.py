"""The connections to one model server, and the bytes of its replies."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from agents.models.llm_errors import Owner

if TYPE_CHECKING:
    import httpx2
    from openai import AsyncOpenAI

OPENAI_ADDRESS = "https://api.openai.com/v1"
_CONNECT_SECONDS = 10.0
_REST_SECONDS = 0.5  # for the end of a reply that is whole, so that its connection can be used again
_MOST_STALE = 8
_SENT = {"host", "accept", "accept-encoding", "connection", "content-type", "content-length", "user-agent"}


class _Wire:
    """What a request went over."""

    def __init__(self) -> None:
        self.is_new = False

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        self.is_new = self.is_new or event.endswith("connect_tcp.started")


_wire: ContextVar[_Wire] = ContextVar("wire")


class Connection:
    """An ``owner`` "agent" is sent nothing that this server's environment holds for another."""

    def __init__(self, *, address: str | None, api_key: str, timeout_seconds: float, owner: Owner) -> None:
        self.address = address or OPENAI_ADDRESS  # never what the SDK finds in the environment
        self._api_key = api_key
        self._timeout = timeout_seconds
        self._owner = owner
        self._client: AsyncOpenAI | None = None

    @asynccontextmanager
    async def reply(self, request: dict[str, Any]) -> AsyncIterator[AsyncIterator[bytes]]:
        """Ask for a chat completion; the bytes of its reply as they come.

        Raises what the SDK raises, and TimeoutError when nothing comes for ``timeout_seconds``. Servers close
        connections that they promised to keep: what fails on one before anything came back is asked once more at once.
        """
        import httpx2

        stream = await self._opened(await self.client(), request)
        pieces = stream.response.aiter_bytes()
        try:
            yield self._unhurried(pieces)
            with suppress(TimeoutError, httpx2.HTTPError):  # what was asked for is here, whatever the end is like
                async with asyncio.timeout(_REST_SECONDS):
                    async for _ in pieces:
                        pass
        finally:
            await stream.close()

    async def _opened(self, client: "AsyncOpenAI", request: dict[str, Any]) -> Any:
        import openai

        # The SDK wants a type of its own for each role; what is sent is the same.
        completions: Any = client.chat.completions
        for chance in range(_MOST_STALE):
            wire = _Wire()
            token = _wire.set(wire)
            try:
                async with asyncio.timeout(self._timeout):
                    return await completions.create(stream=True, **request)
            except openai.APITimeoutError:
                raise
            except openai.APIConnectionError:
                if wire.is_new or chance == _MOST_STALE - 1:
                    raise
            finally:
                _wire.reset(token)
        raise AssertionError("unreachable")

    async def _unhurried(self, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        while True:
            async with asyncio.timeout(self._timeout):
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield piece

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def client(self) -> "AsyncOpenAI":
        if self._client is None:
            # A third of a second and more: the first import must not hold up the other runs of this process.
            openai = await asyncio.to_thread(importlib.import_module, "openai")
            network = await asyncio.to_thread(importlib.import_module, "agents.outgoing.network")
            timeout = openai.Timeout(self._timeout, connect=min(_CONNECT_SECONDS, self._timeout))
            if self._client is None:  # Another call may have been quicker.
                http_client = openai.DefaultAsyncHttpx2Client(
                    timeout=timeout,
                    follow_redirects=False,  # key and question go where they were meant to go
                    event_hooks={"request": [self._prepare]},
                )
                if self._owner == "agent":  # the server's own model is where its operator says
                    network.guard(http_client)
                self._client = openai.AsyncOpenAI(
                    api_key=self._api_key,
                    base_url=self.address,
                    timeout=timeout,
                    max_retries=0,
                    http_client=http_client,
                )
        return self._client

    async def _prepare(self, request: "httpx2.Request") -> None:
        """For an agent's own server, leave out what the SDK adds from this server's environment: organisation, project,
        headers of any name."""
        request.extensions["trace"] = _wire.get().trace
        if self._owner == "agent":
            for name in set(request.headers) - _SENT:
                del request.headers[name]
            request.headers["Authorization"] = f"Bearer {self._api_key}"
