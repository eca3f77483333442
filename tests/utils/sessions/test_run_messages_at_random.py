"""Messages into runs under whatever happens in whatever order: each is settled once, by rules, and none is lost.

Made-up histories (Hypothesis) of messages that are sent, sent again and taken, and of runs that are claimed, lost and
ended. What is expected is kept in a model beside, which knows of no database.
"""

from dataclasses import dataclass

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.support.histories import histories
from utils.accounts.principal import UserRecord
from utils.log.activity_log import ActivityLog
from utils.log.errors import StaleRunError
from utils.log.events import Delivery, RunStatus, UserMessage
from utils.sessions.run_message import RunMessageError
from utils.sessions.run_messages import RunMessages
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import RunRecord, Runs
from utils.sessions.sessions import Sessions


@dataclass
class World:
    queue: RunQueue
    runs: Runs
    messages: RunMessages
    sessions: Sessions
    log: ActivityLog
    ada: UserRecord
    made: int = 0


class History(RuleBasedStateMachine):
    world: World

    @initialize()
    def ask(self) -> None:
        while (left := self.world.queue.claim("before")) is not None:
            self.world.queue.finish(left, "failed")
        self.world.made += 1
        self._session = f"s{self.world.made}"
        self.world.sessions.create(self._session, owner=self.world.ada)
        requested = self.world.queue.request(self._session, "Why?")
        assert requested is not None
        self._run = requested[1]
        self._held: RunRecord | None = None
        self._ended: RunStatus | None = None
        self._expected: dict[str, Delivery] = {}

    @rule(number=st.integers(0, 3), reads=st.booleans())
    def send(self, number: int, reads: bool) -> None:
        message_id = f"m{number}"
        known = message_id in self._expected
        try:
            sent = self.world.messages.send(self._now(), message_id, f"Words {number}", self.world.ada, reads=reads)
        except RunMessageError:
            assert self._ended is not None
            assert not known
            return
        assert sent is not None
        self._expected.setdefault(message_id, "queued" if reads else "next-turn")
        assert sent.delivery == self._expected[message_id]

    @rule()
    def claim(self) -> None:
        if self._held is None and self._ended is None:
            self._held = self.world.queue.claim("me")
            assert self._held is not None
            assert self._held.id == self._run.id

    @rule()
    def take(self) -> None:
        if self._held is None:
            return
        self._expected = {
            one: "steered" if delivery == "queued" else delivery for one, delivery in self._expected.items()
        }
        taken = {one.id: one.delivery for one in self.world.messages.take(self._held)}
        assert taken == {one: delivery for one, delivery in self._expected.items() if delivery == "steered"}

    @rule()
    def lose(self) -> None:
        """Killed; whatever it goes on to do is refused."""
        if self._held is None:
            return
        lost, self._held = self._held, None
        assert self.world.queue.take_back(self._now(), max_losses=1000)
        if "queued" in self._expected.values():
            with pytest.raises(StaleRunError):
                self.world.messages.take(lost)

    @rule(status=st.sampled_from(["completed", "failed"]))
    def end(self, status: RunStatus) -> None:
        if self._held is None:
            return
        self.world.queue.finish(self._held, status)
        unread: Delivery = "next-turn" if status == "completed" else "refused"
        self._held, self._ended = None, status
        self._expected = {one: unread if delivery == "queued" else delivery for one, delivery in self._expected.items()}

    def _now(self) -> RunRecord:
        found = self.world.runs.get(self._run.id)
        assert found is not None
        return found

    @invariant()
    def each_is_told_as_it_is_and_settled_once(self) -> None:
        if not hasattr(self, "_run"):
            return
        told: dict[str, list[str]] = {}
        for event in self.world.log.run_events(self._session, self._run.id, self._run.first_seq):
            if isinstance(event, UserMessage):
                told.setdefault(event.message_id, []).append(event.delivery)
        assert {one: said[-1] for one, said in told.items()} == self._expected
        assert all(said in (["queued"], said[-1:], ["queued", *said[-1:]]) for said in told.values())
        kept = {one.id: one.delivery for one in self.world.messages.page(self._run).items}
        assert kept == self._expected

    @invariant()
    def what_is_asked_next_is_asked_once(self) -> None:
        if not hasattr(self, "_run"):
            return
        position = self.world.log.position(self._session)
        assert position is not None
        asked = [run.question for run in self.world.runs.all_of(position.key) if run.id != self._run.id]
        expected = [f"Words {one[1:]}" for one, delivery in self._expected.items() if delivery == "next-turn"]
        assert sorted(asked) == sorted(expected)


def test_messages_are_settled_once_whatever_happens(
    run_queue: RunQueue, runs: Runs, run_messages: RunMessages, sessions: Sessions, log: ActivityLog, ada: UserRecord
) -> None:
    History.world = World(run_queue, runs, run_messages, sessions, log, ada)
    run_state_machine_as_test(History, settings=histories(12, steps=15))
