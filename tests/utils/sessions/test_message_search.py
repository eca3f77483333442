"""Search over messages and titles: the same on both databases."""

import io
from contextlib import closing

import pytest
from sqlalchemy import text

from tests.support.account import HASHED
from tests.support.events import fill
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_team, add_user
from utils.database.base import Database
from utils.database.plain_words import plain
from utils.database.tables import LIVE
from utils.log.activity_log import ActivityLog
from utils.sessions import sessions as sessions_module
from utils.sessions.deletion import SessionDeletion
from utils.sessions.documents import Documents
from utils.sessions.message_search import MessageSearch
from utils.sessions.messages import add_message
from utils.sessions.passages import NewPassage, Passages
from utils.sessions.search_query import SearchQuery
from utils.sessions.sessions import Sessions
from utils.settings import Settings

SAID = {
    "engine": ["Who rebuilt the engine?", "The crew was happy to rebuild both **Engines** in April [1]."],
    "ice": ["Ice lay in the narrows, said the e-mail of 3.14 p.m.", "Don't cross."],
    "accents": ["Où est le café de Zürich? ENGINE😀 Ωmega", "Cafe\u0301 again"],
    "herring": ["A red herring.", "The herring was red, and the sea was rough."],
    "syntax": ["NEAR AND OR NOT content:x ^a b* {c} (d) -e + 'f' \\g %h_i <script> 100%"],
}


@pytest.fixture
def search(database: Database) -> MessageSearch:
    return MessageSearch(database)


@pytest.fixture
def documents(database: Database) -> Documents:
    return Documents(database)


@pytest.fixture
def said(database: Database, sessions: Sessions) -> None:
    for name, texts in SAID.items():
        say(database, sessions.create(name, f"Title of {name}").key, *texts)


def say(database: Database, session_key: int, *texts: str) -> None:
    with database.write() as connection:
        for n, content in enumerate(texts):
            add_message(connection, session_key, "assistant" if n % 2 else "user", content, f"run-{n}")


def found(sessions: Sessions, ada: UserRecord, typed: str) -> set[str]:
    return {item.id for item in sessions.page(ada, SearchQuery.parse(typed)).items}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        # all words, in one message, in any order
        ("engine rebuilt", {"engine"}),
        ("rebuilt april", set()),
        ("rough red", {"herring"}),
        # stems
        ("engines", {"engine", "accents"}),
        ('"engines"', {"engine", "accents"}),
        ("happiness", {"engine"}),
        ("crossing", {"ice"}),
        # the last word is typed just now
        ("eng", {"engine", "accents"}),
        ("narr", {"ice"}),
        ("happine", {"engine"}),
        ("rebuildi", {"engine"}),
        ("rebuildin", {"engine"}),
        ("eng rebuilt", set()),
        ('eng "rebuilt the"', {"engine"}),
        # phrases
        ('"red herring"', {"herring"}),
        ('"herring red"', set()),
        ('"herring was red"', {"herring"}),
        ("herring red", {"herring"}),
        ("“red herring”", {"herring"}),
        ('"red herr', {"herring"}),
        ('"red herr"', set()),
        ('"rebuild both engine"', {"engine"}),
        # punctuation parts words, which then stand together
        ("e-mail", {"ice"}),
        ("e-mai", {"ice"}),
        ("email", set()),
        ("3.14", {"ice"}),
        ("14.3", set()),
        ("don't", {"ice"}),
        ("Don’t", {"ice"}),
        # case and diacritics
        ("ENGINE", {"engine", "accents"}),
        ("cafe", {"accents"}),
        ("CAFÉ", {"accents"}),
        ("cafe\u0301 again", {"accents"}),
        ("zurich", {"accents"}),
        ("ou est", {"accents"}),
        ("ωmega", {"accents"}),
        ("engine😀", {"engine", "accents"}),
        # nothing is syntax
        ("NEAR", {"syntax"}),
        ("NEAR(", {"syntax"}),
        ("AND OR NOT", {"syntax"}),
        ("content:x", {"syntax"}),
        ("^a", {"accents", "engine", "herring", "syntax"}),
        ("b*", {"engine", "syntax"}),
        ("{c}", {"accents", "engine", "ice", "syntax"}),
        ("(d)", {"accents", "ice", "syntax"}),
        ("-e x", {"syntax"}),
        ("red -herring", {"herring"}),
        ("herring | ice", set()),
        ("herring & red", {"herring"}),
        ("herring:* red", {"herring"}),
        ("!herring", {"herring"}),
        ("herring <-> red", {"herring"}),
        ("'f'", {"syntax"}),
        ("\\g", {"syntax"}),
        ("%h_i", {"syntax"}),
        ("<script>", {"syntax"}),
        ("100%", {"syntax"}),
        ("'; DROP TABLE messages; --", set()),
        # titles, as they are written
        ("title", set(SAID)),
        ("itle of sy", {"syntax"}),
        ("TÎTLE ICE", {"ice"}),
        # nothing to look for
        ("", set(SAID)),
        (" \t\n", set(SAID)),
        # only punctuation, and worse
        ('"', set()),
        ('""', set()),
        ('"""', set()),
        ("*", set()),
        ("%", set()),
        ("_", set()),
        ("()", set()),
        (":", set()),
        ("\\", set()),
        ("'", set()),
        ("-", set()),
        ("😀", set()),
        ("\0", set(SAID)),
        ("\u0301", set(SAID)),
        ("red\0herring", {"herring"}),
        ("\ufffd", set()),
        ("\u200d", set()),
        ("a " * 100, {"accents", "herring", "syntax"}),
        ("a" * 200, set()),
        ('"' * 200, set()),
        ("*" * 200, set()),
        ("日本" * 100, set()),
        ("1e5 0x1f 2nd", set()),
    ],
)
def test_it_finds(sessions: Sessions, ada: UserRecord, said: None, typed: str, expected: set[str]) -> None:
    assert found(sessions, ada, typed) == expected


