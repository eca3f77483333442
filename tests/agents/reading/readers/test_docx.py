"""Word documents: everything that a reader of the printed page sees, in its order."""

import io
from pathlib import Path

import docx
import pytest

from agents.errors import AgentError
from tests.support.readers import Told, archive, told

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"


def part(root: str, inner: str) -> str:
    return (
        f'<w:{root} xmlns:w="{_W}" xmlns:r="{_R}" xmlns:mc="{_MC}" xmlns:v="urn:v" xmlns:a="urn:a">{inner}</w:{root}>'
    )


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(inner: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def table(*rows: list[str], properties: str = "") -> str:
    def cell(text: str) -> str:
        return f"<w:tc><w:tcPr/>{text if text.startswith('<') else paragraph(run(text))}</w:tc>"

    made = (f"<w:tr>{properties if not at else ''}{''.join(map(cell, row))}</w:tr>" for at, row in enumerate(rows))
    return f"<w:tbl><w:tblPr/>{''.join(made)}</w:tbl>"


def package(body: str, **parts: str) -> bytes:
    """A document with further parts by their kind: header, footer, footnotes, comments, numbering, styles."""
    kinds = "".join(f'<Relationship Id="{kind}" Type="{_R}/{kind}" Target="{kind}.xml"/>' for kind in parts)
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    return archive({
        "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="d" Type="{_R}/officeDocument" '
        'Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{relations}">{kinds}</Relationships>',
        "word/document.xml": part("document", f"<w:body>{body}</w:body>"),
        **{f"word/{kind}.xml": text for kind, text in parts.items()},
    })  # fmt: skip


def read(folder: Path, body: str, **parts: str) -> Told:
    return told(folder, "a.docx", package(body, **parts))


_STYLES = part(
    "styles",
    '<w:style w:styleId="Hidden"><w:name w:val="Hidden"/><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:styleId="Internal"><w:name w:val="Internal"/><w:basedOn w:val="Hidden"/></w:style>',
)
_BY = 'w:id="1" w:author="A"'


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (f"<w:ins {_BY}>{run('five')}</w:ins><w:del {_BY}><w:r><w:delText>nine</w:delText></w:r></w:del>", "five"),
        (f"<w:moveTo {_BY}>{run('here')}</w:moveTo><w:moveFrom {_BY}>{run('there')}</w:moveFrom>", "here"),
        (f"<w:sdt><w:sdtPr/><w:sdtContent>{run('six')}</w:sdtContent></w:sdt>", "six"),
        (f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('Click')}</w:sdtContent></w:sdt>-", ""),
        (f'<w:fldSimple w:instr="DOCPROPERTY n">{run("7712")}</w:fldSimple>', "7712"),
        (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF x</w:instrText></w:r>'
            '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
            + run("May")
            + '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
            "May",
        ),
        (f'<w:hyperlink r:id="x">{run("the yard")}</w:hyperlink>', "the yard"),
        (f"<w:smartTag>{run('Horten')}</w:smartTag>", "Horten"),
        (run("seen") + run("unseen", "<w:vanish/>"), "seen"),
        (run("seen") + run("unseen", '<w:rStyle w:val="Internal"/>'), "seen"),
        (run("seen", '<w:rStyle w:val="Internal"/><w:vanish w:val="0"/>'), "seen"),
        (run("five") + run("nine", "<w:strike/>") + run("ten", "<w:dstrike/>"), "five"),
        (
            '<w:r><w:rPr><w:vanish/></w:rPr><w:fldChar w:fldCharType="begin"/></w:r>'
            '<w:r><w:instrText>REF x</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
            + run("May")
            + '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
            "May",
        ),
        (
            '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="red"/>'
            '<w:listEntry w:val="green"/></w:ddList></w:ffData></w:fldChar></w:r><w:r><w:instrText>FORMDROPDOWN'
            '</w:instrText></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>',
            "green",
        ),
        ('<w:r><w:sym w:font="Symbol" w:char="F0A3"/></w:r>' + run("8"), "≤8"),
        (f"{run('a')}<w:r><w:noBreakHyphen/></w:r>{run('b')}", "a-b"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>' + run(" insured"), "☒ insured"),
    ],
)
def test_what_stands_in_a_paragraph(tmp_path: Path, inner: str, text: str) -> None:
    body = paragraph(run("The answer is ") + inner + run("."))
    assert read(tmp_path, body, styles=_STYLES).text == f"The answer is {text}".rstrip() + ("." if text else " .")


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next(tmp_path: Path) -> None:
    body = paragraph(run("The rent is "), f"<w:rPr><w:del {_BY}/></w:rPr>") + paragraph(run("five crowns."))
    assert read(tmp_path, body).text == "The rent is five crowns."


