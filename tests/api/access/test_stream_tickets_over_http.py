"""A stream ticket in a real server: its head lets the page read it, and no log keeps it."""

from pathlib import Path

import httpx2

from tests.support.account import HEADERS
from tests.support.gunicorn import gunicorn
from utils.settings import Settings

SITE = "https://page.example.org"


def test_a_page_of_a_trusted_site_reads_the_stream_and_no_log_keeps_its_ticket(
    settings: Settings, tmp_path: Path
) -> None:
    accesses = tmp_path / "access.log"
    arguments = ("--access-logfile", str(accesses))
    with gunicorn(settings.data_path, *arguments, cors_origins=SITE, log_level="debug") as server:
        page = httpx2.Client(base_url=f"http://127.0.0.1:{server.address[1]}", headers={"Origin": SITE}, timeout=20)
        page.post("/api/sessions", json={"id": "s1"}, headers=HEADERS).raise_for_status()
        ticket = page.post("/api/sessions/s1/stream-ticket", headers=HEADERS).json()["ticket"]
        with page.stream("GET", "/sse/agent-activity/s1", params={"ticket": ticket}) as stream:
            assert stream.status_code == 200
            assert stream.headers["Access-Control-Allow-Origin"] == SITE
            assert b"event: heartbeat" in next(stream.iter_raw())
        refused = page.get("/sse/agent-activity/s1", params={"ticket": ticket[:-9]})
        assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, SITE)
        page.close()
    assert '"GET /sse/agent-activity/s1 HTTP/1.1" 401' in accesses.read_text()
    for log in (accesses, server.log):
        assert ticket[:40] not in log.read_text()
