"""A server without an account waits for whoever has the link that its start printed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import NewContext
from tests.e2e.doors import Doors
from tests.e2e.server import RingsideServer
from tests.e2e.test_accessibility import expect_accessible
from tests.support.account import PASSWORD


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[RingsideServer]:
    with RingsideServer(tmp_path, empty=True, agent_processes=0) as server:
        yield server


def test_the_printed_link_founds_the_team_once_and_before_it_nothing_can_be_reached(
    empty: RingsideServer, new_context: NewContext
) -> None:
    waiting = Doors(new_context(empty, None).new_page())
    for url in ("/", "/sign-in", "/team", "/keys", "/sessions/some-session", "/setup"):
        waiting.page.goto(url)
        waiting.expect_heading("Not set up yet")
        expect(waiting.page).to_have_url(f"{empty.url}/setup")
    expect(waiting.page.get_by_role("textbox")).to_have_count(0)
    expect_accessible(waiting.page, "waiting to be set up")
    for path in (
        "/api/sessions",
        "/api/info",
        "/api/auth/me",
        "/sse/agent-activity/some-session",
        "/openapi/openapi.json",
    ):
        answer = empty.http.get(path)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "setup_needed"), path
    waiting.send("Check again")
    waiting.expect_heading("Not set up yet")

    founder = Doors(new_context(empty, None).new_page())
    founder.page.goto(empty.set_up_link())
    founder.expect_heading("Set up Ringside")
    expect_accessible(founder.page, "set-up")
    founder.fill(Team="Harbour", Your_name="Ada", Email="ada@example.org", Password=PASSWORD)
    founder.send("Set up")
    founder.expect_inside("Ada")
    expect(founder.page.get_by_role("heading", name="A ringside seat while agents work")).to_be_visible()
    assert "#" not in founder.page.url
    founder.choose_from_account("Ada", "Team")
    expect(founder.page.locator("#team-name")).to_have_value("Harbour")

    waiting.send("Check again")
    waiting.expect_sign_in()
    waiting.page.goto(empty.set_up_link())
    waiting.expect_heading("Ringside is set up already")
    waiting.page.goto("/setup")
    waiting.expect_sign_in()
    waiting.sign_in("ada@example.org")
    waiting.expect_inside("Ada")


def test_a_link_that_is_not_the_printed_one_founds_nothing(empty: RingsideServer, new_context: NewContext) -> None:
    guesser = Doors(new_context(empty, None).new_page())
    guesser.page.goto("/setup#guessed")
    guesser.expect_heading("This link cannot be used")
    guesser.page.goto("/")
    guesser.expect_heading("Not set up yet")
