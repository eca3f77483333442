"""What the style of a paragraph says about it, whatever language its name is in."""

from typing import TYPE_CHECKING

from agents.reading.packages import attribute, child, local

if TYPE_CHECKING:
    from lxml.etree import _Element


class Styles:
    """``part`` is word/styles.xml, or None."""

    def __init__(self, part: "_Element | None") -> None:
        styles = [one for one in part if local(one) == "style"] if part is not None else []
        self._by_id = {attribute(one, "styleId") or "": one for one in styles}

    def is_heading(self, paragraph: "_Element") -> bool:
        own = child(paragraph, "pPr", "outlineLvl")
        if own is not None:
            return (attribute(own, "val") or "9") in "012345678"
        for identity, style in self._chain(paragraph):
            name = self._name(identity, style)
            if name.startswith(("heading", "title", "überschrift", "berschrift", "titre")) and "toc" not in name:
                return True
            level = child(style, "pPr", "outlineLvl")
            if level is not None:
                return (attribute(level, "val") or "9") in "012345678"
        return False

    def is_list(self, paragraph: "_Element") -> bool:
        return any(self._name(identity, style).startswith("list") for identity, style in self._chain(paragraph))

    def is_contents(self, paragraph: "_Element") -> bool:
        """A line of a table of contents, which only repeats the headings."""
        return any(self._name(identity, style).startswith("toc") for identity, style in self._chain(paragraph))

    def numbering(self, paragraph: "_Element") -> "_Element | None":
        """The nearest numPr: the paragraph's own, or that of its style."""
        own = child(paragraph, "pPr", "numPr")
        if own is not None:
            return own
        found = (child(style, "pPr", "numPr") for _, style in self._chain(paragraph))
        return next((one for one in found if one is not None), None)

    def _chain(self, paragraph: "_Element") -> list[tuple[str, "_Element | None"]]:
        """The style of a paragraph and those it is based on."""
        named = child(paragraph, "pPr", "pStyle")
        identity = attribute(named, "val") if named is not None else None
        chain: list[tuple[str, _Element | None]] = []
        while identity and len(chain) < 20 and identity not in [seen for seen, _ in chain]:
            style = self._by_id.get(identity)
            chain.append((identity, style))
            base = child(style, "basedOn")
            identity = attribute(base, "val") if base is not None else None
        return chain

    def _name(self, identity: str, style: "_Element | None") -> str:
        named = child(style, "name")
        return ((attribute(named, "val") if named is not None else None) or identity).lower()
