"""The one way in which backends ask systems outside.

    async with Outgoing("n8n", configuration.address, settings, {"Authorization": f"Bearer {key}"}) as n8n:
        reply = await n8n.ask("GET", "/api/v1/executions", params={"status": "running"})
        async with n8n.stream("POST", json={"chatInput": job.question}) as answer:
            async for piece in answer.pieces():
                ...

Whatever goes wrong is an AgentError in plain words, without a word of the other side and without a secret. AGENT_HOSTS
holds, and agents/outgoing/network.py refuses some addresses. Redirects are errors: what is sent goes where it was meant
to go. httpx2 is loaded when the first client opens: it takes a third of a second.
"""

import asyncio
import importlib
import json as jsonlib
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from agents.errors import AgentError
from agents.outgoing.failures import Failures
from agents.outgoing.retry_after import retry_after
from agents.text.surrogates import well_formed_value
from utils.project import VERSION
from utils.settings import Settings

if TYPE_CHECKING:
    import httpx2

MOST_BYTES = 20 * 1024 * 1024  # of one answer, after decompression
_CONNECT_SECONDS = 10.0
_WHOLE_SECONDS = 300.0  # for an answer that is read to its end before it is used
_TRIES = 3
_MOST_WAIT = 60.0  # seconds: a system that asks for longer is as good as closed
# Others can grow a few bytes to gigabytes at once.
_ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_PASSES = frozenset({408, 500, 502, 503, 504})
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. The names of ``headers`` are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    _failures: Failures

    def json(self) -> Any:
        """Its texts can be stored. Raises AgentError for what is no JSON."""
        try:
            return well_formed_value(jsonlib.loads(self.body))
        except (ValueError, RecursionError):
            raise self._failures.garbage("JSON") from None


class Answering:
    """An answer that is read as it arrives."""

    def __init__(self, response: "httpx2.Response", failures: Failures, seconds: float) -> None:
        self._response = response
        self._failures = failures
        self._seconds = seconds
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    async def pieces(self) -> AsyncIterator[bytes]:
        """The bytes, decompressed, as they come. Raises AgentError for what breaks off, falls silent or is too much."""
        import httpx2

        size = 0
        try:
            async for piece in self._response.aiter_bytes():
                size += len(piece)
                if size > MOST_BYTES:
                    raise self._failures.too_large(MOST_BYTES)
                yield piece
        except httpx2.HTTPError as error:
            raise self._failures.of(error, self._seconds, begun=True) from None


class Outgoing:
    """The connections to one system outside, for the time of ``async with``.

    ``system`` is what people call it; ``address`` is where all paths begin, and ``headers`` go with each request there.
    ``seconds`` is the longest silence. ``waits`` is told why and how long is waited before another try. ``whose``
    address and secret are to be corrected if something is wrong with them. ``allows`` says which addresses may be
    asked; None: those of AGENT_HOSTS.
    """

    def __init__(
        self,
        system: str,
        address: str,
        settings: Settings,
        headers: Mapping[str, str] | None = None,
        *,
        seconds: float = 60.0,
        waits: Callable[[str], None] = lambda _: None,
        whose: str = "the agent's",
        allows: Callable[[str], bool] | None = None,
    ) -> None:
        self.failures = Failures(system, whose)
        self._address = address.rstrip("/")
        self._allows = allows or settings.allows_agents_at
        self._headers = {"Accept-Encoding": "gzip, deflate", "User-Agent": f"ringside/{VERSION}", **(headers or {})}
        self._seconds = seconds
        self._waits = waits
        self._client: httpx2.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        """Raises AgentError if the settings do not allow the address."""
        if not self._allows(self._address):
            raise self.failures.not_allowed()
        network = await asyncio.to_thread(importlib.import_module, "agents.outgoing.network")
        import httpx2

        timeout = httpx2.Timeout(self._seconds, connect=min(_CONNECT_SECONDS, self._seconds))
        self._client = network.guard(httpx2.AsyncClient(headers=self._headers, timeout=timeout, follow_redirects=False))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def ask(
        self,
        method: str,
        path: str = "",
        *,
        expected: Collection[int] = (),
        repeatable: bool | None = None,
        **content: Any,
    ) -> Reply:
        """The whole answer. ``content`` is as for httpx2: json, content, params, headers.

        Raises AgentError for a status of 300 or more that is not ``expected``. What may be repeated is tried again when
        it fails: by default what has a method that may; anything, when it cannot have arrived.
        """
        try:
            async with (
                asyncio.timeout(_WHOLE_SECONDS),
                self.stream(method, path, expected=expected, repeatable=repeatable, **content) as answer,
            ):
                body = b"".join([piece async for piece in answer.pieces()])
        except TimeoutError as error:
            raise self.failures.of(error, _WHOLE_SECONDS) from None
        return Reply(answer.status, answer.headers, body, self.failures)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str = "",
        *,
        expected: Collection[int] = (),
        repeatable: bool | None = None,
        **content: Any,
    ) -> AsyncIterator[Answering]:
        """The answer as it arrives. The rest is as for :meth:`ask`; once it has begun, nothing is repeated."""
        may_repeat = method in _REPEATABLE if repeatable is None else repeatable
        response = await self._opened(method, path, frozenset(expected), may_repeat, content)
        try:
            yield Answering(response, self.failures, self._seconds)
        finally:
            await response.aclose()

    async def _opened(
        self, method: str, path: str, expected: frozenset[int], may_repeat: bool, content: Mapping[str, Any]
    ) -> "httpx2.Response":
        for further in reversed(range(_TRIES)):
            wait, again = None, False
            try:
                response = await self._sent(method, path, content)
            except _NotSentError as error:
                failure, again = error.failure, error.again or may_repeat
            else:
                if response.status_code < 300 or response.status_code in expected:
                    return await self._readable(response)
                failure, wait = (
                    self.failures.refused(response.status_code, response.headers),
                    retry_after(response.headers),
                )
                again = response.status_code == 429 or (may_repeat and response.status_code in _PASSES)
                await response.aclose()
            if not further or not again or (wait or 0.0) > _MOST_WAIT:
                raise failure from None
            wait = 0.5 * 2 ** (_TRIES - 1 - further) if wait is None else wait
            self._waits(f"{failure.message} Another try follows in {wait:.0f} s.")
            await asyncio.sleep(wait)
        raise AssertionError("unreachable")

    async def _sent(self, method: str, path: str, content: Mapping[str, Any]) -> "httpx2.Response":
        """The answer, of which only the head is read."""
        import httpx2

        assert self._client is not None, "it is used within `async with`"
        try:
            request = self._client.build_request(method, self._address + path, **content)
            async with asyncio.timeout(_CONNECT_SECONDS + self._seconds):  # a head may drip for ever
                return await self._client.send(request, stream=True)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            failure = self.failures.of(error, self._seconds)
            again = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)
            raise _NotSentError(failure, again and failure.retryable) from None

    async def _readable(self, response: "httpx2.Response") -> "httpx2.Response":
        """Raises AgentError for an answer that would be too much, or that we do not unpack."""
        length, encoding = response.headers.get("content-length", ""), response.headers.get("content-encoding", "")
        if length.isdecimal() and int(length) > MOST_BYTES:
            await response.aclose()
            raise self.failures.too_large(MOST_BYTES)
        if encoding.strip().lower() not in _ENCODINGS:
            await response.aclose()
            raise self.failures.garbage("compressed with gzip")
        return response


class _NotSentError(Exception):
    """No answer came. ``again``: the request cannot have arrived."""

    def __init__(self, failure: AgentError, again: bool) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.again = again
