"""Questions that come in by Kafka, and whether each was asked, answered and told once."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from confluent_kafka import Message, Producer

from tests.faults.acknowledgements import Acknowledgements
from tests.faults.checker import Verdict, assert_intact, check, heads
from tests.faults.conftest import Figures
from tests.faults.crowd import Crowd
from tests.kafka.broker import Record
from tests.kafka.topics import Topics
from tests.support.waiting import wait_until
from utils.database.base import Database
from utils.log.activity_log import ActivityLog
from utils.sessions.runs import Runs
from utils.sessions.sessions import Sessions


class Asker:
    """Asks by Kafka, and knows which questions the broker has acknowledged."""

    def __init__(self, topics: Topics, names: list[str]) -> None:
        """``names``: the sessions, which are asked in turn."""
        self.topics, self.names = topics, names
        self._producer = Producer(
            {
                "bootstrap.servers": topics.broker.address,
                "enable.idempotence": True,
                "message.timeout.ms": 0,
                "log_level": 0,
            }
        )
        self._number = 0
        self.acknowledged: set[tuple[str, str]] = set()  # (session, id)

    def ask(self) -> None:
        self._number += 1
        name, number = self.names[self._number % len(self.names)], f"q{self._number}"
        value = {"session_id": name, "message": f"What is {number}?", "timestamp": time.time(), "id": number}

        def delivered(error: object, _message: Message, key: tuple[str, str] = (name, number)) -> None:
            if error is None:
                self.acknowledged.add(key)

        self._producer.produce(self.topics.requests, json.dumps(value), name, on_delivery=delivered)
        self._producer.poll(0)

    def settle(self) -> None:
        assert self._producer.flush(120) == 0, "the broker did not take all questions"


@dataclass(frozen=True)
class Outcome:
    """What was seen once everything has settled."""

    asked: int
    answered: int
    published: int
    repeated: int  # events that the topic has twice
    verdict: Verdict

    def tell(self, figures: Figures) -> None:
        figures("questions acknowledged by Kafka, each answered", self.asked)
        figures("responses sent twice, with the same run", self.answered - self.asked)
        figures("events acknowledged", self.verdict.acknowledged)
        figures("events in the topic, all in order", self.published)
        figures("events that the topic has twice", self.repeated)
        figures("watchers on A and C", self.verdict.clients)
        figures("events seen by them", self.verdict.seen)
        figures("lost, repeated, reordered, holes", 0)


def judge(
    asker: Asker, acknowledgements: Acknowledgements, emitted: list[str], crowds: Sequence[Crowd],
    database: Database, log: ActivityLog,
) -> Outcome:  # fmt: skip
    """Wait until everything has settled, and fail where something is missing, doubled or out of order."""
    acknowledgements.stop()
    asker.settle()
    answered = _wait_for_answers(asker)
    _assert_asked_once(Sessions(database), Runs(database), asker)
    everything = heads(log, [*asker.names, *emitted])
    for crowd in crowds:
        crowd.wait_heads(everything, 120)
    verdict = check(log, acknowledgements, [client for crowd in crowds for client in crowd.clients])
    repeated = _assert_published(asker.topics, everything)
    assert_intact(database)
    return Outcome(len(asker.acknowledged), answered, sum(everything.values()), repeated, verdict)


def _wait_for_answers(asker: Asker) -> int:
    """How many responses there are when every question has one."""

    def missing() -> set[tuple[str, str]]:
        return asker.acknowledged - {(answer["session_id"], answer["id"]) for answer in asker.topics.answers()}

    wait_until(lambda: not missing(), 180 + len(asker.acknowledged), "an answer to each question")
    answers = asker.topics.answers()
    assert {answer["status"] for answer in answers} == {"completed"}
    assert len({answer["run_id"] for answer in answers}) == len(asker.acknowledged)
    return len(answers)


def _assert_asked_once(sessions: Sessions, runs: Runs, asker: Asker) -> None:
    """Every question is one run, and the runs of a session are in the order of the topic."""
    for name in asker.names:
        found, cursor = [], None
        session = sessions.get(name)
        assert session is not None
        while True:
            page = runs.page(session.key, cursor, 100)
            found += [run.question for run in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
        numbers = sorted(int(number[1:]) for session_id, number in asker.acknowledged if session_id == name)
        assert [*reversed(found)] == [f"What is q{number}?" for number in numbers]


def _assert_published(topics: Topics, heads_of: dict[str, int]) -> int:
    """The topic of events is the log, in order; returns how many events stand there twice."""

    def all_published() -> dict[str, list[Record]] | None:
        found = topics.published_by_session()
        return found if all(len(found.get(name, [])) >= head for name, head in heads_of.items()) else None

    published = wait_until(all_published, 120, "the events")
    assert published is not None
    repeated = 0
    for name, head in heads_of.items():
        last = 0
        for record in published.get(name, []):
            seq = json.loads(record.value)["seq"]
            assert seq <= last + 1, f"{name}: {seq} follows {last} in the topic"
            repeated += seq <= last
            last = max(last, seq)
        assert last == head, f"{name}: the topic ends at {last}, the log at {head}"
    return repeated
