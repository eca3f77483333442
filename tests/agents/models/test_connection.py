"""Connections to model servers, which break their promises."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
import pytest

from agents.models.connection import Connection
from tests.model_server import ModelServer, Pieces, Text

pytestmark = pytest.mark.anyio

ASKED: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
async def connection(server: ModelServer) -> AsyncIterator[Connection]:
    connection = Connection(address=server.url, api_key="k", timeout_seconds=5, owner="server")
    yield connection
    await connection.close()


async def answer(connection: Connection, until: bytes = b"[DONE]") -> bytes:
    data = b""
    async with connection.reply(ASKED) as pieces:
        async for piece in pieces:
            data += piece
            if until in data:
                break
    return data


async def test_a_connection_that_was_closed_behind_our_back_is_replaced_at_once(
    connection: Connection, server: ModelServer
) -> None:
    for _ in range(4):
        server.answer("text", Text("Yes.", hangs_up=True))
        assert b"[DONE]" in await answer(connection)
    assert len(server.requests) == 4


async def test_a_connection_of_a_whole_reply_is_used_again(connection: Connection, server: ModelServer) -> None:
    for _ in range(3):
        await answer(connection)
    assert len(server.clients) == 1


async def test_a_reply_without_an_end_is_left_when_it_is_whole(connection: Connection, server: ModelServer) -> None:
    server.answer("text", Pieces([b"data: [DONE]\n\n"], stays_open=True))
    assert await answer(connection) == b"data: [DONE]\n\n"
    assert server.gone.wait(5)


async def test_a_new_connection_that_fails_is_not_tried_again_in_silence(server: ModelServer) -> None:
    server.refuses = True
    connection = Connection(address=server.url, api_key="k", timeout_seconds=5, owner="server")
    with pytest.raises(openai.APIConnectionError):
        await answer(connection)
    assert len(server.clients) == 1
    await connection.close()


async def test_what_is_asked_is_sent_as_it_is(connection: Connection, server: ModelServer) -> None:
    await answer(connection)
    assert server.requests == [ASKED | {"stream": True}]
    assert json.dumps(server.headers).count("Bearer k") == 1
