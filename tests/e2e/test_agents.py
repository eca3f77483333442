"""Agents are registered by administrators, and chosen by whoever may ask."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Response, expect

from tests.e2e.agents_page import AgentsPage, choose, who_answers
from tests.e2e.conftest import NewContext
from tests.e2e.doors import Doors
from tests.e2e.model import GatedModelServer
from tests.e2e.server import RingsideServer
from tests.e2e.session_page import SessionPage
from tests.e2e.test_accessibility import expect_accessible, scrolls_sideways
from tests.model_server import Text
from tests.support.foreign_server import ForeignServer, Received, json_answer
from utils.registry.avatar import MAX_BYTES

ANSWER = "Marit Aune rebuilt it, as far as I remember."


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RingsideServer]:
    """A server without a model, whose team registers agents: the others' pages would not be the same any more."""
    with RingsideServer(tmp_path_factory.mktemp("harbour")) as server:
        yield server


@pytest.fixture
def page(new_context: NewContext, harbour: RingsideServer) -> Page:
    return new_context(harbour).new_page()


@pytest.fixture
def agents(page: Page) -> AgentsPage:
    return AgentsPage(page)


@pytest.fixture
def face(tmp_path: Path) -> Path:
    """A picture that is wider than high."""
    path = tmp_path / "face.png"
    Image.new("RGB", (300, 200), (20, 90, 120)).save(path)
    return path


def shown(pictures: Locator) -> bool:
    """Whether the first of them was loaded and is a square."""
    return bool(pictures.first.evaluate("async image => (await image.decode(), image.naturalWidth === 256)"))


