"""A question is dictated. No machine of the tests hears: what recognises speech is replaced before the page loads."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.test_accessibility import expect_accessible
from tests.e2e.test_opinions import pictured

_HEARING = """
class Recognition {
  constructor() { window.recognition = this; }
  start() { this.onstart(); }
  stop() { this.onend(); }
  abort() { this.aborted = true; this.onend(); }
  hear(...said) { this.onresult({ results: said.map((transcript) => [{ transcript }]) }); }
  fail(error) { this.onerror({ error }); this.onend(); }
}
delete window.webkitSpeechRecognition;
window.SpeechRecognition = Recognition;
"""
_DEAF = "delete window.SpeechRecognition; delete window.webkitSpeechRecognition;"


def opened(new_context: NewContext, server: RingsideServer, script: str) -> Page:
    page = new_context(server).new_page()
    page.add_init_script(script)
    page.goto("/new")
    expect(page.get_by_label("Your question")).to_be_visible()
    return page


def test_words_appear_as_they_are_said_and_nothing_is_sent(ringside: RingsideServer, new_context: NewContext) -> None:
    page = opened(new_context, ringside, _HEARING)
    field, button = page.get_by_label("Your question"), page.get_by_role("button", name="Dictate")
    field.fill("Please:")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("status").filter(has_text="Listening. Escape cancels")).to_be_visible()
    expect(page.get_by_text("may send what you say to its vendor")).to_be_visible()
    assert page.evaluate("recognition.lang") == page.evaluate("navigator.language")
    page.evaluate("recognition.hear('who rebuild')")
    expect(field).to_have_value("Please: who rebuild")
    page.evaluate("recognition.hear('who rebuilt', ' the engine')")
    expect(field).to_have_value("Please: who rebuilt the engine")
    expect_accessible(page, "dictating")
    pictured(page, "dictating")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(field).to_be_focused()
    expect(field).to_have_value("Please: who rebuilt the engine")
    expect(page).to_have_url(f"{ringside.url}/new")
    button.click()
    expect(page.get_by_text("may send what you say to its vendor")).to_have_count(0)
    page.evaluate("recognition.hear('of the Solveig')")
    expect(field).to_have_value("Please: who rebuilt the engine of the Solveig")
    page.keyboard.press("Escape")
    expect(field).to_have_value("Please: who rebuilt the engine")
    assert page.evaluate("recognition.aborted") is True


def test_what_goes_wrong_is_told_in_plain_words(ringside: RingsideServer, new_context: NewContext) -> None:
    page = opened(new_context, ringside, _HEARING)
    for code, words in (
        ("not-allowed", "may not use the microphone here"),
        ("network", "speech service could not be reached"),
        ("audio-capture", "No microphone was found"),
    ):
        page.get_by_role("button", name="Dictate").click()
        page.evaluate("code => recognition.fail(code)", code)
        expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()
        expect(page.get_by_role("button", name="Dictate")).to_have_attribute("aria-pressed", "false")


def test_it_is_not_there_where_the_browser_has_none(ringside: RingsideServer, new_context: NewContext) -> None:
    page = opened(new_context, ringside, _DEAF)
    expect(page.get_by_role("button", name="Add documents")).to_be_visible()
    expect(page.get_by_role("button", name="Dictate")).to_have_count(0)
