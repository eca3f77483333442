"""A session's page as its user sees it: found by roles and names, never by the way it is built."""

from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from utils.project import PROJECT

SAMPLE = PROJECT / "agents" / "sample"
PDF = SAMPLE / "harbour-log.pdf"
TABLE = SAMPLE / "passengers.csv"

# From here on every text of the connection badge is kept, however short it stands.
_KEEP_BADGES = """badge => {
  window.badges = [badge.innerText.trim()];
  new MutationObserver(() => {
    const text = badge.innerText.trim();
    if (text !== window.badges.at(-1)) window.badges.push(text);
  }).observe(badge.parentElement, { childList: true, subtree: true, characterData: true });
}"""

# What the browser does to a tab when another comes to the front; without a screen it shows all of them.
_SEEN = """state => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  Object.defineProperty(document, "hidden", { value: state === "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


class SessionPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.get_by_role("main")
        self.badge = self.main.get_by_role("status").first
        self.cards = self.main.get_by_role("list", name="Agents").get_by_role("listitem")
        self.timeline = page.get_by_role("treegrid", name="Timeline of the run")
        self.rows = self.timeline.get_by_role("row")
        self.stop = page.get_by_role("button", name="Stop", exact=True)
        self.feed_tools = page.get_by_role("search", name="Filter the feed")
        self.feed_lines = page.get_by_role("list", name="Activity feed").get_by_role("listitem")
        self.detail = page.get_by_role("complementary", name="Step")
        self.conversation = page.get_by_role("log", name="Conversation")
        self.sources = self.conversation.get_by_role("group", name="Sources")
        self.chips = page.get_by_role("list", name="Documents of this session").get_by_role("listitem")
        self.queue = page.get_by_role("list", name="Queued questions").get_by_role("listitem")
        self.question = page.get_by_role("textbox", name="Your question")
        self.passage = page.get_by_role("dialog")
        self.quote = self.passage.locator("mark")

    def open(self, session_id: str) -> "SessionPage":
        self.page.goto(f"/sessions/{session_id}")
        expect(self.badge).to_have_text("Live")
        return self

    @property
    def session_id(self) -> str:
        return urlsplit(self.page.url).path.rpartition("/")[2]

    def ask(self, question: str) -> None:
        self.question.fill(question)
        self.question.press("Enter")

    def phase(self, name: str) -> Locator:
        """What the run does as a whole, or how it ended: 'Writing', 'Finished', 'Failed', 'Stopped'."""
        return self.main.get_by_text(name, exact=True)

    def expect_finished(self, seconds: float = 20) -> None:
        expect(self.phase("Finished")).to_be_visible(timeout=seconds * 1000)

    def card(self, agent: str) -> Locator:
        return self.cards.filter(has=self.page.get_by_text(agent, exact=True))

    def citation(self, number: int) -> Locator:
        """The mark of a source within the answer's text."""
        return self.conversation.get_by_role("button", name=f"Source {number}", exact=True).first

    def tab(self, name: str) -> Locator:
        return self.page.get_by_role("tab", name=name)

    def expect_events(self, count: int, seconds: float = 10) -> None:
        """The page has folded exactly so many events: none lost, none doubled."""
        self.tab("Feed").click()
        expect(self.feed_tools).to_contain_text(f"{count:,} events", timeout=seconds * 1000)

    def put_behind(self) -> None:
        """Another tab is in front of this one."""
        self.page.evaluate(_SEEN, "hidden")

    def bring_to_front(self) -> None:
        """The tab is looked at again."""
        self.page.evaluate(_SEEN, "visible")

    def keep_badges(self) -> None:
        self.badge.evaluate(_KEEP_BADGES)

    def badges(self) -> list[str]:
        """Every text of the connection badge since `keep_badges`, in order."""
        return list(self.page.evaluate("window.badges"))
