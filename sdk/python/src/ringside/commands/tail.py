"""ringside tail: a session in a terminal, line by line."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from ringside.settings import Settings
from ringside.values import text_of
from ringside.watching.stream import Stream

_COLOURS = {
    "failed": "31",
    "error": "31",
    "completed": "32",
    "waiting": "33",
    "cancelled": "33",
    "dim": "2",
    "bold": "1",
}
_WIDEST = 200
# What a terminal would carry out instead of showing: the texts are other people's.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def tail(settings: Settings, session: str, after: int | None, last: int, *, as_json: bool, coloured: bool) -> int:
    stream = Stream(settings, session, after, None if after is not None else max(0, min(last, 10_000)))
    lines = Lines(coloured)
    for event in stream.events():
        if as_json:
            print(json.dumps(event, ensure_ascii=False), flush=True)
            continue
        for line in lines.of(event):
            print(line, flush=True)
    return 0


class Lines:
    """Events as lines. The pieces of a text are put together until it ends."""

    def __init__(self, coloured: bool) -> None:
        self._coloured = coloured
        self._texts: dict[str, str] = {}
        self._depths: dict[str, int] = {}

    def of(self, event: dict[str, Any]) -> list[str]:
        kind = event["type"]
        if kind == "reset":
            return [self._paint("dim", f"… the log begins at {event['first']}")]
        if kind == "agentMessage":
            return self._message(event)
        words = {
            "agentActivity": self._activity, "runUpdate": self._run, "error": self._error,
            "agentStatusUpdate": self._status,
        }.get(kind)  # fmt: skip
        if words is None:
            return []  # a type that is newer than this program
        said = words(event)
        return [] if said is None else [f"{self._time(event)}  {said}"]

    def _activity(self, event: dict[str, Any]) -> str:
        depth = self._depths.get(event.get("parent_id", ""), -1) + 1
        self._depths[event["activity_id"]] = depth
        status = event["status"]
        mark = {"started": "▸", "completed": "✓", "failed": "✗", "cancelled": "–", "waiting": "…"}.get(status, "·")
        words = f"{'  ' * depth}{mark} {self._paint('bold', _plain(event['agent_name']))}  {_plain(event['action'])}"
        if event.get("progress") is not None and status == "in-progress":
            words += f"  {event['progress']:.0%}"
        if event.get("details"):
            words += self._paint("dim", f"  {_plain(event['details'])}")
        return self._paint(status, words) if status in ("failed",) else words

    def _run(self, event: dict[str, Any]) -> str:
        words = f"run {event['status']}"
        for name in ("question", "phase", "reason"):
            if event.get(name):
                words += f": {_plain(event[name])}"
                break
        return self._paint(event["status"], words)

    def _error(self, event: dict[str, Any]) -> str:
        return self._paint("error", f"error {_plain(event['code'])}: {_plain(event['message'])}")

    def _status(self, event: dict[str, Any]) -> str:
        words = f"{_plain(event['agent_name'])} is {event['status']}"
        return self._paint("dim", words + (f": {_plain(event['details'])}" if event.get("details") else ""))

    def _message(self, event: dict[str, Any]) -> list[str]:
        if event.get("channel"):
            return []
        text = self._texts.pop(event["message_id"], "") + event.get("delta", "")
        if not event.get("final"):
            self._texts[event["message_id"]] = text
            return []
        first = f"{self._time(event)}  {self._paint('bold', _plain(event['agent_name']))} says:"
        return [first, *(f"          {_CONTROL.sub(' ', line)}" for line in text.splitlines())]

    def _time(self, event: dict[str, Any]) -> str:
        moment = datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
        return self._paint("dim", moment.astimezone().strftime("%H:%M:%S"))

    def _paint(self, name: str, words: str) -> str:
        code = _COLOURS.get(name)
        return f"\x1b[{code}m{words}\x1b[0m" if self._coloured and code else words


def _plain(words: str) -> str:
    return text_of(_CONTROL.sub(" ", words), _WIDEST)
