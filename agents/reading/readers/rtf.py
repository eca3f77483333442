"""Rich text files (.rtf), a section per heading, as they read once all tracked changes are accepted.

The library for it (striprtf) gives text that was deleted or hidden as if it were there, leaves out footnotes and
headers, and loses which cell belongs to which row. The control words: Rich Text Format specification 1.9.1.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from agents.errors import AgentError
from agents.reading.grid import Grid
from agents.reading.outline import Outline
from agents.reading.sections import HIDDEN_LEFT_OUT, STRUCK_LEFT_OUT, Reading, Section
from agents.reading.tabbed import TabbedLines
from agents.text.language import counted
from agents.text.surrogates import well_formed

_TOKEN = re.compile(r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)")
_CHARSETS = {
    0: "cp1252", 2: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250",
}  # fmt: skip
_FONT = re.compile(r"\\f(\d+)[^;{}]*?\\fcharset(\d+)")
_HEADING_STYLE = re.compile(r"\{[^{}]*?\\s(\d+)\b[^{}]*?\s(?:heading|title|überschrift|titre)[^{};]*;", re.I)
# Groups that hold no text of the document.
_SKIPPED = {
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "objdata", "objclass", "themedata", "colorschememapping",
    "listtable", "listoverridetable", "rsidtbl", "generator", "fldinst", "xmlnstbl", "datafield", "sp", "filetbl",
    "revtbl", "datastore", "latentstyles", "pgdsctbl", "template", "bkmkstart", "bkmkend", "nonshppict", "atrfstart",
    "atrfend", "atnid", "atndate", "atnref", "atntime", "atnparent", "annotation", "tc", "xe", "private", "userprops",
}  # fmt: skip
_OPTIONAL_TEXT = {"shpinst", "shptxt", "atnauthor"}  # Text behind a mark that lets others leave it out.
_MARGINS = {"header": "header", "headerl": "header", "headerr": "header", "headerf": "header", "footer": "footer",
            "footerl": "footer", "footerr": "footer", "footerf": "footer"}  # fmt: skip
_WRITTEN = {
    "tab": "\t", "line": "\n", "lbr": "\n", "emdash": "—", "endash": "–", "emspace": " ", "enspace": " ", "bullet": "•",
    "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "~": "\u00a0", "_": "-", "-": "",
    "{": "{", "}": "}", "\\": "\\",
}  # fmt: skip
_DEEPEST = 2000  # Groups within groups.


@dataclass(slots=True)
class _State:
    """What is in force within a group. ``into`` is where its text goes: 'body', 'skip', 'note', 'header', 'footer'."""

    into: str = "body"
    hidden: bool = False
    struck: bool = False
    deleted: bool = False
    in_table: bool = False
    style: int = -1
    level: int = 9  # Of the outline; 9 is running text.
    fallback: int = 1  # Letters behind a \u that stand for it where it is not understood.
    encoding: str = "cp1252"


@dataclass(slots=True)
class _Target:
    """Text that is being gathered, and the paragraphs that are complete."""

    text: list[str] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)

    def take(self) -> str:
        """The text so far. Characters beyond U+FFFF are written as two halves, which are joined here."""
        text, self.text = well_formed("".join(self.text)), []
        return text

    def end(self) -> None:
        if text := " ".join(self.take().split()):
            self.paragraphs.append(text)


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is no rich text."""
    source = path.read_bytes().decode("latin-1")
    if not source.lstrip().startswith("{\\rtf"):
        raise AgentError(
            "damaged_document",
            f"{reading.name} is not a rich text file that can be read: it is damaged or another kind of file.",
        )
    yield from _Document(source, reading).sections()


