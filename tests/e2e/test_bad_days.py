"""Bad files and bad model servers end in plain words on the page, never in silence."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, FloatRect, Page, Route, expect

from tests.e2e.files import drop_files, encrypted_pdf, file_of
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.model_server import Answer, Half, Status

QUESTION = "Who rebuilt the engine of the Solveig?"
NO_WAIT = {"Retry-After": "0"}


def test_an_empty_file_a_large_one_and_an_unknown_kind_are_refused_in_plain_words(
    session: SessionPage, ringside: RingsideServer, tmp_path: Path
) -> None:
    session.open(ringside.new_session())
    drop_files(
        session.page,
        file_of(tmp_path, "empty.txt", b""),
        file_of(tmp_path, "large.csv", b"year;passengers\n" * 80_000),
        file_of(tmp_path, "song.mp3", b"ID3"),
    )
    told = session.page.get_by_role("alert")
    expect(told.filter(has_text="empty.txt")).to_contain_text("This file is empty. Choose one with content.")
    expect(told.filter(has_text="large.csv")).to_contain_text("the limit is 1.0 MB. Choose a smaller one.")
    expect(told.filter(has_text="song.mp3")).to_contain_text("This kind of file cannot be read. These can: .csv")
    expect(session.chips).to_have_count(3)
    session.page.get_by_role("button", name="Dismiss empty.txt").first.click()
    expect(session.chips).to_have_count(2)
    assert ringside.http.get(f"/api/sessions/{session.session_id}/documents").json() == {"documents": []}


def test_what_only_the_server_can_refuse_is_told_in_its_words(
    session: SessionPage, ringside: RingsideServer, tmp_path: Path
) -> None:
    """As when the limits are changed while the page is open: the page lets the file pass, the server does not."""

    def older_info(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(json=answer.json() | {"max_document_bytes": 1 << 30})

    session.page.route("**/api/info", older_info)
    session.open(ringside.new_session())
    drop_files(session.page, file_of(tmp_path, "large.csv", b"year;passengers\n" * 80_000))
    expect(session.page.get_by_role("alert").filter(has_text="large.csv")).to_contain_text("1 MB")
    expect(session.chips.get_by_role("progressbar")).to_have_count(0)


def test_documents_that_nobody_can_read_are_told_and_the_others_answered_from(
    session: SessionPage, ringside: RingsideServer, tmp_path: Path
) -> None:
    session.open(ringside.new_session(PDF))
    drop_files(session.page, encrypted_pdf(tmp_path), file_of(tmp_path, "broken.pdf", b"%PDF-1.7\nnothing more"))
    expect(session.chips).to_have_count(3)
    expect(session.chips.get_by_role("progressbar")).to_have_count(0)
    session.ask(QUESTION)
    session.expect_finished()
    expect(session.chips.filter(has_text="locked.pdf")).to_contain_text("not readable")
    expect(session.chips.filter(has_text="broken.pdf")).to_contain_text("not readable")
    expect(session.sources.get_by_role("button").first).to_contain_text("harbour-log.pdf")
    session.tab("Documents").click()
    locked = session.page.get_by_role("list", name="Documents", exact=True).get_by_role("listitem").filter(
        has_text="locked.pdf"
    )  # fmt: skip
    expect(locked).to_contain_text("password")
    session.tab("Timeline").click()
    expect(session.rows.filter(has_text="Read locked.pdf")).to_contain_text("failed")
    session.rows.filter(has_text="Read locked.pdf").click()
    expect(session.detail).to_contain_text("password")


def test_a_document_that_cannot_be_read_is_told_before_anything_is_asked_and_can_be_removed(
    session: SessionPage, ringside: RingsideServer, tmp_path: Path
) -> None:
    session.open(ringside.new_session())
    drop_files(session.page, file_of(tmp_path, "broken.pdf", b"%PDF-1.7\nnothing more"))
    expect(session.page.get_by_role("alert").filter(has_text="broken.pdf")).to_be_visible()
    expect(session.chips.filter(has_text="broken.pdf")).to_contain_text("not readable")
    session.chips.get_by_role("button", name="Delete broken.pdf").click()
    session.page.get_by_role("button", name="Delete document").click()
    expect(session.chips.filter(has_text="broken.pdf")).to_have_count(0)


HALF: list[Answer] = [Half("The engine was taken out"), Half("The engine was")]
FAULTS: dict[str, tuple[str, list[Answer], str, str]] = {
    "401": ("AnswerPlan", [Status(401)], "Supervisor, “Split the question”", "does not accept the API key"),
    "500": ("AnswerPlan", [Status(500, NO_WAIT)] * 4, "Supervisor, “Split the question”", "failed (status 500)"),
    "half a stream": ("text", HALF, "Writer Agent, “Write again”", "broke off in the middle of its answer"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_model_server_that_fails_ends_in_a_failed_run_that_names_the_step(
    fault: str, model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    kind, answers, step, words = FAULTS[fault]
    model.answer(kind, *answers)
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    session.ask(QUESTION)
    expect(session.phase("Failed")).to_be_visible(timeout=20_000)
    expect(session.conversation).to_contain_text("This run failed.")
    expect(session.conversation).to_contain_text(words)
    expect(session.conversation).to_contain_text(step)
    session.rows.filter(has_text="failed").last.click()
    expect(session.detail).to_contain_text(words)
    expect(session.detail).to_contain_text("failed")
    for text in (session.conversation.inner_text(), session.detail.inner_text()):
        assert "Traceback" not in text
        assert "sk-secret" not in text
    # A failed run is not the end of the session.
    model.forget()
    session.ask(QUESTION)
    session.expect_finished()


def test_a_request_that_fails_is_told_on_the_page(page: Page, session: SessionPage, ringside: RingsideServer) -> None:
    session.open(ringside.new_session(PDF))
    error = {"error": {"code": "not_stored", "message": "The disk is full. Make room and try again."}}
    page.route("**/messages", lambda route: route.fulfill(status=507, json=error))
    session.ask(QUESTION)
    told = page.get_by_role("alert").filter(has_text="The disk is full.")
    expect(told).to_be_visible()
    # Beside what one would press next.
    for pressed in (session.question, page.get_by_role("button", name="Send")):
        assert not _overlap(told.bounding_box(), pressed.bounding_box())
    expect(session.question).to_have_value(QUESTION)
    page.get_by_role("button", name="Dismiss").click()
    page.unroute("**/messages")
    session.question.press("Enter")
    session.expect_finished()


def _overlap(one: FloatRect | None, other: FloatRect | None) -> bool:
    assert one is not None
    assert other is not None
    return (
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    )


def test_what_is_true_only_while_the_server_is_away_goes_when_the_stream_is_live(
    page: Page, session: SessionPage, ringside: RingsideServer
) -> None:
    session.open(ringside.new_session(PDF))
    page.route("**/api/**", lambda route: route.abort())
    page.get_by_role("button", name="Private: who can watch").click()
    page.get_by_role("menuitemradio", name="Shared with").click()
    told = page.get_by_role("alert").filter(has_text="The server cannot be reached.")
    expect(told).to_be_visible()
    page.unroute("**/api/**")
    expect(told).to_be_hidden()


def test_a_session_deleted_elsewhere_is_told_and_takes_no_more_questions(
    session: SessionPage, ringside: RingsideServer
) -> None:
    session.open(ringside.new_session(PDF))
    assert ringside.http.delete(f"/api/sessions/{session.session_id}").status_code == 204
    expect(session.badge).to_have_text("Deleted")
    expect(session.page.get_by_text("This session was deleted.")).to_be_visible()
    expect(session.question).to_be_disabled()
