"""Questions that a router hands over: real agent processes, real model servers and a real program as a worker."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.model_server import ModelServer, Silence, Status, Text, structure
from tests.support.account import KEY
from tests.support.agent_runs import AgentRuns
from tests.support.gunicorn import gunicorn
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_team
from utils.database.base import Database
from utils.doorbell.base import Doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity, AgentMessage, AgentStatusUpdate, RunUpdate
from utils.registry.agent_registry import AgentRecord
from utils.sessions.run_queue import RunQueue
from utils.settings import Settings

RAIN = "Will it rain?"
WORKER = Path(__file__).parents[1] / "support" / "outside" / "worker.py"


class Team:
    """A weather agent and one for everything else, each with a model server of its own, and a router."""

    def __init__(self, runs: AgentRuns, stack: ExitStack) -> None:
        self.runs = runs
        self.weather_model, self.other_model, self.routers_model = (
            stack.enter_context(ModelServer()) for _ in range(3)
        )
        self.weather = self.chat("Weather agent", self.weather_model)
        self.other = self.chat("Front desk", self.other_model)

    def chat(self, name: str, server: ModelServer) -> AgentRecord:
        return self.runs.register(name, "chat", _own(server), {"api_key": f"key-of-{name.split(maxsplit=1)[0]}"})

    def router(self, to: AgentRecord | None = None, *, source: str = "none") -> AgentRecord:
        """The router of the session "s"; its rule is for ``to``."""
        routes = [{"agent": (to or self.weather).id, "words": "rain, snow*"}]
        chooses = _own(self.routers_model) if source == "own" else {"source": source}
        given = {"routes": routes, "otherwise": self.other.id, **chooses}
        router = self.runs.register("Router", "router", given, {"api_key": "key-of-router"} if source == "own" else {})
        self.runs.session("s", router)
        return router

    def why(self, run_id: str) -> str | None:
        [handover] = [step for step in self.runs.steps(run_id) if step.kind == "handoff"]
        return handover.details

    def ask(self, question: str, status: str = "completed") -> str:
        run_id = self.runs.ask("s", question)
        self.runs.wait(run_id, status)
        return run_id


def _own(server: ModelServer) -> dict[str, Any]:
    return {"source": "own", "base_url": server.url, "model": {"name": "tiny"}}


@pytest.fixture
def team(
    settings: Settings, database: Database, log: ActivityLog, doorbell: Doorbell, ada: UserRecord, tmp_path: Path
) -> Iterator[Team]:
    with ExitStack() as stack:
        yield Team(AgentRuns(stack, settings, database, log, doorbell, ada, tmp_path), stack)


@pytest.mark.any_database
def test_a_question_with_the_words_of_a_rule_is_handed_over_where_everybody_sees_it(team: Team) -> None:
    router = team.router()
    team.runs.start()
    team.weather_model.answer("text", Text("All day."))
    run_id = team.ask(RAIN)
    assert team.runs.answer(run_id) == "All day."
    assert team.runs.run(run_id).agent_key == team.weather.key
    router_s, weather_s = (step for step in team.runs.steps(run_id) if step.parent_id is None)
    assert (router_s.agent_name, router_s.details) == ("Router", "Handed over to Weather agent.")
    assert weather_s.agent_name == "Weather agent"
    [handover] = [step for step in team.runs.steps(run_id) if step.parent_id == router_s.activity_id]
    assert (handover.action, handover.kind) == ("Hand over to Weather agent", "handoff")
    assert handover.details == "The question has “rain”."
    events = team.runs.events(run_id)
    queued = [one.reason for one in events if isinstance(one, RunUpdate) and one.status == "queued"]
    assert queued == [None, "Handed over to “Weather agent”."]
    asked = [one.agent_id for one in events if isinstance(one, RunUpdate) and one.agent_id]
    assert asked == [router.id, team.weather.id]
    assert [one.model for one in events if isinstance(one, RunUpdate) and one.model] == ["rules", "tiny"]
    statuses = {one.agent_name: one.status for one in events if isinstance(one, AgentStatusUpdate)}
    assert statuses == {"Router": "done", "Weather agent": "done"}
    assert {one.agent_name for one in events if isinstance(one, AgentMessage)} == {"Weather agent"}


def test_a_follow_up_goes_where_the_question_before_it_went_and_the_rest_to_the_agent_for_it(team: Team) -> None:
    team.router()
    team.runs.start()
    team.other_model.answer("text", Text("Hello."), Text("Four."))
    team.weather_model.answer("text", Text("All day."), Text("Less."))
    assert team.runs.answer(team.ask("Good morning!")) == "Hello."
    assert team.runs.answer(team.ask(RAIN)) == "All day."
    run_id = team.ask("And tomorrow?")
    assert team.runs.answer(run_id) == "Less."
    assert team.why(run_id) == "An earlier question has “rain”."
    assert [message["content"] for message in team.weather_model.requests[1]["messages"][1:]] == [
        "Good morning!", "Hello.", RAIN, "All day.", "And tomorrow?",
    ]  # fmt: skip
    on_its_own = team.ask("How much is two and two?")
    assert team.runs.answer(on_its_own) == "Four."
    assert team.why(on_its_own) == "No rule applies."


def test_where_no_rule_applies_a_model_chooses_by_the_descriptions(team: Team) -> None:
    team.router(source="own")
    team.runs.start()
    team.routers_model.answer("AgentChoice", structure({"agent": "Weather agent", "reason": "It is about the sky."}))
    team.weather_model.answer("text", Text("Blue."))
    run_id = team.ask("Which colour has it today?")
    assert team.runs.answer(run_id) == "Blue."
    assert team.why(run_id) == "It is about the sky."
    [asked] = team.routers_model.requests
    assert "- Weather agent: What Weather agent knows." in asked["messages"][1]["content"]
    names = asked["response_format"]["json_schema"]["schema"]["properties"]["agent"]["enum"]
    assert sorted(names) == ["Front desk", "Weather agent"]


def test_a_model_that_does_not_choose_leaves_the_question_to_the_agent_for_everything_else(team: Team) -> None:
    team.router(source="own")
    team.runs.start()
    team.routers_model.answer("AgentChoice", Status(401))
    team.other_model.answer("text", Text("Hello."))
    run_id = team.ask("Which colour has it today?")
    assert team.runs.answer(run_id) == "Hello."
    [trouble] = team.runs.errors(run_id)
    assert trouble.message.endswith("The agent for everything else answers.")


def test_rules_need_no_model_and_without_one_the_rest_goes_to_the_agent_for_everything_else(team: Team) -> None:
    team.router(source="server")  # which has none
    team.runs.start()
    team.weather_model.answer("text", Text("All day."))
    assert team.runs.answer(team.ask(RAIN)) == "All day."
    team.other_model.answer("text", Text("Hello."))
    run_id = team.ask("Good morning!")
    assert team.runs.answer(run_id) == "Hello."
    [trouble] = team.runs.errors(run_id)
    assert trouble.code == "no_model"


def test_agents_of_another_team_are_as_good_as_deleted(team: Team, database: Database) -> None:
    with database.write() as connection:
        other_team = add_team(connection, "Rivals").key
    configuration = team.weather.configuration
    stranger = team.runs.registry.create(other_team, name="Stranger", configuration=configuration)
    team.router(stranger)
    team.runs.start()
    run = team.runs.run(team.ask(RAIN, "failed"))
    assert run.reason is not None
    assert "was deleted" in run.reason
    assert not team.weather_model.requests


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("delete", "An agent that this router hands over to was deleted."),
        ("disable", "“Weather agent”, to which this router hands over, is switched off."),
    ],
)
def test_an_agent_that_cannot_be_asked_is_named(team: Team, change: str, words: str) -> None:
    team.router()
    team.runs.start()
    where = team.weather.team_key, team.weather.id
    if change == "delete":
        team.runs.registry.delete(*where)
    else:
        team.runs.registry.change(*where, enabled=False)
    run = team.runs.run(team.ask(RAIN, "failed"))
    assert run.reason is not None
    assert words in run.reason
    assert "An administrator can choose another agent" in run.reason


def test_routers_do_not_hand_over_to_each_other(team: Team) -> None:
    first = team.router()
    given = {"routes": [{"agent": first.id, "words": "rain"}], "otherwise": team.other.id}
    team.runs.session("chain", team.runs.register("Second router", "router", given))
    team.runs.start()
    run = team.runs.wait(team.runs.ask("chain", RAIN), "failed")
    assert run.reason is not None
    assert "routers do not hand over to each other" in run.reason


@pytest.mark.any_database
def test_a_process_that_is_killed_after_the_handover_hands_over_nothing_twice(team: Team) -> None:
    team.router()
    first = team.runs.start()
    team.weather_model.answer("text", Silence("All"), Text("All day."))
    run_id = team.runs.ask("s", RAIN)
    assert team.weather_model.called.wait(20)
    first.kill()
    team.runs.start()
    team.runs.wait(run_id, "completed")
    assert team.runs.answer(run_id) == "All day."
    assert [step.agent_name for step in team.runs.steps(run_id, "started") if step.parent_id is None] == [
        "Router", "Weather agent",
    ]  # fmt: skip
    assert team.runs.run(run_id).losses == 1


@pytest.mark.any_database
def test_a_process_that_is_killed_before_the_handover_leaves_no_word_of_its_choice(team: Team) -> None:
    team.router(source="own")
    first = team.runs.start()
    team.routers_model.answer(
        "AgentChoice", Silence(), structure({"agent": "Front desk", "reason": "On second thoughts."})
    )
    team.other_model.answer("text", Text("Hello."))
    run_id = team.runs.ask("s", "Which colour has it today?")
    assert team.routers_model.called.wait(20)
    first.kill()
    team.runs.start()
    team.runs.wait(run_id, "completed")
    assert team.runs.answer(run_id) == "Hello."
    assert team.why(run_id) == "On second thoughts."


def test_a_run_that_shall_stop_is_not_handed_over(team: Team, run_queue: RunQueue) -> None:
    team.router()
    run_id = team.runs.ask("s", RAIN)
    run = run_queue.claim("a process")
    assert run is not None
    team.runs.cancel(run_id)
    run_queue.hand_over(run, team.weather, [])
    ended = team.runs.run(run_id)
    assert (ended.status, ended.reason) == ("cancelled", "Stopped on request.")
    assert ended.agent_key != team.weather.key


@pytest.mark.any_database
def test_the_next_question_finds_what_the_agent_kept_after_a_handover(team: Team, run_queue: RunQueue) -> None:
    team.router()
    for expected in (None, {"thread": 1}):
        run_id = team.runs.ask("s", RAIN)
        run = run_queue.claim("a router")
        assert run is not None
        run_queue.keep(run, {"of": "the router"})
        run_queue.hand_over(run, team.weather, [])
        handed = run_queue.claim("an agent")
        assert handed is not None
        assert (handed.id, handed.agent_key) == (run_id, team.weather.key)
        kept = run_queue.kept(handed)
        assert (kept.state, kept.earlier) == (None, expected)
        run_queue.keep(handed, {"thread": 1})
        run_queue.finish(handed, "completed")


def test_what_was_handed_over_is_stopped_where_it_is(team: Team) -> None:
    team.router()
    team.runs.start()
    team.weather_model.answer("text", Silence("All"))
    run_id = team.runs.ask("s", RAIN)
    assert team.weather_model.called.wait(20)
    team.runs.cancel(run_id)
    team.runs.wait(run_id, "cancelled")
    assert team.weather_model.gone.wait(20)
    last = {one.activity_id: one for one in team.runs.events(run_id) if isinstance(one, AgentActivity)}
    assert sorted({(one.agent_name, one.status) for one in last.values()}) == [
        ("Router", "completed"), ("Weather agent", "cancelled"),
    ]  # fmt: skip


def test_a_worker_outside_can_be_handed_a_question(team: Team, settings: Settings) -> None:
    crew = team.runs.register("Weather crew", "remote", {})
    team.router(crew)
    with gunicorn(settings.data_dir, agent_processes=1) as server:
        assert isinstance(server.address, tuple)
        run_id = team.runs.ask("s", RAIN)
        waits = f"Waiting for a worker of “{crew.name}”."
        wait_until(lambda: team.runs.run(run_id).outside, 20, "the handover")
        assert waits in [one.reason for one in team.runs.events(run_id) if isinstance(one, RunUpdate)]
        url = f"http://{server.address[0]}:{server.address[1]}"
        out = subprocess.run(
            [sys.executable, str(WORKER), url, KEY, "first"], capture_output=True, text=True, timeout=60, check=True
        ).stdout
        assert json.loads(out)["run_id"] == run_id
        team.runs.wait(run_id, "completed")
    assert team.runs.answer(run_id) == "Begun by first, ended by first."
