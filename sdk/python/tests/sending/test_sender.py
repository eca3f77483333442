"""Events arrive once, in order and late at worst, whatever happens to the server, the network and the program."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import ringside
from ringside.sending.spool import Spool
from tests.conftest import KEY, Server, running_server, wait_until
from tests.odd_server import Odd, odd_server
from tests.programs import program, ran

Warnings = Callable[[], list[str]]


def actions(server: Server, session: str) -> list[str]:
    """Of the steps that have ended, in the order of the log."""
    return [
        event["action"]
        for event in server.events(session)
        if event["type"] == "agentActivity" and event["status"] == "completed"
    ]


def numbered(count: int) -> list[str]:
    return [f"Step {number}" for number in range(count)]


def take_steps(session: ringside.Session, count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        with session.step(f"Step {number}"):
            pass


def test_a_server_that_is_away_gets_everything_when_it_is_back(
    own_server: Server, warnings_of_ringside: Warnings
) -> None:
    own_server.kill()
    client = ringside.Client(own_server.url, KEY)
    with client.session("away") as session:
        take_steps(session, 1_200)
        assert not client.flush(0.5)
        own_server.start()
        take_steps(session, 10, first=1_200)
        assert client.flush(30)
    assert actions(own_server, "away") == numbered(1_210)
    [warning] = warnings_of_ringside()
    assert "cannot be reached" in warning
    client.close()


def test_a_server_that_is_killed_in_the_middle_stores_nothing_twice(own_server: Server) -> None:
    client = ringside.Client(own_server.url, KEY)
    sent = 0
    with client.session("killed") as session:
        for _ in range(3):
            take_steps(session, 400, first=sent)
            sent += 400
            wait_until(lambda: own_server.events("killed"), 10, "the first events")
            own_server.kill()
            take_steps(session, 100, first=sent)
            sent += 100
            own_server.start()
        assert client.flush(60)
    assert actions(own_server, "killed") == numbered(sent)
    client.close()


def test_a_program_that_ends_has_sent_everything(server: Server) -> None:
    ran(
        "with ringside.session('short') as s, s.run('Work'), s.step('Only'):\n    pass\n",
        server,
    )
    assert actions(server, "short") == ["Only"]
    assert server.events("short")[-1]["status"] == "completed"


def test_a_program_that_fails_tells_it_and_ends_as_it_would(server: Server) -> None:
    with program("with ringside.session('crash') as s, s.step('Divide'):\n    1 / 0\n", server) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "ZeroDivisionError" in err
    assert server.events("crash")[-1]["status"] == "failed"


def test_the_end_of_a_program_waits_no_longer_than_it_may(own_server: Server) -> None:
    own_server.kill()
    code = "ringside.init(exit_seconds=0.5)\nwith ringside.session('s') as s, s.step('Only'):\n    pass\nsay('done')\n"
    with program(code, own_server) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "done\n"
        begun = time.monotonic()
        _, err = process.communicate(timeout=30)
        took = time.monotonic() - begun
    assert process.returncode == 0
    assert took < 2.5
    assert "2 events could not be sent" in err


def test_events_of_an_exit_handler_are_sent(server: Server) -> None:
    code = (
        "import atexit\nclient = ringside.init()\nsession = ringside.session('at-exit')\n"
        "atexit.register(lambda: session.step('Last').begin().end())\nsession.step('First').begin().end()\n"
    )
    ran(code, server)
    assert actions(server, "at-exit") == ["First", "Last"]


def test_a_forked_child_tells_for_itself(server: Server) -> None:
    code = """
with ringside.session('forked') as s:
    with s.step('Before'):
        pass
    child = os.fork()
    with s.step('Child' if child == 0 else 'Parent'):
        pass
    if child == 0:
        ringside.flush(10)
        os._exit(0)
    os.waitpid(child, 0)
"""
    ran(code, server)
    assert sorted(actions(server, "forked")) == ["Before", "Child", "Parent"]


def test_forked_children_do_not_take_each_others_steps(server: Server) -> None:
    code = """
import multiprocessing
def work(number):
    with ringside.step('Work'):
        pass
