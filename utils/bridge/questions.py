"""Questions that come in by Kafka: each becomes a message and a run, once, however often it arrives.

A message of the topic is ``{"session_id", "message", "timestamp", "id"?}``, with the session as its key, so that the
questions of a session arrive in order. The bridges of all machines share the partitions as one consumer group, and an
offset is committed when what is before it is in the database. While the database is away, full or busy, questions wait.
What can never be asked goes to the topic of dead letters,
with the reason, and whoever asked is told on the topic of responses.
"""

import json
import logging
from contextlib import closing
from hashlib import sha256
from threading import Event
from typing import Annotated, Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, ValidationError

from utils.accounts.quotas import QuotaExceededError
from utils.bridge.responses import Response, Responses
from utils.database.base import DatabaseLostError
from utils.database.outage import Outage
from utils.kafka.connection import make_topics, open_consumer, told
from utils.kafka.records import Headers
from utils.kafka.sender import Sender
from utils.log.errors import NotStoredError, passing_trouble
from utils.log.events import EventError, SessionId
from utils.registry.agent_registry import AgentRegistryError
from utils.sessions.run_queue import RunQueue
from utils.sessions.runs import ASKED_BY_KAFKA
from utils.sessions.sessions import SessionExistsError, Sessions, title_from
from utils.settings import Settings
from utils.validation_words import validation_words

_POLL_SECONDS = 0.5
_AT_ONCE = 100
_AGAIN_SECONDS = 2.0
_BROKER_SECONDS = 10.0
_MOST_CHARACTERS = 20_000
_log = logging.getLogger(__name__)


def _number_as_text(value: object) -> object:
    return str(value) if type(value) is int else value


class Question(BaseModel):
    """What may be asked. Other members are ignored. The id may be a number, too."""

    session_id: SessionId
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_MOST_CHARACTERS)]
    id: Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(_number_as_text)] | None = None


class RefusedError(ValueError):
    """The question cannot be asked. The message says why, in plain words."""


def asked_by_kafka(run_id: str | None) -> bool:
    return run_id is not None and run_id.startswith(ASKED_BY_KAFKA)


