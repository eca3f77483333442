"""The process supervisor: keeps the agent processes of this machine and its bridge to Kafka alive, and tidies up.

gunicorn's master starts one keeper (`start_keeper`) and a thread that replaces it when it dies; the keeper starts the
agent processes and replaces those that die. Each level ends with the one above, even by kill -9
(agents/processes/lifetime.py). On a machine without agent processes it is there for the housekeeping alone.
"""

import argparse
import logging
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

from agents.checkpoints.checkpoints import open_checkpoints
from agents.processes.audit_webhook import WebhookTarget
from agents.processes.housekeeping import Housekeeping
from agents.processes.lifetime import STOPS, die_with_parent, heed_stops, stops_held
from agents.processes.notifier import Notifier
from agents.processes.owner import owner_name
from agents.processes.postman import postman_of
from agents.processes.pulse import PulseWatch
from agents.sandbox.isolation import protection
from utils.accounts.audit_strays import AuditStrays
from utils.accounts.error_log import ErrorLog
from utils.accounts.invitations import Invitations
from utils.accounts.kept_answers import KeptAnswers
from utils.accounts.password_links import PasswordLinks
from utils.accounts.sign_in_attempts import SignInAttempts
from utils.accounts.sign_ins import SignIns
from utils.accounts.spent_tokens import SpentTokens
from utils.bridge.audit_stream import AuditStream, Target
from utils.bridge.positions import PublishedPositions
from utils.bridge.syslog import SyslogTarget
from utils.database.base import DatabaseLostError
from utils.database.opening import open_database
from utils.database.server_capacity import server_capacity, told_at_start
from utils.database.shares import ConnectionShares
from utils.doorbell.opening import open_doorbell
from utils.findings.watch import FindingsWatch
from utils.log.opening import open_log
from utils.logs import configure_logs, log_the_uncaught
from utils.mail.outbox import Outbox
from utils.notices.outbox import NoticeOutbox
from utils.project import PROJECT
from utils.registry.agent_processes import AgentProcesses
from utils.registry.server_key import ServerKey
from utils.sessions.approvals import Approvals
from utils.sessions.deletion import SessionDeletion
from utils.sessions.documents import Documents
from utils.sessions.messages import Messages
from utils.sessions.new_session import emitted_session
from utils.sessions.person_erasure import PersonErasure
from utils.sessions.queue_watch import QueueWatch
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.retention import Retention
from utils.sessions.run_queue import RunQueue
from utils.sessions.turns import NO_LIMITS
from utils.settings import Settings, SettingsError, get_settings
from utils.spending.accounts import Accounts
from utils.traces.traces import Traces

_WATCH_SECONDS = 0.5
_LOOKS_EVERY_SECONDS = _WATCH_SECONDS / 5
_SILENT_LEASES = 10  # its runs were taken over long ago, and whatever it still does is refused
_QUICK_DEATH_SECONDS = 5.0
_START_AGAIN_SECONDS = 5.0
_LOOK_SECONDS = 5.0
_LOOK_AGAIN_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 30.0
_AGENT, _BRIDGE = "agents.worker", "agents.processes.kafka_bridge"
_NAMES = {_AGENT: "Agent process", _BRIDGE: "The bridge to Kafka, process"}
_log = logging.getLogger(__name__)


def stop_seconds(graceful_seconds: int) -> int:
    """How much of the time in which a server must end its supervisor has, after its web workers had theirs."""
    return min(4, max(1, graceful_seconds - 1))


@dataclass(frozen=True, slots=True)
class _Child:
    module: str
    process: "subprocess.Popen[bytes]"
    owner: str | None  # as whom it claims runs; None: it claims none
    born: float  # on this process's steady clock
    pulse: PulseWatch


