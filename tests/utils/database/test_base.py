"""The database: its schema moves both ways with its data, and it refuses where it cannot be safe."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.support.events import fill, wire
from tests.support.programs import python, run_python
from utils.accounts.principal import UserRecord
from utils.accounts.users import add_team, add_user
from utils.database import base as database_module
from utils.database import sqlite as sqlite_database
from utils.database.base import SCHEMA, Database, DatabaseError
from utils.database.moment import now
from utils.database.opening import open_database, prepare
from utils.database.tables import metadata, runs
from utils.database.tables import sessions as sessions_table
from utils.doorbell.opening import open_doorbell
from utils.log.activity_log import ActivityLog
from utils.log.events import RunUpdate
from utils.log.opening import open_log
from utils.sessions.approval import NewApproval, Question
from utils.sessions.approvals import Approvals
from utils.sessions.deletion import SessionDeletion
from utils.sessions.messages import Messages, add_message
from utils.sessions.new_session import emitted_session
from utils.sessions.reported_runs import ReportedRuns
from utils.sessions.run_queue import RunQueue
from utils.sessions.sessions import SessionExistsError, Sessions
from utils.settings import Settings

SEARCHED = ("words", "plain_title")
SEARCH_INDEXES = ("passages_by_words", "messages_by_words", "sessions_by_title")
MIGRATE = """
import sys
from utils.database.opening import open_database
from utils.settings import get_settings
print("ready", flush=True)
sys.stdin.readline()
open_database(get_settings()).migrate()
"""


def fresh(folder: Path) -> Database:
    return open_database(Settings(_env_file=None, data_dir=folder))


def test_the_schema_is_what_the_tables_say(database: Database) -> None:
    with database.read() as connection:
        difference = compare_metadata(MigrationContext.configure(connection), metadata)
        made = {
            table: {c["name"]: str(c["type"]) for c in inspect(connection).get_columns(table)}
            for table in metadata.tables
        }
    # What is searched is of each database's own kind, and the tables of the product do not name it; nor LangGraph's.
    assert [item for item in difference if not _is_foreign(item)] == []
    for name, table in metadata.tables.items():
        assert [column for column in made[name] if column not in SEARCHED] == [column.name for column in table.columns]


def _is_foreign(difference: Any) -> bool:
    kind, *what = difference
    if kind == "remove_table":
        return bool(what[0].name.startswith(("passage_index", "message_index", "checkpoint")))
    if kind == "remove_index":
        return what[0].name in SEARCH_INDEXES or what[0].table.name.startswith("checkpoint")
    return kind == "remove_column" and what[2].name in SEARCHED


def test_the_folder_of_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    fresh(tmp_path / "data").close()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_file_that_is_no_database_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "ringside.db").write_text("Certainly no database, and longer than its header." * 10)
    with pytest.raises(DatabaseError, match=r"not a database\. Point DATA_DIR at another"):
        prepare(Settings(_env_file=None, data_dir=tmp_path))


def test_a_file_that_cannot_be_opened_is_told_with_what_helps(tmp_path: Path) -> None:
    (tmp_path / "ringside.db").mkdir()
    with pytest.raises(DatabaseError, match=r"unable to open database file\. Give the folder and its files to"):
        prepare(Settings(_env_file=None, data_dir=tmp_path))


def test_a_folder_that_cannot_be_made_is_told_in_plain_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match=r"^DATA_DIR .*Point it at another folder"):
        prepare(Settings(_env_file=None, data_dir=tmp_path / "file" / "data"))


@pytest.mark.only_on("sqlite")
def test_keys_are_never_given_twice(database: Database) -> None:
    with database.read() as connection:
        for name in ("sessions", "runs", "messages", "documents", "passages"):
            sql = connection.exec_driver_sql(f"SELECT sql FROM sqlite_master WHERE name = '{name}'").scalar()
            assert "AUTOINCREMENT" in str(sql), name
            assert metadata.tables[name].dialect_options["sqlite"]["autoincrement"] is True, name


def test_the_newest_migration_is_the_schema_this_version_knows() -> None:
    versions = Path(database_module.__file__).parent / "migrations" / "versions"
    assert max(path.name for path in versions.glob("*.py")).startswith(SCHEMA)


IDENTITIES = {"identities", "spent_tokens"}
SECOND_FACTORS = {"second_factors", "recovery_codes", "mails", "password_requests", "passkeys"}
CHAINS = {"audit_chains", "audit_erasures", "retention", "audit_positions"}
QUOTAS = {"team_quotas", "team_usage"}
NOTICES = {"noted", "notice_preferences", "push_subscriptions", "push_keys", "notice_rules", "notices"}
COSTS = {"usages", "usage_days", "prices", "budgets", "budget_states", "budget_holds"}
SAID = {"run_messages"}
RULES = {"approval_rules"}
FEEDBACK = {"feedback", "judgements", "comments"}
DECIDERS = {"approval_deciders"}
SINCE_TOLD = SAID | RULES | FEEDBACK | DECIDERS
SINCE_COSTS = COSTS | NOTICES | SINCE_TOLD
SINCE_APPROVALS = {"approval_snoozes", "pauses", "findings", "usual_silences"} | SINCE_COSTS
APPROVALS = {"approvals"} | SINCE_APPROVALS
MANY_PEOPLE = IDENTITIES | SECOND_FACTORS | CHAINS | QUOTAS | APPROVALS
PUBLISHED = {"published", "published_offsets", "agent_processes"} | MANY_PEOPLE
WORKERS = {"workers"} | PUBLISHED
TRACES = {"traces", "spans"}
REPORTED = {"reported_texts"} | TRACES | WORKERS
OUTSIDE = {"hook_calls"} | REPORTED
SENT_AGAIN = {"kept_answers"}
CHANGES = {"team_changes"}
AGENTS = {"agents", "session_tags", "password_links"}
PEOPLE = {
    "teams", "users", "invitations", "sign_ins", "sign_in_attempts", "api_keys", "spectator_links", "audit",
    "errors", "secret_check",
}  # fmt: skip


def test_migrating_down_and_up_again_with_data_in_every_table_works(database: Database, log: ActivityLog) -> None:
    """With the account of the tests: a team, its administrator and a key."""
    fill(log, "s1", 10)
    at = now()
    with database.write() as connection:
        for table, row in {
            "deleted_sessions": {"id": "past", "head": 3},
            "runs": {
                "id": "r", "session_key": 1, "status": "waiting", "question": "q", "first_seq": 1, "created_at": at,
                "wake_at": at, "state": {"id": "é"}, "retry_of": "run-0",
            },
            "hook_calls": {"run_key": 1, "name": "n", "body": b"\0", "content_type": "t", "at": at},
            "approvals": {
                "id": "a", "session_key": 1, "activity_id": "1", "agent_name": "n", "action": "a", "question": "q",
                "choices": [{"id": "yes", "label": "Yes"}], "deciders": [], "status": "decided", "decided_by": 1,
                "created_at": at,
            },
            "approval_deciders": {"approval_key": 1, "team_key": 1, "user_key": 1, "open": False},
            "pauses": {"team_key": 1, "agent_key": 1, "by_key": 1, "reason": "Too dear.", "at": at},
            "findings": {
                "id": "f", "session_key": 1, "run_id": "r", "code": "silent", "sentence": "s", "evidence": [],
                "found_at": at, "dismissed_by": 1,
            },
            "feedback": {
                "id": "f", "team_key": 1, "session_key": 1, "run_id": "r", "activity_id": "", "agent_name": "n",
                "changed_at": at,
            },
            "judgements": {"feedback_key": 1, "user_key": 1, "verdict": "up", "at": at},
            "comments": {"id": "c", "feedback_key": 1, "user_key": 1, "text": "t", "created_at": at},
            "usual_silences": {"team_key": 1, "what": "w", "counts": [1], "updated_at": at},
            "agent_processes": {"owner": "o", "started_at": at, "seen_at": at, "slots": 4, "used": 0},
            "team_quotas": {"team_key": 1, "quota": "sessions", "at_most": 3},
            "team_usage": {"team_key": 1, "what": "events", "day": "2026-03-14", "count": 2},
            "usages": {
                "session_key": 1, "run_id": "r", "activity_id": "1", "seq": 1, "agent_name": "n", "model": "m",
                "input": 1, "cached": 0, "output": 1, "reasoning": 0, "at": at,
            },
            "usage_days": {
                "team_key": 1, "day": "2026-03-14", "user_key": 1, "agent_key": 1, "agent_name": "", "model": "m",
                "currency": "EUR", "calls": 1, "input": 40, "cached": 0, "output": 2, "reasoning": 0, "cost_micros": 9,
            },
            "prices": {
                "id": "p", "team_key": 1, "model": "m*", "currency": "EUR", "input": 1, "output": 2, "valid_from": at
            },
            "budgets": {
                "id": "b", "team_key": 1, "scope": "team", "period": "day", "unit": "tokens", "at_most": 1,
                "hard": True, "created_at": at,
            },
            "budget_states": {"budget_key": 1, "subject_key": 1, "period": "all", "told": "near", "more": 0},
            "budget_holds": {"run_key": 1, "budget_key": 1, "subject_key": 1, "period": "all"},
            "workers": {"agent_key": 1, "name": "n", "seen_at": at},
            "messages": {"id": "m", "session_key": 1, "role": "user", "content": "c", "created_at": at},
            "run_messages": {
                "id": "m", "session_key": 1, "run_key": 1, "message_key": 1, "author_key": 1, "delivery": "queued",
                "created_at": at,
            },
            "documents": {
                "id": "d", "session_key": 1, "name": "n", "media_type": "t", "size": 1, "status": "read",
                "created_at": now(),
            },
            "document_chunks": {"document_key": 1, "n": 0, "data": b"\0"},
            "passages": {"session_key": 1, "document_key": 1, "n": 0, "reference": "page 1", "text": "engine"},
            "invitations": {
                "id": "i", "team_key": 1, "role": "member", "secret": "x", "invited_by": 1, "created_at": at,
                "expires_at": at,
            },
            "sign_ins": {
                "id": "i", "user_key": 1, "refresh_id": "r", "browser": "b", "created_at": at, "refreshed_at": at,
                "expires_at": at,
            },
            "sign_in_attempts": {"subject": "address", "at": at},
            "identities": {"user_key": 1, "issuer": "i", "subject": "s", "created_at": at, "seen_at": at},
            "spent_tokens": {"hash": "h", "expires_at": at},
            "spectator_links": {
                "id": "l", "session_key": 1, "secret": "x", "hides_tool_data": True, "made_by": 1, "created_at": at,
                "expires_at": at,
            },
            "audit": {"team_key": 1, "at": at, "action": "a", "actor": "Ada", "subject": "s"},
            "audit_chains": {"team_key": 1, "seq": 1, "hash": "h"},
            "audit_positions": {"target": "syslog", "team_key": 1, "seq": 1},
            "retention": {"what": "sessions", "days": 3, "begins_at": at},
            "audit_erasures": {"team_key": 1, "seq": 1, "erased_in": 2, "sealed": "s"},
            "errors": {"at": at, "severity": "error", "code": "c", "message": "m", "team_key": 1},
            "secret_check": {"key": 1, "sealed": "x"},
            "session_tags": {"session_key": 1, "tag": "t"},
            "reported_texts": {"session_key": 1, "run_id": "r", "message_id": "m", "first_seq": 1},
            "password_links": {"user_key": 1, "secret": "x", "expires_at": at},
            "kept_answers": {
                "name": "n", "content": "c", "session_key": 1, "status": 201, "body": "{}", "created_at": at
            },
            "traces": {
                "user_key": 1, "trace_id": "t", "session_key": 1, "status": "open", "told": "{}", "seen_at": at
            },
            "spans": {"trace_key": 1, "span_id": "s", "counted": False},
            "second_factors": {"user_key": 1, "sealed": "x", "made_at": at, "confirmed_at": at},
            "recovery_codes": {"user_key": 1, "secret": "x"},
            "passkeys": {
                "id": "p", "user_key": 1, "name": "n", "credential_id": "c", "public_key": b"\0", "sign_count": 0,
                "created_at": at,
            },
            "mails": {
                "id": "m", "team_key": 1, "recipient": "a@b.c", "subject": "s", "created_at": at, "due_at": at,
                "expires_at": at,
            },
            "password_requests": {"email": "a@b.c", "at": at},
            "approval_snoozes": {"approval_key": 1, "user_key": 1, "until": at},
            "noted": {"session_key": 1, "seq": 1, "kind": "run_failed", "at": at},
            "notice_preferences": {
                "user_key": 1, "kinds": {"run_failed": {"whose": "team"}}, "quiet_from": 1320, "quiet_until": 420,
                "time_zone": "Europe/Berlin", "urgent_passes": True, "digest": "none",
            },
            "push_subscriptions": {
                "id": "p", "user_key": 1, "endpoint_hash": "h", "sealed": "x", "browser": "b", "created_at": at,
                "sign_in_key": 1,
            },
            "push_keys": {"key": 1, "sealed": "x"},
            "notice_rules": {
                "id": "r", "team_key": 1, "name": "n", "channel": "webhook", "kinds": ["run_failed"], "place": "p",
                "sealed": "x", "enabled": True, "created_at": at,
            },
            "approval_rules": {
                "id": "r", "team_key": 1, "name": "n", "tool": "*delete_*", "effect": "ask", "decides": "people",
                "deciders": ["u"], "expires_in": 60, "on_expiry": "reject", "enabled": True, "position": 0,
                "created_by": 1, "created_at": at, "changed_at": at,
            },
            "notices": {
                "id": "n", "target": "rule-1", "rule_key": 1, "session_key": 1, "channel": "webhook",
                "kind": "run_failed", "seq": 1, "thing": "1", "count": 1, "at": at, "status": "waiting", "due_at": at,
                "expires_at": at,
            },
            "published": {"session_key": 1, "seq": 1},
            "published_offsets": {"topic": "t", "partition": 0, "next_offset": 1},
        }.items():  # fmt: skip
            connection.execute(insert(metadata.tables[table]).values(row))
        connection.execute(text("UPDATE sessions SET owner_key = 1, shared = false, title = 'Café'"))
    before, every = wire(log, "s1"), dict.fromkeys(metadata.tables, 1) | {"events": 10}
    assert counts(database) == every
    former = {table: count for table, count in every.items() if table not in AGENTS | CHANGES | SENT_AGAIN | OUTSIDE}
    without = {table: count for table, count in former.items() if table not in PEOPLE}
    for version, expected in (
        ("0035", {table: n for table, n in every.items() if table not in DECIDERS}),
        ("0033", {table: n for table, n in every.items() if table not in FEEDBACK | DECIDERS}),
        ("0032", {table: n for table, n in every.items() if table not in FEEDBACK | RULES | DECIDERS}),
        ("0030", {table: n for table, n in every.items() if table not in SINCE_TOLD}),
        # The tokens of a day are counted with the team's events there.
        (
            "0028",
            {table: n for table, n in every.items() if table not in SINCE_COSTS} | {"team_usage": 2},
        ),
        ("0025", {table: n for table, n in every.items() if table not in SINCE_APPROVALS} | {"team_usage": 2}),
        ("0023", {table: n for table, n in every.items() if table not in APPROVALS} | {"team_usage": 2}),
        ("0018", {table: count for table, count in every.items() if table not in MANY_PEOPLE}),
        ("0013", {table: count for table, count in every.items() if table not in PUBLISHED}),
        ("0012", {table: count for table, count in every.items() if table not in WORKERS}),
        ("0011", {table: count for table, count in every.items() if table not in TRACES | WORKERS}),
        ("0010", {table: count for table, count in every.items() if table not in REPORTED}),
        ("0009", {table: count for table, count in every.items() if table not in OUTSIDE}),
        ("0006", {table: count for table, count in every.items() if table not in SENT_AGAIN | OUTSIDE}),
        ("0005", {table: count for table, count in every.items() if table not in CHANGES | SENT_AGAIN | OUTSIDE}),
        ("0004", {table: count for table, count in every.items() if table not in CHANGES | SENT_AGAIN | OUTSIDE}),
        ("0003", former),
        # Each team has its built-in agents again.
        ("head", every | dict.fromkeys({"session_tags", "password_links"} | CHANGES | SENT_AGAIN | OUTSIDE, 0)),
        ("0002", without),  # people go, what they worked on stays
        ("0001", without),
        ("0002", without),
        ("head", without | dict.fromkeys(PEOPLE | AGENTS | CHANGES | SENT_AGAIN | OUTSIDE, 0)),
    ):
        database.migrate_to(version)
        assert counts(database) == expected, version
        if version == "head":
            with database.read() as connection:
                assert connection.execute(text("SELECT title, plain_title FROM sessions")).all() == [("Café", "cafe")]
                # An older version knows no run that waits.
                assert connection.execute(text("SELECT status, state, metadata FROM runs")).one() == (
                    "queued",
                    None,
                    "{}",
                )
    assert wire(log, "s1") == before
    with database.write() as connection:
        # It was made private: with its owner gone that would be for ever.
        owned = connection.execute(text("SELECT team_key, owner_key, shared FROM sessions")).one()
        assert tuple(owned) == (None, None, True)
        team = add_team(connection, "New")
        assert connection.execute(text("SELECT team_key FROM sessions")).scalar() == team.key
    database.migrate_to("base")
    with database.read() as connection:
        left = inspect(connection).get_table_names()
    assert {name for name in left if not name.startswith("checkpoint")} <= {"alembic_version", "sqlite_sequence"}
    database.migrate()
    fill(log, "s1", 3)
    assert wire(log, "s1").startswith(b"id: 1\n")


def test_a_browser_that_showed_notices_before_ends_with_the_only_sign_in_that_it_can_be_of(database: Database) -> None:
    at = now()
    database.migrate_to("0035")
    with database.write() as connection:
        for n, browser in enumerate(["Firefox", "Chrome", "Chrome"]):
            row = {"id": str(n), "user_key": 1, "refresh_id": "r", "browser": browser, "created_at": at}
            connection.execute(insert(metadata.tables["sign_ins"]).values(**row, refreshed_at=at, expires_at=at))
        for browser in ("Firefox", "Chrome", "Safari"):
            row = {"id": browser, "user_key": 1, "endpoint_hash": browser, "sealed": "x", "browser": browser}
            connection.execute(insert(metadata.tables["push_subscriptions"]).values(**row, created_at=at))
    database.migrate_to("head")
    with database.read() as connection:
        found = connection.execute(text("SELECT browser, sign_in_key FROM push_subscriptions ORDER BY key")).all()
        [key] = connection.execute(text("SELECT key FROM sign_ins WHERE browser = 'Firefox'")).scalars()
    assert [tuple(one) for one in found] == [("Firefox", key), ("Chrome", None), ("Safari", None)]


def test_whom_an_older_version_has_asked_is_asked_still_and_it_knows_administrators_by_name(
    database: Database, approvals: Approvals, sessions: Sessions, ada: UserRecord
) -> None:
    session = sessions.create("s1", owner=None)
    with database.write() as connection:
        max_ = add_user(connection, ada.team_key, "max@example.org", "Max", "member", "")
        connection.execute(update(sessions_table).values(team_key=ada.team_key, shared=False))
    for step, asked in (("named", {"deciders": [max_.id]}), ("chief", {"administrators": True}), ("session", {})):
        approvals.ask("s1", session.key, NewApproval(step, "Purser", Question("Pay", "Pay?", **asked)))
    database.migrate_to("0035")
    with database.read() as connection:
        found = connection.execute(text("SELECT activity_id, deciders FROM approvals ORDER BY key")).all()
    assert [tuple(row) for row in found] == [
        ("named", f'["{max_.id}"]'), ("chief", f'["{ada.id}"]'), ("session", "[]")
    ]  # fmt: skip
    database.migrate()
    assert [one.activity_id for one in approvals.page(max_).items] == ["named"]
    assert [one.activity_id for one in approvals.page(ada).items] == ["chief"]


def test_a_run_that_was_reported_to_an_older_version_is_not_silent_at_once(
    database: Database, log: ActivityLog
) -> None:
    begun = RunUpdate(session_id="s1", run_id="crew-1", status="running")
    ReportedRuns(database, log).append("s1", Sessions(database).create("s1").key, [begun])
    database.migrate_to("0013")
    before = now()
    database.migrate()
    ReportedRuns(database, log).end_silent(timedelta(minutes=15))
    with database.read() as connection:
        assert connection.execute(select(runs.c.status)).scalar() == "running"
        assert connection.execute(select(runs.c.seen_at)).scalar_one() >= before


def test_what_was_asked_before_and_beside_this_version_has_its_turn(
    database: Database, run_queue: RunQueue, sessions: Sessions, ada: UserRecord
) -> None:
    sessions.create("before", owner=ada)
    run_queue.request("before", "Why?")
    database.migrate_to("0014")
    database.migrate()
    sessions.create("beside", owner=ada)
    run_queue.request("beside", "Why?")
    with database.write() as connection:  # an older version names nobody who asks
        connection.execute(text("UPDATE runs SET asked_by = NULL WHERE question = 'Why?' AND key > 1"))
        lines = connection.execute(text("SELECT asked_by, agent_key, line FROM runs ORDER BY key")).all()
    assert [tuple(line) for line in lines] == [
        (ada.key, lines[0].agent_key, (ada.key << 32) + lines[0].agent_key),
        (None, lines[1].agent_key, lines[1].agent_key),
    ]
    claimed = [run_queue.claim("me"), run_queue.claim("me")]
    assert {run and run.session_id for run in claimed} == {"before", "beside"}
    with database.write() as connection:
        connection.execute(text("UPDATE runs SET status = 'queued', cancel_requested = true"))
        assert connection.execute(text("SELECT line FROM runs")).scalars().all() == [-1, -1]


def test_an_older_version_finds_no_run_that_an_agent_elsewhere_works_on(
    database: Database, log: ActivityLog, run_queue: RunQueue, sessions: Sessions
) -> None:
    """Its agent processes would take it for theirs, and a second running one would be none to its index."""
    session = sessions.create("s1")
    told = [RunUpdate(session_id="s1", run_id=run_id, status="running", question="Why?") for run_id in ("a", "b")]
    ReportedRuns(database, log).append("s1", session.key, told)
    run_queue.request("s1", "Why?")
    database.migrate_to("0009")
    with database.read() as connection:
        assert connection.execute(text("SELECT status FROM runs")).scalars().all() == ["queued"]
        assert connection.execute(text("SELECT count(*) FROM messages")).scalar() == 3
    database.migrate()
    ReportedRuns(database, log).append("s1", session.key, told)


def test_a_session_that_is_being_deleted_keeps_its_mark_whichever_way_the_schema_moves(
    database: Database, log: ActivityLog, sessions: Sessions, messages: Messages
) -> None:
    """Until 0004 the mark was an id of another form; from 0005 on it is a column, and the id stays."""
    keys = {name: sessions.create(name).key for name in ("kept", "cut-off", "newest")}
    fill(log, "kept", 5)
    with database.write() as connection:
        for key in keys.values():
            add_message(connection, key, "user", "The engine.", None)
    before = wire(log, "kept")
    database.migrate_to("0004")
    with database.write() as connection:
        connection.execute(text("UPDATE sessions SET id = 'deleted/' || key WHERE id = 'cut-off'"))
        connection.execute(text("DELETE FROM sessions WHERE id = 'newest'"))
    database.migrate()
    assert ids_of(database) == [("kept", False), (f"deleted/{keys['cut-off']}", True)]
    assert [sessions.get(name) is None for name in ("kept", "cut-off", "newest")] == [False, True, True]
    assert wire(log, "kept") == before
    assert [message.content for message in messages.page(keys["kept"]).items] == ["The engine."]
    assert sessions.create("cut-off").key > keys["newest"], "a key is given once, also where the newest was deleted"
    with pytest.raises(SessionExistsError):
        sessions.create("kept")
    with database.write() as connection:
        connection.execute(update(sessions_table).where(sessions_table.c.id == "kept").values(deleted_at=now()))
    anew = sessions.create("kept").key
    database.migrate_to("0004")
    with database.read() as connection:
        rows = connection.execute(text("SELECT key, id, archived FROM sessions ORDER BY key")).all()
    assert [(row.id, bool(row.archived)) for row in rows] == [
        (f"deleted/{keys['kept']}", True), (f"deleted/{keys['cut-off']}", True), ("cut-off", False), ("kept", False),
    ]  # fmt: skip
    database.migrate()
    assert [message.content for message in messages.page(keys["kept"]).items] == ["The engine."]
    found = sessions.get("kept")
    assert found is not None
    assert found.key == anew
    SessionDeletion(database, log).finish()
    assert ids_of(database) == [("cut-off", False), ("kept", False)]
    assert counts(database)["messages"] == 0, "they belonged to what was deleted"


@pytest.mark.only_on("sqlite")
def test_a_migration_that_would_leave_a_row_without_what_it_refers_to_is_taken_back(
    database: Database, sessions: Sessions
) -> None:
    key = sessions.create("s1").key
    with database.write() as connection:
        add_message(connection, key, "user", "Why?", None)
    with pytest.raises(DatabaseError, match="A row of messages would refer"), database._migration() as connection:
        connection.execute(text("DELETE FROM sessions"))
    assert sessions.get("s1") is not None
    with database.write() as connection, pytest.raises(IntegrityError):
        add_message(connection, key + 1, "user", "Why?", None)


def ids_of(database: Database) -> list[tuple[str, bool]]:
    """The id of every session, and whether it is being deleted."""
    every = select(sessions_table.c.id, sessions_table.c.deleted_at).order_by(sessions_table.c.key)
    with database.read() as connection:
        return [(row.id, row.deleted_at is not None) for row in connection.execute(every)]


def counts(database: Database) -> dict[str, int]:
    """The rows of every table of the product that is there."""
    with database.read() as connection:
        there = [name for name in inspect(connection).get_table_names() if name in metadata.tables]
        return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in there}


def test_migrating_again_changes_nothing(database: Database, log: ActivityLog) -> None:
    before = fill(log, "s1", 5)
    database.migrate()
    database.migrate_to("head")
    assert wire(log, "s1") == before


def test_a_newer_schema_is_refused_and_left_alone(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer Ringside") as refused:
        database.migrate()
    assert "DATA_DIR" in str(refused.value)
    with database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


@pytest.mark.parametrize("version", ["0002", "ae1027a6acf5"])
def test_the_tables_of_another_program_are_refused_and_left_alone(database: Database, version: str) -> None:
    database.migrate_to("base")
    with database.write() as connection:
        connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": version})
    with pytest.raises(DatabaseError, match="belongs to another program"):
        database.migrate()
    with database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == version
        assert not inspect(connection).has_table("sessions")


def test_processes_may_migrate_a_new_database_all_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    with ExitStack() as stack:
        processes = [stack.enter_context(python(MIGRATE, folder)) for _ in range(5)]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            _, err = process.communicate(timeout=60)
            assert process.returncode == 0, err
    database = fresh(folder)
    database.migrate()
    with database.read() as connection:
        assert set(metadata.tables) <= set(inspect(connection).get_table_names())
    database.close()


def test_the_command_line_migrates_and_says_plainly_what_it_cannot(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    command = "import runpy, sys; sys.argv = ['-m']; runpy.run_module('utils.database', run_name='__main__')"
    run_python(command, folder)
    assert (folder / "ringside.db").exists()
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with python(command, blocked) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert err.startswith("ringside: ")
    assert "Traceback" not in err


# Where a WAL database cannot live


MOUNTS = """\
/dev/vda / ext4 rw 0 0
//share/home /home cifs rw 0 0
tmpfs /home/local tmpfs rw 0 0
server:/x /mnt/with\\040space nfs4 rw 0 0
"""


@pytest.fixture
def mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    original = Path.read_text

    def read_text(path: Path, *args: object, **named: object) -> str:
        return MOUNTS if str(path) == "/proc/self/mounts" else original(path, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "read_text", read_text)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/site/data", "cifs"),
        ("/home", "cifs"),
        ("/homestead", "ext4"),
        ("/home/local/data", "tmpfs"),
        ("/var/data", "ext4"),
        ("/mnt/with space/data", "nfs4"),
    ],
)
@pytest.mark.usefixtures("mounts")
def test_the_file_system_of_a_folder_is_that_of_its_nearest_mount(folder: str, kind: str) -> None:
    assert sqlite_database._file_system(Path(folder)) == kind


@pytest.mark.parametrize("kind", ["cifs", "smb3", "nfs", "nfs4", "9p", "fuse.sshfs"])
def test_a_network_file_system_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(sqlite_database, "_file_system", lambda _: kind)
    with pytest.raises(DatabaseError, match="network file system") as refused:
        fresh(tmp_path)
    assert "DATABASE_URL" in str(refused.value)
    assert kind in str(refused.value)


def test_a_sqlite_that_can_corrupt_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_database.pysqlite3, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(DatabaseError, match=r"3\.51\.3"):
        fresh(tmp_path)


# Connections and transactions


def test_a_connection_is_wal_and_as_durable_as_the_setting_says(tmp_path: Path) -> None:
    for synchronous, number in (("FULL", 2), ("NORMAL", 1)):
        database = open_database(Settings(_env_file=None, data_dir=tmp_path, sqlite_synchronous=synchronous))
        raw = database.connect()
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert raw.execute("PRAGMA synchronous").fetchone() == (number,)
        assert raw.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert raw.execute("PRAGMA mmap_size").fetchone() in [(0,), None]
        raw.close()
        database.close()


@pytest.mark.only_on("sqlite")
def test_a_read_is_one_snapshot(database: Database, log: ActivityLog) -> None:
    fill(log, "s1", 1)
    with database.read() as connection:
        count = text("SELECT count(*) FROM events")
        before = connection.execute(count).scalar()
        ThreadPoolExecutor(1).submit(fill, log, "s1", 5).result()
        assert connection.execute(count).scalar() == before
    with database.read() as connection:
        assert connection.execute(count).scalar() == 6


def test_a_write_that_raises_leaves_nothing_and_the_next_one_works(database: Database) -> None:
    insert = text(
        "INSERT INTO sessions (id, title, archived, first, head, created_at, updated_at) "
        "VALUES (:id, 't', false, 1, 0, 1, 1)"
    )

    def fail() -> None:
        with database.write() as connection:
            connection.execute(insert, {"id": "a"})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.write() as connection:
        connection.execute(insert, {"id": "b"})
    with database.read() as connection:
        assert connection.execute(text("SELECT id FROM sessions")).scalars().all() == ["b"]


@pytest.mark.only_on("sqlite")
def test_a_write_begins_with_the_lock_so_that_it_cannot_fail_half_way(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_database, "_BUSY_MS", 50)
    holder = database.connect()
    holder.execute("BEGIN IMMEDIATE")
    entered = []
    with pytest.raises(OperationalError, match="locked"), database.write():
        entered.append(True)
    assert entered == []
    holder.execute("ROLLBACK")
    holder.close()


@pytest.mark.only_on("sqlite")
def test_closing_leaves_no_file_of_it_open_whichever_threads_used_the_log(settings: Settings) -> None:
    def open_files() -> list[str]:
        links = [os.readlink(entry) for entry in Path("/proc/self/fd").iterdir() if entry.exists()]
        return [link for link in links if link.startswith(str(settings.data_path / "ringside.db"))]

    database = open_database(settings)
    doorbell = open_doorbell(database)
    log = open_log(database, doorbell, emitted_session)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: fill(log, f"s{number}", 3), range(8)))
        fill(log, "s", 3)
        assert open_files()
        database.close()
        assert open_files() == []
        assert log.position("s") is not None, "whoever goes on gets another connection"
    database.close()
    doorbell.close()
    assert open_files() == []
