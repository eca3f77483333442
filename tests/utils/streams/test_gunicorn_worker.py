"""Real gunicorn, started as users start it: streams cost no thread, and nothing of its own ways is lost."""

import http.client
import inspect
import logging
import os
import re
import selectors
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gunicorn as gunicorn_package
import pytest
from gunicorn.arbiter import Arbiter
from gunicorn.http import wsgi
from gunicorn.http.wsgi import Response
from gunicorn.workers.gthread import TConn, ThreadWorker

from tests.support.account import HEADERS
from tests.support.events import activity, fill, run_update, wire
from tests.support.gunicorn import (
    HttpStream,
    Server,
    allow_descriptors,
    gunicorn,
    read_all,
    request,
    resident_kilobytes,
    sockets_of,
    threads_of,
)
from tests.support.processes import environment, free_port, process
from tests.support.sse import logged
from tests.support.waiting import wait_until
from utils.database.base import Database, DatabaseLostError
from utils.database.sqlite import SqliteDatabase
from utils.doorbell.pipe import PipeDoorbell
from utils.log.activity_log import ActivityLog
from utils.log.errors import StorageFullError
from utils.log.opening import open_log
from utils.project import PROJECT
from utils.sessions.deletion import SessionDeletion
from utils.sessions.new_session import emitted_session
from utils.settings import Settings
from utils.streams import gunicorn_worker
from utils.streams.gunicorn_worker import StreamingWorker

STREAM = "/sse/agent-activity/s1"


@pytest.fixture(scope="module")
def one_worker(
    tmp_path_factory: pytest.TempPathFactory, migrated: Path
) -> Iterator[tuple[Server, ActivityLog, Database]]:
    """A server of one worker, shared by the tests that leave it as it was, and the log it serves."""
    folder = tmp_path_factory.mktemp("served") / "data"
    folder.mkdir()
    shutil.copy(migrated, folder / "ringside.db")
    database, doorbell = SqliteDatabase(Settings(_env_file=None, data_dir=folder)), PipeDoorbell(folder)
    with gunicorn(folder, heartbeat_seconds=2) as server:
        yield server, open_log(database, doorbell, emitted_session), database
    doorbell.close()
    database.close()


@pytest.fixture
def served(one_worker: tuple[Server, ActivityLog, Database]) -> Server:
    """That server, with a session of 30 events, as if there had never been another of its name."""
    server, log, database = one_worker
    SessionDeletion(database, log).delete("s1")
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM deleted_sessions")
    fill(log, "s1", 30)
    return server


@pytest.fixture
def served_log(one_worker: tuple[Server, ActivityLog, Database]) -> ActivityLog:
    return one_worker[1]


def metric(server: Server, name: str) -> float:
    found = re.search(rb"^" + name.encode() + rb"(?:\{.*\})? (\S+)$", server.get("/metrics"), re.MULTILINE)
    return float(found[1]) if found else 0.0


# What the hand-off relies on


def test_gunicorn_is_the_pinned_one() -> None:
    pins = dict(line.split("==") for line in (PROJECT / "requirements.txt").read_text().splitlines() if "==" in line)
    assert gunicorn_package.__version__ == pins["gunicorn"]


def test_gunicorn_still_has_the_inner_parts_the_hand_off_relies_on() -> None:
    """When this fails after an upgrade, read streams/gunicorn_worker.py against gunicorn's gthread worker again."""
    assert list(inspect.signature(TConn.__init__).parameters)[1:3] == ["cfg", "sock"]
    assert list(inspect.signature(ThreadWorker.finish_request).parameters) == ["self", "conn", "fs"]
    assert list(inspect.signature(ThreadWorker.handle_exit).parameters) == ["self", "sig", "frame"]
    assert "self.nr_conns -= 1" in inspect.getsource(ThreadWorker.finish_request)
    assert "self.nr_conns += 1" in inspect.getsource(ThreadWorker.accept)
    assert "self.load_wsgi()" in inspect.getsource(ThreadWorker.__mro__[1].init_process)
    assert "self.wsgi(environ, resp.start_response)" in inspect.getsource(ThreadWorker.handle_request)
    assert "must_close" in inspect.getsource(Response.force_close)
    assert "self.headers_sent" in inspect.getsource(Response.send_headers)
    assert "self.chunked" in inspect.getsource(Response.close)
    assert '"gunicorn.socket": sock' in inspect.getsource(wsgi)


