"""Documents that were added twice: the same content is read, searched and counted once."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from utils.sessions.documents import DocumentRecord, Documents


def copies_of(records: Iterable[DocumentRecord], documents: Documents) -> dict[str, DocumentRecord]:
    """The first document with the same content, by the id of each later one. Raises DocumentError unknown_document."""
    alike: dict[tuple[str, int], list[DocumentRecord]] = defaultdict(list)
    for record in records:
        alike[record.extension, record.size].append(record)
    copies: dict[str, DocumentRecord] = {}
    for several in alike.values():
        first: dict[bytes, DocumentRecord] = {}
        for record in several if len(several) > 1 else ():
            original = first.setdefault(_digest(record, documents), record)
            if original is not record:
                copies[record.id] = original
    return copies


def _digest(record: DocumentRecord, documents: Documents) -> bytes:
    digest = hashlib.sha256()
    for chunk in documents.chunks(record.id):
        digest.update(chunk)
    return digest.digest()
