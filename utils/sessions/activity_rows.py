"""The steps of a log, one row each: what the events of each step come to together.

The same rules as the dashboard's (frontend/src/app/state/fold-activity.ts): a step begins with its first event and
ends with the one that ended it; what an event leaves out stays as it was. One that arrives after the end and tells of
what was before adds what is not known yet, and opens nothing. Memory grows with the steps, not the events;
of an input or output, which may be a megabyte, no more is kept than a cell of Excel holds.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from utils.log.events import ENDED_ACTIVITY, tells_late
from utils.log.store import StoredEvent

LONGEST_TEXT = 32_000  # Excel's own limit is 32,767, with what is added


@dataclass(slots=True)
class ActivityRow:
    """Moments are ISO 8601, as the log has them. ``ended_at`` is None while the step is open.

    ``input`` and ``output`` are text, or JSON as text, cut at LONGEST_TEXT.
    """

    activity_id: str
    run_id: str | None
    started_at: str
    parent_id: str | None = None
    agent_name: str = ""
    action: str = ""
    kind: str = "step"
    status: str = ""
    ended_at: str | None = None
    details: str | None = None
    progress: float | None = None
    input: str | None = None
    output: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None

    @property
    def duration_ms(self) -> int | None:
        if self.ended_at is None:
            return None
        lasted = datetime.fromisoformat(self.ended_at) - datetime.fromisoformat(self.started_at)
        return max(0, round(lasted.total_seconds() * 1000))  # clocks of two machines differ

    def take(self, event: dict[str, Any]) -> None:
        """The next event of the step."""
        usage, late = event.get("usage", {}), self._tells_late(event)
        for name, found in {
            **{name: event.get(name) for name in _REMAINING},
            **{name: _text(event.get(name)) for name in ("input", "output")},
            "model": usage.get("model"),
            "input_tokens": usage.get("input_tokens"),
            "output_tokens": usage.get("output_tokens"),
        }.items():
            if found is not None and not (late and getattr(self, name) is not None):
                setattr(self, name, found)
        if late:
            self.started_at = min(self.started_at, event["time"], key=datetime.fromisoformat)
        else:
            self.ended_at = event["time"] if event["status"] in ENDED_ACTIVITY else None

    def _tells_late(self, event: dict[str, Any]) -> bool:
        ended_at = datetime.fromisoformat(self.ended_at) if self.ended_at is not None else None
        return tells_late(event["status"], datetime.fromisoformat(event["time"]), ended_at)


_REMAINING = ("parent_id", "agent_name", "action", "kind", "status", "details", "progress")


def _text(value: Any) -> str | None:
    """As much of it as is kept, and how much it is."""
    if value is None:
        return None
    whole = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return whole if len(whole) <= LONGEST_TEXT else f"{whole[:LONGEST_TEXT]}… ({len(whole):,} characters)"


def activity_table(events: Iterable[StoredEvent]) -> list[ActivityRow]:
    """In the order in which the steps began. An error that names a failed step without words of its own explains it."""
    rows: dict[tuple[str | None, str], ActivityRow] = {}
    for stored in events:
        if stored.type == "agentActivity":
            event = json.loads(stored.body)
            place = (stored.run_id, event["activity_id"])
            if place not in rows:
                rows[place] = ActivityRow(event["activity_id"], stored.run_id, event["time"])
            rows[place].take(event)
        elif stored.type == "error":
            event = json.loads(stored.body)
            row = rows.get((stored.run_id, event.get("activity_id", "")))
            if row is not None and row.details is None:
                row.details = event["message"]
    return list(rows.values())
