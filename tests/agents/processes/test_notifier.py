"""Notices arrive: signed, encrypted, once; through outages and kills; and nothing is told to who may not read it."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import func, select, update
from standardwebhooks.webhooks import Webhook

from agents.processes import notifier as notifier_module
from tests.support.account import HASHED, SECRET_KEY, prepare_data
from tests.support.clock import Clock
from tests.support.mail_server import Mailbox, mail_server
from tests.support.notices import Receiver, notifying
from tests.support.processes import environment, process
from tests.support.push_browser import PushBrowser, verify_sender
from tests.support.waiting import wait_until
from utils.accounts.principal import Role, UserRecord
from utils.accounts.users import add_user
from utils.database.base import Database, transaction_ended
from utils.database.opening import open_database
from utils.database.tables import noted, notice_rules, notices, push_subscriptions, users
from utils.doorbell.base import Doorbell
from utils.doorbell.opening import open_doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import Error, RunUpdate
from utils.log.notable import NOTED_KINDS
from utils.log.opening import open_log
from utils.notices.outbox import NoticeOutbox
from utils.notices.preference import Choice, Preferences
from utils.notices.preferences import NoticePreferences
from utils.notices.push_key import PushKey
from utils.notices.rules import NoticeRules, RuleRecord
from utils.notices.subscriptions import PushSubscriptions
from utils.registry.server_key import ServerKey
from utils.sessions.approval import NewApproval, Question
from utils.sessions.approvals import Approvals, Decider
from utils.sessions.new_session import emitted_session
from utils.sessions.sessions import Sessions
from utils.settings import Settings

KEY = ServerKey(SECRET_KEY)
CANARY = "the winch of canary bay"


class Harbour:
    """A team whose runs fail, and who is told of it."""

    def __init__(self, database: Database, doorbell: Doorbell, log: ActivityLog, ada: UserRecord) -> None:
        self.database, self.log, self.ada = database, log, ada
        self.sessions, self.approvals = Sessions(database), Approvals(database, log, doorbell)
        self.rules, self.outbox = NoticeRules(database, KEY), NoticeOutbox(database)
        self.subscriptions, self.preferences = PushSubscriptions(database, KEY), NoticePreferences(database)

    def person(self, name: str, role: Role = "member") -> UserRecord:
        with self.database.write() as connection:
            return add_user(connection, self.ada.team_key, f"{name.lower()}@example.org", name, role, HASHED)

    def session(self, session_id: str, owner: UserRecord, title: str = "Engine", shared: bool = True) -> None:
        self.sessions.create(session_id, title, owner)
        if shared:
            self.sessions.change(session_id, shared=True)

    def fail(self, session_id: str, run_id: str = "r1", reason: str = "The pump stands still.") -> None:
        self.end(session_id, run_id, "failed", reason)

    def end(self, session_id: str, run_id: str, status: str, reason: str | None = None) -> None:
        self.log.append(session_id, [RunUpdate(session_id=session_id, run_id=run_id, status=status, reason=reason)])

    def hook(self, url: str, kinds: Any = ("run_failed",), agent_id: str | None = None) -> tuple[RuleRecord, str]:
        rule, secret = self.rules.add(self.ada.team_key, "Watch", "webhook", url, kinds, agent_id)
        assert secret is not None
        return rule, secret

    def wants(self, user: UserRecord, **chosen: Choice) -> None:
        nobody = {kind: Choice("nobody") for kind in NOTED_KINDS}
        self.preferences.put(user.key, Preferences({**nobody, **chosen}))  # type: ignore[dict-item]

    def states(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.scalars(select(notices.c.status).order_by(notices.c.key)))

    def count(self, table: Any) -> int:
        with self.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def harbour(database: Database, doorbell: Doorbell, log: ActivityLog, ada: UserRecord) -> Harbour:
    return Harbour(database, doorbell, log, ada)


@pytest.fixture
def told(settings: Settings) -> Settings:
    """The settings of whoever sends."""
    return settings.model_copy(update={"push_hosts": "127.0.0.1", "public_url": "https://ringside.example"})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with receiver.server:
        yield receiver


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once."""
    monkeypatch.setattr(notifier_module, "_FIRST_WAIT", 0.01)
    monkeypatch.setattr(notifier_module, "_LONGEST_WAIT", 0.05)
    monkeypatch.setattr(notifier_module, "_LOOK_SECONDS", 0.05)