def test_a_paragraph_whose_style_is_hidden_is_left_out(tmp_path: Path) -> None:
    body = paragraph(run("The price is 8."), '<w:pStyle w:val="Internal"/>') + paragraph(run("It is late."))
    found = read(tmp_path, body, styles=_STYLES)
    assert (found.text, found.notes) == ("It is late.", ["Text that is formatted as hidden was left out."])


def test_a_hidden_row_is_left_out(tmp_path: Path) -> None:
    shown, hidden = (
        table(["Tenant", "Ola"], ["Rent", "900"]),
        table(["Limit", "800"], properties="<w:trPr><w:hidden/></w:trPr>"),
    )
    rows = shown.removesuffix("</w:tbl>") + hidden.removeprefix("<w:tbl><w:tblPr/>")
    assert read(tmp_path, rows).lines == ["Tenant: Ola", "Rent: 900"]


def test_struck_text_is_said(tmp_path: Path) -> None:
    found = read(tmp_path, paragraph(run("five ") + run("nine", "<w:strike/>")))
    assert found.notes == ["Text that is struck through was left out."]


def test_tracked_changes_and_hidden_text_are_said(tmp_path: Path) -> None:
    read_one = read(tmp_path, paragraph(f"<w:ins {_BY}>{run('a')}</w:ins>" + run("b", "<w:vanish/>")))
    assert read_one.notes == [
        "It has tracked changes; it was read as if all of them were accepted.",
        "Text that is formatted as hidden was left out.",
    ]


def test_headers_footers_footnotes_and_comments(tmp_path: Path) -> None:
    body = (
        paragraph(run("The lease is short.") + '<w:r><w:footnoteReference w:id="2"/></w:r>')
        + paragraph(run("It ends."))
        + '<w:sectPr><w:headerReference r:id="header"/><w:footerReference r:id="footer"/></w:sectPr>'
    )
    found = read(
        tmp_path,
        body,
        header=part("hdr", paragraph(run("Lease L-88"))),
        footer=part("ftr", paragraph(run("Signed on 4 May 2026")) + paragraph(run("Page 3 of 9"))),
        footnotes=part(
            "footnotes",
            f'<w:footnote w:id="0" w:type="separator">{paragraph(run("----"))}</w:footnote>'
            f'<w:footnote w:id="2">{paragraph(run("The deposit is 300 crowns."))}</w:footnote>',
        ),
        comments=part("comments", f'<w:comment w:id="0" w:author="Siri">{paragraph(run("Too short?"))}</w:comment>'),
    )
    assert found.passages == [
        ("header", "Lease L-88"),
        ("beginning", "The lease is short.\n\nThe deposit is 300 crowns.\n\nIt ends."),
        ("footer", "Signed on 4 May 2026"),
        ("comments", "Comment by Siri: Too short?"),
    ]


