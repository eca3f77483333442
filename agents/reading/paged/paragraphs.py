"""Lines of print as paragraphs: broken lines are joined, and words that were parted at their end."""

import re
from itertools import pairwise

from agents.reading.lines import amount_line, wrapped

_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’)\]]*$")
_LIST_ITEM = re.compile(r"^(?:[-–•*◦▪]|\(?\d{1,2}[.)]|\(?[a-z]\))\s")
_LABELLED = re.compile(r"^[^\W\d_][^.:!?]{0,40}:\s")


def paragraphs(lines: list[str]) -> str:
    """Join the lines of a page into paragraphs, by line length, punctuation and capitals."""
    if not lines:
        return ""
    lengths = sorted(len(line) for line in lines)
    width = lengths[int(len(lengths) * 0.9)]
    joined = [amount_line(lines[0]) or lines[0]]
    for previous, line in pairwise(lines):
        amount = None if previous.endswith(",") else amount_line(line)
        if amount or amount_line(previous):
            joined.append(amount or line)
        elif _begins_anew(previous, line, width):
            joined.append(line)
        else:
            joined[-1] = "".join(wrapped(joined[-1], line))
    return "\n\n".join(joined)


def _begins_anew(previous: str, line: str, width: int) -> bool:
    if re.search(r"[^\W\d_]-$", previous):
        return False
    if _LIST_ITEM.match(line) or _LABELLED.match(line) or previous.endswith(":"):
        return True
    short = len(previous) < width * 0.85
    if _SENTENCE_END.search(previous):
        return short and not line[0].islower()
    return len(previous) < width * 0.6 and not line[0].islower()
