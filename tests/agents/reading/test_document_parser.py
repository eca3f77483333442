"""Good and hostile files, read by the real child process."""

import asyncio
import io
import json
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from pypdf import PdfReader, PdfWriter

from agents.errors import AgentError
from agents.reading import document_parser
from agents.reading.document_parser import ParsedDocument, find_tables, parse
from agents.sample import sample_files
from agents.sandbox import child_process

pytestmark = pytest.mark.anyio

PDF = next(path for path in sample_files() if path.suffix == ".pdf")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "document"


def put(path: Path, content: bytes | str) -> None:
    path.write_bytes(content.encode() if isinstance(content, str) else content)


async def read(path: Path, name: str, content: bytes | str, **limits: float) -> ParsedDocument:
    put(path, content)
    return await parse(path, name, **limits)  # type: ignore[arg-type]


async def refusal(path: Path, name: str, content: bytes | str, **limits: float) -> AgentError:
    with pytest.raises(AgentError) as refused:
        await read(path, name, content, **limits)
    assert name in refused.value.message
    return refused.value


def texts(parsed: ParsedDocument) -> str:
    return "\n".join(text for _, text in parsed.passages)


def words(count: int) -> str:
    return " ".join(f"Sentence number {n} tells of the harbour and the ferry." for n in range(count))


def pdf_of_one_stream(pages: int) -> bytes:
    """Whose pages all show what one stream says: small as a file, large when it is read."""
    lines = "".join(f"({sentence}) ' " for sentence in re.findall(r"[^.]+\.", words(15)))
    content = f"BT /F 9 Tf 12 TL 50 750 Td {lines}ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, b" ".join(b"%d 0 R" % (5 + n) for n in range(pages))),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Length %d >> stream\n%s\nendstream" % (len(content), content),
        *[
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
            b"/Resources << /Font << /F 3 0 R >> >> >>"
        ] * pages,
    ]  # fmt: skip
    trailer = b"\ntrailer << /Root 1 0 R /Size %d >>\n%%%%EOF" % (len(objects) + 1)
    return b"%PDF-1.4\n" + b"\n".join(b"%d 0 obj %s endobj" % numbered for numbered in enumerate(objects, 1)) + trailer


class TestPdf:
    async def test_pages_are_references_and_progress_is_told(self, path: Path) -> None:
        told: list[tuple[str, float]] = []
        put(path, PDF.read_bytes())
        parsed = await parse(path, PDF.name, on_progress=lambda details, progress: told.append((details, progress)))
        assert parsed.pages == 4
        assert {reference for reference, _ in parsed.passages} == {f"page {n}" for n in range(1, 5)}
        assert told[-1] == ("Page 4 of 4", 1.0)
        assert [progress for _, progress in told] == sorted(progress for _, progress in told)

    async def test_lines_are_joined_and_running_heads_told_once(self, path: Path) -> None:
        parsed = await read(path, PDF.name, PDF.read_bytes())
        text = texts(parsed)
        assert "It was taken out and rebuilt by Marit Aune at the Holmsund yard between 2 and 27 April 1930." in text
        assert "Page 3 of 4" not in text
        assert text.count("Harbour log of Skerry Sound, 1924-1931") == 1

    async def test_a_password_is_named(self, path: Path) -> None:
        writer = PdfWriter(clone_from=PdfReader(PDF))
        writer.encrypt("secret", algorithm="AES-256")
        locked = io.BytesIO()
        writer.write(locked)
        error = await refusal(path, "locked.pdf", locked.getvalue())
        assert error.code == "encrypted_document"
        assert "password" in error.message

    async def test_a_pdf_that_only_forbids_changes_is_read(self, path: Path) -> None:
        writer = PdfWriter(clone_from=PdfReader(PDF))
        writer.encrypt("", "owner", algorithm="AES-256")
        locked = io.BytesIO()
        writer.write(locked)
        assert (await read(path, "a.pdf", locked.getvalue())).pages == 4

    @pytest.mark.parametrize(
        "content",
        [
            PDF.read_bytes()[:1500],
            b"%PDF-1.7\n",
            b"not a pdf at all",
            os.urandom(5000),
            b"%PDF-1.4\n" + os.urandom(5000),
        ],
        ids=["cut short", "only a head", "text", "noise", "noise with a head"],
    )
    async def test_a_damaged_file_is_refused_in_plain_words(self, path: Path, content: bytes) -> None:
        assert (await refusal(path, "broken.pdf", content)).code == "damaged_document"

    async def test_a_scan_is_told_to_need_text_recognition(self, path: Path) -> None:
        writer = PdfWriter()
        writer.add_blank_page(200, 200)
        scan = io.BytesIO()
        writer.write(scan)
        error = await refusal(path, "scan.pdf", scan.getvalue())
        assert error.code == "no_text"
        assert "OCR" in error.message