class ProcessKeeper:
    """The main loop of the keeper's process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Imported here: gunicorn's master reads this file before it has named the folder of the figures.
        from utils.metrics.onlookers import count_all

        count_all()
        database = self._database = open_database(settings, "supervisor")
        doorbell = open_doorbell(database)
        log = open_log(database, doorbell, emitted_session)
        self._queue = RunQueue(database, log, doorbell)
        self._processes = AgentProcesses(database)
        self._accounts = Accounts(database, log, self._queue)
        self._approvals = Approvals(database, log, doorbell)
        self._queue_watch = QueueWatch(database, log, NO_LIMITS)
        self._look_at = time.monotonic() + 2 * _LOOK_SECONDS
        deletion = SessionDeletion(database, log)
        documents = Documents(database, settings.max_document_bytes)
        self._housekeeping = Housekeeping(
            settings,
            log,
            deletion,
            open_checkpoints(settings, database),
            documents,
            Invitations(database),
            PasswordLinks(database),
            SignIns(database),
            SignInAttempts(database),
            SpentTokens(database),
            ErrorLog(database),
            KeptAnswers(database),
            Messages(database),
            Traces(database, log),
            ReportedRuns(database, log),
            Outbox(database, ServerKey.of(settings)),
            PersonErasure(database, deletion),
            Retention(settings, database, deletion, documents),
            PublishedPositions(database, settings.kafka_events_topic),
            NoticeOutbox(database),
        )
        self._findings_watch = FindingsWatch(settings, database, log)
        self._postman = postman_of(settings, database)
        self._no_more_mail = threading.Event()
        self._notifier = Notifier(database, doorbell, settings)
        self._wanted = {_AGENT: settings.agent_processes, _BRIDGE: int(settings.kafka_bootstrap_servers is not None)}
        self._audit_strays = AuditStrays(database)
        self._audit_streams = [AuditStream(database, target) for target in _audit_targets(settings)]
        self._ending = threading.Event()  # for the audit trail and the findings: never set by a signal's handler
        self._children: dict[int, _Child] = {}
        self._quick_deaths: Counter[str] = Counter()
        self._start_at: dict[str, float] = {}
        self._stopping = False  # not an Event: its lock would catch a signal that interrupts another one's handler

    def keep(self) -> None:
        """Until SIGTERM."""
        for number in STOPS:
            signal.signal(number, self._on_stop)
        if self._settings.agent_processes:
            _log.info("Documents are read %s", protection())
        self._tell_connections()
        # In a thread: a long deletion must not keep anybody from being replaced.
        threading.Thread(target=self._tidy, name="housekeeping", daemon=True).start()
        if self._postman is not None:
            threading.Thread(target=self._postman.work, args=(self._no_more_mail,), name="postman", daemon=True).start()
        threading.Thread(target=self._notifier.work, args=(self._ending,), name="notices", daemon=True).start()
        threading.Thread(target=self._audit_strays.work, args=(self._ending,), name="chain", daemon=True).start()
        threading.Thread(target=self._findings_watch.work, args=(self._ending,), name="findings", daemon=True).start()
        threading.Thread(target=self._accounts.work, args=(self._ending,), name="accounts", daemon=True).start()
        for stream in self._audit_streams:
            threading.Thread(target=stream.stream, args=(self._ending,), name="audit", daemon=True).start()
        while not self._stopping:
            self._end_who_hang()
            self._bury()
            for module, wanted in self._wanted.items():
                alive = sum(child.module == module for child in self._children.values())
                if alive < wanted and time.monotonic() >= self._start_at.get(module, 0.0):
                    self._start_one(module)
            time.sleep(_LOOKS_EVERY_SECONDS)
        self._no_more_mail.set()
        self._stop_all()

    def _tell_connections(self) -> None:
        with suppress(DatabaseLostError):
            if (server := server_capacity(self._database)) is not None:
                shares = ConnectionShares(self._settings)
                fits, told = told_at_start(shares.all, str(shares), server)
                _log.log(logging.INFO if fits else logging.WARNING, told)

    def _tidy(self) -> None:
        from utils.metrics.figures import measure_memory

        while not self._stopping:
            time.sleep(1.0)
            measure_memory("supervisor")
            self._housekeeping.tidy_if_due()
            self._look_after_who_waits()

    def _look_after_who_waits(self) -> None:
        """For a process, or for people. Not at once: at a start agent processes need a moment until they are seen."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + _LOOK_SECONDS
        try:
            self._approvals.expire_due()
            self._queue_watch.look_for_nobody()
        except DatabaseLostError:
            pass  # whoever needs it now tells of it
        except Exception:  # such as a full disk: the housekeeping, which shares this thread, has to go on
            _log.exception("Who waits for people or processes cannot be looked after; trying again in a minute")
            self._look_at = time.monotonic() + _LOOK_AGAIN_SECONDS

    def _start_one(self, module: str) -> None:
        token = secrets.token_hex(4) if module == _AGENT else None
        named = ["--token", token] if token is not None else []
        pulse = PulseWatch()
        tied = ["--parent", str(os.getpid()), "--pulse", str(pulse.descriptor)]
        try:
            with stops_held():
                process = subprocess.Popen(
                    [sys.executable, "-m", module, *tied, *named],
                    cwd=PROJECT, stdin=subprocess.DEVNULL, pass_fds=[pulse.descriptor],
                )  # fmt: skip
        except OSError as error:  # no room for another process: those that live go on
            pulse.close()
            self._start_at[module] = time.monotonic() + _START_AGAIN_SECONDS
            _log.error("%s could not be started; trying again in a few seconds: %s", _NAMES[module], error)
            return
        finally:
            pulse.given()
        owner = owner_name(process.pid, token) if token is not None else None
        self._children[process.pid] = _Child(module, process, owner, time.monotonic(), pulse)

    def _end_who_hang(self) -> None:
        most = _SILENT_LEASES * self._settings.lease_seconds / _LOOKS_EVERY_SECONDS
        for pid, child in self._children.items():
            if child.pulse.look() > most and child.process.poll() is None:
                _log.error("%s %d hangs; it is killed", _NAMES[child.module], pid)
                child.process.kill()
                child.process.wait()

    def _bury(self) -> None:
        """Notice dead children, and queue at once what they worked on."""
        for pid, child in list(self._children.items()):
            code = child.process.poll()
            if code is None:
                continue
            del self._children[pid]
            child.pulse.close()
            quick = time.monotonic() - child.born < _QUICK_DEATH_SECONDS
            self._quick_deaths[child.module] = self._quick_deaths[child.module] + 1 if quick else 0
            self._start_at[child.module] = time.monotonic() + self._pause(child.module)
            _log.warning("%s %d ended with %d; another takes its place", _NAMES[child.module], pid, code)
            self._take_back(child.owner)

    def _take_back(self, owner: str | None) -> None:
        if owner is None:
            return
        try:
            self._processes.ended(owner)
            for run in self._queue.running(owner):
                self._queue.take_back(run, self._settings.max_losses)
        except DatabaseLostError as error:
            _log.warning("The runs of %s were not queued again; their leases will run out. %s", owner, error)
        except Exception:
            _log.exception("The runs of %s were not queued again; their leases will run out", owner)

    def _pause(self, module: str) -> float:
        """Seconds until the next start: none, unless they die as fast as they are started."""
        rounds = self._quick_deaths[module] // max(1, self._wanted[module])
        return min(_LONGEST_PAUSE_SECONDS, 0.5 * 2 ** (rounds - 2)) if rounds > 1 else 0.0

    def _stop_all(self) -> None:
        """The agents give their runs back; whoever has not by the deadline is killed, and its runs are taken back."""
        self._ending.set()
        for child in self._children.values():
            child.process.terminate()
        deadline = time.monotonic() + 0.8 * stop_seconds(self._settings.graceful_seconds)
        for pid, child in self._children.items():
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _log.warning("%s %d did not stop in time; it is killed", _NAMES[child.module], pid)
                child.process.kill()
                child.process.wait()
                self._take_back(child.owner)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True


