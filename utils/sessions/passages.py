"""The passages of documents: pieces of text with a reference, searched by their words."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text

from utils.database.base import Database
from utils.database.plain_words import words_of
from utils.database.tables import documents, live, passages, sessions

_PER_TRANSACTION = 100
_PER_DELETE = 20  # SQLite takes each word of a passage out of its index
_CANDIDATES = 500


@dataclass(frozen=True, slots=True)
class NewPassage:
    """``reference`` is its place in its document: 'page 12', 'rows 2-41'."""

    reference: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found. ``n`` is its place in its document; a higher ``score`` is a better match."""

    id: int
    document_id: str
    document_name: str
    n: int
    reference: str
    text: str
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class PassageRecord:
    """A passage with its neighbours' text."""

    id: int
    document_id: str
    document_name: str
    reference: str
    text: str
    before: str | None
    after: str | None


class Passages:
    """All passages of a database, found within one session at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, document_id: str, new: Iterable[NewPassage]) -> int:
        """Store the passages of a document in place of any it had, and say how many. A deleted document keeps none.

        Short transactions: reading a document of a thousand pages must not hold up those who emit events.
        """
        with self._database.write() as connection:
            owner = connection.execute(
                select(documents.c.key, documents.c.session_key).where(documents.c.id == document_id)
            ).first()
        if owner is None:
            return 0
        while self._drop_some(owner.key):
            pass
        remaining = iter(new)
        stored = 0
        while some := list(islice(remaining, _PER_TRANSACTION)):
            with self._database.write() as connection:
                there = select(documents.c.key).where(documents.c.key == owner.key)
                # Locked where a deletion could come in between.
                if not connection.execute(there.with_for_update(read=True, key_share=True)).first():
                    return 0
                connection.execute(
                    insert(passages),
                    [
                        {
                            "session_key": owner.session_key, "document_key": owner.key, "n": stored + place,
                            "reference": passage.reference[:200], "text": passage.text,
                        }
                        for place, passage in enumerate(some)
                    ],
                )  # fmt: skip
            stored += len(some)
        return stored

    def search(self, session_id: str, terms: Iterable[str], limit: int = 24) -> list[Hit]:
        """The passages of a session that hold any of the terms, best first (BM25)."""
        wanted = [term for term in terms if any(letter.isalnum() for letter in term)]
        if not wanted:
            return []
        find = _fts5 if self._database.dialect == "sqlite" else _tsvector
        with self._database.read() as connection:
            session_key = connection.execute(select(sessions.c.key).where(sessions.c.id == session_id, live)).scalar()
            if session_key is None:
                return []
            return [Hit(**row) for row in find(connection, session_key, wanted, limit)]

    def get(self, session_id: str, passage_id: int) -> PassageRecord | None:
        """A passage of the session, or None."""
        query = (
            select(passages, documents.c.id.label("document_id"), documents.c.name.label("document_name"))
            .join(documents, documents.c.key == passages.c.document_key)
            .join(sessions, sessions.c.key == passages.c.session_key)
            .where(passages.c.id == passage_id, sessions.c.id == session_id, live)
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
            if row is None:
                return None
            around = select(passages.c.n, passages.c.text).where(
                passages.c.document_key == row.document_key, passages.c.n.in_([row.n - 1, row.n + 1])
            )
            texts = {beside.n: beside.text for beside in connection.execute(around)}
        return PassageRecord(
            id=row.id, document_id=row.document_id, document_name=row.document_name, reference=row.reference,
            text=row.text, before=texts.get(row.n - 1), after=texts.get(row.n + 1),
        )  # fmt: skip

    def of_document(self, document_id: str, limit: int, start: int = 0) -> list[Hit]:
        """Up to ``limit`` passages of a document from its passage ``start`` on, in reading order."""
        query = (
            select(
                passages.c.id, documents.c.id.label("document_id"), documents.c.name.label("document_name"),
                passages.c.n, passages.c.reference, passages.c.text,
            )
            .join(documents, documents.c.key == passages.c.document_key)
            .where(documents.c.id == document_id, passages.c.n >= start)
            .order_by(passages.c.n)
            .limit(limit)
        )  # fmt: skip
        with self._database.read() as connection:
            return [Hit(**row) for row in connection.execute(query).mappings()]

    def _drop_some(self, document_key: int) -> bool:
        some = select(passages.c.id).where(passages.c.document_key == document_key).limit(_PER_DELETE)
        with self._database.write() as connection:
            return connection.execute(delete(passages).where(passages.c.id.in_(some))).rowcount > 0


def _fts5(connection: Connection, session_key: int, terms: list[str], limit: int) -> list[dict[str, Any]]:
    """The session is part of what is matched, so that other sessions' passages cost nothing; it weighs nothing."""
    phrases = " OR ".join('"' + term.replace('"', " ") + '"' for term in terms)
    rows = connection.execute(
        text(
            """SELECT p.id, d.id AS document_id, d.name AS document_name, p.n, p.reference, p.text,
                      -bm25(passage_index, 0, 1) AS score
               FROM passage_index
               JOIN passages p ON p.id = passage_index.rowid
               JOIN documents d ON d.key = p.document_key
               WHERE passage_index MATCH :wanted AND p.session_key = :session_key AND d.status = 'read'
               ORDER BY bm25(passage_index, 0, 1), p.id
               LIMIT :limit"""
        ),
        {"wanted": f"scope:s{session_key} AND text:({phrases})", "session_key": session_key, "limit": limit},
    )
    return [dict(row) for row in rows.mappings()]


