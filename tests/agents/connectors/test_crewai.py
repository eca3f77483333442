"""Crews answer questions: real agent processes, a server with the crew's API over HTTP, and calls of a real crew."""

import asyncio
import json
import random
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from agents.backends.base import Answer, Job, Registration, Waiting
from agents.connectors.crewai import KIND, CrewaiBackend, CrewaiConfiguration
from agents.errors import AgentError
from agents.team.context import nothing_said
from agents.telling.steps import Record, TextRecord, listening
from tests.support.agent_runs import AgentRuns
from tests.support.foreign_server import ForeignServer, Received, answer, json_answer
from utils.accounts.principal import UserRecord
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.sessions.approval import Decision
from utils.sessions.hook_calls import Call, HookCalls
from utils.settings import Settings

RECORDED = Path(__file__).parent / "fixtures" / "crewai" / "callbacks.jsonl"
TOKEN = "canary-of-the-crew-1234567890"
ANSWER = "The engine was rebuilt by Ada."
STEPS = {("Researcher", "research"), ("Researcher", "look_up"), ("Writer", "write")}


def recorded() -> list[tuple[str, bytes]]:
    lines = [json.loads(line) for line in RECORDED.read_text().splitlines()]
    return [(one["name"], json.dumps(one["body"]).encode()) for one in lines]


class Crew:
    """The API of a crew: what it was asked, and what it says of its one kickoff."""

    def __init__(self, stack: ExitStack) -> None:
        self.status: Any = {"status": "running"}
        self.inputs: Any = {"inputs": ["current_message", "id"]}
        self.asked, self.answers = threading.Event(), threading.Event()
        self.answers.set()
        self.http = stack.enter_context(ForeignServer())
        self.http.answers |= {
            ("GET", "/inputs"): self._guarded(lambda _: json_answer(self.inputs)),
            ("POST", "/kickoff"): self._guarded(self._kickoff),
            ("GET", "/status/k-1"): self._guarded(lambda _: json_answer(self.status)),
        }

    def _guarded(self, answering: Any) -> Any:
        def guarded(call: Received) -> Iterator[bytes]:
            if call.headers.get("authorization") != f"Bearer {TOKEN}":
                return answer(401)
            return answering(call)

        return guarded

    def _kickoff(self, call: Received) -> Iterator[bytes]:
        self.asked.set()
        self.answers.wait(30)
        return json_answer({"kickoff_id": "k-1"})

    @property
    def kickoffs(self) -> list[Any]:
        return [call.json() for call in self.http.asked("POST", "/kickoff")]


# With real agent processes


