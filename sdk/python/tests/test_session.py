"""What a program tells with sessions, runs, steps and texts, at a real server."""

import asyncio
import json
import logging
import os
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import ringside
from ringside.telling import beats
from tests.conftest import KEY, Server, wait_until


@pytest.fixture
def client(server: Server) -> Any:
    client = ringside.init(server.url, KEY, agent="Tester")
    yield client
    client.close(0)


def ends(server: Server, session: str) -> dict[str, dict[str, Any]]:
    """The last event of each step, by its action."""
    assert ringside.flush(10)
    return {event["action"]: event for event in server.events(session) if event["type"] == "agentActivity"}


def test_a_step_is_told_with_its_input_its_output_and_who_did_it(client: ringside.Client, server: Server) -> None:
    with ringside.session("deploy-1", title="Deploy 1") as session:
        with session.step("Build", agent="Builder", kind="tool", input={"target": "all"}) as step:
            step.output = ["a.whl", 3]
    assert ringside.flush(10)
    begun, ended = server.events("deploy-1")
    assert begun["status"] == "started"
    assert begun["input"] == {"target": "all"}
    assert ended["status"] == "completed"
    assert ended["output"] == ["a.whl", 3]
    assert (ended["agent_name"], ended["kind"], ended["action"]) == ("Builder", "tool", "Build")
    assert begun["activity_id"] == ended["activity_id"] == step.id
    assert "input" not in ended
    assert server.session("deploy-1")["title"] == "Deploy 1"


def test_steps_within_steps_name_the_one_that_encloses_them(client: ringside.Client, server: Server) -> None:
    with ringside.session("nested") as session, session.step("Outer", agent="A") as outer:
        with ringside.step("Inner") as inner:
            with ringside.step("Innermost", agent="B"):
                pass
        with session.step("Second"):
            pass
    told = ends(server, "nested")
    assert "parent_id" not in told["Outer"]
    assert told["Inner"]["parent_id"] == told["Second"]["parent_id"] == outer.id
    assert told["Innermost"]["parent_id"] == inner.id
    assert told["Inner"]["agent_name"] == "A"
    assert told["Innermost"]["agent_name"] == "B"


def test_an_exception_fails_the_step_and_goes_on(client: ringside.Client, server: Server) -> None:
    with pytest.raises(ZeroDivisionError), ringside.session("failing") as session, session.run("Divide") as run:
        with session.step("Outer"), session.step("Divide"):
            1 / 0
    told = ends(server, "failing")
    assert told["Divide"]["status"] == told["Outer"]["status"] == "failed"
    assert told["Divide"]["details"] == "ZeroDivisionError: division by zero"
    events = server.events("failing")
    updates = [event for event in events if event["type"] == "runUpdate"]
    assert [(event["run_id"], event["status"]) for event in updates] == [(run.id, "running"), (run.id, "failed")]
    assert updates[0]["question"] == "Divide"
    assert not [event for event in events if event["type"] == "error"], "it was told once"


def test_an_exception_outside_of_steps_is_an_error_of_the_session(client: ringside.Client, server: Server) -> None:
    with pytest.raises(KeyError), ringside.session("broken") as session:
        with session.step("Fine"):
            pass
        raise KeyError("missing")
    assert ringside.flush(10)
    [error] = [event for event in server.events("broken") if event["type"] == "error"]
    assert error["message"] == "KeyError: 'missing'"


@pytest.mark.parametrize(
    ("error", "status"),
    [(KeyboardInterrupt(), "cancelled"), (asyncio.CancelledError(), "cancelled"), (SystemExit(0), "completed"),
     (SystemExit(3), "failed")],
)  # fmt: skip
def test_what_ends_a_program_is_no_failure_of_the_step(
    client: ringside.Client, server: Server, error: BaseException, status: str
) -> None:
    session = ringside.session(f"ending-{status}-{type(error).__name__}")
    with pytest.raises(type(error)), session, session.step("Wait"):
        raise error
    assert ends(server, session.id)["Wait"]["status"] == status


