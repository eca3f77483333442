"""The audit trail is streamed: every entry, in order, signed; through outages and kills, and by one process of all."""

import os
import re
import signal
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
from sqlalchemy import delete, select, update
from standardwebhooks.webhooks import Webhook

from agents.processes.audit_webhook import WebhookTarget
from tests.support.account import EMAIL, prepare_data
from tests.support.foreign_server import ForeignServer, Received, answer
from tests.support.processes import environment, free_port, process
from tests.support.waiting import wait_until
from utils.accounts.audit import Audit
from utils.accounts.principal import TeamRecord
from utils.accounts.sign_in_attempts import Attempt, SignInAttempts
from utils.accounts.users import Users, add_team
from utils.bridge import audit_stream
from utils.bridge.audit_positions import AuditPositions
from utils.bridge.audit_stream import AuditStream, NotDeliveredError, Target
from utils.bridge.syslog import SyslogTarget
from utils.database.base import Database, DatabaseLostError, LeaderLock
from utils.database.opening import open_database
from utils.database.tables import audit, audit_chains, audit_positions
from utils.sessions.deletion import SessionDeletion
from utils.sessions.documents import Documents
from utils.sessions.retention import Retention
from utils.settings import Settings

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_RFC_5424 = re.compile(
    r"<110>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+) ringside - audit "
    r'\[audit@32473((?: \w+="(?:[^"\\\]]|\\["\\\]])*")+)\] \ufeff(.*)',
    re.DOTALL,
)


@pytest.fixture
def team(database: Database) -> TeamRecord:
    return Users(database).with_email(EMAIL)[0][1]


@pytest.fixture
def note(database: Database, team: TeamRecord) -> Callable[..., None]:
    def note(*actions: str, of: TeamRecord = team) -> None:
        for action in actions:
            Audit(database).note(of.key, action, 'Ada "A]" \\ <ada@example.org>\n', "ü", "192.0.2.1", "r")

    return note


class Pauses(threading.Event):
    """Counts how often somebody waited for it."""

    count = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.count += 1
        return super().wait(timeout)


@contextmanager
def streaming(database: Database, target: Target) -> Iterator[Pauses]:
    stopping = Pauses()
    thread = threading.Thread(target=AuditStream(database, target).stream, args=(stopping,))
    thread.start()
    try:
        yield stopping
    finally:
        stopping.set()
        thread.join(30)
        assert not thread.is_alive()


def taken(receiver: ForeignServer) -> list[str]:
    """Of requests that were whole: a kill may break one off."""
    asked = [one for one in receiver.asked("POST", "/audit") if len(one.body) == int(one.headers["content-length"])]
    return [one.json()["data"]["action"] for one in asked]


def hook(settings: Settings, receiver: ForeignServer, **changes: object) -> WebhookTarget:
    return WebhookTarget(
        Settings(
            _env_file=None, data_dir=settings.data_dir, audit_webhook_url=f"{receiver.url}/audit",
            audit_webhook_secret=SECRET, **changes,
        )
    )  # fmt: skip


def fine(_: Received) -> Iterator[bytes]:
    yield from answer(204)


@pytest.fixture
def receiver() -> Iterator[ForeignServer]:
    with ForeignServer({("POST", "/audit"): fine}) as server:
        yield server


def test_each_entry_is_a_signed_request_and_comes_once_in_order(
    settings: Settings, database: Database, team: TeamRecord, note: Callable[..., None], receiver: ForeignServer
) -> None:
    note("before")
    with streaming(database, hook(settings, receiver)):
        wait_until(lambda: taken(receiver) == ["before"])
        note("one", "two")
        wait_until(lambda: taken(receiver) == ["before", "one", "two"])
    for seq, request in enumerate(receiver.received, 1):
        told = Webhook(SECRET).verify(request.body, dict(request.headers))
        assert (told["type"], told["data"]["seq"], told["data"]["team"]) == ("audit.entry", seq, team.id)
        assert request.headers["webhook-id"] == f"{team.id}.{seq}.{told['data']['hash'][:12]}"
    line = Audit(database).page(team.key).items[0]
    last = receiver.received[-1].json()["data"]
    assert (last["hash"], last["actor"], last["address"]) == (line.hash, line.actor, "192.0.2.1")
    with streaming(database, hook(settings, receiver)):
        note("three")
        wait_until(lambda: taken(receiver)[3:] == ["three"])


