"""What is sent to Kafka, and what has become of it.

A producer takes a message at once, and tells of its refusal only when somebody asks: here, whoever waits for what it
has sent hears of it as an exception.
"""

from collections.abc import Callable

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from utils.kafka.connection import PASSING, most_bytes, open_producer
from utils.kafka.records import Headers
from utils.settings import Settings

_ARRIVAL_SECONDS = 10.0
_CLOSE_SECONDS = 1.0
_AROUND = 2048  # bytes of a message beside its value: key, headers, and what Kafka adds

Arrived = Callable[[Message], None]


class Sender:
    """One producer. After a KafkaException it may be of no use any more: close it and open another."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._failure: KafkaError | None = None
        self._most_bytes: dict[str, int] = {}
        self._producer: Producer = open_producer(settings, self._on_error)

    def partitions(self, topic: str) -> list[int]:
        return [*self._producer.list_topics(topic, timeout=_ARRIVAL_SECONDS).topics[topic].partitions]

    def room(self, topic: str) -> int:
        """How many bytes the value of a message may have. Raises KafkaException when no broker answers."""
        if topic not in self._most_bytes:
            self._most_bytes[topic] = most_bytes(self._settings, topic)
        return self._most_bytes[topic] - _AROUND

    def send(
        self,
        topic: str,
        value: bytes | None,
        key: str | bytes | None = None,
        headers: Headers | None = None,
        *,
        partition: int = -1,
        arrived: Arrived | None = None,
    ) -> None:
        """It is on its way. ``arrived`` is called from within :meth:`poll` and :meth:`arrive`.

        ``partition``: chosen by the key where it is left out.
        """

        def delivered(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                self._failure = error
            elif arrived is not None:
                arrived(message)

        while True:
            try:
                self._producer.produce(topic, value, key, partition, delivered, headers=headers or [])
            except BufferError:  # the brokers take less than they are given: wait for them
                self._producer.poll(0.1)
                self._raise_failure()
            else:
                return

    def poll(self) -> None:
        """Hear what has arrived, without waiting for anything."""
        self._producer.poll(0)

    def arrive(self) -> None:
        """Wait for all that was sent. Raises KafkaException when not all arrives in time, or one never will."""
        left = self._producer.flush(_ARRIVAL_SECONDS)
        self._raise_failure()
        if left:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"{left} messages have not arrived yet"))

    def close(self) -> None:
        """Nothing more is sent. What is on its way arrives first, so that whoever sends next finds it in the topic."""
        self._producer.purge(in_flight=False)
        self._producer.flush(_CLOSE_SECONDS)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise KafkaException(self._failure)

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal() or error.code() not in PASSING:
            self._failure = error