class Runs(AgentRuns):
    """Runs of a crew, and the calls that it makes."""

    def __init__(self, crew: Crew, calls: HookCalls, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.crew = crew
        self._calls = calls

    def ask_crew(self, **configuration: Any) -> str:
        if not hasattr(self, "_made"):
            given = {"address": self.crew.http.url, "poll_seconds": 600, **configuration}
            self.agent("s", "crewai", given, {"token": TOKEN})
            self._made = True
        return self.ask("s")

    def call(self, run_id: str, *calls: tuple[str, bytes]) -> None:
        for name, body in calls:
            self._calls.add(run_id, name, body, "application/json")


@pytest.fixture
def crew_runs(
    settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord, tmp_path: Path,
    hook_calls: HookCalls,
) -> Iterator[Runs]:  # fmt: skip
    with ExitStack() as stack:
        yield Runs(Crew(stack), hook_calls, stack, settings, database, log, doorbell, ada, tmp_path)


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://ringside.example.org")


def told(runs: Runs, run_id: str) -> set[tuple[str, str]]:
    return {(one.agent_name, one.action) for one in runs.steps(run_id)}


def test_a_crew_that_calls_back_out_of_order_and_twice_is_told_once(crew_runs: Runs, public: None) -> None:
    run_id = crew_runs.ask_crew()
    crew_runs.start()
    assert crew_runs.wait(run_id, "waiting").owner is None
    [kickoff] = crew_runs.crew.kickoffs
    assert kickoff["inputs"]["current_message"] == "Who rebuilt the engine?"
    assert kickoff["webhooks"]["url"].startswith(f"https://ringside.example.org/api/hooks/{run_id}/")
    assert "llm_stream_chunk" not in kickoff["webhooks"]["events"]
    calls = recorded() + recorded()[:15]
    random.Random(1).shuffle(calls)
    crew_runs.call(run_id, *calls)
    crew_runs.wait(run_id, "completed")
    assert crew_runs.answer(run_id) == ANSWER
    assert told(crew_runs, run_id) >= STEPS
    assert len(crew_runs.crew.http.asked("GET", "/status/k-1")) == 1, "after the calls nothing was left to ask"
    secret = kickoff["webhooks"]["url"].split("/")[-2]
    for event in crew_runs.events(run_id):
        assert secret not in event.model_dump_json()
        assert TOKEN not in event.model_dump_json()


def test_without_a_public_address_the_status_is_asked_for(crew_runs: Runs) -> None:
    run_id = crew_runs.ask_crew(poll_seconds=1)
    crew_runs.crew.status = {"status": "running", "progress": {"completed_tasks": 1, "total_tasks": 2}}
    crew_runs.start()
    crew_runs.wait(run_id, "waiting")
    [kickoff] = crew_runs.crew.kickoffs
    assert set(kickoff) == {"inputs", "meta"}
    crew_runs.crew.status = {"status": "completed", "result": {"output": ANSWER, "tasks": []}}
    crew_runs.wait(run_id, "completed")
    assert crew_runs.answer(run_id) == ANSWER


def test_a_conversation_goes_along_and_comes_back(crew_runs: Runs, public: None) -> None:
    crew_runs.start()
    for turn, remembered in ((1, None), (2, "c-1"), (3, "c-2")):
        run_id = crew_runs.ask_crew()
        crew_runs.wait(run_id, "waiting")
        sent = crew_runs.crew.kickoffs[-1]["inputs"]["id"]
        assert remembered in (None, sent)
        result = json.dumps({"response": f"Answer {turn}", "id": f"c-{turn}"})
        crew_runs.call(run_id, ("crew", json.dumps({"kickoff_id": "k-1", "result": result}).encode()))
        crew_runs.wait(run_id, "completed")
        assert crew_runs.answer(run_id) == f"Answer {turn}"
    assert len(crew_runs.crew.kickoffs) == 3


def test_a_process_killed_before_the_kickoff_was_answered_starts_no_second_crew(crew_runs: Runs, public: None) -> None:
    crew_runs.crew.answers.clear()
    run_id = crew_runs.ask_crew()
    first = crew_runs.start()
    assert crew_runs.crew.asked.wait(20)
    first.send_signal(signal.SIGKILL)
    crew_runs.crew.answers.set()
    crew_runs.start()
    crew_runs.wait(run_id, "waiting")
    crew_runs.call(run_id, *recorded())
    crew_runs.wait(run_id, "completed")
    assert crew_runs.answer(run_id) == ANSWER
    assert told(crew_runs, run_id) >= STEPS
    assert len(crew_runs.crew.kickoffs) == 1


def test_a_process_killed_while_the_crew_works_loses_nothing(crew_runs: Runs, public: None) -> None:
    run_id = crew_runs.ask_crew()
    first = crew_runs.start()
    crew_runs.wait(run_id, "waiting")
    first.send_signal(signal.SIGKILL)
    calls = recorded()
    crew_runs.call(run_id, *calls[:20])
    crew_runs.start()
    crew_runs.call(run_id, *calls[20:])
    crew_runs.wait(run_id, "completed")
    assert crew_runs.answer(run_id) == ANSWER
    assert len(crew_runs.crew.kickoffs) == 1


def test_a_stop_says_that_the_crew_goes_on(crew_runs: Runs, public: None) -> None:
    run_id = crew_runs.ask_crew()
    crew_runs.start()
    crew_runs.wait(run_id, "waiting")
    crew_runs.cancel(run_id)
    assert crew_runs.wait(run_id, "cancelled").reason == "Stopped here; CrewAI goes on, and nobody listens."


# One look at a time


class Look:
    """A job of a crew, from one look to the next."""

    def __init__(self, crew: Crew, public_url: str | None = "https://ringside.example.org", **given: Any) -> None:
        self.crew = crew
        self.calls: list[Call] = []
        self.state: Mapping[str, Any] | None = given.pop("state", None)
        self.earlier: Mapping[str, Any] | None = given.pop("earlier", None)
        self.metadata: Mapping[str, Any] = given.pop("metadata", {})
        self.records: list[Record] = []
        self.decisions: dict[str, Decision] = {}
        self._public_url = public_url
        configuration = {"kind": "crewai", "address": crew.http.url, **given}
        secrets = {"token": SecretStr(TOKEN)}
        parsed = CrewaiConfiguration.model_validate(configuration)
        self.registration = Registration(1, "Skipper", "", parsed, secrets.get)
        self.settings = Settings(_env_file=None)

    def answer(self) -> Answer | Waiting:
        with listening(self.records.append):
            return asyncio.run(CrewaiBackend(self.registration, self.settings).answer(self._job()))

    def stop(self) -> str:
        return asyncio.run(CrewaiBackend(self.registration, self.settings).stop(self._job()))

    def _job(self) -> Job:
        async def told() -> None:
            pass

        async def keep(state: Mapping[str, Any]) -> None:
            self.state = json.loads(json.dumps(state))

        async def calls() -> list[Call]:
            return self.calls

        async def decisions() -> dict[str, Decision]:
            return self.decisions

        def callback(name: str) -> str | None:
            return f"{self._public_url}/{name}" if self._public_url else None

        return Job(
            "run-1", "s", "Who?", [], self.metadata, self.state, self.earlier, self.records.append, told, keep,
            callback, calls, decisions, nothing_said, asyncio.Event(),
        )  # fmt: skip

    def fails(self) -> AgentError:
        with pytest.raises(AgentError) as caught:
            self.answer()
        assert TOKEN not in str(caught.value)
        return caught.value

    def discover(self) -> CrewaiConfiguration:
        assert KIND.discover is not None
        found = asyncio.run(KIND.discover(self.registration, self.settings))
        assert isinstance(found, CrewaiConfiguration)
        return found

    def test(self) -> str:
        assert KIND.test is not None
        return asyncio.run(KIND.test(self.registration, self.settings))


@pytest.fixture
def crew() -> Iterator[Crew]:
    with ExitStack() as stack:
        yield Crew(stack)


def test_a_kickoff_carries_inputs_metadata_and_the_conversation(crew: Crew) -> None:
    crew.inputs = {"inputs": ["topic", "id", "company", "place"]}
    metadata = {"place": "Bergen", "customer": 7}
    look = Look(
        crew,
        inputs={
            "topic": {"gets": "question"},
            "id": {"gets": "conversation"},
            "company": {"text": "Solveig"},
            "place": {"text": "Oslo"},
        },
        metadata=metadata,
        earlier={"conversation": "c-9"},
    )
    assert isinstance(look.answer(), Waiting)
    [sent] = crew.kickoffs
    assert sent["inputs"] == {"topic": "Who?", "id": "c-9", "company": "Solveig", "place": "Bergen"}
    assert sent["meta"] == {**metadata, "run_id": "run-1", "session_id": "s"}
    assert sent["humanInputWebhook"] == {"url": "https://ringside.example.org/human"}


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"inputs": ["topic"]}, "The crew has no input “current_message”. Its inputs are “topic”."),
        ({"inputs": ["current_message", "company"]}, "The crew needs “company”, too."),
    ],
)
def test_a_crew_that_wants_other_inputs_is_not_started(crew: Crew, inputs: Any, words: str) -> None:
    crew.inputs = inputs
    error = Look(crew).fails()
    assert error.code == "crew_inputs"
    assert words in error.message
    assert crew.kickoffs == []