def test_a_search_has_at_most_sixteen_phrases_of_sixteen_words(
    database: Database, sessions: Sessions, ada: UserRecord
) -> None:
    words = [f"w{n}" for n in range(16)]
    all_of_them = " ".join(words)
    say(database, sessions.create("said").key, all_of_them)
    sessions.create("titled", f"{all_of_them} herring")
    assert found(sessions, ada, f'"{all_of_them}"') == {"said", "titled"}
    assert found(sessions, ada, f'"{all_of_them} herring"') == {"said", "titled"}
    assert found(sessions, ada, f"{all_of_them} herring") == {"said", "titled"}
    assert found(sessions, ada, f'"{all_of_them} ice"') == {"said"}
    assert found(sessions, ada, f"{all_of_them} ice") == {"said"}
    assert found(sessions, ada, " ".join(["w0"] * 20 + ["ice"])) == set()
    # The last word that counts is no longer the one being typed.
    assert found(sessions, ada, '"' + " ".join([*words[:15], "w", "ice"])) == set()


def test_only_sessions_that_one_may_see_are_found(
    database: Database, sessions: Sessions, ada: UserRecord, said: None, search: MessageSearch
) -> None:
    with database.write() as connection:
        max_ = add_user(connection, ada.team_key, "max@example.org", "Max", "member", HASHED)
        fay = add_user(connection, add_team(connection, "Pier").key, "fay@example.org", "Fay", "administrator", HASHED)
    say(database, sessions.create("private", "A herring of his own", max_).key, "My herring.")
    say(database, sessions.create("foreign", "A herring of hers", fay).key, "My herring.")
    assert found(sessions, ada, "herring") == {"herring"}
    assert found(sessions, max_, "herring") == {"herring", "private"}
    assert found(sessions, fay, "herring") == {"foreign"}
    sessions.change("private", shared=True)
    assert found(sessions, ada, "herring") == {"herring", "private"}


