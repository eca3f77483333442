"""Word documents: paragraphs and tables, and all the places in which Word keeps text."""

from collections.abc import Sequence
from itertools import count

from bench.trust.writing.package import content_types, pack, relations, text

_W = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
_STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="{name.replace(" ", "")}"><w:name w:val="{name}"/></w:style>'
    for name in ("Normal", "Title", "heading 1", "heading 2", "List Bullet")
)
_WHO = 'w:id="{}" w:author="Editor" w:date="2026-01-05T09:00:00Z"'


def run(words: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text(words)}</w:t></w:r>'


def deleted(words: str, number: int = 90) -> str:
    who = _WHO.format(number)
    return f'<w:del {who}><w:r><w:delText xml:space="preserve">{text(words)}</w:delText></w:r></w:del>'


def inserted(words: str, number: int = 91) -> str:
    return f"<w:ins {_WHO.format(number)}>{run(words)}</w:ins>"


def control(words: str, alias: str) -> str:
    """A content control, as forms have them."""
    return (
        f'<w:sdt><w:sdtPr><w:alias w:val="{text(alias)}"/></w:sdtPr><w:sdtContent>{run(words)}</w:sdtContent></w:sdt>'
    )


def field(words: str, code: str) -> str:
    """A field with its last result."""
    return f'<w:fldSimple w:instr=" {text(code)} ">{run(words)}</w:fldSimple>'


def footnote_mark(number: int) -> str:
    return f'<w:r><w:footnoteReference w:id="{number}"/></w:r>'


def paragraph(*runs: str, style: str = "") -> str:
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}{''.join(runs)}</w:p>"


def plain(words: str, style: str = "") -> str:
    return paragraph(run(words), style=style)


def box(words: str) -> str:
    """A text box, in both of the forms that Word writes."""
    inside = f"<w:txbxContent>{plain(words)}</w:txbxContent>"
    return paragraph(
        '<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:anchor><a:graphic><a:graphicData '
        'uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:txbx>'
        f"{inside}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice><mc:Fallback>"
        f"<w:pict><v:shape><v:textbox>{inside}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )


def table(rows: Sequence[Sequence[str]]) -> str:
    """Cells are text, or XML of their own when they begin with a tag of a table."""
    width = len(rows[0])
    grid = "".join('<w:gridCol w:w="2000"/>' for _ in range(width))
    lines = "".join(f"<w:tr>{''.join(_cell(cell) for cell in row)}</w:tr>" for row in rows)
    return f'<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>'


def _cell(content: str) -> str:
    inside = content + "<w:p/>" if content.startswith("<w:tbl>") else plain(content)
    return f'<w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/></w:tcPr>{inside}</w:tc>'


def document(body: Sequence[str], *, header: str = "", footer: str = "", footnotes: Sequence[str] = ()) -> bytes:
    types = {"word/document.xml": "wordprocessingml.document.main", "word/styles.xml": "wordprocessingml.styles"}
    targets, parts, ends = [("styles", "styles.xml")], {}, ""
    for name, tag, words in (("header", "hdr", header), ("footer", "ftr", footer)):
        if words:
            targets.append((name, f"{name}1.xml"))
            types[f"word/{name}1.xml"] = f"wordprocessingml.{name}"
            parts[f"word/{name}1.xml"] = f"<w:{tag} {_W}>{plain(words)}</w:{tag}>"
            ends += f'<w:{name}Reference w:type="default" r:id="rId{len(targets)}"/>'
    if footnotes:
        targets.append(("footnotes", "footnotes.xml"))
        types["word/footnotes.xml"] = "wordprocessingml.footnotes"
        notes = "".join(
            f'<w:footnote w:id="{at}">{plain(words)}</w:footnote>' for at, words in zip(count(1), footnotes)
        )
        parts["word/footnotes.xml"] = f"<w:footnotes {_W}>{notes}</w:footnotes>"
    size = '<w:pgSz w:w="11906" w:h="16838"/>'
    main = f"<w:document {_W}><w:body>{''.join(body)}<w:sectPr>{ends}{size}</w:sectPr></w:body></w:document>"
    return pack({
        "[Content_Types].xml": content_types(types),
        "_rels/.rels": relations([("officeDocument", "word/document.xml")]),
        "word/_rels/document.xml.rels": relations(targets),
        "word/document.xml": main,
        "word/styles.xml": f"<w:styles {_W}>{_STYLES}</w:styles>",
        **parts,
    })  # fmt: skip
