"""Mails are sent by whichever supervisor is there, also after kill -9, and once for each acceptance."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from agents.processes.postman import Postman, postman_of
from tests.support.account import SECRET_KEY
from tests.support.mail_server import Mailbox, mail_server
from tests.support.processes import environment, free_port, process
from tests.support.waiting import wait_until
from utils.accounts.users import Users
from utils.database.base import Database, DatabaseLostError, LeaderLock
from utils.mail import letters
from utils.mail.outbox import Outbox
from utils.registry.server_key import ServerKey
from utils.settings import Settings

LETTER = letters.password_link("Ada", "Harbour", "https://ringside.example/reset#s")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def env(settings: Settings, port: int) -> Iterator[dict[str, str]]:
    url = settings.database_url
    return environment(
        settings.data_path, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", mail_from="r@example.org",
        public_url="https://ringside.example", agent_processes=0,
        **({"database_url": url.get_secret_value()} if url else {}),
    )  # fmt: skip


@pytest.fixture
def box(port: int) -> Iterator[Mailbox]:
    with mail_server(port) as box:
        yield box


@pytest.fixture
def postman(settings: Settings, database: Database, port: int) -> Postman:
    """With three mails to send."""
    outbox, ada = Outbox(database, ServerKey(SECRET_KEY)), Users(database).with_email("ada@example.org")[0][0]
    for number in range(3):
        outbox.put(ada.team_key, f"a{number}@example.org", LETTER)
    given = {
        "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "mail_from": "r@example.org",
        "public_url": "https://ringside.example",
    }  # fmt: skip
    found = postman_of(settings.model_copy(update=given), database)
    assert found is not None
    return found


def test_who_is_stopped_sends_no_further_mail(postman: Postman, box: Mailbox) -> None:
    stopping = Event()
    box.meanwhile = stopping.set
    postman.work(stopping)
    assert len(box.mails) == 1


@pytest.mark.only_on("postgresql")  # a lock of SQLite ends with its process only
def test_who_has_lost_the_lock_sends_no_further_mail(postman: Postman, database: Database, box: Mailbox) -> None:
    """The connection that holds it breaks while a mail is sent: the others are another machine's from then on."""
    lock = database.lead("mail")
    assert lock is not None

    def lose() -> None:
        with closing(database.connect()) as other:
            other.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'")

    box.meanwhile = lose
    postman.look(lock.held)
    assert len(box.mails) == 1
    lock.release()


def test_a_mail_waits_while_the_server_is_away_and_survives_kills(
    database: Database, env: dict[str, str], port: int, tmp_path: Path
) -> None:
    """The bad day: the mail server is away, and the machines that would send are killed one after the other."""
    outbox, ada = Outbox(database, ServerKey(SECRET_KEY)), Users(database).with_email("ada@example.org")[0][0]
    keeper = ["-m", "agents.processes.keeper", "--parent", str(os.getpid())]
    mails = [outbox.put(ada.team_key, f"a{number}@example.org", LETTER) for number in range(5)]
    with process(keeper, env, tmp_path / "one.log") as one:
        wait_until(lambda: all(mail.attempts for mail in outbox.of_team(ada.team_key)), 30, "an attempt for each")
        assert "cannot be used" in str(outbox.of_team(ada.team_key)[0].error)
        one.send_signal(signal.SIGKILL)
    with (
        mail_server(port) as box,
        process(keeper, env, tmp_path / "two.log"),
        process(keeper, env, tmp_path / "three.log"),
    ):
        for mail in mails:
            outbox.again(ada.team_key, mail.id)
        box.wait(5, 40)
        wait_until(lambda: outbox.of_team(ada.team_key) == [], 20, "an empty outbox")
        assert sorted(box.recipients) == [mail.recipient for mail in mails], "each once, by two supervisors"
        assert len({mail["Message-ID"] for mail in box.mails}) == 5


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        r.getMessage().partition("; ")[0] for r in caplog.records if r.getMessage().startswith("No mail can be sent")
    ]


@pytest.mark.any_database
@pytest.mark.parametrize("leads", [True, False])
def test_an_outage_of_the_database_is_over_when_it_answers_though_there_is_nothing_to_send(
    postman: Postman, database: Database, box: Mailbox, leads: bool, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    postman.look()
    asked, lead = 0, database.lead

    def lead_after_an_outage(what: str) -> LeaderLock | None:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise DatabaseLostError("The database does not answer.")
        return lead(what) if leads else None

    monkeypatch.setattr(database, "lead", lead_after_an_outage)
    monkeypatch.setattr("agents.processes.postman._AGAIN_SECONDS", 0.01)
    stopping = Event()
    thread = threading.Thread(target=postman.work, args=(stopping,))
    thread.start()
    try:
        wait_until(lambda: len(told(caplog)) == 2)
    finally:
        stopping.set()
        thread.join(10)
    assert "that is over" in told(caplog)[1]


@pytest.mark.any_database
def test_an_outage_of_the_mail_server_goes_on_while_its_mails_wait(
    postman: Postman, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is due for a minute after an attempt: that shows nothing."""
    monkeypatch.setattr("agents.processes.postman._LOOK_SECONDS", 0.01)
    looks, look = 0, postman.look

    def count_looks(*given: Any) -> None:
        nonlocal looks
        looks += 1
        look(*given)

    monkeypatch.setattr(postman, "look", count_looks)
    stopping = Event()
    thread = threading.Thread(target=postman.work, args=(stopping,))
    thread.start()
    try:
        wait_until(lambda: looks > 10, 30)
    finally:
        stopping.set()
        thread.join(10)
    assert told(caplog) == ["No mail can be sent"]
