"""The text of a paragraph: everything a reader of the printed page sees in it, and nothing else."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.reading.packages import attribute, child, local
from agents.reading.readers.word.styles import Styles, is_set

if TYPE_CHECKING:
    from lxml.etree import _Element

# Tracked changes that take text away, properties, alternatives to what was taken.
_LEFT_OUT = {
    "del", "moveFrom", "delText", "instrText", "delInstrText", "rPr", "pPr", "sdtPr", "sdtEndPr", "Fallback", "rt",
    "annotationRef", "tbl",
}  # fmt: skip
_WRITTEN = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_SYMBOLS = {"F0FE": "☒", "F0FD": "☒", "F052": "☑", "F0FC": "✓", "F0A8": "☐", "F06F": "☐", "F0A3": "☐", "F0B7": "•"}

# What the font Symbol draws.
_GREEK = {
    "F02D": "−", "F044": "Δ", "F053": "Σ", "F057": "Ω", "F061": "α", "F062": "β", "F067": "γ", "F06C": "λ", "F06D": "µ",
    "F070": "π", "F073": "σ", "F0A3": "≤", "F0A5": "∞", "F0AE": "→", "F0B0": "°", "F0B1": "±", "F0B3": "≥", "F0B4": "×",
    "F0B7": "•", "F0B8": "÷", "F0B9": "≠", "F0BB": "≈", "F0D6": "√", "F0D7": "·",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inline:
    """``notes`` are ('footnote' or 'endnote', id), ``boxes`` the contents of text boxes anchored in the paragraph."""

    text: str
    notes: list[tuple[str, str]] = field(default_factory=list)
    boxes: list["_Element"] = field(default_factory=list)


class Paragraphs:
    """Reads paragraphs in the order of the document: a field may begin in one and end in another."""

    def __init__(self, styles: Styles) -> None:
        self.hidden = self.struck = False
        self._styles = styles
        self.pictures = 0
        self.objects = 0
        self._fields: list[str] = []  # For each open field whether its 'instruction' or its 'result' is being read.

    def inline(self, paragraph: "_Element") -> Inline:
        pieces: list[str] = []
        inline = Inline("")
        self._walk(paragraph, paragraph, pieces, inline)
        return Inline("".join(pieces), inline.notes, inline.boxes)

    def _walk(self, parent: "_Element", paragraph: "_Element", pieces: list[str], inline: Inline) -> None:
        for element in parent:
            kind = local(element)
            if kind in _LEFT_OUT and not (kind == "Fallback" and not _says_anything(parent)):
                continue
            if kind == "r" and self._is_left_out(element, paragraph):
                self._follow_fields(element)
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
                self._walk(element, paragraph, pieces, inline)

    def _is_left_out(self, run: "_Element", paragraph: "_Element") -> bool:
        """Whether nobody is to read a run because it is hidden, or it is struck through and no longer holds."""
        if self._styles.is_on("vanish", run, paragraph):
            self.hidden = self.hidden or _holds_text(run)
            return True
        if any(self._styles.is_on(switch, run, paragraph) for switch in ("strike", "dstrike")):
            self.struck = self.struck or _holds_text(run)
            return True
        return False

    def _follow_fields(self, run: "_Element") -> None:
        """A field may begin in a run that is left out and end in one that is not."""
        for element in run:
            if local(element) == "fldChar":
                self._field(element, [])

    def _field(self, element: "_Element", pieces: list[str]) -> None:
        step = attribute(element, "fldCharType")
        if step == "begin":
            self._fields.append("instruction")
            pieces.append(_filled_in(element))
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
        drawn = _GREEK if attribute(element, "font") == "Symbol" else _SYMBOLS
        return drawn.get((attribute(element, "char") or "").upper(), "")
    return _WRITTEN.get(kind, "")


def _holds_text(run: "_Element") -> bool:
    return any(local(one) == "t" and (one.text or "").strip() for one in run)


def _filled_in(begin: "_Element") -> str:
    """What somebody chose in a form field that holds its value itself."""
    if (box := child(begin, "ffData", "checkBox")) is not None:
        return "☒" if _is_checked(box) else "☐"
    if (choice := child(begin, "ffData", "ddList")) is not None:
        entries = [attribute(one, "val") or "" for one in choice if local(one) == "listEntry"]
        chosen = next((one for name in ("result", "default") if (one := child(choice, name)) is not None), None)
        at = int(attribute(chosen, "val") or 0) if chosen is not None else 0
        return entries[at] if at < len(entries) else ""
    return ""


def _is_checked(box: "_Element") -> bool:
    """What the person chose, else the default."""
    for name in ("checked", "default"):
        found = child(box, name)
        if found is not None:
            return is_set(found)
    return False


def _says_anything(alternatives: "_Element") -> bool:
    """Whether the first choice of an AlternateContent holds text or a picture, so that its fallback would repeat it."""
    choice = child(alternatives, "Choice")
    return choice is not None and any(local(one) in ("t", "blip", "txbxContent") for one in choice.iter("{*}*"))
