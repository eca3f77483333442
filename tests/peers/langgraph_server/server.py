"""A real LangGraph server on this machine, with the graphs of graph.py."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.support.foreign_program import program
from tests.support.processes import free_port
from tests.support.waiting import wait_until

_FOLDER = Path(__file__).parent
PROGRAM = _FOLDER / ".venv" / "bin" / "langgraph"
_START_SECONDS = 60


@contextmanager
def langgraph_server(folder: Path) -> Iterator[str]:
    """Its address. It keeps what it knows in ``folder``."""
    for name in ("graph.py", "langgraph.json"):
        shutil.copy(_FOLDER / name, folder / name)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {"HOME": str(folder), "LANGSMITH_TRACING": "false", "LANGGRAPH_CLI_NO_ANALYTICS": "1"}
    command = [PROGRAM, "dev", "--no-browser", "--no-reload", "--host", "127.0.0.1", "--port", str(port)]
    log = folder / "server.log"
    with program(command, log, cwd=folder, env=environment) as server:

        def answers() -> bool:
            assert server.poll() is None, f"langgraph dev ended:\n{log.read_text(errors='replace')[-2000:]}"
            try:
                with urlopen(f"{address}/ok", timeout=5) as answer:
                    return bool(answer.status == 200)
            except OSError:
                return False

        wait_until(answers, _START_SECONDS, "the LangGraph server")
        yield address
