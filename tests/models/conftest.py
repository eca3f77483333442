"""A small real model, and agent processes that ask it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import agent_process, environment
from tests.support.waiting import wait_until
from utils.project import PROJECT
from utils.settings import Settings

_FOLDER = PROJECT / "tests" / "models"
_PYTHON = _FOLDER / ".venv" / "bin" / "python"
_START_SECONDS = 60


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of llama.cpp with SmolLM2, 135 million parameters."""
    if not _PYTHON.exists():
        pytest.fail("The small model is not installed: run tests/run.sh models.")
    folder = tmp_path_factory.mktemp("llama")
    said, log = folder / "address", folder / "server.log"
    command = [_PYTHON, _FOLDER / "llama_server.py"]
    with (
        said.open("wb") as output, log.open("wb") as errors,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=errors) as server,
    ):  # fmt: skip
        try:

            def address() -> str:
                assert server.poll() is None, f"llama.cpp ended:\n{log.read_text(errors='replace')[-2000:]}"
                return said.read_text().strip()

            yield wait_until(address, _START_SECONDS, "llama.cpp's address")
        finally:
            server.kill()


@pytest.fixture
def agents(small_model: str, settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """An agent process whose model is the small one; its log."""
    output = tmp_path / "agents.log"
    given: dict[str, Any] = {
        "openai_base_url": small_model, "openai_model": "smollm2", "model_plan_tokens": 300, "lease_seconds": 30,
    }  # fmt: skip
    with agent_process(environment(settings.data_path, **given), output):
        wait_until(output.exists, 10, "the agent process")
        yield output
