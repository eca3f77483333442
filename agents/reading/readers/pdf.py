"""PDF files, a section per page, in the order in which people read it. Running heads are told once."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
from pypdfium2 import raw

from agents.errors import AgentError
from agents.reading.lines import wrapped
from agents.reading.paged.fields import FormField, fields_of, written_on
from agents.reading.paged.layout import Block, Line, blocks_of, lines_of
from agents.reading.paged.paragraphs import paragraphs
from agents.reading.paged.words import Word, upright, words_of
from agents.reading.sections import Reading, Section
from agents.text.language import joined, sentences

MAX_PAGES = 5000
_MOST_OBJECTS = 20_000  # Of a page that are looked at for rules and pictures.
_LARGE = 0.2  # Of a page: a smaller picture is taken to be decoration.
_UNDECODED = 0.3  # More letters than this without a meaning make the text of a page worthless.
_SENTENCE = 4  # Words: fewer are a heading rather than the beginning of a sentence.
_MOST_NAMED = 8  # Runs of pages that a note names.

_PAGE_NUMBER = re.compile(
    r"^[-–—|\s]*(?:page|seite|side|p\.?)\s*\d+(?:\s*(?:of|von|av|de|sur|/)\s*\d+)?[-–—|\s]*$", re.I
)


@dataclass(slots=True)
class _Page:
    """``lines`` of each direction of writing, ``choices`` said in words, and what could not be read of the page.

    What follows ``is_undecoded`` is known when its blocks have been told.
    """

    lines: list[list[Line]] = field(default_factory=list)
    slanted: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    rules: list[float] = field(default_factory=list)
    has_picture: bool = False  # One that covers much of it.
    has_image: bool = False
    is_undecoded: bool = False
    pieces: list[str] = field(default_factory=list)
    asides: list[str] = field(default_factory=list)  # What stands apart from the text: footers, fields, watermarks.
    begins_in_text: bool = False
    ends_in_text: bool = False
    ends_in_table: bool = False

    @property
    def text(self) -> str:
        return "\n\n".join(filter(None, [*self.pieces, *self.asides]))


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is damaged, locked by a password, or only images."""
    pages = _pages(path, reading)
    running = _running_lines(pages)
    said: set[str] = set()
    goes_on = False
    for number, page in enumerate(pages, 1):
        _tell(page, number, running, said, reading, goes_on=goes_on)
        goes_on = page.ends_in_table and bool(reading.tables) and reading.tables[-1].places[-1] == f"page {number}"
    for page, following in pairwise(pages):
        _finish_sentence(page, following)
    texts = [page.text for page in pages]
    _say_what_is_left_out(pages, texts, reading)
    if not any(text.strip() for text in texts):
        raise AgentError(
            "no_text",
            f"{reading.name} has no text, only images (a scan). Run text recognition (OCR) over it and add the result.",
        )
    for number, text in enumerate(texts, 1):
        if text:
            yield Section(f"page {number}", text)


def _pages(path: Path, reading: Reading) -> list[_Page]:
    try:
        document = pdfium.PdfDocument(path.read_bytes())  # The path may have no name that could be opened again.
        total = len(document)
        document.init_forms()
    except pdfium.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            message = f"{reading.name} is protected by a password. Save a copy without a password and add that."
            raise AgentError("encrypted_document", message) from None
        raise _damaged(reading.name) from None
    if total == 0:
        raise _damaged(reading.name)
    if total > MAX_PAGES:
        raise AgentError("too_many_pages", f"{reading.name} has {total} pages; {MAX_PAGES} is the limit. Split it.")
    pages = []
    for number in range(total):
        try:
            pages.append(_page(document, number))
        except pdfium.PdfiumError:  # A page that cannot be loaded is told as one without text.
            pages.append(_Page(is_undecoded=True))
        reading.progress(number + 1, total, "page")
    reading.pages = total
    if raw.FPDFDoc_GetAttachmentCount(document.raw):
        reading.notes.append("Files that are attached to it were not read.")
    if raw.FPDF_GetFormType(document.raw) in (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND):
        reading.notes.append("It is an XFA form, of which only what is printed on the pages was read.")
    return pages