@pytest.fixture
def pier(database: Database) -> TeamRecord:
    with database.write() as connection:
        return add_team(connection, "Pier")


def test_entries_of_every_team_go(
    settings: Settings, database: Database, note: Callable[..., None], receiver: ForeignServer, pier: TeamRecord
) -> None:
    note("here")
    note("there", of=pier)
    with streaming(database, hook(settings, receiver)):
        wait_until(lambda: sorted(taken(receiver)) == ["here", "there"])


@pytest.mark.any_database
def test_what_is_written_after_a_restore_passes_for_nothing_that_was_sent_before(
    settings: Settings, database: Database, team: TeamRecord, note: Callable[..., None], receiver: ForeignServer
) -> None:
    """Receivers drop what has an id that they know."""
    note("one")
    with database.read() as connection:
        [head] = connection.execute(select(audit_chains.c.seq, audit_chains.c.hash)).all()
    note("two")
    with streaming(database, hook(settings, receiver)):
        wait_until(lambda: taken(receiver) == ["one", "two"])
    with database.write() as connection:  # as a copy from between the two
        connection.execute(delete(audit).where(audit.c.seq == 2))
        connection.execute(update(audit_chains).values(seq=head.seq, hash=head.hash))
        connection.execute(update(audit_positions).values(seq=1))
    note("three")
    with streaming(database, hook(settings, receiver)):
        wait_until(lambda: taken(receiver) == ["one", "two", "three"])
    assert len({one.headers["webhook-id"] for one in receiver.received}) == 3


