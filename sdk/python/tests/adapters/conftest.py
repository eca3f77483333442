"""Programs with a real framework, whose model is a server of the tests."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.adapters.model_server import model_server
from tests.conftest import KEY, Server

Program = Callable[..., str]


@pytest.fixture(scope="session")
def model() -> Iterator[str]:
    with model_server() as address:
        yield address


@pytest.fixture
def program(server: Server, model: str) -> Program:
    """Runs a program as its author would start it, and gives what it has printed."""

    def run(code: str) -> str:
        variables = {
            "RINGSIDE_URL": server.url, "RINGSIDE_KEY": KEY, "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": model,
            "CREWAI_DISABLE_TELEMETRY": "true", "CREWAI_DISABLE_TRACKING": "true", "OTEL_SDK_DISABLED": "true",
            "CREWAI_TRACING_ENABLED": "false", "CREWAI_TESTING": "true", "OPENAI_AGENTS_DISABLE_TRACING": "0",
            "LANGSMITH_TRACING": "false",
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, **variables}, capture_output=True, text=True, timeout=180,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "ringside" not in done.stderr.lower(), done.stderr
        return done.stdout

    return run
