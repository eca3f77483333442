"""The long run's flag, the table of figures that every run prints, and what most fault tests share."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from tests.faults.acknowledgements import Acknowledgements
from tests.support.gunicorn import allow_descriptors
from utils.settings import Settings

T = TypeVar("T")
Scale = Callable[[T, T], T]
Figures = Callable[[str, object], None]
_TABLE: list[tuple[str, str, str]] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="the numbers of tests/faults/RESULTS.md instead of CI's")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long run may take as long as it takes."""
    if config.getoption("--long", default=False):
        for item in items:
            item.add_marker(pytest.mark.timeout(0))


@pytest.fixture
def scale(request: pytest.FixtureRequest) -> Scale[object]:
    """``scale(short, long)``: CI's number, or the long run's."""
    is_long = request.config.getoption("--long", default=False)
    return lambda short, long: long if is_long else short


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """``figures("clients", 500)``: a line of the table at the end."""
    test = f"{request.path.stem.removeprefix('test_')}: {request.node.name.removeprefix('test_').replace('_', ' ')}"

    def write(what: str, value: object) -> None:
        shown = f"{value:,.3g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
        _TABLE.append((test, what, shown))

    return write


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _TABLE:
        return
    terminalreporter.section("figures")
    last = ""
    for test, what, value in _TABLE:
        if test != last:
            terminalreporter.write_line(test)
            last = test
        terminalreporter.write_line(f"    {what:<58} {value:>16}")


@pytest.fixture
def acknowledgements(settings: Settings) -> Iterator[Acknowledgements]:
    """The emitters of one test; those that still run are killed at its end."""
    with Acknowledgements(settings.data_path) as kept:
        yield kept


@pytest.fixture(autouse=True)
def _descriptors() -> None:
    allow_descriptors(20_000)