def test_entries_that_somebody_deleted_are_told_of_and_not_asked_for_without_a_pause(
    settings: Settings, database: Database, team: TeamRecord, note: Callable[..., None], receiver: ForeignServer,
    pier: TeamRecord, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(audit_stream, "_LOOK_SECONDS", 0.05)
    note("one", "two", "three")
    with database.write() as connection:
        connection.execute(delete(audit).where(audit.c.seq > 1))
    with streaming(database, hook(settings, receiver)) as stopping:
        wait_until(lambda: taken(receiver) == ["one"])
        pauses = stopping.count
        wait_until(lambda: stopping.count > pauses + 3)
        note("there", of=pier)
        wait_until(lambda: taken(receiver) == ["one", "there"])
    [told] = [one.getMessage() for one in caplog.records if "are missing" in one.getMessage()]
    assert told.startswith(f"The audit trail of {team.id} ends at 3, and entries from 2 on are missing.")


@pytest.mark.any_database
def test_an_outage_is_told_and_nothing_is_lost_by_it(
    settings: Settings, database: Database, note: Callable[..., None], receiver: ForeignServer,
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(audit_stream, "_LOOK_SECONDS", 0.05)
    refused = [500, 503, 404, 302]

    def broken(_: Received) -> Iterator[bytes]:
        yield from answer(refused.pop(0) if refused else 200)

    receiver.answers["POST", "/audit"] = broken
    note("one", "two", "three")
    with streaming(database, hook(settings, receiver)):
        wait_until(lambda: taken(receiver)[-3:] == ["one", "two", "three"], 20)
    assert taken(receiver) == ["one"] * 5 + ["two", "three"]
    told = [record.getMessage() for record in caplog.records if "streamed to webhook" in record.getMessage()]
    assert told[0].startswith("The audit trail cannot be streamed to webhook; it is tried again until it works")
    for why, line in zip(("503", "(404). Check its address", "another address"), told[1:-1], strict=True):
        assert "it goes on for another reason: " in line
        assert why in line
    assert "that is over" in told[-1]


@pytest.mark.any_database
def test_what_was_taken_before_an_entry_that_is_not_is_not_sent_again(
    settings: Settings, database: Database, team: TeamRecord, note: Callable[..., None], receiver: ForeignServer
) -> None:
    receiver.answers["POST", "/audit"] = lambda call: answer(500 if call.json()["data"]["action"] == "two" else 200)
    note("one", "two", "three")
    positions = AuditPositions(database, "webhook")
    with streaming(database, hook(settings, receiver)):
        wait_until(lambda: taken(receiver).count("two") > 1, 20)
        [behind] = positions.behind()
        assert (behind.after, behind.entries) == (1, 2)
    assert taken(receiver).count("one") == 1
    assert "three" not in taken(receiver)


@pytest.mark.any_database
def test_an_entry_that_is_refused_holds_up_no_other_team_and_goes_without_its_names_in_the_end(
    settings: Settings, database: Database, team: TeamRecord, receiver: ForeignServer, pier: TeamRecord,
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """As by a firewall that takes what a stranger's browser is called for an attack."""
    monkeypatch.setattr(audit_stream, "_LOOK_SECONDS", 0.05)
    receiver.answers["POST", "/audit"] = lambda call: answer(403 if b"<script>" in call.body else 204)
    for action, subject in (("one", ""), ("two", "<script>"), ("three", "")):
        Audit(database).note(team.key, action, "Ada", subject)
    Audit(database).note(pier.key, "there", "Fay")
    with streaming(database, hook(settings, receiver)):
        wait_until(lambda: taken(receiver)[-1:] == ["three"], 20)
    assert taken(receiver) == ["one", "two", "there", "two", "two", "two", "three"]
    sent = [one.json()["data"] for one in receiver.received if one.json()["data"]["action"] == "two"]
    left_out = "(left out: the entry was refused with it)"
    assert [one["subject"] for one in sent] == ["<script>"] * 3 + [left_out]
    assert sent[-1]["actor"] == left_out
    assert len({(one["seq"], one["hash"]) for one in sent}) == 1
    [told] = [one.getMessage() for one in caplog.records if "without its actor and subject" in one.getMessage()]
    assert "entry 2 of" in told


@pytest.mark.any_database
@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_target_that_refuses_everything_costs_no_entry_its_names(
    settings: Settings, database: Database, note: Callable[..., None], receiver: ForeignServer,
    monkeypatch: pytest.MonkeyPatch, status: int,
) -> None:  # fmt: skip
    """As with a wrong secret, which is mended some day."""
    monkeypatch.setattr(audit_stream, "_LOOK_SECONDS", 0.05)
    receiver.answers["POST", "/audit"] = lambda _: answer(status)
    note("one", "two")
    with streaming(database, hook(settings, receiver)):
        wait_until(lambda: len(taken(receiver)) > 5, 20)
        receiver.answers["POST", "/audit"] = fine
        wait_until(lambda: "two" in taken(receiver), 20)
    last, two = receiver.received[-2:]
    assert [last.json()["data"][name] for name in ("action", "subject")] == ["one", "ü"]
    assert two.json()["data"]["subject"] == "ü"


@pytest.mark.any_database
def test_one_process_of_all_streams(
    settings: Settings, note: Callable[..., None], receiver: ForeignServer, database: Database
) -> None:
    other = open_database(settings)
    with closing(other), streaming(database, hook(settings, receiver)), streaming(other, hook(settings, receiver)):
        note(*(f"action {number}" for number in range(30)))
        wait_until(lambda: len(taken(receiver)) == 30)
        note("last")
        wait_until(lambda: "last" in taken(receiver))
    assert taken(receiver) == [*(f"action {number}" for number in range(30)), "last"]


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("changes", "words"),
    [({"agent_hosts": "example.org"}, "AGENT_HOSTS"), ({"audit_webhook_url": "http://169.254.169.254/latest"}, ".")],
)
def test_an_address_that_the_rules_forbid_gets_nothing(
    settings: Settings, database: Database, team: TeamRecord, note: Callable[..., None], receiver: ForeignServer,
    changes: dict[str, str], words: str,
) -> None:  # fmt: skip
    note("one")
    given = {"audit_webhook_url": f"{receiver.url}/audit", "audit_webhook_secret": SECRET, **changes}
    target = WebhookTarget(Settings(_env_file=None, data_dir=settings.data_dir, **given))
    line = Audit(database).page(team.key).items[0]

    def send_one() -> None:
        with target.connected() as (send, _):
            send(team.id, line)

    with pytest.raises(NotDeliveredError, match=words):
        send_one()
    assert receiver.received == []


@pytest.mark.any_database
def test_what_has_not_been_streamed_is_not_removed_by_age(
    settings: Settings, database: Database, team: TeamRecord, note: Callable[..., None], log: Any, clock: Any
) -> None:
    note("one", "two", "three")
    AuditPositions(database, "webhook").write(team.key, 2)
    clock.move(days=9)
    changes = {
        "retain_audit_days": 1, "retention_grace_hours": 0, "audit_webhook_url": "https://example.org",
        "audit_webhook_secret": SECRET,
    }  # fmt: skip
    changed = Settings(_env_file=None, data_dir=settings.data_dir, **changes)
    Retention(changed, database, SessionDeletion(database, log), Documents(database)).remove_old()
    assert [line.action for line in Audit(database).page(team.key).items] == ["old audit entries removed", "three"]
    assert AuditPositions(database, "webhook").behind()[0].entries == 2


def test_a_kill_loses_nothing(tmp_path: Path, receiver: ForeignServer) -> None:
    """The supervisor that streams is killed again and again, while entries are written."""
    env = environment(
        tmp_path / "data", agent_processes=0, audit_webhook_url=f"{receiver.url}/audit", audit_webhook_secret=SECRET
    )
    prepare_data(Path(env["DATA_DIR"]))
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    with closing(open_database(settings)) as database:
        team = Users(database).with_email(EMAIL)[0][1]
        arguments = ["-m", "agents.processes.keeper", "--parent", str(os.getpid())]
        for turn in range(3):
            with process(arguments, env, tmp_path / "keeper.log") as keeper:
                for number in range(20):
                    Audit(database).note(team.key, f"action {20 * turn + number}", "Ada")
                wait_until(lambda turn=turn: len(set(taken(receiver))) > 20 * turn + 5, 30, "some entries")  # type: ignore[misc]
                keeper.send_signal(signal.SIGKILL)
                keeper.wait()
        with process(arguments, env, tmp_path / "keeper.log"):
            wait_until(lambda: len(set(taken(receiver))) == 60, 30, "all entries")
    first_seen = list(dict.fromkeys(taken(receiver)))
    assert first_seen == [f"action {number}" for number in range(60)], "each, and none before the one in front of it"


def test_a_failed_sign_in_is_chained_and_streamed_with_nothing_noted_after_it(
    tmp_path: Path, receiver: ForeignServer
) -> None:
    env = environment(
        tmp_path / "data", agent_processes=0, audit_webhook_url=f"{receiver.url}/audit", audit_webhook_secret=SECRET
    )
    prepare_data(Path(env["DATA_DIR"]))
    with closing(open_database(Settings(_env_file=None, data_dir=tmp_path / "data"))) as database:
        attempts = SignInAttempts(database)
        arguments = ["-m", "agents.processes.keeper", "--parent", str(os.getpid())]
        with process(arguments, env, tmp_path / "keeper.log"):
            for turn in (1, 2):
                attempts.failed(attempts.begin(Attempt(EMAIL, "192.0.2.1")))
                wait_until(lambda turn=turn: taken(receiver) == ["sign-in failed"] * turn, 20)  # type: ignore[misc]


class SyslogServer:
    """Takes what comes by RFC 6587 (octet counting), RFC 5425 or RFC 5426."""

    def __init__(self, scheme: str, context: ssl.SSLContext | None = None) -> None:
        self.messages: list[str] = []
        self.connections = 0
        self.refusing = False
        outer = self

        class Stream(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer.connections += 1
                if outer.refusing:
                    return
                while length := b"".join(iter(lambda: self.rfile.read(1), b" ")) if self.rfile.peek(1) else b"":
                    outer.messages.append(self.rfile.read(int(length)).decode())

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                outer.messages.append(self.request[0].decode())

        kind = socketserver.ThreadingUDPServer if scheme == "udp" else socketserver.ThreadingTCPServer
        self._server = kind(("127.0.0.1", 0), Datagram if scheme == "udp" else Stream)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.address = f"{scheme}://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def actions(self) -> list[str]:
        return [parsed(message)["action"] for message in self.messages]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def parsed(message: str) -> dict[str, str]:
    """Its structured data, with ``at``, ``host`` and ``words``. AssertionError for what is not RFC 5424."""
    match = _RFC_5424.fullmatch(message)
    assert match is not None, message
    at, host, data, words = match.groups()
    pairs = re.findall(r' (\w+)="((?:[^"\\\]]|\\.)*)"', data)
    return {name: re.sub(r"\\(.)", r"\1", value) for name, value in pairs} | {"at": at, "host": host, "words": words}


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Of a server whose certificate this process trusts."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(certificate, key)
    return made


@pytest.mark.any_database
@pytest.mark.parametrize("scheme", ["tcp", "tls", "udp"])
def test_syslog_gets_each_entry_as_rfc_5424(
    database: Database, team: TeamRecord, note: Callable[..., None], context: ssl.SSLContext, scheme: str
) -> None:
    note("one", "two")
    with SyslogServer(scheme, context if scheme == "tls" else None) as server:
        with streaming(database, SyslogTarget(server.address)):
            wait_until(lambda: server.actions == ["one", "two"])
            note("three")
            wait_until(lambda: server.actions == ["one", "two", "three"])
        found = parsed(server.messages[0])
    line = Audit(database).page(team.key).items[-1]
    assert found["actor"] == 'Ada "A]" \\ <ada@example.org> '
    assert (found["team"], found["seq"], found["hash"], found["subject"]) == (team.id, "1", line.hash, "ü")
    assert found["words"] == 'Ada "A]" \\ <ada@example.org> : one (ü)'
    assert found["host"] == socket.gethostname()


@pytest.mark.any_database
def test_a_server_that_nobody_vouches_for_gets_nothing(
    database: Database, note: Callable[..., None], context: ssl.SSLContext, team: TeamRecord,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.delenv("SSL_CERT_FILE")
    note("one")
    with SyslogServer("tls", context) as server, pytest.raises(NotDeliveredError, match="certificate"):
        SyslogTarget(server.address).connected().__enter__()
    assert server.messages == []


@pytest.mark.any_database
def test_a_syslog_server_that_hangs_up_gets_everything_later(
    database: Database, note: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_stream, "_LOOK_SECONDS", 0.05)
    note(*(f"action {number}" for number in range(150)))
    with SyslogServer("tcp") as server:
        server.refusing = True
        with streaming(database, SyslogTarget(server.address)):
            wait_until(lambda: server.connections > 1, 20)
            assert server.messages == []
            server.refusing = False
            wait_until(lambda: len(set(server.actions)) == 150, 30)
    assert list(dict.fromkeys(server.actions)) == [f"action {number}" for number in range(150)]


@pytest.mark.any_database
@pytest.mark.parametrize("leads", [True, False])
def test_an_outage_of_the_database_is_over_when_it_answers_though_there_is_nothing_to_send(
    database: Database, settings: Settings, receiver: ForeignServer, leads: bool, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    target = hook(settings, receiver)
    with streaming(database, target):
        wait_until(lambda: not AuditPositions(database, target.name).behind(), 20, "the entries of the set-up")
    caplog.clear()
    asked, lead = 0, database.lead

    def lead_after_an_outage(what: str) -> LeaderLock | None:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise DatabaseLostError("The database does not answer.")
        return lead(what) if leads else None

    monkeypatch.setattr(database, "lead", lead_after_an_outage)
    monkeypatch.setattr(audit_stream, "_LOOK_SECONDS", 0.01)
    with streaming(database, target):
        wait_until(lambda: "that is over" in caplog.text, 20, "a word about its end")
    assert len(caplog.records) == 2


@pytest.mark.any_database
def test_an_outage_of_the_target_goes_on_while_entries_wait_whoever_leads(
    database: Database, note: Callable[..., None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    note("user.created")
    asked, lead = 0, database.lead

    def lead_once(what: str) -> LeaderLock | None:
        nonlocal asked
        asked += 1
        return lead(what) if asked == 1 else None

    monkeypatch.setattr(database, "lead", lead_once)
    monkeypatch.setattr(audit_stream, "_LOOK_SECONDS", 0.01)
    with streaming(database, SyslogTarget(f"tcp://127.0.0.1:{free_port()}")):
        wait_until(lambda: asked > 10, 20, "more looks")
        assert len(caplog.records) == 1
