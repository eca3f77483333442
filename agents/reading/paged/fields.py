"""The fields of a form: what somebody filled in is not part of a page's text."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from agents.reading.paged.words import Word

_TEXTS = (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)
_BOXES = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)


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


def _string(function: Callable[..., int], form: Any, annotation: Any) -> str:
    size = function(form, annotation, None, 0)  # In bytes of UTF-16 with a NUL at its end.
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    function(form, annotation, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", errors="replace").strip()
