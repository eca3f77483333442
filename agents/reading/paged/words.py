"""The words of a page with their boxes, turned upright."""

import ctypes
import math
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

_UNDECODED = 0xFFFD
_PRIVATE = range(0xE000, 0xF900)
_SLANT = 0.1  # Quarters of a turn: what is turned by more off the upright is written across the page.
_HYPHEN = 0x02  # pdfium's mark for the hyphen of a word that goes on in the next line.


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
    handle = text_page.raw
    count = pdfium.FPDFText_CountChars(handle)
    box = pdfium.FS_RECTF()
    reference = ctypes.byref(box)
    turned: dict[int, _Gathering] = {}  # By direction of writing.
    slanted = [""]
    undecoded = letters = 0
    for at in range(count):
        code = pdfium.FPDFText_GetUnicode(handle, at)
        if code in (0x20, 0xA0, 0x09, 0x0A, 0x0D):
            for gathering in turned.values():
                gathering.end()
            if slanted[-1]:
                slanted.append("")
            continue
        letters += 1
        if code in (0, _UNDECODED) or code in _PRIVATE:
            undecoded += 1
            continue
        if not pdfium.FPDFText_GetLooseCharBox(handle, at, reference):
            continue
        quarters = pdfium.FPDFText_GetCharAngle(handle, at) / (math.pi / 2)
        quarter = round(quarters) % 4
        if abs(quarters - round(quarters)) > _SLANT:
            slanted[-1] += chr(code)
            continue
        gathering = turned.setdefault(quarter, _Gathering())
        place = upright(box.left, box.bottom, box.right, box.top, quarter)
        gathering.add("-" if code == _HYPHEN else chr(code), place)
    for gathering in turned.values():
        gathering.end()
    quarters = sorted(turned, key=lambda quarter: -sum(len(word.text) for word in turned[quarter].words))
    directions = [words for quarter in quarters if (words := turned[quarter].words)]
    across = [" ".join(filter(None, slanted))] if any(slanted) else []
    return PageWords(directions, across, quarters[0] if quarters else 0, undecoded / letters if letters else 0.0)


def upright(left: float, bottom: float, right: float, top: float, quarter: int) -> Word:
    """A place on the page as seen with the head turned so that letters at ``quarter`` × 90° clockwise stand upright."""
    places = ((left, -top, right, -bottom), (-top, -right, -bottom, -left), (-right, bottom, -left, top),
              (bottom, left, top, right))  # fmt: skip
    return Word("", *places[quarter])


class _Gathering:
    """Letters become words as they come."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self._word: Word | None = None
        self._letter: tuple[str, float] = ("", 0.0)  # The last one, and where it begins.

    def add(self, letter: str, place: Word) -> None:
        word, x0, x1, size = self._word, place.x0, place.x1, place.size
        if word is not None and abs(word.middle - place.middle) <= 0.5 * max(size, word.size):
            if letter == self._letter[0] and abs(self._letter[1] - x0) < 0.05 * size:
                return  # Drawn twice, to look bold.
            if -0.5 * size <= x0 - word.x1 <= 0.2 * size:
                word.text += letter
                word.x1, word.y0, word.y1 = max(word.x1, x1), min(word.y0, place.y0), max(word.y1, place.y1)
                self._letter = (letter, x0)
                return
        self.end()
        place.text = letter
        self._word, self._letter = place, (letter, x0)

    def end(self) -> None:
        if self._word is not None:
            self.words.append(self._word)
        self._word = None
