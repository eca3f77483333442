"""Answers to what was asked by Kafka, on the topic of responses: ``{session_id, response, run_id, status, id?}``."""

import json
from dataclasses import asdict, dataclass

from confluent_kafka import Producer

from utils.settings import Settings


@dataclass(frozen=True, slots=True)
class Response:
    """``response`` is the answer as Markdown; of a run without one, in plain words why. ``id`` is the request's own."""

    session_id: str
    response: str
    run_id: str | None  # none: the question was refused
    status: str  # completed, failed, cancelled, refused
    id: str | None

    def encode(self) -> bytes:
        return json.dumps(
            {name: value for name, value in asdict(self).items() if value is not None}, ensure_ascii=False
        ).encode()


class Responses:
    def __init__(self, settings: Settings, producer: Producer) -> None:
        self._topic = settings.kafka_responses_topic
        self._producer = producer

    def send(self, response: Response) -> None:
        """It is on its way; the producer's flush() returns when it has arrived."""
        self._producer.produce(self._topic, key=response.session_id.encode(), value=response.encode())
