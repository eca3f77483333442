"""What is asked about stands in the files, where other programs read it too; the rest is seen by those alone who look
where Word and Acrobat keep it."""

import csv
import html
import io
import re
import zipfile
from email import message_from_bytes
from email.policy import default
from random import Random
from xml.etree import ElementTree

import pytest
from docx import Document
from pypdf import PdfReader

from bench.trust.judge import Reply, judge
from bench.trust.library import library
from bench.trust.prose_files import BUILDERS
from bench.trust.question import Number, Upload, Words
from bench.trust.values import fold, holds

_PACKAGES = ("docx", "odt", "pptx", "xlsx")
_STATED = ("who", "where", "when", "how much", "list", "label", "heading")


def _text(upload: Upload) -> str:
    """All text of the file, deleted text too, as its XML or its text has it."""
    if upload.kind in _PACKAGES:
        with zipfile.ZipFile(io.BytesIO(upload.content)) as archive:
            assert archive.testzip() is None
            parts = [archive.read(name) for name in archive.namelist() if name.endswith(".xml")]
        blocks = [paragraph for part in parts for paragraph in ElementTree.fromstring(part).iter()]
        return "\n".join("".join(block.itertext()) for block in blocks)
    if upload.kind == "pdf":
        reader = PdfReader(io.BytesIO(upload.content), strict=True)
        fields = reader.get_form_text_fields() or {}
        return "\n".join([*(page.extract_text() for page in reader.pages), *(str(value) for value in fields.values())])
    if upload.kind == "eml":
        message = message_from_bytes(upload.content, policy=default)
        return "\n".join(
            [
                *(str(value) for value in message.values()),
                *(part.get_content() for part in message.walk() if not part.is_multipart()),
            ]
        )
    return upload.content.decode("cp1252" if b"\xfc" in upload.content and upload.kind == "csv" else "utf-8", "replace")


@pytest.mark.parametrize("name", [name for name in BUILDERS if name not in ("only a scan", "ferries in two columns")])
def test_what_is_asked_about_prose_stands_in_the_file(name: str) -> None:
    upload = BUILDERS[name](Random(f"3 {name}"))
    text = fold(_text(upload)).replace("\n", " ")
    if upload.kind == "rtf":
        text = text.replace("\\par", " ")
    for question in upload.questions:
        if question.kind in _STATED:
            assert holds(text, question.right), question


def test_every_kind_is_what_its_name_says() -> None:
    for upload in library(4).values():
        if upload.kind in _PACKAGES:
            assert zipfile.is_zipfile(io.BytesIO(upload.content))
        if upload.kind == "pdf":
            assert PdfReader(io.BytesIO(upload.content), strict=True).pages
        if upload.kind == "docx":
            assert Document(io.BytesIO(upload.content)).element.body is not None
        if upload.kind in ("csv", "tsv"):
            lines = list(
                csv.reader(
                    io.StringIO(upload.content.decode("latin-1")), delimiter="\t" if upload.kind == "tsv" else ";"
                )
            )
            assert len({len(line) for line in lines}) == 1, upload.name


def test_a_scan_has_no_text_and_a_form_has_its_values_in_fields() -> None:
    scan = PdfReader(io.BytesIO(BUILDERS["only a scan"](Random(1)).content))
    assert scan.pages[0].extract_text() == ""
    assert scan.pages[0].images[0].data.startswith(b"\xff\xd8")
    form = PdfReader(io.BytesIO(BUILDERS["lease as a form"](Random(1)).content))
    assert all(form.get_form_text_fields().values())
    assert not any(str(value) in form.pages[0].extract_text() for value in form.get_form_text_fields().values())


def test_what_was_deleted_is_false_and_in_the_file_as_deleted() -> None:
    upload = BUILDERS["lease with tracked changes"](Random(1))
    with zipfile.ZipFile(io.BytesIO(upload.content)) as archive:
        document = archive.read("word/document.xml").decode()
    tracked = [question for question in upload.questions if question.false]
    assert len(tracked) >= 5
    for question in tracked:
        (deleted,) = question.false
        assert isinstance(deleted, Words)
        assert f">{deleted.forms[0]}</w:delText>" in document.replace("&amp;", "&")
        assert not holds(fold(deleted.forms[0]), question.right)


def test_two_columns_are_drawn_line_by_line() -> None:
    upload = BUILDERS["ferries in two columns"](Random(1))
    lines = PdfReader(io.BytesIO(upload.content)).pages[0].extract_text().splitlines()
    names = {question.apart[0] for question in upload.questions if question.apart}
    assert len(names) == 2
    assert any(all(name in line for name in names) for line in lines)


def test_labels_that_are_read_as_values_are_false() -> None:
    upload = BUILDERS["lease as labels"](Random(1))
    rent, right = next((one, one.right) for one in upload.questions if isinstance(one.right, Number))
    value = f"{right.value:,}"
    assert judge(rent, Reply(f"Monthly rent: {value} pounds [1].", 1)).outcome == "right"
    assert judge(rent, Reply(f"Landlord: Monthly rent; Larkspur Ltd: {value} pounds [1].", 1)).outcome == "wrong"


@pytest.mark.parametrize("name", [name for name in BUILDERS if name.startswith("profile")])
def test_a_firm_that_is_asked_about_is_named_in_the_file(name: str) -> None:
    upload = BUILDERS[name](Random(2))
    firm = next(
        found[1]
        for one in upload.questions
        if (found := re.search(r"(?:does|was|of|at) ([A-Z].+?)(?: \w+)?\?", one.text))
    )
    assert fold(firm) in fold(html.unescape(_text(upload)))
