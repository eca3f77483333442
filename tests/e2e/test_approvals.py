"""An agent asks a person, who decides in the inbox or in the session; the first decision counts."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import PHONE
from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.test_accessibility import WIDTHS, expect_accessible, scrolls_sideways

FORM = {
    "type": "object",
    "required": ["subject"],
    "properties": {
        "subject": {"type": "string", "title": "Subject"},
        "copy": {"type": "boolean", "title": "A copy to me"},
    },
}


@pytest.fixture
def session_id(ringside: RingsideServer) -> str:
    made: str = ringside.http.post("/api/sessions", json={"title": "Winter berths"}).json()["id"]
    return made


def ask(ringside: RingsideServer, session_id: str, question: str, **more: object) -> str:
    """The approval's id."""
    body = {"activity_id": question, "agent_name": "Berth agent", "action": "Delete bookings", "question": question}
    asked = ringside.http.post(f"/api/sessions/{session_id}/approvals", json=body | more)
    assert asked.status_code == 201, asked.text
    approval_id: str = asked.json()["id"]
    return approval_id


def read(ringside: RingsideServer, approval_id: str) -> dict[str, Any]:
    body: dict[str, Any] = ringside.http.get(f"/api/approvals/{approval_id}").json()
    return body


def test_what_waits_for_a_person_is_decided_in_the_inbox(
    new_context: NewContext, ringside: RingsideServer, session_id: str
) -> None:
    until = {"expires_in": 3600, "on_expiry": "reject"}
    deletes = ask(ringside, session_id, "May I delete them?", context={"ids": [4, 8]}, **until)
    by_mail = [{"id": "mail", "label": "By mail"}]
    sends = ask(ringside, session_id, "How shall they be told?", choices=by_mail, form=FORM)
    page = new_context(ringside).new_page()
    page.goto("/")
    expect(page).to_have_title(re.compile(r"^\(\d+\) "))
    page.get_by_role("link", name="Inbox").click()
    first = page.get_by_role("article", name="May I delete them?")
    expect(first).to_contain_text("then “Reject” counts.")
    expect(first.get_by_role("group", name="What it is about")).to_contain_text("ids")
    expect_accessible(page, "inbox")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert not scrolls_sideways(page), width
    first.get_by_role("button", name="Add a comment").click()
    expect(first.get_by_label("Comment")).to_be_focused()
    page.keyboard.type("Not before spring.")
    first.get_by_role("button", name="Reject").press("Enter")
    expect(first).to_have_count(0)
    second = page.get_by_role("article", name="How shall they be told?")
    expect(second).to_be_focused()
    said = page.get_by_role("status").filter(has_text="You chose")
    expect(said).to_contain_text("You chose “Reject”: May I delete them?")
    decided = read(ringside, deletes)
    assert [decided[name] for name in ("status", "choice", "comment", "decided_by", "via")] == [
        "decided", "reject", "Not before spring.", "Ada", "dashboard"
    ]  # fmt: skip

    second.get_by_role("button", name="By mail").press("Enter")
    expect(second.get_by_role("alert")).to_contain_text("subject")
    expect(second).to_be_focused()
    second.get_by_label("Subject").fill("Your berth")
    second.get_by_label("A copy to me").check()
    second.get_by_role("button", name="By mail").click()
    expect(second).to_have_count(0)
    assert read(ringside, sends)["values"] == {"subject": "Your berth", "copy": True}


def test_in_the_session_a_question_appears_live_and_goes_when_somebody_else_was_first(
    new_context: NewContext, ringside: RingsideServer, session_id: str
) -> None:
    page = new_context(ringside).new_page()
    page.goto(f"/sessions/{session_id}")
    expect(page.get_by_role("heading", name="Winter berths")).to_be_visible()
    approval_id = ask(ringside, session_id, "May I move the Solveig?")
    shown = page.get_by_role("article", name="May I move the Solveig?")
    expect(shown.get_by_role("button", name="Approve")).to_be_visible()
    page.set_viewport_size(PHONE)
    for part in ("Chat", "Activity"):
        page.get_by_role("button", name=part, exact=True).click()
        expect(shown).to_have_count(1)
    assert ringside.http.post(f"/api/approvals/{approval_id}/decision", json={"choice": "approve"}).status_code == 200
    expect(shown).to_have_count(0)

    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("row").filter(has_text="Delete bookings").click()
    expect(page.get_by_role("complementary", name="Step")).to_contain_text("“Approve”, by Ada")


def test_what_is_not_now_waits_below_and_keys_decide(
    new_context: NewContext, ringside: RingsideServer, session_id: str
) -> None:
    late, soon = ask(ringside, session_id, "Sell the anchor?"), ask(ringside, session_id, "Paint the hull?")
    page = new_context(ringside).new_page()
    page.goto("/inbox")
    anchor = page.get_by_role("article", name="Sell the anchor?")
    anchor.get_by_role("button", name="Not now").click()
    page.get_by_role("menuitem", name="Tomorrow at 9:00").click()
    expect(anchor).not_to_be_visible()
    put_off = page.get_by_text(re.compile(r"^Not now \(\d+\)$"))
    put_off.click()
    expect(anchor).to_contain_text("You are asked again")
    expect_accessible(page, "inbox with what is not now")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert not scrolls_sideways(page), width
    assert read(ringside, late)["status"] == "open"
    page.reload()
    hull = page.get_by_role("article", name="Paint the hull?")
    expect(hull).to_be_visible()
    expect(anchor).not_to_be_visible()
    for _ in range(page.get_by_role("article").count()):
        if hull.evaluate("(article) => article === document.activeElement"):
            break
        page.keyboard.press("j")
    page.keyboard.press("2")
    expect(hull).to_have_count(0)
    assert read(ringside, soon)["choice"] == "reject"
    put_off.click()
    anchor.get_by_role("button", name="Ask me now").click()
    expect(anchor.get_by_role("button", name="Not now")).to_be_visible()