def test_a_server_that_does_not_tell_its_inputs_is_started_all_the_same(crew: Crew) -> None:
    crew.http.answers["GET", "/inputs"] = lambda _: answer(404)
    inputs = {"message": {"gets": "question"}, "company": {"text": "Solveig"}, "place": {}}
    assert isinstance(Look(crew, inputs=inputs, metadata={"place": "Bergen", "x": 1}).answer(), Waiting)
    assert crew.kickoffs[0]["inputs"] == {"message": "Who?", "company": "Solveig", "place": "Bergen"}


def test_an_input_without_a_text_is_asked_for_and_not_left_empty(crew: Crew) -> None:
    crew.inputs = {"inputs": ["current_message", "company"]}
    inputs = {"current_message": {"gets": "question"}, "company": {"text": ""}}
    assert "The crew needs “company”, too. Enter it under Inputs" in Look(crew, inputs=inputs).fails().message
    assert crew.kickoffs == []
    assert isinstance(Look(crew, inputs=inputs, metadata={"company": ""}).answer(), Waiting)
    assert crew.kickoffs[0]["inputs"] == {"current_message": "Who?", "company": ""}


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (
            {"status": "error", "error": f"Key {TOKEN} refused\n by the model"},
            "crew_failed",
            "Key ••• refused by the model",
        ),
        ({"status": "completed", "result": ""}, "crew_silent", "ended without a result"),
        ({"what": "ever"}, "outside_garbage", "not the status of a kickoff"),
    ],
)
def test_a_crew_that_fails_is_told_in_plain_words(crew: Crew, status: Any, code: str, words: str) -> None:
    crew.status = status
    error = Look(crew).fails()
    assert error.code == code
    assert words in error.message