# PostgreSQL ranks without a word's rarity, so that its own rank only chooses the candidates. The formula is that of
# FTS5's bm25() (k1 = 1.2, b = 0.75), with rarity counted in the session; lengths are bytes, as only their ratio counts.
_BM25 = """
WITH own AS NOT MATERIALIZED (
    SELECT p.id, p.document_key, p.n, p.reference, p.text, p.words, octet_length(p.text) AS size
    FROM passages p WHERE p.session_key = :session_key
), whole AS (
    SELECT count(*) AS passages, greatest(avg(size), 1) AS size FROM own
), candidates AS MATERIALIZED (
    SELECT own.* FROM own JOIN documents d ON d.key = own.document_key AND d.status = 'read'
    WHERE own.words @@ CAST(:query AS tsquery)
    ORDER BY ts_rank(own.words, CAST(:query AS tsquery)) DESC, own.id LIMIT :most
), wanted AS (
    SELECT lexeme, (SELECT count(*) FROM own WHERE own.words @@ quote_literal(lexeme)::tsquery) AS holders
    FROM unnest(tsvector_to_array(to_tsvector('ringside', :words))) AS lexeme
), scored AS (
    SELECT c.id, sum(
        ln(1 + (whole.passages - w.holders + 0.5) / (w.holders + 0.5))
        * cardinality(l.positions) * 2.2 / (cardinality(l.positions) + 1.2 * (0.25 + 0.75 * c.size / whole.size))
    ) AS score
    FROM whole, candidates c, LATERAL unnest(c.words) AS l(lexeme, positions, weights) JOIN wanted w USING (lexeme)
    GROUP BY c.id
)
SELECT c.id, d.id AS document_id, d.name AS document_name, c.n, c.reference, c.text,
       CAST(scored.score AS double precision) AS score
FROM scored JOIN candidates c USING (id) JOIN documents d ON d.key = c.document_key
ORDER BY scored.score DESC, c.id LIMIT :limit"""


def _tsvector(connection: Connection, session_key: int, terms: list[str], limit: int) -> list[dict[str, Any]]:
    phrases = [words for term in terms if (words := words_of(term))]
    if not phrases:
        return []
    query = connection.execute(
        text("SELECT to_tsquery('ringside', :query)::text"),
        {"query": " | ".join("<->".join(words) for words in phrases)},
    ).scalar()
    values = {
        "session_key": session_key,
        "query": query,
        "words": " ".join(word for words in phrases for word in words),
    }
    rows = connection.execute(text(_BM25), {**values, "most": max(limit, _CANDIDATES), "limit": limit})
    return [dict(row) for row in rows.mappings()]