def test_a_run_that_fails_is_told_to_a_web_hook_signed_and_with_the_way_there(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver
) -> None:
    harbour.session("s1", harbour.ada)
    rule, secret = harbour.hook(f"{receiver.url}/hook")
    with notifying(harbour.database, doorbell, told):
        harbour.end("s1", "r0", "completed")  # of which nobody wants to be told
        harbour.fail("s1")
        [request] = receiver.wait()
        wait_until(lambda: harbour.states() == ["sent"])
    said = Webhook(secret).verify(request.body, dict(request.headers))
    assert (said["type"], said["data"]["title"]) == ("notice.run_failed", "A run has failed: Engine")
    assert said["data"]["url"] == "https://ringside.example/sessions/s1#r1"
    assert said["data"]["message"] == "The pump stands still."
    [notice] = harbour.outbox.of_rule(rule.key).items
    assert (notice.answer_status, notice.attempts, notice.id) == (204, 1, request.headers["webhook-id"])
    assert harbour.count(noted) == 0


def test_a_kill_loses_no_notice(tmp_path: Path, receiver: Receiver) -> None:
    """Runs fail while nobody is there to tell of it, and the supervisor is killed again and again as it does."""
    env = environment(tmp_path / "data", agent_processes=0)
    prepare_data(Path(env["DATA_DIR"]))
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    arguments = ["-m", "agents.processes.keeper", "--parent", str(os.getpid())]
    with closing(open_database(settings)) as database, closing(open_doorbell(database)) as doorbell:
        log = open_log(database, doorbell, emitted_session)
        [ada] = [user for user, _, _ in _people(database)]
        harbour = Harbour(database, doorbell, log, ada)
        harbour.session("s1", ada)
        harbour.hook(f"{receiver.url}/hook")
        for turn in range(3):
            for number in range(20):
                harbour.fail("s1", f"r{20 * turn + number}")
            with process(arguments, env, tmp_path / "keeper.log") as keeper:
                wait_until(lambda turn=turn: len(_runs(receiver)) > 20 * turn + 3, 30, "some notices")  # type: ignore[misc]
                keeper.send_signal(signal.SIGKILL)
                keeper.wait()
        with process(arguments, env, tmp_path / "keeper.log"):
            wait_until(lambda: len(_runs(receiver)) == 60, 30, "all notices")
            wait_until(lambda: harbour.states() == ["sent"] * 60)
    ids = {(one.json()["data"]["run_id"], one.headers["webhook-id"]) for one in receiver.got()}
    assert len(ids) == 60, "what is sent again has the same id"


def _people(database: Database) -> Any:
    from utils.accounts.users import Users

    return Users(database).with_email("ada@example.org")


def _runs(receiver: Receiver) -> set[str]:
    return {one.json()["data"]["run_id"] for one in receiver.got()}


def test_a_receiver_that_is_away_gets_all_of_it_later_and_the_log_says_why(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver, quick: None
) -> None:
    harbour.session("s1", harbour.ada)
    rule, _ = harbour.hook(f"{receiver.url}/hook")
    receiver.status, receiver.body = 503, b"closed for today"
    with notifying(harbour.database, doorbell, told):
        for number in range(5):
            harbour.fail("s1", f"r{number}")
        receiver.wait(3)
        wait_until(lambda: any(one.attempts > 1 for one in harbour.outbox.of_rule(rule.key).items))
        tried = next(one for one in harbour.outbox.of_rule(rule.key).items if one.attempts)
        assert (tried.status, tried.answer_status, tried.answer) == ("waiting", 503, "closed for today")
        wait_until(lambda: _failing_since(harbour, rule) is not None)
        receiver.status = 204
        wait_until(lambda: harbour.states() == ["sent"] * 5, 30)
        wait_until(lambda: _failing_since(harbour, rule) is None)
    assert len(_runs(receiver)) == 5


