"""A page of another web site watches a session with a stream ticket, by the script of docs/api.md itself."""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from tests.docs.markdown import blocks
from tests.e2e.browser import listen_for_faults
from tests.e2e.server import RingsideServer
from tests.support.processes import free_port
from tests.support.waiting import wait_until

_SESSION = "watched"
_PAGE = """<!doctype html><meta charset="utf-8"><title>Another site</title><link rel="icon" href="data:,"><ul></ul>
<script>
const show = ({ action }) => document.querySelector('ul').insertAdjacentHTML('beforeend', `<li>${action}</li>`);
const ticketFromYourServer = async (session) => (await fetch(`/ticket/${session}`)).text();
%s
watch('%s');
</script>"""
_TRY = """address => new Promise(resolve => {
  const stream = new EventSource(address);
  stream.addEventListener('heartbeat', () => resolve('read'));
  stream.onerror = () => resolve(stream.readyState === EventSource.CLOSED ? 'refused' : 'interrupted');
})"""


class OtherSite:
    """The web site: its page, and the tickets that its own server gets with an API key, the first ones ``spoilt``."""

    def __init__(self, ringside: RingsideServer, port: int) -> None:
        self.url = f"http://localhost:{port}"  # a site is told by its name, not by its port
        self.tickets = 0
        self.spoilt = 0
        self._ringside = ringside
        self._http = ThreadingHTTPServer(("127.0.0.1", port), self._handler())

    @contextmanager
    def open(self) -> Iterator["OtherSite"]:
        thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            self._http.server_close()
            thread.join()

    def ticket(self, session_id: str) -> str:
        self.tickets += 1
        made = self._ringside.http.post(f"/api/sessions/{session_id}/stream-ticket").raise_for_status().json()["ticket"]
        return str(made)[:-9] if self.tickets <= self.spoilt else str(made)

    def _answer(self, path: str) -> str:
        if path.startswith("/ticket/"):
            return self.ticket(path.removeprefix("/ticket/"))
        [script] = [block.text for block in blocks("docs/api.md") if block.language == "js"]
        return _PAGE % (script.replace("https://ringside.example.org", self._ringside.url), _SESSION)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = site._answer(self.path).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Not on the screen of the tests."""

        return Handler


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RingsideServer, OtherSite]]:
    port = free_port()
    folder = tmp_path_factory.mktemp("watched")
    with RingsideServer(folder, cors_origins=f"http://localhost:{port}") as server:
        server.http.post("/api/sessions", json={"id": _SESSION}).raise_for_status()
        with OtherSite(server, port).open() as site:
            yield server, site


def tell(server: RingsideServer, action: str) -> None:
    """Once, also where the worker that is asked first is killed meanwhile."""
    event = {
        "type": "agentActivity", "session_id": _SESSION, "activity_id": action, "agent_name": "Lookout",
        "action": action, "status": "completed",
    }  # fmt: skip

    def told() -> bool:
        with suppress(httpx2.TransportError):
            sent = server.http.post(
                f"/api/sessions/{_SESSION}/events", json={"events": [event]}, headers={"Idempotency-Key": action}
            )
            return sent.is_success
        return False

    wait_until(told, 20, action)


def test_a_page_of_another_site_watches_and_renews_its_ticket(
    browser: Browser, sites: tuple[RingsideServer, OtherSite]
) -> None:
    server, site = sites
    site.spoilt = 1  # as one that was fetched more than a minute ago
    tell(server, "Look north")
    with closing(browser.new_context()) as context:
        faults = listen_for_faults(context)
        page = context.new_page()
        page.goto(site.url)
        seen = page.get_by_role("listitem")
        expect(seen).to_have_text(["Look north"])
        assert site.tickets == 2
        tell(server, "Look south")
        expect(seen).to_have_text(["Look north", "Look south"])
        server.kill_web_workers()
        tell(server, "Look east")
        expect(seen).to_have_text(["Look north", "Look south", "Look east"])
        assert faults == []


def test_a_page_of_a_site_that_is_not_named_reads_nothing_even_with_a_ticket(
    browser: Browser, sites: tuple[RingsideServer, OtherSite]
) -> None:
    server, site = sites
    address = f"{server.url}/sse/agent-activity/{_SESSION}?ticket={site.ticket(_SESSION)}"
    with OtherSite(server, free_port()).open() as unnamed, closing(browser.new_context()) as context:
        page = context.new_page()
        page.goto(f"{site.url}/ticket/{_SESSION}")
        assert page.evaluate(_TRY, address) == "read"
        page.goto(f"{unnamed.url}/ticket/{_SESSION}")
        assert page.evaluate(_TRY, address) == "refused"
