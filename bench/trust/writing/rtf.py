"""Rich text, as word processors save it: other letters as escapes, tables row by row."""

from collections.abc import Sequence

_HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}}{\colortbl;\red0\green0\blue0;}{\*\generator Writer 1.0;}"
    "\n"
)


def heading(words: str) -> str:
    return rf"{{\pard\s1\b\fs32 {_escape(words)}\b0\par}}" "\n"


def plain(words: str) -> str:
    return rf"{{\pard\fs22 {_escape(words)}\par}}" "\n"


def bullets(lines: Sequence[str]) -> str:
    return "".join(rf"{{\pard\fi-360\li720{{\pntext\'b7\tab}}{_escape(line)}\par}}" "\n" for line in lines)


def table(rows: Sequence[Sequence[str]]) -> str:
    ends = "".join(rf"\cellx{2000 * (at + 1)}" for at in range(len(rows[0])))
    return (
        "".join(
            rf"\trowd{ends} " + "".join(rf"\intbl {_escape(cell)}\cell " for cell in row) + "\\row\n" for row in rows
        )
        + "\\pard\n"
    )


def document(body: Sequence[str]) -> bytes:
    return (_HEAD + "".join(body) + "}").encode("ascii")


def _escape(words: str) -> str:
    escaped = []
    for letter in words:
        if letter in "\\{}":
            escaped.append(f"\\{letter}")
        elif ord(letter) < 128:
            escaped.append(letter)
        elif letter.encode("cp1252", "ignore"):
            escaped.append(rf"\'{letter.encode('cp1252')[0]:02x}")
        else:
            escaped.append(rf"\u{ord(letter)}?")
    return "".join(escaped)