def test_an_agent_is_registered_chosen_asked_and_switched_off(
    agents: AgentsPage, harbour: RingsideServer, model: GatedModelServer, face: Path
) -> None:
    page = agents.page
    page.goto("/")
    Doors(page).choose_from_account("Ada", "Agents")
    agents.register_chat("Helper", model.url, key="sk-helper", picture=face)
    expect(agents.row("Helper")).to_contain_text("scripted at 127.0.0.1")
    assert shown(agents.row("Helper").locator("img"))

    session = SessionPage(page).open(harbour.new_session())
    expect(session.conversation).to_contain_text("Start with your documents")
    choose(page, who_answers(page), "Helper")
    expect(session.conversation).to_contain_text("does not see documents")
    assert shown(who_answers(page).locator("img"))
    model.answer("text", Text(ANSWER))
    session.ask("Who rebuilt the engine?")
    expect(session.conversation).to_contain_text(ANSWER)
    session.expect_finished()
    expect(session.card("Helper")).to_be_visible()
    page.reload()
    expect(who_answers(page)).to_contain_text("Helper")

    second = AgentsPage(page.context.new_page()).open()
    with second.page.expect_response(re.compile("/api/agents/")) as saved:
        second.switch("Helper").uncheck()
    assert saved.value.ok
    session.ask("And when?")
    expect(page.get_by_role("alert").get_by_text("is switched off")).to_be_visible()
    expect(page.get_by_text("Helper is disabled and does not answer.")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    expect(session.question).to_have_value("And when?")
    expect_accessible(page, "a session whose agent is switched off")
    choose(page, page.get_by_role("button", name="Choose another agent"), "Document agents")
    expect(page.get_by_text("Helper is disabled")).to_have_count(0)
    session.question.press("Enter")
    expect(session.main).to_contain_text("Run 2 of 2")
    second.open()
    expect(second.switch("Helper")).not_to_be_checked()


def test_a_key_is_written_and_never_comes_back(agents: AgentsPage, model: GatedModelServer) -> None:
    told: list[Response] = []
    agents.page.on("response", lambda response: told.append(response) if "/api/" in response.url else None)
    agents.register_chat("Secretive", model.url, key="sk-canary-81")
    agents.edit("Secretive")
    expect(agents.main.get_by_text("It is stored encrypted and never shown.")).to_be_visible()
    expect(agents.key).to_have_count(0)
    agents.address.fill("http://elsewhere.example/v1")
    expect(agents.key).to_have_value("")
    agents.save.click()
    expect(agents.main.get_by_text("Enter the key again, or remove it.")).to_be_visible()
    expect(agents.key).to_be_focused()
    expect_accessible(agents.page, "an agent that needs its key again")
    agents.key.fill("sk-canary-82")
    agents.save.click()
    agents.expect_saved("Secretive")
    agents.edit("Secretive")
    agents.main.get_by_role("button", name="Remove it").click()
    agents.save.click()
    agents.expect_saved("Secretive")
    agents.edit("Secretive")
    expect(agents.key).to_be_visible()
    bodies = [response.text() for response in told if response.status not in (204, 304)]
    assert any("Secretive" in body for body in bodies)
    assert not [body for body in bodies if "canary" in body]
    assert "canary" not in agents.page.content()


def test_what_the_server_refuses_is_said_at_its_field_and_nothing_is_lost(agents: AgentsPage) -> None:
    agents.open().new()
    agents.name.fill("Document agents")
    agents.main.get_by_role("radio", name="Its own model server").check()
    agents.address.fill("http://models.example/v1?key=1")
    agents.model.fill("tiny")
    agents.save.click()
    expect(agents.main.get_by_text("Must end with its path: no ? and no #.")).to_be_visible()
    expect(agents.address).to_be_focused()
    expect_accessible(agents.page, "a refused agent")
    agents.address.fill("http://models.example/v1")
    agents.save.click()
    expect(agents.name).to_have_accessible_description(re.compile("The team has an agent of that name already."))
    expect(agents.name).to_be_focused()
    assert [agents.name.input_value(), agents.model.input_value()] == ["Document agents", "tiny"]

    agents.main.get_by_role("link", name="All agents").click()
    ask = agents.page.get_by_role("dialog", name="Leave without saving?")
    ask.get_by_role("button", name="Cancel").click()
    expect(agents.model).to_have_value("tiny")
    agents.main.get_by_role("link", name="Cancel").click()
    ask.get_by_role("button", name="Leave").click()
    expect(agents.page).to_have_url(re.compile("/agents$"))


def test_a_picture_is_looked_at_replaced_and_removed(agents: AgentsPage, tmp_path: Path, face: Path) -> None:
    agents.open().edit("Document agents")
    notes = tmp_path / "notes.png"
    notes.write_text("not a picture")
    agents.picture.set_input_files(notes)
    expect(agents.refusal).to_have_text("“notes.png” cannot be read as a picture. Choose a PNG, JPEG or WebP file.")
    large = tmp_path / "large.png"
    large.write_bytes(bytes(MAX_BYTES + 1))
    agents.picture.set_input_files(large)
    expect(agents.refusal).to_contain_text("Choose a smaller one.")
    agents.picture.set_input_files(face)
    expect(agents.refusal).to_have_count(0)
    agents.save.click()
    agents.expect_saved("Document agents")
    picture = agents.row("Document agents").locator("img")
    assert shown(picture)
    first = picture.get_attribute("src")

    agents.edit("Document agents")
    Image.new("RGB", (8, 8), (200, 40, 40)).save(face)
    agents.picture.set_input_files(face)
    agents.save.click()
    agents.expect_saved("Document agents")
    assert shown(picture)
    assert picture.get_attribute("src") != first
    agents.edit("Document agents")
    agents.main.get_by_role("button", name="Remove the picture").click()
    agents.save.click()
    agents.expect_saved("Document agents")
    expect(picture).to_have_count(0)


def test_a_deleted_agent_leaves_its_sessions_readable(
    agents: AgentsPage, harbour: RingsideServer, model: GatedModelServer
) -> None:
    page = agents.page
    agents.register_chat("Passing", model.url)
    page.goto("/")
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
    session = SessionPage(page).open(harbour.new_session())
    choose(page, who_answers(page), "Passing")
    model.answer("text", Text(ANSWER))
    session.ask("Who rebuilt the engine?")
    session.expect_finished()
    address = page.url

    agents.open()
    expect(agents.row("Document agents")).to_contain_text("cannot be deleted")
    expect(agents.row("Document agents").get_by_role("button")).to_have_count(0)
    agents.main.get_by_role("button", name="Delete Passing").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete agent").click()
    expect(agents.row("Passing")).to_have_count(0)
    page.goto(address)
    expect(session.conversation).to_contain_text(ANSWER)
    expect(page.get_by_text("The agent of this session was deleted. Nobody answers in it.")).to_be_visible()
    choose(page, page.get_by_role("button", name="Choose another agent"), "Document agents")
    session.ask("How long is the Solveig?")
    expect(session.main).to_contain_text("Run 2 of 2")


@pytest.fixture
def helped(agents: AgentsPage, model: GatedModelServer) -> Iterator[str]:
    """The name of an agent that can be chosen."""
    agents.register_chat("Pilot", model.url)
    yield "Pilot"
    agents.open().main.get_by_role("button", name="Delete Pilot").click()
    agents.page.get_by_role("dialog").get_by_role("button", name="Delete agent").click()
    expect(agents.row("Pilot")).to_have_count(0)


def test_a_member_chooses_and_does_not_register(
    new_context: NewContext, harbour: RingsideServer, helped: str, model: GatedModelServer
) -> None:
    jon = SessionPage(new_context(harbour, harbour.add_user("Jon")).new_page())
    page = jon.page
    page.goto("/agents")
    expect(page.get_by_role("heading", name="A ringside seat while agents work")).to_be_visible()
    page.get_by_role("button", name="Your account, Jon").click()
    expect(page.get_by_role("menuitem")).to_have_text(
        [
            "Usage",
            "Connect your agents",
            "Worker",
            "Notices",
            "API keys",
            "Security",
            "Your data",
            "Keyboard shortcuts",
            "API description",
            "Sign out",
        ]
    )
    page.keyboard.press("Escape")
    page.get_by_role("button", name="New session").click()
    expect(who_answers(page)).to_contain_text("Document agents")
    choose(page, who_answers(page), helped)
    expect(who_answers(page)).to_contain_text(helped)
    model.answer("text", Text(ANSWER))
    jon.ask("Who rebuilt the engine?")
    expect(jon.conversation).to_contain_text(ANSWER)


def test_who_only_watches_is_told_and_chooses_nothing(
    agents: AgentsPage, new_context: NewContext, harbour: RingsideServer, helped: str
) -> None:
    page = agents.page
    session = SessionPage(page).open(harbour.new_session(title="For all"))
    choose(page, who_answers(page), helped)
    page.get_by_role("button", name="Who can watch").click()
    page.get_by_role("menuitemradio", name="Shared with Harbour").click()
    page.get_by_role("button", name="Who can watch").click()
    page.get_by_role("menuitem", name="Spectator links…").click()
    page.get_by_role("button", name="Create link").click()
    link = page.get_by_role("textbox", name="The new link").input_value()

    viewer = SessionPage(new_context(harbour, harbour.add_user("Vilma", "viewer")).new_page()).open(session.session_id)
    guest = SessionPage(new_context(harbour, None).new_page())
    guest.page.goto(link)
    for watching in (viewer, guest):
        expect(watching.main.get_by_title("Who answers")).to_contain_text(helped)
        expect(who_answers(watching.page)).to_have_count(0)
    expect(guest.badge).to_have_text("Live")


def test_with_one_agent_nothing_is_said_of_it(page: Page, own_server: RingsideServer, new_context: NewContext) -> None:
    session = SessionPage(new_context(own_server).new_page()).open(own_server.new_session())
    expect(session.main).to_contain_text("scripted")
    expect(who_answers(session.page)).to_have_count(0)
    session.page.goto("/start")
    expect(session.page.get_by_role("navigation", name="Recent sessions")).to_be_visible()
    expect(who_answers(session.page)).to_have_count(0)


def test_the_pages_are_accessible_and_fit_a_phone(agents: AgentsPage, harbour: RingsideServer, helped: str) -> None:
    page = agents.page
    looks: list[tuple[str, Locator]] = [
        ("/agents", agents.switch(helped)),
        ("/agents/new", agents.kind("CrewAI crew")),
        ("/start", who_answers(page)),
        (f"/sessions/{harbour.new_session()}", who_answers(page)),
    ]
    for url, there in looks:
        page.goto(url)
        expect(there).to_be_visible()
        expect_accessible(page, url)
        for width in (360, 390, 768):
            page.set_viewport_size({"width": width, "height": 844})
            assert not scrolls_sideways(page), f"{url}, {width}"
    who_answers(page).click()
    expect_accessible(page, "the menu of agents")


def test_an_agent_is_chosen_and_registered_by_the_keyboard(
    agents: AgentsPage, harbour: RingsideServer, helped: str
) -> None:
    page = agents.page
    harbour.new_session()  # without one, the start page is a welcome
    page.goto("/start")
    who_answers(page).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitemradio", name="Document agents")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(who_answers(page)).to_contain_text(helped)
    expect(who_answers(page)).to_be_focused()
    agents.open()
    agents.switch(helped).focus()
    with page.expect_response(re.compile("/api/agents/")):
        page.keyboard.press("Space")
    expect(agents.switch(helped)).not_to_be_checked()
    expect(agents.switch(helped)).to_be_focused()


def test_a_kind_is_chosen_by_the_keyboard_and_chosen_again(agents: AgentsPage) -> None:
    page = agents.page
    agents.open().main.get_by_role("link", name="New agent").press("Enter")
    expect(agents.kind("Answers from documents")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(agents.kind("Answers from documents")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(agents.kind("Chats without documents")).to_be_checked()
    expect(agents.name).to_have_count(0)  # the arrows only pass by
    page.keyboard.press("Enter")
    expect(agents.name).to_be_focused()
    page.keyboard.type("Talker")
    expect_accessible(page, "the form of a chosen kind")
    agents.main.get_by_role("button", name="Change the kind").press("Enter")
    expect(agents.kind("Chats without documents")).to_be_focused()
    expect_accessible(page, "the kinds, one of them chosen")
    page.keyboard.press("ArrowUp")
    agents.main.get_by_role("button", name="Continue").click()
    expect(agents.name).to_have_value("Talker")
    expect(agents.main.get_by_role("region", name="Kind")).to_contain_text("Answers from documents")


def test_the_inputs_of_a_crew_are_filled_in_and_what_they_get_is_chosen(agents: AgentsPage) -> None:
    def inputs(_: Received) -> Iterator[bytes]:
        return json_answer({"inputs": ["audience", "topic", "id"]})

    main = agents.main
    gets = {name: main.get_by_role("combobox", name=f"{name}: Gets") for name in ("audience", "topic", "id")}
    with ForeignServer({("GET", "/inputs"): inputs}) as crew:
        agents.open().new("CrewAI crew")
        agents.name.fill("Writers")
        agents.address.fill(crew.url)
        main.get_by_role("button", name="Test connection").click()
        expect(main.get_by_role("status")).to_contain_text("The configuration was filled in")
    for name, chosen in (("audience", "text"), ("topic", "question"), ("id", "conversation")):
        expect(gets[name]).to_have_value(chosen)
    expect(main.get_by_role("group", name="current_message")).to_have_count(0)
    main.get_by_role("textbox", name="audience: Text").fill("sailors")
    gets["id"].select_option("The question")
    agents.save.click()
    expect(main.get_by_text("Exactly one of the inputs must get the question.")).to_be_visible()
    expect(gets["audience"]).to_be_focused()
    expect_accessible(agents.page, "the inputs of a crew")
    for width in (360, 390, 768):
        agents.page.set_viewport_size({"width": width, "height": 844})
        assert not scrolls_sideways(agents.page), width
    gets["id"].select_option("The conversation’s id")
    another = main.get_by_role("textbox", name="Name of another input")
    another.fill("place")
    agents.save.click()
    expect(another).to_be_focused()  # it is not saved without what was typed
    main.get_by_role("button", name="Add input").click()
    agents.save.click()
    agents.expect_saved("Writers")
    agents.edit("Writers")
    expect(main.get_by_role("textbox", name="audience: Text")).to_have_value("sailors")
    expect(main.get_by_role("group", name="place")).to_be_visible()
