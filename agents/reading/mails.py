"""What is new in a mail, and what it only quotes of older ones."""

import re
from dataclasses import dataclass

_QUOTED = re.compile(r"\s{0,3}>")
# Lines that a mail begins with, or that a mail client writes above what it quotes or forwards.
_HEADER = re.compile(
    r"^\s*[>*_]*\s*(?:from|to|cc|date|sent|subject|von|an|datum|gesendet|betreff|de|à|objet|envoyé|fra|til|sendt|emne|van|"
    r"aan|verzonden|onderwerp|da|inviato|oggetto|para|enviado|asunto|från|till|skickat|ämne)\*?\s?:\*?\s", re.I
)  # fmt: skip
_WROTE = r"(?:wrote|schrieb|a écrit|écrivait|schreef|escribió|escreveu|ha scritto|skrev|napisał|napisal)"
_SEPARATOR = re.compile(
    rf"^\s*(?:-{{2,}} ?\S.*(?:message|mail|nachricht|melding|bericht|mensaje|messaggio|meddelande).*-{{2,}}"
    rf"|(?=.*\d)(?:on|am|le|op|el|il|den|på|em|dnia|dne)\b.{{4,160}}\b{_WROTE}\b.{{0,80}}:"
    rf"|(?=.*\d).{{2,80}}\b{_WROTE}\b.{{4,60}}:"
    rf"|begin forwarded message:|anfang der weitergeleiteten nachricht:)\s*$", re.I
)  # fmt: skip
_INTRODUCED = re.compile(r"\s*(?:on|am|le|op|el|il|den)\b", re.I)
_HEADERS = 3  # So many header lines below each other begin a mail.


@dataclass(frozen=True, slots=True)
class Stretch:
    """Lines [start, end) of a text, counted from 0, that are all ``older`` or all new."""

    start: int
    end: int
    older: bool


def is_mail(lines: list[str]) -> bool:
    """Whether a text is a mail, or a chain of them: it begins with headers, or holds what stands above a quoted one."""
    filled = [line for line in lines[:40] if line.strip()][:_HEADERS]
    headers = sum(bool(_HEADER.match(line)) for line in filled)
    return headers >= 2 or any(_separates(lines, at) for at in range(len(lines)))


def stretches(lines: list[str]) -> list[Stretch]:
    """What is new and what is older, in order. New text between quoted lines is new."""
    older = [bool(_QUOTED.match(line)) for line in lines]
    begins = next((at for at in range(len(lines)) if _begins_older(lines, at)), len(lines))
    for at in range(len(lines)):
        older[at] = older[at] or at >= begins or _is_separator(lines, at)
    found: list[Stretch] = []
    for at, is_older in enumerate(older):
        # A blank line belongs to what stands before it.
        if found and (found[-1].older == is_older or not lines[at].strip()):
            found[-1] = Stretch(found[-1].start, at + 1, found[-1].older)
        else:
            found.append(Stretch(at, at + 1, is_older))
    return found


def unquoted(line: str) -> str:
    """A line without its marks of quotation."""
    return re.sub(r"^(?:\s{0,3}>)+ ?", "", line)


def _begins_older(lines: list[str], at: int) -> bool:
    """Whether everything from this line on is older. Where quoted lines are marked, the marks say it."""
    if not _separates(lines, at) or _QUOTED.match(lines[at]):
        return False
    below = [
        line for line in lines[at + 1 :] if line.strip() and not re.match(rf"\s*{_WROTE}.{{0,40}}:\s*$", line, re.I)
    ]
    return not (below and _QUOTED.match(below[0]) and not all(map(_QUOTED.match, below)))


def _separates(lines: list[str], at: int) -> bool:
    return _is_separator(lines, at) or _are_headers(lines, at)


def _is_separator(lines: list[str], at: int) -> bool:
    """An introduction of what is quoted, which may be broken into two lines."""
    line = lines[at]
    if len(line) > 300:
        return False
    following = lines[at + 1] if at + 1 < len(lines) else ""
    text = unquoted(line)
    if _SEPARATOR.match(text):
        return True
    if text.rstrip().endswith(":") or len(following) > 100 or not _INTRODUCED.match(text):
        return False
    return bool(_SEPARATOR.match(f"{text} {unquoted(following).strip()}"))


def _are_headers(lines: list[str], at: int) -> bool:
    """Headers of a mail that is quoted or forwarded whole; those at the top are the mail's own."""
    if at + _HEADERS > len(lines) or not all(map(_HEADER.match, lines[at : at + _HEADERS])):
        return False
    return not _is_top(lines, at) and not (at and _HEADER.match(lines[at - 1]))


def _is_top(lines: list[str], at: int) -> bool:
    return not any(line.strip() for line in lines[:at])
