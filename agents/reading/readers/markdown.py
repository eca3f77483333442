"""Markdown files, a section per heading, without the marks."""

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from agents.reading.grid import Grid
from agents.reading.outline import Outline
from agents.reading.sections import STRUCK_LEFT_OUT, Reading, Section, section_reference
from agents.text.decoding import decode
from agents.text.language import counted

_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.+?)\s*#*\s*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)\s*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$")
_CELLS = re.compile(r"(?<!\\)\|")
_QUOTE = re.compile(r"^(?: {0,3}> ?)+")
_LIST_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s+")
_STRUCK = re.compile(r"(?<!~)~~(?=\S)(?:(?!~~).)+?(?<=\S)~~(?!~)")
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_SPAN_OR_REMARK = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)|<!--")
_INDENTED = re.compile(r" {4}|\t")
_MARKS = (
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<!\w)([*_])(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (_STRUCK, ""),
    (re.compile(r"</?[a-zA-Z][^>]*>"), ""),
)


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that holds no text."""
    outline = Outline(reading)
    heading = ""
    text = decode(path.read_bytes(), reading.name)
    if _STRUCK.search(text):
        reading.notes.append(STRUCK_LEFT_OUT)
    if pictures := len(_PICTURE.findall(text)):
        reading.notes.append(f"{counted(pictures, 'picture')} in it could not be read.")
    lines: list[tuple[str, str]] = []
    for kind, line in [*_classified(text.split("\n")), ("heading", "")]:
        if kind != "heading":
            lines.append((kind, line))
            continue
        for block in _blocks(lines, heading, reading):
            outline.paragraph(block)
        heading, lines = _plain(line), []
        if heading:
            outline.heading(heading)
    yield from outline.sections()


def _without_remarks(lines: list[str]) -> Iterator[str]:
    """Lines without what stands in <!-- remarks -->, which no page shows; code keeps them."""
    last_end = max((number for number, line in enumerate(lines) if "-->" in line), default=-1)
    fenced = remarked = listed = False
    code_may_begin = True  # Indented lines go on with a paragraph or an item, unless a blank line stands before them.
    for number, line in enumerate(lines):
        if not remarked and _FENCE.match(line):
            fenced = not fenced
        is_indented = _INDENTED.match(line) is not None
        is_code = fenced or (not remarked and is_indented and code_may_begin and not listed)
        code_may_begin = is_code or not line.strip()
        if line.strip() and not is_indented:
            listed = _LIST_ITEM.match(line) is not None
        if is_code:
            yield line
        else:
            shown, remarked = _shown(line, remarked, number < last_end)
            yield shown


def _shown(line: str, remarked: bool, may_go_on: bool) -> tuple[str, bool]:
    """What of a line stands in no remark, and whether one is open behind it. One that never ends is text."""
    shown, at = "", 0
    while True:
        if remarked:
            end = line.find("-->", at)
            if end < 0:
                return shown, True
            at = end + 3
        begin = next((found.start() for found in _SPAN_OR_REMARK.finditer(line, at) if not found[1]), -1)
        if begin < 0 or not (may_go_on or line.find("-->", begin + 4) >= 0):
            return shown + line[at:], False
        shown, at, remarked = shown + line[at:begin], begin + 4, True


def _classified(lines: list[str]) -> Iterator[tuple[str, str]]:
    fenced = False
    lines = [_QUOTE.sub("", line) for line in _without_remarks(lines)]
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if _FENCE.match(line):
            fenced = not fenced
            yield "blank", ""
        elif fenced:
            yield "code", line
        elif match := _HEADING.match(line):
            yield "heading", match.group(2)
        elif line.strip() and _UNDERLINE.match(following) and not _LIST_ITEM.match(line) and "|" not in line:
            yield "heading", line.strip()
        elif line.lstrip().startswith("|") or (_TABLE_RULE.match(line) and "|" in line):
            yield "row", line
        elif not line.strip() or _UNDERLINE.match(line):
            yield "blank", ""
        else:
            yield ("item" if _LIST_ITEM.match(line) else "text"), line


def _blocks(lines: list[tuple[str, str]], heading: str, reading: Reading) -> list[str]:
    """Paragraph lines are joined; items, table rows and code keep their lines."""
    blocks: list[str] = []
    before = "blank"
    for kind, group in groupby(lines, key=itemgetter(0)):
        run = [line for _, line in group]
        if kind == "text":
            text = " ".join(_plain(line) for line in run)
        elif kind == "item":
            text = "\n".join(f"- {_plain(_LIST_ITEM.sub('', line))}" for line in run)
        elif kind == "row":
            text = reading.grid(_grid(run), section_reference(heading))
        else:
            text = "\n".join(line.rstrip() for line in run).strip("\n")
        if text.strip():
            if before == "item" and kind == "text":
                blocks[-1] += " " + text
            elif before == "text" and kind == "item":
                blocks[-1] += "\n" + text
            else:
                blocks.append(text)
        before = kind
    return blocks


def _grid(rows: list[str]) -> Grid:
    """A table of Markdown always has a header. An empty one is what people write above labels and their values."""
    cells = [[_plain(cell) for cell in _CELLS.split(row.strip().removeprefix("|").removesuffix("|"))] for row in rows
             if not _TABLE_RULE.match(row)]  # fmt: skip
    return Grid(cells, "row") if cells and any(cells[0]) else Grid(cells)


def _plain(text: str) -> str:
    for mark, instead in _MARKS:
        text = mark.sub(instead, text)
    return " ".join(text.split())
