"""An agent whose answers come from a conversation that is a service of its own, over real HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from agents.backends.base import Answer, Waiting
from agents.errors import AgentError
from tests.agents.connectors.conftest import CANARIES, Asked, Asking
from tests.support.foreign_server import ForeignServer, Received, json_answer

pytestmark = pytest.mark.anyio
DONE = {"session_id": "s", "run_id": "run-9", "status": "completed", "response": "Ada did.", "reason": None}
PENDING = {"session_id": "s", "run_id": "run-9", "status": "running", "response": None, "reason": None}


class Service:
    """Gives these answers to /chat, one after the other."""

    def __init__(self, server: ForeignServer, *answers: tuple[int, Any]) -> None:
        self.calls: list[Received] = []
        self._answers = list(answers)
        server.answers["POST", "/chat"] = self._chat

    def _chat(self, call: Received) -> Iterator[bytes]:
        self.calls.append(call)
        status, body = self._answers.pop(0)
        return json_answer(body, status)


def skipper(asking: Asking, server: ForeignServer, **job: Any) -> Asked:
    return asking("chat_service", {"address": server.url}, secrets=("api_key",), **job)


async def test_the_question_goes_to_the_session_that_belongs_to_this_one(asking: Asking, server: ForeignServer) -> None:
    service = Service(server, (200, DONE))
    asked = skipper(asking, server)
    assert await asked.answer() == Answer("Ada did.")
    [call] = service.calls
    assert call.json() == {"session_id": "session-1-agent-1", "message": "Who rebuilt the engine?"}
    assert call.headers["authorization"] == f"Bearer {CANARIES['api_key']}"
    assert call.headers["idempotency-key"] == asked.job.run_id
    assert asked.steps() == ["Ask the chat service"]


async def test_while_there_is_no_answer_no_process_is_held_and_the_same_is_asked_again(
    asking: Asking, server: ForeignServer
) -> None:
    service = Service(server, (202, PENDING), (202, PENDING), (200, DONE))
    asked = skipper(asking, server)
    assert isinstance(await asked.answer(), Waiting)
    state = asked.kept[-1]
    assert state["run_id"] == "run-9"
    assert await asked.answer(state) == Answer("Ada did.")
    assert len({call.headers["idempotency-key"] for call in service.calls}) == 1
    assert [call.headers["prefer"] for call in service.calls] == ["wait=1", "wait=5", "wait=5"]


async def test_the_longer_it_takes_the_less_of_a_process_it_takes(asking: Asking, server: ForeignServer) -> None:
    service = Service(server, *[(202, PENDING)] * 9)
    asked, rests = skipper(asking, server), []
    for _ in range(8):
        waiting = await asked.answer(asked.kept[-1] if asked.kept else None)
        assert isinstance(waiting, Waiting)
        rests.append(waiting.seconds)
    assert rests == [2, 4, 8, 16, 30, 30, 30, 30]
    assert {call.headers["prefer"] for call in service.calls[1:]} == {"wait=5"}


async def test_whoever_stops_it_stops_it_there(asking: Asking, server: ForeignServer) -> None:
    stopped: list[Received] = []
    server.answers["POST", "/api/runs/run-9/cancel"] = lambda call: stopped.append(call) or json_answer({}, 202)
    asked = skipper(asking, server)
    assert await asked.stop({"run_id": "run-9"}) == "acknowledged"
    assert len(stopped) == 1
    assert await asked.stop(None) == "no longer listening"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, {**DONE, "status": "failed", "response": None}, "outside_failed"),
        (200, ["no", "object"], "outside_garbage"),
        (200, {"status": "completed"}, "outside_garbage"),
        (401, {}, "outside_unauthorised"),
        (404, {}, "outside_not_found"),
    ],
)
async def test_no_answer_is_told_in_plain_words(
    asking: Asking, server: ForeignServer, status: int, body: Any, code: str
) -> None:
    Service(server, (status, body))
    with pytest.raises(AgentError) as failed:
        await skipper(asking, server).answer()
    assert failed.value.code == code


async def test_any_program_with_the_route_will_do(asking: Asking, server: ForeignServer) -> None:
    """It needs neither to know the headers nor to tell a status."""
    Service(server, (200, {"response": "Salt."}))
    assert await skipper(asking, server).answer() == Answer("Salt.")


async def test_a_long_session_id_is_shortened_and_stays_the_same(asking: Asking, server: ForeignServer) -> None:
    service = Service(server, (200, DONE), (200, DONE))
    for _ in range(2):
        await skipper(asking, server, session_id="s" * 160).answer()
    first, second = (call.json()["session_id"] for call in service.calls)
    assert first == second
    assert len(first) <= 160
