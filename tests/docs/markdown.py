"""What the documentation consists of: pages, their sections, tables, links and code blocks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from utils.project import PROJECT

PAGES = sorted(path.relative_to(PROJECT).as_posix() for path in (
    *PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("deploy/*.md")
))  # fmt: skip
_FENCE = re.compile(r"^( *)```(\w*)(.*)$")
_REASON = re.compile(r"^ *<!-- not run: (.+) -->$")
_HEADING = re.compile(r"^(#+) (.+)$")


@dataclass(frozen=True)
class Block:
    """A fenced block of code. ``reason``: why it is not run, by the comment before it."""

    page: str
    line: int
    language: str
    info: tuple[str, ...]
    reason: str | None
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def runs(self) -> bool:
        return self.language in ("sh", "python") and "no-run" not in self.info


def text_of(page: str) -> str:
    return (PROJECT / page).read_text()


def blocks(page: str) -> list[Block]:
    found: list[Block] = []
    lines = text_of(page).splitlines()
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence:
            indent, begin = len(fence[1]), at
            at += 1
            while lines[at].strip() != "```":
                at += 1
            text = "\n".join(line[indent:] for line in lines[begin + 1 : at])
            before = _REASON.match(lines[begin - 1]) if begin else None
            reason = before[1] if before else None
            found.append(Block(page, begin + 1, fence[2], tuple(fence[3].split()), reason, f"{text}\n"))
        at += 1
    return found


def prose(page: str) -> str:
    """The page without its fenced blocks."""
    lines: list[str] = []
    inside = False
    for line in text_of(page).splitlines():
        if _FENCE.match(line):
            inside = not inside
        elif not inside:
            lines.append(line)
    return "\n".join(lines)


def sections(page: str) -> dict[str, str]:
    """The text below each heading up to the next one of its level or above; names are without code marks."""
    found: dict[str, str] = {}
    open_: list[tuple[int, str]] = []
    for line in prose(page).splitlines():
        heading = _HEADING.match(line)
        if heading:
            level, title = len(heading[1]), heading[2].replace("`", "")
            open_ = [one for one in open_ if one[0] < level] + [(level, title)]
            found[title] = ""
            continue
        for _, title in open_:
            found[title] += f"{line}\n"
    return found


def rows(text: str) -> list[list[str]]:
    """The cells of all tables in the text, without their headings."""
    found: list[list[str]] = []
    lines = text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line.startswith("|") and not re.match(r"^\|[-| ]+\|$", line) and not re.match(r"^\|[-| ]+\|$", following):
            found.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


def names(text: str) -> set[str]:
    """What stands between code marks in the first cells of the text's tables."""
    return {name for row in rows(text) for name in re.findall(r"`([^`]+)`", row[0])}


def anchors(page: str) -> set[str]:
    """The names that a link into the page may end with, as GitHub makes them of headings."""
    headings = [match[2] for line in prose(page).splitlines() if (match := _HEADING.match(line))]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: str) -> Iterator[str]:
    """The targets of the page's links and pictures within the project."""
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if "://" not in target:
            yield target
