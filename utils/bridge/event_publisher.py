"""Publishes every event of the log to Kafka: in the order of each session, and none twice.

One bridge of all machines publishes; the others wait for its place. It hears of what moved by the doorbell, looks at
what has moved of late every few seconds, and at everything from time to time. What has arrived is written down once a
second (utils/bridge/positions.py).
"""

import json
import logging
import select
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from threading import Event

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from utils.bridge.past import Past
from utils.bridge.positions import Head, Positions, PublishedPositions
from utils.bridge.questions import asked_by_kafka
from utils.bridge.responses import Response, Responses
from utils.database.base import Database, DatabaseLostError, LeaderLock
from utils.database.moment import now
from utils.database.outage import Outage
from utils.doorbell.base import ANYTHING, SESSIONS, Doorbell
from utils.kafka.connection import make_topics, open_consumer, told
from utils.kafka.records import GONE, HEARTBEAT, HEARTBEAT_SECONDS, TOO_LARGE, EventRecord, Headers, read_record
from utils.kafka.sender import Sender
from utils.log.activity_log import ActivityLog
from utils.log.errors import NotStoredError, passing_trouble
from utils.log.events import ENDED_RUN
from utils.log.store import StoredEvent
from utils.sessions.messages import Messages
from utils.sessions.runs import Runs
from utils.settings import Settings

_LOOK_SECONDS = 5.0
_LOOK_AT_ALL_SECONDS = 300.0  # which reads a row of each session
_OF_LATE = timedelta(seconds=60)  # more than a session's updated_at may be behind its log
_AGAIN_SECONDS = 1.0
# What a publisher sent in the moment when it was killed, a broker may still take after a message of its successor.
_SETTLING_SECONDS = 2.0
_LOOKS = 3  # at what the leader writes down, which shows that it moved twice
_READ_ROWS = 500
_READ_SECONDS = 10.0
_LOCK = "kafka-events"
_log = logging.getLogger(__name__)


class _LostError(RuntimeError):
    """Another process may publish now."""

    def __init__(self) -> None:
        super().__init__("the connection to the database broke")


class EventPublisher:
    def __init__(
        self,
        settings: Settings,
        database: Database,
        log: ActivityLog,
        doorbell: Doorbell,
        messages: Messages,
        runs: Runs,
    ) -> None:
        self._settings = settings
        self._topic = settings.kafka_events_topic
        self._database = database
        self._log = log
        self._doorbell = doorbell
        self._messages = messages
        self._runs = runs
        self._positions = PublishedPositions(database, self._topic)
        self._heard: deque[dict[int, int]] = deque(maxlen=_LOOKS)  # the offsets that the leader wrote down
        self._outage = Outage(_log, "No events can be published to Kafka", "kafka")

    def publish(self, stopping: Event) -> None:
        """Until ``stopping``. Begins anew whenever something is lost, from what has arrived."""
        while not stopping.is_set():
            try:
                lock = self._database.lead(_LOCK)
                if lock is None:
                    self._hear_of_the_leader()
                else:
                    self._heard.clear()
                    try:
                        self._lead(lock, stopping)
                    finally:
                        lock.release()
            except (DatabaseLostError, NotStoredError, _LostError) as error:
                self._outage.goes_on(error)
            except KafkaException as error:
                self._outage.goes_on(told(error))
            except Exception as error:
                if (trouble := passing_trouble(error)) is None:
                    raise
                self._outage.goes_on(trouble)
            stopping.wait(_AGAIN_SECONDS)

    def _hear_of_the_leader(self) -> None:
        """Another publishes. Our outage is over when it does, and not when it only tries, as all do in turn meanwhile.

        It writes down what has arrived once before it begins, and then each second.
        """
        if self._outage.open:
            self._heard.append(self._positions.offsets())
            if len(self._heard) == _LOOKS and all(a != b for a, b in pairwise(self._heard)):
                self._outage.is_over()
                self._heard.clear()

    def _lead(self, lock: LeaderLock, stopping: Event) -> None:
        make_topics(self._settings)
        stopping.wait(_SETTLING_SECONDS)
        turn = _Turn(lock, self._settings, self._log, self._positions, self._messages, self._runs)
        with closing(turn), closing(self._doorbell.listen(SESSIONS)) as listener:
            turn.catch_up()
            poller = select.poll()
            poller.register(listener.fileno(), select.POLLIN)
            look_at_all_at = look_at = beat_at = 0.0
            while not stopping.is_set():
                at = time.monotonic()
                if at >= look_at_all_at:
                    turn.look_at_all()
                    look_at_all_at = time.monotonic() + _LOOK_AT_ALL_SECONDS
                if at >= look_at:
                    turn.look()
                    look_at = time.monotonic() + _LOOK_SECONDS
                if at >= beat_at:
                    if not lock.held():
                        raise _LostError
                    turn.beat()
                    self._outage.is_over()  # what held it up was sent, too, by the look before
                    beat_at = at + HEARTBEAT_SECONDS
                poller.poll(max(0.0, min(beat_at, look_at) - time.monotonic()) * 1000)
                hints = {ring.hint for ring in listener.rings()}
                if ANYTHING in hints:
                    look_at = 0.0
                turn.send(int(hint) for hint in hints if hint != ANYTHING)
            turn.arrive()


