"""The four topics of one test, as a program beside Ringside uses them."""

import json
from typing import Any

from confluent_kafka import Producer

from tests.kafka.broker import Broker, Record


class Topics:
    def __init__(self, broker: Broker, prefix: str) -> None:
        self.broker = broker
        self.requests, self.responses = f"{prefix}.requests", f"{prefix}.responses"
        self.events, self.dead_letters = f"{prefix}.events", f"{prefix}.dead-letters"
        self._group = prefix
        self._producer: Producer | None = None

    def environment(self) -> dict[str, str]:
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.broker.address,
            "KAFKA_GROUP": self._group,
            "KAFKA_REQUESTS_TOPIC": self.requests,
            "KAFKA_RESPONSES_TOPIC": self.responses,
            "KAFKA_EVENTS_TOPIC": self.events,
            "KAFKA_DEAD_LETTERS_TOPIC": self.dead_letters,
            "KAFKA_PARTITIONS": "3",
        }

    def ask(self, session_id: str, message: str, **more: Any) -> None:
        self.put({"session_id": session_id, "message": message, "timestamp": "2026-11-26T12:00:00Z", **more})

    def put(self, value: Any, key: str | None = None) -> None:
        """Returns when the broker has it."""
        if self._producer is None:
            self._producer = Producer(
                {"bootstrap.servers": self.broker.address, "enable.idempotence": True, "log_level": 0}
            )
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        key = key if key is not None or not isinstance(value, dict) else str(value.get("session_id", ""))
        self._producer.produce(self.requests, data, key)
        assert self._producer.flush(60) == 0, "the broker did not take it"

    def answers(self) -> list[dict[str, Any]]:
        return [json.loads(record.value) for record in self.broker.read(self.responses)]

    def refused(self) -> list[Record]:
        return self.broker.read(self.dead_letters)

    def published(self, session_id: str) -> list[Record]:
        """The events of a session, as they stand in the topic."""
        return self.published_by_session().get(session_id, [])

    def published_by_session(self) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for record in self.broker.read(self.events):
            if record.key is not None:  # of a session, and no heartbeat
                found.setdefault(record.key.decode(), []).append(record)
        for of_session in found.values():
            assert len({record.partition for record in of_session}) == 1, "the order of a session needs one partition"
        return found
