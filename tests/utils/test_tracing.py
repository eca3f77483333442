"""Without an endpoint nothing is traced and nothing loaded; without the packages it is said what to do."""

import os
import subprocess
import sys

from utils.project import PROJECT
from utils.tracing import span, traceparent

_CODE = """
import logging, sys
from utils.tracing import span, start_tracing, traceparent
logging.basicConfig(format="%(message)s")
start_tracing()
with span("request") as this:
    print(this, traceparent())
print(sorted(name for name in sys.modules if name.startswith("opentelemetry.sdk")))
"""


def run(**variables: str) -> tuple[str, str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")} | variables
    done = subprocess.run(
        [sys.executable, "-c", _CODE], cwd=PROJECT, env=env, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout, done.stderr


def test_without_an_endpoint_nothing_is_loaded() -> None:
    assert run() == ("None None\n[]\n", "")


def test_without_the_packages_it_is_said_what_to_do_and_all_goes_on() -> None:
    output, errors = run(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    assert output.startswith("None None\n")
    assert "pip install -r requirements-tracing.txt" in errors


def test_an_error_passes_through_a_span() -> None:
    try:
        with span("step"):
            raise ZeroDivisionError
    except ZeroDivisionError:
        assert traceparent() is None
    else:
        raise AssertionError("it was swallowed")