@pytest.mark.any_database
def test_a_receiver_that_repeats_where_it_was_asked_tells_no_secret(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver
) -> None:
    path, word = "/hook", "to ken/0123"
    rule, secret = harbour.hook(f"{receiver.url}{path}?token={quote(word, safe='')}")
    target = f"{path}?token={quote(word, safe='')}"
    receiver.status, receiver.body = 404, f"No {target}, {word}, {secret}, {path}: closed".encode()
    harbour.session("s1", harbour.ada)
    harbour.fail("s1")
    with notifying(harbour.database, doorbell, told):
        receiver.wait()
        wait_until(lambda: harbour.outbox.of_rule(rule.key).items[0].answer, 30, "what was answered")
    assert harbour.outbox.of_rule(rule.key).items[0].answer == "No •••, •••, whsec_•••, •••: closed"


def _failing_since(harbour: Harbour, rule: RuleRecord) -> Any:
    found = harbour.rules.find(rule.key)
    assert found is not None
    return found.failing_since


def test_a_rule_that_fails_for_three_days_is_switched_off_and_administrators_read_so(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver, quick: None, clock: Clock
) -> None:
    harbour.session("s1", harbour.ada)
    rule, _ = harbour.hook(f"{receiver.url}/hook")
    receiver.status = 500
    with notifying(harbour.database, doorbell, told):
        harbour.fail("s1")
        wait_until(lambda: any(one.attempts > 8 for one in harbour.outbox.of_rule(rule.key).items), 30)
        assert harbour.states() == ["waiting"]
        clock.move(days=3.1)
        wait_until(lambda: harbour.states() == ["failed"], 30)
    off = harbour.rules.find(rule.key)
    assert off is not None
    assert not off.enabled
    assert off.disabled_reason is not None
    assert off.disabled_reason.startswith("Switched off: Nothing has arrived there since")
    from utils.accounts.error_log import ErrorLog

    [entry] = ErrorLog(harbour.database).page(harbour.ada).items
    assert (entry.code, "“Watch”" in entry.message) == ("notices_off", True)


def test_a_browser_gets_what_only_it_can_read_from_who_only_we_can_be(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver
) -> None:
    harbour.session("s1", harbour.ada)
    browser = PushBrowser(receiver.url)
    harbour.subscriptions.add(harbour.ada.key, browser.endpoint, "Firefox")
    receiver.status = 201
    with notifying(harbour.database, doorbell, told):
        harbour.fail("s1")  # her own: told by default
        [request] = receiver.wait(path="/push")
    said = browser.read(request)
    assert said["title"] == "A run has failed: Engine"
    assert (said["body"], said["path"]) == ("The pump stands still.", "/sessions/s1#r1")
    assert CANARY not in request.body.decode(errors="replace")
    assert verify_sender(request, PushKey(harbour.database, KEY).public(), receiver.url)["sub"]
    assert request.headers["topic"] == said["tag"]
    assert int(request.headers["ttl"]) > 0


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver, status: int
) -> None:
    harbour.session("s1", harbour.ada)
    harbour.subscriptions.add(harbour.ada.key, PushBrowser(receiver.url).endpoint, "Firefox")
    receiver.status = status
    with notifying(harbour.database, doorbell, told):
        harbour.fail("s1")
        wait_until(lambda: harbour.count(push_subscriptions) == 0)
    assert harbour.count(notices) == 0


def test_a_push_service_that_is_busy_is_asked_again(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver, quick: None
) -> None:
    harbour.session("s1", harbour.ada)
    harbour.subscriptions.add(harbour.ada.key, PushBrowser(receiver.url).endpoint, "Firefox")
    receiver.status = 503
    with notifying(harbour.database, doorbell, told):
        harbour.fail("s1")
        receiver.wait(2, "/push")
        receiver.status = 201
        wait_until(lambda: harbour.states() == ["sent"], 30)


