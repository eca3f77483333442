"""How Kafka is spoken to: the clients' configuration, the topics, and what is said when a broker is away.

The names of the configuration are librdkafka's (https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md).
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic  # type: ignore[attr-defined]

from utils.settings import Settings

MOST_BYTES = 3 * 1024 * 1024  # of one message: the largest event, and what goes around it
_USUAL_BYTES = 1_000_000
_ADMIN_SECONDS = 15.0
# What is over when the brokers are back.
PASSING = (KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._RESOLVE)
_log = logging.getLogger(__name__)

Config = dict[str, Any]


def client_config(settings: Settings, on_error: Callable[[KafkaError], None] | None = None) -> Config:
    """What every client is given. ``on_error`` hears of brokers that are away, and of none that is back."""
    config: Config = {
        "bootstrap.servers": settings.kafka_bootstrap_servers,
        "security.protocol": settings.kafka_security_protocol,
        "client.id": "ringside",
        "logger": _log,
        "log_level": 4,  # what is worth a warning; an outage is told once, by who notices it
        "log.connection.close": False,  # Azure Event Hubs closes idle connections
        "socket.keepalive.enable": True,
        "reconnect.backoff.max.ms": 2000,
        "topic.metadata.refresh.interval.ms": 30_000,
        "error_cb": on_error or (lambda _: None),
    }
    if settings.kafka_security_protocol.startswith("SASL"):
        password = settings.kafka_sasl_password
        assert password is not None
        config["sasl.mechanism"] = settings.kafka_sasl_mechanism
        config["sasl.username"] = settings.kafka_sasl_username
        config["sasl.password"] = password.get_secret_value()
    if settings.kafka_ca_file is not None:
        config["ssl.ca.location"] = str(settings.kafka_ca_file)
    return config


def open_producer(settings: Settings, on_error: Callable[[KafkaError], None] | None = None) -> Producer:
    """One that keeps the order of a key's messages, and tries for as long as a broker is away."""
    return Producer(
        {
            **client_config(settings, on_error),
            "enable.idempotence": True,
            "message.timeout.ms": 0,
            "linger.ms": 1,
            "message.max.bytes": MOST_BYTES,
            "queue.buffering.max.kbytes": 64 * 1024,
            "partitioner": "murmur2_random",  # as Kafka's own clients choose, so that others find a session's partition
        }
    )


def open_consumer(
    settings: Settings, config: Mapping[str, Any], on_error: Callable[[KafkaError], None] | None = None
) -> Consumer:
    return Consumer(
        {
            **client_config(settings, on_error),
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 100,
            "fetch.error.backoff.ms": 100,
            "session.timeout.ms": 10_000,
            **config,
        }
    )


def make_topics(settings: Settings) -> None:
    """Make those that are missing, where that is allowed. Raises KafkaException when no broker answers."""
    admin = AdminClient(client_config(settings))
    wanted = [
        settings.kafka_requests_topic, settings.kafka_responses_topic, settings.kafka_events_topic,
        settings.kafka_dead_letters_topic,
    ]  # fmt: skip
    there = admin.list_topics(timeout=_ADMIN_SECONDS).topics
    missing = [name for name in wanted if name not in there]
    if not missing:
        return
    topics = [
        NewTopic(name, settings.kafka_partitions, -1, config={"max.message.bytes": str(MOST_BYTES)}) for name in missing
    ]
    for name, made in admin.create_topics(topics, request_timeout=_ADMIN_SECONDS).items():
        try:
            made.result()
            _log.info("Made Kafka’s topic %s with %d partitions", name, settings.kafka_partitions)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                _log.warning("Kafka’s topic %s is missing and cannot be made: %s. Make it by hand.", name, told(error))


def most_bytes(settings: Settings, topic: str) -> int:
    """How large a message of the topic may be; what is usual where the brokers do not say.

    Raises KafkaException when none answers in time.
    """
    asked = ConfigResource(ConfigResource.Type.TOPIC, topic)
    admin = AdminClient(client_config(settings))  # by a name: the answer is lost when its client is gone before it
    described = admin.describe_configs([asked], request_timeout=_ADMIN_SECONDS)
    try:
        return min(MOST_BYTES, int(described[asked].result()["max.message.bytes"].value))
    except KafkaException as error:
        if error.args[0].code() in PASSING:
            raise
        return _USUAL_BYTES
    except (KeyError, TypeError, ValueError):
        return _USUAL_BYTES


def told(error: KafkaException | KafkaError) -> str:
    """The words of an error."""
    cause = error.args[0] if isinstance(error, KafkaException) else error
    return cause.str() if isinstance(cause, KafkaError) else str(cause)