def test_a_step_says_how_it_goes_and_what_it_used(client: ringside.Client, server: Server) -> None:
    with ringside.session("progress") as session, session.step("Ask", kind="model") as step:
        step.update("Half of it", progress=0.5)
        step.usage("gpt-5-mini", 12, 7)
    assert ringside.flush(10)
    _, half, end = server.events("progress")
    assert (half["status"], half["details"], half["progress"]) == ("in-progress", "Half of it", 0.5)
    assert end["usage"] == {"model": "gpt-5-mini", "input_tokens": 12, "output_tokens": 7}


def test_no_request_is_in_the_program_s_log_but_its_own(
    client: ringside.Client, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client.session("quiet").say("hello")
    assert client.flush(10)
    assert next(iter(ringside.follow("quiet", last=1)))["delta"] == "hello"
    server.http.get("/healthz")
    assert ["/healthz" in record.getMessage() for record in caplog.records if record.name == "httpx"] == [True]


class Broken:
    """As a program's own mistakes are."""

    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


def test_values_that_are_none_of_a_field_are_left_out_and_raise_nothing(
    client: ringside.Client, server: Server, warnings_of_ringside: Callable[[], list[str]]
) -> None:
    broken: Any = Broken()
    with ringside.session("odd-values") as session, session.run("Odd", id="odd-run"):
        with session.step("Count", kind="model") as step:
            for _ in range(2):
                step.usage("m", "12x", 3)  # type: ignore[arg-type]
                step.update("a", progress="x")  # type: ignore[arg-type]
                step.update("b", progress=float("nan"))
        with session.step(broken, agent=broken, key=broken, details=broken) as step:
            step.update(broken)
        session.say(broken)
        with session.message(agent=broken) as message:
            message.write(broken)
        session.error(broken, code=broken, agent=broken)
    told = ends(server, "odd-values")
    assert told["Count"]["status"] == "completed"
    assert "usage" not in told["Count"]
    assert told["<Broken>"]["status"] == "completed"
    events = server.events("odd-values")
    assert [event["details"] for event in events if event.get("status") == "in-progress"] == ["a", "b"] * 2 + [
        "<Broken>"
    ]
    assert not [event for event in events if "progress" in event]
    assert [event["message"] for event in events if event["type"] == "error"] == ["<Broken>"]
    assert "".join(event["delta"] for event in events if event["type"] == "agentMessage") == "<Broken>" * 2
    assert [words.split(":")[0] for words in warnings_of_ringside()] == [
        "Ringside leaves out input_tokens", "Ringside leaves out progress",
    ]  # fmt: skip


def test_a_step_can_fail_without_an_exception(client: ringside.Client, server: Server) -> None:
    with ringside.session("soft") as session, session.run("Try") as run, session.step("Try it") as step:
        step.fail("The tests failed.")
        run.fail("Nothing was deployed.")
    assert ends(server, "soft")["Try it"]["status"] == "failed"
    last = server.events("soft")[-1]
    assert (last["status"], last["reason"]) == ("failed", "Nothing was deployed.")


def test_a_text_arrives_whole_however_it_was_written(client: ringside.Client, server: Server) -> None:
    pieces = [f"word{number} " for number in range(2_000)]
    with ringside.session("texts") as session, session.run("Write") as run:
        session.say("Deployed.", agent="Builder")
        with session.message(agent="Writer") as message:
            for piece in pieces:
                message.write(piece)
    assert ringside.flush(10)
    texts = [event for event in server.events("texts") if event["type"] == "agentMessage"]
    assert texts[0]["delta"] == "Deployed."
    assert texts[0]["final"] is True
    written = [event for event in texts if event["message_id"] == message.id]
    assert "".join(event["delta"] for event in written) == "".join(pieces)
    assert [event["final"] for event in written].count(True) == 1
    assert written[-1]["final"] is True
    assert len(written) < 100, "not one event for each word"
    assert {event["run_id"] for event in texts} == {run.id}


def test_a_text_that_is_longer_than_an_event_may_be_arrives(client: ringside.Client, server: Server) -> None:
    with ringside.session("long-text") as session:
        session.say("é" * 3_000_000)
    assert ringside.flush(20)
    assert sum(len(event["delta"]) for event in server.events("long-text")) == 3_000_000


def test_threads_belong_to_what_started_them(client: ringside.Client, server: Server) -> None:
    def work(number: int) -> None:
        with ringside.step(f"Part {number}"):
            pass

    with ringside.session("threads") as session, session.run("Work"), session.step("All") as outer:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(ringside.carry(work), range(20)))
        thread = threading.Thread(target=ringside.carry(work), args=(20,))
        thread.start()
        thread.join()
    told = ends(server, "threads")
    parts = [told[f"Part {number}"] for number in range(21)]
    assert {part["parent_id"] for part in parts} == {outer.id}
    assert len({part["activity_id"] for part in parts}) == 21