def test_nobody_is_told_of_what_they_may_not_read_however_it_came_about(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver
) -> None:
    """A private session's words; a session that was shared when the notice was made, and is not when it is sent."""
    mara, gus = harbour.person("Mara"), harbour.person("Gus", "administrator")
    browsers = {}
    for number, user in enumerate((mara, gus)):
        browsers[user.key] = PushBrowser(receiver.url, ("/push", "/push2")[number])
        harbour.subscriptions.add(user.key, browsers[user.key].endpoint, "Firefox")
        harbour.wants(user, run_failed=Choice("team"), run_ended=Choice("team"))
    harbour.session("private", mara, CANARY, shared=False)
    harbour.session("shared", mara, CANARY)
    harbour.hook(f"{receiver.url}/hook")
    harbour.fail("private", "r1", CANARY)
    harbour.fail("shared", "r2", CANARY)
    planner = notifier_module.NoticePlanner(harbour.database, timedelta(0), mail=False)
    planner.plan()
    assert harbour.count(notices) == 2 + 2 + 1  # web hook and Mara of both, Gus of what was shared
    harbour.sessions.change("shared", shared=False)
    with notifying(harbour.database, doorbell, told):
        wait_until(lambda: "waiting" not in harbour.states())
    assert not receiver.got("/push2"), "Gus may read neither"
    assert {browsers[mara.key].read(one)["body"] for one in receiver.got("/push")} == {CANARY}
    sent = [one.json()["data"] for one in receiver.got()]
    assert {(one["title"], one["message"]) for one in sent} == {("A run has failed: a private session", None)}
    assert not any(CANARY.encode() in one.body for one in receiver.server.received)
    with harbour.database.read() as connection:
        assert CANARY not in str(connection.execute(select(notices)).all())
    assert [one.status for one in harbour.outbox.of_user(gus.key)] == ["needless"]


def test_a_deactivated_person_gets_nothing_also_of_what_waited_for_them(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver
) -> None:
    mara = harbour.person("Mara")
    harbour.session("s1", mara)
    harbour.subscriptions.add(mara.key, PushBrowser(receiver.url).endpoint, "Firefox")
    harbour.fail("s1", "r1")
    notifier_module.NoticePlanner(harbour.database, timedelta(0), mail=False).plan()
    with harbour.database.write() as connection:
        connection.execute(update(users).where(users.c.key == mara.key).values(active=False))
    harbour.fail("s1", "r2")
    with notifying(harbour.database, doorbell, told):
        wait_until(lambda: harbour.states() == ["needless"])
    assert not receiver.server.received


def test_an_approval_is_told_to_whom_it_was_put_first_and_to_nobody_once_it_is_decided(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver, clock: Clock
) -> None:
    mara = harbour.person("Mara")
    browsers = {}
    for number, user in enumerate((mara, harbour.ada)):
        browsers[user.key] = PushBrowser(receiver.url, ("/push", "/push2")[number])
        harbour.subscriptions.add(user.key, browsers[user.key].endpoint, "Firefox")
    harbour.session("s1", mara)
    first, second = (_asked(harbour, f"step-{number}") for number in (1, 2))
    with notifying(harbour.database, doorbell, told):
        requests = receiver.wait(2, "/push")
        said = [browsers[mara.key].read(one) for one in requests]
        assert {one["path"] for one in said} == {f"/sessions/s1#{one}" for one in (first, second)}
        assert {(one["body"], one["urgent"]) for one in said} == {("Skipper: Cast off?", True)}
        assert not receiver.got("/push2")
        harbour.approvals.decide(first, Decider(mara, "dashboard"), "approve", None, None)
        clock.move(seconds=11 * 60)
        [request] = receiver.wait(1, "/push2")
        wait_until(lambda: "waiting" not in harbour.states())
    assert browsers[harbour.ada.key].read(request)["path"].endswith(second)
    assert len(receiver.got("/push2")) == 1
    assert sorted(harbour.states()) == ["needless", "sent", "sent", "sent"]


