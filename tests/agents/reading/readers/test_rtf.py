"""Rich text files."""

from pathlib import Path

import pytest

from agents.errors import AgentError
from tests.support.readers import Told, told


def read(folder: Path, body: str, head: str = "") -> Told:
    fonts = r"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}}"
    styles = r"{\stylesheet{\s0 Normal;}{\s1 heading 1;}}"
    return told(folder, "a.rtf", rf"{{\rtf1\ansi\ansicpg1252{fonts}{styles}{head}{body}}}")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"Gr\'fc\'dfe \u8364?5 \endash  ok", "Grüße €5 – ok"),
        (r"ready \u-10179?\u-8704? now", "ready 😀 now"),
        (r"cut \u-10179? off", "cut \ufffd off"),
        (r"{\f1 \'cf\'e0\'f0\'ee\'ec}", "Паром"),
        (r"\uc2\u233''e", "ée"),
        (r"costs {\deleted nine}{\revised five} crowns", "costs five crowns"),
        (r"seen {\v unseen }text", "seen text"),
        (r'{\field{\*\fldinst HYPERLINK "x"}{\fldrslt the yard}}', "the yard"),
        (r"{\*\unknown secret}{\shp{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt in a box}}}", "in a box"),
        (r"{\pict\pngblip 89504e47}picture", "picture"),
        (r"a \{b\} \\ c", "a {b} \\ c"),
        (r"\bin5 {{{{{end", "end"),
    ],
)
def test_what_stands_in_a_paragraph(tmp_path: Path, body: str, text: str) -> None:
    assert read(tmp_path, body + r"\par").text == text


def test_headings_tables_footnotes_and_headers(tmp_path: Path) -> None:
    row = r"\trowd\cellx3000\cellx6000\pard\intbl {}\cell {}\cell\row "
    found = read(
        tmp_path,
        r"{\header Contract L-88\par}\pard\s1 Lease\par\pard The rent is 900 crowns."
        r"{\footnote The deposit is 300.}\par "
        + row.format("Tenant", "Ola Lie") + row.format("Notice period", "six weeks") + r"\pard The end.\par",
    )  # fmt: skip
    assert found.passages == [
        (
            "section “Lease”",
            "Lease\n\nThe rent is 900 crowns.\n\nThe deposit is 300.\n\n"
            "Tenant: Ola Lie\nNotice period: six weeks\n\nThe end.",
        ),
        ("header", "Contract L-88"),
    ]


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, r"a{\deleted b}{\v c}{\strike e}{\pict 00}{\*\annotation d}\par")
    assert found.text == "a"
    assert found.notes == [
        "It has tracked changes; it was read as if all of them were accepted.",
        "Text that is formatted as hidden was left out.",
        "Text that is struck through was left out.",
        "1 picture in it could not be read.",
        "Its comments were not read.",
    ]


def test_deep_groups_do_no_harm(tmp_path: Path) -> None:
    assert read(tmp_path, "{" * 100_000 + "deep" + "}" * 100_000).text == "deep"


def test_another_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AgentError) as refused:
        told(tmp_path, "a.rtf", "plain")
    assert refused.value.code == "damaged_document"
