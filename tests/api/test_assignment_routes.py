"""Workers outside: what they claim, tell, keep and end, and who takes over from whom."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from agents.connectors.browser import BrowserConfiguration
from agents.connectors.remote import RemoteConfiguration
from api.services import Services
from tests.support.browser import Browser
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord
from utils.log.events import AgentActivity, AgentMessage, LoggedEvent, RunUpdate
from utils.registry.agent_registry import AgentRecord
from utils.sessions.runs import RunRecord

CREW = "Weather crew"


class Crew:
    """A registered agent outside, sessions that ask it, and requests of its worker."""

    def __init__(self, client: FlaskClient, user: UserRecord) -> None:
        self.client = client
        self.user = user
        self.own: Services = client.application.extensions["ringside"]
        self.agent = self.register(CREW)

    def register(self, name: str) -> AgentRecord:
        return self.own.agents.create(
            self.user.team_key, name=name, configuration=RemoteConfiguration(kind="remote"), system_prompt=" Be brief. "
        )

    def ask(self, question: str = "Will it rain?", agent: AgentRecord | None = None, session: str = "s") -> str:
        if self.own.sessions.ownership(session) is None:
            self.own.sessions.create(session, owner=self.user)
        chosen = (agent or self.agent).key
        asked = self.own.run_queue.request(session, question, agent_key=chosen, metadata={"place": "pier"})
        assert asked is not None
        return asked[1].id

    def claim(self, **body: Any) -> dict[str, Any] | None:
        answer = self.client.post("/api/assignments/claim", json=body)
        assert answer.status_code in (200, 204), answer.text
        return answer.json if answer.status_code == 200 else None

    def claimed(self, question: str = "Will it rain?", session: str = "s") -> dict[str, Any]:
        self.ask(question, session=session)
        work = self.claim()
        assert work is not None
        return work

    def send(self, work: dict[str, Any], what: str, method: str = "POST", **body: Any) -> Any:
        path = f"/api/assignments/runs/{work['run_id']}/{what}"
        return self.client.open(path, method=method, json={"attempt": work["attempt"], **body})

    def tell(self, work: dict[str, Any], first: int, *records: dict[str, Any]) -> Any:
        return self.send(work, "records", first=first, records=list(records))

    def run(self, run_id: str) -> RunRecord:
        run = self.own.runs.get(run_id)
        assert run is not None
        return run

    def lose(self, run_id: str, max_losses: int = 3) -> None:
        """Its lease expires."""
        assert self.own.run_queue.take_back(self.run(run_id), max_losses)

    def events(self, run_id: str) -> list[LoggedEvent]:
        run = self.run(run_id)
        return list(self.own.log.run_events(run.session_id, run.id, run.first_seq))

    def text(self, run_id: str) -> str:
        shown: dict[str, str] = {}
        for event in self.events(run_id):
            if isinstance(event, AgentMessage) and event.channel is None:
                shown.pop(event.replaces or "", None)
                shown[event.message_id] = shown.get(event.message_id, "") + event.delta
        [text] = shown.values()
        return text


@pytest.fixture
def crew(client: FlaskClient, ada: UserRecord) -> Crew:
    return Crew(client, ada)


def a_step(key: str, status: str, **fields: Any) -> dict[str, Any]:
    return {"type": "step", "key": key, "action": "Look outside", "status": status, **fields}


def a_text(delta: str, **fields: Any) -> dict[str, Any]:
    return {"type": "text", "delta": delta, **fields}


def test_a_worker_claims_tells_and_answers(crew: Crew) -> None:
    crew.ask("First?")
    first = crew.claim(worker="pier-1")
    assert first is not None
    assert crew.send(first, "end", status="completed", answer="One.").json == {"status": "completed"}
    run_id = crew.ask()
    work = crew.claim(agents=[CREW], worker="pier-1")
    assert work == {
        "run_id": run_id, "attempt": 1, "lease_seconds": 30.0, "agent": {"id": crew.agent.id, "name": CREW},
        "session_id": "s", "question": "Will it rain?", "instructions": "Be brief.", "metadata": {"place": "pier"},
        "history": [{"role": "user", "content": "First?"}, {"role": "assistant", "content": "One."}],
        "state": None, "earlier": None, "from_step": None,
    }  # fmt: skip
    told = crew.tell(
        work, 0, a_step("sky", "started", input={"where": "west"}, ago=4), a_step("sky", "completed", output="grey"),
        a_text("It will "), a_text("rain."),
    )  # fmt: skip
    assert told.json == {"told": 4, "cancel_requested": False, "pause_requested": False}
    assert crew.send(work, "end", status="completed").json == {"status": "completed"}
    [root, begun, done] = [
        event for event in crew.events(run_id) if isinstance(event, AgentActivity) and event.status != "waiting"
    ][:3]
    assert (root.agent_name, begun.agent_name, begun.parent_id) == (CREW, CREW, root.activity_id)
    assert begun.input == {"where": "west"}
    assert 3.5 < (done.time - begun.time).total_seconds() < 5
    assert crew.text(run_id) == "It will rain."
    answered = crew.own.messages.answer_of(run_id)
    assert answered is not None
    assert answered.content == "It will rain."


def test_what_is_told_twice_counts_once_and_a_gap_is_refused(crew: Crew) -> None:
    work = crew.claimed()
    pieces = [a_text(piece) for piece in ("a", "b", "c", "d")]
    assert crew.tell(work, 0, *pieces[:2]).json["told"] == 2
    assert crew.tell(work, 0, *pieces[:2]).json["told"] == 2
    assert crew.tell(work, 1, *pieces[1:]).json["told"] == 4
    assert_error(crew.tell(work, 6, a_text("f")), 409, "records_missing")
    crew.send(work, "end", status="completed")
    assert crew.text(work["run_id"]) == "abcd"


def test_two_processes_tell_of_one_run(crew: Crew) -> None:
    """Whoever tells next reads from the log what the other has told."""
    work = crew.claimed()
    crew.tell(work, 0, a_step("sky", "started"), a_text("a"))
    crew.own.assignments._narrations.clear()  # as in a process that has told nothing yet
    crew.tell(work, 2, a_step("sky", "completed"), a_text("b"))
    crew.tell(work, 4, a_step("sky", "completed"))
    sky = [event.status for event in crew.events(work["run_id"]) if isinstance(event, AgentActivity)][1:]
    assert sky == ["started", "completed"]
    crew.send(work, "end", status="completed")
    assert crew.text(work["run_id"]) == "ab"


def test_an_end_counts_once(crew: Crew) -> None:
    work = crew.claimed()
    for _ in range(2):
        assert crew.send(work, "end", status="completed", answer="Yes.").status_code == 200
    assert_error(crew.send(work, "end", status="failed", error="No."), 409, "stale_run")
    assert_error(crew.send(work, "beat"), 409, "stale_run")
    ends = [
        event for event in crew.events(work["run_id"]) if isinstance(event, RunUpdate) and event.status == "completed"
    ]
    assert len(ends) == 1


def test_an_answer_that_differs_from_what_was_told_takes_its_place(crew: Crew) -> None:
    work = crew.claimed()
    crew.tell(work, 0, a_text("Perhaps"))
    crew.send(work, "end", status="completed", answer="No.")
    assert crew.text(work["run_id"]) == "No."


def test_an_end_without_an_answer_is_refused_and_the_run_goes_on(crew: Crew) -> None:
    work = crew.claimed()
    assert_error(crew.send(work, "end", status="completed"), 400, "no_answer")
    assert_error(crew.send(work, "end", status="failed"), 400, "invalid_request")
    assert_error(crew.send(work, "end", status="cancelled"), 409, "not_cancelled")
    assert crew.send(work, "beat").json == {"cancel_requested": False, "pause_requested": False}


def test_a_failure_is_told_in_the_workers_words(crew: Crew) -> None:
    work = crew.claimed()
    crew.tell(work, 0, a_step("sky", "started"), a_step("sky", "failed", details="Fog."))
    assert crew.send(work, "end", status="failed", error="The sky cannot be seen.").status_code == 200
    run = crew.run(work["run_id"])
    assert (run.status, run.reason) == ("failed", f"{CREW}, “Look outside”: The sky cannot be seen.")


def test_another_worker_takes_over_with_what_was_kept(crew: Crew) -> None:
    lost = crew.claimed()
    crew.tell(lost, 0, a_step("sky", "started"), a_text("It w"))
    assert crew.send(lost, "state", "PUT", state={"page": 7}).status_code == 200
    crew.lose(lost["run_id"])
    found = crew.claim()
    assert found is not None
    assert (found["run_id"], found["attempt"], found["state"]) == (lost["run_id"], 2, {"page": 7})
    for refused in (
        crew.send(lost, "beat"), crew.tell(lost, 2, a_text("x")), crew.send(lost, "state", "PUT", state={}),
        crew.send(lost, "end", status="completed", answer="No."), crew.send(lost, "release"),
    ):  # fmt: skip
        assert_error(refused, 409, "stale_run")
    crew.tell(found, 0, a_step("sky", "started"), a_text("It stays dry."), a_step("sky", "completed"))
    crew.send(found, "end", status="completed")
    assert crew.text(found["run_id"]) == "It stays dry."
    sky = [event.status for event in crew.events(found["run_id"]) if isinstance(event, AgentActivity)]
    assert sky.count("started") == 2, "the run's own and the step's, each once"
    later = crew.claimed("And tomorrow?")
    assert (later["state"], later["earlier"]) == (None, {"page": 7})


def test_a_run_whose_workers_are_lost_too_often_fails(crew: Crew) -> None:
    work = crew.claimed()
    crew.lose(work["run_id"], max_losses=1)
    assert crew.run(work["run_id"]).reason == "Its worker was lost once. Look at the worker's log, then ask again."


def test_a_stop_is_told_with_each_answer_and_confirmed(crew: Crew) -> None:
    work = crew.claimed()
    crew.own.run_queue.cancel(work["run_id"])
    assert crew.send(work, "beat").json == {"cancel_requested": True, "pause_requested": False}
    assert crew.tell(work, 0, a_text("a")).json == {"told": 1, "cancel_requested": True, "pause_requested": False}
    assert crew.send(work, "end", status="cancelled").status_code == 200
    run = crew.run(work["run_id"])
    assert (run.status, run.reason) == ("cancelled", "Stopped; Ada confirmed it.")


def test_a_run_that_is_given_back_is_claimed_again_and_loses_nobody(crew: Crew) -> None:
    work = crew.claimed()
    assert crew.send(work, "release").status_code == 204
    again = crew.claim()
    assert again is not None
    assert (again["run_id"], again["attempt"], crew.run(again["run_id"]).losses) == (work["run_id"], 2, 0)
    crew.own.run_queue.cancel(again["run_id"])
    assert crew.send(again, "release").status_code == 204
    assert crew.run(again["run_id"]).status == "cancelled"


def test_a_worker_gets_the_runs_of_its_agents_alone(crew: Crew) -> None:
    other = crew.register("Tide crew")
    run_id = crew.ask(agent=other)
    assert crew.claim(agents=[CREW]) is None
    assert_error(crew.client.post("/api/assignments/claim", json={"agents": ["Fog crew"]}), 404, "not_found")
    crew.own.agents.change(crew.user.team_key, other.id, enabled=False)
    assert crew.claim() is None, "it was switched off"
    crew.own.agents.change(crew.user.team_key, other.id, enabled=True)
    work = crew.claim(agents=[other.id])
    assert work is not None
    assert work["run_id"] == run_id


def test_no_agent_process_takes_a_run_of_a_worker_unless_it_is_to_end(crew: Crew) -> None:
    crew.ask()
    queue = crew.own.run_queue
    assert queue.claim("host/1/a") is None
    crew.own.agents.change(crew.user.team_key, crew.agent.id, enabled=False)
    claimed = queue.claim("host/1/a")
    assert claimed is not None, "its agent was switched off, and the run fails in plain words"
    crew.own.agents.change(crew.user.team_key, crew.agent.id, enabled=True)
    work = crew.claimed(session="t")
    crew.send(work, "state", "PUT", state={"page": 7})
    crew.send(work, "release")
    queue.cancel(work["run_id"])
    assert crew.claim() is None
    ended = queue.claim("host/1/a")
    assert ended is not None
    assert ended.cancel_requested


def test_a_queued_run_says_whom_it_waits_for(crew: Crew) -> None:
    [queued] = crew.events(crew.ask())
    assert isinstance(queued, RunUpdate)
    assert queued.reason == f"Waiting for a worker of “{CREW}”."
    assert crew.own.workers.of_agents([crew.agent.key]) == []
    crew.claim(worker="pier-1")
    [worker] = crew.own.workers.of_agents([crew.agent.key])
    assert (worker.name, worker.connected) == ("pier-1", True)


@pytest.mark.any_database
def test_who_cannot_wait_is_told_when_to_ask_again(crew: Crew) -> None:
    slots = crew.own.work_slots
    while slots.acquire(blocking=False):
        pass
    answer = crew.client.post("/api/assignments/claim", json={"wait": 30})
    assert (answer.status_code, answer.headers["Retry-After"]) == (204, "2")


def test_too_large_a_state_is_refused_in_words(crew: Crew) -> None:
    work = crew.claimed()
    refused = crew.send(work, "state", "PUT", state={"all": "x" * 70_000})
    assert_error(refused, 413, "too_large")


# Browsers: of whoever is signed in, for agents of their kind alone


def test_a_browser_works_for_browser_agents_and_a_key_for_programs(crew: Crew) -> None:
    people = crew.own.agents.create(
        crew.user.team_key, name="People", configuration=BrowserConfiguration(kind="browser")
    )
    browser = Browser(crew.client.application, crew.user)
    run_id = crew.ask(agent=people, session="t")
    crew.ask()
    assert_error(browser.post("/api/assignments/claim", json={"agents": [CREW]}), 404, "not_found")
    work = browser.post("/api/assignments/claim", json={}).json
    assert (work["run_id"], work["lease_seconds"]) == (run_id, 150)
    assert_error(crew.send(work, "beat"), 404, "not_found")
    path = f"/api/assignments/runs/{run_id}"
    assert browser.post(f"{path}/beat", json={"attempt": 1}).json == {
        "cancel_requested": False,
        "pause_requested": False,
    }
    own = crew.claim()
    assert own is not None
    assert own["agent"]["name"] == CREW
    ended = browser.post(f"{path}/end", json={"attempt": 1, "status": "completed", "answer": "By hand."})
    assert ended.status_code == 200
    assert crew.text(run_id) == "By hand."


def test_what_one_has_claimed_another_of_the_team_neither_tells_nor_ends(crew: Crew) -> None:
    people = crew.own.agents.create(
        crew.user.team_key, name="People", configuration=BrowserConfiguration(kind="browser")
    )
    run_id = crew.ask(agent=people)
    holder, other = (Browser(crew.client.application, crew.user) for _ in range(2))
    work = holder.post("/api/assignments/claim", json={"worker": "a/b"}).json
    assert work["run_id"] == run_id
    assert [worker.name for worker in crew.own.workers.of_agents([people.key])] == ["a/b"]
    path = f"/api/assignments/runs/{run_id}"
    for what, body in (
        ("beat", {}), ("records", {"first": 0, "records": [a_text("No.")]}), ("release", {}),
        ("end", {"status": "completed", "answer": "No."}),
    ):  # fmt: skip
        assert_error(other.post(f"{path}/{what}", json={"attempt": 1, **body}), 409, "stale_run")
    assert_error(other.open(f"{path}/state", method="PUT", json={"attempt": 1, "state": {}}), 409, "stale_run")
    ended = holder.post(f"{path}/end", json={"attempt": 1, "status": "completed", "answer": "Yes."})
    assert ended.status_code == 200
    assert crew.text(run_id) == "Yes."


# What people are asked


QUESTION = {"key": "sail", "action": "Set sail", "question": "Sail all the same?"}


def test_a_worker_asks_once_and_gets_the_decision(crew: Crew, browser: Browser) -> None:
    work = crew.claimed()
    first = crew.send(work, "ask", **QUESTION)
    assert (first.status_code, first.json["status"], first.json["cancel_requested"]) == (200, "open", False)
    [approval] = browser.get("/api/approvals").json["approvals"]
    assert (approval["run_id"], approval["agent_name"], approval["question"]) == (
        work["run_id"], CREW, "Sail all the same?"
    )  # fmt: skip
    assert crew.send(work, "ask", **QUESTION).json == first.json
    assert_error(crew.send(work, "ask", **QUESTION | {"question": "Another?"}), 409, "approval_differs")
    browser.post(f"/api/approvals/{approval['id']}/decision", json={"choice": "reject", "comment": "Rain."})
    decided = crew.send(work, "ask", wait=25, **QUESTION).json
    assert (decided["status"], decided["choice"], decided["comment"], decided["decided_by"]) == (
        "decided", "reject", "Rain.", "Ada"
    )  # fmt: skip
    assert browser.get("/api/approvals").json["approvals"] == []


def test_what_a_worker_asks_is_withdrawn_when_the_run_ends(crew: Crew, browser: Browser) -> None:
    work = crew.claimed()
    crew.send(work, "ask", **QUESTION)
    [approval] = browser.get("/api/approvals").json["approvals"]
    assert crew.send(work, "end", status="completed", answer="It rains.").status_code == 200
    assert browser.get(f"/api/approvals/{approval['id']}").json["status"] == "withdrawn"
    assert_error(crew.send(work, "ask", **QUESTION), 409, "stale_run")


@pytest.mark.any_database
def test_a_worker_that_asks_what_does_not_fit_is_told_so(crew: Crew) -> None:
    work = crew.claimed()
    refused = crew.send(work, "ask", **QUESTION, on_expiry="approve")
    assert "on_expiry: must be the id of a choice" in assert_error(refused, 400, "invalid_request")
