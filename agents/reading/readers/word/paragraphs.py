"""The text of a paragraph: everything a reader of the printed page sees in it, and nothing else."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.reading.packages import attribute, child, local

if TYPE_CHECKING:
    from lxml.etree import _Element

# Tracked changes that take text away, properties, alternatives to what was taken.
_LEFT_OUT = {
    "del", "moveFrom", "delText", "instrText", "delInstrText", "rPr", "pPr", "sdtPr", "sdtEndPr", "Fallback", "rt",
    "annotationRef", "tbl",
}  # fmt: skip
_WRITTEN = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_SYMBOLS = {"F0FE": "☒", "F0FD": "☒", "F052": "☑", "F0FC": "✓", "F0A8": "☐", "F06F": "☐", "F0A3": "☐", "F0B7": "•"}


@dataclass(frozen=True, slots=True)
class Inline:
    """``notes`` are ('footnote' or 'endnote', id), ``boxes`` the contents of text boxes anchored in the paragraph."""

    text: str
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list["_Element"] = field(default_factory=list)


class Paragraphs:
    """Reads paragraphs in the order of the document: a field may begin in one and end in another."""

    def __init__(self) -> None:
        self.hidden = False
        self.pictures = 0
        self.objects = 0
        self._fields: list[str] = []  # For each open field whether its 'instruction' or its 'result' is being read.

    def inline(self, paragraph: "_Element") -> Inline:
        pieces: list[str] = []
        inline = Inline("")
        self._walk(paragraph, pieces, inline)
        return Inline("".join(pieces), inline.notes, inline.boxes)

    def _walk(self, parent: "_Element", pieces: list[str], inline: Inline) -> None:
        for element in parent:
            kind = local(element)
            if kind in _LEFT_OUT and not (kind == "Fallback" and not _says_anything(parent)):
                continue
            if kind == "r" and _is_hidden(element):
                self.hidden = True
            elif kind == "sdt" and child(element, "sdtPr", "showingPlcHdr") is not None:
                continue  # "Click here to enter text."
            elif kind == "fldChar":
                self._field(element, pieces)
            elif kind == "txbxContent":
                inline.boxes.append(element)
            elif kind in ("footnoteReference", "endnoteReference"):
                inline.notes.append((kind.removesuffix("Reference"), attribute(element, "id") or ""))
            else:
                self._count(element, kind)
                if "instruction" not in self._fields:
                    pieces.append(_written(element, kind))
                self._walk(element, pieces, inline)

    def _field(self, element: "_Element", pieces: list[str]) -> None:
        step = attribute(element, "fldCharType")
        if step == "begin":
            self._fields.append("instruction")
            box = child(element, "ffData", "checkBox")
            if box is not None:
                pieces.append("☒" if _is_checked(box) else "☐")
        elif step == "separate" and self._fields:
            self._fields[-1] = "result"
        elif step == "end" and self._fields:
            self._fields.pop()

    def _count(self, element: "_Element", kind: str) -> None:
        if kind in ("blip", "imagedata"):
            self.pictures += 1
        elif kind in ("OLEObject", "chart", "relIds"):
            self.objects += 1


def _written(element: "_Element", kind: str) -> str:
    if kind == "t":
        return element.text or ""
    if kind == "sym":
        return _SYMBOLS.get((attribute(element, "char") or "").upper(), "")
    return _WRITTEN.get(kind, "")


def _is_hidden(run: "_Element") -> bool:
    hidden = child(run, "rPr", "vanish")
    return hidden is not None and attribute(hidden, "val") not in ("0", "false", "off")


def _is_checked(box: "_Element") -> bool:
    """What the person chose, else the default."""
    for name in ("checked", "default"):
        found = child(box, name)
        if found is not None:
            return attribute(found, "val") not in ("0", "false", "off")
    return False


def _says_anything(alternatives: "_Element") -> bool:
    """Whether the first choice of an AlternateContent holds text or a picture, so that its fallback would repeat it."""
    choice = child(alternatives, "Choice")
    return choice is not None and any(local(one) in ("t", "blip", "txbxContent") for one in choice.iter("{*}*"))
