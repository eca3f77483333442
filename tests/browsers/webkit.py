"""Debian's WebKit (GTK), by its WebDriver, on a screen that nobody sees."""

import subprocess
from pathlib import Path
from typing import Any

import httpx2

from tests.browsers.window import Browser
from tests.support.processes import free_port
from tests.support.waiting import wait_until

PROGRAM = "WebKitWebDriver"
_SCREEN = ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 1440x900x24"]


class WebKit(Browser):
    def __init__(self, folder: Path) -> None:
        """``folder``: for its log."""
        port = free_port()
        self._log = (folder / "webkit.log").open("ab")
        self._process = subprocess.Popen(
            [*_SCREEN, PROGRAM, f"--port={port}"], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )
        self._http = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        wait_until(self._ready, 60, "WebKit's driver")
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": {"args": ["--automation"]}}}
        session = self._ask("POST", "/session", capabilities=wanted)
        self._session = f"/session/{session['sessionId']}"

    def open(self, url: str) -> None:
        self._ask("POST", f"{self._session}/url", url=url)

    def run(self, script: str) -> Any:
        return self._ask("POST", f"{self._session}/execute/sync", script=script, args=[])

    def new_tab(self) -> str:
        tab = str(self._ask("POST", f"{self._session}/window/new", type="tab")["handle"])
        self.switch_to(tab)
        return tab

    def tab(self) -> str:
        return str(self._ask("GET", f"{self._session}/window"))

    def switch_to(self, tab: str) -> None:
        self._ask("POST", f"{self._session}/window", handle=tab)

    def close(self) -> None:
        self._ask("DELETE", self._session)
        self._http.close()
        self._process.terminate()
        self._process.wait()
        self._log.close()

    def _ready(self) -> bool:
        try:
            return bool(self._ask("GET", "/status")["ready"])
        except httpx2.TransportError:
            return False

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        answer = self._http.request(method, path, json=body if method == "POST" else None)
        value = answer.json()["value"]
        assert answer.is_success, f"{path}: {value['message']}"
        return value
