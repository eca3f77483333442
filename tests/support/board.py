"""What a dashboard makes of the board's stream."""

from collections.abc import Callable
from typing import Any

from tests.support.sse import SseEvent
from tests.support.streams import StreamReader

Row = dict[str, Any]


class Seen:
    """The rows as a reader has them: it goes on where it was when it comes back with another stream."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.last_event_id: str | None = None
        self.ready = False
        self._stale: set[str] = set()

    def take(self, event: SseEvent) -> None:
        self.last_event_id = event.last_event_id or self.last_event_id
        told = event.json()
        assert told["type"] == event.type
        match event.type:
            case "nowRow":
                self.rows[told["row_id"]] = told
                self._stale.discard(told["row_id"])
            case "nowGone":
                self.rows.pop(told["row_id"], None)
                self._stale.discard(told["row_id"])
            case "reset":
                self.ready = False
                self._stale = set(self.rows)
            case "nowReady":
                self.ready = True
                for row_id in self._stale:
                    del self.rows[row_id]
                self._stale = set()
            case other:
                assert other == "heartbeat"

    def until(self, stream: StreamReader, condition: Callable[["Seen"], object], seconds: float = 10) -> None:
        """Read the stream until ``condition`` holds."""
        taken = 0

        def holds(reader: StreamReader) -> object:
            nonlocal taken
            for event in reader.events[taken:]:
                self.take(event)
            taken = len(reader.events)
            return condition(self)

        stream.until(holds, seconds)
        stream.events.clear()
        taken = 0

    def until_ready(self, stream: StreamReader) -> None:
        self.until(stream, lambda seen: seen.ready)

    def titles(self) -> set[str]:
        return {row["session_title"] for row in self.rows.values()}
