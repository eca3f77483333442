"""What is wrong with a document is found right after it was uploaded, by a child process with limits."""

import io

import pytest

from agents.processes import document_check
from agents.processes.document_check import DocumentCheck
from tests.support.clock import Clock
from utils.database.base import Database
from utils.sessions.documents import Documents
from utils.sessions.sessions import Sessions
from utils.settings import Settings

pytestmark = [pytest.mark.any_database, pytest.mark.anyio]


@pytest.fixture
def documents(database: Database, sessions: Sessions) -> Documents:
    sessions.create("s1")
    return Documents(database)


async def test_what_is_broken_is_told_and_what_is_not_stays_to_be_read(
    settings: Settings, database: Database, documents: Documents, clock: Clock
) -> None:
    files = [("bad.pdf", b"%PDF-1.7 nothing"), ("good.txt", b"The ferry carries 84."), ("empty.md", b" \n")]
    documents.add_all("s1", [(name, io.BytesIO(data)) for name, data in files], to_be_checked=True)
    clock.move(seconds=1)
    await DocumentCheck(settings, database, documents).look()
    bad, good, empty = documents.list("s1")
    assert bad.error is not None
    assert "bad.pdf" in bad.error
    assert empty.error is not None
    assert "no text" in empty.error
    assert good.error is None
    assert {bad.status, good.status, empty.status} == {"uploaded"}


async def test_what_takes_long_is_left_to_who_asks(
    settings: Settings, database: Database, documents: Documents, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents.add_all("s1", [("a.txt", io.BytesIO(b"x"))], to_be_checked=True)
    clock.move(seconds=1)
    monkeypatch.setattr(document_check, "_SECONDS", 0.001)
    await DocumentCheck(settings, database, documents).look()
    assert [one.error for one in documents.list("s1")] == [None]


async def test_of_one_that_no_run_could_read_in_time_it_is_told(
    settings: Settings, database: Database, documents: Documents, clock: Clock
) -> None:
    documents.add_all("s1", [("a.txt", io.BytesIO(b"x"))], to_be_checked=True)
    clock.move(seconds=1)
    await DocumentCheck(settings.model_copy(update={"parse_seconds": 0.001}), database, documents).look()
    [document] = documents.list("s1")
    assert document.error is not None
    assert "took longer" in document.error