def test_sessions_that_are_found_come_in_pages_newest_activity_first(
    database: Database, sessions: Sessions, ada: UserRecord
) -> None:
    for n in range(5):
        say(database, sessions.create(f"s{n}", owner=ada).key, f"Herring {n}", "Ice")
        with database.write() as connection:
            connection.execute(text("UPDATE sessions SET updated_at = :n WHERE id = :id"), {"n": n // 2, "id": f"s{n}"})
    query, seen, cursor = SearchQuery.parse("herring"), [], None
    while True:
        page = sessions.page(ada, query, cursor=cursor, limit=2)
        seen += [item.id for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ["s4", "s3", "s2", "s1", "s0"]


def test_the_newest_messages_that_match_come_as_snippets(
    database: Database, sessions: Sessions, search: MessageSearch
) -> None:
    session = sessions.create("s1")
    say(database, session.key, *(f"Herring {n}" if n != 3 else "Ice" for n in range(6)))
    other = sessions.create("s2")
    say(database, other.key, "No fish")
    found = search.snippets(SearchQuery.parse("herrings"), [session.key, other.key])
    assert list(found) == [session.key]
    assert [[tuple(part) for part in one.parts] for one in found[session.key]] == [
        [("Herring", True), (f" {n}", False)] for n in (5, 4, 2)
    ]
    newest = found[session.key][0]
    assert newest.message_id.startswith("message-")
    assert (newest.role, newest.run_id) == ("assistant", "run-5")
    assert newest.created_at.year > 2000


def test_a_title_has_no_snippets(database: Database, sessions: Sessions, search: MessageSearch) -> None:
    session = sessions.create("s1", "100% herring")
    assert search.snippets(SearchQuery.parse("herring"), [session.key]) == {}
    assert search.snippets(SearchQuery.parse("%"), [session.key]) == {}
    assert search.snippets(SearchQuery.parse("herring"), []) == {}


def test_what_is_being_deleted_is_not_found(
    database: Database,
    sessions: Sessions,
    ada: UserRecord,
    log: ActivityLog,
    monkeypatch: pytest.MonkeyPatch,
    deletion: SessionDeletion,
) -> None:
    say(database, sessions.create("s1").key, "A herring.")

    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(log._store, "delete_events", cut_off)
        with pytest.raises(KeyboardInterrupt):
            deletion.delete("s1")
    assert found(sessions, ada, "herring") == set()
    deletion.finish()
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM messages")).scalar() == 0


@pytest.mark.only_on("sqlite")
def test_the_words_of_a_deleted_session_cannot_be_read_from_the_file(
    database: Database, sessions: Sessions, documents: Documents, settings: Settings, deletion: SessionDeletion
) -> None:
    """Each place has its own word. They are their own stems and begin differently, for the index leaves out of a word
    what it has in common with the one before it.
    """
    words = {"kept": (b"xylokept", b"qummokept", b"jabbokept"), "gone": (b"zzyzx", b"wyvvyx", b"vuxxuk")}
    for name, (said, noted, tag) in words.items():
        session = sessions.create(name)
        say(database, session.key, *(f"{said.decode()} number {n}, and a word more." for n in range(50)))
        document = documents.add(name, "a.txt", io.BytesIO(noted + b" in a document"))
        Passages(database).replace(document.id, [NewPassage("line 1", f"{noted.decode()} in a passage")] * 50)
        sessions.change(name, tags=[tag.decode()])
    deletion.delete("gone")
    with closing(database.connect()) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.execute("INSERT INTO message_index(message_index) VALUES ('integrity-check')")
        raw.execute("INSERT INTO passage_index(passage_index) VALUES ('integrity-check')")
        for index in ("message_index", "passage_index"):
            blocks = b"".join(block for (block,) in raw.execute(f"SELECT block FROM {index}_data"))
            assert any(word in blocks for word in words["kept"])
            assert not any(word in blocks for word in words["gone"])
    stored = (settings.data_path / "ringside.db").read_bytes().lower()
    assert [word for word in words["kept"] if word not in stored] == []
    assert [word for word in words["gone"] if word in stored] == []


def test_the_database_keeps_each_title_as_a_search_compares_it(
    database: Database, sessions: Sessions, ada: UserRecord, log: ActivityLog
) -> None:
    sessions.create("made", "Où est l’ÉGLISE?")
    sessions.create("renamed", "Before")
    sessions.change("renamed", title="ÉÇOLE İ 100% \\_")
    fill(log, "Emitted", 1)
    with database.read() as connection:
        kept = connection.execute(text("SELECT id, title, plain_title FROM sessions")).all()
    assert {row.id: row.plain_title for row in kept} == {row.id: plain(row.title) for row in kept}
    assert {row.id for row in kept if row.plain_title != row.title} == {"made", "renamed", "Emitted"}
    for typed, expected in (("eglise", "made"), ("ecole i", "renamed"), ("0% \\_", "renamed"), ("emit", "Emitted")):
        assert found(sessions, ada, f'"{typed}"') == {expected}, typed
    assert found(sessions, ada, "before") == set()


def test_a_page_that_the_newest_sessions_fill_asks_for_no_others(
    database: Database, sessions: Sessions, ada: UserRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(6):
        say(database, sessions.create(f"s{n}", "Red" if n == 4 else None).key, "Herring" if n != 4 else "Ice")
        with database.write() as connection:
            connection.execute(text("UPDATE sessions SET updated_at = :n WHERE id = :id"), {"n": n, "id": f"s{n}"})
    monkeypatch.setattr(sessions_module, "LOOKED_AT_FIRST", 3)
    monkeypatch.setattr(sessions_module, "_newest_page", sessions_module._newest_page.__wrapped__)

    def ids(typed: str, limit: int, cursor: str | None = None) -> list[str]:
        return [item.id for item in sessions.page(ada, SearchQuery.parse(typed), limit=limit, cursor=cursor).items]

    assert ids("herring", 10) == ["s5", "s3", "s2", "s1", "s0"]
    assert ids("red", 10) == ["s4"]
    with monkeypatch.context() as patch:
        patch.setattr(MessageSearch, "condition", None)
        assert ids("herring", 1) == ["s5"]
        cursor = sessions.page(ada, SearchQuery.parse("herring"), limit=1).next_cursor
        assert ids("herring", 1, cursor) == ["s3"]
    assert ids("herring", 2) == ["s5", "s3"]


@pytest.mark.only_on("sqlite")
def test_a_search_looks_once_into_the_index(database: Database, search: MessageSearch) -> None:
    query = SearchQuery.parse("herring")
    for condition, values in (search.condition(query), search.condition_of(query, "SELECT key FROM sessions LIMIT 9")):
        with database.read() as connection:
            plan = connection.execute(
                text(
                    "EXPLAIN QUERY PLAN SELECT s.title FROM sessions s "
                    f"WHERE s.archived = 0 AND s.{LIVE} AND {condition}"
                ),
                values | {"team": 1},
            )
            steps = [row.detail for row in plan]
        # "M…=" would be one search for each row
        assert "SCAN message_index VIRTUAL TABLE INDEX 0:M1" in steps
        assert not any(step.startswith("SCAN m") and "VIRTUAL" not in step for step in steps)
