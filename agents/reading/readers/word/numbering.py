"""The numbers of lists, which Word keeps as rules and not as text: people ask for "clause 3.2"."""

from typing import TYPE_CHECKING

from agents.reading.packages import attribute, child, local
from agents.reading.readers.word.styles import Styles

if TYPE_CHECKING:
    from lxml.etree import _Element

_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
          (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_Levels = dict[int, tuple[str, str, int]]  # by level: (format, text such as '%1.%2', first number)


class Numbering:
    """Counts along the paragraphs of a document. ``part`` is word/numbering.xml, or None."""

    def __init__(self, part: "_Element | None") -> None:
        self._lists: dict[str, tuple[str, _Levels]] = {}
        self._counted: dict[str, dict[int, int]] = {}
        elements = list(part) if part is not None else []
        abstract = {attribute(one, "abstractNumId"): _levels(one) for one in elements if local(one) == "abstractNum"}
        for one in elements:
            if local(one) == "num":
                base = attribute(reference, "val") if (reference := child(one, "abstractNumId")) is not None else None
                identity = attribute(one, "numId") or ""
                restarts = {
                    int(attribute(override, "ilvl") or 0): int(attribute(start, "val") or 1)
                    for override in one
                    if local(override) == "lvlOverride" and (start := child(override, "startOverride")) is not None
                }
                levels = dict(abstract.get(base, {}))
                for level, first in restarts.items():
                    style, text, _ = levels.get(level, ("decimal", f"%{level + 1}.", 1))
                    levels[level] = (style, text, first)
                # Lists of one abstract list go on counting where another stopped, unless they start anew.
                self._lists[identity] = (identity if restarts else f"abstract {base}", levels)

    def label(self, paragraph: "_Element", styles: Styles) -> str | None:
        """'3.2' or '(a)' in a numbered list, '' for a bullet, None for a paragraph that is in no list."""
        rule = styles.numbering(paragraph)
        if rule is None:
            return None
        values = {local(one): attribute(one, "val") or "0" for one in rule}
        identity, level = values.get("numId", "0"), int(values.get("ilvl", "0"))
        if identity == "0" or identity not in self._lists:
            return None
        key, levels = self._lists[identity]
        style, text, first = levels.get(level, ("decimal", f"%{level + 1}.", 1))
        counted = self._counted.setdefault(key, {})
        counted[level] = counted.get(level, first - 1) + 1
        for deeper in [one for one in counted if one > level]:
            del counted[deeper]
        if style in ("bullet", "none"):
            return ""
        for place in range(9, 0, -1):
            if f"%{place}" in text:
                form, _, start = levels.get(place - 1, ("decimal", "", 1))
                text = text.replace(f"%{place}", _written(counted.get(place - 1, start), form))
        return text.strip()


def _levels(abstract: "_Element") -> _Levels:
    levels: _Levels = {}
    for one in abstract:
        if local(one) == "lvl":
            said = {local(part): attribute(part, "val") or "" for part in one}
            start = said.get("start", "1")
            levels[int(attribute(one, "ilvl") or 0)] = (
                said.get("numFmt", "decimal"), said.get("lvlText", ""), int(start) if start.isdigit() else 1,
            )  # fmt: skip
    return levels


def _written(number: int, form: str) -> str:
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman"):
        written = ""
        for value, sign in _ROMAN:
            times, number = divmod(number, value)
            written += sign * times
        return written.upper() if form == "upperRoman" else written
    return f"{number:02}" if form == "decimalZero" else str(number)
