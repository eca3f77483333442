"""Sends notices, in the supervisor of one machine at a time, as the postman sends mails.

What was noted in the log becomes notices, and these messages; each target gets its own one after the other (a web hook
some side by side), so that one that is slow or away keeps no other waiting. How long a target that is away is left
alone, this process's steady clock says: a wall clock that jumps neither holds notices back nor lets them rain.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Event

from agents.errors import describe
from agents.notices.chat import ChatSender
from agents.notices.delivery import ChannelSender, Delivery
from agents.notices.mail import MailSender
from agents.notices.push import PushSender
from agents.notices.webhook import WebhookSender
from utils.accounts.error_log import ErrorLog
from utils.database.base import Database, DatabaseLostError, LeaderLock
from utils.database.leading import take_turns
from utils.database.moment import now
from utils.database.outage import Outage
from utils.doorbell.base import NOTICES, Doorbell
from utils.mail.mail_server import MailServer
from utils.notices.outbox import LIFETIME, Channel, Message, NoticeOutbox, Outcome
from utils.notices.planner import NoticePlanner
from utils.notices.push_key import PushKey
from utils.notices.rules import NoticeRules
from utils.notices.subscriptions import PushSubscriptions
from utils.notices.words import NoticeWords
from utils.registry.server_key import ServerKey
from utils.settings import Settings

_LOCK = "notices"
_LOOK_SECONDS, _AGAIN_SECONDS = 1.0, 5.0
_FIRST_WAIT, _LONGEST_WAIT = 5.0, 3600.0
_SIDE_BY_SIDE = 8  # of a rule; a person's are sent one after the other
_MOST_AT_ONCE = 64
_TAKEN = 100  # messages for a web hook whose ids are written down together; what is sent of them is noted together, too
_NOTED_TOGETHER = 32  # so many at most may be sent again after a kill, besides those that are on their way
_FEWEST_TRIES = 8  # before a rule is switched off, however late it seems to be
_STOP_SECONDS = 2.0  # for what is being sent when this process is asked to end
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Away:
    """A target that took no messages: until when it is left alone, by the steady clock, and how often it did not."""

    until: float
    times: int


class Notifier:
    def __init__(self, database: Database, doorbell: Doorbell, settings: Settings) -> None:
        self._database = database
        self._doorbell = doorbell
        self._settings = settings
        key = ServerKey.of(settings)
        self._rules = NoticeRules(database, key)
        self._subscriptions = PushSubscriptions(database, key)
        self._push_key = PushKey(database, key)
        self._outbox = NoticeOutbox(database)
        self._words = NoticeWords(database)
        self._error_log = ErrorLog(database)
        sends_mail = settings.smtp_host is not None and settings.public_url is not None
        later = timedelta(minutes=settings.notice_later_minutes)
        self._planner = NoticePlanner(database, later, sends_mail)
        self._outage = Outage(_log, "No notice can be sent", "notices")

    def work(self, stopping: Event) -> None:
        """Until ``stopping``."""

        def lead(lock: LeaderLock) -> None:
            asyncio.run(self._lead(lock, stopping))

        take_turns(self._database, _LOCK, lead, stopping, self._outage, _log, _AGAIN_SECONDS)

    async def _lead(self, lock: LeaderLock, stopping: Event) -> None:
        with contextlib.closing(self._doorbell.listen(NOTICES)) as listener:
            woken = asyncio.Event()

            def heard() -> None:
                listener.rings()
                woken.set()

            asyncio.get_running_loop().add_reader(listener.fileno(), heard)
            delivery = _Round(self, lock, woken)
            try:
                while not stopping.is_set() and lock.held():
                    woken.clear()
                    if self._planner.plan():  # between two pieces of a flood, something is sent
                        woken.set()
                    delivery.go_on()
                    self._outage.is_over()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(woken.wait(), _LOOK_SECONDS)
            finally:
                asyncio.get_running_loop().remove_reader(listener.fileno())
                await delivery.end()

    def senders(self) -> dict[Channel, ChannelSender]:
        found: dict[Channel, ChannelSender] = {
            "webhook": WebhookSender(self._rules, self._settings),
            "chat": ChatSender(self._rules, self._settings),
            "push": PushSender(self._subscriptions, self._push_key, self._settings),
        }
        if self._settings.smtp_host is not None and self._settings.public_url is not None:
            found["mail"] = MailSender(MailServer(self._settings), self._settings.public_url)
        return found

    def give_up(self, message: Message, why: str) -> None:
        """Nothing will arrive there any more."""
        notice = message.notices[0]
        if notice.subscription_key is not None:
            self._subscriptions.forget(notice.subscription_key)
        elif notice.rule_key is not None:
            self._disable(notice.rule_key, why)

    def look_at_rule(self, message: Message, arrived: bool) -> None:
        """Remember since when its notices do not arrive; after three days of that, switch it off."""
        rule_key = message.notices[0].rule_key
        if rule_key is None:
            return
        if arrived:
            self._rules.arrives(rule_key)
            return
        self._rules.fails(rule_key)
        rule = self._rules.find(rule_key)
        if rule is None or rule.failing_since is None or message.attempts < _FEWEST_TRIES:
            return
        if now() - rule.failing_since > LIFETIME:
            self._disable(rule_key, f"Nothing has arrived there since {rule.failing_since:%Y-%m-%d %H:%M} UTC.")

    def _disable(self, rule_key: int, why: str) -> None:
        rule = self._rules.find(rule_key)
        if rule is not None and self._rules.disable(rule_key, f"Switched off: {why}"):
            words = (
                f"The notices of the rule “{rule.name}” were switched off. {why} Correct it, then switch it on again."
            )
            self._error_log.write("warning", "notices_off", words, team_key=rule.team_key)

    async def deliver(self, sender: ChannelSender | None, message: Message) -> Delivery | None:
        """None: nobody needs it any more, or may be told."""
        words = self._words.of(message)
        if words is None:
            return None
        if sender is None:
            return Delivery("refused", "This server sends no mail any more.")
        return await sender.send(message, words)

    @property
    def outbox(self) -> NoticeOutbox:
        return self._outbox


class _Round:
    """What one leader is sending at present, and next. What is done is written down together, at the next look."""

    def __init__(self, notifier: Notifier, lock: LeaderLock, woken: asyncio.Event) -> None:
        self._notifier = notifier
        self._lock = lock
        self._woken = woken
        self._senders = notifier.senders()
        self._tasks: dict[asyncio.Task[Outcome], Message] = {}
        self._busy: Counter[str] = Counter()  # how many of them are to a target
        self._next: dict[str, deque[Message]] = {}  # by target: they are begun, and wait for room
        self._away: dict[str, _Away] = {}
        self._done: list[Outcome] = []

    def go_on(self) -> None:
        """Write down what was sent, and take what is due: of a web hook, more than there is room for."""
        self._settle()
        at = time.monotonic()
        begun = {message.id for message in self._tasks.values()}
        for target in self._notifier.outbox.due_targets():
            if len(self._tasks) + len(self._next) >= _MOST_AT_ONCE:
                break
            away = self._away.get(target)
            if target in self._next or not self._has_room(target) or (away is not None and at < away.until):
                continue
            if taken := self._notifier.outbox.take(target, 1 if self._is_alone(target) else _TAKEN, begun):
                self._next[target] = deque(taken)
        for target in list(self._next):
            self._send_next(target)

    def _send_next(self, target: str) -> None:
        """As many as there is room for."""
        waiting = self._next.get(target, ())
        while waiting and self._has_room(target) and len(self._tasks) < _MOST_AT_ONCE:
            if not self._lock.seems_held():
                return
            message = waiting.popleft()
            task = asyncio.create_task(self._send(message))
            self._tasks[task] = message
            self._busy[target] += 1
            task.add_done_callback(self._end)
        if not waiting:
            self._next.pop(target, None)

    async def end(self) -> None:
        """What is on its way may arrive, and what has ended is written down."""
        self._next.clear()
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=_STOP_SECONDS)
        for task in list(self._tasks):
            task.cancel()
        for sender in self._senders.values():
            await sender.close()
        self._settle()

    def _has_room(self, target: str) -> bool:
        return self._busy[target] < (1 if self._is_alone(target) else _SIDE_BY_SIDE)

    def _is_alone(self, target: str) -> bool:
        """One message tries whether a target is back."""
        return target in self._away or not target.startswith("rule-")

    async def _send(self, message: Message) -> Outcome:
        began = time.monotonic()
        try:
            delivery = await self._notifier.deliver(self._senders.get(message.channel), message)
        except ValueError as error:  # sealed with a key that is no longer known
            delivery = Delivery("refused", str(error))
        except DatabaseLostError:
            raise
        except Exception as error:  # what is wrong with one is no other's matter
            _log.exception("A notice was not sent (%s); it is tried again", message.id)
            delivery = Delivery("later", describe(error))
        if delivery is None:
            return Outcome(message, "needless")
        return self._outcome(message, delivery, int((time.monotonic() - began) * 1000))

    def _outcome(self, message: Message, delivery: Delivery, took_ms: int) -> Outcome:
        told = partial(
            Outcome, message, error=delivery.error, answer_status=delivery.status, answer=delivery.answer,
            took_ms=took_ms,
        )  # fmt: skip
        match delivery.result:
            case "arrived":
                if self._away.pop(message.target, None) is not None or message.attempts:
                    self._notifier.look_at_rule(message, arrived=True)
                return told("sent")
            case "later":
                wait = self._leave_alone(message.target, delivery.wait)
                self._notifier.look_at_rule(message, arrived=False)
                return told("waiting", again_at=now() + timedelta(seconds=wait))
            case "gone":
                self._notifier.give_up(message, delivery.error or "")
        return told("failed")

    def _leave_alone(self, target: str, at_least: float | None) -> float:
        """For longer each time. Messages that failed side by side count once."""
        before, at = self._away.get(target), time.monotonic()
        if before is not None and at < before.until:
            return before.until - at
        self._next.pop(target, None)  # they are taken again when it is back
        times = before.times + 1 if before is not None else 1
        wait: float = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(times - 1, 12)) * random.uniform(0.8, 1.2)  # noqa: S311
        wait = min(max(wait, at_least or 0.0), 24 * _LONGEST_WAIT)
        self._away[target] = _Away(at + wait, times)
        return wait

    def _end(self, task: "asyncio.Task[Outcome]") -> None:
        message = self._tasks.pop(task)
        self._busy -= Counter([message.target])
        if task.cancelled():
            return
        if (error := task.exception()) is None:
            self._done.append(task.result())
        elif not isinstance(error, DatabaseLostError):  # of which the next look tells
            _log.error("What became of a notice was not noted; it is sent again", exc_info=error)
            self._leave_alone(message.target, None)
        for target in (message.target, *self._next):
            self._send_next(target)
        if message.target not in self._next or len(self._done) >= _NOTED_TOGETHER:
            self._woken.set()

    def _settle(self) -> None:
        if self._done:
            self._notifier.outbox.settle(self._done)
            self._done = []
