"""Answers to what was asked by Kafka, on the topic of responses: ``{session_id, response, run_id, status, id?}``."""

import json
import logging
from dataclasses import asdict, dataclass, replace

from utils.kafka.sender import Sender
from utils.settings import Settings

_TOO_LARGE = "The answer is too large for Kafka. Read it in the session, or from the API, by its run_id."
_log = logging.getLogger(__name__)


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
    def __init__(self, settings: Settings, sender: Sender) -> None:
        self._topic = settings.kafka_responses_topic
        self._sender = sender

    def send(self, response: Response) -> None:
        """It is on its way; the sender's arrive() returns when it is there."""
        value = response.encode()
        if len(value) > self._sender.room(self._topic):
            _log.warning("The answer of run %s is too large for Kafka: %d bytes", response.run_id, len(value))
            value = replace(response, response=_TOO_LARGE).encode()
        self._sender.send(self._topic, value, response.session_id)
