"""Bytes to text, whatever wrote them: UTF-8, UTF-16 with or without its mark, Windows, ISO and Macintosh encodings."""

import codecs
import re

from agents.errors import AgentError
from agents.text.folding import folded

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# First bytes of files that are no text, however much of it is inside.
_OTHER_FORMATS = (b"%PDF-", b"PK\x03\x04", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")
# Control characters that no text is written with. Tab, line feed, form feed, vertical tab, return, escape and the end
# of file of old systems may stand in one.
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]")
_MOST_CONTROLS = 0.02
_MOST_NULS = 0.1
_HEAD = 64 * 1024
_NOT_WESTERN = re.compile(rb"[\x80-\x9f\xa1-\xa6\xa8\xac-\xaf\xb1-\xb3\xb6\xb8-\xbe]")
_PUNCTUATION_OF_WINDOWS = frozenset(b"\x80\x84\x85\x91\x92\x93\x94\x95\x96\x97\x99\xa7\xab\xb0\xb2\xb4\xb5\xb7\xbb")
_LIKELY = (
    "cp1252", "mac_roman", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "iso8859_2", "koi8_r", "cp850", "cp866",
    "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr",
)  # fmt: skip


def decode(data: bytes, name: str) -> str:
    """The text of a file with line breaks as '\\n', plain letters and no NUL. Raises AgentError for what is no text."""
    return folded(_decode(data, name).replace("\r\n", "\n").replace("\r", "\n").replace("\0", ""))


def _decode(data: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    head = data[:_HEAD]
    if head.count(0) > len(head) // 4:
        # Latin letters in UTF-16 have a zero in every second byte: the side it stands on is the byte order.
        even, odd = head[::2].count(0), head[1::2].count(0)
        if max(even, odd) > 3 * min(even, odd) + 1:
            return data.decode("utf-16-be" if even > odd else "utf-16-le", errors="replace")
    if 0 in head and len(head) >= 32 and (two_bytes := _two_bytes(head)):
        return data.decode(two_bytes, errors="replace")
    # Stray NULs come out of faulty exports. A file of another kind is full of such characters of several kinds.
    controls = _CONTROLS.findall(head)
    most = _MOST_NULS if set(controls) == {b"\0"} else _MOST_CONTROLS
    if head.startswith(_OTHER_FORMATS) or len(controls) > max(2, most * len(head)):
        raise AgentError("not_text", f"{name} is not a text file, whatever its name says. Add it in its own format.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_eight_bit(data), errors="replace")


def _two_bytes(head: bytes) -> str | None:
    """UTF-16 of letters beyond Latin: one side of the pairs has few different values, and all of it can be printed."""
    head = head[: len(head) // 2 * 2]
    for encoding, high in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if len(set(high)) <= 6 and _is(head, encoding):
            text = head.decode(encoding)
            if " " in text and all(letter.isprintable() or letter.isspace() for letter in text):
                return encoding
    return None


def _eight_bit(data: bytes) -> str:
    """The likeliest encoding of bytes that are no UTF-8."""
    high = bytes(byte for byte in data[: 16 * _HEAD] if byte > 0x7F)
    odd = [byte for byte in _NOT_WESTERN.findall(high) if byte[0] not in _PUNCTUATION_OF_WINDOWS]
    # Western European text has few letters beyond ASCII, and hardly anything but letters and quotation marks there.
    if len(high) * 4 <= len(data[: 16 * _HEAD]) and len(odd) * 10 <= len(high):
        return "cp1252" if _is(data, "cp1252") else "latin-1"
    from charset_normalizer import from_bytes  # Slow to import and seldom needed.

    best = from_bytes(data[:_HEAD], cp_isolation=list(_LIKELY)).best()
    if best is not None and _is(data, best.encoding):
        return best.encoding
    return "cp1252" if _is(data, "cp1252") else "latin-1"


def _is(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
