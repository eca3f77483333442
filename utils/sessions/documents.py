"""The documents of a session: their records, and their bytes in chunks, so that every machine can read them."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import BinaryIO, Literal, Protocol

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, update

from utils.accounts.kept_answers import Keep
from utils.accounts.quotas import Quotas
from utils.database.base import Database
from utils.database.moment import now
from utils.database.records import columns_of, record
from utils.database.tables import document_chunks, documents, live, passages, sessions

DocumentStatus = Literal["uploaded", "read", "failed"]

# What can be read, by file name extension. Agents choose the reader by the same extension.
DOCUMENT_TYPES: dict[str, str] = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".rtf": "application/rtf",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    ".xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    ".xls": "application/vnd.ms-excel",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".eml": "message/rfc822",
    ".json": "application/json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".txt": "text/plain",
}

CHUNK_BYTES = 256 * 1024
_VISIBLE = ("uploaded", "read", "failed")
# A delete frees pages one by one: short transactions let other writers in between.
_CHUNKS_PER_DELETE = 16
_PASSAGES_PER_DELETE = 20
_ABANDONED = timedelta(days=1)  # longer than any upload takes


class DocumentError(Exception):
    """A document that cannot be taken. ``code`` is for programs, ``message`` for the person who added it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ByteStream(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What is known of a document. ``size`` in bytes; ``error`` says in plain words why it could not be read.

    ``notes`` say, a sentence each, what of it could not be read: 'Pages 2-5 hold no text and are probably scans.'
    """

    id: str
    session_id: str
    name: str
    media_type: str
    size: int
    status: DocumentStatus
    error: str | None
    pages: int | None
    rows: int | None
    notes: list[str]
    created_at: datetime

    @property
    def extension(self) -> str:
        return PurePosixPath(self.name.lower()).suffix

    @property
    def is_separated(self) -> bool:
        """One table of separated values."""
        return self.extension in (".csv", ".tsv")

    @property
    def is_table(self) -> bool:
        """Nothing but tables, as a rule."""
        return self.is_separated or self.extension in (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")

    @property
    def has_tables(self) -> bool:
        """It was read, and holds rows to calculate with."""
        return bool(self.rows)


_SELECT = (
    select(*columns_of(DocumentRecord, documents, session_id=sessions.c.id))
    .join(sessions, sessions.c.key == documents.c.session_key)
    .where(documents.c.status.in_(_VISIBLE), live)
)
_OF_SESSION = _SELECT.where(sessions.c.id == bindparam("session")).order_by(documents.c.key)
_ONE = _SELECT.where(documents.c.id == bindparam("document"))


class Documents:
    """All documents of a database."""

    def __init__(self, database: Database, max_bytes: int = 50 * 1024 * 1024, quotas: Quotas | None = None) -> None:
        self._database = database
        self._quotas = quotas or Quotas(database)
        self._max_bytes = max_bytes

    def add(self, session_id: str, name: str, stream: ByteStream) -> DocumentRecord:
        """As :meth:`add_all` adds one."""
        [added] = self.add_all(session_id, [(name, stream)])
        return added

    def add_all(
        self,
        session_id: str,
        files: Sequence[tuple[str, ByteStream]],
        keep: Keep[list[DocumentRecord]] | None = None,
        *,
        to_be_checked: bool = False,
    ) -> list[DocumentRecord]:
        """Store documents, chunk by chunk, each in a transaction of its own so that no other writer waits for it.

        In the end all of them can be seen, or none: raises DocumentError unknown_session, unsupported_type,
        empty_document or too_large, or QuotaExceededError. ``keep`` gets what is returned.
        ``to_be_checked``: somebody shall look into them right away (utils/sessions/document_checks.py).
        """
        stored: dict[int, int] = {}  # the sizes by key
        try:
            with self._database.read() as connection:  # before anything is read
                self._require_room(connection, session_id, 1)
            for given, stream in files:
                name, chunk = clean_name(given), _read_full(stream)
                key = self._begin(session_id, name, _media_type(name, chunk))
                stored[key] = 0
                stored[key] = self._store(key, name, chunk, stream)
            with self._database.write() as connection:
                self._require_room(connection, session_id, sum(stored.values()))
                added = [_complete(connection, key, size, to_be_checked) for key, size in stored.items()]
                if keep is not None:
                    keep(connection, added)
        except BaseException:
            for key in stored:
                self._erase(key)
            raise
        return added

    def list(self, session_id: str) -> list[DocumentRecord]:
        """The documents of a session, oldest first."""
        with self._database.read() as connection:
            return [record(DocumentRecord, row) for row in connection.execute(_OF_SESSION, {"session": session_id})]

    def get(self, document_id: str) -> DocumentRecord:
        """Raises DocumentError unknown_document."""
        with self._database.read() as connection:
            row = connection.execute(_ONE, {"document": document_id}).first()
        if row is None:
            raise _unknown_document()
        return record(DocumentRecord, row)

    def chunks(self, document_id: str) -> Iterator[bytes]:
        """The bytes of a document. Raises DocumentError unknown_document."""
        number = 0
        size = self.get(document_id).size
        while number * CHUNK_BYTES < size:
            with self._database.read() as connection:
                data = connection.execute(
                    select(document_chunks.c.data)
                    .join(documents, documents.c.key == document_chunks.c.document_key)
                    .where(documents.c.id == document_id, document_chunks.c.n == number)
                ).scalar()
            if data is None:
                raise DocumentError("unknown_document", "The document was deleted while it was being read.")
            yield data
            number += 1

    def copy(self, document_id: str, file: BinaryIO) -> None:
        """Write the bytes of a document to an open file. Raises DocumentError unknown_document."""
        for chunk in self.chunks(document_id):
            file.write(chunk)
        file.flush()

    def delete(self, document_id: str) -> None:
        """Raises DocumentError unknown_document."""
        self.get(document_id)
        with self._database.write() as connection:
            visible = documents.c.status.in_(_VISIBLE)
            hide = update(documents).where(documents.c.id == document_id, visible).values(status="deleting")
            hidden = connection.execute(hide.returning(documents.c.key, documents.c.session_key)).one_or_none()
            if hidden is None:  # somebody else was a moment earlier
                raise _unknown_document()
            of_session = update(sessions).where(sessions.c.key == hidden.session_key)
            connection.execute(of_session.values(document_deleted_at=now()))
        self._erase(hidden.key)

    def erase_abandoned(self) -> None:
        """Erase what a process that was killed in the middle of an upload or a deletion has left."""
        old = documents.c.created_at < now() - _ABANDONED
        with self._database.read() as connection:
            left = connection.scalars(select(documents.c.key).where(documents.c.status.not_in(_VISIBLE), old)).all()
        for key in left:
            self._erase(key)

    def mark_read(
        self, document_id: str, pages: int | None = None, rows: int | None = None, notes: Sequence[str] = ()
    ) -> None:
        """Its passages are stored; it need not be read again."""
        self._mark(document_id, status="read", error=None, pages=pages, rows=rows, notes=[*notes])

    def mark_failed(self, document_id: str, error: str) -> None:
        """``error`` says in plain words why it could not be read."""
        self._mark(document_id, status="failed", error=error)

    def _mark(self, document_id: str, **values: str | int | Sequence[str] | None) -> None:
        with self._database.write() as connection:
            visible = documents.c.status.in_(_VISIBLE)  # A document that is being deleted stays so.
            connection.execute(update(documents).where(documents.c.id == document_id, visible).values(**values))

    def _require_room(self, connection: Connection, session_id: str, size: int) -> None:
        team = connection.scalar(select(sessions.c.team_key).where(sessions.c.id == session_id, live))
        if team is not None:
            self._quotas.require(connection, team, "storage", size)

    def _begin(self, session_id: str, name: str, media_type: str) -> int:
        """The key of a document that nobody sees yet."""
        with self._database.write() as connection:
            owner = select(sessions.c.key).where(sessions.c.id == session_id, live)
            # Locked where a deletion could come in between.
            session_key = connection.execute(owner.with_for_update(read=True, key_share=True)).scalar()
            if session_key is None:
                raise DocumentError("unknown_session", "There is no such session. Create it first.")
            key: int = connection.execute(
                insert(documents)
                .values(
                    id=f"doc-{uuid.uuid4().hex[:16]}", session_key=session_key, name=name, media_type=media_type,
                    size=0, status="uploading", created_at=now(),
                )
                .returning(documents.c.key)
            ).scalar_one()  # fmt: skip
        return key

    def _store(self, key: int, name: str, chunk: bytes, stream: ByteStream) -> int:
        size = number = 0
        while chunk:
            size += len(chunk)
            if size > self._max_bytes:
                limit = f"{self._max_bytes / 1024 / 1024:.0f} MB"
                raise DocumentError("too_large", f"{name} is larger than the limit of {limit}. Split it.")
            with self._database.write() as connection:
                connection.execute(insert(document_chunks).values(document_key=key, n=number, data=chunk))
            number += 1
            chunk = _read_full(stream)
        return size

    def _erase(self, key: int) -> None:
        some_passages = select(passages.c.id).where(passages.c.document_key == key).limit(_PASSAGES_PER_DELETE)
        while self._delete_some_passages(some_passages):
            pass
        owned = document_chunks.c.document_key == key
        while True:
            with self._database.write() as connection:
                last = connection.execute(select(func.max(document_chunks.c.n)).where(owned)).scalar()
                if last is None:
                    connection.execute(delete(documents).where(documents.c.key == key))
                    return
                some = document_chunks.c.n > last - _CHUNKS_PER_DELETE
                connection.execute(delete(document_chunks).where(owned, some))

    def _delete_some_passages(self, some: Select[tuple[int]]) -> bool:
        with self._database.write() as connection:
            return connection.execute(delete(passages).where(passages.c.id.in_(some))).rowcount > 0


def _unknown_document() -> DocumentError:
    return DocumentError("unknown_document", "There is no such document. It may have been deleted.")


def _media_type(name: str, chunk: bytes) -> str:
    """Of a document that begins so. Raises DocumentError."""
    media_type = DOCUMENT_TYPES.get(PurePosixPath(name.lower()).suffix)
    if media_type is None:
        known = ", ".join(sorted(DOCUMENT_TYPES))
        raise DocumentError("unsupported_type", f"{name} cannot be read. Files of these types can: {known}.")
    if not chunk:
        raise DocumentError("empty_document", f"{name} is empty (0 bytes). Check the file and add it again.")
    return media_type


def _complete(connection: Connection, key: int, size: int, to_be_checked: bool) -> DocumentRecord:
    """Let it be seen."""
    complete = {"status": "uploaded", "size": size, "created_at": now(), "unchecked": to_be_checked}
    connection.execute(update(documents).where(documents.c.key == key).values(**complete))
    row = connection.execute(_SELECT.where(documents.c.key == key)).first()
    if row is None:
        raise DocumentError("unknown_session", "The session was deleted.")
    return record(DocumentRecord, row)


def clean_name(name: str) -> str:
    """A file name without folders or control characters, at most 200 characters, its extension kept."""
    bare = "".join(letter for letter in name.replace("\\", "/").rsplit("/", 1)[-1] if letter.isprintable()).strip()
    if len(bare) > 200:
        suffix = PurePosixPath(bare).suffix[:20]
        bare = bare[: 200 - len(suffix)] + suffix
    return bare or "unnamed"


def _read_full(stream: ByteStream) -> bytes:
    """Up to CHUNK_BYTES, fewer only at the end of the stream."""
    data = stream.read(CHUNK_BYTES)
    while data and len(data) < CHUNK_BYTES:
        more = stream.read(CHUNK_BYTES - len(data))
        if not more:
            break
        data += more
    return data
