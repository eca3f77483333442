"""The pages of the registry of agents, and where one is chosen: found by roles and names."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect


class AgentsPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.main = page.get_by_role("main")
        self.rows = self.main.get_by_role("row")
        self.name = self.main.get_by_role("textbox", name="Name", exact=True)
        self.address = self.main.get_by_role("textbox", name="Address")
        self.model = self.main.get_by_role("textbox", name="Model", exact=True)
        self.key = self.main.get_by_label("API key", exact=True)
        self.picture = self.main.get_by_label("Picture", exact=True)
        self.refusal = self.main.get_by_role("alert").filter(has_text=re.compile(r"\S"))
        self.save = self.main.get_by_role("button", name=re.compile("^(Save|Create agent)$"))

    def open(self) -> "AgentsPage":
        self.page.goto("/agents")
        expect(self.switch("Document agents")).to_be_visible()
        return self

    def row(self, name: str) -> Locator:
        return self.rows.filter(has=self.page.get_by_role("rowheader", name=name))

    def switch(self, name: str) -> Locator:
        return self.page.get_by_role("switch", name=f"{name} is enabled")

    def kind(self, label: str) -> Locator:
        return self.main.get_by_role("radio", name=label, exact=True)

    def new(self, kind: str = "Answers from documents") -> None:
        self.main.get_by_role("link", name="New agent").click()
        expect(self.kind(kind)).to_be_visible()
        self.kind(kind).click()
        expect(self.name).to_be_focused()

    def edit(self, name: str) -> None:
        self.main.get_by_role("link", name=name, exact=True).click()
        expect(self.name).to_have_value(name)

    def expect_saved(self, name: str) -> None:
        """Back on the list, which has the agent."""
        expect(self.page).to_have_url(re.compile("/agents$"))
        expect(self.row(name)).to_be_visible()

    def register_chat(self, name: str, address: str, key: str | None = None, picture: Path | None = None) -> None:
        """An agent that talks with the model server at this address."""
        self.open().new("Chats without documents")
        self.name.fill(name)
        self.main.get_by_role("textbox", name="Description").fill("Small talk and drafts.")
        self.main.get_by_role("radio", name="Its own model server").check()
        self.address.fill(address)
        self.model.fill("scripted")
        if key is not None:
            self.key.fill(key)
        if picture is not None:
            self.picture.set_input_files(picture)
            expect(self.main.get_by_role("img", name="The new picture")).to_be_visible()
        self.save.click()
        self.expect_saved(name)


def who_answers(page: Page) -> Locator:
    """The button that says who answers in the session, or in new ones."""
    return page.get_by_role("main").get_by_role("button", name=re.compile("^Who answers: "))


def choose(page: Page, button: Locator, name: str) -> None:
    button.click()
    page.get_by_role("menuitemradio", name=re.compile(re.escape(name))).click()


def register(context: BrowserContext, name: str, configuration: dict[str, Any], **more: Any) -> str:
    """A new agent, without its form; its id. ``more`` are other fields, such as ``secrets``."""
    [csrf] = [cookie["value"] for cookie in context.cookies() if cookie["name"] == "csrf_access_token"]
    body = {"name": name, "configuration": configuration, **more}
    made = context.request.post("/api/agents", data=body, headers={"X-CSRF-TOKEN": csrf})
    assert made.ok, made.text()
    return str(made.json()["id"])
