"""PostgreSQL as it is found: what cannot work is told at once, in plain words, and without the password."""

import time
from contextlib import closing

import psycopg
import pytest
from pydantic import SecretStr

from tests.support.postgres import PostgresServer
from tests.support.processes import free_port
from utils import sse_emitter
from utils.database.base import Database, DatabaseError
from utils.database.opening import prepare
from utils.log.errors import StorageLostError
from utils.log.events import AgentStatusUpdate
from utils.settings import Settings

pytestmark = pytest.mark.only_on("postgresql")


def refusal(settings: Settings, url: str) -> str:
    began = time.monotonic()
    with pytest.raises(DatabaseError) as refused:
        prepare(settings.model_copy(update={"database_url": SecretStr(url)}))
    assert time.monotonic() - began < 10, "it waited for what never comes"
    return str(refused.value)


@pytest.mark.parametrize(
    ("what", "word"),
    [
        ("sslmode=banana", "sslmode"),
        ("port=banana", "banana"),
        ("nonsense=1", "options"),
        ("dbname=nowhere", "nowhere"),
        ("user=nobody%20here", "nobody here"),
    ],
)
def test_what_can_never_work_is_told_at_once(database: Database, settings: Settings, what: str, word: str) -> None:
    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    said = refusal(settings, f"{url}{'&' if '?' in url else '?'}{what}&password=s3cret")
    assert word in said
    assert "DATABASE_URL" in said
    assert "s3cret" not in said


def test_a_user_who_may_not_make_tables_is_told_what_to_do(
    database: Database, settings: Settings, postgres: PostgresServer
) -> None:
    with closing(psycopg.connect(postgres.url("postgres"), autocommit=True)) as raw:
        raw.execute("DROP DATABASE IF EXISTS of_another")
        raw.execute("DROP ROLE IF EXISTS guest")
        raw.execute("CREATE ROLE guest LOGIN")
        raw.execute("CREATE DATABASE of_another")
    with closing(psycopg.connect(postgres.url("of_another"), autocommit=True)) as raw:
        raw.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    said = refusal(settings, postgres.url("of_another").replace("user=postgres", "user=guest"))
    assert "permission denied" in said
    assert "OWNER TO" in said
    assert "\n" not in said


def test_the_first_emit_waits_as_long_as_any_other_for_a_server_that_is_away(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://127.0.0.1:{free_port()}/ring")
    sse_emitter.get_settings.cache_clear()
    monkeypatch.setattr(sse_emitter, "_PATIENCE_SECONDS", 0.5)
    with pytest.raises(StorageLostError) as lost:
        sse_emitter.SseEmitter().emit(AgentStatusUpdate(session_id="s1", agent_name="A", status="working"))
    assert not lost.value.maybe_stored
    sse_emitter.get_settings.cache_clear()
