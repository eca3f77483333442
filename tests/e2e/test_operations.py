"""What an operator sees of the work, and how a run is freed from whoever holds it."""

from playwright.sync_api import Page, expect

from tests.e2e.agents_page import register
from tests.e2e.conftest import NewContext
from tests.e2e.doors import Doors
from tests.e2e.server import RingsideServer
from tests.e2e.test_accessibility import WIDTHS, expect_accessible, scrolls_sideways


def decide(page: Page, heading: str, action: str) -> None:
    page.get_by_role("dialog", name=heading).get_by_role("button", name=action, exact=True).click()


def test_an_operator_sees_what_waits_and_who_holds_what_and_frees_a_run(
    new_context: NewContext, ringside: RingsideServer
) -> None:
    context = new_context(ringside)
    agent_id = register(context, "Harbour pilot", {"kind": "remote"})
    session = {"agent_id": agent_id, "title": "Winter berths"}
    session_id = ringside.http.post("/api/sessions", json=session).json()["id"]
    run_id = ringside.ask(session_id, "Where is the ice?")
    ringside.ask(session_id, "And tomorrow?")
    page = context.new_page()
    page.goto("/")
    Doors(page).choose_from_account("Ada", "Operations")
    queue = page.get_by_role("region", name="Queue")
    work = page.get_by_role("region", name="At work")
    expect(queue.get_by_role("row").filter(has_text="Waiting for a worker")).to_have_count(0)
    expect(queue).to_contain_text("a worker of its agent")
    expect(queue).to_contain_text("the run before it in its session")
    expect(work).to_contain_text("Nobody works on a run.")
    expect(page.get_by_role("region", name="Agent processes").get_by_role("row").nth(1)).to_contain_text("of 4")

    claimed = ringside.http.post("/api/assignments/claim", json={"worker": "barge", "wait": 5}).json()
    assert claimed["run_id"] == run_id
    expect(work).to_contain_text("worker barge")
    expect_accessible(page, "operations")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert not scrolls_sideways(page), width
    work.get_by_role("button", name=f"Give back {run_id}").click()
    decide(page, "Give this run back to the queue?", "Give back")
    expect(work).to_contain_text("Nobody works on a run.")
    assert ringside.http.post(f"/api/assignments/runs/{run_id}/beat", json={"attempt": 1}).status_code == 409

    queue.get_by_role("button", name=f"Stop {run_id}").click()
    decide(page, "Stop this run?", "Stop")
    assert ringside.wait_for_end(run_id)["status"] == "cancelled"
    expect(queue.get_by_role("button", name=f"Stop {run_id}")).to_have_count(0)
    page.goto("/team")
    page.get_by_role("tab", name="Audit trail").click()
    trail = page.get_by_role("region", name="Audit trail")
    for action in ("run freed", "run stopped"):
        expect(trail.get_by_role("row").filter(has_text=action)).to_contain_text(run_id)
