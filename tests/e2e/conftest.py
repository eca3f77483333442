"""One browser and two servers for the whole folder: one that answers by itself, one with a scripted model."""

from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import Error as PlaywrightError

from tests.e2e.browser import DESKTOP, HEADLESS_CHROMIUM, chromium, listen_for_faults, sign_in
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import PDF, TABLE, SessionPage
from tests.support.account import EMAIL

# Playwright's event loop lives in the main thread as long as it does; tests of other folders start loops of their own.
# So what rests on it ends with this folder.
_folder = pytest.fixture(scope="package")

expect.set_options(timeout=10_000)


@_folder
def browser() -> Iterator[Browser]:
    with chromium(HEADLESS_CHROMIUM) as browser:
        yield browser


@_folder
def ringside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RingsideServer]:
    """A server without a key: the built-in agents answer. Its limit for a document is 1 MiB."""
    with RingsideServer(tmp_path_factory.mktemp("ringside"), max_document_mb=1) as server:
        yield server


@_folder
def answered(ringside: RingsideServer) -> str:
    """A session with a PDF, a table and one finished run, only to be looked at; its id."""
    session_id = ringside.new_session(PDF, TABLE)
    ringside.wait_for_end(ringside.ask(session_id, "Who rebuilt the engine of the Solveig?"))
    return session_id


@_folder
def _model_server() -> Iterator[GatedModelServer]:
    with GatedModelServer() as model:
        yield model


@_folder
def modelled(tmp_path_factory: pytest.TempPathFactory, _model_server: GatedModelServer) -> Iterator[RingsideServer]:
    """A server whose agents ask the scripted model."""
    with RingsideServer(tmp_path_factory.mktemp("modelled"), **model_settings(_model_server)) as server:
        yield server


@pytest.fixture
def model(_model_server: GatedModelServer) -> Iterator[GatedModelServer]:
    """The scripted model, without a script."""
    _model_server.forget()
    yield _model_server
    _model_server.forget()


@pytest.fixture
def own_server(tmp_path: Path, _model_server: GatedModelServer) -> Iterator[RingsideServer]:
    """A server that its test may crash; its agents ask the scripted model."""
    with RingsideServer(tmp_path, **model_settings(_model_server)) as server:
        yield server


def model_settings(model: GatedModelServer) -> dict[str, object]:
    return {"openai_api_key": "test", "openai_base_url": model.url, "openai_model": "scripted"}


class NewContext(Protocol):
    def __call__(self, server: RingsideServer, email: str | None = EMAIL, *, keeps: bool = False) -> BrowserContext:
        """``email``: who is signed in; nobody if it is None. ``keeps``: it keeps the dashboard's files for when it has
        no network, which most tests have no use for."""


@pytest.fixture
def new_context(browser: Browser, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewContext]:
    """Makes browser profiles that know nothing yet. A page that throws, or writes an error to its console, fails."""
    made: list[tuple[BrowserContext, list[str]]] = []

    def new(server: RingsideServer, email: str | None = EMAIL, *, keeps: bool = False) -> BrowserContext:
        workers: Literal["allow", "block"] = "allow" if keeps else "block"
        context = browser.new_context(base_url=server.url, viewport=DESKTOP, service_workers=workers)
        context.set_default_timeout(10_000)
        if email is not None:
            sign_in(context, email)
        made.append((context, listen_for_faults(context)))
        return context

    yield new
    if request.node.stash.get(FAILED, False):
        for number, page in enumerate(page for context, _ in made for page in context.pages):
            with suppress(PlaywrightError):  # A page that hangs cannot be pictured; the failure itself is told anyway.
                page.screenshot(path=tmp_path / f"page-{number}.png")
        print(f"screenshots of the pages: {tmp_path}")
    for context, _ in made:
        context.close()
    told = [fault for _, faults in made for fault in faults]
    if request.node.stash.get(HOSTILE, False):
        told = [fault for fault in told if POLICY not in fault]
    assert told == []


@pytest.fixture
def hostile_content(request: pytest.FixtureRequest) -> None:
    """What the page is given would run; its policy refuses that, and the browser says so, before it is sanitised."""
    request.node.stash[HOSTILE] = True


@pytest.fixture
def page(new_context: NewContext, ringside: RingsideServer) -> Page:
    """A page of the server without a key."""
    return new_context(ringside).new_page()


@pytest.fixture
def session(page: Page) -> SessionPage:
    return SessionPage(page)


@pytest.fixture
def model_context(new_context: NewContext, modelled: RingsideServer, model: GatedModelServer) -> BrowserContext:
    """A browser profile at the server with the scripted model."""
    return new_context(modelled)


FAILED = pytest.StashKey[bool]()
HOSTILE = pytest.StashKey[bool]()
POLICY = "Content Security Policy"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report
