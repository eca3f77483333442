"""Tells the server in the background what is done in one job, and keeps the job by that."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ringside.serving.job_asking import JobAsking
from ringside.serving.job_guarding import JobGuarding
from ringside.serving.stopped import Stopped
from ringside.serving.work_api import RefusedError, WorkApi
from ringside.values import words_of

if TYPE_CHECKING:
    from ringside.telling.guarding import Guard, WhenAway

_log = logging.getLogger("ringside")
_EVERY_SECONDS = 0.1
_BEAT_SECONDS = 2.0
_MOST = 500  # records of one request
_ENDED = ("completed", "failed", "cancelled")
_OF_STEP = ("details", "progress", "input", "output", "usage")


class Reporter:
    """Takes the place of a Client for what is told in a job: its events become records of the run."""

    is_silent = False

    def __init__(self, api: WorkApi, work: dict[str, Any], stop: Callable[[str], None]) -> None:
        """``stop`` is called once, with the reason, when the job is to end."""
        self.stopped = ""
        self.cancelled = False  # by whoever asked; then the server wants to hear that it has ended
        self.pause_requested = False
        self._lost = False  # nothing more can be told: the run is ours no more, or the thread has failed
        self._api, self._work, self._stop = api, work, stop
        self._records: list[tuple[float, dict[str, Any]]] = []
        self._told = 0
        self._left_out: set[str] = set()
        self._ending = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._report, name="ringside-job", daemon=True)
        self._error: BaseException | None = None
        self._thread.start()

    # As a Client has them.

    def put(self, session: str, body: bytes) -> None:
        event = json.loads(body)
        record = _record(event)
        if record is None:
            return
        if self.stopped and record.get("status") not in _ENDED:  # what is open may end
            raise Stopped(self.stopped)
        self.add(record)

    def complain(self, error: Exception) -> None:
        _log.warning("Ringside could not take an event; the job goes on.", exc_info=error)

    def leave_out(self, field: str, error: Exception) -> None:
        if field not in self._left_out:
            self._left_out.add(field)
            _log.warning("Ringside leaves out %s: %s.", field, words_of(error).rstrip("."))

    def has_told(self, error: BaseException | None) -> None:
        self._error = error

    def was_told(self, error: BaseException | None) -> bool:
        return self._error is error

    def asking(self, session: str, question: dict[str, Any]) -> JobAsking:
        """What was told before the question is sent before it."""
        self.flush()
        return JobAsking(self._api, self._work, question, self.cancel)

    def guarding(
        self, session: str, call: dict[str, Any], *, timeout: float | None, patience: float, when_away: WhenAway | None
    ) -> Guard:
        """The server of a job is waited for, whatever its patience: the job is none without it."""
        self.flush()
        return JobGuarding(self._api, self._work, call, timeout, self.cancel)

    # Of the job.

    def add(self, record: dict[str, Any]) -> None:
        with self._changed:
            self._records.append((time.monotonic(), record))
            self._changed.notify_all()

    def flush(self) -> None:
        """Return when all is told, also while the program ends. Raises Stopped when nothing more can be told."""
        with self._changed:
            self._changed.wait_for(lambda: not self._records or self._lost)
            if self._lost:
                raise Stopped(self.stopped)

    def end(self) -> None:
        """Tell the rest, and tell no more."""
        self.flush()
        self.give_up()

    def give_up(self) -> None:
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join(_EVERY_SECONDS + 60)

    def _report(self) -> None:
        told_at = time.monotonic()
        while True:
            with self._changed:
                if not self._records:
                    self._changed.wait_for(lambda: self._ending or bool(self._records), _BEAT_SECONDS)
                if self._ending:
                    return
                batch = self._records[:_MOST]
            if not batch and time.monotonic() - told_at < _BEAT_SECONDS:
                continue
            try:
                self.note(self._send(batch))
            except Stopped as stopped:
                self._lose(str(stopped))
                return
            except Exception as error:  # else flush would wait for a thread that has ended
                _log.exception("Nothing more can be told of the run %s", self._work["run_id"])
                self._lose(words_of(error))
                return
            told_at = time.monotonic()
            time.sleep(_EVERY_SECONDS)  # so that what comes fast goes together

    def _send(self, batch: list[tuple[float, dict[str, Any]]]) -> dict[str, Any]:
        if not batch:
            return self._api.send("POST", self._work, "beat")
        now = time.monotonic()
        records = [
            {**record, "ago": round(now - at, 3)} if record["type"] == "step" else record for at, record in batch
        ]
        try:
            answer = self._api.send("POST", self._work, "records", first=self._told, records=records)
        except (RefusedError, TypeError, ValueError) as error:
            if len(batch) > 1:
                return self._send(batch[:1])
            trouble = {"type": "trouble", "code": "record_refused", "message": str(error)[:4000]}
            answer = self._api.send("POST", self._work, "records", first=self._told, records=[trouble])
        with self._changed:
            del self._records[: answer["told"] - self._told]
            self._told = answer["told"]
            self._changed.notify_all()
        return answer

    def _lose(self, reason: str) -> None:
        self._lost = True
        self.halt(reason)

    def cancel(self) -> None:
        """The server says that whoever asked wants no answer any more."""
        if not self.stopped:
            self.cancelled = True
            self.halt("The run was stopped.")

    def note(self, answer: dict[str, Any]) -> None:
        """What the server says that people want of the run."""
        self.pause_requested = bool(answer.get("pause_requested"))
        if answer.get("cancel_requested"):
            self.cancel()

    def halt(self, reason: str) -> None:
        """Let the job end."""
        with self._changed:
            self.stopped = reason
            self._changed.notify_all()
        self._stop(reason)


def _record(event: dict[str, Any]) -> dict[str, Any] | None:
    """An event of a program as a record of a run."""
    agent = {"agent": event["agent_name"]} if event.get("agent_name") else {}
    if event["type"] == "agentActivity":
        given = {name: event[name] for name in _OF_STEP if event.get(name) is not None}
        parent = {"parent": event["parent_id"]} if event.get("parent_id") else {}
        step = {
            "key": event["activity_id"],
            "action": event["action"],
            "kind": event["kind"],
            "status": event["status"],
        }
        return {"type": "step", **step, **parent, **given, **agent}
    if event["type"] == "agentMessage":
        text = {"delta": event["delta"], "final": bool(event.get("final"))}
        if event.get("channel") == "reasoning":
            return {"type": "reasoning", "step": event.get("activity_id") or "run", **text, **agent}
        return {"type": "text", "message": event["message_id"], **text, **agent}
    if event["type"] == "error":
        return {"type": "trouble", "code": event["code"], "message": event["message"], **agent}
    return None
