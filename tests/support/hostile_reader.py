"""A child as agents/sandbox starts them, that does what a hostile document might make of a parser."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.sandbox.confinement import serve


def _attempts(request: dict[str, Any]) -> dict[str, Callable[[], object]]:
    elsewhere, own = Path(request["elsewhere"]), Path(request["path"])
    return {
        "its file": own.read_bytes,
        "its file by another way": lambda: os.open(own, os.O_RDWR),
        "another file": elsewhere.read_bytes,
        "the folder of another file": lambda: list(elsewhere.parent.iterdir()),
        "the settings": Path(request["settings"]).read_bytes,
        "a new file": lambda: (elsewhere.parent / "new").write_bytes(b""),
        "a deletion": elsewhere.unlink,
        "the memory of its parent": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
        "a signal to its parent": lambda: os.kill(os.getppid(), 0),
        "a program": lambda: subprocess.run(["/bin/true"], check=True),
        "a socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "a connection": lambda: socket.create_connection(("127.0.0.1", request["port"]), 5),
        "a socket of this machine": lambda: socket.socket(socket.AF_UNIX),
        "a module of Python": lambda: __import__("xml.sax.expatreader"),
        "a package": lambda: __import__("lxml.etree"),
    }


def _answer(request: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
    done = {}
    for name, attempt in _attempts(request).items():
        try:
            attempt()
        except (OSError, ImportError) as error:
            done[name] = type(error).__name__
        else:
            done[name] = "done"
    tell(done)


if __name__ == "__main__":
    assert sys.argv[0].endswith("hostile_reader.py")
    serve(_answer)