class _Turn:
    """What one process publishes from when it takes the lock until it loses it."""

    def __init__(
        self, lock: LeaderLock, settings: Settings, log: ActivityLog, positions: PublishedPositions,
        messages: Messages, runs: Runs,
    ) -> None:  # fmt: skip
        self._lock = lock
        self._settings = settings
        self._topic = settings.kafka_events_topic
        self._log = log
        self._written = positions
        self._messages = messages
        self._runs = runs
        self._sender = Sender(settings)
        self._responses = Responses(settings, self._sender)
        self._ids: dict[int, str] = {}  # session key → its id
        self._sent: dict[int, int] = {}  # session key → the last seq that was given to the producer
        self._moved: set[int] = set()  # sessions whose position is not written down
        self._offsets: dict[int, int] = {}  # partition → the offset behind what has arrived

    def catch_up(self) -> None:
        """Find how far the log has been published: as written down, and what the topic has behind that."""
        known = self._written.read()  # before the ends: one that does not know yet that it has lost the lock moves it
        ends = self._ends(self._sender.partitions(self._topic))
        if not known.offsets or any(known.offsets.get(partition, 0) > end for partition, end in ends.items()):
            # Another topic, or one that was made again: what was published elsewhere does not count.
            self._written.begin()
            known = Positions()
        self._sent = known.seqs
        heads = self._written.heads()
        past = Past(self._log)
        # From the earliest there is, where the topic has not kept what follows the place that was written down.
        reading = {"group.id": f"{self._settings.kafka_group}-publisher", "auto.offset.reset": "earliest"}
        with closing(open_consumer(self._settings, reading)) as consumer:
            for partition, end in ends.items():
                begin = TopicPartition(self._topic, partition, known.offsets.get(partition, 0))
                there = (record for record in _read(consumer, begin, end) if _is_of(heads, record))
                for record in past.published(there):
                    self._sent[record.session_key] = max(self._sent.get(record.session_key, 0), record.seq)
                    self._moved.add(record.session_key)
        self._sent = {key: seq for key, seq in self._sent.items() if key in heads}
        if past.differ:
            key, seq = next(iter(past.differ.items()))
            _log.warning(
                "The topic %s has other events than the log in %d sessions, as after a backup was put back: in session "
                "%s from event %d on. They are published from there on again, under the same numbers",
                self._topic, len(past.differ), heads[key].session_id, seq,
            )  # fmt: skip
        self._write_down()

    def _ends(self, partitions: Iterable[int]) -> dict[int, int]:
        """Where each partition ends, by a message of ours: one that has just started may show an end of earlier."""
        for partition in partitions:
            self._offsets[partition] = 0
        self._send_heartbeats()
        self._sender.arrive()
        return {partition: offset - 1 for partition, offset in self._offsets.items()}

    def look(self) -> None:
        """Publish what has moved of late and is not published yet, whoever has missed to ring for it."""
        moved = self._written.behind(now() - _OF_LATE - timedelta(seconds=self._settings.clock_skew_seconds))
        self._ids.update((key, head.session_id) for key, head in moved.items())
        self.send(key for key, head in moved.items() if head.seq > self._sent.get(key, 0))

    def look_at_all(self) -> None:
        """Publish whatever is not published yet, and tell which sessions are gone: of all that there are."""
        heads = self._written.heads()
        for key in self._sent.keys() - heads.keys():
            self._tell_gone(key)
        self._ids = {key: head.session_id for key, head in heads.items()}
        self.send(key for key, head in heads.items() if head.seq > self._sent.get(key, 0))

    def send(self, keys: Iterable[int]) -> None:
        """Publish what is new in these sessions."""
        for key in keys:
            while True:
                events = self._log.read(key, self._sent.get(key, 0), _READ_ROWS)
                for event in events:
                    self._send(key, event)
                if len(events) < _READ_ROWS:
                    break
            if not events and key in self._sent and not self._written.heads([key]):
                self._tell_gone(key)
        self._sender.poll()

    def beat(self) -> None:
        """Once a second: let everything arrive, write it down, and show the readers of the topic that all is well."""
        self._send_heartbeats()
        self.arrive()

    def arrive(self) -> None:
        """Raises KafkaException when not everything arrives in time, or never will."""
        self._sender.arrive()
        self._write_down()

    def _send_heartbeats(self) -> None:
        value = json.dumps({"type": HEARTBEAT}).encode()
        for partition in self._offsets:
            headers: Headers = [("type", HEARTBEAT)]
            self._sender.send(self._topic, value, headers=headers, partition=partition, arrived=self._arrived)

    def _write_down(self) -> None:
        self._written.write({key: self._sent[key] for key in self._moved if key in self._sent}, self._offsets)
        self._moved.clear()

    def close(self) -> None:
        self._sender.close()

    def _send(self, key: int, event: StoredEvent) -> None:
        session_id = self._session_id(key)
        ends_run = event.type == "runUpdate" and json.loads(event.body)["status"] in ENDED_RUN
        if ends_run and asked_by_kafka(event.run_id):
            self._respond(session_id, event)
        record = EventRecord(key, event.seq, event.type, event.run_id, ends_run, event.data())
        if len(record.data) > self._sender.room(self._topic):
            _log.warning("Event %d of session %s is too large for Kafka; it is in the log alone", event.seq, session_id)
            stub = json.dumps({"seq": event.seq, "type": TOO_LARGE, "session_id": session_id}).encode()
            record = EventRecord(key, event.seq, TOO_LARGE, data=stub)
        self._produce(session_id, record)
        self._sent[key] = event.seq
        self._moved.add(key)

    def _respond(self, session_id: str, event: StoredEvent) -> None:
        """The answer has arrived before the end of its run is published: whoever publishes next would not send it."""
        assert event.run_id is not None
        run, answer = self._runs.get(event.run_id), self._messages.answer_of(event.run_id)
        if run is None:  # its session was just deleted
            return
        told_instead = run.reason or f"The run is {run.status}."
        request_id = self._runs.metadata_of(run).get("request_id")
        words = answer.content if answer is not None else told_instead
        self._responses.send(Response(session_id, words, run.id, run.status, request_id))
        self.arrive()

    def _tell_gone(self, key: int) -> None:
        session_id = self._ids.pop(key, "")
        value = json.dumps({"type": GONE, "session_id": session_id}).encode()
        self._produce(session_id, EventRecord(key, 0, GONE, data=value))
        self._sent.pop(key, None)
        self._moved.discard(key)

    def _produce(self, session_id: str, record: EventRecord) -> None:
        if not self._lock.seems_held():
            raise _LostError
        self._sender.send(self._topic, record.data, session_id, record.headers(), arrived=self._arrived)

    def _session_id(self, key: int) -> str:
        if key not in self._ids:
            found = self._written.heads([key]).get(key)
            self._ids[key] = found.session_id if found is not None else ""
        return self._ids[key]

    def _arrived(self, message: Message) -> None:
        partition, offset = message.partition(), message.offset()
        assert partition is not None
        assert offset is not None
        self._offsets[partition] = max(offset + 1, self._offsets.get(partition, 0))


def _is_of(heads: Mapping[int, Head], record: EventRecord) -> bool:
    """Whether the log has an event under this number."""
    return record.session_key in heads and 0 < record.seq <= heads[record.session_key].seq


def _read(consumer: Consumer, begin: TopicPartition, end: int) -> Iterator[EventRecord]:
    """The records of a partition from there up to ``end``. Raises KafkaException when they do not come."""
    at, deadline = begin.offset, time.monotonic() + _READ_SECONDS
    consumer.assign([begin])
    while at < end:
        message = consumer.poll(0.5)
        if message is None:
            if time.monotonic() > deadline:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "The topic of events cannot be read to its end"))
            continue
        if (error := message.error()) is not None:
            raise KafkaException(error)
        deadline = time.monotonic() + _READ_SECONDS
        offset = message.offset()
        assert offset is not None
        at = offset + 1
        if (record := read_record(message)) is not None:
            yield record
