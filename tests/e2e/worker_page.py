"""The page Worker, and a model server on the browser's own machine."""

import json
from collections.abc import Iterator

from playwright.sync_api import Page, expect

from tests.support.foreign_server import ForeignServer, Received, answer, head

_CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "content-type"}
HALF, WHOLE = "The tide is", "The tide is out until four."


class WorkerPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.get_by_role("main")
        self.state = self.main.get_by_role("status")

    def open(self) -> "WorkerPage":
        self.page.goto("/worker")
        expect(self.state).to_contain_text("Not connected")
        return self

    def use(self, server: ForeignServer) -> "WorkerPage":
        self.main.get_by_label("Address").fill(f"{server.url}/v1")
        self.main.get_by_label("Model", exact=True).fill("tiny")
        return self

    def start(self) -> "WorkerPage":
        self.main.get_by_role("button", name="Start").click()
        return self


def model_server() -> ForeignServer:
    """It hangs after half of its first answer, as long as its client is there."""
    return ForeignServer(
        {
            ("OPTIONS", "/v1/chat/completions"): lambda _: answer(
                204, headers=_CORS | {"Access-Control-Max-Age": "600"}
            ),
            ("POST", "/v1/chat/completions"): _complete,
        }
    )


def _complete(call: Received) -> Iterator[bytes]:
    first = len(call.server.asked("POST", "/v1/chat/completions")) == 1
    yield head(200, media_type="text/event-stream", headers=_CORS)
    yield _piece(HALF)
    while first and not call.server.stopping.wait(0.1):
        yield b": working\n\n"
    yield _piece(WHOLE.removeprefix(HALF))
    yield b"data: [DONE]\n\n"


def _piece(text: str) -> bytes:
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}\n\n".encode()