if __name__ == '__main__':
    with ringside.session('pool') as s, s.run('All'), s.step('Map'):
        with multiprocessing.get_context('fork').Pool(3) as pool:
            pool.map(work, range(30), chunksize=1)
            pool.close()
            pool.join()
"""
    ran(code, server)
    ends = [event for event in server.events("pool") if event.get("status") == "completed"]
    work = [event for event in ends if event.get("action") == "Work"]
    assert len({event["activity_id"] for event in work}) == 30
    assert {event["parent_id"] for event in work} == {
        event["activity_id"] for event in ends if event.get("action") == "Map"
    }


def test_a_program_that_is_killed_loses_nothing_that_is_in_its_spool(own_server: Server, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    own_server.kill()
    code = "s = ringside.session('spooled')\nfor n in range(700):\n    s.step(f'Step {n}').begin().end()\nsay('told')\n"
    with program(code + "sys.stdin.read()\n", own_server, RINGSIDE_SPOOL=spool) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "told\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    own_server.start()
    assert own_server.events("spooled") == []
    client = ringside.Client(own_server.url, KEY, spool=spool)
    assert client.flush(30)
    client.close()
    assert actions(own_server, "spooled") == numbered(700)
    assert not list(spool.glob("*.jsonl"))


def test_a_sender_that_is_killed_again_and_again_sends_nothing_twice(server: Server, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    code = """
client = ringside.init()
s = client.session('torn')
first = int(sys.argv[1]) if len(sys.argv) > 1 else 0
for n in range(int(os.environ['FIRST']), int(os.environ['FIRST']) + 1500):
    s.say(f'{n} ')
say('told')
client.flush(30)
"""
    for number in range(4):
        with program(code, server, RINGSIDE_SPOOL=spool, FIRST=number * 1500) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "told\n"
            before = len(server.events("torn"))
            wait_until(lambda before=before: len(server.events("torn")) > before, 10, "more events")  # type: ignore[misc]
            process.send_signal(signal.SIGKILL)
            process.wait()
    client = ringside.Client(server.url, KEY, spool=spool)
    assert client.flush(30)
    client.close()
    assert "".join(event["delta"] for event in server.events("torn")).split() == [str(n) for n in range(6000)]


def test_two_programs_may_share_a_spool(server: Server, tmp_path: Path) -> None:
    code = """
s = ringside.session('shared')
for n in range(300):
    s.step(f'{os.environ["WHO"]} {n}').begin().end()
