"""From the commit of an event to whoever is told of it: a web hook on this machine, and a person's browser.

And a bad minute: thousands of runs fail at once. The web hook gets each; the person a handful of messages, and the
database keeps a bounded number of rows for them.
"""

import base64
import secrets
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler
from statistics import median

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import func, select

from bench.measure import percentile
from bench.report import Figure
from bench.server import EMAIL, data_directory, ringside
from utils.accounts.users import Users
from utils.database.base import Database
from utils.database.opening import open_database
from utils.database.tables import noted, notices
from utils.doorbell.opening import open_doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import RunUpdate
from utils.log.opening import open_log
from utils.notices.rules import NoticeRules
from utils.notices.subscriptions import Endpoint, PushSubscriptions
from utils.registry.server_key import ServerKey
from utils.sessions.new_session import emitted_session
from utils.sessions.sessions import Sessions
from utils.settings import Settings

_SESSION = "bench-notices"
_PATIENCE_SECONDS = 300.0


class _Receiver(socketserver.ThreadingTCPServer):
    """Answers each request at once, and counts those of each path."""

    allow_reuse_address = daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        self.counts = {"/hook": 0, "/push": 0}
        self.heard = threading.Condition()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def wait(self, path: str, count: int) -> float:
        """When that many had arrived."""
        with self.heard:
            if not self.heard.wait_for(lambda: self.counts[path] >= count, _PATIENCE_SECONDS):
                raise TimeoutError(f"{self.counts[path]} of {count} requests to {path}")
        return time.monotonic()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Receiver

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        with self.server.heard:
            self.server.counts[self.path] += 1
            self.server.heard.notify_all()
        self.send_response(201)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: there are thousands."""


def figures(quick: bool) -> Iterator[Figure]:
    singles, flood = (40, 1_000) if quick else (100, 10_000)
    with ExitStack() as stack:
        receiver, data = stack.enter_context(_receiving()), stack.enter_context(data_directory())
        server = stack.enter_context(ringside(data, agent_processes=0, push_hosts="127.0.0.1"))
        settings = Settings(data_dir=server.data)
        database = stack.enter_context(closing(open_database(settings)))
        doorbell = stack.enter_context(closing(open_doorbell(database)))
        log = open_log(database, doorbell, emitted_session)
        _set_up(database, settings, receiver)
        _fail(log, 0, 1)
        receiver.wait("/hook", 1)
        receiver.wait("/push", 1)
        waits = [_told_in(log, receiver, number) for number in range(1, singles)]
        yield Figure(
            "Event stored to its web hook's request, median",
            f"{median(waits):.0f} ms (p95 {percentile(waits, 0.95):.0f} ms)",
            "< 1 s",
            median(waits) / 1000,
        )
        yield from _flood(database, log, receiver, singles, flood)


def _flood(database: Database, log: ActivityLog, receiver: _Receiver, before: int, count: int) -> Iterator[Figure]:
    pushed, began = receiver.counts["/push"], time.monotonic()
    for start in range(0, count, 100):
        _fail(log, before + start, 100)
    stored = time.monotonic()
    seconds = receiver.wait("/hook", before + count) - began
    with database.read() as connection:
        waiting = connection.scalar(select(func.count()).select_from(noted)) or 0
        of_person = connection.scalar(select(func.count()).where(notices.c.channel == "push")) or 0
    yield Figure(
        f"{count:,} runs that fail at once: stored in, all at the web hook in",
        f"{stored - began:.1f} s, {seconds:.1f} s ({count / seconds:,.0f} /s)",
        "< 60 s",
        seconds / 60,
    )
    yield Figure("  messages to the person's browser meanwhile", f"{receiver.counts['/push'] - pushed}")
    yield Figure("  rows for that browser, and events not looked at yet", f"{of_person}, {waiting}")


def _told_in(log: ActivityLog, receiver: _Receiver, number: int) -> float:
    """Milliseconds from the commit of one failure to the request."""
    stored = _fail(log, number, 1)
    return (receiver.wait("/hook", number + 1) - stored) * 1000


def _fail(log: ActivityLog, first: int, count: int) -> float:
    """Runs that fail; when that was stored."""
    numbers = range(first, first + count)
    log.append(_SESSION, [RunUpdate(session_id=_SESSION, run_id=f"r{number}", status="failed") for number in numbers])
    return time.monotonic()


def _set_up(database: Database, settings: Settings, receiver: _Receiver) -> None:
    """A session of the account, a web hook for the team, and a browser of the person."""
    user, key = Users(database).with_email(EMAIL)[0][0], ServerKey.of(settings)
    Sessions(database).create(_SESSION, owner=user)
    Sessions(database).change(_SESSION, shared=True)
    NoticeRules(database, key).add(user.team_key, "bench", "webhook", f"{receiver.url}/hook", ["run_failed"])
    form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    public = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(*form)
    endpoint = Endpoint(f"{receiver.url}/push", _base64url(public), _base64url(secrets.token_bytes(16)))
    PushSubscriptions(database, key).add(user.key, endpoint, "bench")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextmanager
def _receiving() -> Iterator[_Receiver]:
    receiver = _Receiver()
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()
