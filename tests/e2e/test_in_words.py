"""A run is told in words, whose sentences lead to the events they rest on; guests are told what they may see."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.browser import DESKTOP, PHONE
from tests.e2e.conftest import NewContext
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage
from tests.e2e.test_accessibility import expect_accessible, scrolls_sideways
from tests.model_server import Status, structure


def told(page: Page) -> list[str]:
    """The sentences, without their times."""
    entries = page.get_by_role("region", name="The run in words").get_by_role("listitem")
    expect(entries.first).to_be_visible()
    return [re.sub(r"^[\d:]{8}", "", " ".join(text.split())).strip() for text in entries.all_text_contents()]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_sentences_lead_to_their_steps_and_events(
    session: SessionPage, answered: str, size: dict[str, int], ringside: RingsideServer
) -> None:
    page = session.page
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.goto(f"/sessions/{answered}?tab=words")
    words = page.get_by_role("region", name="The run in words")
    sentences = told(page)
    assert sentences[0] == "A question was asked: “Who rebuilt the engine of the Solveig?”"
    assert re.fullmatch(r"The run was completed after .+\.", sentences[-1])
    assert not scrolls_sideways(page)
    words.get_by_role("button", name="Document Agent worked on “Read the documents”").click()
    expect(session.detail.get_by_role("heading", name="Read the documents")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?step="))
    session.detail.get_by_role("button", name="Close").click()
    session.tab("In words").click()
    words.get_by_role("button", name="Document Agent used “Read” 2 times").click()
    expect(page.get_by_role("search", name="Filter the steps").get_by_role("status")).to_have_text("1 of 2")
    session.detail.get_by_role("button", name="Close").click()
    session.tab("In words").click()
    words.get_by_role("button", name="The run was completed").click()
    last = len(ringside.events(answered))
    expect(session.feed_lines.locator("[aria-current]")).to_contain_text("completed")
    expect(session.feed_tools).to_contain_text(f"{last} events")
    session.tab("In words").click()
    page.get_by_role("slider", name="Moment of the session").fill("12")
    expect(words.get_by_role("button", name="Document Agent is using “Read”")).to_be_visible()
    assert "completed" not in " ".join(told(page))


def test_guests_are_told_nothing_of_what_tools_were_given(
    new_context: NewContext, ringside: RingsideServer, answered: str, session: SessionPage
) -> None:
    page = session.page
    page.goto(f"/sessions/{answered}?tab=words")
    assert any("harbour-log.pdf" in one for one in told(page))
    expect_accessible(page, "the run in words")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as Markdown").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"- \d\d:\d\d:\d\d A question was asked: “Who rebuilt .+” \(event 1\)\n", copied)
    [csrf] = [one["value"] for one in page.context.cookies() if one["name"] == "csrf_access_token"]
    made = page.context.request.post(
        f"/api/sessions/{answered}/links", data={"valid_hours": 1, "hides_tool_data": True},
        headers={"X-CSRF-TOKEN": csrf},
    )  # fmt: skip
    assert made.ok, made.text()
    guest = new_context(ringside, None).new_page()
    guest.goto(f"/watch#{made.json()['token']}")
    expect(guest.get_by_role("tab", name="In words")).to_be_visible()
    guest.get_by_role("tab", name="In words").click()
    sentences = told(guest)
    assert "Document Agent used tools 2 times." in sentences
    assert not any(name in " ".join(sentences) for name in ("harbour-log", "passengers.csv", "passages"))


def test_a_model_tells_it_and_what_does_not_hold_is_told_by_rules(
    model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    session_id = modelled.new_session(title="Ice")
    step = {
        "type": "agentActivity", "session_id": session_id, "run_id": "look", "agent_name": "Lookout", "action": "scan",
        "kind": "tool", "status": "completed",
    }  # fmt: skip
    update = {"type": "runUpdate", "session_id": session_id, "run_id": "look"}
    events = [
        {**update, "status": "running", "question": "Is the harbour clear?"},
        *(
            {**step, "activity_id": f"s{at}", "action": "scan", "kind": "tool", "status": "completed"}
            for at in range(3)
        ),
        {**update, "status": "completed"},
    ]
    told_to = modelled.http.post(f"/api/sessions/{session_id}/events", json={"events": events})
    assert told_to.is_success, told_to.text
    page = model_context.new_page()
    page.goto(f"/sessions/{session_id}?tab=words")
    told(page)
    model.answer("Chronicle", Status(401))
    ask = page.get_by_role("button", name="Have a model tell it")
    ask.click()
    expect(page.get_by_role("main").get_by_role("alert")).to_contain_text("does not accept the API key")
    assert told(page)[1] == "Lookout used “scan” 3 times."
    written = [
        {"text": "Somebody asked: “Is the harbour clear?”", "facts": [1]},
        {"text": "Lookout called scan nine times.", "facts": [2, 3, 4]},
    ]
    model.answer("Chronicle", structure({"sentences": written}))
    ask.click()
    expect(page.get_by_text("4 entries, by scripted")).to_be_visible()
    assert told(page) == [
        "A question was asked: “Is the harbour clear?”",  # The rules tell of what matters, whatever a model writes.
        "Somebody asked: “Is the harbour clear?”",
        "Lookout used “scan” 3 times.",
        *[one for one in told(page) if one.startswith("The run was completed")],
    ]
    page.get_by_role("button", name="By rules").click()
    first = page.get_by_role("region", name="The run in words").get_by_role("listitem").first
    expect(first).to_contain_text("A question was asked: “Is the harbour clear?”")