def test_a_thread_without_a_context_tells_of_the_run_that_is_open(client: ringside.Client, server: Server) -> None:
    with ringside.session("bare-thread") as session, session.run("Work") as run, session.step("Outer"):
        thread = threading.Thread(target=lambda: session.step("Apart").begin().end())
        thread.start()
        thread.join()
    apart = ends(server, "bare-thread")["Apart"]
    assert apart["run_id"] == run.id
    assert "parent_id" not in apart


def test_tasks_of_asyncio_have_parents_of_their_own(client: ringside.Client, server: Server) -> None:
    async def branch(name: str, barrier: asyncio.Event) -> None:
        async with ringside.step(f"Branch {name}"):
            await barrier.wait()
            with ringside.step(f"Leaf {name}"):
                await asyncio.sleep(0)

    async def main() -> None:
        barrier = asyncio.Event()
        async with ringside.session("tasks") as session, session.run("Both"), session.step("Root"):
            tasks = [asyncio.create_task(branch(name, barrier)) for name in "ab"]
            await asyncio.sleep(0)
            barrier.set()
            await asyncio.gather(*tasks)

    asyncio.run(main())
    told = ends(server, "tasks")
    for name in "ab":
        assert told[f"Leaf {name}"]["parent_id"] == told[f"Branch {name}"]["activity_id"]
        assert told[f"Branch {name}"]["parent_id"] == told["Root"]["activity_id"]


def test_the_same_run_started_again_tells_of_the_same_steps(client: ringside.Client, server: Server) -> None:
    def program() -> list[str]:
        ids = []
        with ringside.session("again") as session, session.run("Nightly", id="nightly-7"):
            for _ in range(3):
                with session.step("Fetch") as step:
                    ids.append(step.id)
            with session.step("Load", key="load") as step:
                ids.append(step.id)
        return ids

    first = program()
    assert program() == first
    assert len(set(first)) == 4
    with ringside.session("again") as session, session.run("Nightly"), session.step("Fetch") as other:
        assert other.id not in first


def test_a_name_that_is_no_id_becomes_one(client: ringside.Client, server: Server) -> None:
    with ringside.session("Deploy: v42 / Zürich") as session, session.step("Go"):
        pass
    assert session.id != ringside.session("Deploy: v42 - Zürich").id
    assert ends(server, session.id)["Go"]["status"] == "completed"
    assert server.session(session.id)["title"] == "Deploy: v42 / Zürich"


def test_steps_without_a_session_have_one_for_the_process(client: ringside.Client, server: Server) -> None:
    with ringside.step("Alone"):
        pass
    session = client.default_session()
    assert ends(server, session.id)["Alone"]["status"] == "completed"
    assert server.session(session.id)["title"].startswith("Tester, ")


