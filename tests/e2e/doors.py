"""The pages in front of the sign-in, and the account menu behind it: found by roles and names."""

import re

from playwright.sync_api import Page, expect

from tests.support.account import PASSWORD


class Doors:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.heading = page.get_by_role("heading", level=1)
        self.refusal = page.get_by_role("main").get_by_role("alert")

    def expect_heading(self, text: str) -> None:
        expect(self.heading).to_have_text(text)

    def fill(self, **fields: str) -> None:
        """``fill(Email="ada@example.org")``; underscores stand for spaces."""
        for label, text in fields.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).fill(text)

    def send(self, action: str) -> None:
        """The form, by the button with this name."""
        self.page.get_by_role("button", name=action, exact=True).click()

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        self.fill(Email=email, Password=password)
        self.send("Sign in")

    def expect_inside(self, name: str) -> None:
        """Behind the sign-in, as the user with this name."""
        expect(self.page.get_by_role("button", name=f"Your account, {name} ")).to_be_visible()

    def choose_from_account(self, name: str, item: str) -> None:
        """Something from the menu of the account of the user with this name."""
        self.page.get_by_role("button", name=f"Your account, {name} ").click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def expect_sign_in(self) -> None:
        expect(self.page).to_have_url(re.compile(r"/sign-in(\?next=[^&]*)?$"))
        self.expect_heading("Sign in")
