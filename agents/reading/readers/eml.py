"""Mails (.eml): who wrote to whom, when and about what; the new text; then, marked as such, what it quotes of older."""

import email
import email.policy
import html
import re
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart
from pathlib import Path

from agents.errors import AgentError
from agents.reading.readers.html import sections_of
from agents.reading.readers.text import mail_sections
from agents.reading.sections import Reading, Section
from agents.text.decoding import decode
from agents.text.language import joined, words

_HEADERS = ("From", "To", "Cc", "Bcc", "Date", "Subject", "Reply-To")
_MOST_PARTS = 1000
_LATIN = ("iso-8859-1", "latin1", "latin-1", "us-ascii")


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is no mail."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    headers = [f"{name}: {_header(message, name)}" for name in _HEADERS if _header(message, name)]
    if len(headers) < 2:
        raise AgentError("damaged_document", f"{reading.name} is not a mail: it has no sender, date or subject.")
    attached = [_file_name(part) for part in _attachments(message)]
    if attached:
        headers.append(f"Attachments: {', '.join(attached)}")
        reading.notes.append(f"Its attachments were not read: {joined(attached)}. Add them as documents of their own.")
    yield Section("mail header", "\n".join(headers))
    yield from _body(message, reading)


def _body(message: EmailMessage, reading: Reading) -> Iterator[Section]:
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    text, markup = (_content(part, reading.name) if part is not None else "" for part in (plain, page))
    if text.strip() and not (_text(markup).strip() and _is_stub(text, markup)):
        yield from mail_sections(text.split("\n"), reading)
        return
    if page is None:
        reading.notes.append("It holds no text besides its header.")
        return
    new, older = _quoted_apart(markup)
    for markup, before in ((new, ""), (older, "older mail, ")):
        if _text(markup).strip():
            for section in sections_of(markup, reading):
                yield Section(before + section.reference.replace("beginning", "text"), section.text, section.whole)


def _is_stub(text: str, markup: str) -> bool:
    """Whether the plain text only says that there is a page: most of its words do not stand there."""
    said = set(words(_LINK.sub("", text)))
    return sum(map(len, said)) < _STUB and len(said & set(words(_text(markup)))) < len(said) / 2


def _text(markup: str) -> str:
    return re.sub(r"<[^>]*>", " ", html.unescape(_NO_TEXT.sub("", markup)))


_NO_TEXT = re.compile(r"<(style|script|head|title)\b.*?</\1>|<!--.*?-->", re.I | re.S)
_LINK = re.compile(r"\bhttps?://\S+")
_STUB = 200  # Letters.
_QUOTING = re.compile(
    r"<blockquote\b|<div[^>]*class=[\"'][^\"']*(?:gmail_quote|yahoo_quoted|moz-cite-prefix|OutlookMessageHeader)|"
    r"<div[^>]*id=[\"'](?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container)|"
    r"<div[^>]*style=[\"'][^\"']*border-top:\s*solid\s*#(?:e1e1e1|b5c4df)", re.I
)  # fmt: skip


def _quoted_apart(markup: str) -> tuple[str, str]:
    """(what is new, what is quoted) by the elements in which mail programs quote."""
    match = _QUOTING.search(markup)
    return (markup[: match.start()], markup[match.start() :]) if match else (markup, "")


def _content(part: MIMEPart, name: str) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    try:
        charset = part.get_content_charset("utf-8")
        # What calls itself Latin-1 is Windows-1252, in which it has the same letters (WHATWG Encoding Standard, 4.2).
        charset = "cp1252" if charset in _LATIN else charset
        return data.decode(charset).replace("\r\n", "\n")
    except (LookupError, UnicodeDecodeError):  # It says one encoding and means another.
        return decode(data, name)


def _header(message: EmailMessage, name: str) -> str:
    try:
        return ", ".join(" ".join(str(value).split()) for value in message.get_all(name, []))
    except (IndexError, ValueError, TypeError, AttributeError):
        # The parser of the standard library stumbles over some broken headers: then as it stands in the file.
        raw = (value for key, value in message.raw_items() if key.lower() == name.lower())
        return ", ".join(" ".join(str(value).split()) for value in raw)


def _attachments(message: EmailMessage) -> Iterator[EmailMessage]:
    """Whatever has a file name or is a mail of its own, wherever it hangs."""
    for number, part in enumerate(message.walk()):
        if number > _MOST_PARTS:
            return
        if isinstance(part, EmailMessage) and (part.get_filename() or part.get_content_type() == "message/rfc822"):
            yield part


def _file_name(part: EmailMessage) -> str:
    return " ".join((part.get_filename() or "a forwarded mail").split())
