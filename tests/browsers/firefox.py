"""Debian's Firefox, by Marionette: messages of a length, a colon, and JSON.

A command is ``[0, number, name, parameters]``, its answer ``[1, number, error, result]``.
"""

import json
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.browsers.window import Browser
from tests.support.processes import free_port
from tests.support.waiting import wait_until

PROGRAM = "firefox-esr"


class Firefox(Browser):
    def __init__(self, folder: Path) -> None:
        """``folder``: for its profile and its log."""
        port = free_port()
        profile = folder / "firefox"
        profile.mkdir()
        (profile / "user.js").write_text(f'user_pref("marionette.port", {port});\n')
        self._log = (folder / "firefox.log").open("ab")
        self._process = subprocess.Popen(
            [PROGRAM, "--headless", "--marionette", "--no-remote", "--profile", profile],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        self._last = 0
        self._buffer = b""
        self._socket = wait_until(lambda: _connected(port), 60, "Firefox")
        self._receive()  # It says hello.
        self._ask("WebDriver:NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": False}})

    def open(self, url: str) -> None:
        self._ask("WebDriver:Navigate", url=url)

    def run(self, script: str) -> Any:
        return self._ask("WebDriver:ExecuteScript", script=script, args=[])["value"]

    def new_tab(self) -> str:
        tab = str(self._ask("WebDriver:NewWindow", type="tab", focus=True)["handle"])
        self.switch_to(tab)
        return tab

    def tab(self) -> str:
        return str(self._ask("WebDriver:GetWindowHandle")["value"])

    def switch_to(self, tab: str) -> None:
        self._ask("WebDriver:SwitchToWindow", handle=tab, focus=True)

    def close(self) -> None:
        with suppress(OSError):
            self._socket.close()
        self._process.kill()
        self._process.wait()
        self._log.close()

    def _ask(self, command: str, **parameters: Any) -> Any:
        self._last += 1
        message = json.dumps([0, self._last, command, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, number, error, result = self._receive()
        assert number == self._last, f"an answer to {number} instead of {self._last}"
        assert error is None, f"{command}: {error['message']}"
        return result

    def _receive(self) -> Any:
        while b":" not in self._buffer:
            self._read()
        length, _, self._buffer = self._buffer.partition(b":")
        while len(self._buffer) < int(length):
            self._read()
        message, self._buffer = self._buffer[: int(length)], self._buffer[int(length) :]
        return json.loads(message)

    def _read(self) -> None:
        chunk = self._socket.recv(65536)
        assert chunk, "Firefox has closed the connection"
        self._buffer += chunk


def _connected(port: int) -> socket.socket | None:
    try:
        return socket.create_connection(("127.0.0.1", port), 60)
    except OSError:
        return None