def test_a_crew_that_calls_back_with_its_failure_fails(crew: Crew) -> None:
    look = Look(crew)
    look.answer()
    body = json.dumps({"kickoff_id": "k-1", "state": "FAILED", "result": f"Key {TOKEN} refused"}).encode()
    look.calls = [Call(1, "crew", body, "application/json", datetime.now(UTC))]
    error = look.fails()
    assert (error.code, error.message) == ("crew_failed", "The crew failed: Key ••• refused")


def test_a_kickoff_that_is_no_more_known_is_told(crew: Crew) -> None:
    crew.http.answers["GET", "/status/k-1"] = lambda _: answer(404)
    assert Look(crew).fails().code == "crew_lost"


@pytest.mark.parametrize(
    ("status", "code"), [(401, "outside_unauthorised"), (403, "outside_forbidden"), (500, "outside_failed")]
)
def test_a_refused_kickoff_is_told_and_not_repeated(crew: Crew, status: int, code: str) -> None:
    page = b"<html>Traceback</html>"
    crew.http.answers["POST", "/kickoff"] = lambda _: answer(status, page, media_type="text/html")
    assert Look(crew).fails().code == code
    assert len(crew.http.asked("POST", "/kickoff")) == 1


def test_a_kickoff_whose_answer_was_lost_is_not_sent_again_where_nobody_calls_back(crew: Crew) -> None:
    error = Look(crew, public_url=None, state={"conversation": None, "asked_at": time.time()}).fails()
    assert error.code == "crew_lost"
    assert "is not started again" in error.message
    assert crew.kickoffs == []


def _busy(_: Received) -> Iterator[bytes]:
    return answer(429, headers={"Retry-After": "90"})


def test_a_status_that_cannot_be_had_for_a_while_does_not_end_the_run(crew: Crew) -> None:
    look, path = Look(crew, poll_seconds=2), ("GET", "/status/k-1")
    look.answer()
    knows = crew.http.answers[path]
    waits = []
    for answering in (_busy, _busy, _busy, knows, _busy):
        crew.http.answers[path] = answering
        waiting = look.answer()
        assert isinstance(waiting, Waiting)
        waits.append((waiting.seconds, waiting.reason == "The crew works."))
    assert waits == [(2, False), (2, False), (3, False), (2, True), (2, False)]
    crew.status = {"status": "completed", "result": ANSWER}
    crew.http.answers[path] = knows
    assert look.answer() == Answer(ANSWER)


def test_a_crew_that_has_ended_is_asked_again_for_its_result_when_its_status_cannot_be_had(crew: Crew) -> None:
    look, path = Look(crew), ("GET", "/status/k-1")
    look.answer()
    knows, crew.http.answers[path] = crew.http.answers[path], _busy
    look.calls = [Call(1, "crew", b'{"kickoff_id": "k-1", "result": null}', "application/json", datetime.now(UTC))]
    assert isinstance(look.answer(), Waiting)
    crew.status = {"status": "completed", "result": ANSWER}
    crew.http.answers[path] = knows
    assert look.answer() == Answer(ANSWER)


def test_a_status_that_can_never_be_had_ends_the_run(crew: Crew) -> None:
    look, path = Look(crew), ("GET", "/status/k-1")
    look.answer()
    crew.http.answers[path] = lambda _: answer(403)
    assert look.fails().code == "outside_forbidden", "which does not pass by itself"
    crew.http.answers[path] = _busy
    for _ in range(30):
        assert isinstance(look.answer(), Waiting)
    assert look.fails().code == "outside_busy"


