"""The rings of sessions by Kafka, with the events themselves: web machines then ask the database for none of them.

Everything else is left to the doorbell of the database, and so are these rings while Kafka is silent: the topic's
publisher (utils/bridge/event_publisher.py) sends a heartbeat to every partition each second, so silence says that the
brokers or the publisher are away. Both are heard until one can do alone.
"""

import contextlib
import logging
import os
import select
import threading
import time
from collections.abc import Sequence

from confluent_kafka import OFFSET_END, Consumer, KafkaException, Message, TopicPartition

from utils.database.outage import Outage
from utils.doorbell.base import ANYTHING, SESSIONS, Doorbell, DoorbellListener, Ring
from utils.doorbell.news import Frame, pack
from utils.kafka.connection import open_consumer, told
from utils.kafka.records import HEARTBEAT, HEARTBEAT_SECONDS, EventRecord, read_record
from utils.settings import Settings

_SILENCE_SECONDS = 3 * HEARTBEAT_SECONDS
_POLL_SECONDS = 0.5
_AT_ONCE = 1000
_AGAIN_SECONDS = 1.0
_METADATA_SECONDS = 5.0
_COUNT_SECONDS = 30.0  # until a partition that was added is noticed
_MOST_BYTES = 16 * 1024 * 1024  # kept for a listener that does not listen
_log = logging.getLogger(__name__)


class KafkaDoorbell:
    def __init__(self, database: Doorbell, settings: Settings) -> None:
        """``database`` is the doorbell of the database."""
        self._database = database
        self._settings = settings

    def ring(self, topic: str, hint: str, news: bytes = b"") -> None:
        self._database.ring(topic, hint, news)

    def listen(self, topic: str) -> DoorbellListener:
        if topic != SESSIONS:
            return self._database.listen(topic)
        return KafkaListener(self._settings, self._database)

    @property
    def works(self) -> bool:
        """While Kafka is silent, the database's doorbell takes its place."""
        return self._database.works

    def listeners(self, topic: str) -> int:
        return self._database.listeners(topic)

    def close(self) -> None:
        self._database.close()


class KafkaListener:
    """Hears of every session. A thread of its own takes the records from Kafka."""

    def __init__(self, settings: Settings, database: Doorbell) -> None:
        self._settings = settings
        self._database = database
        self._guard = threading.Lock()
        self._heard: list[Ring] = []
        self._size = 0
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._epoll = select.epoll()
        self._epoll.register(self._wake, select.EPOLLIN)
        self._instead: DoorbellListener | None = None  # the database's, while Kafka is silent
        self._outage = Outage(_log, "Kafka is silent, so the database rings", "kafka")
        self._closing = threading.Event()
        self._listen_instead()
        self._thread = threading.Thread(target=self._run, name="kafka-listener", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Of an epoll, which is readable when one of what it watches is."""
        return self._epoll.fileno()

    def rings(self) -> list[Ring]:
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)
        with self._guard:
            heard, self._heard, self._size = self._heard, [], 0
            instead = self._instead.rings() if self._instead is not None else []
        return heard + instead

    def close(self) -> None:
        self._closing.set()
        self._thread.join(_AGAIN_SECONDS)
        self._stop_instead()
        self._epoll.close()
        os.close(self._wake)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                with contextlib.closing(
                    open_consumer(self._settings, {"group.id": self._settings.kafka_group})
                ) as consumer:
                    self._hear(consumer)
            except KafkaException as error:
                self._outage.goes_on(told(error))
            except Exception:
                _log.exception("The news from Kafka cannot be taken; trying again in a second")
            self._listen_instead()
            self._closing.wait(_AGAIN_SECONDS)

    def _hear(self, consumer: Consumer) -> None:
        topic = self._settings.kafka_events_topic
        partitions = self._partitions(consumer)
        if not partitions:
            raise KafkaException(f"The topic {topic} is not there yet")
        consumer.assign([TopicPartition(topic, partition, OFFSET_END) for partition in partitions])
        began = time.monotonic()
        counted_at = began + _COUNT_SECONDS
        beaten: dict[int, float] = {}  # partition → when its last heartbeat was heard
        while not self._closing.is_set():
            first = consumer.poll(_POLL_SECONDS)
            if first is not None:
                self._take([first, *consumer.consume(_AT_ONCE, 0)], beaten)
            now = time.monotonic()
            if now > counted_at:
                counted_at = now + _COUNT_SECONDS
                if self._partitions(consumer) != partitions:
                    return
            if len(beaten) == len(partitions) and min(beaten.values()) > now - _SILENCE_SECONDS:
                self._outage.is_over()
                self._stop_instead()
            elif now - began > _SILENCE_SECONDS:
                self._outage.goes_on("no heartbeat of its publisher arrives")
                self._listen_instead()

    def _partitions(self, consumer: Consumer) -> list[int]:
        topic = self._settings.kafka_events_topic
        return sorted(consumer.list_topics(topic, timeout=_METADATA_SECONDS).topics[topic].partitions)

    def _take(self, messages: Sequence[Message], beaten: dict[int, float]) -> None:
        frames: dict[int, list[Frame]] = {}
        look: set[int] = set()  # sessions of which something is missing here, and stands in the log
        for message in messages:
            if (error := message.error()) is not None:
                raise KafkaException(error)
            record = read_record(message)
            if record is None:
                continue
            if record.type == HEARTBEAT:
                partition = message.partition()
                assert partition is not None
                beaten[partition] = time.monotonic()
            else:
                own = frames.setdefault(record.session_key, [])
                if record.data and (not own or record.seq == own[-1].seq + 1):
                    own.append(_frame(record))
                elif not record.data or record.seq > own[-1].seq:
                    look.add(record.session_key)
                # Else it is here already: two publishers may overlap for a moment, and then it comes twice.
        rings = [Ring(str(key), pack(own)) for key, own in frames.items() if own]
        self._ring([*rings, *(Ring(str(key)) for key in look)])

    def _ring(self, rings: list[Ring]) -> None:
        if not rings:
            return
        with self._guard:
            self._size += sum(len(ring.news) for ring in rings)
            self._heard = [*self._heard, *rings] if self._size <= _MOST_BYTES else [Ring(ANYTHING)]
        os.eventfd_write(self._wake, 1)

    def _listen_instead(self) -> None:
        with self._guard:
            if self._instead is None and not self._closing.is_set():
                self._instead = self._database.listen(SESSIONS)
                self._epoll.register(self._instead.fileno(), select.EPOLLIN)

    def _stop_instead(self) -> None:
        with self._guard:
            instead, self._instead = self._instead, None
            if instead is not None:
                self._epoll.unregister(instead.fileno())
                instead.close()


def _frame(record: EventRecord) -> Frame:
    """As utils/log/events.py encodes it: the data is the same object."""
    data = b"id: %d\nevent: %b\ndata: %b\n\n" % (record.seq, record.type.encode(), record.data)
    return Frame(record.seq, record.run_id, record.ends_run, data)
