"""Whatever a function gives, and whatever the server answers: a question has an end, and the next one is asked for."""

import asyncio
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ringside.serving import service, work_api
from ringside.serving.job import Job
from ringside.serving.stopped import Stopped
from ringside.settings import Settings
from tests.conftest import wait_until
from tests.odd_server import Odd, odd_server

Reply = tuple[int, bytes, dict[str, str]]
DATE = {"Retry_After": "Wed, 21 Oct 2026 07:28:00 GMT"}


def reply(status: int, body: object = b"", **headers: str) -> Reply:
    return status, body if isinstance(body, bytes) else json.dumps(body).encode(), headers


def work(number: int) -> Reply:
    return reply(200, {
        "session_id": "s", "run_id": f"run-{number}", "attempt": 1, "question": f"Question {number}", "history": [],
        "instructions": "", "metadata": {}, "state": None, "earlier": None, "agent": {"name": "Crew", "id": "a"},
    })  # fmt: skip


class Script:
    """Gives these answers to claims, then no work; keeps what it is told."""

    def __init__(self, *claims: Reply, **answers: Callable[[dict[str, Any]], Reply]) -> None:
        self.claims, self.answers = list(claims), answers
        self.told: list[tuple[str, str, dict[str, Any]]] = []
        self.leave: Callable[[], None] = lambda: None

    def __call__(self, request: Odd) -> None:
        run, what = request.path.split("/")[-2:]
        status, content, headers = self._answer(run, what, json.loads(request.body))
        request.reply(status, content, **headers)

    def _answer(self, run: str, what: str, body: dict[str, Any]) -> Reply:
        if what == "claim":
            return self.claims.pop(0) if self.claims else reply(204)
        self.told.append((run, what, body))
        if what in self.answers:
            return self.answers[what](body)
        return reply(200, {"told": body["first"] + len(body["records"])}) if what == "records" else reply(200, {})

    def bodies(self, run: str, what: str) -> list[dict[str, Any]]:
        return [body for one, told, body in self.told if (one, told) == (run, what)]

    def ended(self, run: str) -> dict[str, Any]:
        return wait_until(lambda: self.bodies(run, "end"), 10, f"the end of {run}")[-1]


@contextmanager
def serving(answer: Callable[[Job], Any], script: Script) -> Iterator[None]:
    with odd_server(script) as url:
        serving = service.Service(Settings(url, "key"), {"Crew": answer})
        thread = threading.Thread(target=serving.serve)
        script.leave = serving._leave
        thread.start()
        try:
            yield
        finally:
            serving._leave()
            thread.join(20)
        assert not thread.is_alive()


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_AWAY_SECONDS", 0.05)
    monkeypatch.setattr(work_api, "_LONGEST_PAUSE", 0.05)


def test_what_has_no_json_is_told_as_text_or_left_out_and_takes_nothing_with_it() -> None:
    def answer(job: Job) -> str:
        job.write(b"bytes")  # type: ignore[arg-type]
        job.write("half \ud800")
        job.phase("Work", float("nan"))
        return "Half \udfff."

    script = Script(work(1))
    with serving(answer, script):
        assert script.ended("run-1")["answer"] == "Half ?."
    records = [record for body in script.bodies("run-1", "records") for record in body["records"]]
    assert {"type": "text", "delta": "half ?"} in records
    assert {"type": "text", "delta": "b'bytes'"} in records
    assert not [record for record in records if record["type"] in ("trouble", "phase")]


def test_an_answer_to_a_claim_that_is_none_is_asked_for_again() -> None:
    html = b"<html>Sign in to the hotel's network</html>"
    script = Script(reply(200, html), reply(200, []), reply(503, html, **DATE), reply(204, **DATE), work(1))
    with serving(lambda job: job.question, script):
        assert script.ended("run-1")["answer"] == "Question 1"


def test_what_answers_in_place_of_the_server_has_not_got_the_end() -> None:
    ends = [reply(200, b"<html>"), reply(200, {})]
    script = Script(work(1), work(2), end=lambda _: ends.pop(0) if ends else reply(200, {}))
    with serving(lambda job: job.question, script):
        script.ended("run-2")
    assert len(script.bodies("run-1", "end")) == 2


def test_a_question_whose_end_is_refused_is_not_the_last() -> None:
    script = Script(work(1), work(2), end=lambda body: reply(400 if body.get("answer") != "Question 2" else 200, {}))
    with serving(lambda job: job.question, script):
        assert script.ended("run-2")["status"] == "completed"


def test_a_function_that_ends_the_program_fails_and_is_not_beaten_for_any_more() -> None:
    def answer(job: Job) -> str:
        return sys.exit(3) if job.run_id == "run-1" else "Still here."

    script = Script(work(1), work(2))
    with serving(answer, script):
        assert script.ended("run-2")["answer"] == "Still here."
        wait_until(lambda: not any(one.name == "ringside-job" for one in threading.enumerate()), 10, "no reporter")
    assert script.ended("run-1")["error"] == "SystemExit: 3"


def test_a_reporter_that_cannot_go_on_keeps_nobody_waiting_and_gives_the_question_back() -> None:
    def answer(job: Job) -> str:
        if job.run_id == "run-1":
            job.write("word")
        return "Answered."

    script = Script(work(1), work(2), records=lambda _: reply(200, {"unexpected": 1}))
    with serving(answer, script):
        assert script.ended("run-2")["status"] == "completed"
    assert script.bodies("run-1", "release")
    assert not script.bodies("run-1", "end")


@pytest.mark.parametrize("error", [asyncio.CancelledError, Stopped], ids=lambda one: one.__name__)
def test_a_function_that_cancels_itself_has_failed(error: type[BaseException]) -> None:
    async def answer(job: Job) -> str:
        raise error("by myself")

    script = Script(work(1))
    with serving(answer, script):
        assert script.ended("run-1")["error"] == "It cancelled itself."
    assert not script.bodies("run-1", "release")


def test_an_answer_that_is_finished_while_the_program_ends_is_told() -> None:
    answered = threading.Event()

    def told_late(body: dict[str, Any]) -> Reply:
        answered.wait(10)
        return reply(200, {"told": body["first"] + len(body["records"])})

    def answer(job: Job) -> str:
        job.write("The last ")
        script.leave()
        wait_until(lambda: job._reporter.stopped, 10, "the end of the program")
        answered.set()
        return "The last word."

    script = Script(work(1), records=told_late)
    with serving(answer, script):
        assert script.ended("run-1")["answer"] == "The last word."
    assert not script.bodies("run-1", "release")


def test_a_stop_that_comes_after_the_end_of_a_coroutine_is_nothing() -> None:
    class Unstopped:
        def check(self) -> None:
            pass

    async def answer(job: Job) -> str:
        return "Done."

    stops: list[Callable[[str], None]] = []
    assert asyncio.run(service._awaited(answer, Unstopped(), stops)) == "Done."  # type: ignore[arg-type]
    stops[0]("Too late.")


def test_a_call_that_is_allowed_is_not_made_when_its_run_shall_stop() -> None:
    made: list[str] = []

    def answer(job: Job) -> None:
        job.guard("delete_file", {"path": "log.txt"})
        made.append("delete_file")

    told = {"status": "allowed", "words": None, "rule": None, "approval_id": None, "cancel_requested": True}
    script = Script(work(1), **{"tool-calls": lambda _: reply(200, told)})
    with serving(answer, script):
        assert script.ended("run-1")["status"] == "cancelled"
    assert made == []
