"""An answer is Markdown from a model: shown well, and nothing in it runs."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, SessionPage
from tests.model_server import Text

HOSTILE = """The engine was rebuilt by Marit Aune [1].

<script>window.hacked = "script"</script>
<img src="x" onerror="window.hacked = 'onerror'">
<svg onload="window.hacked = 'onload'"><a xlink:href="javascript:window.hacked=1"><text>svg</text></a></svg>
<iframe srcdoc="<script>parent.hacked = 'iframe'</script>"></iframe>
<form action="https://evil.example"><button>form</button></form>
<style>* { display: none !important }</style>
<a href="javascript:window.hacked='link'" onclick="window.hacked='click'">press here</a>
[and here](javascript:window.hacked='markdown') [or here](data:text/html,<script>parent.hacked=1</script>)
![picture](https://evil.example/spy.png)
"""

GOOD = """## What was found

The engine was rebuilt by **Marit Aune** [1].

| Year | Crossings |
|---|---|
| 1930 | 12 |

1. one
2. two

`code` and [a link](https://example.org/log).
"""


_COUNT_LINES = """(cell) => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
}"""
WIDE = """By year [1]:

| Feature | Kind of contract | Payment | Remarks of the harbour office | Responsible |
|---|---|---|---|---|
| Mooring | Yearly agreement with extension | quarterly | The office may end it at any time | Marit Aune, Holmsund |
| Electricity | Metered | monthly | Only from May to September of each year | Harbour office |
"""


def answer(session: SessionPage, model: GatedModelServer, text: str) -> None:
    # The review may send it back twice.
    model.answer("text", *[Text(text, piece=40)] * 3)
    session.ask("Who rebuilt the engine of the Solveig?")
    session.expect_finished()


@pytest.mark.usefixtures("hostile_content")
def test_nothing_in_an_answer_runs_loads_or_leads_astray(
    model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    asked: list[str] = []
    session.page.on("request", lambda request: asked.append(request.url))
    answer(session, model, HOSTILE)
    expect(session.conversation).to_contain_text("press here")
    for words in ("press here", "and here", "or here"):
        session.conversation.get_by_text(words).last.click()
    assert session.page.evaluate("window.hacked ?? null") is None
    own = "app-icon svg"  # of buttons beside the text
    foreign = f"script, img, svg:not({own}), iframe, form, style, [onclick], [onerror]"
    assert session.conversation.locator(foreign).count() == 0
    assert [url for url in asked if not url.startswith(modelled.url)] == []
    assert len(model_context.pages) == 1
    session.tab("Feed").click()
    session.page.get_by_role("combobox", name="Agent").select_option("Writer Agent")
    session.page.get_by_role("combobox", name="Kind").select_option("model")
    session.feed_lines.last.get_by_role("button").click()
    expect(session.detail.get_by_role("group", name="Output")).to_contain_text("<script>")
    assert session.page.evaluate("window.hacked ?? null") is None


def test_tables_lists_and_links_are_shown_as_such(
    model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    answer(session, model, GOOD)
    text = session.conversation
    expect(text.get_by_role("heading", name="What was found")).to_be_visible()
    expect(text.get_by_role("row", name="1930 12")).to_be_visible()
    expect(text.get_by_role("listitem").get_by_text("two", exact=True)).to_be_visible()
    link = text.get_by_role("link", name="a link").first  # a review that it failed quotes it once more
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("target", "_blank")
    expect(session.citation(1)).to_be_visible()


def test_the_words_of_a_wide_table_stay_whole_and_it_scrolls(
    model_context: BrowserContext, modelled: RingsideServer, model: GatedModelServer
) -> None:
    session = SessionPage(model_context.new_page()).open(modelled.new_session(PDF))
    answer(session, model, WIDE)
    table = session.conversation.get_by_role("table")
    expect(table).to_be_visible()
    for width in (390, 1100, 1440):
        session.page.set_viewport_size({"width": width, "height": 844})
        assert table.evaluate("table => table.scrollWidth > table.clientWidth"), width
        heads = table.get_by_role("columnheader")
        # One line for each word, not two for a word.
        for head, most in (("Feature", 1), ("Responsible", 1), ("Kind of contract", 3)):
            lines = heads.get_by_text(head, exact=True).evaluate(_COUNT_LINES)
            assert lines <= most, (width, head, lines)