@pytest.fixture
def sent(client: ringside.Client, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    """What the client has taken to send about runs: a server stores no sign of life."""
    found: list[tuple[str, str | None]] = []
    put = client.put

    def note(session: str, body: bytes) -> None:
        event = json.loads(body)
        if event["type"] == "runUpdate":
            found.append((event["status"], event.get("reason")))
        put(session, body)

    monkeypatch.setattr(client, "put", note)
    return found


def test_a_run_that_works_on_something_long_gives_signs_of_life_until_it_ends(
    client: ringside.Client, server: Server, monkeypatch: pytest.MonkeyPatch, sent: list[tuple[str, str | None]]
) -> None:
    monkeypatch.setattr(beats, "SECONDS", 0.05)
    beats.beats.start_afresh()  # one that has begun before sleeps for longer
    with ringside.session("long") as session, session.run("Sweep the sea") as run:
        wait_until(lambda: sent.count(("running", None)) > 3)
        run.update(status="waiting", reason="For the tide")
        wait_until(lambda: sent.count(("waiting", "For the tide")) > 3)
        server.http.post(f"/api/runs/{run.id}/cancel").raise_for_status()
        wait_until(lambda: run.stop_requested, what="the answer to a sign of life")
    with session.run("Another") as other:  # it beats after the first one has ended
        wait_until(lambda: sent[-4:] == [("running", None)] * 4)
    assert ringside.flush(10)
    told = [one for one in server.events("long") if one["type"] == "runUpdate"]
    assert [one["status"] for one in told if one["run_id"] == run.id][-1] == "completed"
    assert [one["status"] for one in told if one["run_id"] == other.id][-1] == "completed"


def test_a_run_of_which_nothing_was_told_for_long_is_not_alive_until_something_is(
    client: ringside.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end may have been forgotten, and something still hold it."""
    monkeypatch.setattr(beats, "QUIET_SECONDS", 0.2)
    run = ringside.session("quiet").run("Sweep the sea").begin()

    def beats_in_vain() -> bool:
        run.beat()
        return run not in beats.beats.alive()

    def tells() -> bool:
        run.step("Look around").begin()
        return run in beats.beats.alive()

    wait_until(beats_in_vain)
    wait_until(tells)
    run.end()


def test_runs_that_finalizers_end_while_signs_of_life_are_given_keep_no_other_from_it(
    client: ringside.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = ringside.session("finalizers")
    lost, alive = session.run().begin(), session.run().begin()

    class Interrupted(weakref.WeakSet[Any]):
        def __iter__(self) -> Any:
            for run in super().__iter__():
                lost.end()  # as a finalizer would, which the garbage collector calls at any moment
                yield run

    monkeypatch.setattr(beats.beats, "_open", Interrupted([lost, alive]))
    assert beats.beats.alive() == [alive]
    alive.end()


def test_signs_of_life_are_given_again_after_their_thread_was_lost(client: ringside.Client) -> None:
    beats.beats.start_afresh()
    lost = threading.Thread(target=lambda: None)
    lost.start()
    lost.join()
    beats.beats._thread = lost
    run = ringside.session("lost").run().begin()
    assert beats.beats._thread is not lost
    assert beats.beats._thread.is_alive()
    run.end()


def test_the_beat_of_a_run_that_ends_meanwhile_is_not_its_last_word(
    client: ringside.Client, server: Server, monkeypatch: pytest.MonkeyPatch, sent: list[tuple[str, str | None]]
) -> None:
    run = ringside.session("ends").run("Sweep the sea").begin()
    put = client.put

    def ends_first(session: str, body: bytes) -> None:
        monkeypatch.setattr(client, "put", put)
        run.fail("A storm")
        run.end()
        put(session, body)

    monkeypatch.setattr(client, "put", ends_first)
    run.beat()
    run.beat()
    assert ringside.flush(10)
    assert sent == [
        ("running", None),
        ("failed", "A storm"),
        ("running", None),
        ("failed", "A storm"),
    ]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_gives_no_signs_of_life_of_its_parents_runs(client: ringside.Client) -> None:
    run = ringside.session("forks").run().begin()
    child = os.fork()
    if not child:
        os._exit(len(beats.beats._open) + (beats.beats._thread is not None))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert run in beats.beats._open
    run.end()
    assert run not in beats.beats._open