class TestDocx:
    async def test_headings_are_references_and_tables_are_lines(self, path: Path) -> None:
        file = next(one for one in sample_files() if one.suffix == ".docx")
        parsed = await read(path, file.name, file.read_bytes())
        found = dict(parsed.passages)
        assert "the Solveig may carry at most 84 passengers" in found["section “Passengers”"]
        assert "Equipment: Life jackets; Number: 130; Inspected: 18 October 1928" in found["section “Equipment”"]

    async def test_a_bomb_is_not_unpacked(self, path: Path) -> None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            with archive.open("word/document.xml", "w", force_zip64=True) as member:
                for _ in range(400):
                    member.write(bytes(1024 * 1024))
        assert len(file.getvalue()) < 1_000_000
        assert (await refusal(path, "bomb.docx", file.getvalue())).code == "document_bomb"

    async def test_a_bomb_that_lies_about_its_size_is_not_believed(self, path: Path) -> None:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("word/document.xml", bytes(300 * 1024 * 1024))
        real = (300 * 1024 * 1024).to_bytes(4, "little")
        lying = file.getvalue().replace(real, (1000).to_bytes(4, "little"))
        assert lying != file.getvalue()
        assert (await refusal(path, "bomb.docx", lying)).code in ("document_bomb", "damaged_document")

    async def test_entities_are_not_expanded(self, path: Path, tmp_path: Path) -> None:
        plain = io.BytesIO()
        docx.Document().save(plain)
        levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
        body = (
            f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e0 "lol">{levels}]>'
            '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            "<w:body><w:p><w:r><w:t>&e9;</w:t></w:r></w:p></w:body></w:document>"
        )
        hostile = io.BytesIO()
        with zipfile.ZipFile(plain) as source, zipfile.ZipFile(hostile, "w") as target:
            for member in source.infolist():
                data = body.encode() if member.filename == "word/document.xml" else source.read(member)
                target.writestr(member, data)
        assert (await refusal(path, "laughs.docx", hostile.getvalue())).code in ("no_text", "damaged_document")

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "encrypted_document"),
            (b"PK\x03\x04 broken", "damaged_document"),
            (b"plain text", "damaged_document"),
        ],
    )
    async def test_what_is_no_docx_is_refused_in_plain_words(self, path: Path, content: bytes, code: str) -> None:
        assert (await refusal(path, "a.docx", content)).code == code


class TestText:
    async def test_lines_are_references(self, path: Path) -> None:
        parsed = await read(path, "a.txt", f"First.\n\n{words(14)}\n\nLast words.\n")
        assert parsed.passages[0][0] == "line 1"
        assert parsed.passages[-1] == ("line 5", "Last words.")

    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"]
    )
    async def test_every_usual_encoding_is_understood(self, path: Path, encoding: str) -> None:
        text = "Die Fähre fährt über den Sund. Ça coûte 3 couronnes, señor."
        assert texts(await read(path, "a.txt", text.encode(encoding))) == text

    async def test_bytes_that_are_no_text_are_refused(self, path: Path) -> None:
        assert (await refusal(path, "a.txt", PDF.read_bytes()[:50] + bytes(10) + os.urandom(500))).code == "not_text"

    @pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.csv", "a.pdf", "a.docx"])
    async def test_an_empty_file_is_refused(self, path: Path, name: str) -> None:
        assert (await refusal(path, name, b"")).code == "empty_document"

    @pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.csv"])
    async def test_blanks_are_no_text(self, path: Path, name: str) -> None:
        assert (await refusal(path, name, b" \n\n \t \n")).code == "no_text"

    async def test_passages_keep_whole_sentences(self, path: Path) -> None:
        parsed = await read(path, "a.txt", words(200))
        assert all(500 <= len(text) <= 900 for _, text in parsed.passages[:-1])
        assert all(text.startswith("Sentence") and text.endswith(".") for _, text in parsed.passages)
        assert " ".join(text for _, text in parsed.passages) == words(200)

    async def test_text_without_any_border_is_cut_by_length(self, path: Path) -> None:
        parsed = await read(path, "a.txt", "x" * 5000)
        assert max(len(text) for _, text in parsed.passages) <= 900
        assert "".join(text for _, text in parsed.passages) == "x" * 5000