class Questions:
    """Takes questions from the topic. One for a bridge."""

    def __init__(self, settings: Settings, sessions: Sessions, queue: RunQueue) -> None:
        self._settings = settings
        self._sessions = sessions
        self._queue = queue
        self._outage = Outage(_log, "No questions can be taken from Kafka", "kafka")

    def take(self, stopping: Event) -> None:
        """Until ``stopping``. What is away, database or Kafka, is waited for: what was not committed comes again."""
        while not stopping.is_set():
            consumer = open_consumer(
                self._settings,
                {
                    "group.id": self._settings.kafka_group, "auto.offset.reset": "earliest",
                    "enable.partition.eof": True,
                },
            )  # fmt: skip
            try:
                make_topics(self._settings)
                consumer.subscribe([self._settings.kafka_requests_topic])
                with closing(Sender(self._settings)) as sender:  # another each time: one that has failed may be broken
                    self._take(consumer, sender, stopping)
            except (DatabaseLostError, NotStoredError, KafkaException) as error:
                self._outage.goes_on(told(error) if isinstance(error, KafkaException) else error)
                stopping.wait(_AGAIN_SECONDS)
            finally:
                consumer.close()

    def _take(self, consumer: Consumer, sender: Sender, stopping: Event) -> None:
        ended: set[int] = set()  # partitions of which everything was taken
        while not stopping.is_set():
            first = consumer.poll(_POLL_SECONDS)
            if first is None:
                if self._outage.open and self._nothing_waits(consumer, ended):
                    self._outage.is_over()
                continue
            taken: dict[tuple[str, int], int] = {}
            asked = False
            try:
                for message in [first, *consumer.consume(_AT_ONCE, 0)]:
                    if (error := message.error()) is not None:
                        _raise_unless_passing(error)
                        if error.code() == KafkaError._PARTITION_EOF:
                            ended.add(_place(message)[1])
                        continue
                    topic, partition, offset = _place(message)
                    ended.discard(partition)
                    asked = self._ask(message, sender) or asked
                    taken[topic, partition] = offset + 1
            finally:  # what was before a question that has to wait is taken, and is not refused again with each attempt
                sender.arrive()  # a dead letter is there before its question counts as taken
                _commit(consumer, taken)
            if asked:  # to refuse a question shows nothing: it may not need what is away
                self._outage.is_over()

    def _nothing_waits(self, consumer: Consumer, ended: set[int]) -> bool:
        """For this bridge, and for those of other machines: what they fail with may be this one's next.

        Raises KafkaException when the brokers do not say.
        """
        topic, seconds = self._settings.kafka_requests_topic, _BROKER_SECONDS
        own = {place.partition for place in consumer.assignment()}
        others = consumer.list_topics(topic, timeout=seconds).topics[topic].partitions.keys() - own
        if own - ended:
            return False
        for place in consumer.committed([TopicPartition(topic, partition) for partition in others], timeout=seconds):
            first, end = consumer.get_watermark_offsets(place, timeout=seconds)
            if max(first, place.offset) < end:
                return False
        return True

    def _ask(self, message: Message, sender: Sender) -> bool:
        """Whether it was asked; else it was refused."""
        question = None
        try:
            question = _question(message)
            run_id = f"{ASKED_BY_KAFKA}{_identity(message, question)}"
            self._make_session(question.session_id)
            asked = self._queue.request(
                question.session_id, question.message, title_from(question.message), run_id=run_id,
                metadata={"request_id": question.id} if question.id is not None else None,
            )  # fmt: skip
            if asked is None:
                raise RefusedError("The session was deleted.")
        except (RefusedError, AgentRegistryError, EventError, QuotaExceededError) as error:
            self._refuse(sender, message, question, str(error))
            return False
        except DatabaseLostError:
            raise
        except Exception as error:  # one question must not hold up all that are behind it
            if (trouble := passing_trouble(error)) is not None:
                raise trouble from error
            _log.exception("A question from Kafka cannot be asked")
            self._refuse(sender, message, question, "It cannot be asked. The server's log says why.")
            return False
        return True

    def _make_session(self, session_id: str) -> None:
        ownership = self._sessions.ownership(session_id)
        if ownership is None:
            try:
                self._sessions.create(session_id)
            except SessionExistsError:  # another bridge was a moment earlier
                ownership = self._sessions.ownership(session_id)
        if ownership is not None and ownership.owner_key is not None and not ownership.shared:
            raise RefusedError("The session is private to its owner. Ask in one of your own, or in one that is shared.")

    def _refuse(self, sender: Sender, message: Message, question: Question | None, why: str) -> None:
        topic, partition, offset = _place(message)
        _log.warning(
            "A question from Kafka is refused (%s, partition %d, offset %d): %s", topic, partition, offset, why
        )
        key, value, reason = message.key(), message.value(), why
        dead_letters = self._settings.kafka_dead_letters_topic
        if len(key or b"") + len(value or b"") > sender.room(dead_letters):
            key, value, reason = None, None, f"{why} It is too large for this topic: read it at its offset."
        place: Headers = [("topic", topic), ("partition", str(partition)), ("offset", str(offset))]
        sender.send(dead_letters, value, key, [("reason", reason), *place])
        if question is not None:
            Responses(self._settings, sender).send(Response(question.session_id, why, None, "refused", question.id))


def _question(message: Message) -> Question:
    """Raises RefusedError."""
    value = message.value()
    try:
        found: Any = json.loads(value) if value else None
    except ValueError as error:  # also for bytes that are no text
        raise RefusedError(f"The message is no JSON: {error}.") from error
    if not isinstance(found, dict):
        raise RefusedError('The message must be a JSON object: {"session_id": …, "message": …}.')
    try:
        return Question.model_validate(found)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise RefusedError(f"{'.'.join(map(str, wrong['loc']))}: {validation_words(wrong)}.") from error


def _identity(message: Message, question: Question) -> str:
    """The same whenever the message comes again, and for no other: its id, or else its place in the topic."""
    if question.id is not None:
        words = f"{question.session_id}\n{question.id}"
    else:  # with its time: a topic that is made again begins at offset 0
        words = "\n".join(map(str, (*_place(message), message.timestamp()[1])))
    return sha256(words.encode()).hexdigest()[:32]


def _place(message: Message) -> tuple[str, int, int]:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    return topic, partition, offset


def _commit(consumer: Consumer, taken: dict[tuple[str, int], int]) -> None:
    offsets = [TopicPartition(topic, partition, offset) for (topic, partition), offset in taken.items()]
    if not offsets:
        return
    try:
        consumer.commit(offsets=offsets, asynchronous=False)
    except KafkaException as error:  # others have the partition now, or a broker is away: what comes again counts once
        _log.info("An offset of Kafka was not committed: %s", told(error))


def _raise_unless_passing(error: KafkaError) -> None:
    if error.code() not in (KafkaError._PARTITION_EOF, KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._TRANSPORT):
        raise KafkaException(error)