def _audit_targets(settings: Settings) -> Iterator[Target]:
    if settings.audit_webhook_url is not None:
        yield WebhookTarget(settings)
    if settings.audit_syslog is not None:
        yield SyslogTarget(settings.audit_syslog)


class KeeperWatch:
    """Runs in gunicorn's master: one keeper, always. The thread lives as long as the master does."""

    def __init__(self) -> None:
        self._pid: int | None = None
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="keeper-watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def reload(self) -> None:
        """Replace the keeper and its agent processes: the next ones read code and settings anew."""
        self._signal(signal.SIGTERM)

    def stop(self, seconds: float) -> None:
        """Stop the keeper and with it the agent processes, within so many seconds."""
        self._ending.set()
        self._thread.join()
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while self._alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        self._signal(signal.SIGKILL)

    def _watch(self) -> None:
        while not self._ending.is_set():
            pause = _WATCH_SECONDS
            if not self._alive():
                try:
                    self._pid = _spawn_keeper()
                except OSError as error:  # no room for another process
                    pause = _START_AGAIN_SECONDS
                    _log.error("The process supervisor could not be started; trying again in a few seconds: %s", error)
            self._ending.wait(pause)

    def _alive(self) -> bool:
        """gunicorn reaps all children of the master, so it is asked by signal and not by Popen.poll()."""
        if self._pid is None:
            return False
        with suppress(ChildProcessError):
            os.waitpid(self._pid, os.WNOHANG)
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _signal(self, number: signal.Signals) -> None:
        if self._pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, number)


def _spawn_keeper() -> int:
    """Its pid. Not by Popen, which waits for the end of a pipe: a web worker that gunicorn forks at that moment would
    hold the pipe open for as long as it lives."""
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH")]))
    with stops_held():
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "agents.processes.keeper", "--parent", str(os.getpid())],
            {**os.environ, "PYTHONPATH": path},
            file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
        )


# One for the master, which reads gunicorn.conf.py again on every reload.
keeper_watch = KeeperWatch()


def main() -> None:
    heed_stops()
    parser = argparse.ArgumentParser(description="Keep the agent processes of this machine alive.")
    parser.add_argument("--parent", type=int, required=True)
    die_with_parent(parser.parse_args().parent)
    try:
        settings = get_settings()
    except SettingsError as error:  # .env was changed since the server read it
        sys.exit(f"ringside: {error}")
    configure_logs(settings.log_level, settings.log_format, "supervisor")
    log_the_uncaught()
    ProcessKeeper(settings).keep()


if __name__ == "__main__":
    main()
