"""Zip archives of XML, which office files are: opened with limits, parsed without entities or anything from outside."""

import logging
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from agents.errors import AgentError

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_INFLATED_BYTES = 300 * 1024 * 1024
MAX_RATIO = 200  # Office files compress some 5 to 20 times; only a bomb goes beyond this.
_log = logging.getLogger(__name__)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK = 1024 * 1024
_RELATIONSHIP_ID = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)


class Package:
    """The parts of an office file by their names."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.names = frozenset(archive.namelist())

    def xml(self, name: str) -> "_Element | None":
        """The root of a part, or None where there is no such part. Raises SyntaxError for broken XML."""
        if name not in self.names:
            return None
        # DTDs are neither loaded nor are their entities replaced; libxml2's own limits on depth and size stay on.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        return etree.fromstring(self._archive.read(name), parser)

    def elements(self, name: str, kind: str) -> Iterator["_Element"]:
        """The elements of one kind in a part that may be too large for a tree. Each is gone with the next."""
        with self._archive.open(name) as part:
            walk = etree.iterparse(part, tag=f"{{*}}{kind}", resolve_entities=False, no_network=True, load_dtd=False)
            for _, element in walk:
                yield element
                parent = element.getparent()
                element.clear()
                while parent is not None and element.getprevious() is not None:
                    del parent[0]

    def holds(self, name: str, sought: bytes) -> bool:
        """Whether the bytes of a part hold these."""
        before = b""
        with self._archive.open(name) as part:
            while chunk := part.read(_CHUNK):
                if sought in before + chunk:
                    return True
                before = chunk[-len(sought) :]
        return False

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """What a part refers to: {relationship id: (kind, name of the part)}; kind is the last word of its type."""
        folder, file = posixpath.split(name)
        root = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        found = {}
        for one in root if root is not None else ():
            kind, target = one.get("Type", "").rsplit("/", 1)[-1], one.get("Target", "")
            if one.get("TargetMode") != "External":
                part = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[one.get("Id", "")] = (kind, part)
        return found

    def parts(self, name: str, kind: str) -> list[str]:
        """The parts of one kind that a part refers to, in the order of their names."""
        return sorted({part for found, part in self.related(name).values() if found == kind}, key=_by_number)


@contextmanager
def opened(path: Path, name: str, extension: str) -> Iterator[Package]:
    """Raises AgentError for an archive that is damaged, encrypted, or inflates beyond all measure.

    Whatever goes wrong inside the block because a part is not what it should be counts as damage, too.
    """
    with path.open("rb") as file:
        if file.read(8) == _OLE:
            raise AgentError(
                "encrypted_document",
                f"{name} is protected by a password or is in the old binary format. "
                f"Save it as {extension} without a password and add that.",
            )
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bomb(archive, path.stat().st_size, name)
            yield Package(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, SyntaxError, LookupError, ValueError, OSError,
            RuntimeError, NotImplementedError, AttributeError, TypeError, EOFError) as error:  # fmt: skip
        if isinstance(error, RecursionError):
            raise
        if isinstance(error, AttributeError | TypeError | LookupError):
            _log.error("%s could not be read; the file is damaged, or its reader is wrong", name, exc_info=error)
        raise AgentError(
            "damaged_document",
            f"{name} is not a {extension} file that can be read: it is damaged or another kind of file. "
            f"Open it in the program that made it, save it as {extension} and add the new file.",
        ) from None


def relationship_id(element: "_Element") -> str:
    return next((value for name in _RELATIONSHIP_ID if (value := element.get(name))), "")


def local(element: "_Element") -> str:
    """The name of an element without its namespace: the strict and the usual form of a format differ only in that."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def attribute(element: "_Element", name: str) -> str | None:
    """An attribute by its name without a namespace."""
    for key, value in element.attrib.items():
        if str(key).rsplit("}", 1)[-1] == name:
            return str(value)
    return None


def child(element: "_Element | None", *names: str) -> "_Element | None":
    """The first descendant along a path of names."""
    for name in names:
        element = next((one for one in element if local(one) == name), None) if element is not None else None
    return element


def _refuse_bomb(archive: zipfile.ZipFile, size: int, name: str) -> None:
    """Inflate every member to nowhere, a chunk at a time: what the directory declares may be a lie."""
    allowed = min(MAX_INFLATED_BYTES, max(size * MAX_RATIO, 20 * _CHUNK))
    words = f"{name} unpacks to an enormous size, so it was not opened. If it is yours, save it without embedded files."
    bomb = AgentError("document_bomb", words)
    members = archive.infolist()
    if sum(member.file_size for member in members) > allowed or len(members) > 10_000:
        raise bomb
    total = 0
    for member in members:
        with archive.open(member) as inflated:
            while chunk := inflated.read(_CHUNK):
                total += len(chunk)
                if total > allowed:
                    raise bomb


def _by_number(name: str) -> tuple[str, int, str]:
    stem = name.rsplit(".", 1)[0]
    digits = stem[len(stem.rstrip("0123456789")) :]
    return (stem[: len(stem) - len(digits)], int(digits or 0), name)