class TestMarkdown:
    async def test_headings_lists_tables_and_code(self, path: Path) -> None:
        parsed = await read(
            path,
            "a.md",
            "Before.\n\n# Fares *and* `times`\n\nAdults [pay](http://x) **4** crowns\nfor a crossing.\n- one\n- two\n\n"
            "| A | B |\n|---|--:|\n| 1 | 2 |\n\n```\n# no heading\n```\n\nOld style\n=========\nLast.",
        )
        assert parsed.passages == [
            ("beginning", "Before."),
            (
                "section “Fares and times”",
                "Fares and times\n\nAdults pay 4 crowns for a crossing.\n- one\n- two\n\nA: 1; B: 2\n\n# no heading",
            ),
            ("section “Old style”", "Old style\n\nLast."),
        ]


class TestHtml:
    async def test_scripts_and_navigation_are_dropped(self, path: Path) -> None:
        parsed = await read(
            path,
            "a.html",
            "<html><head><title>T</title><style>p{}</style></head><body><nav>Menu</nav><script>alert(1)</script>"
            "<h1>Fares</h1><p>Adults pay <b>4</b> crowns.</p><ul><li>one<li>two</ul>"
            "<table><tr><th>A<th>B<tr><td>1<td>2</table></body></html>",
        )
        assert parsed.passages == [
            ("section “Fares”", "Fares\n\nAdults pay 4 crowns.\n\n- one\n- two\n\nA: 1; B: 2"),
        ]

    async def test_deep_nesting_does_no_harm(self, path: Path) -> None:
        parsed = await read(path, "a.html", "<div>" * 300_000 + "Deep." + "</div>" * 300_000 + "<p>After.")
        assert texts(parsed) == "Deep.\n\nAfter."


class TestHalvesOfCharacters:
    async def test_they_are_read_as_unknown_characters(self, path: Path) -> None:
        parsed = await read(path, "a.json", r'{"note": "ready \ud83d\ude00, cut \ud83d off"}')
        assert texts(parsed) == "note: ready 😀, cut \ufffd off"

    async def test_also_in_tables(self, path: Path) -> None:
        put(path, r'[{"a\ud83d": "b\ud83d"}, {"a\ud83d": "c"}]')
        [table] = await find_tables(path, "a.json")
        assert (table.columns, table.rows) == (["a\ufffd"], [["b\ufffd"], ["c"]])


class TestLimits:
    async def test_what_takes_too_long_is_stopped(self, path: Path) -> None:
        error = await refusal(path, "a.txt", words(10), seconds=0.001)
        assert error.code == "took_too_long"

    async def test_what_needs_too_much_memory_is_stopped(self, path: Path) -> None:
        error = await refusal(path, "a.txt", b"word " * 40_000_000, memory_mb=192)
        assert error.code == "too_much_memory"

    async def test_what_becomes_too_large_is_stopped(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(child_process, "MOST_ANSWERED", 200_000)
        error = await refusal(path, "a.pdf", pdf_of_one_stream(pages=400))
        assert error.code == "too_large"
        assert "Split it into smaller files." in error.message
        assert len(texts(await read(path, "a.pdf", pdf_of_one_stream(pages=20)))) > 10_000

    async def test_a_table_that_is_too_large_is_stopped(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """In one line, which is longer than any may be."""
        monkeypatch.setattr(child_process, "LONGEST_LINE", 100_000)
        put(path, json.dumps([{"a": f"herring {n}"} for n in range(20_000)]))
        with pytest.raises(AgentError) as refused:
            await find_tables(path, "a.json")
        assert refused.value.code == "too_large"

    def test_of_a_document_with_many_passages_the_first_are_read(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(document_parser, "MOST_PASSAGES", 150)
        for count, kept in ((149, 149), (150, 150), (151, 150)):
            put(path, f"{words(13)}\n\n" * count)
            told: list[dict[str, Any]] = []
            document_parser._answer({"path": str(path), "name": "a.txt", "wanted": "passages"}, told.append)
            assert sum(len(line.get("passages", ())) for line in told) == kept
            left_out = ["The first 150 passages can be searched; the rest was left out."] if count > kept else []
            assert told[-1]["done"]["notes"] == left_out

    async def test_cancelling_kills_the_child(self, path: Path) -> None:
        put(path, "a,b\n" + "1,2\n" * 20_000)
        reading = asyncio.Event()
        begun = asyncio.create_task(parse(path, "a.csv", on_progress=lambda details, progress: reading.set()))
        await asyncio.wait_for(reading.wait(), 20)
        begun.cancel()
        async with asyncio.timeout(1):
            with pytest.raises(asyncio.CancelledError):
                await begun
        assert _children() == []


def _children() -> list[str]:
    """Process ids of this process's children that run the parser."""
    task = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return [child for child in task.read_text().split() if b"document_parser" in _command(child)]


def _command(child: str) -> bytes:
    try:
        return Path(f"/proc/{child}/cmdline").read_bytes()
    except OSError:
        return b""
