"""Formats that are text: separated values, HTML, Markdown, mails."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape


def separated(rows: Sequence[Sequence[str]], separator: str = ",", encoding: str = "utf-8") -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode(encoding)


def html_table(rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in rows[1:])
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>\n"


def html_pairs(pairs: Sequence[tuple[str, str]]) -> str:
    """A table of two columns without a head: labels and values."""
    return (
        "<table>\n"
        + "".join(f"<tr><th>{escape(one)}</th><td>{escape(two)}</td></tr>\n" for one, two in pairs)
        + "</table>\n"
    )


def html_list(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>\n"


def html_page(title: str, body: str, language: str = "en") -> bytes:
    head = (
        f'<head><meta charset="utf-8"><title>{escape(title)}</title><style>table {{ border: 1px solid }}</style></head>'
    )
    navigation = "<nav><a href='/'>Home</a> <a href='/search'>Search</a></nav>"
    return f'<!doctype html>\n<html lang="{language}">\n{head}\n<body>{navigation}<main><h1>{escape(title)}</h1>\n{body}</main></body></html>\n'.encode()


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * len(rows[0]))
    return "\n".join(lines) + "\n"


def mail(sender: str, receiver: str, subject: str, day: date, body: str, html: str = "") -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = _address(sender), _address(receiver)
    message["Subject"] = subject
    message["Date"] = f"{day:%a, %d %b %Y} 09:14:00 +0000"
    message["Message-ID"] = f"<{day:%Y%m%d}.1@mail.example>"
    message.set_content(body, cte="quoted-printable")
    if html:
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        message.set_boundary(f"=={day:%Y%m%d}==")
    return message.as_bytes()


def _address(name: str) -> Address:
    local = "".join(letter for letter in name.lower().replace(" ", ".") if letter.isascii())
    return Address(name, local, "mail.example")
