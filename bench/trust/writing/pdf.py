"""PDF pages as programs print them: lines at places, columns, tables, rotated pages, form fields, and scans."""

import zlib
from collections.abc import Sequence
from io import BytesIO
from textwrap import wrap

from PIL import Image, ImageDraw, ImageFont

_WIDTH, _HEIGHT = 595, 842
_MARGIN = 60


class Page:
    """What is drawn, in the order in which it is drawn. ``rotated`` lies on its side, as wide tables are printed."""

    def __init__(self, *, rotated: bool = False) -> None:
        self.rotated = rotated
        self.fields: list[tuple[str, str, int, int]] = []  # name, value, x, y
        self.image: bytes | None = None
        self.y = (_WIDTH if rotated else _HEIGHT) - _MARGIN
        self._drawn: list[bytes] = []

    @property
    def content(self) -> bytes:
        return b"\n".join(self._drawn)

    def at(self, x: float, y: float, words: str, size: int = 11) -> None:
        shown = words.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        place = f"0 1 -1 0 {_WIDTH - y:.0f} {x:.0f} Tm" if self.rotated else f"1 0 0 1 {x:.0f} {y:.0f} Tm"
        self._drawn.append(f"BT /F1 {size} Tf {place} (".encode() + shown + b") Tj ET")

    def title(self, words: str) -> None:
        self.at(_MARGIN, self.y, words, 16)
        self.y -= 30

    def text(self, words: str, width: int = 82) -> None:
        """A paragraph over the whole width; ``width`` in letters."""
        for line in wrap(words, width):
            self.at(_MARGIN, self.y, line)
            self.y -= 15
        self.y -= 8

    def columns(self, left: Sequence[str], right: Sequence[str]) -> None:
        """Two columns; their lines are drawn in turn, as many programs do."""
        lines = [[line for words in side for line in [*wrap(words, 38), ""]] for side in (left, right)]
        for at in range(max(map(len, lines))):
            for side, x in zip(lines, (_MARGIN, 320), strict=True):
                if at < len(side) and side[at]:
                    self.at(x, self.y, side[at], 10)
            self.y -= 14

    def table(self, rows: Sequence[Sequence[str]], width: int = 0, ruled: bool = True) -> None:
        """``width`` of a column in points."""
        length = (_HEIGHT if self.rotated else _WIDTH) - 2 * _MARGIN
        width = width or length // len(rows[0])
        for row in rows:
            for at, cell in enumerate(row):
                self.at(_MARGIN + at * width, self.y, cell, 10)
            if ruled and not self.rotated:
                self._drawn.append(
                    f"{_MARGIN - 4} {self.y - 5} m {_MARGIN + width * len(row)} {self.y - 5} l S".encode()
                )
            self.y -= 18
        self.y -= 8

    def pair(self, label: str, value: str, gap: int = 180) -> None:
        """A label and, further right, its value."""
        self.at(_MARGIN, self.y, label)
        self.at(_MARGIN + gap, self.y, value)
        self.y -= 18

    def field(self, label: str, name: str, value: str) -> None:
        """A form field that somebody filled in, beside its printed label."""
        self.at(_MARGIN, self.y, label)
        self.fields.append((name, value, _MARGIN + 180, int(self.y) - 4))
        self.y -= 26

    def scan(self, lines: Sequence[str]) -> None:
        """The page becomes a picture of its text."""
        picture = Image.new("L", (_WIDTH, _HEIGHT), 250)
        draw = ImageDraw.Draw(picture)
        font = ImageFont.load_default(14)
        for at, line in enumerate(lines):
            draw.text((_MARGIN, 80 + at * 24), line, fill=30, font=font)
        packed = BytesIO()
        picture.save(packed, "JPEG", quality=70)
        self.image = packed.getvalue()
        self._drawn = [f"q {_WIDTH} 0 0 {_HEIGHT} 0 0 cm /Im1 Do Q".encode()]


def document(pages: Sequence[Page]) -> bytes:
    objects: list[bytes] = [
        b"",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]

    def add(content: bytes) -> int:
        objects.append(content)
        return len(objects)

    def stream(head: str, content: bytes) -> int:
        return add(f"<< {head} /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream")

    kids, fields = [], []
    for page in pages:
        drawn = stream("/Filter /FlateDecode", zlib.compress(page.content))
        extra = ""
        if page.image:
            size = f"/Type /XObject /Subtype /Image /Width {_WIDTH} /Height {_HEIGHT} /ColorSpace /DeviceGray /BitsPerComponent 8"
            extra = f"/XObject << /Im1 {stream(f'{size} /Filter /DCTDecode', page.image)} 0 R >>"
        widgets = []
        for name, value, x, y in page.fields:
            shown = stream(
                "/Type /XObject /Subtype /Form /BBox [0 0 260 18] /Resources << /Font << /F1 3 0 R >> >>",
                b"/Tx BMC BT /F1 11 Tf 2 5 Td (" + _string(value) + b") Tj ET EMC",
            )
            widgets.append(add(
                f"<< /Type /Annot /Subtype /Widget /FT /Tx /Rect [{x} {y} {x + 260} {y + 18}] /F 4 /DA (/F1 11 Tf 0 g) "
                f"/AP << /N {shown} 0 R >> /T (".encode() + _string(name) + b") /V (" + _string(value) + b") >>"
            ))  # fmt: skip
        fields += widgets
        annotations = f"/Annots [{' '.join(f'{one} 0 R' for one in widgets)}]" if widgets else ""
        turned = "/Rotate 90" if page.rotated else ""
        kids.append(add(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] {turned} /Contents {drawn} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> {extra} >> {annotations} >>".encode()
        ))  # fmt: skip
    form = (
        f"/AcroForm << /Fields [{' '.join(f'{one} 0 R' for one in fields)}] /DR << /Font << /F1 3 0 R >> >> >>"
        if fields
        else ""
    )
    objects[0] = f"<< /Type /Catalog /Pages 2 0 R {form} >>".encode()
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(f'{one} 0 R' for one in kids)}] /Count {len(kids)} >>".encode()
    return _file(objects)


def _string(words: str) -> bytes:
    return words.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _file(objects: Sequence[bytes]) -> bytes:
    written, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
    return written + end.encode()
