"""Calls of tools that wait until the team's rules, or people, allow them: against a real server."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import ringside
from tests.conftest import KEY, Server, running_server
from tests.odd_server import Odd, odd_server
from tests.programs import program

PASSES = b'{"status": "allowed", "words": null, "rule": null, "approval_id": null}'
ASKS = b'{"status": "asks", "words": "May it?", "rule": "Deletions ask", "approval_id": "a-1"}'


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose team has rules."""
    with running_server(tmp_path_factory.mktemp("ruled")) as server:
        server.add_rule(name="Deletions ask", tool="*delete_*")
        server.add_rule(name="Nothing is sunk", tool="sink", effect="refuse", explanation="Anchor instead.")
        yield server


@pytest.fixture
def client(ruled: Server) -> Iterator[ringside.Client]:
    client = ringside.init(ruled.url, KEY, agent="Tester")
    yield client
    client.close(0)


def test_a_call_that_no_rule_is_about_goes_ahead(client: ringside.Client, ruled: Server) -> None:
    with ringside.session("passes") as session, session.run("Tidy?") as run:
        run.guard("read_file", {"path": "log.txt"})
    assert ruled.http.get("/api/approvals", params={"session_id": "passes"}).json()["approvals"] == []


def test_a_rule_that_refuses_is_told_to_the_program_and_its_step_has_failed(
    client: ringside.Client, ruled: Server
) -> None:
    words = "Rule “Nothing is sunk” refuses calls of sink. Anchor instead."
    with ringside.session("refuses") as session, pytest.raises(ringside.ToolRefusedError) as refused:
        with session.run("Sink it?") as run, run.step("Sink", kind="tool"):
            run.guard("sink", {"ship": "Aurora"})
    assert (str(refused.value), refused.value.rule, refused.value.away) == (words, "Nothing is sunk", False)
    client.flush(10)
    [failed] = [event for event in ruled.events("refuses") if event.get("status") == "failed" and "action" in event]
    assert words in failed["details"]


def _acalled(run: ringside.Run, tool: str, given: object) -> None:
    asyncio.run(run.aguard(tool, given))


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_person_allows_a_call_or_refuses_it(client: ringside.Client, ruled: Server, asynchronous: bool) -> None:
    for choice in ("approve", "reject"):
        name = f"asks-{choice}-{asynchronous}"
        with ringside.session(name) as session, session.run("Tidy?", id=name) as run, ThreadPoolExecutor(1) as pool:
            with run.step("Tidy", agent="Purser", kind="tool") as step:
                call = _acalled if asynchronous else ringside.Run.guard
                waits = pool.submit(ringside.carry(call), run, "delete_file", {"path": "log.txt"})
                asked = ruled.approval(name)
                assert asked["context"] == {"tool": "delete_file", "input": {"path": "log.txt"}}
                assert asked["question"] == "Rule “Deletions ask”: may Purser call delete_file?"
                assert (asked["run_id"], asked["parent_id"]) == (run.id, step._activity)
                ruled.decide(asked, choice, **({} if choice == "approve" else {"comment": "Keep it."}))
                if choice == "approve":
                    waits.result(30)
                else:
                    with pytest.raises(ringside.ToolRefusedError, match="Ada refused this call of delete_file: Keep"):
                        waits.result(30)


def test_a_person_who_takes_too_long_has_not_allowed_it(client: ringside.Client, ruled: Server) -> None:
    with ringside.session("late") as session, session.run("Tidy?") as run:
        with pytest.raises(ringside.ToolRefusedError, match="Nobody has decided yet"):
            run.guard("delete_file", timeout=1)


