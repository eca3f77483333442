"""Handing over mails to a real mail server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.mail_server import Mailbox, certificate, mail_server
from tests.support.processes import free_port
from utils.mail import letters
from utils.mail.mail_server import MailRefusedError, MailServer, MailServerAwayError, is_deliverable
from utils.settings import Settings


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


def server(port: int, **more: Any) -> MailServer:
    given = {"smtp_security": "none", "mail_from": "Ringside <ringside@example.org>"} | more
    return MailServer(
        Settings(_env_file=None, smtp_host="127.0.0.1", smtp_port=port, public_url="https://ringside.example", **given)
    )


def test_a_mail_arrives_as_short_plain_text(box: Mailbox) -> None:
    letter = letters.password_link("Zoë", "Harbour", "https://ringside.example/reset#" + "s" * 43)
    server(box.port).send("mail-1", "zoe@example.org", letter.subject, letter.text)
    [mail] = box.mails
    assert (mail["From"], mail["To"]) == ("Ringside <ringside@example.org>", "zoe@example.org")
    assert (mail["Subject"], mail["Message-ID"]) == (letter.subject, "<mail-1@example.org>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n") == letter.text, "the link is whole, on a line of its own"


@pytest.mark.parametrize(
    ("recipient", "subject"),
    [
        ("a@b.c", "Hello\r\nBcc: everybody@example.org"),
        ("a@b.c\r\nBcc: everybody@example.org", "Hello"),
        ("a@b.c\nX: y", "Hello"),
        ("a,everybody@example.org", "Hello"),
    ],
)
def test_no_name_and_no_address_adds_a_header_or_a_recipient(box: Mailbox, recipient: str, subject: str) -> None:
    with pytest.raises(MailRefusedError):
        server(box.port).send("mail-1", recipient, subject, "Text")
    assert box.mails == []


def test_what_is_deliverable_is_known_beforehand() -> None:
    assert is_deliverable("ada.l+x@example.org")
    for one in ("a,b@c.d", "a b@c.d", "<a@b.c>", "a@b.c\r\nBcc: d@e.f", "@", "", "a@", '"a', '"<a>"@b.c'):
        assert not is_deliverable(one), one


def test_it_speaks_starttls_and_signs_in(tmp_path: Path) -> None:
    own, key = certificate(tmp_path)
    with mail_server(certificate=(own, key), wanted=(b"ringside", b"secret")) as box:
        signed = {"smtp_security": "starttls", "smtp_user": "ringside", "smtp_ca_file": own}
        server(box.port, smtp_password="secret", **signed).send("mail-1", "ada@example.org", "Hello", "Text")
        assert box.encrypted == [True]
        with pytest.raises(MailServerAwayError, match="SMTP_USER and SMTP_PASSWORD") as refused:
            server(box.port, smtp_password="wrong one", **signed).send("mail-2", "ada@example.org", "Hello", "Text")
        assert "wrong one" not in str(refused.value)
        with pytest.raises(MailServerAwayError, match="certificate"):
            server(box.port, smtp_security="starttls").send("mail-3", "ada@example.org", "Hello", "Text")
        assert len(box.mails) == 1


def test_a_server_without_starttls_gets_nothing(box: Mailbox) -> None:
    with pytest.raises(MailServerAwayError, match="STARTTLS"):
        server(box.port, smtp_security="starttls").send("mail-1", "ada@example.org", "Hello", "Text")
    assert box.mails == []


def test_what_the_server_refuses_for_good_and_what_for_now(box: Mailbox) -> None:
    def send() -> None:
        server(box.port).send("mail-1", "ada@example.org", "Hello", "Text")

    box.recipient_answer = "450 4.2.0 greylisted, come again"
    with pytest.raises(MailServerAwayError, match="greylisted"):
        send()
    box.recipient_answer = "550 5.1.1 no such mailbox"
    with pytest.raises(MailRefusedError, match="no such mailbox"):
        send()
    box.recipient_answer, box.answer = "250 OK", "451 4.3.0 later"
    with pytest.raises(MailServerAwayError, match="451"):
        send()
    box.answer = "554 5.7.1 spam"
    with pytest.raises(MailRefusedError, match="554"):
        send()
    with pytest.raises(MailServerAwayError, match="cannot be used"):
        server(free_port()).send("mail-1", "ada@example.org", "Hello", "Text")
