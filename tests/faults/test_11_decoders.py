"""Decoders that others wrote see the same events, whatever is in them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from httpx_sse import connect_sse

from tests.e2e.browser import HEADLESS_CHROMIUM, chromium
from tests.faults.conftest import Figures
from tests.faults.server import ServerUnderFire
from tests.support.account import HEADERS
from utils.log.activity_log import ActivityLog
from utils.log.events import AgentActivity, AgentMessage, AgentStatusUpdate, Error, LoggedEvent, RunUpdate
from utils.settings import Settings

pytestmark = pytest.mark.any_database

Seen = list[tuple[str, str, str]]  # type, id, data
_FOLDER = Path(__file__).with_name("decoders")
_TYPES = ["agentActivity", "agentStatusUpdate", "agentMessage", "runUpdate", "error"]
_HARD = {
    "nothing": "",
    "carriage returns": "\ra\r\rb\r",
    "line feeds": "\na\n\nb\n\n",
    "both": "a\r\n\r\nb\n\rc",
    "the syntax of the wire": "x\n\nid: 9999\nevent: reset\ndata: {}\n\n: comment\nretry: 1\n\n",
    "NUL": "\0a\0",
    "every control character": "".join(map(chr, range(32))) + "\x7f\x80\x85\x9f",
    "byte order marks": "\ufeff\ufeffa\ufeff",
    "lines that only Python splits": "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\x1eh",
    "emoji": "👩‍👩‍👧‍👦 🇺🇳 🏴\U000e0067\U000e0062 1\ufe0f\u20e3",
    "the edges of Unicode": "\ud7ff\ue000\ufdd0\uffff\U00010000\U0010ffff",
    "right to left, and marks": "\u202eabc\u202c ا\u0301\u0302",
    "quotes and backslashes": "\\\"'\\u0041\\n</script>",
    "spaces at both ends": "  \t a \t  ",
    "a million characters": "x" * 1_000_000,
    "a megabyte of two-byte characters": "é" * 500_000,
}


def corpus() -> list[LoggedEvent]:
    """Every hard text in a text, in an object's key and value; and one event of every type."""
    session = {"session_id": "s"}
    events: list[LoggedEvent] = []
    for text in _HARD.values():
        events.append(AgentMessage(**session, agent_name="A", message_id="m", delta=text))
        if len(text) < 1000:
            data = {text: [text, 1.5, None, True, {"": text}]}
            events.append(
                AgentActivity(**session, activity_id="a", agent_name="A", action="b", status="completed", output=data)
            )
    events.append(AgentStatusUpdate(**session, agent_name="A", status="idle", details=_HARD["both"]))
    events.append(RunUpdate(**session, run_id="r", status="failed", reason=_HARD["NUL"]))
    events.append(Error(**session, code="c", message=_HARD["the syntax of the wire"]))
    return events


def by_httpx_sse(url: str, count: int) -> Seen:
    seen: Seen = []
    with httpx.Client(timeout=30, headers=HEADERS) as client, connect_sse(client, "GET", url) as source:
        for event in source.iter_sse():
            if event.event in _TYPES:
                seen.append((event.event, event.id, event.data))
            if len(seen) == count:
                break
    return seen


def by_npm_eventsource(url: str, count: int) -> Seen:
    here = Path(sys.executable).parent
    installed, wanted = _FOLDER / "node_modules" / ".package-lock.json", _FOLDER / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        subprocess.run([here / "npm", "ci", "--silent", "--prefix", _FOLDER], check=True, timeout=400)
    done = subprocess.run(
        [here / "node", _FOLDER / "eventsource.mjs", url, str(count), json.dumps(HEADERS)],
        check=True, timeout=60, capture_output=True,
    )  # fmt: skip
    return [(kind, last_id, data) for kind, last_id, data in json.loads(done.stdout)]


def by_chromium(url: str, count: int) -> Seen:
    with chromium(HEADLESS_CHROMIUM) as browser:
        page = browser.new_page(extra_http_headers=HEADERS)
        page.goto(url.partition("/sse/")[0] + "/healthz")
        seen = page.evaluate(
            """([url, count, types]) => new Promise(resolve => {
                const source = new EventSource(url), seen = [];
                const take = event => {
                    if (event.data === undefined) return;
                    seen.push([event.type, event.lastEventId, event.data]);
                    if (seen.length === count) { source.close(); resolve(seen); }
                };
                for (const type of types) source.addEventListener(type, take);
            })""",
            [url, count, _TYPES],
        )
    return [(kind, last_id, data) for kind, last_id, data in seen]


@pytest.mark.parametrize("decoded", [by_httpx_sse, by_npm_eventsource, by_chromium])
def test_independent_decoders_see_the_log(
    settings: Settings, log: ActivityLog, figures: Figures, decoded: Callable[[str, int], Seen]
) -> None:
    events = corpus()
    for event in events:
        log.append("s", [event])
    position = log.position("s")
    assert position is not None
    stored = log.read(position.key, 0)
    with ServerUnderFire(settings.data_path, web_concurrency=1) as server:
        host, port = server.address
        seen = decoded(f"http://{host}:{port}/sse/agent-activity/s", len(events))
        assert server.complaints() == []
    assert seen == [(event.type, str(event.seq), event.data().decode()) for event in stored]
    for (_, _, data), event in zip(seen, events, strict=True):
        told = json.loads(data)
        assert told.pop("seq")
        assert told == event.model_dump(mode="json", exclude_none=True, exclude={"seq"})
    figures("events with hard payloads, the same as in the log", len(seen))


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\udc00\ud800"])
def test_lone_surrogates_are_refused(log: ActivityLog, text: str) -> None:
    """They are no text: no encoding of Unicode has them. Nothing of them reaches the log."""
    log.append("s", [AgentMessage(session_id="s", agent_name="A", message_id="m", delta="before")])
    for make in (
        lambda: AgentMessage(session_id="s", agent_name="A", message_id="m", delta=text),
        lambda: AgentActivity(
            session_id="s", activity_id="a", agent_name="A", action="b", status="completed", output={text: text}
        ),
    ):
        with pytest.raises(ValueError, match=r"surrogate|[Uu]nicode|valid string"):
            log.append("s", [make()])
    position = log.position("s")
    assert position is not None
    assert position.head == 1
