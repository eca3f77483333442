"""Mails: headers, the new text, and what it quotes."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from agents.errors import AgentError
from tests.support.readers import Told, told


def mail(text: str, subtype: str = "plain") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Siri Vang <siri@example.org>"
    message["To"] = "Ola Lie <ola@example.org>"
    message["Date"] = "Mon, 04 May 2026 10:00:00 +0200"
    message["Subject"] = "Bücher für Ola"
    message.set_content(text, subtype=subtype)
    return message


def read(folder: Path, message: EmailMessage) -> Told:
    return told(folder, "a.eml", bytes(message))


def test_headers_are_labels_and_older_mail_is_marked(tmp_path: Path) -> None:
    found = read(tmp_path, mail("Forty books.\n\nSiri\n\nOn 3 May 2026 at 9:00, Ola Lie wrote:\n> How many?\n"))
    assert found.passages == [
        (
            "mail header",
            "From: Siri Vang <siri@example.org>\nTo: Ola Lie <ola@example.org>\nDate: Mon, 04 May 2026 10:00:00 +0200\n"
            "Subject: Bücher für Ola",
        ),
        ("lines 1-3", "Forty books.\n\nSiri"),
        ("older mail, lines 5-6", "On 3 May 2026 at 9:00, Ola Lie wrote:\nHow many?"),
    ]


@pytest.mark.parametrize(
    "quoted",
    [
        "<blockquote>How many?</blockquote>",
        '<div class="gmail_quote">How many?</div>',
        '<div id="divRplyFwdMsg">How many?</div>',
    ],
)
def test_a_page_is_read_where_there_is_no_plain_text(tmp_path: Path, quoted: str) -> None:
    found = read(tmp_path, mail(f"<p>Forty <b>books</b>.</p>{quoted}", "html"))
    assert found.passages[1:] == [("text", "Forty books."), ("older mail, text", "How many?")]


def test_attachments_are_named_and_said_not_to_be_read(tmp_path: Path) -> None:
    message = mail("See the list.")
    message.add_attachment(b"a,b", maintype="text", subtype="csv", filename="list.csv")
    found = read(tmp_path, message)
    assert "Attachments: list.csv" in found.at("mail header")
    assert found.notes == ["Its attachments were not read: list.csv. Add them as documents of their own."]


def test_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AgentError) as refused:
        told(tmp_path, "a.eml", "plain text")
    assert refused.value.code == "damaged_document"


@pytest.mark.parametrize(
    "stub",
    [
        "This message needs a viewer for HTML.",
        "To view this mail, open it in your browser: https://example.org/view?a=books",
    ],
)
def test_a_plain_text_that_only_points_to_the_page_is_not_read_instead_of_it(tmp_path: Path, stub: str) -> None:
    message = mail(stub)
    message.add_alternative("<style>p{}</style><p>Forty books are due on 9 May.</p>", subtype="html")
    assert read(tmp_path, message).passages[1:] == [("text", "Forty books are due on 9 May.")]


def test_a_short_plain_text_that_says_the_same_is_read(tmp_path: Path) -> None:
    message = mail("Forty books.")
    message.add_alternative("<h1>Library of Horten</h1><p>Forty <b>books</b>.</p><p>Elm Street 4</p>", subtype="html")
    assert read(tmp_path, message).passages[1:] == [("line 1", "Forty books.")]


def test_latin_1_is_windows_1252(tmp_path: Path) -> None:
    head = b"From: a@example.org\r\nSubject: Price\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n"
    assert told(tmp_path, "a.eml", head + b"It costs 4 \x80.").at("line 1") == "It costs 4 €."
