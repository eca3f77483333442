import io

import pytest
from sqlalchemy import event

from utils.database.base import Database
from utils.sessions.documents import DocumentRecord, Documents
from utils.sessions.passages import NewPassage, Passages
from utils.sessions.sessions import Sessions

SESSION = "s1"


@pytest.fixture
def documents(database: Database, sessions: Sessions) -> Documents:
    sessions.create(SESSION)
    return Documents(database)


@pytest.fixture
def passages(database: Database) -> Passages:
    return Passages(database)


@pytest.fixture
def harbour_log(documents: Documents, passages: Passages) -> DocumentRecord:
    record = documents.add(SESSION, "log.txt", io.BytesIO(b"x"))
    texts = ["The engine was rebuilt in April.", "Ice lay in the narrows.", "The engine runs; the ENGINE is loud."]
    passages.replace(record.id, [NewPassage(f"page {at}", text) for at, text in enumerate(texts, 1)])
    documents.mark_read(record.id, pages=3)
    return record


def test_the_better_match_comes_first(passages: Passages, harbour_log: DocumentRecord) -> None:
    assert [hit.reference for hit in passages.search(SESSION, ["engine"])] == ["page 3", "page 1"]


def test_word_forms_are_found(passages: Passages, harbour_log: DocumentRecord) -> None:
    assert [hit.reference for hit in passages.search(SESSION, ["engines"], limit=1)] == ["page 3"]
    assert [hit.reference for hit in passages.search(SESSION, ["narrow"])] == ["page 2"]


@pytest.mark.parametrize("term", ['"', "NEAR(", "a OR", "*", "text:x", "'; DROP TABLE passages; --", "-", "\x00"])
def test_no_term_is_taken_for_query_syntax(passages: Passages, harbour_log: DocumentRecord, term: str) -> None:
    assert {hit.reference for hit in passages.search(SESSION, [term, "ice"])} >= {"page 2"}


def test_other_sessions_find_nothing(passages: Passages, harbour_log: DocumentRecord, sessions: Sessions) -> None:
    sessions.create("s2")
    assert passages.search("s2", ["engine"]) == []
    hit = passages.search(SESSION, ["ice"])[0]
    assert passages.get("s2", hit.id) is None


@pytest.mark.only_on("sqlite")
def test_a_search_does_not_walk_through_other_sessions_passages(
    database: Database, passages: Passages, documents: Documents, sessions: Sessions, harbour_log: DocumentRecord
) -> None:
    """Counted in steps of SQLite's machine: finding and joining a passage takes ten and more."""
    others, steps = 2000, 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    event.listen(database.engine, "checkout", lambda raw, *_: raw.set_progress_handler(step, 1))

    def cost() -> int:
        before = steps
        assert len(passages.search(SESSION, ["engine", "ice"])) == 3
        return steps - before

    alone = cost()
    sessions.create("other")
    other = documents.add("other", "log.txt", io.BytesIO(b"x"))
    passages.replace(other.id, [NewPassage(f"page {n}", "The engine and the ice.") for n in range(others)])
    documents.mark_read(other.id)
    assert cost() - alone < others


def test_the_sessions_own_word_is_not_found_as_text(passages: Passages, harbour_log: DocumentRecord) -> None:
    assert passages.search(SESSION, ["s1", "s2"]) == []


def test_a_passage_knows_its_neighbours(passages: Passages, harbour_log: DocumentRecord) -> None:
    hit = passages.search(SESSION, ["ice"])[0]
    passage = passages.get(SESSION, hit.id)
    assert passage is not None
    assert (passage.document_name, passage.reference) == ("log.txt", "page 2")
    assert passage.before == "The engine was rebuilt in April."
    assert passage.after == "The engine runs; the ENGINE is loud."


def test_reading_again_replaces_the_passages(passages: Passages, harbour_log: DocumentRecord) -> None:
    passages.replace(harbour_log.id, [NewPassage("page 1", "Only fog.")])
    assert passages.search(SESSION, ["engine"]) == []
    assert [hit.text for hit in passages.of_document(harbour_log.id, limit=10)] == ["Only fog."]


def test_many_passages_keep_their_order(passages: Passages, harbour_log: DocumentRecord) -> None:
    count = passages.replace(harbour_log.id, (NewPassage(f"row {n}", f"row number {n}") for n in range(1000)))
    assert count == 1000
    assert [hit.n for hit in passages.of_document(harbour_log.id, limit=3, start=500)] == [500, 501, 502]


def test_a_deleted_document_is_found_no_more(
    passages: Passages, documents: Documents, harbour_log: DocumentRecord
) -> None:
    documents.delete(harbour_log.id)
    assert passages.search(SESSION, ["engine"]) == []
    assert passages.replace(harbour_log.id, [NewPassage("page 1", "engine")]) == 0
