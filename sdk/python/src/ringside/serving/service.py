"""Claims questions to registered agents and lets functions answer them."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from typing import Any

from ringside.serving.job import Job
from ringside.serving.reporter import Reporter
from ringside.serving.stopped import Paused, Stopped
from ringside.serving.work_api import RefusedError, WorkApi
from ringside.settings import Settings
from ringside.values import words_of

_log = logging.getLogger("ringside")
_WAIT_SECONDS = 20
_AWAY_SECONDS = 3.0
_WIND_DOWN_SECONDS = 5.0
Answering = Callable[[Job], Any]


class Service:
    """``answering``: a function or coroutine function for each agent's name or id."""

    def __init__(self, settings: Settings, answering: dict[str, Answering], worker: str | None = None) -> None:
        self._api = WorkApi(settings, lambda: not self._leaving.is_set())
        self._answering = answering
        self._worker = worker or f"{socket.gethostname()} {os.getpid()}"
        self._leaving = threading.Event()
        self._jobs: dict[int, Callable[[str], None]] = {}

    def serve(self, concurrency: int = 1) -> None:
        """Work until SIGINT or SIGTERM; what is at work then is given back. Raises RefusedError when the server never
        gives this program work: a wrong key, an unknown agent."""
        failures: list[RefusedError] = []
        threads = [
            threading.Thread(target=self._work, args=(failures,), name=f"ringside-{n}", daemon=True)
            for n in range(concurrency)
        ]
        former = {}
        if threading.current_thread() is threading.main_thread():
            former = {number: signal.signal(number, self._leave) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            for thread in threads:
                thread.start()
            while not self._leaving.wait(0.2):
                if failures:
                    raise failures[0]
        finally:
            self._leaving.set()
            for stop in list(self._jobs.values()):
                stop("This program ends.")
            for thread in threads:
                thread.join(_WIND_DOWN_SECONDS)
            self._api.close()
            for number, handler in former.items():
                signal.signal(number, handler)

    def _leave(self, *_: Any) -> None:
        self._leaving.set()

    def _work(self, failures: list[RefusedError]) -> None:
        """Whatever happens to one question, the next one is asked for."""
        while not self._leaving.is_set():
            try:
                self._work_once(failures)
            except Stopped as lost:
                _log.info("A run is no longer ours: %s", lost)
            except Exception:
                if not self._leaving.is_set():
                    _log.exception("Work could not be done; asking again")
                self._leaving.wait(_AWAY_SECONDS)
            if failures:
                return

    def _work_once(self, failures: list[RefusedError]) -> None:
        import httpx

        try:
            work, pause = self._api.claim(list(self._answering), self._worker, _WAIT_SECONDS)
        except RefusedError as error:
            failures.append(error)
            return
        except httpx.HTTPError as error:
            if not self._leaving.is_set():
                _log.warning("No work can be asked for (%s); trying again.", words_of(error))
            work, pause = None, _AWAY_SECONDS
        if work is None:
            self._leaving.wait(pause)
        elif self._leaving.is_set():
            self._api.send("POST", work, "release")
        else:
            self._answer(work)

    def _answer(self, work: dict[str, Any]) -> None:
        """To its end, whatever the function does."""
        stops: list[Callable[[str], None]] = []

        def stopped(reason: str) -> None:
            for stop in stops:
                stop(reason)

        reporter = Reporter(self._api, work, stopped)
        try:
            self._end(work, reporter, self._outcome(work, reporter, stops))
        except Stopped as lost:
            _log.info("The run %s is no longer ours: %s", work["run_id"], lost)
        finally:
            reporter.give_up()

    def _outcome(self, work: dict[str, Any], reporter: Reporter, stops: list[Callable[[str], None]]) -> dict[str, Any]:
        """How the function ended."""
        me = threading.get_ident()
        self._jobs[me] = reporter.halt
        try:
            answering = self._answering.get(work["agent"]["name"]) or self._answering[work["agent"]["id"]]
            job = Job(self._api, work, reporter)
            with job:
                answer = asyncio.run(_awaited(answering, job, stops)) if _is_async(answering) else answering(job)
            return {"status": "completed", **({"answer": str(answer)} if answer is not None else {})}
        except (Stopped, asyncio.CancelledError):
            if reporter.stopped or self._leaving.is_set():
                return {"status": "cancelled"}
            return {"status": "failed", "error": "It cancelled itself."}
        except Paused:
            return {"status": "paused"}
        except BaseException as error:  # sys.exit(), too: this thread is not the function's to end
            _log.exception("The run %s failed", work["run_id"])
            return {"status": "failed", "error": words_of(error)}
        finally:
            del self._jobs[me]

    def _end(self, work: dict[str, Any], reporter: Reporter, how: dict[str, Any]) -> None:
        """Tell how it ended, also while this program ends; give back what has no end, or cannot be told."""
        if how["status"] == "cancelled" and not reporter.cancelled:
            self._give_back(work)
            return
        try:
            reporter.end()
        except Stopped as lost:
            _log.info("The run %s cannot be ended: %s", work["run_id"], lost)
            self._give_back(work)
            return
        try:
            self._api.send("POST", work, "end", **how)
        except Stopped as lost:
            if how["status"] != "paused":
                raise
            _log.info("The run %s is not paused: %s", work["run_id"], lost)  # it was resumed meanwhile
            self._give_back(work)
        except RefusedError as error:
            self._api.send("POST", work, "end", status="failed", error=_told_asker(work["run_id"], error))

    def _give_back(self, work: dict[str, Any]) -> None:
        self._api.send("POST", work, "release")
        self._leaving.wait(_AWAY_SECONDS)  # so that another program may take it


def _told_asker(run: str, refused: RefusedError) -> str:
    """Words for a person who has asked; who wrote the program reads in its log what to do."""
    if refused.code == "no_answer":
        _log.error("The run %s ended without an answer: return it as a text, or write it with job.write(…).", run)
        return "The agent ended without an answer."
    _log.error("The end of the run %s was refused: %s", run, refused)
    return "The agent's answer could not be taken."


def _is_async(answering: Answering) -> bool:
    return inspect.iscoroutinefunction(answering)


async def _awaited(answering: Answering, job: Job, stops: list[Callable[[str], None]]) -> Any:
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(answering(job))

    def stop(_: str) -> None:
        with contextlib.suppress(RuntimeError):  # it has ended already
            loop.call_soon_threadsafe(task.cancel)

    stops.append(stop)
    job.check()  # it may have been stopped before there was a task
    return await task
