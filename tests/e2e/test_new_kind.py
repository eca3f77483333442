"""A new kind of backend is one file: it appears in the API and in the dashboard's form, and answers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from agents.backends.kinds import KINDS
from tests.e2e.agents_page import AgentsPage, choose, who_answers
from tests.e2e.conftest import NewContext
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage
from tests.e2e.test_accessibility import expect_accessible
from utils.project import PROJECT

FOLDER = PROJECT / "tests" / "support" / "connectors"


@pytest.fixture(scope="module")
def echoing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RingsideServer]:
    """A server that finds one more file among its connectors: tests/support/connectors/kinds/echo.py."""
    folder: Path = tmp_path_factory.mktemp("echoing")
    with RingsideServer(folder, pythonpath=f"{FOLDER}:{PROJECT}") as server:
        yield server


def test_it_is_registered_in_a_form_made_from_its_configuration_and_answers(
    new_context: NewContext, echoing: RingsideServer
) -> None:
    page = new_context(echoing).new_page()
    agents = AgentsPage(page).open()
    agents.new("Repeats the question")
    agents.name.fill("Parrot")
    expect(agents.address).to_have_count(0)  # that is a field of other kinds
    agents.main.get_by_label("Password", exact=True).fill("sesame")
    agents.main.get_by_role("checkbox", name="In capital letters").check()
    agents.main.get_by_role("spinbutton", name="Repetitions").fill("2")
    agents.save.click()
    prefix = agents.main.get_by_role("textbox", name="Prefix")
    expect(prefix).to_be_focused()  # the server wants one
    expect_accessible(page, "the form of a new kind")
    prefix.fill("Parrot says:")
    agents.save.click()
    agents.expect_saved("Parrot")
    expect(agents.row("Parrot")).to_contain_text("Repeats the question")

    session = SessionPage(page).open(echoing.new_session())
    choose(page, who_answers(page), "Parrot")
    session.ask("Hello?")
    expect(session.conversation).to_contain_text("PARROT SAYS: HELLO? HELLO?")
    expect(session.rows.filter(has_text="Repeat the question")).to_be_visible()


def test_the_api_tells_of_it_and_checks_its_configuration(echoing: RingsideServer) -> None:
    kinds = {kind["name"]: kind for kind in echoing.http.get("/api/agents/kinds").json()["kinds"]}
    assert list(kinds)[:2] == ["documents", "chat"]
    assert kinds["echo"]["configuration"]["required"] == ["kind", "prefix"]
    assert [secret["name"] for secret in kinds["echo"]["secrets"]] == ["password"]
    schemas = echoing.http.get("/openapi/openapi.json").json()["components"]["schemas"]
    assert schemas["EchoConfiguration"]["properties"]["times"]["maximum"] == 3
    assert set(schemas["AgentSecrets"]["properties"]) == {*KINDS.secrets, "password"}
    assert "echo" in schemas["BackendKind"]["properties"]["name"]["enum"]
