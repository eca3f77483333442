"""A person says something to a run at work, at a real server: its program reads it once, and the person sees that."""

from collections.abc import Iterator

import pytest

import ringside
from ringside.sending.transport import Stored, Unread
from tests.conftest import KEY, Server


@pytest.fixture
def client(server: Server) -> Iterator[ringside.Client]:
    client = ringside.init(server.url, KEY, agent="Tester")
    yield client
    client.close(0)


def say(server: Server, run: str, words: str, message_id: str) -> None:
    body = {"text": words, "id": message_id}
    server.http.post(f"/api/runs/{run}/messages", json=body).raise_for_status()


def told(server: Server, session: str) -> list[tuple[str, str]]:
    """What became of each message, in the order in which it was told."""
    return [(one["text"], one["delivery"]) for one in server.events(session) if one["type"] == "userMessage"]


def test_a_run_reads_what_is_said_to_it_once(client: ringside.Client, server: Server) -> None:
    with ringside.session("said", title="Saying") as session, session.run("Sail?") as run:
        assert run.messages() == []
        say(server, run.id, "Mind the fog.", "m-1")
        say(server, run.id, "Mind the fog.", "m-1")  # sent again, for the answer was lost
        say(server, run.id, "And the ice.", "m-2")
        assert [(one.author, one.text) for one in run.messages()] == [("Ada", "Mind the fog."), ("Ada", "And the ice.")]
        assert run.messages() == []
    assert ringside.flush(10)
    assert sorted(told(server, "said")) == [
        ("And the ice.", "queued"), ("And the ice.", "steered"),
        ("Mind the fog.", "queued"), ("Mind the fog.", "steered"),
    ]  # fmt: skip


def test_what_a_run_never_asked_for_is_refused_when_it_ends(client: ringside.Client, server: Server) -> None:
    with ringside.session("unheard", title="Saying") as session, session.run("Sail?") as run:
        assert ringside.flush(10)
        say(server, run.id, "Mind the fog.", "m-1")
    assert ringside.flush(10)
    assert told(server, "unheard") == [("Mind the fog.", "queued"), ("Mind the fog.", "refused")]


def test_while_the_server_is_away_nothing_is_heard_and_the_run_goes_on(client: ringside.Client, server: Server) -> None:
    with ringside.session("away", title="Saying") as session, session.run("Sail?") as run:
        assert ringside.flush(10)
        say(server, run.id, "Mind the fog.", "m-1")
        server.kill()
        assert run.messages(seconds=0.5) == []
        server.start()
        assert ringside.flush(30)
        assert [one.text for one in run.messages()] == ["Mind the fog."]
    assert ringside.flush(10)
    assert told(server, "away") == [("Mind the fog.", "queued"), ("Mind the fog.", "steered")]


def test_a_message_is_heard_once_however_many_wait_and_whichever_an_answer_names() -> None:
    client = ringside.Client("http://127.0.0.1:1", KEY)

    def answered(*ids: int) -> list[str]:
        bodies = [{"run_id": "r", "id": f"m-{number}", "author": "Ada", "text": "Fog."} for number in ids]
        client._note(Stored((), tuple(Unread("s", "r", body) for body in bodies), "s"))
        return [one.id for one in client.take_messages("s", "r")]

    many = range(1_500)
    assert len(answered(*many)) == 1_500
    assert answered(*many) == []
    assert answered(*many, 1_500) == ["m-1500"]
    client._note(Stored((), (Unread("t", "r", {"id": "m-0", "text": "Ice."}),), "t"))
    assert answered(*many, 1_500) == []
    assert [one.text for one in client.take_messages("t", "r")] == ["Ice."]
    assert answered() == []
    assert answered(7) == []  # an answer before this one had no room for it
    answered(*range(2_000, 13_000))
    assert len(client._heard) == 10_000
    client.close(0)