"""
    shared = {"RINGSIDE_SPOOL": tmp_path / "spool"}
    with program(code, server, WHO="a", **shared) as one, program(code, server, WHO="b", **shared) as other:
        for process in (one, other):
            _, err = process.communicate(timeout=30)
            assert process.returncode == 0, err
    client = ringside.Client(server.url, KEY, spool=tmp_path / "spool")
    assert client.flush(10)
    client.close()
    told = actions(server, "shared")
    for who in "ab":
        assert [action for action in told if action.startswith(who)] == [f"{who} {n}" for n in range(300)]
    assert len(told) == 600


def test_a_disk_that_fails_for_a_moment_does_not_end_the_sending(
    server: Server, tmp_path: Path, warnings_of_ringside: Warnings
) -> None:
    client = ringside.Client(server.url, KEY, spool=tmp_path / "spool")
    spool = Spool(tmp_path / "spool")
    in_the_way = spool._position_path(spool._path("disk"))
    in_the_way.mkdir()
    take_steps(client.session("disk"), 3)
    assert not client.flush(1.0)
    [warning] = warnings_of_ringside()
    assert "IsADirectoryError" in warning
    in_the_way.rmdir()
    assert client.flush(20)
    assert actions(server, "disk") == numbered(3)
    client.close()


def test_a_disk_that_cannot_be_read_raises_nothing_into_the_program(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warnings_of_ringside: Warnings
) -> None:
    def broken(self: Spool) -> list[Path]:
        raise OSError("Input/output error")

    client = ringside.Client(server.url, KEY, spool=tmp_path / "spool")
    with monkeypatch.context() as patched:
        patched.setattr(Spool, "_files", broken)
        take_steps(client.session("unreadable"), 2)
        assert client.flush(0.5) is False
        assert client.close(0.5) is False
        take_steps(client.session("unreadable"), 1, first=2)
    assert "OSError: Input/output error" in warnings_of_ringside()[0]  # by whichever thread met it first
    assert client.flush(20)
    assert actions(server, "unreadable") == numbered(3)
    client.close()


def test_a_rate_limit_is_waited_for(tmp_path: Path, warnings_of_ringside: Warnings) -> None:
    with running_server(tmp_path, ratelimit_enabled=1, ratelimit="4 per 2 second") as server:
        client = ringside.Client(server.url, KEY)
        for number in range(6):
            with client.session(f"limited-{number}") as session:
                take_steps(session, 1)
        assert client.flush(30)
        client.close()
        wait_until(lambda: server.http.get("/api/tags").status_code == 200, 10, "a request that is let through")
        assert any("Too many requests" in warning for warning in warnings_of_ringside())


def test_a_wrong_key_is_said_once_and_the_program_goes_on(server: Server, warnings_of_ringside: Warnings) -> None:
    client = ringside.Client(server.url, "ringside_wrong")
    with client.session("wrong-key") as session:
        take_steps(session, 50)
        assert not client.flush(1)
        take_steps(session, 50)
        assert not client.flush(0.5)
    [warning] = warnings_of_ringside()
    assert "unknown or was revoked" in warning
    assert "ringside_wrong" not in warning
    client.close(0)


def test_a_session_of_somebody_else_is_refused_in_plain_words(server: Server, warnings_of_ringside: Warnings) -> None:
    client = ringside.Client(server.url, KEY)
    session = client.session("deleted-meanwhile")
    take_steps(session, 1)
    assert client.flush(10)
    server.http.delete("/api/sessions/deleted-meanwhile").raise_for_status()
    take_steps(session, 1)
    assert client.flush(10), "what is refused does not wait"
    [warning] = warnings_of_ringside()
    assert "there is no such session" in warning
    client.close()


def test_one_event_that_is_refused_takes_no_other_with_it(server: Server, warnings_of_ringside: Warnings) -> None:
    client = ringside.Client(server.url, KEY)
    session = client.session("one-bad")
    take_steps(session, 5)
    client.put(session.id, b'{"type":"nonsense"}')
    take_steps(session, 5, first=5)
    assert client.flush(10)
    assert actions(server, "one-bad") == numbered(10)
    [warning] = warnings_of_ringside()
    assert "one-bad" in warning
    client.close()


def test_without_an_address_nothing_happens_and_that_is_said_once(warnings_of_ringside: Warnings) -> None:
    client = ringside.Client()
    with client.session("nowhere") as session, session.run("Work"):
        take_steps(session, 10)
        session.say("Done.")
    assert client.flush(1)
    [warning] = warnings_of_ringside()
    assert "RINGSIDE_URL" in warning


def test_without_an_address_no_value_is_looked_at() -> None:
    class Watched:
        looked_at = False

        def __repr__(self) -> str:
            self.looked_at = True
            return "Watched"

    watched = Watched()
    with ringside.Client().session("nowhere") as session, session.step("Only", input=watched):
        pass
    assert not watched.looked_at


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "http://", "https:// "])
def test_an_address_that_is_none_is_said_in_plain_words(url: str, warnings_of_ringside: Warnings) -> None:
    assert ringside.Client(url, KEY).settings is None
    [warning] = warnings_of_ringside()
    assert "is not the address of a server" in warning


def test_the_key_is_in_no_representation(server: Server) -> None:
    client = ringside.Client(server.url, KEY)
    session = client.session("shown")
    for shown in (client, client.settings, session, session.run("?"), session.step("?"), vars(client)):
        assert KEY not in repr(shown)
    client.close()


def test_no_log_holds_the_key(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for key in (KEY, "ringside_wrong-canary"):
        client = ringside.Client(server.url, key)
        take_steps(client.session("logged"), 2)
        client.flush(1)
        client.close(0)
    assert caplog.records
    assert KEY not in caplog.text
    assert "canary" not in caplog.text


def test_a_handler_of_log_lines_may_emit(server: Server) -> None:
    client = ringside.Client(server.url, "ringside_wrong")
    session = client.session("handler")

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            session.say(record.getMessage())

    handler = Handler()
    logging.getLogger("ringside").addHandler(handler)
    try:
        take_steps(session, 1)
        assert not client.flush(1)
        assert session.step("Still here").begin().end() is None
    finally:
        logging.getLogger("ringside").removeHandler(handler)
        client.close(0)


def half_an_answer(request: Odd) -> None:
    request.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 1000\r\n\r\nhalf")
    request.wfile.flush()
    request.connection.close()


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (lambda request: request.reply(200, b"<html>Sign in to the hotel's network</html>"), "status 200"),
        (lambda request: request.reply(201, b"<html>"), "does not answer as a Ringside server"),
        (lambda request: request.reply(201, b"[]"), "does not answer as a Ringside server"),
        (lambda request: request.reply(500, b"<h1>Oops</h1>"), "status 500"),
        (lambda request: request.reply(301, Location="https://other.example.org/"), "redirects to https://other.example"),
        (lambda request: request.reply(401, b'{"error": "nested differently"}'), "status 401"),
        (lambda request: request.connection.close(), "cannot be reached"),
        (half_an_answer, "cannot be reached"),
    ],
)  # fmt: skip
def test_a_server_that_answers_oddly_is_named_and_nothing_is_lost(
    answers: Callable[[Odd], None], words: str, warnings_of_ringside: Warnings
) -> None:
    with odd_server(answers) as url:
        client = ringside.Client(url, KEY)
        take_steps(client.session("odd"), 2)
        assert not client.flush(1.0)
        assert words in "\n".join(warnings_of_ringside())
        assert len(warnings_of_ringside()) == 1
        client.close(0)
        assert "4 events could not be sent" in warnings_of_ringside()[-1]


def test_the_key_goes_to_no_other_address() -> None:
    seen: list[str] = []
    with (
        odd_server(lambda request: (seen.append(str(request.headers)), request.reply(201))[1]) as other,  # type: ignore[func-returns-value]
        odd_server(lambda request: request.reply(307, Location=other)) as url,
    ):
        client = ringside.Client(url, KEY)
        take_steps(client.session("redirected"), 1)
        assert not client.flush(0.5)
        client.close(0)
    assert seen == []


def test_what_is_asked_to_stop_in_the_dashboard_is_known_to_the_run(server: Server) -> None:
    client = ringside.Client(server.url, KEY)
    with client.session("stopping") as session, session.run("Work", id="nightly-1") as run:
        take_steps(session, 1)
        assert client.flush(10)
        assert not run.stop_requested
        asked = server.http.post("/api/runs/nightly-1/cancel", params={"session_id": "stopping"})
        assert asked.status_code == 202, asked.text
        take_steps(session, 1)
        assert client.flush(10)
        assert run.stop_requested
    assert client.flush(10)
    client.close()
    [kept] = server.http.get("/api/sessions/stopping/runs").json()["runs"]
    assert (kept["id"], kept["status"], kept["question"]) == ("nightly-1", "completed", "Work")


def test_telling_takes_microseconds(tmp_path: Path) -> None:
    """The median of many, for the machine does other things, too; the limit is that of the documentation."""
    client = ringside.Client("http://127.0.0.1:9", KEY)
    session = client.session("fast")
    took = []
    for number in range(3_000):
        begun = time.perf_counter()
        session.step(f"Step {number % 10}", agent="Builder", kind="tool", input={"target": "all"}).begin()
        took.append(time.perf_counter() - begun)
    client.close(0)
    assert sorted(took)[len(took) // 2] < 100e-6


def test_what_sending_needs_is_loaded_by_the_program_itself(server: Server) -> None:
    """In the background, it could meet the program loading the same modules, and one of the two fails."""
    assert ran("ringside.init()\nprint({'httpx', 'httpcore', 'certifi'} <= set(sys.modules))\n", server) == "True\n"


def test_a_thread_is_started_only_when_something_is_told(server: Server) -> None:
    before = threading.active_count()
    client = ringside.Client(server.url, KEY)
    client.session("quiet")
    assert threading.active_count() == before
    assert client.flush(1)
    assert os.getpid()