def _damaged(name: str) -> AgentError:
    return AgentError(
        "damaged_document",
        f"{name} is not a PDF that can be read: it is damaged, cut short or another kind of file. "
        "Open it in a PDF viewer, save it again and add the new file.",
    )


def _page(document: Any, number: int) -> _Page:
    page = document[number]
    text_page = page.get_textpage()
    found = words_of(text_page)
    result = _Page(is_undecoded=found.undecoded > _UNDECODED)
    quarter = found.quarter
    if document.formenv is not None:
        fields = fields_of(document.formenv.raw, page.raw, partial(upright, quarter=quarter))
        if fields and not found.directions:
            found.directions.append([])
        for one in fields:
            found.directions[0].append(one.box)
        result.choices = _in_words(fields, lines_of(found.directions[0])) if fields else []
    written = written_on(page.raw, partial(upright, quarter=quarter))
    if written.texts:
        found.directions[:0] = [[]] if not found.directions else []
        found.directions[0].extend(written.texts)
    result.comments = written.comments
    if not result.is_undecoded:
        result.lines, result.slanted = [lines_of(words) for words in found.directions], found.slanted
    _look_at_drawings(page, quarter, result)
    text_page.close()
    page.close()
    return result


def _in_words(fields: list[FormField], lines: list[Line]) -> list[str]:
    """Fields with a label of their own, and boxes to tick with what stands beside them, as 'label: value'."""
    said = []
    for one in fields:
        label = one.label
        if one.is_choice:
            label = label or _beside(one.box, lines)
        if label:
            value = ("yes" if one.chosen else "no") if one.is_choice else one.box.text
            said.append(f"{label.rstrip(': ')}: {value}")
    return said


def _beside(box: Word, lines: list[Line]) -> str:
    """The text to the right of a box, as far as the next box, or else that to its left."""
    line = next((one for one in lines if box in one.words), None)
    if line is None:
        return ""
    at = line.words.index(box)
    right: list[str] = []
    left: list[str] = []
    for words, sequence in ((right, line.words[at + 1 :]), (left, line.words[:at][::-1])):
        for word in sequence:
            if word.text in ("☒", "☐"):
                break
            words.append(word.text)
    return " ".join(right or left[::-1])


def _look_at_drawings(page: Any, quarter: int, result: _Page) -> None:
    """Horizontal rules, which part the rows of tables, and pictures that cover much of the page."""
    width, height = page.get_size()
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for at in range(min(raw.FPDFPage_CountObjects(page.raw), _MOST_OBJECTS)):
        drawn = raw.FPDFPage_GetObject(page.raw, at)
        kind = raw.FPDFPageObj_GetType(drawn)
        if kind not in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE):
            continue
        if not raw.FPDFPageObj_GetBounds(drawn, left, bottom, right, top):
            continue
        box = upright(left.value, bottom.value, right.value, top.value, quarter=quarter)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            result.has_image = True
            result.has_picture |= (box.x1 - box.x0) * (box.y1 - box.y0) > _LARGE * width * height
        elif box.x1 - box.x0 > 20 and box.y1 - box.y0 < 3:
            result.rules.append(box.middle)
        elif box.x1 - box.x0 > 20 and box.y1 - box.y0 > 8:
            result.rules += [box.y0, box.y1]


def _tell(page: _Page, number: int, running: set[str], said: set[str], reading: Reading, *, goes_on: bool) -> None:
    """``goes_on``: the page before ended in a table, whose rest may stand first on this one."""
    for lines in page.lines:
        kept = [line for line in lines if not _is_running(line.text, running, said)]
        kept = [line for at, line in enumerate(kept) if 0 < at < len(kept) - 1 or not _PAGE_NUMBER.match(line.text)]
        footers: list[str] = []
        while len(kept) > 1 and _shape(kept[-1].text) in running:
            footers.insert(0, kept.pop().text)
        for block in blocks_of(kept, page.rules):
            is_first = not page.pieces
            page.pieces.append(_block(block, number, reading, goes_on=goes_on and is_first))
            page.ends_in_table, page.ends_in_text = block.grid is not None, block.grid is None
            page.begins_in_text = page.ends_in_text if is_first else page.begins_in_text
        page.asides += footers
    page.asides += [*page.slanted, "\n".join(page.choices), *page.comments]