@pytest.mark.parametrize("lost", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", 502, 504])
def test_a_kickoff_whose_answer_is_lost_on_the_way_is_heard_of_by_its_calls(crew: Crew, lost: bytes | int) -> None:
    crew.http.answers["POST", "/kickoff"] = lambda _: iter([lost]) if isinstance(lost, bytes) else answer(lost)
    look = Look(crew)
    assert isinstance(look.answer(), Waiting)
    look.calls = [Call(1, "crew", b'{"kickoff_id": "k-1", "result": "Ada."}', "application/json", datetime.now(UTC))]
    assert look.answer() == Answer("Ada.")
    assert len(crew.kickoffs) == 1


def test_calls_have_a_minute_to_come_after_a_kickoff_that_said_nothing(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.connectors.crewai._KICKOFF_SECONDS", 0.2)
    crew.answers.clear()
    look = Look(crew)
    assert isinstance(look.answer(), Waiting)
    crew.answers.set()
    assert look.state is not None
    look.state = {**look.state, "asked_at": time.time() - 100}
    assert isinstance(look.answer(), Waiting), "the minute begins when the answer was lost"
    look.state = {**look.state, "lost_at": time.time() - 61}
    assert look.fails().code == "crew_lost"
    assert len(crew.kickoffs) == 1


def test_a_kickoff_whose_answer_is_lost_on_the_way_is_told_where_nobody_calls_back(crew: Crew) -> None:
    crew.http.answers["POST", "/kickoff"] = lambda _: answer(504)
    assert Look(crew, public_url=None).fails().code == "crew_lost"
    assert len(crew.kickoffs) == 1


def test_a_crew_that_takes_too_long_is_given_up(crew: Crew) -> None:
    state = {"conversation": None, "asked_at": 0.0, "kickoff_id": "k-1"}
    error = Look(crew, state=state, most_minutes=5).fails()
    assert error.message == "The crew had no result after 5 minutes. It may go on in CrewAI."


def test_a_person_who_is_asked_is_said_to_be_waited_for(crew: Crew) -> None:
    crew.status = {"status": "awaiting_human_feedback"}
    waiting = Look(crew).answer()
    assert isinstance(waiting, Waiting)
    assert waiting.reason == "The crew waits for a person's feedback. Give it in CrewAI."


QUESTION = {"kickoff_id": "k-1", "task_id": "write", "task_output": "Shall we sail?"}


def asked_by(look: Look) -> str:
    """The name of the question that the crew asks, after the look that finds it."""
    look.calls = [Call(1, "human", json.dumps(QUESTION).encode(), "application/json", datetime.now(UTC))]
    waiting = look.answer()
    assert isinstance(waiting, Waiting)
    [approval] = waiting.approvals
    assert approval.question.question == "Shall we sail?"
    assert waiting.reason == "The crew waits for a person's feedback."
    return approval.key


def decide(look: Look, key: str, choice: str, feedback: str | None = None) -> None:
    values = {"answer": feedback} if feedback else None
    look.decisions = {key: Decision("decided", choice, values, None, "Ada", "dashboard", None)}


@pytest.mark.parametrize(
    ("choice", "feedback", "approved", "said"),
    [
        ("approve", None, True, "Approved."),
        ("approve", "Well done", True, "Well done"),
        ("again", "At noon", False, "At noon"),
        ("again", None, False, "Please do this again."),
    ],
)
def test_a_persons_feedback_resumes_the_crew_once(
    crew: Crew, choice: str, feedback: str | None, approved: bool, said: str
) -> None:
    crew.http.answers["POST", "/resume"] = lambda _: json_answer({"status": "resumed"})
    look = Look(crew)
    decide(look, asked_by(look), choice, feedback)
    for _ in range(2):
        waiting = look.answer()
        assert isinstance(waiting, Waiting)
        assert waiting.approvals == ()
    [sent] = [call.json() for call in crew.http.asked("POST", "/resume")]
    told = {name: sent[name] for name in ("execution_id", "task_id", "human_feedback", "is_approve")}
    assert told == {"execution_id": "k-1", "task_id": "write", "human_feedback": said, "is_approve": approved}
    assert sent["crewWebhookUrl"] == "https://ringside.example.org/crew"


@pytest.mark.parametrize(("status", "times"), [("awaiting_human_feedback", 2), ("running", 1)])
def test_feedback_that_was_lost_on_its_way_is_sent_again_only_while_the_crew_asks(
    crew: Crew, status: str, times: int
) -> None:
    crew.http.answers["POST", "/resume"] = lambda _: answer(504)
    look = Look(crew)
    decide(look, asked_by(look), "approve")
    assert isinstance(look.answer(), Waiting)
    crew.http.answers["POST", "/resume"] = lambda _: json_answer({"status": "resumed"})
    crew.status = {"status": status}
    waiting = look.answer()
    assert isinstance(waiting, Waiting)
    assert waiting.approvals == ()
    assert len(crew.http.asked("POST", "/resume")) == times


def test_a_crew_that_takes_no_feedback_fails_in_words(crew: Crew) -> None:
    crew.http.answers["POST", "/resume"] = lambda _: answer(404)
    look = Look(crew)
    decide(look, asked_by(look), "approve")
    assert "The crew" in look.fails().message


def test_what_was_answered_in_crewai_is_not_answered_again(crew: Crew) -> None:
    look = Look(crew)
    key = asked_by(look)
    later = datetime.now(UTC) + timedelta(minutes=1)
    look.calls.append(Call(2, "step", b'{"thought": "We sail."}', "application/json", later))
    decide(look, key, "approve")
    assert isinstance(look.answer(), Waiting)
    assert crew.http.asked("POST", "/resume") == []


def test_the_same_progress_is_told_once(crew: Crew) -> None:
    crew.status = {"status": "running", "progress": {"completed_tasks": 1, "total_tasks": 2}}
    look = Look(crew)
    look.answer()
    moves = [one for one in look.records if getattr(one, "status", "") == "in-progress"]
    assert [(one.details, one.progress) for one in moves] == [("1 of 2 tasks", 0.5)]  # type: ignore[union-attr]
    look.records.clear()
    look.answer()
    assert not [one for one in look.records if getattr(one, "status", "") == "in-progress"]


def test_who_gets_no_calls_asks_often_at_first(crew: Crew) -> None:
    pauses = []
    for waited in (0.0, 30.0, 600.0):
        state = {"conversation": None, "asked_at": time.time() - waited, "kickoff_id": "k-1"}
        waiting = Look(crew, public_url=None, state=state, poll_seconds=20).answer()
        assert isinstance(waiting, Waiting)
        pauses.append(round(waiting.seconds))
    assert pauses == [1, 7, 20]
    calls_back = Look(crew, poll_seconds=20).answer()
    assert isinstance(calls_back, Waiting)
    assert calls_back.seconds == 20


def test_an_answer_is_one_text(crew: Crew) -> None:
    crew.status = {"status": "completed", "result": {"output": "Ada."}}
    look = Look(crew)
    found = look.answer()
    assert isinstance(found, Answer)
    assert found.text == "Ada."
    [text] = [one for one in look.records if isinstance(one, TextRecord)]
    assert (text.delta, text.final) == ("Ada.", True)


def test_a_stop_before_the_kickoff_leaves_nothing_that_goes_on(crew: Crew) -> None:
    look = Look(crew)
    assert look.stop() == "acknowledged"
    look.answer()
    assert look.stop() == "no longer listening"


@pytest.mark.parametrize("result", ["Caf\ud83d", '{"response": "Caf\\ud83d", "id": "c\\ud83d"}'])
def test_halves_of_characters_become_text_that_can_be_stored(crew: Crew, result: str) -> None:
    crew.status = {"status": "running", "current_task": "\ud83d", "progress": {"total_tasks": 2}}
    look = Look(crew)
    look.answer()
    crew.status = {"status": "completed", "result": result}
    assert look.answer() == Answer("Caf\ufffd")
    assert "\\ud83d" not in json.dumps([look.state, *map(asdict, look.records)], default=str)


def test_halves_of_characters_in_the_kickoffs_id_and_in_inputs_can_be_stored(crew: Crew) -> None:
    crew.http.answers["POST", "/kickoff"] = lambda _: json_answer({"kickoff_id": "k\ud83d"})
    look = Look(crew)
    assert look.fails().code == "crew_lost"
    assert look.state is not None
    assert look.state["kickoff_id"] == "k\ufffd"
    crew.inputs = {"inputs": ["topic\ud83d"]}
    assert "Its inputs are “topic\ufffd”." in Look(crew).fails().message


# Before somebody asks


def test_a_test_tells_the_inputs(crew: Crew) -> None:
    crew.inputs = {"inputs": ["current_message", "id", "company"]}
    assert Look(crew).test() == (
        "The crew answered. Its inputs are “current_message”, “id”, “company”. Enter a text for “company” under "
        "Inputs, or give it as metadata."
    )
    assert crew.kickoffs == []


def test_a_test_says_what_is_wrong(crew: Crew) -> None:
    crew.inputs = {"inputs": ["topic"]}
    with pytest.raises(AgentError, match="has no input “current_message”"):
        Look(crew).test()
    crew.http.answers["GET", "/inputs"] = lambda _: answer(200, b"<html></html>")
    with pytest.raises(AgentError, match="not JSON"):
        Look(crew).discover()
    crew.http.answers["GET", "/inputs"] = lambda _: answer(404)
    with pytest.raises(AgentError, match="does not say which inputs"):
        Look(crew).test()


def test_a_crew_tells_its_inputs_for_the_configuration(crew: Crew) -> None:
    crew.inputs = {"inputs": ["audience", "topic", "session_id"]}
    found = Look(crew, poll_seconds=7).discover()
    assert found.model_dump(include={"inputs", "poll_seconds"}) == {
        "inputs": {
            "audience": {"gets": "text", "text": ""},
            "topic": {"gets": "question", "text": ""},
            "session_id": {"gets": "conversation", "text": ""},
        },
        "poll_seconds": 7,
    }
    assert crew.kickoffs == []


def test_what_somebody_entered_stays_where_the_crew_has_the_input_and_texts_stay_anyway(crew: Crew) -> None:
    crew.inputs = {"inputs": [{"name": "topic"}, {"name": "brief"}, {"name": "id"}]}
    given = {
        "brief": {"gets": "question"}, "topic": {"text": "Ships"}, "former": {"text": "Old"}, "empty": {}, "id": {},
    }  # fmt: skip
    found = Look(crew, inputs=given).discover()
    assert {name: (one.gets, one.text) for name, one in found.inputs.items()} == {
        "topic": ("text", "Ships"), "brief": ("question", ""), "id": ("text", ""), "former": ("text", "Old"),
    }  # fmt: skip


@pytest.mark.parametrize("told", [None, {"inputs": []}, {"detail": "Not here"}, ["current_message", "id"]])
def test_a_crew_that_tells_nothing_new_leaves_the_configuration_as_it_is(crew: Crew, told: Any) -> None:
    crew.inputs = told
    if told is None:
        crew.http.answers["GET", "/inputs"] = lambda _: answer(404)
    look = Look(crew)
    assert look.discover() == look.registration.configuration


def test_a_crew_that_repeats_its_token_does_not_make_it_known(crew: Crew) -> None:
    crew.inputs = {"inputs": ["current_message", TOKEN]}
    assert TOKEN not in Look(crew).test() + Look(crew).discover().model_dump_json()


@pytest.mark.parametrize("names", [[f"input_{n}" for n in range(101)], ["x" * 101]])
def test_inputs_that_cannot_be_configured_are_said_to_be(crew: Crew, names: list[str]) -> None:
    crew.inputs = {"inputs": names}
    with pytest.raises(AgentError, match="too many of them, or a name is too long"):
        Look(crew).discover()


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, "exactly one of the inputs must get the question"),
        ({"a": {"text": "x"}}, "exactly one"),
        ({"a": {"gets": "question"}, "b": {"gets": "question"}}, "exactly one"),
        (
            {"a": {"gets": "question"}, "b": {"gets": "conversation"}, "c": {"gets": "conversation"}},
            "only one of the inputs can get the conversation's id",
        ),
        ({"a": {"gets": "question"}, "": {}}, "at least 1 character"),
        ('{"company": "Solveig"}', "dictionary"),
    ],
)
def test_one_input_gets_the_question_and_at_most_one_the_conversation(inputs: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        CrewaiConfiguration(kind="crewai", address="https://crew.example.org", inputs=inputs)