def test_who_is_asked_in_a_private_session_is_told_the_question_and_nothing_else_of_it(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver
) -> None:
    mara = harbour.person("Mara")
    browser, other = PushBrowser(receiver.url, "/push"), PushBrowser(receiver.url, "/push2")
    harbour.subscriptions.add(mara.key, browser.endpoint, "Firefox")
    harbour.subscriptions.add(harbour.person("Max").key, other.endpoint, "Firefox")
    harbour.session("s1", harbour.ada, CANARY, shared=False)
    _asked(harbour, "step-1", mara.id)
    with notifying(harbour.database, doorbell, told):
        [request] = receiver.wait(1, "/push")
        wait_until(lambda: "waiting" not in harbour.states())
    said = browser.read(request)
    assert (said["title"], said["body"], said["path"]) == (
        "An agent waits for a decision: a private session", "Skipper: Cast off?", "/inbox"
    )  # fmt: skip
    assert CANARY not in str(said)
    assert not receiver.got("/push2")


def test_administrators_are_told_at_once_of_what_waits_for_nobody_else(harbour: Harbour, clock: Clock) -> None:
    """What asks them, and what names people who are not there any more; of what asks others they may read nothing.

    The owner wants to be told of all questions: of those that are put to others, later.
    """
    max_, mara = harbour.person("Max"), harbour.person("Mara")
    harbour.session("s1", max_, shared=False)
    for user in (harbour.ada, max_):
        harbour.subscriptions.add(user.key, PushBrowser(f"https://push.example/{user.id}").endpoint, "Firefox")
    harbour.wants(max_, approval_waits=Choice("team"))
    with harbour.database.write() as connection:
        connection.execute(update(users).where(users.c.key == mara.key).values(active=False))
    planner = notifier_module.NoticePlanner(harbour.database, timedelta(hours=1), mail=False)
    for step, question, told in (
        ("step-1", Question("Cast off", "Cast off?", deciders=[max_.id]), [max_]),
        ("step-2", Question("Cast off", "Cast off?", deciders=[mara.id]), [max_, harbour.ada]),
        ("step-3", Question("Cast off", "Cast off?", administrators=True), [max_, harbour.ada, harbour.ada]),
    ):
        _ask(harbour, step, question)
        planner.plan()
        with harbour.database.read() as connection:
            due = select(notices.c.user_key).where(notices.c.due_at <= clock.now()).order_by(notices.c.key)
            assert connection.scalars(due).all() == [user.key for user in told], step


def _asked(harbour: Harbour, step: str, *deciders: str) -> str:
    return _ask(harbour, step, Question("Cast off", "Cast off?", deciders=deciders))


def _ask(harbour: Harbour, step: str, question: Question) -> str:
    ownership = harbour.sessions.ownership("s1")
    assert ownership is not None
    asked = NewApproval(step, "Skipper", question)
    return harbour.approvals.ask("s1", ownership.key, asked)[0].id


def test_a_flood_is_a_few_notices_and_a_digest_and_the_database_stays_small(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver, clock: Clock
) -> None:
    harbour.session("s1", harbour.ada)
    browser = PushBrowser(receiver.url)
    harbour.subscriptions.add(harbour.ada.key, browser.endpoint, "Firefox")
    count = 1000
    ends = [RunUpdate(session_id="s1", run_id=f"r{number}", status="failed") for number in range(count)]
    clock.stop()
    harbour.log.append("s1", ends)
    with notifying(harbour.database, doorbell, told):
        wait_until(lambda: harbour.count(noted) == 0, 30)
        wait_until(lambda: harbour.states().count("sent") == 5, 30)
        assert harbour.count(notices) <= 110
        clock.move(seconds=61)
        wait_until(lambda: "waiting" not in harbour.states(), 30)
    requests = receiver.got("/push")
    said = [browser.read(one) for one in requests]
    assert [one["title"] for one in said] == ["5 runs have failed", "95 runs have failed, 900 more"]
    assert said[1]["body"] == "A run has failed: Engine (95 times)\nand 900 more"


