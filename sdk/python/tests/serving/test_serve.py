"""Programs that answer questions, against a real server: stopped, failing, killed, and taken over from."""

import itertools
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Server, running_server, wait_until
from tests.programs import program

_names = itertools.count(1)


class Crew:
    """A registered agent outside, and questions to it."""

    def __init__(self, server: Server) -> None:
        self.server, self.name = server, f"Crew {next(_names)}"
        with httpx.Client(base_url=server.url, timeout=30) as browser:
            sign_in = {"email": "ada@example.org", "password": "a password of the tests"}
            browser.post("/api/auth/login", json=sign_in).raise_for_status()
            csrf = {"X-CSRF-TOKEN": browser.cookies["csrf_access_token"]}
            body = {"name": self.name, "configuration": {"kind": "remote"}}
            self.agent = browser.post("/api/agents", json=body, headers=csrf).raise_for_status().json()["id"]

    def ask(self, question: str) -> dict[str, Any]:
        session = self.server.http.post("/api/sessions", json={"agent_id": self.agent}).raise_for_status().json()["id"]
        asked = self.server.http.post(f"/api/sessions/{session}/messages", json={"content": question})
        run: dict[str, Any] = asked.raise_for_status().json()["run"]
        return run

    def run(self, run: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.server.http.get(f"/api/runs/{run['id']}").raise_for_status().json()
        return found

    def ended(self, run: dict[str, Any], seconds: float = 30) -> dict[str, Any]:
        return wait_until(
            lambda: found if (found := self.run(run))["status"] in ("completed", "failed", "cancelled") else None,
            seconds,
            "the end of the run",
        )

    def answer(self, run: dict[str, Any]) -> str:
        messages = self.server.http.get(f"/api/sessions/{run['session_id']}/messages").json()["messages"]
        return str(messages[-1]["content"])

    def steps(self, run: dict[str, Any], action: str) -> list[dict[str, Any]]:
        return [event for event in self.server.events(run["session_id"]) if event.get("action") == action]


@pytest.fixture
def crew(server: Server) -> Crew:
    return Crew(server)


def test_ten_lines_answer_a_question_with_steps(crew: Crew) -> None:
    code = f"""
@ringside.agent("{crew.name}")
def answer(job):
    with job.step("Look at the sky", kind="tool", input={{"where": "west"}}) as step:
        step.output = "grey"
        with ringside.step("Think", agent="Thinker"):
            pass
    job.write("It will ")
    job.write("rain.")
ringside.serve()
"""
    run = crew.ask("Will it rain?")
    with program(code, crew.server):
        assert crew.ended(run)["status"] == "completed"
    assert crew.answer(run) == "It will rain."
    begun, done = crew.steps(run, "Look at the sky")
    assert (begun["status"], begun["input"], done["status"], done["output"]) == (
        "started", {"where": "west"}, "completed", "grey",
    )  # fmt: skip
    thought, _ = crew.steps(run, "Think")
    assert (thought["parent_id"], thought["agent_name"]) == (begun["activity_id"], "Thinker")


def test_a_coroutine_is_cancelled_when_its_run_is_stopped(crew: Crew) -> None:
    code = f"""
import asyncio
@ringside.agent("{crew.name}")
async def answer(job):
    async with job.step("Wait"):
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            say("cancelled")
            raise
ringside.serve()
"""
    run = crew.ask("Wait?")
    with program(code, crew.server) as process:
        wait_until(lambda: crew.steps(run, "Wait"), 30, "the step")
        crew.server.http.post(f"/api/runs/{run['id']}/cancel").raise_for_status()
        assert process.stdout is not None
        assert process.stdout.readline() == "cancelled\n"
        ended = crew.ended(run)
    assert ended["status"] == "cancelled"
    assert ended["reason"].endswith("confirmed it.")


def test_a_function_is_stopped_at_its_next_step_whatever_errors_it_catches(crew: Crew) -> None:
    code = f"""
@ringside.agent("{crew.name}")
def answer(job):
    while True:
        try:
            with job.step("Again"):
                time.sleep(0.05)
        except Exception as error:
            say(repr(error))
ringside.serve()
"""
    run = crew.ask("Again?")
    with program(code, crew.server):
        wait_until(lambda: crew.steps(run, "Again"), 30, "the step")
        crew.server.http.post(f"/api/runs/{run['id']}/cancel").raise_for_status()
        assert crew.ended(run)["status"] == "cancelled"


def test_a_function_is_stopped_at_the_next_update_of_a_step(crew: Crew) -> None:
    code = f"""
@ringside.agent("{crew.name}")
def answer(job):
    with job.step("Wait") as step:
        while True:
            time.sleep(0.05)
            step.update("still here")
ringside.serve()
"""
    run = crew.ask("Still there?")
    with program(code, crew.server):
        wait_until(lambda: crew.steps(run, "Wait"), 30, "the step")
        crew.server.http.post(f"/api/runs/{run['id']}/cancel").raise_for_status()
        ended = crew.ended(run, 15)  # before the lease of 30 s ends
    assert (ended["status"], ended["reason"].endswith("confirmed it.")) == ("cancelled", True)
    assert crew.steps(run, "Wait")[-1]["status"] != "in-progress"


def test_a_function_without_an_answer_is_told_to_who_asked_and_to_who_wrote_it(crew: Crew) -> None:
    code = f"""
@ringside.agent("{crew.name}")
def answer(job):
    pass
ringside.serve()
"""
    run = crew.ask("Anything?")
    with program(code, crew.server) as process:
        ended = crew.ended(run)
        process.terminate()
        _, err = process.communicate(timeout=30)
    assert (ended["status"], ended["reason"]) == ("failed", "The agent ended without an answer.")
    assert "return it as a text, or write it with job.write" in err


def test_an_exception_fails_the_run_and_the_program_goes_on(crew: Crew) -> None:
    code = f"""
@ringside.agent("{crew.name}")
def answer(job):
    if job.question == "Bad?":
        raise ValueError("the glass is broken")
    return "Good."
ringside.serve()
"""
    bad, good = crew.ask("Bad?"), crew.ask("Good?")
    with program(code, crew.server):
        ended = crew.ended(bad)
        assert (ended["status"], ended["reason"]) == ("failed", "ValueError: the glass is broken")
        assert crew.ended(good)["status"] == "completed"
    assert crew.answer(good) == "Good."


def test_a_program_that_is_killed_is_taken_over_from_with_its_state(tmp_path: Path) -> None:
    with running_server(tmp_path, agent_processes=1, work_lease_seconds=2) as server:
        crew = Crew(server)
        code = f"""
@ringside.agent("{crew.name}")
def answer(job):
    with job.step("Start the ferry", key="ferry"):
        if job.state is None:
            job.keep({{"ferry": 7}})
            say("kept")
            time.sleep(600)
    return f"Ferry {{job.state['ferry']}}, attempt {{job.attempt}}."
ringside.serve()
"""
        run = crew.ask("Which ferry?")
        with program(code, server) as first:
            assert first.stdout is not None
            assert first.stdout.readline() == "kept\n"
            first.kill()
        with program(code, server):
            assert crew.ended(run)["status"] == "completed"
        assert crew.answer(run) == "Ferry 7, attempt 2."
        assert [event["status"] for event in crew.steps(run, "Start the ferry")].count("started") == 1


def test_a_program_that_is_ended_gives_its_question_back(crew: Crew) -> None:
    code = f"""
import asyncio
@ringside.agent("{crew.name}")
async def answer(job):
    say("at work")
    await asyncio.sleep(600)
ringside.serve()
"""
    run = crew.ask("Still there?")
    with program(code, crew.server) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        process.terminate()
        process.wait(20)
        wait_until(lambda: crew.run(run)["status"] == "queued", 10, "the question in the queue")


def test_a_key_without_the_scope_and_an_unknown_agent_are_told_in_words(crew: Crew) -> None:
    code = """
@ringside.agent("Nobody")
def answer(job):
    return ""
ringside.serve()
"""
    wrong = "ringside.serve: This API key is unknown or was revoked."
    for words, variables in (
        ("ringside.serve: There is no such agent to work for.", {}), (wrong, {"RINGSIDE_KEY": "ringside_wrong"}),
        ("ringside.serve: The server's API key is missing.", {"RINGSIDE_KEY": ""}),
    ):  # fmt: skip
        with program(code, crew.server, **variables) as process:
            _, err = process.communicate(timeout=60)
        assert process.returncode == 1
        assert words in err.splitlines()[-1]
        assert "Traceback" not in err


def test_in_another_thread_a_refusal_is_an_exception(crew: Crew) -> None:
    code = """
import threading
@ringside.agent("Nobody")
def answer(job):
    return ""
def serve():
    try:
        ringside.serve()
    except RuntimeError as error:
        say(error)
thread = threading.Thread(target=serve)
thread.start()
thread.join()
"""
    with program(code, crew.server) as process:
        out, _ = process.communicate(timeout=60)
    assert "There is no such agent to work for." in out


ASKS = """
@ringside.agent("{name}")
def answer(job):
    with job.step("Prepare"):
        pass
    decision = job.ask("Shall we sail?", choices={{"sail": "Sail", "stay": "Stay"}}, context={{"wind": 9}})
    return f"{{decision.choice}} by {{decision.decided_by}}"
ringside.serve()
"""


def asked(crew: Crew, run: dict[str, Any]) -> dict[str, Any]:
    def found() -> Any:
        listed = crew.server.http.get("/api/approvals", params={"session_id": run["session_id"]}).json()
        return listed["approvals"]

    approval: dict[str, Any] = wait_until(found, 30, "the question")[0]
    return approval


def decide(crew: Crew, approval: dict[str, Any], choice: str) -> None:
    path = f"/api/approvals/{approval['id']}/decision"
    crew.server.http.post(path, json={"choice": choice}).raise_for_status()


def test_a_job_asks_a_person(crew: Crew) -> None:
    run = crew.ask("Sail?")
    with program(ASKS.format(name=crew.name), crew.server):
        approval = asked(crew, run)
        assert (approval["run_id"], approval["context"]) == (run["id"], {"wind": 9})
        decide(crew, approval, "sail")
        assert crew.ended(run)["status"] == "completed"
    assert crew.answer(run) == "sail by Ada"


def test_a_job_that_is_taken_over_asks_nobody_twice(tmp_path: Path) -> None:
    with running_server(tmp_path, agent_processes=1, work_lease_seconds=2) as server:
        crew = Crew(server)
        run = crew.ask("Sail?")
        with program(ASKS.format(name=crew.name), server) as first:
            approval = asked(crew, run)
            first.kill()
        decide(crew, approval, "stay")
        with program(ASKS.format(name=crew.name), server):
            assert crew.ended(run, 60)["status"] == "completed"
        assert crew.answer(run) == "stay by Ada"
        steps = [one["status"] for one in server.events(run["session_id"]) if one.get("kind") == "approval"]
        assert steps == ["waiting", "completed"]


def test_a_job_that_is_stopped_while_it_asks_ends(crew: Crew) -> None:
    run = crew.ask("Sail?")
    with program(ASKS.format(name=crew.name), crew.server):
        asked(crew, run)
        crew.server.http.post(f"/api/runs/{run['id']}/cancel").raise_for_status()
        assert crew.ended(run, 60)["status"] == "cancelled"
    steps = [one["status"] for one in crew.server.events(run["session_id"]) if one.get("kind") == "approval"]
    assert steps == ["waiting", "cancelled"]


def test_a_job_reads_what_people_say_while_it_works_and_pauses_where_it_keeps_its_state(crew: Crew) -> None:
    code = f"""
@ringside.agent("{crew.name}")
def answer(job):
    heard = list((job.state or {{}}).get("heard", []))
    step = job.step("Listen", kind="tool")
    with step:
        while not heard:
            heard += [f"{{one.author}}: {{one.text}}" for one in job.messages()]
            time.sleep(0.05)
    while job.attempt == 1:
        job.keep({{"heard": heard}})
        time.sleep(0.05)
    assert [one.text for one in job.messages()] == ["Mind the fog."], "whoever goes on gets all again"
    assert job.messages() == [], "and nothing twice"
    return "; ".join(heard)

ringside.serve()
"""
    with program(code, crew.server):
        run = crew.ask("Will it rain?")
        at = f"/api/runs/{run['id']}"
        wait_until(lambda: crew.steps(run, "Listen"), 20, "its step")
        said = crew.server.http.post(f"{at}/messages", json={"text": "Mind the fog.", "id": "m1"}).raise_for_status()
        assert said.json()["delivery"] == "queued"
        wait_until(lambda: crew.steps(run, "Listen")[-1]["status"] == "completed", 20, "that it has heard")
        crew.server.http.post(f"{at}/pause").raise_for_status()
        wait_until(lambda: crew.run(run)["status"] == "waiting", 20, "the pause")
        crew.server.http.post(f"{at}/resume").raise_for_status()
        ended = crew.ended(run)
        assert (ended["status"], ended["attempt"]) == ("completed", 2), ended
    assert crew.answer(run).endswith(": Mind the fog.")
    [read] = crew.server.http.get(f"{at}/messages").json()["messages"]
    assert read["delivery"] == "steered"


def test_a_run_that_begins_from_a_step_is_given_the_step_and_what_was_kept(crew: Crew) -> None:
    code = f"""
@ringside.agent("{crew.name}")
def answer(job):
    if job.from_step:
        at = job.from_step
        return f"{{at.action}} with {{at.input}} after {{at.state}} of {{at.run_id}}"
    job.keep({{"page": 3}})
    with job.step("Look at the sky", kind="tool", input={{"where": "west"}}):
        pass
    raise ValueError("There is fog.")
ringside.serve()
"""
    run = crew.ask("Will it rain?")
    with program(code, crew.server):
        assert crew.ended(run)["status"] == "failed"
        begun, _ = crew.steps(run, "Look at the sky")
        step = {"activity_id": begun["activity_id"], "input": {"where": "east"}}
        again = crew.server.http.post(f"/api/runs/{run['id']}/again", json={"from_step": step}).raise_for_status()
        assert crew.ended(again.json()["run"])["status"] == "completed"
    assert crew.answer(run) == f"Look at the sky with {{'where': 'east'}} after {{'page': 3}} of {run['id']}"