def test_a_worker_told_to_stop_while_it_still_loads_the_app_stops() -> None:
    """SIGTERM may come before there is anything to say goodbye to."""
    worker = StreamingWorker.__new__(StreamingWorker)
    woken: list[object] = []
    worker.alive = True
    worker.method_queue = SimpleNamespace(defer=woken.append)
    worker.handle_exit(signal.SIGTERM, None)
    assert worker.alive is False
    assert woken


def test_a_worker_that_starts_while_the_database_is_away_leaves_the_others_their_streams(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """gunicorn ends all workers when one ends with either of the codes for an application that cannot be loaded."""

    def load(_: object) -> None:
        raise DatabaseLostError("The database does not answer.")

    worker = StreamingWorker.__new__(StreamingWorker)
    worker.log = logging.getLogger("gunicorn")
    monkeypatch.setattr(ThreadWorker, "load_wsgi", load)
    with pytest.raises(SystemExit) as ended:
        worker.load_wsgi()
    assert ended.value.code not in (0, Arbiter.WORKER_BOOT_ERROR, Arbiter.APP_LOAD_ERROR)
    assert "does not answer" in caplog.text


# Streams over HTTP


def test_a_stream_is_the_log_byte_by_byte_and_goes_on_live(served: Server, served_log: ActivityLog) -> None:
    with served.watch("s1") as reader:
        reader.until_cursor(30)
        served_log.append("s1", [activity()])
        reader.until_cursor(31)
        assert reader.logged == wire(served_log, "s1")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_head_says_that_the_connection_ends_with_the_stream(served: Server, version: str) -> None:
    client = served.connect()
    client.sendall(request(STREAM, version=version))
    with HttpStream(client) as reader:
        head = reader.head.decode("latin-1").lower()
        reader.until_cursor(30)
    assert reader.status == 200
    assert "\r\nconnection: close" in head
    assert "\r\ncontent-type: text/event-stream; charset=utf-8" in head
    assert "\r\ncache-control: no-store, no-transform" in head
    assert "\r\nx-accel-buffering: no" in head
    assert "transfer-encoding" not in head
    assert "content-length" not in head


def test_head_gets_a_head_and_no_stream(served: Server) -> None:
    client = served.connect()
    client.sendall(request(STREAM, "Connection: close", method="HEAD"))
    with client:
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\n")


def test_a_kept_alive_connection_serves_requests_and_then_a_stream(served: Server, served_log: ActivityLog) -> None:
    assert isinstance(served.address, tuple)
    connection = http.client.HTTPConnection(*served.address, timeout=10)
    for _ in range(3):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b'{"status":"ok"}'
    assert connection.sock is not None
    client = connection.sock
    client.sendall(request(STREAM, "Last-Event-ID: 29"))
    with HttpStream(client) as reader:
        reader.until_cursor(30)
        assert reader.logged == wire(served_log, "s1", after=29)
    connection.close()


def test_one_runs_stream_ends_and_a_reconnect_is_told_to_stop(served: Server, served_log: ActivityLog) -> None:
    with served.watch("s1", query="?run_id=run-a") as reader:
        reader.until_cursor(29)
        served_log.append("s1", [run_update("s1", "run-a", "completed")])
        reader.until_end()
        assert reader.seqs[-1] == 31
    client = served.connect()
    client.sendall(request(STREAM + "?run_id=run-a", "Last-Event-ID: 31"))
    with HttpStream(client) as stopped:
        assert stopped.status == 204


def test_a_posted_message_may_be_answered_with_its_stream(served: Server) -> None:
    body = b'{"content": "Why?"}'
    client = served.connect()
    head = request(
        "/api/sessions/s1/messages",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Accept: text/event-stream",
        method="POST",
    )
    client.sendall(head + body)
    with HttpStream(client) as reader:
        reader.until(lambda r: r.of_type("runUpdate"))
        assert reader.of_type("runUpdate")[0].json()["question"] == "Why?"


def test_errors_of_a_stream_are_ordinary_answers(served: Server) -> None:
    client = served.connect()
    client.sendall(request("/sse/agent-activity/nowhere", "Connection: close"))
    with client:
        assert b'"not_found"' in read_all(client)


@pytest.mark.any_database
def test_a_unix_socket_behind_a_proxy_serves_streams(log: ActivityLog, settings: Settings, tmp_path: Path) -> None:
    fill(log, "s1", 5)
    with gunicorn(settings.data_path, bind=str(tmp_path / "g.sock")) as server, server.watch("s1") as reader:
        reader.until_cursor(5)
        log.append("s1", [activity()])
        reader.until_cursor(6)


# Many


def test_thousands_of_streams_cost_no_thread_and_little_memory(served: Server, served_log: ActivityLog) -> None:
    allow_descriptors(6144)
    [worker] = served.workers
    clients: list[socket.socket] = []
    with selectors.DefaultSelector() as selector:

        def open_streams(count: int) -> int:
            """The worker's resident kilobytes, when ``count`` more streams are open."""
            for _ in range(count):
                client = served.connect()
                client.sendall(request(STREAM, "Last-Event-ID: 30"))
                clients.append(client)
                selector.register(client, selectors.EVENT_READ, bytearray())
            wait_until(lambda: metric(served, "ringside_streams_open") == len(clients), 20)
            return resident_kilobytes(worker)

        # A burst of first requests fills the pages of threads and caches once, however many streams follow.
        memory = open_streams(1000)
        assert (open_streams(2000) - memory) / 2000 < 4
        # The pool, the main thread, the loop, the reader of the log, the watch, and those that answer operators.
        assert threads_of(worker) <= 8 + 4 + 3
        assert served.answers()
        served_log.append("s1", [activity(details="to all")])
        waiting, deadline = set(clients), time.monotonic() + 15
        while waiting and time.monotonic() < deadline:
            for key, _ in selector.select(1):
                key.data.extend(key.fileobj.recv(65536))  # type: ignore[union-attr]
                if b"id: 31\n" in key.data:
                    waiting.discard(key.fileobj)  # type: ignore[arg-type]
        assert not waiting
        for client in clients:
            client.close()
    wait_until(lambda: metric(served, "ringside_streams_open") == 0, 20)


@pytest.mark.any_database
def test_connections_are_counted_right(log: ActivityLog, settings: Settings, tmp_path: Path) -> None:
    """Too high, and the worker stops accepting after a while; too low, and its limit means nothing."""
    fill(log, "s1", 5)
    counted = tmp_path / "connections"
    arguments = ["--worker-class", "tests.support.counting_worker.CountingWorker", "--worker-connections", "20"]
    with gunicorn(settings.data_path, *arguments, heartbeat_seconds=2, connections_file=counted) as server:
        readers = [server.watch("s1") for _ in range(100)]
        for reader in readers:
            reader.until_cursor(5)
        wait_until(lambda: counted.read_text() == "0", what="no connection counted while 100 streams are open")
        assert isinstance(server.address, tuple)
        connection = http.client.HTTPConnection(*server.address, timeout=10)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        wait_until(lambda: counted.read_text() == "1", what="one kept-alive connection counted")
        for reader in readers:
            reader.leave()
        connection.close()
        wait_until(lambda: counted.read_text() == "0")
        assert server.answers()


def test_clients_that_leave_early_leave_nothing_behind(served: Server, served_log: ActivityLog) -> None:
    [worker] = served.workers
    served.watch("s1").leave()
    wait_until(lambda: metric(served, "ringside_streams_open") == 0)
    before = sockets_of(worker)
    for number in range(60):
        client = served.connect()
        data = request(STREAM)
        client.sendall(data[: len(data) // 2] if number % 3 == 0 else data)
        if number % 3 == 1:
            client.recv(10)
        client.close()
    wait_until(lambda: sockets_of(worker) <= before, 20, "all descriptors given back")
    assert served.answers()
    with served.watch("s1") as reader:
        reader.until_cursor(30)


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def test_a_client_that_ends_in_the_middle_of_its_head_does_not_keep_the_worker_busy(served: Server) -> None:
    [worker] = served.workers
    with served.connect() as client:
        client.sendall(request(STREAM)[:20])
        client.shutdown(socket.SHUT_WR)
        before = processor_seconds(worker)
        assert read_all(client) == b""
        assert processor_seconds(worker) - before < 0.5


def test_stalled_readers_leave_the_server_lively(served: Server, served_log: ActivityLog) -> None:
    [worker] = served.workers
    served_log.append("s1", [activity(details="x" * 5000) for _ in range(2000)])
    memory = resident_kilobytes(worker)
    stalled = [served.watch("s1", buffers=4096) for _ in range(40)]
    with served.watch("s1", cursor=2030) as lively:
        lively.until(lambda r: r.events)
        began = time.monotonic()
        served_log.append("s1", [activity()])
        lively.until_cursor(2031)
        assert time.monotonic() - began < 2
    assert (resident_kilobytes(worker) - memory) / len(stalled) < 64 + 40 * 4  # of which the shared pieces are most
    stalled[0].until_cursor(200)
    assert stalled[0].seqs == list(range(1, len(stalled[0].seqs) + 1))
    for reader in stalled:
        reader.leave()


# Several workers, and their ends


def test_any_worker_serves_any_cursor(log: ActivityLog, settings: Settings) -> None:
    whole = fill(log, "s1", 20)
    with gunicorn(settings.data_path, web_concurrency=2) as server:
        wait_until(lambda: len(server.workers) == 2)
        for cut in range(21):
            with server.watch("s1") as first:
                first.until_cursor(cut)
            with server.watch("s1", cursor=cut) as second:
                second.until(lambda r, cut=cut: r.events if cut == 20 else r.cursor == 20)
            before = b"".join(frame + b"\n\n" for frame in first.logged.split(b"\n\n")[:cut])
            assert before + second.logged == whole


def test_streams_of_all_workers_hear_of_an_event_at_once(log: ActivityLog, settings: Settings) -> None:
    fill(log, "s1", 1)
    with gunicorn(settings.data_path, web_concurrency=2) as server:
        wait_until(lambda: len(server.workers) == 2)
        readers = [server.watch("s1", cursor=1) for _ in range(30)]
        for reader in readers:
            reader.until(lambda r: r.events)
        for seq in range(2, 12):  # by polling this would take ten seconds
            log.append("s1", [activity()])
            for reader in readers:
                reader.until_cursor(seq, seconds=5)
        for reader in readers:
            assert reader.logged == wire(log, "s1", after=1)
            reader.leave()


def test_kill_9_of_a_worker_under_streams_loses_and_doubles_nothing(log: ActivityLog, settings: Settings) -> None:
    """Each worker is killed once, so that every stream is cut off at least once, somewhere in a frame or not."""
    fill(log, "s1", 10)
    stop = threading.Event()

    def emit() -> None:
        while not stop.is_set():
            log.append("s1", [activity(details="x" * 300)])
            stop.wait(0.002)

    with ExitStack() as stack:
        server = stack.enter_context(gunicorn(settings.data_path, web_concurrency=2))
        wait_until(lambda: len(server.workers) == 2)
        clients = [[stack.enter_context(server.watch("s1"))] for _ in range(8)]
        emitter = threading.Thread(target=emit)
        emitter.start()
        try:
            for worker in sorted(server.workers):
                for parts in clients:
                    parts[-1].until(lambda r: len(r.seqs) >= 5 or r.ended)
                os.kill(worker, signal.SIGKILL)
                wait_until(lambda worker=worker: worker not in server.workers)
                for parts in clients:
                    while parts[-1].read_some(0.01) and len(parts[-1].seqs) < 1000:
                        pass
                    if parts[-1].ended:
                        parts.append(stack.enter_context(resumed(server, parts)))
        finally:
            stop.set()
            emitter.join()
        position = log.position("s1")
        assert position is not None
        for parts in clients:
            while cursor_of(parts) < position.head:
                if parts[-1].ended:
                    parts.append(stack.enter_context(resumed(server, parts)))
                parts[-1].read_some(5)
            assert len(parts) > 1
            assert [seq for part in parts for seq in part.seqs] == list(range(1, position.head + 1))


def cursor_of(parts: list[HttpStream]) -> int:
    """What a client that has reconnected a few times has seen last."""
    return max(part.cursor for part in parts)


def resumed(server: Server, parts: list[HttpStream]) -> HttpStream:
    """The client's next connection, once a worker answers again."""
    wait_until(server.answers)
    return server.watch("s1", cursor=cursor_of(parts))


@pytest.mark.any_database
def test_sigterm_ends_streams_with_a_goodbye_within_the_graceful_time(log: ActivityLog, settings: Settings) -> None:
    fill(log, "s1", 10)
    with gunicorn(settings.data_path, web_concurrency=2, graceful_seconds=5) as server:
        readers = [server.watch("s1") for _ in range(20)]
        stalled = [server.watch("s1", buffers=4096) for _ in range(3)]
        for reader in readers:
            reader.until_cursor(10)
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        for reader in readers:
            reader.until_end(5)
            assert reader.received.endswith(b"retry: %d\n\n" % (reader.decoder.retry or 0))
            assert 200 <= (reader.decoder.retry or 0) <= 3000
        wait_until(lambda: not server.workers, 5)
        assert time.monotonic() - began < 5
        assert len({reader.decoder.retry for reader in readers}) > 5
        for reader in [*readers, *stalled]:
            reader.leave()


@pytest.mark.any_database
def test_ctrl_c_ends_a_server_with_open_streams(log: ActivityLog, settings: Settings) -> None:
    fill(log, "s1", 10)
    with gunicorn(settings.data_path) as server, server.watch("s1") as reader:
        reader.until_cursor(10)
        server.signal(signal.SIGINT)
        reader.until_end(5)
        wait_until(lambda: not server.workers, 5)


def test_a_reload_moves_the_streams_to_new_workers(log: ActivityLog, settings: Settings) -> None:
    fill(log, "s1", 10)
    with gunicorn(settings.data_path, web_concurrency=2) as server:
        wait_until(lambda: len(server.workers) == 2)
        old = server.workers
        with server.watch("s1") as reader:
            reader.until_cursor(10)
            server.signal(signal.SIGHUP)
            reader.until_end(10)
            assert b"retry: " in reader.received.rpartition(b"id: 10\n")[2]
        log.append("s1", [activity()])
        wait_until(lambda: not (server.workers & old) and len(server.workers) == 2, 10)
        with server.watch("s1", cursor=reader.cursor) as again:
            again.until_cursor(11)
            assert again.seqs == [11]


def test_a_full_disk_refuses_events_and_leaves_streams_and_reading_alone(
    served: Server, served_log: ActivityLog
) -> None:
    with served.watch("s1") as reader:
        reader.until_cursor(30)
        raw: Any = served_log._store._connection()
        raw.execute("VACUUM")  # what earlier tests have left free is no room
        raw.execute(f"PRAGMA max_page_count={raw.execute('PRAGMA page_count').fetchone()[0]}")
        with pytest.raises(StorageFullError):
            served_log.append("s1", [activity(details="x" * 100_000)])
        reader.until(lambda r: len(r.of_type("heartbeat")) >= 2)
        raw.execute("PRAGMA max_page_count=1000000")
        served_log.append("s1", [activity()])
        reader.until_cursor(31)
        assert reader.logged == wire(served_log, "s1")


@pytest.mark.any_database
def test_any_other_server_iterates_over_the_same_stream(log: ActivityLog, settings: Settings, tmp_path: Path) -> None:
    """The development server of `python main.py`: a thread for each stream, the same bytes."""
    whole, port = fill(log, "s1", 30), free_port()
    env = environment(settings.data_path, port=port, agent_processes=0)
    with process(["main.py"], env, tmp_path / "main.log") as server:
        development = Server(server.pid, ("127.0.0.1", port), tmp_path / "main.log")
        wait_until(development.answers, 20)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", STREAM, headers=HEADERS)
        response, received = connection.getresponse(), b""
        assert response.status == 200
        while b"id: 30\n" not in received:
            received += response.read1()
        log.append("s1", [activity()])
        while not received.endswith(wire(log, "s1", after=30)):
            received += response.read1()
        response.close()
        connection.close()
    assert logged(received) == whole + wire(log, "s1", after=30)


def test_who_takes_nothing_of_an_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gunicorn_worker, "_WRITE_SECONDS", 1)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with gunicorn_worker._bounded_waits(ours):
            assert ours.gettimeout() == 30
        assert ours.gettimeout() is None, "a large piece may take longer as long as it moves"
        with pytest.raises(BlockingIOError):
            ours.sendall(b"x" * 10_000_000)
