"""Documents that somebody looks into right after they were uploaded."""

import io

import pytest

from tests.support.at_once import at_once
from tests.support.clock import Clock
from utils.database.base import Database
from utils.sessions.document_checks import DocumentChecks
from utils.sessions.documents import DocumentRecord, Documents
from utils.sessions.sessions import Sessions


@pytest.fixture
def documents(database: Database, sessions: Sessions) -> Documents:
    sessions.create("s1")
    return Documents(database)


@pytest.fixture
def checks(database: Database) -> DocumentChecks:
    return DocumentChecks(database)


def upload(documents: Documents, *names: str) -> list[DocumentRecord]:
    return documents.add_all("s1", [(name, io.BytesIO(b"x")) for name in names], to_be_checked=True)


def test_each_is_looked_into_once_the_oldest_first_a_second_after_it_came(
    documents: Documents, checks: DocumentChecks, clock: Clock
) -> None:
    documents.add("s1", "sample.txt", io.BytesIO(b"x"))
    added = upload(documents, "a.txt", "b.txt")
    assert checks.next() is None, "who asks at once has it read by the run"
    clock.move(seconds=1)
    assert [checks.next(), checks.next(), checks.next()] == [*added, None]


def test_what_was_read_or_deleted_meanwhile_is_not_looked_into(
    documents: Documents, checks: DocumentChecks, clock: Clock
) -> None:
    read, deleted = upload(documents, "a.txt", "b.txt")
    documents.mark_read(read.id)
    documents.delete(deleted.id)
    clock.move(seconds=1)
    assert [checks.next(), checks.next()] == [None, None]


def test_two_processes_never_look_into_the_same(documents: Documents, checks: DocumentChecks, clock: Clock) -> None:
    added = upload(documents, *(f"{n}.txt" for n in range(6)))
    clock.move(seconds=1)
    found = at_once(*[checks.next] * 6)
    assert not [one for one in found if isinstance(one, Exception)]
    taken = [one.id for one in found if isinstance(one, DocumentRecord)]
    assert len(taken) == len(set(taken))
    while (one := checks.next()) is not None:
        taken.append(one.id)
    assert sorted(taken) == sorted(one.id for one in added)


def test_what_is_wrong_is_kept_until_the_document_is_read(documents: Documents, checks: DocumentChecks) -> None:
    bad, read = upload(documents, "a.txt", "b.txt")
    documents.mark_read(read.id)
    for document in (bad, read):
        checks.fail(document.id, "It is broken.")
    found = documents.list("s1")
    assert [(one.status, one.error) for one in found] == [("uploaded", "It is broken."), ("read", None)]
    documents.mark_read(bad.id)
    assert documents.get(bad.id).error is None
