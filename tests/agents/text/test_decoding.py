"""Text in every usual encoding, and what is none."""

import os

import pytest

from agents.errors import AgentError
from agents.text.decoding import decode

TEXTS = {
    "german": (
        "Die Fähre fährt über den Sund. Größe: 12 m². „Guten Tag“.",
        "cp1252 latin-1 mac_roman utf-16-le utf-16-be",
    ),
    "french": ("Ça coûte 3 couronnes, à l’été. Préavis de résiliation.", "cp1252 mac_roman utf-8-sig utf-16 utf-32"),
    "polish": ("Zażółć gęślą jaźń. Umowa obowiązuje do końca roku.", "cp1250"),
    "russian": ("Договор действует до конца года. Паром построен в Бергене.", "cp1251 koi8_r utf-16-le utf-16-be"),
    "japanese": ("契約は年末まで有効です。フェリーはベルゲンで建造されました。", "shift_jis euc_jp"),
}


@pytest.mark.parametrize(
    ("text", "encoding"), [(text, encoding) for text, encodings in TEXTS.values() for encoding in encodings.split()]
)
def test_encodings_are_told_apart(text: str, encoding: str) -> None:
    written = text.encode(encoding, errors="ignore")
    assert decode(written * 3 if "utf" not in encoding else written, "a.txt") == written.decode(encoding) * (
        3 if "utf" not in encoding else 1
    )


def test_line_breaks_are_the_same_and_nul_is_nothing() -> None:
    assert decode(b"one\r\ntwo\rthr\0ee\n", "a.txt") == "one\ntwo\nthree\n"


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.7 text", b"PK\x03\x04" + b"a" * 500, os.urandom(3000), b"\0\1\2\3" * 50, b"\x89PNG\r\n" + b"a" * 99],
)
def test_other_files_are_no_text(data: bytes) -> None:
    with pytest.raises(AgentError) as refused:
        decode(data, "a.txt")
    assert refused.value.code == "not_text"