def test_a_program_that_is_started_again_asks_nobody_twice(ruled: Server) -> None:
    code = """
with ringside.session("again") as session, session.run("Tidy?", id="again-guard") as run:
    run.guard("delete_file", {"path": "log.txt"})
    say("deleted")
    os._exit(0)  # the run does not end
"""
    with program(code, ruled) as first:
        approval = ruled.approval("again")
        first.kill()
    ruled.decide(approval, "approve")
    with program(code, ruled) as second:
        out, err = second.communicate(timeout=60)
    assert out.strip() == "deleted", err


def test_a_server_that_dies_while_a_person_is_asked_is_asked_on(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        server.add_rule(name="Deletions ask", tool="*delete_*")
        client = ringside.init(server.url, KEY)
        call = {"tool": "delete_file", "input": {}, "agent_name": "Tidier", "call_id": "1"}
        guarding = client.guarding("dies", call, timeout=None, patience=0.1, when_away=None)
        assert guarding.look(), "a person is asked"
        approval = server.approval("dies")
        server.kill()
        away = [guarding.look() for _ in range(3)]
        assert all(away), "however long that takes"
        server.start()
        server.decide(approval, "approve")
        while (pause := guarding.look()) is not None:
            time.sleep(pause)
        assert guarding.approved
        guarding.close()
        client.close(0)


def test_a_server_that_cannot_be_reached_allows_nothing() -> None:
    client = ringside.init("http://127.0.0.1:1", KEY)
    began = time.monotonic()
    with pytest.raises(ringside.ToolRefusedError, match="Ringside, which must allow it, cannot be reached") as refused:
        client.session("away").guard("read_file", patience=1)
    assert refused.value.away
    assert 1 <= time.monotonic() - began < 10
    client.close(0)


@pytest.mark.parametrize("by", ["argument", "environment"])
def test_a_program_may_say_that_it_goes_on_then(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = ringside.init("http://127.0.0.1:1", KEY)
    session = client.session("away")
    if by == "environment":
        monkeypatch.setenv("RINGSIDE_WHEN_AWAY", "allow")
        session.guard("read_file", patience=0.1)
        with pytest.raises(ringside.ToolRefusedError):
            session.guard("read_file", patience=0.1, when_away="refuse")
        monkeypatch.setenv("RINGSIDE_WHEN_AWAY", "perhaps")
        with pytest.raises(ValueError, match="must be refuse or allow, not 'perhaps'"):
            session.guard("read_file")
    else:
        session.guard("read_file", patience=0.1, when_away="allow")
    client.close(0)


def test_a_server_that_asks_a_person_and_is_away_then_is_asked_until_the_persons_time_is_over() -> None:
    asked: list[int] = []

    def answers(request: Odd) -> None:
        if request.path.endswith("/tool-calls"):
            asked.append(1)
        request.reply(*(200, ASKS) if len(asked) == 1 else (503, b"{}"))

    with odd_server(answers) as url:
        client = ringside.init(url, KEY)
        with pytest.raises(ringside.ToolRefusedError, match="Nobody has decided yet"):
            client.session("odd").guard("delete_file", timeout=1.5, patience=0.1, when_away="allow")
        client.close(0)
    assert len(asked) > 1


@pytest.mark.parametrize("first", [(429, b"{}"), (500, b"{}"), (200, b"<html>")])
def test_it_does_not_go_on_where_the_server_was_there(first: tuple[int, bytes]) -> None:
    """It has said that it cannot answer now; and is away from then on."""
    asked: list[int] = []

    def answers(request: Odd) -> None:
        if not request.path.endswith("/tool-calls"):
            request.reply(201, b'{"seq": 1}')
            return
        asked.append(1)
        request.reply(*first if len(asked) == 1 else (503, b"{}"))

    with odd_server(answers) as url:
        client = ringside.init(url, KEY)
        with pytest.raises(ringside.ToolRefusedError, match=r"cannot be reached \(status 503\)"):
            client.session("odd").guard("delete_file", patience=0.6, when_away="allow")
        client.close(0)
    assert len(asked) > 1


def test_a_server_that_is_too_busy_is_asked_again_and_is_not_away() -> None:
    asked: list[int] = []

    def answers(request: Odd) -> None:
        if request.path.endswith("/tool-calls"):
            asked.append(1)
        request.reply(429)

    with odd_server(answers) as url:
        client = ringside.init(url, KEY)
        with pytest.raises(ringside.ToolRefusedError, match=r"gave no answer \(status 429\)") as refused:
            client.session("odd").guard("read_file", patience=0.6, when_away="allow")
        client.close(0)
    assert not refused.value.away
    assert len(asked) > 1


def test_a_failed_request_at_the_end_of_a_persons_time_allows_nothing() -> None:
    client = ringside.init("http://127.0.0.1:1", KEY)
    with pytest.raises(ringside.ToolRefusedError, match="cannot be reached"):
        client.session("away").guard("read_file", timeout=0.1, patience=30, when_away="allow")
    client.close(0)


def test_the_last_second_of_a_persons_time_is_not_full_of_requests() -> None:
    asked: list[int] = []

    def answers(request: Odd) -> None:
        asked.append(1)
        request.reply(200, ASKS)

    with odd_server(answers) as url:
        client = ringside.init(url, KEY)
        with pytest.raises(ringside.ToolRefusedError, match="Nobody has decided yet"):
            client.session("odd").guard("delete_file", timeout=0.95)
        client.close(0)
    assert len(asked) <= 2


def test_what_answers_in_the_servers_place_allows_nothing() -> None:
    """A proxy's page, an answer of another form, a refusal of the server itself."""
    for status, body in ((200, b"<html>"), (200, b'{"status": "allowed"}'), (502, b""), (403, b"{}")):

        def answers(request: Odd, status: int = status, body: bytes = body) -> None:
            request.reply(status, body if request.path.endswith("/tool-calls") else b'{"seq": 1}')

        with odd_server(answers) as url:
            client = ringside.init(url, KEY)
            with pytest.raises(ringside.ToolRefusedError, match="read_file was not called"):
                client.session("odd").guard("read_file", patience=0.2)
            client.close(0)


def test_an_answer_that_is_lost_is_asked_for_again_about_the_same_call() -> None:
    bodies: list[bytes] = []

    def answers(request: Odd) -> None:
        if not request.path.endswith("/tool-calls"):
            request.reply(201, b'{"seq": 1}')
            return
        bodies.append(request.body)
        if len(bodies) == 1:
            request.close_connection = True
        else:
            request.reply(200, PASSES)

    with odd_server(answers) as url:
        client = ringside.init(url, KEY)
        client.session("odd").guard("read_file", {"path": "log.txt"})
        client.close(0)
    assert len(bodies) == 2
    assert len(set(bodies)) == 1


def test_without_a_server_it_says_what_is_missing() -> None:
    client = ringside.init()
    with pytest.raises(ValueError, match="address is missing"):
        client.session("nowhere").guard("read_file")
    client.close(0)


def test_a_job_asks_in_its_run(tmp_path: Path, ruled: Server) -> None:
    code = """
@ringside.agent("Tidy crew")
def answer(job):
    try:
        job.guard("delete_file", {"path": "log.txt"})
    except ringside.ToolRefusedError as refused:
        return str(refused)
    return "Deleted."

ringside.serve()
"""
    agent = ruled.add_agent("Tidy crew")
    with program(code, ruled):
        for choice, answer in (("approve", "Deleted."), ("reject", "Ada refused this call of delete_file.")):
            session = ruled.http.post("/api/sessions", json={"agent_id": agent}).raise_for_status().json()["id"]
            ruled.http.post(f"/api/sessions/{session}/messages", json={"content": "Tidy?"}).raise_for_status()
            asked = ruled.approval(session)
            assert asked["question"] == "Rule “Deletions ask”: may Tidy crew call delete_file?"
            ruled.decide(asked, choice)
            assert ruled.answer(session) == answer
