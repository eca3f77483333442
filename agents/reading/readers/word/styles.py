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

    def is_on(self, switch: str, run: "_Element", paragraph: "_Element") -> bool:
        """Whether a property of letters such as 'vanish' holds for a run: its own word counts before its styles'."""
        styles = [*self._chain(run, "rPr", "rStyle"), *self._chain(paragraph)]
        found = (child(one, "rPr", switch) for one in (run, *(style for _, style in styles)))
        set_by = next((one for one in found if one is not None), None)
        return set_by is not None and is_set(set_by)

    def _chain(
        self, element: "_Element", properties: str = "pPr", name: str = "pStyle"
    ) -> list[tuple[str, "_Element | None"]]:
        """The style of a paragraph or a run and those it is based on."""
        named = child(element, properties, name)
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


def is_set(switch: "_Element") -> bool:
    """Whether an element that turns something on by standing there does not turn it off."""
    return attribute(switch, "val") not in ("0", "false", "off")
