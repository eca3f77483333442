"""What agents use: shown over time, with the prices that somebody enters; at a hard budget a run pauses and asks."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.test_accessibility import WIDTHS, expect_accessible, scrolls_sideways
from tests.support.waiting import wait_until


@pytest.fixture
def session_id(ringside: RingsideServer) -> str:
    """One that the team sees: of others, administrators are not told what the agents are called."""
    made: str = ringside.http.post("/api/sessions", json={"title": "Winter berths"}).json()["id"]
    assert ringside.http.patch(f"/api/sessions/{made}", json={"shared": True}).status_code == 200
    return made


def tell(ringside: RingsideServer, session_id: str, step: str, model: str, tokens: int, run_id: str = "r1") -> None:
    told: list[dict[str, Any]] = [
        {"type": "runUpdate", "session_id": session_id, "run_id": run_id, "status": "running"},
        {
            "type": "agentActivity", "session_id": session_id, "run_id": run_id, "activity_id": step,
            "agent_name": "Berth agent", "action": "Ask the model", "kind": "model", "status": "completed",
            "usage": {
                "model": model, "input_tokens": tokens, "output_tokens": tokens // 10,
                "cached_input_tokens": tokens // 2,
            },
        },
    ]  # fmt: skip
    answer = ringside.http.post(f"/api/sessions/{session_id}/events", json={"events": told})
    assert answer.status_code == 201, answer.text


def spent(ringside: RingsideServer, session_id: str) -> dict[str, Any]:
    body: dict[str, Any] = ringside.http.get(f"/api/sessions/{session_id}/spending").json()
    return body


def test_a_model_without_a_price_is_told_priced_and_then_counted(
    new_context: NewContext, ringside: RingsideServer, session_id: str
) -> None:
    tell(ringside, session_id, "a", "berth-model-7", 1_000_000)
    wait_until(lambda: spent(ringside, session_id)["tokens"] == 1_100_000)
    page = new_context(ringside).new_page()
    page.goto(f"/sessions/{session_id}")
    expect(page.get_by_text("1,100,000 tokens", exact=False).first).to_be_visible()
    page.goto("/usage")
    expect(page.get_by_role("row", name="Berth agent")).to_contain_text("1,000,000")
    expect_accessible(page, "usage")
    page.get_by_role("tab", name="Prices").click()
    page.get_by_text("No price is known for berth-model-7").get_by_role("button", name="Add its price").click()
    page.get_by_label("Input", exact=True).fill("2.50")
    page.get_by_label("Output", exact=True).fill("10")
    page.get_by_role("button", name="Add price").click()
    expect(page.get_by_role("row", name="berth-model-7")).to_contain_text("2.5")
    expect(page.get_by_text("No price is known for berth-model-7")).to_have_count(0)
    expect_accessible(page, "prices")
    page.get_by_role("tab", name="Overview").click()
    expect(page.get_by_role("row", name="Berth agent")).to_contain_text("3.50 EUR")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        assert not scrolls_sideways(page), width
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    assert "Berth agent" in download.value.path().read_text()
    page.goto(f"/sessions/{session_id}")
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.get_by_text("3.50 EUR", exact=False).first).to_be_visible()


def test_a_budget_is_set_told_and_removed(new_context: NewContext, ringside: RingsideServer, session_id: str) -> None:
    page = new_context(ringside).new_page()
    page.goto("/usage")
    page.get_by_role("tab", name="Budgets").click()
    page.get_by_label("For", exact=True).select_option("session")
    page.get_by_label("Of", exact=True).select_option("tokens")
    page.get_by_label("At most").fill("1000")
    page.get_by_label("In", exact=True).select_option("all")
    page.get_by_role("button", name="Set budget").click()
    expect(page.get_by_text("1,000 tokens in all")).to_be_visible()
    expect_accessible(page, "budgets")
    tell(ringside, session_id, "b", "other", 1000, run_id="r2")

    def codes() -> list[str]:
        events = ringside.http.get(f"/api/sessions/{session_id}/activity").json()["events"]
        return [event["code"] for event in events if event["type"] == "error"]

    wait_until(lambda: codes() == ["budget_passed"])
    page.get_by_role("button", name="Remove the budget: Each session").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_text("1,000 tokens in all")).to_have_count(0)
