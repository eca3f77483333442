"""A run is watched while it happens, and stopped."""

import time

from playwright.sync_api import BrowserContext, expect

from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.model_server import Text
from tests.support.waiting import wait_until

ANSWER = "The engine was taken out and rebuilt by Marit Aune at the Holmsund yard between 2 and 27 April 1930 [1]."
QUESTION = "Who rebuilt the engine of the Solveig?"

# Adds up every shift of the layout, but for those that follow what the user just did.
_COUNT_SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue;
      const moved = entry.sources.map(({ node }) => node?.className || node?.nodeName || "?");
      window.shifts.push([entry.value, moved]);
    }
  }).observe({ type: "layout-shift", buffered: false });
}"""


def test_the_answer_grows_word_by_word_while_the_cards_say_who_writes(
    model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    model.answer("text", Text(ANSWER))
    model.hold()
    session.ask(QUESTION)
    expect(session.phase("Writing")).to_be_visible()
    expect(session.card("Writer Agent")).to_contain_text("Write")
    expect(session.card("Document Agent")).to_contain_text("1 read")
    expect(session.main.get_by_role("progressbar", name="Progress of the run")).to_have_attribute("aria-valuenow", "60")
    writing = session.rows.get_by_role("gridcell", name="Writer Agent, model, running")
    expect(writing).to_be_visible()
    expect(session.main).to_contain_text("scripted")

    for shown in (14, 35, 70):
        model.let_out(2 if shown == 14 else (3 if shown == 35 else 5))
        expect(session.conversation).to_contain_text(ANSWER[:shown].rstrip())
        assert ANSWER[: shown + 7] not in session.conversation.inner_text()

    model.release()
    session.expect_finished()
    expect(session.conversation).to_contain_text("between 2 and 27 April 1930")
    expect(session.sources.get_by_role("button")).to_have_count(1)
    expect(writing).to_have_count(0)
    expect(session.main).to_contain_text("tokens")


def test_stop_ends_the_run_within_a_second_or_so(
    model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    model.answer("text", Text(ANSWER))
    model.hold()
    session.ask(QUESTION)
    model.let_out(3)
    expect(session.conversation).to_contain_text(ANSWER[:20])

    began = time.monotonic()
    session.stop.click()
    expect(session.phase("Stopped")).to_be_visible(timeout=3000)
    took = time.monotonic() - began
    assert took < 2.5, f"stopping took {took:.1f} s"  # a second is promised; the browser and two cores take their share
    expect(session.stop).to_be_hidden()
    expect(session.conversation).to_contain_text("Stopped on request.")
    expect(session.rows.get_by_role("gridcell", name="running")).to_have_count(0)

    [run] = modelled.runs(session.session_id)
    assert run["status"] == "cancelled"
    told = len(modelled.events(session.session_id))
    model.release()
    expect(session.question).to_be_enabled()
    session.ask("How long is the Solveig?")
    session.expect_finished()
    after = [event["run_id"] for event in modelled.events(session.session_id)[told:]]
    assert run["id"] not in after, "a stopped run went on"


def test_a_question_asked_meanwhile_waits_for_its_turn(
    model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    model.hold()
    session.ask(QUESTION)
    expect(session.phase("Writing")).to_be_visible()
    session.ask("How long is the Solveig?")
    session.ask("How heavy is she?")
    expect(session.queue).to_have_count(2)
    # The run that works stays in view, and nothing that is pressed moves away from under the pointer.
    expect(session.phase("Writing")).to_be_visible()
    expect(session.main).to_contain_text("Run 1 of 3")
    withdraw = session.page.get_by_role("button", name="Withdraw “How long is the Solveig?”")
    before = session.queue.nth(1).bounding_box()
    withdraw.click()
    expect(session.queue.first).to_contain_text("Withdrawn")
    assert session.queue.nth(1).bounding_box() == before
    others = session.page.get_by_role("button", name="Private: who can watch")
    place = others.bounding_box()
    model.release()
    expect(session.main).to_contain_text("Run 3 of 3")
    expect(session.conversation).to_contain_text("How heavy is she?")
    session.expect_finished()
    expect(session.stop).to_be_hidden()
    assert others.bounding_box() == place
    wait_until(
        lambda: (
            sorted(run["status"] for run in modelled.runs(session.session_id))
            == ["cancelled", "completed", "completed"]
        )
    )


def test_nothing_jumps_while_a_run_is_watched(
    model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    model.answer("text", Text(ANSWER))
    model.hold()
    session.question.fill(QUESTION)
    session.page.evaluate(_COUNT_SHIFTS)
    session.question.press("Enter")
    expect(session.phase("Writing")).to_be_visible()
    for piece in range(8):
        model.let_out(1)
        expect(session.conversation).to_contain_text(ANSWER[: 7 * piece + 7].rstrip())
    model.release()
    session.expect_finished()
    expect_calm(session)


def test_nothing_jumps_while_the_sample_runs(session: SessionPage) -> None:
    session.page.goto("/start")
    session.page.evaluate(_COUNT_SHIFTS)
    session.page.get_by_role("button", name="Try the sample").click()
    session.expect_finished()
    expect(session.sources).to_be_visible()
    expect_calm(session)


def expect_calm(session: SessionPage) -> None:
    """All shifts of the layout since `_COUNT_SHIFTS` are small together, in the unit of Cumulative Layout Shift."""
    shifts: list[tuple[float, list[str]]] = session.page.evaluate("window.shifts")
    total = sum(value for value, _ in shifts)
    print(f"cumulative layout shift of a run: {total:.4f}")
    assert total < 0.05, sorted(shifts, reverse=True)[:5]
