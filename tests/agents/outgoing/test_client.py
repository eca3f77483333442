"""One client for every system outside, and what a system outside can do wrong."""

import asyncio
import logging
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agents.errors import AgentError
from agents.outgoing import client as client_module
from agents.outgoing.client import Answering, Outgoing
from tests.support.drip_server import DripServer
from tests.support.foreign_server import ForeignServer, Received, answer, gzipped, head, json_answer
from tests.support.processes import free_port
from utils.logs import configure_logs
from utils.settings import Settings

pytestmark = pytest.mark.anyio
SECRET = "canary-of-the-agent-1234567890"


@pytest.fixture
def server() -> Iterator[ForeignServer]:
    with ForeignServer() as server:
        yield server


@asynccontextmanager
async def crew(address: str, seconds: float = 5, hosts: str | None = None, **options: Any) -> AsyncIterator[Outgoing]:
    settings = Settings(_env_file=None, agent_hosts=hosts)
    headers = {"Authorization": f"Bearer {SECRET}"}
    async with Outgoing("The crew", address, settings, headers, seconds=seconds, **options) as opened:
        yield opened


async def failure(server: ForeignServer, method: str = "GET", seconds: float = 5, **options: Any) -> AgentError:
    with pytest.raises(AgentError) as caught:
        async with crew(server.url, seconds) as outside:
            await outside.ask(method, "/", **options)
    assert SECRET not in repr(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


async def test_what_is_asked_arrives_with_its_key_and_its_answer_comes_back(server: ForeignServer) -> None:
    server.answers["POST", "/kickoff"] = lambda _: json_answer({"kickoff_id": "k"})
    async with crew(f"{server.url}/") as outside:
        reply = await outside.ask("POST", "/kickoff", json={"inputs": {}}, params={"a": "b"})
    assert (reply.status, reply.json()) == (200, {"kickoff_id": "k"})
    [received] = server.received
    assert (received.query, received.json(), received.headers["authorization"]) == (
        "a=b",
        {"inputs": {}},
        f"Bearer {SECRET}",
    )


async def test_half_a_character_in_json_is_told_as_unknown(server: ForeignServer) -> None:
    server.answers["GET", "/"] = lambda _: json_answer({"half\ud83d": ["\ud83d", "\ud83d\ude00"]})
    async with crew(server.url) as outside:
        reply = await outside.ask("GET", "/")
    assert reply.json() == {"half\ufffd": ["\ufffd", "😀"]}


@pytest.mark.parametrize(
    ("status", "code", "words", "retryable"),
    [
        (401, "outside_unauthorised", "does not accept the key (401)", False),
        (403, "outside_forbidden", "does not allow this (403)", False),
        (404, "outside_not_found", "has nothing at this address (404)", False),
        (405, "outside_refused", "does not take this method", False),
        (418, "outside_refused", "refused the request (418 I'm a Teapot)", False),
        (499, "outside_refused", "refused the request (499)", False),
        (500, "outside_failed", "failed (500)", True),
        (503, "outside_failed", "is not available at present (503)", True),
    ],
)
async def test_a_refusal_is_plain_words_and_none_of_the_systems_own(
    server: ForeignServer, status: int, code: str, words: str, retryable: bool
) -> None:
    page = f"<html><body>Traceback: {SECRET}</body></html>".encode()
    server.answers["POST", "/"] = lambda _: answer(status, page, media_type="text/html")
    error = await failure(server, "POST")
    assert (error.code, error.retryable) == (code, retryable)
    assert words in error.message
    assert "html" not in error.message
    assert len(server.received) == 1, "a question that may have arrived is not asked twice"


async def test_what_may_be_repeated_is_tried_three_times(server: ForeignServer) -> None:
    waits: list[str] = []
    server.answers["GET", "/"] = lambda _: answer(500)
    with pytest.raises(AgentError, match=r"failed \(500\)"):
        async with crew(server.url, waits=waits.append) as outside:
            await outside.ask("GET", "/")
    assert len(server.received) == 3
    assert len(waits) == 2
    assert "Another try follows" in waits[0]


async def test_retry_after_is_obeyed_also_for_a_question_that_was_surely_not_taken(server: ForeignServer) -> None:
    def busy_once(_: Received) -> Iterator[bytes]:
        return answer(429, headers={"Retry-After": "1"}) if len(server.received) == 1 else json_answer("done")

    server.answers["POST", "/"] = busy_once
    began = time.monotonic()
    async with crew(server.url) as outside:
        assert (await outside.ask("POST", "/")).json() == "done"
    assert time.monotonic() - began >= 1


async def test_a_system_that_asks_to_wait_for_long_is_given_up_at_once(server: ForeignServer) -> None:
    server.answers["GET", "/"] = lambda _: answer(429, headers={"Retry-After": "3600"})
    error = await failure(server)
    assert error.message == "The crew takes no more requests at present (429). Try again in 3600 seconds."
    assert len(server.received) == 1


async def test_an_expected_status_is_an_answer(server: ForeignServer) -> None:
    async with crew(server.url) as outside:
        reply = await outside.ask("GET", "/", expected={404})
    assert reply.json() == {"message": "nothing here"}


async def test_a_redirect_is_not_followed(server: ForeignServer) -> None:
    with ForeignServer() as other:
        location = f"{other.url}/?token={SECRET}"
        server.answers["GET", "/"] = lambda _: answer(302, headers={"Location": location})
        error = await failure(server)
        assert error.message == (
            "The crew sends on to another address (http://127.0.0.1). Enter the address that it really has."
        )
        assert other.received == []


@pytest.mark.parametrize("location", ["", "https://[broken", "/elsewhere", "javascript:alert(1)"])
async def test_a_redirect_to_nowhere_is_the_same(server: ForeignServer, location: str) -> None:
    server.answers["GET", "/"] = lambda _: answer(302, headers={"Location": location})
    assert (await failure(server)).code == "outside_moved"


async def test_nobody_there_is_told_after_three_tries() -> None:
    with pytest.raises(AgentError, match="The crew cannot be reached: nothing accepts connections there") as caught:
        async with crew(f"http://127.0.0.1:{free_port()}") as outside:
            await outside.ask("POST", "/")
    assert (caught.value.code, caught.value.retryable) == ("outside_unreachable", True)


async def test_a_name_that_means_nothing_cannot_be_reached() -> None:
    with pytest.raises(AgentError, match="The crew cannot be reached: its host name is not known"):
        async with crew("http://nowhere.invalid") as outside:
            await outside.ask("POST", "/")


async def test_a_system_that_says_nothing_is_given_up(server: ForeignServer) -> None:
    def silent(call: Received) -> Iterator[bytes]:
        call.server.stopping.wait(20)
        yield b""

    server.answers["POST", "/"] = silent
    error = await failure(server, "POST", seconds=0.3)
    assert (error.code, error.retryable) == ("outside_timeout", True)


async def test_headers_that_drip_for_ever_are_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_CONNECT_SECONDS", 0.5)
    with DripServer(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x", pause=0.05) as dripping, pytest.raises(AgentError) as caught:
        async with asyncio.timeout(20), crew(dripping.url, 0.5) as outside:
            await outside.ask("POST", "/")
    assert caught.value.code == "outside_timeout"


async def test_one_that_closes_without_an_answer_is_told(server: ForeignServer) -> None:
    server.answers["POST", "/"] = lambda _: iter(())
    assert (await failure(server, "POST")).message == "The crew closed the connection without an answer. Try again."


async def test_half_an_answer_is_none(server: ForeignServer) -> None:
    def half(_: Received) -> Iterator[bytes]:
        yield head(200, headers={"Content-Length": "100"})
        yield b'{"half":'

    server.answers["POST", "/"] = half
    assert (await failure(server, "POST")).code == "outside_cut_off"


@pytest.mark.parametrize("body", [b"<html>It works!</html>", b"", b"\xff\xfe", b"[" * 100_000], ids=str)
async def test_what_is_no_json_is_told(server: ForeignServer, body: bytes) -> None:
    server.answers["GET", "/"] = lambda _: answer(200, body)
    async with crew(server.url) as outside:
        reply = await outside.ask("GET", "/")
    with pytest.raises(AgentError, match="something that is not JSON") as caught:
        reply.json()
    assert caught.value.code == "outside_garbage"


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
async def test_bytes_that_are_not_what_they_claim_are_told(server: ForeignServer, encoding: str) -> None:
    server.answers["POST", "/"] = lambda _: answer(200, b"plain", headers={"Content-Encoding": encoding})
    assert (await failure(server, "POST")).code == "outside_garbage"


async def test_too_much_is_refused_before_it_is_read(server: ForeignServer) -> None:
    def much(call: Received) -> Iterator[bytes]:
        yield head(200, headers={"Content-Length": str(100 * 1024 * 1024)})
        for _ in range(1600):
            yield b"x" * 65536

    server.answers["POST", "/"] = much
    error = await failure(server, "POST")
    assert (error.code, error.message) == ("outside_too_large", "The crew sent more than 20 MB. Let it send less.")


async def test_too_much_is_counted_after_decompression(server: ForeignServer) -> None:
    bomb = gzipped(b"\0" * (client_module.MOST_BYTES + 1))
    server.answers["POST", "/"] = lambda _: answer(200, bomb, headers={"Content-Encoding": "gzip"})
    assert len(bomb) < 30_000
    assert (await failure(server, "POST")).code == "outside_too_large"


async def test_a_stream_arrives_piece_by_piece_also_compressed(server: ForeignServer) -> None:
    heard = asyncio.Event()
    loop = asyncio.get_running_loop()

    def pieces(call: Received) -> Iterator[bytes]:
        packing = zlib.compressobj(wbits=31)
        yield head(200, headers={"Content-Encoding": "gzip"})
        yield packing.compress(b"one") + packing.flush(zlib.Z_SYNC_FLUSH)
        assert asyncio.run_coroutine_threadsafe(heard.wait(), loop).result(10)
        yield packing.compress(b"two") + packing.flush()

    server.answers["POST", "/"] = pieces
    async with crew(server.url) as outside, outside.stream("POST", "/") as stream:
        found = []
        async for piece in stream.pieces():
            found.append(piece)
            heard.set()
    assert found == [b"one", b"two"]


async def collect(stream: Answering, found: list[bytes]) -> None:
    async for piece in stream.pieces():
        found.append(piece)


async def test_a_stream_that_breaks_off_or_falls_silent_is_told(server: ForeignServer) -> None:
    def breaks_off(_: Received) -> Iterator[bytes]:
        yield head(200, headers={"Transfer-Encoding": "chunked"}) + b"3\r\none\r\n"

    def falls_silent(call: Received) -> Iterator[bytes]:
        yield head(200) + b"one"
        call.server.stopping.wait(20)

    for answering, code in ((breaks_off, "outside_cut_off"), (falls_silent, "outside_timeout")):
        server.answers["POST", "/"] = answering
        found: list[bytes] = []
        async with crew(server.url, 0.3) as outside, outside.stream("POST", "/") as stream:
            with pytest.raises(AgentError) as caught:
                await collect(stream, found)
        assert (found, caught.value.code) == ([b"one"], code)


async def test_whoever_leaves_a_stream_closes_it(server: ForeignServer) -> None:
    def endless(call: Received) -> Iterator[bytes]:
        yield head(200)
        while not call.server.stopping.is_set():
            yield b"x" * 65536

    server.answers["POST", "/"] = endless
    async with crew(server.url) as outside, outside.stream("POST", "/") as stream:
        async for _ in stream.pieces():
            break
    assert await asyncio.to_thread(server.gone.wait, 10)


async def test_a_host_that_the_settings_do_not_name_is_not_asked(server: ForeignServer) -> None:
    with pytest.raises(AgentError, match="AGENT_HOSTS") as caught:
        async with crew(server.url, hosts="crew.example.org"):
            pass
    assert caught.value.code == "address_not_allowed"
    assert server.received == []


async def test_an_address_of_the_network_itself_is_refused_in_plain_words() -> None:
    with pytest.raises(AgentError, match="link-local") as caught:
        async with crew("http://169.254.169.254") as outside:
            await outside.ask("GET", "/latest/meta-data")
    assert (caught.value.code, caught.value.retryable) == ("address_refused", False)


async def test_nothing_of_a_request_is_in_the_log(
    server: ForeignServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    configure_logs("debug")
    logging.getLogger().addHandler(caplog.handler)
    cookie = {"Set-Cookie": f"session={SECRET}"}
    server.answers["GET", "/"] = lambda _: answer(200, b"{}", headers=cookie)
    async with crew(server.url) as outside:
        await outside.ask("GET", "/", params={"token": SECRET})
    logging.getLogger("agents").debug("heard")
    assert SECRET not in caplog.text
    assert "heard" in caplog.text
