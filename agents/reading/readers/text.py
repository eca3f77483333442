"""Plain text files, a section per paragraph group, with line numbers as references. Mails are told from older ones."""

from collections.abc import Iterator
from pathlib import Path

from agents.errors import AgentError
from agents.reading.grid import Grid
from agents.reading.lines import aligned, is_blank, paragraph, width_of
from agents.reading.mails import is_mail, stretches, unquoted
from agents.reading.sections import Reading, Section
from agents.text.decoding import decode

_GROUP = 700  # Characters: paragraphs are gathered until a section has this many, so that references stay narrow.
_LONGEST_MAIL = 20_000  # Lines.


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is no text or holds none."""
    lines = decode(path.read_bytes(), reading.name).split("\n")
    if not any(line.strip() for line in lines):
        raise AgentError("no_text", f"{reading.name} contains no text.")
    if len(lines) <= _LONGEST_MAIL and is_mail(lines):
        yield from mail_sections(lines, reading)
    else:
        yield from _sections(lines, 0, "", reading)


def mail_sections(lines: list[str], reading: Reading) -> Iterator[Section]:
    """The lines of a mail, the new text first; what it quotes has references that begin with 'older mail'."""
    found = stretches(lines)
    for stretch in sorted(found, key=lambda one: one.older):
        part = [unquoted(line) if stretch.older else line for line in lines[stretch.start : stretch.end]]
        yield from _sections(part, stretch.start, "older mail, " if stretch.older else "", reading)


def _sections(lines: list[str], offset: int, before: str, reading: Reading) -> Iterator[Section]:
    """``offset`` lines stand above these in the file."""
    width = width_of(lines)
    gathered: list[str] = []
    first = last = size = 0
    for start, end in _paragraphs(lines):
        rows = aligned(lines[start:end])
        reference = before + _reference(offset + start + 1, offset + end)
        text = reading.grid(Grid(rows), reference) if rows else paragraph(lines[start:end], width)
        if size and (rows or size + len(text) > _GROUP):
            yield Section(before + _reference(first, last), "\n\n".join(gathered))
            gathered, size = [], 0
        if rows:  # Alone, so that its lines are a reference of their own.
            yield Section(reference, text)
            continue
        if not gathered:
            first = offset + start + 1
        gathered.append(text)
        last, size = offset + end, size + len(text)
    if gathered:
        yield Section(before + _reference(first, last), "\n\n".join(gathered))


def _paragraphs(lines: list[str]) -> Iterator[tuple[int, int]]:
    """[start, end) of each run of lines that are not blank."""
    start: int | None = None
    for number, line in enumerate([*lines, ""]):
        if not is_blank(line):
            start = number if start is None else start
        elif start is not None:
            yield start, number
            start = None


def _reference(first: int, last: int) -> str:
    return f"line {first}" if first == last else f"lines {first}-{last}"
