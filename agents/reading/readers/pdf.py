"""PDF files, a section per page. Running heads and page numbers are dropped, broken lines are joined."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

from agents.errors import AgentError
from agents.reading.sections import Reading, Section

MAX_PAGES = 5000
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’)\]]*$")
_LIST_ITEM = re.compile(r"^(?:[-–•*◦▪]|\d{1,2}[.)])\s")


def read(path: Path, reading: Reading) -> Iterator[Section]:
    """Raises AgentError for a file that is damaged, locked by a password, or only images."""
    try:
        pages = _pages(path, reading)
    except (FileNotDecryptedError, DependencyError):
        raise _locked(reading.name) from None
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, OSError, AssertionError):
        # A damaged PDF makes the parser stumble in many ways; all of them mean the same to its owner.
        raise AgentError(
            "damaged_document",
            f"{reading.name} is not a PDF that can be read: it is damaged, cut short or another kind of file. "
            "Open it in a PDF viewer, save it again and add the new file.",
        ) from None
    running = _running_lines(pages)
    texts = [paragraphs([line for line in page if _shape(line) not in running]) for page in pages]
    if not any(text.strip() for text in texts):
        raise AgentError(
            "no_text",
            f"{reading.name} has no text, only images (a scan). Run text recognition (OCR) over it and add the result.",
        )
    for number, text in enumerate(texts, 1):
        if text:
            yield Section(f"page {number}", text)


def _pages(path: Path, reading: Reading) -> list[list[str]]:
    reader = PdfReader(path)
    if reader.is_encrypted and not reader.decrypt(""):
        raise _locked(reading.name)
    total = len(reader.pages)
    if total == 0:
        raise ValueError("no pages")
    if total > MAX_PAGES:
        raise AgentError("too_many_pages", f"{reading.name} has {total} pages; {MAX_PAGES} is the limit. Split it.")
    pages = []
    for number, page in enumerate(reader.pages, 1):
        pages.append([line for raw in page.extract_text().splitlines() if (line := " ".join(raw.split()))])
        reading.progress(number, total, "page")
    reading.pages = total
    return pages


def _locked(name: str) -> AgentError:
    message = f"{name} is protected by a password. Save a copy without a password and add that."
    return AgentError("encrypted_document", message)


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line.lower())


def _running_lines(pages: list[list[str]]) -> set[str]:
    """Shapes of lines at the edges of most pages: running heads, footers, page numbers."""
    if len(pages) < 3:
        return set()
    edges = Counter(shape for page in pages for shape in {_shape(line) for line in page[:2] + page[-2:]})
    return {shape for shape, count in edges.items() if count > len(pages) * 0.6}


def paragraphs(lines: list[str]) -> str:
    """Join the lines of a page into paragraphs, by line length, punctuation and capitals."""
    if not lines:
        return ""
    lengths = sorted(len(line) for line in lines)
    width = lengths[int(len(lengths) * 0.9)]
    joined = [lines[0]]
    for previous, line in pairwise(lines):
        if _begins_anew(previous, line, width):
            joined.append(line)
        elif re.search(r"[a-z]-$", joined[-1]) and line[0].islower():
            joined[-1] = joined[-1][:-1] + line
        else:
            joined[-1] += " " + line
    return "\n\n".join(joined)


def _begins_anew(previous: str, line: str, width: int) -> bool:
    if _LIST_ITEM.match(line):
        return True
    short = len(previous) < width * 0.85
    if _SENTENCE_END.search(previous):
        return short and not line[0].islower()
    return len(previous) < width * 0.6 and not line[0].islower()
