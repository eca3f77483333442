"""A router: set up in its form, and seen handing over in the session."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.agents_page import AgentsPage, choose, who_answers
from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage
from tests.e2e.test_accessibility import expect_accessible


@pytest.fixture
def ringside(tmp_path: Path) -> Iterator[RingsideServer]:
    """Not the one that others share: who answers there is for other tests to see."""
    with RingsideServer(tmp_path) as server:
        yield server


def test_its_rules_are_rows_of_its_form_and_its_handover_is_a_step(
    new_context: NewContext, ringside: RingsideServer, tmp_path: Path
) -> None:
    page = new_context(ringside).new_page()
    agents = AgentsPage(page).open()
    agents.new()
    agents.name.fill("Readers")
    agents.save.click()
    agents.expect_saved("Readers")

    agents.new("A router")
    agents.name.fill("Front desk")
    agents.save.click()
    first = agents.main.get_by_role("group", name="rule 1")
    expect(first.get_by_label("Agent")).to_be_focused()  # nobody was chosen
    expect(first.get_by_label("Agent").locator("option")).to_contain_text(["Choose an agent", "Readers"])
    first.get_by_label("Agent").select_option("Readers")
    first.get_by_label("Words").fill("whale*")
    agents.main.get_by_role("button", name="Add rule").click()
    second = agents.main.get_by_role("group", name="rule 2")
    second.get_by_label("Agent").select_option("Document agents")
    second.get_by_label("Words").fill("passengers, crew")
    agents.main.get_by_role("button", name="Move rule 2 up").click()
    expect(first.get_by_label("Words")).to_have_value("passengers, crew")
    expect(first.get_by_label("Agent")).to_be_focused()
    expect(agents.main).to_contain_text("a star at the end of a word stands for any ending")
    agents.main.get_by_role("combobox", name="Agent for everything else").select_option("Readers")
    expect_accessible(page, "the form of a router")
    agents.main.get_by_role("button", name="Test connection").click()
    expect(agents.main).to_contain_text("All agents it hands over to can be asked: Document agents and Readers.")
    agents.save.click()
    agents.expect_saved("Front desk")
    expect(agents.row("Front desk")).to_contain_text("Rules")

    notice = tmp_path / "notice.md"
    notice.write_text("# Notice\n\nIn winter the ferry may carry at most 84 passengers.\n")
    session = SessionPage(page).open(ringside.new_session(notice))
    choose(page, who_answers(page), "Front desk")
    session.ask("How many passengers may the ferry carry in winter?")
    expect(session.conversation).to_contain_text("84 passengers")
    expect(session.rows.filter(has_text="Hand over to Document agents")).to_be_visible()
    page.reload()
    expect(session.rows.filter(has_text="Hand over to Document agents")).to_be_visible()