class _Document:
    def __init__(self, source: str, reading: Reading) -> None:
        self._source = source
        self._reading = reading
        self._outline = Outline(reading)
        self._tabbed = TabbedLines(self._outline)
        self._headings = {int(number) for number in _HEADING_STYLE.findall(_group(source, "stylesheet"))}
        self._fonts = {int(font): _CHARSETS.get(int(charset), "cp1252")
                       for font, charset in _FONT.findall(_group(source, "fonttbl"))}  # fmt: skip
        self._state = _State()
        self._stack: list[_State] = []
        self._bytes = bytearray()  # Letters that are written as codes of the font's encoding.
        self._to_skip = 0
        self._optional = False
        self._targets = {"body": _Target(), "note": _Target(), "header": _Target(), "footer": _Target()}
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._pictures = 0
        self._has_changes = self._has_hidden = self._has_struck = False

    def sections(self) -> Iterator[Section]:
        at = 0
        while at < len(self._source):
            match = _TOKEN.match(self._source, at)
            if match is None:
                at += 1
                continue
            at = match.end()
            word, number, code, symbol, brace, text = match.groups()
            if word == "bin":
                at += max(int(number or 0), 0)
                continue
            if not code:
                self._end_bytes()
            if brace:
                self._brace(brace)
            elif word:
                self._word(word, int(number) if number else None)
            elif code:
                if self._to_skip:
                    self._to_skip -= 1
                else:
                    self._bytes.append(int(code, 16))
            elif symbol:
                self._symbol(symbol)
            elif text:
                skipped = min(self._to_skip, len(text))
                self._to_skip -= skipped
                self._write(text[skipped:])
        self._end_bytes()
        self._end_paragraph()
        self._end_table()
        self._tabbed.end()
        for kind in ("header", "footer"):
            self._targets[kind].end()
            found = [one for one in dict.fromkeys(self._targets[kind].paragraphs) if sum(map(str.isalpha, one)) > 4]
            self._outline.aside(kind, found)
        self._say_what_is_left_out()
        yield from self._outline.sections()

    def _brace(self, brace: str) -> None:
        if brace == "{":
            if len(self._stack) < _DEEPEST:
                self._stack.append(replace(self._state))
            return
        before = self._state
        if self._stack:
            self._state = self._stack.pop()
        self._to_skip, self._optional = 0, False
        if before.into == "note" and self._state.into != "note":
            self._targets["note"].end()
        elif before.into in ("header", "footer") and self._state.into == "body":
            self._targets[before.into].end()

    def _word(self, word: str, number: int | None) -> None:
        state, optional = self._state, self._optional
        self._optional = False
        if word in _SKIPPED or (optional and word not in _OPTIONAL_TEXT) or word == "atnauthor":
            self._pictures += word == "pict" and state.into != "skip"
            state.into = "skip"
        elif state.into == "skip":
            return
        elif word in _MARGINS:
            state.into = _MARGINS[word]
        elif word == "footnote":
            state.into = "note"
        elif word == "u" and number is not None:
            self._write(chr(number % 0x10000))
            self._to_skip = state.fallback
        elif word in ("par", "sect", "page", "row", "cell", "nestcell", "nestrow"):
            self._end(word)
        elif word in _WRITTEN:
            self._write(_WRITTEN[word])
        else:
            self._format(word, number)

    def _format(self, word: str, number: int | None) -> None:
        state = self._state
        if word == "pard":
            state.in_table, state.style, state.level = False, -1, 9
        elif word == "plain":
            state.hidden = state.struck = state.deleted = False
        elif word == "intbl":
            state.in_table = True
        elif word == "s":
            state.style = number or 0
        elif word == "outlinelevel":
            state.level = number or 0
        elif word == "v":
            state.hidden = number != 0
        elif word in ("strike", "striked"):
            state.struck = number != 0
        elif word == "deleted":
            state.deleted = number != 0
            self._has_changes = True
        elif word == "revised":
            self._has_changes = True
        elif word == "uc":
            state.fallback = number or 0
        elif word == "ansicpg":
            state.encoding = _known(f"cp{number}")
        elif word == "f":
            state.encoding = self._fonts.get(number or 0, state.encoding)

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._optional = True
        elif symbol in "\r\n":
            self._word("par", None)
        elif symbol in _WRITTEN:
            self._write(_WRITTEN[symbol])

    def _end_bytes(self) -> None:
        if self._bytes:
            self._write(self._bytes.decode(self._state.encoding, errors="replace"))
            self._bytes = bytearray()

    def _write(self, text: str) -> None:
        state = self._state
        if not text or state.into == "skip" or state.deleted:
            return
        if state.hidden:
            self._has_hidden = True
        elif state.struck:
            self._has_struck = True
        else:
            self._targets[state.into].text.append(text)

    def _end(self, word: str) -> None:
        if self._state.into != "body":
            self._targets[self._state.into].end()
        elif word in ("cell", "nestcell"):
            self._cells.append(" ".join(self._targets["body"].take().split()))
        elif word in ("row", "nestrow"):
            self._rows.append(self._cells)
            self._cells = []
        elif self._state.in_table:
            self._targets["body"].text.append(" ")
        else:
            self._end_paragraph()

    def _end_paragraph(self) -> None:
        """A paragraph outside of tables is complete: the table before it is, too."""
        notes = self._targets["note"]
        text = self._targets["body"].take()
        if text.strip():
            self._end_table()
            if self._state.style in self._headings or self._state.level < 9:
                self._tabbed.end()
                self._outline.heading(" ".join(text.split()))
            else:
                self._tabbed.add(text)
        if notes.paragraphs:
            self._tabbed.end()
            for note in notes.paragraphs:
                self._outline.paragraph(note)
            notes.paragraphs = []

    def _end_table(self) -> None:
        if self._rows:
            self._tabbed.end()
            self._outline.grid(Grid(self._rows))
            self._rows = []

    def _say_what_is_left_out(self) -> None:
        notes = self._reading.notes
        if self._has_changes:
            self._reading.remarks.append("It has tracked changes; it was read as if all of them were accepted.")
        if self._has_hidden:
            notes.append(HIDDEN_LEFT_OUT)
        if self._has_struck:
            notes.append(STRUCK_LEFT_OUT)
        if self._pictures:
            notes.append(f"{counted(self._pictures, 'picture')} in it could not be read.")
        if "\\annotation" in self._source:
            notes.append("Its comments were not read.")


def _group(source: str, name: str) -> str:
    """The whole group that begins with a control word."""
    begin = source.find(f"{{\\{name}")
    depth = 0
    for match in re.compile(r"\\.|[{}]", re.S).finditer(source, begin) if begin >= 0 else ():
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if not depth:
            return source[begin : match.end()]
    return ""


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return "cp1252"
