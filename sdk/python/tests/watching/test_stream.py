"""Programs that watch a session."""

import asyncio
from collections.abc import Iterator
from itertools import islice

import pytest

import ringside
from ringside.watching.stream import StreamError
from tests.conftest import KEY, Server


@pytest.fixture
def client(server: Server) -> Iterator[ringside.Client]:
    client = ringside.init(server.url, KEY)
    yield client
    client.close(0)


def test_a_program_watches(client: ringside.Client) -> None:
    session = client.session("watched")
    for number in range(5):
        session.say(f"text {number}")
    assert client.flush(10)
    events = ringside.follow("watched")
    assert [event["delta"] for event in islice(events, 5)] == [f"text {number}" for number in range(5)]
    session.say("live")
    assert next(events)["delta"] == "live"
    assert next(ringside.follow("watched", after=5))["delta"] == "live"
    reset, last = islice(ringside.follow("watched", last=1), 2)
    assert (reset["type"], last["delta"]) == ("reset", "live")


def test_an_async_program_watches_and_flushes(client: ringside.Client) -> None:
    async def main() -> list[str]:
        async with client.session("async-watched") as session:
            session.say("one")
            session.say("two")
        assert await ringside.aflush(10)
        found: list[str] = []
        async for event in ringside.afollow("async-watched"):
            found.append(event["delta"])
            if len(found) == 2:
                break
        return found

    assert asyncio.run(main()) == ["one", "two"]


def test_what_cannot_be_watched_is_said_in_plain_words(client: ringside.Client, server: Server) -> None:
    with pytest.raises(StreamError, match="There is no such session"):
        next(ringside.follow("no-such-session"))
    ringside.init(server.url, "ringside_wrong").close(0)
    with pytest.raises(StreamError, match="unknown or was revoked"):
        next(ringside.follow("watched"))
