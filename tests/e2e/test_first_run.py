"""From nothing to a sourced answer: with the sample in one click, and with one's own documents."""

import re

from playwright.sync_api import Page, Route, expect

from tests.e2e.files import drop_files
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, TABLE, SessionPage

AGENTS = ["Supervisor", "Document Agent", "Research Agent", "Analysis Agent", "Writer Agent", "Review Agent"]


def test_the_sample_is_one_click_to_a_finished_run_of_six_agents(session: SessionPage) -> None:
    session.page.goto("/start")
    session.page.get_by_role("button", name="Try the sample").click()
    session.expect_finished()
    expect(session.page).to_have_url(re.compile(r"/sessions/session-"))
    for agent in AGENTS:
        expect(session.card(agent)).to_be_visible()
        expect(session.rows.get_by_role("gridcell", name=f"{agent}, ").first).to_be_visible()
    expect(session.rows.first).to_contain_text("Answer the question")
    expect(session.main).to_contain_text("Built-in, no key")
    expect(session.conversation).to_contain_text("84 passengers")
    expect(session.conversation).to_contain_text("Marit Aune")
    expect(session.conversation.get_by_role("row", name="1931 42.55")).to_be_visible()


def test_a_citation_opens_its_passage_with_the_quote_marked(session: SessionPage, answered: str) -> None:
    session.open(answered)
    source = session.sources.get_by_role("button").first
    quote = source.locator("q").inner_text()
    session.citation(1).click()
    expect(session.passage).to_contain_text("harbour-log.pdf")
    expect(session.passage).to_contain_text(re.compile(r"page \d+"))
    marked = session.quote.all_inner_texts()
    assert "Marit Aune" in " ".join(marked)
    assert _words(" ".join(marked)) == _words(quote)
    session.page.keyboard.press("Escape")
    expect(session.passage).to_be_hidden()
    source.click()
    expect(session.passage).to_be_visible()


def test_documents_dropped_on_the_page_and_chosen_are_read_and_cited(page: Page, session: SessionPage) -> None:
    held: list[Route] = []

    def hold_uploads(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route)
        else:
            route.continue_()

    page.route("**/documents", hold_uploads)
    page.goto("/")
    page.get_by_role("button", name="New session").first.click()
    expect(session.conversation).to_contain_text("Start with your documents")
    drop_files(page, PDF)
    expect(session.chips.get_by_role("progressbar", name=f"Upload of {PDF.name}")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Add documents").click()
    chooser.value.set_files(TABLE)
    expect(session.chips.get_by_role("progressbar", name=f"Upload of {TABLE.name}")).to_be_visible()
    for route in held:
        route.continue_()
    expect(session.chips.get_by_role("progressbar")).to_have_count(0)
    expect(session.chips).to_have_count(2)

    session.ask("Who rebuilt the engine of the Solveig?")
    session.expect_finished()
    expect(session.sources.get_by_role("button").first).to_contain_text(re.compile(r"harbour-log\.pdf, page \d"))
    expect(session.chips.filter(has_text=PDF.name)).to_contain_text("4 p.")
    expect(session.chips.filter(has_text=TABLE.name)).to_contain_text("92 rows")
    session.tab("Documents").click()
    expect(page.get_by_role("list", name="Documents", exact=True).get_by_role("listitem")).to_have_count(2)


def test_a_second_question_stands_below_the_first(session: SessionPage, ringside: RingsideServer) -> None:
    session_id = ringside.new_session(PDF)
    ringside.wait_for_end(ringside.ask(session_id, "Who rebuilt the engine of the Solveig?"))
    session.open(session_id)
    session.ask("How long is the Solveig?")
    expect(session.main).to_contain_text("Run 2 of 2")
    session.expect_finished()
    expect(session.conversation.get_by_text("How long is the Solveig?", exact=True)).to_be_visible()
    session.page.get_by_role("button", name="Earlier run").click()
    expect(session.main).to_contain_text("Run 1 of 2")
    ended = {run["status"] for run in ringside.runs(session_id)}
    assert ended == {"completed"}


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)
