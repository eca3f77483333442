"""A crew of this folder on this machine, behind an API like CrewAI AMP's."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.foreign_program import program
from tests.support.processes import free_port
from tests.support.waiting import wait_until

_FOLDER = Path(__file__).parent
PYTHON = _FOLDER / ".venv" / "bin" / "python"
TOKEN = "token-of-the-crew"
_START_SECONDS = 60


@contextmanager
def crew_server(folder: Path, crew: str, model_server: str) -> Iterator[str]:
    """Its address. ``crew`` is the module with the crew; what it keeps and says is in ``folder``."""
    port, log = free_port(), folder / "crew.log"
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "CREWAI_STORAGE_DIR": str(folder / "crew")}
    command = [PYTHON, _FOLDER / "crew_server.py", str(port), model_server, TOKEN, crew]
    with program(command, log, cwd=folder, env=environment) as server:

        def listens() -> bool:
            assert server.poll() is None, log.read_text()
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return True
            return False

        wait_until(listens, _START_SECONDS, "the crew")
        yield f"http://127.0.0.1:{port}"
