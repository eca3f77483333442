"""OpenDocument texts."""

from pathlib import Path

from tests.support.readers import Told, archive, told

_SPACES = " ".join(
    f'xmlns:{name}="urn:{name}"' for name in ("office", "text", "table", "dc", "draw", "style")
)  # The names of elements decide; their namespaces only keep the kinds apart.


def read(folder: Path, body: str, styles: str = "") -> Told:
    text = f"<office:body><office:text>{body}</office:text></office:body>"
    content = f"<office:document-content {_SPACES}>{text}</office:document-content>"
    margins = f"<office:document-styles {_SPACES}>{styles}</office:document-styles>"
    return told(folder, "a.odt", archive({"content.xml": content, "styles.xml": margins}))


def test_headings_lists_tables_and_notes(tmp_path: Path) -> None:
    rows = "".join(
        f"<table:table-row><table:table-cell><text:p>{label}</text:p></table:table-cell>"
        f"<table:table-cell><text:p>{value}</text:p></table:table-cell></table:table-row>"
        for label, value in (("Tenant", "Ola Lie"), ("Notice period", "six weeks"))
    )
    found = read(
        tmp_path,
        '<text:h text:outline-level="1">Lease</text:h>'
        '<text:p>The rent is<text:s text:c="3"/>900 crowns<text:note><text:note-citation>1</text:note-citation>'
        "<text:note-body><text:p>The deposit is 300 crowns.</text:p></text:note-body></text:note> a month.</text:p>"
        f"<table:table>{rows}</table:table>"
        "<text:list><text:list-item><text:p>no dogs</text:p></text:list-item></text:list>",
        "<style:header><text:p>Contract L-88</text:p></style:header><style:footer><text:p>3</text:p></style:footer>",
    )
    assert found.passages == [
        ("header", "Contract L-88"),
        (
            "section “Lease”",
            "Lease\n\nThe rent is 900 crowns a month.\n\nThe deposit is 300 crowns.\n\n"
            "Tenant: Ola Lie\nNotice period: six weeks\n\n- no dogs",
        ),
    ]


def test_deletions_are_out_and_comments_apart(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>nine</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        "<text:p>It costs <text:change-start/>five<text:change-end/> crowns."
        "<office:annotation><dc:creator>Siri</dc:creator><text:p>So little?</text:p></office:annotation></text:p>",
    )
    assert found.passages == [("beginning", "It costs five crowns."), ("comments", "Comment by Siri: So little?")]
    assert found.notes == ["It has tracked changes; it was read as if all of them were accepted."]


def test_hidden_and_struck_text_is_left_out_and_said(tmp_path: Path) -> None:
    styles = (
        '<style:style style:name="H" style:family="text"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="P" style:family="paragraph"><style:text-properties text:display="none"/>'
        "</style:style>"
        '<style:style style:name="Q" style:family="paragraph" style:parent-style-name="P"/>'
        '<style:style style:name="S" style:family="text"><style:text-properties style:text-line-through-style="solid"/>'
        "</style:style>"
    )
    found = read(
        tmp_path,
        '<text:p>It costs <text:span text:style-name="S">nine</text:span><text:span text:style-name="H">ten</text:span>'
        "five crowns.<text:hidden-text>six</text:hidden-text></text:p>"
        '<text:p text:style-name="Q">Our limit is four.</text:p>'
        '<text:section text:display="none"><text:p>Three.</text:p></text:section>'
        '<text:section text:display="condition" text:is-hidden="true"><text:p>Two.</text:p></text:section>'
        '<text:p><text:hidden-paragraph text:is-hidden="true"/>One.</text:p>'
        '<text:p><text:hidden-paragraph text:is-hidden="false"/>In June.</text:p>',
        styles,
    )
    assert found.text == "It costs five crowns.\n\nIn June."
    assert found.notes == [
        "Text that is formatted as hidden was left out.", "Text that is struck through was left out.",
    ]  # fmt: skip
