"""People's browsers as a model: they share questions, give them back when they are closed, and answer each once."""

from threading import Thread
from typing import Any

from playwright.sync_api import expect

from tests.e2e.agents_page import register
from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage
from tests.e2e.test_accessibility import expect_accessible, scrolls_sideways
from tests.e2e.worker_page import HALF, WHOLE, WorkerPage, model_server
from tests.support.foreign_server import ForeignServer
from tests.support.waiting import wait_until


def asked(server: RingsideServer, agent_id: str, question: str) -> tuple[str, str]:
    session = server.http.post("/api/sessions", json={"agent_id": agent_id}).json()["id"]
    return session, server.ask(session, question)


def test_a_browser_that_is_closed_in_the_middle_of_an_answer_gives_its_question_to_another(
    new_context: NewContext, ringside: RingsideServer
) -> None:
    context = new_context(ringside)
    agent_id = register(context, "Lookouts", {"kind": "browser"})
    with model_server() as model:
        first = WorkerPage(context.new_page()).open().use(model).start()
        expect(first.state).to_contain_text("Connected")
        session_id, run_id = asked(ringside, agent_id, "How is the tide?")
        watched = SessionPage(new_context(ringside).new_page()).open(session_id)
        expect(watched.conversation).to_contain_text(HALF)
        expect(first.state).to_contain_text("Working")
        second = WorkerPage(new_context(ringside).new_page()).open().use(model).start()
        expect(second.state).to_contain_text("Connected")
        first.page.close(run_before_unload=True)
        run = ringside.wait_for_end(run_id, 20)  # long before the lease would have expired
        assert (run["status"], run["attempt"]) == ("completed", 2)
        expect(watched.conversation.get_by_text(WHOLE)).to_have_count(1)
        expect(second.main.get_by_role("listitem").filter(has_text="How is the tide?")).to_contain_text("answered")
        expect(second.state).to_contain_text("Connected")
    answers = ringside.http.get(f"/api/sessions/{session_id}/messages").json()["messages"]
    assert [one["content"] for one in answers] == ["How is the tide?", WHOLE]


def test_a_person_types_the_answer_and_a_script_waits_for_it(new_context: NewContext, ringside: RingsideServer) -> None:
    context = new_context(ringside)
    register(context, "People", {"kind": "browser"})
    page = context.new_page()
    worker = WorkerPage(page).open()
    worker.main.get_by_role("radio", name="You").check()
    worker.start()
    got: list[dict[str, Any]] = []
    body = {"prompt": "What is the password of the day?", "model": "People"}
    script = Thread(target=lambda: got.append(ringside.http.post("/api/process", json=body).json()))
    script.start()
    expect(worker.main).to_contain_text("What is the password of the day?")
    expect(worker.state).to_contain_text("Working")
    expect_accessible(page, "a question to a person")
    worker.main.get_by_label("Your answer").fill("Herring.")
    worker.main.get_by_role("button", name="Send answer").click()
    script.join()
    assert (got[0]["status"], got[0]["result"]) == ("success", "Herring.")
    assert not scrolls_sideways(page)


def test_a_page_with_a_typed_answer_asks_before_it_is_left_and_then_gives_the_question_back(
    new_context: NewContext, ringside: RingsideServer
) -> None:
    context = new_context(ringside)
    agent_id = register(context, "Harbour masters", {"kind": "browser"})
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())  # of the browser, before a reload
    worker = WorkerPage(page).open()
    worker.main.get_by_role("radio", name="You").check()
    worker.start()
    session_id, run_id = asked(ringside, agent_id, "Who has the key?")
    answer = worker.main.get_by_label("Your answer")
    answer.fill("Half an ans")
    session = page.get_by_role("navigation", name="Sessions").locator(f"a[href$='{session_id}']")
    expect(session).to_be_visible(timeout=40_000)  # a page asks for the list every now and then
    session.click()
    ask = page.get_by_role("dialog", name="Leave without sending?")
    ask.get_by_role("button", name="Cancel").click()
    expect(answer).to_have_value("Half an ans")

    page.reload()
    worker.start()
    expect(answer).to_have_value("Half an ans")

    session.click()
    ask.get_by_role("button", name="Leave").click()
    expect(page).to_have_url(f"{ringside.url}/sessions/{session_id}")
    expect(SessionPage(page).phase("Queued")).to_be_visible()
    ringside.http.post(f"/api/runs/{run_id}/cancel")
    assert ringside.wait_for_end(run_id)["status"] == "cancelled"


def test_a_model_server_that_is_not_there_is_told_in_words_and_the_question_waits_for_others(
    new_context: NewContext, ringside: RingsideServer
) -> None:
    context = new_context(ringside)
    agent_id = register(context, "Watchmen", {"kind": "browser"})
    away = ForeignServer()
    away._server.server_close()
    worker = WorkerPage(context.new_page()).open().use(away).start()
    _, run_id = asked(ringside, agent_id, "Is anybody there?")
    expect(worker.state).to_contain_text("Trouble")
    expect(worker.state).to_contain_text("There is no model server at")
    wait_until(
        lambda: ringside.http.get(f"/api/runs/{run_id}").json()["status"] == "queued", what="its being given back"
    )
    ringside.http.post(f"/api/runs/{run_id}/cancel")
    assert ringside.wait_for_end(run_id)["status"] == "cancelled"


def test_stop_ends_the_model_and_the_browser_goes_on_with_the_next_question(
    new_context: NewContext, ringside: RingsideServer
) -> None:
    context = new_context(ringside)
    agent_id = register(context, "Pilots", {"kind": "browser"})
    with model_server() as model:
        worker = WorkerPage(context.new_page()).open().use(model).start()
        _, run_id = asked(ringside, agent_id, "How is the tide?")
        expect(worker.main).to_contain_text(HALF)
        ringside.http.post(f"/api/runs/{run_id}/cancel")
        run = ringside.wait_for_end(run_id)
        assert (run["status"], run["reason"]) == ("cancelled", "Stopped; Ada confirmed it.")
        assert model.gone.wait(5), "the model server is asked no more"
        _, run_id = asked(ringside, agent_id, "And now?")
        assert ringside.wait_for_end(run_id)["status"] == "completed"
        expect(worker.state).to_contain_text("Connected")
