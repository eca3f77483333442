"""A session's address leads to exactly its view, for whoever opens it and however old it is."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, TABLE, SessionPage
from tests.support.processes import environment, process
from tests.support.waiting import wait_until

# Ten thousand events, as agents of another process of this machine would tell them: 50 runs of 200 events.
_OLD_SESSION = """
import sys
from utils.sse_emitter import sse_emitter as emitter
session = sys.argv[1]
for run in range(50):
    common = {"session_id": session, "run_id": f"run-{run}"}
    emitter.emit_run_update(status="queued", question=f"Question {run}", **common)
    emitter.emit_run_update(status="running", phase="Working", progress=0.5, **common)
    for step in range(98):
        activity = {"agent_name": f"Agent {step % 6}", "action": f"Step {step} of run {run}", "activity_id": f"s{step}"}
        emitter.emit_agent_activity(status="started", **activity, **common)
        emitter.emit_agent_activity(status="completed", details="done", **activity, **common)
    emitter.emit_agent_message(message_id="m", agent_name="Agent 0", delta=f"Answer {run}", final=True, **common)
    emitter.emit_run_update(status="completed", progress=1, **common)
"""

# The load of a busy session: `sys.argv[2]` events, 200 in a second.
_BUSY = """
import sys, time
from utils.sse_emitter import sse_emitter as emitter
session, count = sys.argv[1], int(sys.argv[2])
common = {"session_id": session, "run_id": "run-live"}
emitter.emit_run_update(status="running", phase="Working", progress=0.1, **common)
began = time.monotonic()
for step in range(count // 2):
    activity = {"agent_name": f"Agent {step % 6}", "action": f"Live step {step}", "activity_id": f"live-{step}"}
    emitter.emit_agent_activity(status="started", **activity, **common)
    emitter.emit_agent_activity(status="completed", **activity, **common)
    time.sleep(max(0, began + 2 * (step + 1) / 200 - time.monotonic()))
"""

_MEASURE_FRAMES = """() => {
  window.frames_taken = [];
  window.largest = 0;
  let last = performance.now();
  const look = (now) => {
    window.frames_taken.push(now - last);
    last = now;
    window.largest = Math.max(window.largest, document.getElementsByTagName("*").length);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


def test_a_link_shows_a_newcomer_the_same_as_its_owner(
    session: SessionPage, ringside: RingsideServer, new_context: NewContext
) -> None:
    session_id = ringside.new_session(PDF, TABLE, title="Engine of the Solveig")
    session.open(session_id)
    session.ask("Who rebuilt the engine of the Solveig?")
    session.expect_finished()
    newcomer = SessionPage(new_context(ringside).new_page()).open(session_id)
    newcomer.expect_finished()
    expect(newcomer.page).to_have_title(re.compile(r"^(\(\d+\) )?Engine of the Solveig · Ringside$"))
    expect(newcomer.sources).to_be_visible()
    for part in ("conversation", "timeline", "main"):
        assert getattr(newcomer, part).inner_text() == getattr(session, part).inner_text()


def test_an_unknown_session_is_told_in_plain_words(session: SessionPage) -> None:
    session.page.goto("/sessions/no-such-session")
    expect(session.page.get_by_role("heading", name="This session does not exist")).to_be_visible()
    session.page.get_by_role("link", name="All sessions").click()
    expect(session.page).to_have_url(re.compile(r":\d+/(now)?$"))


def test_an_unknown_page_is_told_in_plain_words(page: Page) -> None:
    page.goto("/nowhere/at/all")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()


def test_an_old_session_of_ten_thousand_events_opens_and_stays_smooth(
    session: SessionPage, ringside: RingsideServer
) -> None:
    session_id = "old-session"
    emit(ringside, _OLD_SESSION, session_id)
    session.open(session_id)
    session.expect_events(10_000, 20)
    expect(session.feed_lines.last).to_be_visible()
    session.tab("Timeline").click()
    expect(session.main).to_contain_text("Run 50 of 50")
    expect(session.conversation).to_contain_text("Answer 49")

    session.page.evaluate(_MEASURE_FRAMES)
    feed = session.page.get_by_role("list", name="Activity feed")
    env = environment(ringside.data_dir)
    with process(["-c", _BUSY, session_id, "800"], env, ringside.data_dir / "busy.log") as busy:
        session.tab("Feed").click()
        wheel = [600, 600, -1200, -3000, 600]
        while busy.poll() is None:
            feed.hover()
            session.page.mouse.wheel(0, wheel[0])
            wheel.append(wheel.pop(0))
        assert busy.returncode == 0
    session.expect_events(10_801)
    frames = sorted(session.page.evaluate("window.frames_taken"))
    largest = session.page.evaluate("window.largest")
    print(
        f"10,000 events + 200/s: {len(frames)} frames, median {frames[len(frames) // 2]:.0f} ms, "
        f"p95 {frames[int(len(frames) * 0.95)]:.0f} ms, longest {frames[-1]:.0f} ms, at most {largest} elements"
    )
    assert largest < 4000, "the page renders what nobody sees"
    session.page.get_by_role("searchbox", name="Search activity").fill("Step 97 of run 49")
    expect(session.feed_lines).to_have_count(2)


def test_the_sample_call_of_the_manual_is_seen_at_its_session(session: SessionPage, ringside: RingsideServer) -> None:
    code = (
        "from utils.sse_emitter import sse_emitter\n"
        'sse_emitter.emit_agent_activity(session_id="session-123", agent_name="Document Agent",'
        ' action="Processing document", status="in-progress", details="Analyzing PDF content")'
    )
    emit(ringside, code)
    session.open("session-123")
    expect(session.card("Document Agent")).to_contain_text("Analyzing PDF content")
    expect(session.rows).to_contain_text("Processing document")
    emit(ringside, code.replace("in-progress", "completed").replace("Analyzing PDF content", "Three pages"))
    expect(session.card("Document Agent")).to_contain_text("Three pages")
    session.expect_events(2)


def emit(server: RingsideServer, code: str, *arguments: str) -> None:
    """Run code that emits, in a process of its own."""
    log = server.data_dir / "emit.log"
    with process(["-c", code, *arguments], environment(server.data_dir), log) as emitter:
        wait_until(lambda: emitter.poll() is not None, 60, "the end of the emitting process")
        assert emitter.returncode == 0, log.read_text()