def test_a_flood_goes_to_a_web_hook_in_order_and_is_written_down_many_at_a_time(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Side by side, one may overtake another on its way: so one after the other here."""
    monkeypatch.setattr(notifier_module, "_SIDE_BY_SIDE", 1)
    harbour.session("s1", harbour.ada)
    harbour.hook(f"{receiver.url}/hook")
    count, writes = 300, list[str]()
    ends = [RunUpdate(session_id="s1", run_id=f"r{number}", status="failed") for number in range(count)]
    harbour.log.append("s1", ends)

    def note(_: Any, access: str, **_told: Any) -> None:
        writes.append(access)

    with transaction_ended.connected_to(note), notifying(harbour.database, doorbell, told):
        wait_until(lambda: len(receiver.got()) >= count, 60)
        wait_until(lambda: set(harbour.states()) == {"sent"}, 30)
    numbers = [int(one.json()["data"]["run_id"][1:]) for one in receiver.got()]
    assert numbers == list(range(count))
    assert writes.count("write") < count / 5


def test_what_is_newer_about_a_run_takes_the_place_of_what_waits(harbour: Harbour) -> None:
    harbour.session("s1", harbour.ada)
    harbour.subscriptions.add(harbour.ada.key, PushBrowser("http://127.0.0.1:9").endpoint, "Firefox")
    harbour.wants(harbour.ada, stuck=Choice("mine"), over_budget=Choice("mine"), run_failed=Choice("mine"))
    for code in ("stuck_repeating", "budget_tokens"):
        harbour.log.append("s1", [Error(session_id="s1", run_id="r1", code=code, message="m")])
    harbour.fail("s1", "r1")
    notifier_module.NoticePlanner(harbour.database, timedelta(0), mail=False).plan()
    with harbour.database.read() as connection:
        assert [row.kind for row in connection.execute(select(notices))] == ["run_failed"]


def test_mail_has_all_of_a_digest_in_one_and_no_words_in_its_subject(
    harbour: Harbour, doorbell: Doorbell, told: Settings
) -> None:
    with mail_server() as mailbox:
        sends = _with_mail(told, mailbox)
        harbour.session("s1", harbour.ada, CANARY, shared=False)
        harbour.wants(harbour.ada, run_failed=Choice("mine", browser=False, mail=True))
        harbour.fail("s1", "r1", "The pump stands still.")
        harbour.fail("s1", "r2", "The mast is down.")
        with notifying(harbour.database, doorbell, sends):
            [mail] = mailbox.wait(1)
            wait_until(lambda: harbour.states() == ["sent", "sent"])
    text = mail.get_content()
    assert (mail["To"], mail["Subject"]) == ("ada@example.org", "Ringside: 2 notices")
    for words in ("The pump stands still.", "The mast is down.", "https://ringside.example/sessions/s1#r1"):
        assert words in text
    assert mail["Message-ID"].startswith("<digest-")


def _with_mail(settings: Settings, mailbox: Mailbox) -> Settings:
    mail = {"smtp_host": "127.0.0.1", "smtp_port": mailbox.port, "smtp_security": "none", "mail_from": "r@example.org"}
    return settings.model_copy(update=mail)


def test_a_mail_server_that_is_away_gets_the_same_mail_later(
    harbour: Harbour, doorbell: Doorbell, told: Settings, quick: None
) -> None:
    with mail_server() as mailbox:
        mailbox.answer = "451 later"
        harbour.session("s1", harbour.ada)
        harbour.wants(harbour.ada, run_failed=Choice("mine", browser=False, mail=True))
        harbour.fail("s1")
        with notifying(harbour.database, doorbell, _with_mail(told, mailbox)):
            wait_until(lambda: any(one.attempts > 1 for one in harbour.outbox.of_user(harbour.ada.key)))
            mailbox.answer = "250 accepted"
            wait_until(lambda: harbour.states() == ["sent"])
    assert len(mailbox.mails) == 1


@pytest.mark.any_database
def test_a_chat_is_told_by_apprise(harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver) -> None:
    harbour.session("s1", harbour.ada)
    place = f"{receiver.url.replace('http', 'json')}/chat"
    harbour.rules.add(harbour.ada.team_key, "Chat", "chat", place, ["run_failed"])
    receiver.status = 200
    with notifying(harbour.database, doorbell, told):
        harbour.fail("s1")
        [request] = receiver.wait(path="/chat")
        wait_until(lambda: harbour.states() == ["sent"])
    said = request.json()
    assert said["title"] == "A run has failed: Engine"
    assert "https://ringside.example/sessions/s1#r1" in said["message"]


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("place", "hosts", "why"),
    [
        ("json://169.254.169.254/latest", None, "at an address that this server does not send to"),
        ("json://127.0.0.1:9/x", "example.org", "AGENT_HOSTS does not have the host"),
        ("syslog://", None, "no address that notices can be sent to"),
        ("nonsense", None, "no address that notices can be sent to"),
    ],
)
def test_a_chat_is_nowhere_where_this_server_does_not_send_to(
    harbour: Harbour, doorbell: Doorbell, told: Settings, place: str, hosts: str | None, why: str
) -> None:
    harbour.session("s1", harbour.ada)
    rule, _ = harbour.rules.add(harbour.ada.team_key, "Chat", "chat", place, ["run_failed"])
    harbour.fail("s1")
    with notifying(harbour.database, doorbell, told.model_copy(update={"agent_hosts": hosts})):
        wait_until(lambda: harbour.outbox.of_rule(rule.key).items and harbour.outbox.of_rule(rule.key).items[0].error)
    assert why in (harbour.outbox.of_rule(rule.key).items[0].error or "")


@pytest.mark.any_database
def test_a_browser_names_no_address_that_is_no_push_service(
    harbour: Harbour, doorbell: Doorbell, settings: Settings, receiver: Receiver
) -> None:
    harbour.session("s1", harbour.ada)
    harbour.subscriptions.add(harbour.ada.key, PushBrowser(receiver.url).endpoint, "Firefox")
    harbour.fail("s1")
    with notifying(harbour.database, doorbell, settings):
        wait_until(lambda: any(one.attempts for one in harbour.outbox.of_user(harbour.ada.key)))
    assert not receiver.server.received


def test_a_rule_for_one_agent_tells_of_no_other(harbour: Harbour) -> None:
    harbour.session("s1", harbour.ada)
    harbour.hook("http://127.0.0.1:9/hook", agent_id="agent-another")
    harbour.fail("s1")
    notifier_module.NoticePlanner(harbour.database, timedelta(0), mail=False).plan()
    assert harbour.count(notices) == 0


def test_more_than_a_web_hook_keeps_is_counted(harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notifier_module.NoticeOutbox.add.__globals__["MOST_WAITING"], "webhook", 3)
    harbour.session("s1", harbour.ada)
    rule, _ = harbour.hook("http://127.0.0.1:9/hook")
    for number in range(5):
        harbour.fail("s1", f"r{number}")
    notifier_module.NoticePlanner(harbour.database, timedelta(0), mail=False).plan()
    found = harbour.rules.find(rule.key)
    assert found is not None
    assert (found.waiting, found.left_out) == (3, 2)


def test_what_is_over_is_forgotten_and_what_was_tried_for_days_given_up(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver, clock: Clock
) -> None:
    harbour.session("s1", harbour.ada)
    harbour.hook(f"{receiver.url}/hook")
    with notifying(harbour.database, doorbell, told):
        harbour.fail("s1", "r1")
        wait_until(lambda: harbour.states() == ["sent"])
    harbour.fail("s1", "r2")
    notifier_module.NoticePlanner(harbour.database, timedelta(0), mail=False).plan()
    clock.move(days=4)
    harbour.outbox.tidy()
    assert harbour.states() == ["sent", "waiting"], "what was never tried is not given up"
    with harbour.database.write() as connection:
        connection.execute(update(notices).values(attempts=1))
    harbour.outbox.tidy()
    assert harbour.states() == ["sent", "failed"]
    clock.move(days=8)
    harbour.outbox.tidy()
    assert harbour.states() == []
    assert harbour.count(notice_rules) == 1


def test_a_clock_that_jumps_back_holds_nothing_up(
    harbour: Harbour, doorbell: Doorbell, told: Settings, receiver: Receiver, clock: Clock
) -> None:
    harbour.session("s1", harbour.ada)
    harbour.hook(f"{receiver.url}/hook")
    clock.move(days=30)
    harbour.fail("s1")
    notifier_module.NoticePlanner(harbour.database, timedelta(0), mail=False).plan()
    clock.move(days=-30)
    with notifying(harbour.database, doorbell, told):
        receiver.wait()
        wait_until(lambda: harbour.states() == ["sent"])
