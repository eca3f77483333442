"""A forgotten password, and mails that could not be sent, in a real browser with a real mail server."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.conftest import NewContext
from tests.e2e.doors import Doors
from tests.e2e.server import RingsideServer
from tests.e2e.test_accessibility import expect_accessible
from tests.support.account import EMAIL
from tests.support.mail_server import Mailbox, mail_server


@pytest.fixture(scope="module")
def _box() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture(scope="module")
def mailing(tmp_path_factory: pytest.TempPathFactory, _box: Mailbox) -> Iterator[RingsideServer]:
    set_up = {"smtp_host": "127.0.0.1", "smtp_port": _box.port, "smtp_security": "none", "mail_from": "r@example.org"}
    with RingsideServer(tmp_path_factory.mktemp("mailing"), calls=True, **set_up) as server:
        yield server


@pytest.fixture
def box(_box: Mailbox) -> Mailbox:
    """Empty."""
    _box.mails.clear()
    return _box


def test_a_forgotten_password_is_set_by_the_link_of_a_mail(
    new_context: NewContext, mailing: RingsideServer, box: Mailbox
) -> None:
    email = mailing.add_user("Max")
    doors = Doors(new_context(mailing, None).new_page())
    doors.page.goto("/")
    doors.page.get_by_role("link", name="Forgot password?").click()
    expect_accessible(doors.page, "forgotten")
    doors.fill(Email="nobody@example.org")
    doors.send("Send link")
    doors.expect_heading("Look into your mail")
    doors.page.goto("/forgotten")
    doors.fill(Email=email)
    doors.send("Send link")
    doors.expect_heading("Look into your mail")
    [mail] = box.wait(1)
    assert mail["To"] == email
    link = re.search(r"^http\S+/reset#\S+", mail.get_content(), re.MULTILINE)
    assert link, mail.get_content()
    doors.page.goto(link[0])
    doors.fill(New_password="another one of the tests")
    doors.send("Set password")
    doors.page.get_by_role("link", name="Sign in").click()
    doors.sign_in(email, "another one of the tests")
    doors.expect_inside("Max")
    assert [one["Subject"] for one in box.wait(2)][1] == "Ringside: Your password was set by a link"


def test_an_administrator_sees_what_was_not_sent_and_sends_it_again(
    new_context: NewContext, mailing: RingsideServer, box: Mailbox
) -> None:
    box.recipient_answer = "550 5.1.1 no such mailbox"
    page = new_context(mailing).new_page()
    page.goto("/team")
    page.get_by_label("for", exact=True).fill("jon@example.org")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_text("It is on its way to jon@example.org.")).to_be_visible()
    page.get_by_role("tab", name="Mail").click()
    row = page.get_by_role("list", name="Mails that were not sent")

    def look_until(there: Locator) -> None:
        while not there.count():
            page.get_by_role("tab", name="People").click()
            page.get_by_role("tab", name="Mail").click()
            page.wait_for_load_state("networkidle")

    expect(page.get_by_role("heading", name="Not sent")).to_be_visible()
    look_until(row.get_by_text("no such mailbox"))
    expect_accessible(page, "mail")
    box.recipient_answer = "250 OK"
    page.get_by_role("button", name="Send again to jon@example.org").click()
    box.wait(1)
    look_until(page.get_by_text("Every mail was sent."))
    page.get_by_role("button", name="Send a test mail to yourself").click()
    expect(page.get_by_text(f"The mail server has accepted a mail to {EMAIL}.")).to_be_visible()
