"""What somebody filled in or wrote onto a page with a viewer, which is not part of the page's text."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from agents.reading.paged.words import Word

_TEXTS = (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)
_BOXES = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
_REMARKS = (
    pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_HIGHLIGHT, pdfium.FPDF_ANNOT_UNDERLINE, pdfium.FPDF_ANNOT_SQUIGGLY,
    pdfium.FPDF_ANNOT_STRIKEOUT, pdfium.FPDF_ANNOT_STAMP, pdfium.FPDF_ANNOT_CARET, pdfium.FPDF_ANNOT_INK,
    pdfium.FPDF_ANNOT_SQUARE, pdfium.FPDF_ANNOT_CIRCLE, pdfium.FPDF_ANNOT_LINE, pdfium.FPDF_ANNOT_POLYGON,
)  # fmt: skip
_UNSEEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW


@dataclass(frozen=True, slots=True)
class FormField:
    """``box`` holds the value as a word at its place on the page; ``label`` is the form's own name for people."""

    box: Word
    label: str
    is_choice: bool
    chosen: bool = False


def fields_of(form: Any, page: Any, upright: Callable[[float, float, float, float], Word]) -> list[FormField]:
    """The filled fields of a page, by raw handles. ``upright`` turns a box: left, bottom, right, top."""
    found = []
    for at in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, at)
        try:
            field = _field(form, annotation, upright)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
        if field is not None:
            found.append(field)
    return found


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody put onto a page with a viewer: text at its place, and comments on what is there."""

    texts: list[Word]
    comments: list[str]


def written_on(page: Any, upright: Callable[[float, float, float, float], Word]) -> Written:
    """``page`` is a raw handle. ``upright`` turns a box: left, bottom, right, top."""
    found = Written([], [])
    for at in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, at)
        try:
            _take(annotation, found, upright)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return found


def _take(annotation: Any, found: Written, upright: Callable[[float, float, float, float], Word]) -> None:
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    box = pdfium.FS_RECTF()
    if kind not in (pdfium.FPDF_ANNOT_FREETEXT, *_REMARKS) or pdfium.FPDFAnnot_GetFlags(annotation) & _UNSEEN:
        return
    text = " ".join(_string(pdfium.FPDFAnnot_GetStringValue, annotation, b"Contents").split())
    if not text:
        return
    if kind == pdfium.FPDF_ANNOT_FREETEXT and pdfium.FPDFAnnot_GetRect(annotation, ctypes.byref(box)):
        word = upright(box.left, box.bottom, box.right, box.top)
        word.text = text
        found.texts.append(word)
    else:
        author = _string(pdfium.FPDFAnnot_GetStringValue, annotation, b"T")
        found.comments.append(f"Comment by {author or 'somebody'}: {text}")


def _field(form: Any, annotation: Any, upright: Callable[[float, float, float, float], Word]) -> FormField | None:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    box = pdfium.FS_RECTF()
    if kind not in (*_TEXTS, *_BOXES) or not pdfium.FPDFAnnot_GetRect(annotation, ctypes.byref(box)):
        return None
    word = upright(box.left, box.bottom, box.right, box.top)
    label = _string(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    if kind in _BOXES:
        chosen = bool(pdfium.FPDFAnnot_IsChecked(form, annotation))
        word.text = "☒" if chosen else "☐"
        return FormField(word, label, True, chosen)
    value = " ".join(_string(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation).split())
    if not value:
        return None
    word.text = value
    return FormField(word, label, False)


def _string(function: Callable[..., int], *of: Any) -> str:
    size = function(*of, None, 0)  # In bytes of UTF-16 with a NUL at its end.
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    function(*of, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", errors="replace").strip()