def test_text_boxes_are_told_once(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{paragraph(run('The fine is 2 percent.'))}</w:txbxContent>"
    fallback = f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
    both = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice>{fallback}</mc:AlternateContent>"
    assert read(tmp_path, paragraph(run("Rules.") + f"<w:r>{both}</w:r>")).lines == ["Rules.", "The fine is 2 percent."]
    old = f"<w:r><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></w:r>"
    assert read(tmp_path, paragraph(old)).lines == ["The fine is 2 percent."]


def test_tables_within_tables(tmp_path: Path) -> None:
    inner = table(["Plant", "Price"], ["Fern", "40"], ["Moss", "12"])
    found = read(tmp_path, table([paragraph(run("Spring")) + inner + "<w:p/>", "Ask Siri."]))
    assert found.lines == ["Spring", "Plant: Fern; Price: 40", "Plant: Moss; Price: 12", "Ask Siri."]
    assert [one.columns for one in found.tables] == [["Plant", "Price"]]


def test_labels_and_values_are_told_from_tables_by_what_is_marked(tmp_path: Path) -> None:
    rows = [["Alpha", "Beta"], ["Gamma", "Delta"], ["Eps", "Zeta"]]
    marked = read(tmp_path, table(*rows, properties="<w:trPr><w:tblHeader/></w:trPr>"))
    assert marked.lines == ["Alpha: Gamma; Beta: Delta", "Alpha: Eps; Beta: Zeta"]
    bold = [[paragraph(run(label, "<w:b/>")), value] for label, value in rows]
    assert read(tmp_path, table(*bold)).lines == ["Alpha: Beta", "Gamma: Delta", "Eps: Zeta"]


def test_merged_cells_say_what_they_say_in_each_row(tmp_path: Path) -> None:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(run(text) if text else '')}</w:tc>"

    rows = [
        cell("Region") + cell("Town") + cell("Loans"),
        cell("North", '<w:vMerge w:val="restart"/>') + cell("Horten") + cell("48"),
        cell("", "<w:vMerge/>") + cell("Moss") + cell("52"),
    ]
    found = read(tmp_path, f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>")
    assert found.lines == ["Region: North; Town: Horten; Loans: 48", "Region: North; Town: Moss; Loans: 52"]


def test_numbers_of_clauses_are_counted(tmp_path: Path) -> None:
    levels = (
        '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
        '<w:lvlText w:val="%1."/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/>'
        '<w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum><w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num>'
    )

    def clause(text: str, level: int) -> str:
        return paragraph(run(text), f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="5"/></w:numPr>')

    body = (
        clause("Rent", 0)
        + clause("monthly", 1)
        + clause("in advance", 1)
        + clause("Notice", 0)
        + clause("six weeks", 1)
    )
    found = read(tmp_path, body, numbering=part("numbering", levels))
    assert found.lines == ["1. Rent", "1.a monthly", "1.b in advance", "2. Notice", "2.a six weeks"]


def test_headings_are_known_in_every_language(tmp_path: Path) -> None:
    styles = (
        '<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:styleId="Kapitel"><w:name w:val="Kapitel"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
        '<w:style w:styleId="Verzeichnis1"><w:name w:val="toc 1"/></w:style>'
    )
    body = (
        paragraph(run("Miete 3"), '<w:pStyle w:val="Verzeichnis1"/>')
        + paragraph(run("Miete"), '<w:pStyle w:val="berschrift1"/>')
        + paragraph(run("Sie beträgt 900 Euro."))
        + paragraph(run("Frist"), '<w:pStyle w:val="Kapitel"/>')
        + paragraph(run("Sechs Wochen."))
    )
    assert read(tmp_path, body, styles=part("styles", styles)).passages == [
        ("section “Miete”", "Miete\n\nSie beträgt 900 Euro."),
        ("section “Frist”", "Frist\n\nSechs Wochen."),
    ]


def test_a_document_of_python_docx_with_a_picture(tmp_path: Path) -> None:
    from PIL import Image

    picture, file = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    document = docx.Document()
    document.add_heading("Rooms", 1)
    document.add_paragraph("Three rooms:")
    for name in ("hall", "attic"):
        document.add_paragraph(name, style="List Bullet")
    document.add_picture(io.BytesIO(picture.getvalue()))
    document.save(file)
    found = told(tmp_path, "a.docx", file.getvalue())
    assert found.passages == [("section “Rooms”", "Rooms\n\nThree rooms:\n- hall\n- attic")]
    assert found.notes == ["1 picture in it could not be read."]


def test_tabs_stand_for_the_lines_of_a_table(tmp_path: Path) -> None:
    rows = [("Plant", "Price", "Stock"), ("Fern", "40", "3"), ("Moss", "12", "8")]
    body = "".join(paragraph("<w:r><w:tab/></w:r>".join(map(run, row))) for row in rows)
    assert read(tmp_path, body).lines == ["Plant: Fern; Price: 40; Stock: 3", "Plant: Moss; Price: 12; Stock: 8"]


def test_an_empty_document_has_no_text(tmp_path: Path) -> None:
    with pytest.raises(AgentError) as refused:
        read(tmp_path, paragraph(""))
    assert refused.value.code == "no_text"