def _finish_sentence(page: _Page, following: _Page) -> None:
    """A sentence that goes on over the end of a page is told whole, on the page on which it begins."""
    if not (page.ends_in_text and following.begins_in_text and page.pieces[-1] and following.pieces[0]):
        return
    *_, last = page.pieces[-1].split("\n\n")
    first, *others = following.pieces[0].split("\n\n")
    if re.search(r"[.!?:;…][\"'”’)\]]*$", last) or len(last.split()) < _SENTENCE or not first[0].islower():
        return
    rest, *more = sentences(first)
    page.pieces[-1] = "".join(wrapped(page.pieces[-1], rest))
    following.pieces[0] = "\n\n".join(filter(None, [" ".join(more), *others]))


def _block(block: Block, number: int, reading: Reading, *, goes_on: bool) -> str:
    if block.grid is not None:
        return reading.grid(block.grid, f"page {number}", goes_on=goes_on)
    return paragraphs(block.lines)


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line.lower())


def _running_lines(pages: list[_Page]) -> set[str]:
    """Shapes of lines at the edges of most pages: running heads, footers, page numbers.

    What stands between the edges as well is a row of a table that all pages are full of.
    """
    if len(pages) < 3:
        return set()
    shapes = [[_shape(line.text) for line in page.lines[0]] if page.lines else [] for page in pages]
    edges = Counter(shape for page in shapes for shape in {*page[:2], *page[-2:]})
    within = {shape for page in shapes for shape in page[2:-2]}
    return {shape for shape, count in edges.items() if count > len(pages) * 0.6 and shape not in within}


def _is_running(line: str, running: set[str], said: set[str]) -> bool:
    """Whether to leave out a line: a running head is told where it stands first, unless it only counts the pages."""
    shape = _shape(line)
    if shape not in running:
        return False
    if shape in said or ("#" in shape and len(re.sub(r"[\W\d_]", "", line)) < 12):
        return True
    said.add(shape)
    return False


def _say_what_is_left_out(pages: list[_Page], texts: list[str], reading: Reading) -> None:
    empty = [at for at, text in enumerate(texts, 1) if not text.strip()]
    undecoded = [at for at in empty if pages[at - 1].is_undecoded]
    scanned = [at for at in empty if pages[at - 1].has_image and at not in undecoded]
    blank = [at for at in empty if at not in scanned and at not in undecoded]
    pictures = [at for at, page in enumerate(pages, 1) if page.has_picture and at not in empty]
    for numbers, one, several in (
        (scanned, "holds no text and is probably a scan", "hold no text and are probably scans"),
        (undecoded, "holds text that could not be decoded", "hold text that could not be decoded"),
        (blank, "is blank", "are blank"),
        (pictures, "holds a picture that could not be read", "hold pictures that could not be read"),
    ):
        if numbers:
            said = reading.remarks if numbers is blank else reading.notes
            said.append(f"{_ranges(numbers)} {one if len(numbers) == 1 else several}.")


def _ranges(numbers: list[int]) -> str:
    """'Page 3', 'Pages 2-5 and 8'."""
    runs: list[list[int]] = []
    for one in numbers:
        if runs and one == runs[-1][1] + 1:
            runs[-1][1] = one
        else:
            runs.append([one, one])
    named = [str(low) if low == high else f"{low}-{high}" for low, high in runs[:_MOST_NAMED]]
    more = sum(high - low + 1 for low, high in runs[_MOST_NAMED:])
    return f"Page{'' if len(numbers) == 1 else 's'} {joined([*named, *([f'{more} more'] if more else [])])}"
