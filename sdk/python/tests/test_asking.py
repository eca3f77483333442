"""A program asks a person at a real server, which dies and comes back, and gets what was decided."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

import ringside
from tests.conftest import KEY, Server
from tests.odd_server import Odd, odd_server
from tests.programs import program


@pytest.fixture
def client(server: Server) -> Iterator[ringside.Client]:
    client = ringside.init(server.url, KEY, agent="Tester")
    yield client
    client.close(0)


@contextmanager
def somebody(server: Server, session: str, choice: str, **more: Any) -> Iterator[list[dict[str, Any]]]:
    """Who decides as soon as it is asked; what they saw."""
    seen: list[dict[str, Any]] = []

    def act() -> None:
        seen.append(server.approval(session))
        server.decide(seen[0], choice, **more)

    acting = threading.Thread(target=act)
    acting.start()
    yield seen
    acting.join(30)


def test_a_run_asks_and_gets_the_decision(client: ringside.Client, server: Server) -> None:
    with ringside.session("asks", title="Asking") as session, session.run("Pay?") as run:
        with session.step("Pay the dues", agent="Purser") as step:
            with somebody(server, "asks", "pay", values={"amount": 38}, comment="With the discount.") as seen:
                decision = run.ask(
                    "Pay 40 euros?",
                    choices={"pay": "Pay", "leave": "Do not pay"},
                    form={"type": "object", "properties": {"amount": {"type": "integer"}}},
                    context={"tool": "pay", "arguments": {"amount": 40}},
                )
    assert (decision.choice, decision.values, decision.comment, decision.decided_by) == (
        "pay", {"amount": 38}, "With the discount.", "Ada"
    )  # fmt: skip
    [approval] = seen
    assert (approval["run_id"], approval["parent_id"], approval["agent_name"]) == (run.id, step.id, "Purser")
    assert [(one["id"], one["label"]) for one in approval["choices"]] == [("pay", "Pay"), ("leave", "Do not pay")]
    assert ringside.flush(10)
    told = [event for event in server.events("asks") if event.get("kind") == "approval"]
    assert [event["status"] for event in told] == ["waiting", "completed"]
    updates = [event["status"] for event in server.events("asks") if event["type"] == "runUpdate"]
    assert updates == ["running", "completed"]


def test_a_session_asks_before_it_has_told_anything(client: ringside.Client, server: Server) -> None:
    with somebody(server, "fresh", "reject"):
        decision = ringside.session("fresh", title="Fresh").ask("May I?")
    assert (decision.choice, server.session("fresh")["title"]) == ("reject", "Fresh")


def test_a_task_asks_and_others_go_on(client: ringside.Client, server: Server) -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    async def main() -> str:
        ticking = asyncio.create_task(tick())
        async with ringside.session("tasks") as session, session.run() as run:
            decision = await run.aask("May I?", choices=["yes", "no"])
        ticking.cancel()
        return decision.choice

    with somebody(server, "tasks", "yes"):
        assert asyncio.run(main()) == "yes"
    assert ticks > 5


def test_when_nobody_decides_in_time_it_raises_or_takes_what_was_set(client: ringside.Client, server: Server) -> None:
    with ringside.session("late") as session:
        with pytest.raises(ringside.UndecidedError, match="Nobody decided in time") as undecided:
            session.ask("May I?", timeout=1)
        assert undecided.value.status == "expired"
        decision = session.ask("And now?", timeout=1, on_timeout="reject")
        assert (decision.choice, decision.decided_by, decision.via) == ("reject", None, "expiry")


def test_when_its_run_ends_elsewhere_it_raises(client: ringside.Client, server: Server) -> None:
    with ThreadPoolExecutor(1) as pool, ringside.session("ends") as session:
        run = session.run("Pay?").begin()
        waits = pool.submit(run.ask, "May I?")
        server.approval("ends")
        run.end(status="cancelled")
        with pytest.raises(ringside.UndecidedError, match="its run has ended") as undecided:
            waits.result(60)
    assert undecided.value.status == "withdrawn"


def test_a_question_that_the_server_refuses_raises_its_words(client: ringside.Client) -> None:
    with ringside.session("refused") as session:
        with pytest.raises(ringside.NotAskedError, match="on_expiry: must be the id of a choice") as refused:
            session.ask("May I?", timeout=5, on_timeout="perhaps")
    assert (refused.value.status, refused.value.code) == (400, "invalid_request")


def test_without_a_server_it_says_what_is_missing() -> None:
    client = ringside.init()
    with pytest.raises(ValueError, match="address is missing"):
        client.session("nowhere").ask("May I?")
    client.close(0)


def test_a_server_that_dies_while_it_is_asked_is_asked_on(own_server: Server) -> None:
    client = ringside.init(own_server.url, KEY)
    with ThreadPoolExecutor(1) as pool, client.session("dies") as session, session.run("Pay?") as run:
        waits = pool.submit(run.ask, "May I?")
        approval = own_server.approval("dies")
        own_server.kill()
        own_server.start()
        own_server.decide(approval, "approve")
        assert waits.result(60).choice == "approve"
    client.close(0)


def test_a_program_that_is_started_again_asks_nobody_twice(server: Server) -> None:
    code = """
with ringside.session("again") as session, session.run("Pay?", id="again-1") as run:
    decision = run.ask("May I?")
    say(f"{decision.choice} by {decision.decided_by}")
    os._exit(0)  # the run does not end
"""
    with program(code, server) as first:
        approval = server.approval("again")
        first.kill()
    server.decide(approval, "reject", comment="Not today.")
    with program(code, server) as second:
        out, err = second.communicate(timeout=60)
    assert out.strip() == "reject by Ada", err
    told = [event["status"] for event in server.events("again") if event.get("kind") == "approval"]
    assert told == ["waiting", "completed"]


def test_an_answer_that_is_lost_is_asked_for_again_about_the_same_step() -> None:
    """The question arrives and its answer does not."""
    bodies: list[bytes] = []
    decided = (
        b'{"id": "approval-1", "status": "decided", "question": "May I?", "choice": "approve", "values": null, '
        b'"comment": null, "decided_by": "Ada", "via": "dashboard", "decided_at": null}'
    )

    def answers(request: Odd) -> None:
        if not request.path.endswith("/approvals"):
            request.reply(201, b'{"seq": 1}')
            return
        bodies.append(request.body)
        if len(bodies) == 1:
            request.close_connection = True
        elif len(bodies) == 2:
            request.reply(503)
        else:
            request.reply(200, decided)

    with odd_server(answers) as url:
        client = ringside.init(url, KEY)
        assert client.session("odd").ask("May I?").choice == "approve"
        client.close(0)
    assert len(bodies) == 3
    assert len(set(bodies)) == 1
