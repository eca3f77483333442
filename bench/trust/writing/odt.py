"""OpenDocument texts."""

from collections.abc import Sequence

from bench.trust.writing.package import pack, text

_TYPE = "application/vnd.oasis.opendocument.text"
_NS = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table", "style")
)


def heading(words: str, level: int = 1) -> str:
    return f'<text:h text:outline-level="{level}">{text(words)}</text:h>'


def plain(words: str) -> str:
    return f"<text:p>{text(words)}</text:p>"


def bullets(lines: Sequence[str]) -> str:
    return f"<text:list>{''.join(f'<text:list-item>{plain(line)}</text:list-item>' for line in lines)}</text:list>"


def table(rows: Sequence[Sequence[str]], name: str = "Table1") -> str:
    lines = "".join(f"<table:table-row>{''.join(_cell(cell) for cell in row)}</table:table-row>" for row in rows)
    return f'<table:table table:name="{name}"><table:table-column table:number-columns-repeated="{len(rows[0])}"/>{lines}</table:table>'


def _cell(words: str) -> str:
    return f'<table:table-cell office:value-type="string">{plain(words)}</table:table-cell>'


def document(body: Sequence[str]) -> bytes:
    return pack({
        "mimetype": _TYPE,
        "content.xml": f'<office:document-content {_NS} office:version="1.3"><office:body><office:text>{"".join(body)}</office:text>'
        "</office:body></office:document-content>",
        "styles.xml": f'<office:document-styles {_NS} office:version="1.3"><office:styles/></office:document-styles>',
        "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        '<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/></manifest:manifest>',
    })  # fmt: skip
