"""Zip packages, which DOCX, XLSX, PPTX and ODT are."""

import io
import zipfile
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MADE = (2026, 1, 5, 9, 0, 0)


def pack(parts: dict[str, str]) -> bytes:
    """``mimetype`` is stored as it is and first, as OpenDocument wants it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in parts.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            head = "" if name == "mimetype" else _HEAD
            archive.writestr(zipfile.ZipInfo(name, _MADE), head + text, method)
    return packed.getvalue()


def content_types(overrides: dict[str, str]) -> str:
    base = "application/vnd.openxmlformats-officedocument"
    lines = "".join(
        f'<Override PartName="/{part}" ContentType="{base}.{kind}+xml"/>' for part, kind in overrides.items()
    )
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{lines}</Types>'
    )


def relations(targets: list[tuple[str, str]]) -> str:
    """Pairs of a type and a target; the n-th has the id rIdn."""
    lines = "".join(
        f'<Relationship Id="rId{at}" Type="{_REL}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets, 1)
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'
    )


def text(value: str) -> str:
    return escape(value, {'"': "&quot;"})
