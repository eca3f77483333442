"""What the topic of events has: one record for each event, for other programs and for this product's web workers.

The value is the event's JSON object, the key its session. The headers have what a web worker needs to send it on
without reading it: ``session_key``, ``seq``, ``type``, ``run_id`` and ``ends_run``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from confluent_kafka import Message

HEARTBEAT = "heartbeat"  # to every partition, so that silence tells that something is wrong
HEARTBEAT_SECONDS = 1.0
GONE = "sessionGone"  # the session was deleted
TOO_LARGE = "tooLarge"  # in the place of an event that the broker refused for its size: it is in the log alone

Headers = list[tuple[str, str | bytes | None]]


@dataclass(frozen=True, slots=True)
class EventRecord:
    """``data`` is the event's JSON object; it is empty where the record has no event, but something to tell of it."""

    session_key: int
    seq: int
    type: str
    run_id: str | None = None
    ends_run: bool = False
    data: bytes = b""

    def headers(self) -> Headers:
        found: Headers = [("session_key", str(self.session_key)), ("seq", str(self.seq)), ("type", self.type)]
        if self.run_id is not None:
            found.append(("run_id", self.run_id))
        if self.ends_run:
            found.append(("ends_run", "1"))
        return found


def read_record(message: Message) -> EventRecord | None:
    """The record of a message; None for what somebody else has put there."""
    headers = dict(_decoded(dict(message.headers() or {}).items()))
    try:
        kind = headers["type"]
        return EventRecord(
            int(headers.get("session_key", "0")),
            int(headers.get("seq", "0")),
            kind,
            headers.get("run_id"),
            "ends_run" in headers,
            b"" if kind in (HEARTBEAT, GONE, TOO_LARGE) else message.value() or b"",
        )
    except (KeyError, ValueError):
        return None


def _decoded(headers: Iterable[tuple[str, str | bytes | None]]) -> Iterable[tuple[str, str]]:
    for name, value in headers:
        yield name, value.decode("utf-8", "replace") if isinstance(value, bytes) else value or ""
