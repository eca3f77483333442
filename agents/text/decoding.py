"""Bytes to text, whatever wrote them: UTF-8, UTF-16 with or without its mark, Windows-1252, Latin-1."""

import codecs

from agents.errors import AgentError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes, name: str) -> str:
    """The text of a file with line breaks as '\\n'. Raises AgentError for bytes that are no text."""
    return _decode(data, name).replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    head = data[:4096]
    if head.count(0) > len(head) // 4:
        # Latin letters in UTF-16 have a zero in every second byte: the side it stands on is the byte order.
        even, odd = head[::2].count(0), head[1::2].count(0)
        if max(even, odd) > 3 * min(even, odd) + 1:
            return data.decode("utf-16-be" if even > odd else "utf-16-le", errors="replace")
    if 0 in head:
        raise AgentError("not_text", f"{name} is not a text file, whatever its name says. Add it in its own format.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")
