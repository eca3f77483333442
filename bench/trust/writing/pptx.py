"""PowerPoint decks: a title and bullets, or a table, on each slide, and speaker's words below it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.trust.writing.package import content_types, pack, relations, text

_NS = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
_TREE = '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
_MAP = (
    '<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" accent1="accent1" accent2="accent2" accent3="accent3" accent4="accent4" '
    'accent5="accent5" accent6="accent6" hlink="hlink" folHlink="folHlink"/>'
)


@dataclass(frozen=True, slots=True)
class Slide:
    title: str
    bullets: Sequence[str] = ()
    table: Sequence[Sequence[str]] = ()


def deck(slides: Sequence[Slide]) -> bytes:
    numbers = range(1, len(slides) + 1)
    ids = "".join(f'<p:sldId id="{255 + at}" r:id="rId{at + 1}"/>' for at in numbers)
    types = {f"ppt/slides/slide{at}.xml": "presentationml.slide" for at in numbers} | {
        "ppt/presentation.xml": "presentationml.presentation.main",
        "ppt/slideMasters/slideMaster1.xml": "presentationml.slideMaster",
        "ppt/slideLayouts/slideLayout1.xml": "presentationml.slideLayout",
        "ppt/theme/theme1.xml": "theme",
    }
    targets = [
        ("slideMaster", "slideMasters/slideMaster1.xml"),
        *(("slide", f"slides/slide{at}.xml") for at in numbers),
    ]
    parts = {}
    for at, slide in zip(numbers, slides, strict=True):
        parts[f"ppt/slides/slide{at}.xml"] = _slide(slide)
        parts[f"ppt/slides/_rels/slide{at}.xml.rels"] = relations([("slideLayout", "../slideLayouts/slideLayout1.xml")])
    return pack({
        "[Content_Types].xml": content_types(types),
        "_rels/.rels": relations([("officeDocument", "ppt/presentation.xml")]),
        "ppt/presentation.xml": f'<p:presentation {_NS}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>'
        f'<p:sldIdLst>{ids}</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relations(targets),
        "ppt/slideMasters/slideMaster1.xml": f"<p:sldMaster {_NS}><p:cSld><p:spTree>{_TREE}</p:spTree></p:cSld>{_MAP}"
        '<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>',
        "ppt/slideMasters/_rels/slideMaster1.xml.rels": relations(
            [("slideLayout", "../slideLayouts/slideLayout1.xml"), ("theme", "../theme/theme1.xml")]
        ),
        "ppt/slideLayouts/slideLayout1.xml": f"<p:sldLayout {_NS}><p:cSld><p:spTree>{_TREE}</p:spTree></p:cSld></p:sldLayout>",
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels": relations([("slideMaster", "../slideMasters/slideMaster1.xml")]),
        "ppt/theme/theme1.xml": f'<a:theme {_NS} name="Office"><a:themeElements>{_COLOURS}{_FONTS}{_LINES}</a:themeElements></a:theme>',
        **parts,
    })  # fmt: skip


def _slide(slide: Slide) -> str:
    shapes = _shape(2, '<p:ph type="title"/>', [slide.title])
    if slide.bullets:
        shapes += _shape(3, '<p:ph idx="1"/>', slide.bullets)
    if slide.table:
        grid = "".join('<a:gridCol w="1800000"/>' for _ in slide.table[0])
        rows = "".join(f'<a:tr h="370840">{"".join(_table_cell(cell) for cell in row)}</a:tr>' for row in slide.table)
        shapes += (
            '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="Table"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>'
            '<p:xfrm><a:off x="500000" y="2000000"/><a:ext cx="8000000" cy="3000000"/></p:xfrm><a:graphic><a:graphicData '
            f'uri="http://schemas.openxmlformats.org/drawingml/2006/table"><a:tbl><a:tblPr firstRow="1"/><a:tblGrid>{grid}</a:tblGrid>{rows}'
            "</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
        )
    return f"<p:sld {_NS}><p:cSld><p:spTree>{_TREE}{shapes}</p:spTree></p:cSld></p:sld>"


def _shape(number: int, place: str, lines: Sequence[str]) -> str:
    paragraphs = "".join(f"<a:p><a:r><a:t>{text(line)}</a:t></a:r></a:p>" for line in lines)
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="Shape {number}"/><p:cNvSpPr/><p:nvPr>{place}</p:nvPr></p:nvSpPr><p:spPr/>'
        f"<p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"
    )


def _table_cell(cell: str) -> str:
    return f"<a:tc><a:txBody><a:bodyPr/><a:p><a:r><a:t>{text(cell)}</a:t></a:r></a:p></a:txBody><a:tcPr/></a:tc>"


_COLOURS = '<a:clrScheme name="Office">' + "".join(
    f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>'
    for name, value in zip(
        "dk1 lt1 dk2 lt2 accent1 accent2 accent3 accent4 accent5 accent6 hlink folHlink".split(),
        "000000 FFFFFF 44546A E7E6E6 4472C4 ED7D31 A5A5A5 FFC000 5B9BD5 70AD47 0563C1 954F72".split(),
        strict=True,
    )
) + "</a:clrScheme>"  # fmt: skip
_FACE = '<a:latin typeface="Calibri"/><a:ea typeface=""/><a:cs typeface=""/>'
_FONTS = (
    f'<a:fontScheme name="Office"><a:majorFont>{_FACE}</a:majorFont><a:minorFont>{_FACE}</a:minorFont></a:fontScheme>'
)
_FILL = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
_LINES = (
    f'<a:fmtScheme name="Office"><a:fillStyleLst>{_FILL * 3}</a:fillStyleLst><a:lnStyleLst>'
    + f"<a:ln>{_FILL}</a:ln>" * 3
    + "</a:lnStyleLst><a:effectStyleLst>"
    + "<a:effectStyle><a:effectLst/></a:effectStyle>" * 3
    + f"</a:effectStyleLst><a:bgFillStyleLst>{_FILL * 3}</a:bgFillStyleLst></a:fmtScheme>"
)
