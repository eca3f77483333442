import io

import pytest
from sqlalchemy import func, select

from utils.database.base import Database
from utils.database.tables import document_chunks
from utils.database.tables import documents as documents_table
from utils.sessions.documents import CHUNK_BYTES, DocumentError, DocumentRecord, Documents, clean_name
from utils.sessions.sessions import Sessions

SESSION = "s1"


@pytest.fixture
def documents(database: Database, sessions: Sessions) -> Documents:
    sessions.create(SESSION)
    return Documents(database, max_bytes=4 * CHUNK_BYTES)


def stored(database: Database) -> tuple[int, int]:
    with database.read() as connection:
        chunks = connection.execute(select(func.count()).select_from(document_chunks)).scalar_one()
        return connection.execute(select(func.count()).select_from(documents_table)).scalar_one(), chunks


class Dribble(io.RawIOBase):
    """A stream that gives a few bytes at a time, as a slow network does, and may break."""

    def __init__(self, data: bytes, breaks: bool = False) -> None:
        self._inner = io.BytesIO(data)
        self._breaks = breaks

    def read(self, size: int = -1) -> bytes:
        piece = self._inner.read(min(size, 10_007))
        if self._breaks and not piece:
            raise ConnectionResetError
        return piece


def test_bytes_come_back_as_they_went_in(documents: Documents) -> None:
    data = bytes(range(256)) * 3000
    record = documents.add(SESSION, "a.txt", Dribble(data))
    assert (record.size, record.status, record.media_type) == (len(data), "uploaded", "text/plain")
    copy = io.BytesIO()
    documents.copy(record.id, copy)
    assert copy.getvalue() == data


def test_full_chunks_are_stored_however_the_stream_dribbles(documents: Documents, database: Database) -> None:
    documents.add(SESSION, "a.txt", Dribble(b"x" * (2 * CHUNK_BYTES + 1)))
    assert stored(database) == (1, 3)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.txt", b"", "empty_document"),
        ("a.exe", b"MZ", "unsupported_type"),
        ("noextension", b"x", "unsupported_type"),
        ("a.txt", b"x" * (4 * CHUNK_BYTES + 1), "too_large"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_leaves_nothing(
    documents: Documents, database: Database, name: str, content: bytes, code: str
) -> None:
    with pytest.raises(DocumentError) as refused:
        documents.add(SESSION, name, io.BytesIO(content))
    assert refused.value.code == code
    assert stored(database) == (0, 0)


def test_an_upload_that_breaks_off_leaves_nothing(documents: Documents, database: Database) -> None:
    with pytest.raises(ConnectionResetError):
        documents.add(SESSION, "a.txt", Dribble(b"x" * 2 * CHUNK_BYTES, breaks=True))
    assert stored(database) == (0, 0)
    assert documents.list(SESSION) == []


def test_an_unknown_session_takes_no_document(documents: Documents) -> None:
    with pytest.raises(DocumentError) as refused:
        documents.add("nobody", "a.txt", io.BytesIO(b"x"))
    assert refused.value.code == "unknown_session"


def test_documents_are_listed_oldest_first_and_only_their_session_s(documents: Documents, sessions: Sessions) -> None:
    sessions.create("s2")
    first, second = (documents.add(SESSION, name, io.BytesIO(b"x")) for name in ("a.txt", "b.md"))
    documents.add("s2", "c.txt", io.BytesIO(b"x"))
    assert documents.list(SESSION) == [first, second]


def test_deleting_takes_the_chunks_along(documents: Documents, database: Database) -> None:
    record = documents.add(SESSION, "a.txt", io.BytesIO(b"x" * 3 * CHUNK_BYTES))
    documents.delete(record.id)
    assert stored(database) == (0, 0)
    with pytest.raises(DocumentError) as unknown:
        documents.get(record.id)
    assert unknown.value.code == "unknown_document"


@pytest.mark.parametrize("erased", [False, True], ids=["still being erased", "gone"])
def test_of_two_who_delete_one_at_the_same_moment_the_second_finds_it_unknown(
    documents: Documents, database: Database, monkeypatch: pytest.MonkeyPatch, erased: bool
) -> None:
    record, other = documents.add(SESSION, "a.txt", io.BytesIO(b"hello")), Documents(database)
    get = documents.get

    def get_it_and_lose_it(document_id: str) -> DocumentRecord:
        found = get(document_id)
        if not erased:
            monkeypatch.setattr(other, "_erase", lambda _: None)
        other.delete(document_id)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(documents, "get", get_it_and_lose_it)
        with pytest.raises(DocumentError) as refused:
            documents.delete(record.id)
    assert refused.value.code == "unknown_document"
    with pytest.raises(DocumentError):
        documents.get(record.id)


def test_status_tells_whether_it_could_be_read(documents: Documents) -> None:
    good, bad = (documents.add(SESSION, name, io.BytesIO(b"x")) for name in ("a.pdf", "b.pdf"))
    documents.mark_read(good.id, pages=4)
    documents.mark_failed(bad.id, "It is damaged.")
    assert [(one.status, one.pages, one.error) for one in documents.list(SESSION)] == [
        ("read", 4, None),
        ("failed", None, "It is damaged."),
    ]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\log.pdf", "log.pdf"),
        ("a\x00b\n.txt", "ab.txt"),
        ("", "unnamed"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
    ],
)
def test_names_lose_folders_and_control_characters(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_what_could_not_be_read_is_kept(documents: Documents) -> None:
    record = documents.add(SESSION, "a.pdf", io.BytesIO(b"%PDF"))
    assert (record.notes, record.has_tables) == ([], False)
    notes = ["Pages 2-5 hold no text and are probably scans.", "Page 1 holds a picture that could not be read."]
    documents.mark_read(record.id, pages=5, rows=3, notes=notes)
    read = documents.get(record.id)
    assert (read.notes, read.has_tables, read.is_table) == (notes, True, False)


def test_all_that_the_agents_read_can_be_added() -> None:
    from agents.reading.document_parser import READERS
    from utils.sessions.documents import DOCUMENT_TYPES

    assert set(READERS) == set(DOCUMENT_TYPES)
