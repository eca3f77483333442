"""Plain text files, a section per paragraph group, with line numbers as references."""

from collections.abc import Iterator
from pathlib import Path

from agents.errors import AgentError
from agents.reading.sections import Reading, Section
from agents.text.decoding import decode

_GROUP = 700  # Characters: paragraphs are gathered until a section has this many, so that references stay narrow.


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is no text or holds none."""
    lines = decode(path.read_bytes(), reading.name).split("\n")
    gathered: list[str] = []
    first = last = size = 0
    anything = False
    for start, end in _paragraphs(lines):
        text = " ".join(" ".join(lines[start:end]).split())
        if size and size + len(text) > _GROUP:
            yield Section(_reference(first, last), "\n\n".join(gathered))
            gathered, size = [], 0
        if not gathered:
            first = start + 1
        gathered.append(text)
        last, size, anything = end, size + len(text), True
    if not anything:
        raise AgentError("no_text", f"{reading.name} contains no text.")
    yield Section(_reference(first, last), "\n\n".join(gathered))


def _paragraphs(lines: list[str]) -> Iterator[tuple[int, int]]:
    """[start, end) of each run of lines that are not blank."""
    start: int | None = None
    for number, line in enumerate([*lines, ""]):
        if line.strip():
            start = number if start is None else start
        elif start is not None:
            yield start, number
            start = None


def _reference(first: int, last: int) -> str:
    return f"line {first}" if first == last else f"lines {first}-{last}"
