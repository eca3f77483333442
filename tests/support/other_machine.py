"""Another machine on one cable: a network namespace and a veth pair. Needs root and iproute2."""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def available() -> bool:
    return os.geteuid() == 0 and shutil.which("ip") is not None


class OtherMachine:
    """``host`` is this machine's address on the cable. A thread that called :meth:`enter` opens its sockets there."""

    def __init__(self, place: int = 0) -> None:
        """``place`` tells the machines of one test apart."""
        number = (os.getpid() * 2 + place) % 16384
        self.name = f"faults-{number}"
        net = f"10.213.{number // 64}.{number % 64 * 4}"
        first, last = net.rsplit(".", 1)
        self.host, self.other = f"{first}.{int(last) + 1}", f"{first}.{int(last) + 2}"
        self._near, self._far = f"fn{number}", f"ff{number}"

    def enter(self) -> None:
        """Move the calling thread there."""
        with Path(f"/run/netns/{self.name}").open() as file:
            if _libc.setns(file.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")

    def vanish(self) -> None:
        """As a laptop whose lid is closed: no packet goes in or out, and nobody is told."""
        _ip("-n", self.name, "link", "set", self._far, "down")

    def __enter__(self) -> Self:
        _ip("netns", "add", self.name)
        _ip("link", "add", self._near, "type", "veth", "peer", "name", self._far, "netns", self.name)
        _ip("address", "add", f"{self.host}/30", "dev", self._near)
        _ip("link", "set", self._near, "up")
        _ip("-n", self.name, "link", "set", "lo", "up")
        self._raise()
        return self

    def come_back(self) -> None:
        self._raise()

    def _raise(self) -> None:
        _ip("-n", self.name, "address", "replace", f"{self.other}/30", "dev", self._far)
        _ip("-n", self.name, "link", "set", self._far, "up")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _ip("netns", "delete", self.name)
        subprocess.run(["ip", "link", "delete", self._near], check=False, capture_output=True)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)
