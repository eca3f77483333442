"""The words of a page with their boxes, turned upright."""

import ctypes
import math
import re
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

_SLANT = 0.1  # Quarters of a turn: what is turned by more off the upright is written across the page.
# pdfium's marks, by its two functions, for the hyphen of a word that goes on in the next line.
_HYPHEN = re.compile("[\x02\ufffe]")
# Letters up to a space. pdfium itself puts a space or a line break where letters stand apart.
_RUN = re.compile("[^\\s\x02\ufffe]+[\x02\ufffe]?")
_UNDECODED = re.compile("[\0\ufffd\uffff\ue000-\uf8ff]")
_WIDEST = 1.3  # Heights of a letter: no letter is as wide, so that a run of wider ones has gaps.


@dataclass(slots=True)
class Word:
    """A word in points: x grows to the right, y downwards, as its reader sees it."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def size(self) -> float:
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


@dataclass(slots=True)
class PageWords:
    """The words of a page, a list for each direction of writing, the one with most letters first."""

    directions: list[list[Word]]
    slanted: list[str]  # What is written across the page, as watermarks are.
    quarter: int  # How far the first direction is turned clockwise, in quarters.
    undecoded: float  # The share of letters whose font does not say what they are.


def words_of(text_page: Any) -> PageWords:
    """``text_page`` is a pypdfium2 PdfTextPage."""
    handle, angle = text_page.raw, pdfium.FPDFText_GetCharAngle
    text = _letters(handle)
    boxes = _Boxes(handle)
    turned: dict[int, list[Word]] = {}  # By direction of writing.
    slanted: list[str] = []
    for match in _RUN.finditer(text):
        quarters = angle(handle, match.start()) / (math.pi / 2)
        run = match.group()
        if not run.isalnum():
            run = _HYPHEN.sub("-", _UNDECODED.sub("", run))
        if not run:
            continue
        if abs(quarters - round(quarters)) > _SLANT:
            slanted.append(run)
            continue
        quarter = round(quarters) % 4
        words = turned.setdefault(quarter, [])
        first, last = boxes.upright(match.start(), quarter), boxes.upright(match.end() - 1, quarter)
        word = Word(run, first.x0, min(first.y0, last.y0), last.x1, max(first.y1, last.y1))
        if 0 < word.x1 - word.x0 < _WIDEST * len(run) * first.size and abs(last.middle - first.middle) < first.size:
            words.append(word)
        else:
            words += boxes.words(text, match.start(), match.end(), quarter)
    undecoded = len(_UNDECODED.findall(text)) / len(text) if text else 0.0
    quarters_by_size = sorted(turned, key=lambda quarter: -sum(len(word.text) for word in turned[quarter]))
    directions = [turned[quarter] for quarter in quarters_by_size]
    across = [" ".join(slanted)] if slanted else []
    return PageWords(directions, across, quarters_by_size[0] if directions else 0, undecoded)


def _letters(handle: Any) -> str:
    """The letters of a page, one for each of pdfium's, so that a letter's place is its number."""
    count = pdfium.FPDFText_CountChars(handle)
    buffer = ctypes.create_string_buffer(2 * (count + 1))
    written = pdfium.FPDFText_GetText(handle, 0, count, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)))
    text = buffer.raw[: 2 * max(written - 1, 0)].decode("utf-16-le", errors="replace")
    if len(text) == count:
        return text
    # Letters that its fonts do not explain, or beyond 16 bits: one by one.
    return "".join(chr(pdfium.FPDFText_GetUnicode(handle, at)) for at in range(count))


def upright(left: float, bottom: float, right: float, top: float, quarter: int) -> Word:
    """A place on the page as seen with the head turned so that letters at ``quarter`` × 90° clockwise stand upright."""
    places = ((left, -top, right, -bottom), (-top, -right, -bottom, -left), (-right, bottom, -left, top),
              (bottom, left, top, right))  # fmt: skip
    return Word("", *places[quarter])


class _Boxes:
    """The boxes of the letters of a page."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._box = pdfium.FS_RECTF()
        self._reference = ctypes.byref(self._box)
        self._read = pdfium.FPDFText_GetLooseCharBox

    def upright(self, at: int, quarter: int) -> Word:
        box = self._box
        self._read(self._handle, at, self._reference)
        if not quarter:  # As most letters are.
            return Word("", box.left, -box.top, box.right, -box.bottom)
        return upright(box.left, box.bottom, box.right, box.top, quarter)

    def words(self, text: str, begin: int, end: int, quarter: int) -> list[Word]:
        """A run of letters that do not all follow each other, as words of those that do."""
        found: list[Word] = []
        for at in range(begin, end):
            place = self.upright(at, quarter)
            place.text = _HYPHEN.sub("-", text[at])
            last = found[-1] if found else None
            near = last is not None and -0.5 * place.size <= place.x0 - last.x1 <= 0.2 * place.size
            if last is not None and near and abs(last.middle - place.middle) <= 0.5 * place.size:
                last.text += place.text
                last.x1, last.y0, last.y1 = max(last.x1, place.x1), min(last.y0, place.y0), max(last.y1, place.y1)
            else:
                found.append(place)
        return found
