"""For whoever operates the server."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pysqlite3
import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import update

from api.app import create_app
from api.operations.package import WHEEL
from api.readiness import ReadinessCheck
from api.services import Services
from tests.support.events import activity
from tests.support.waiting import wait_until
from utils.accounts.principal import UserRecord
from utils.bridge.audit_positions import AuditPositions
from utils.database.base import DatabaseLostError
from utils.database.moment import now
from utils.database.tables import agent_processes, audit, runs
from utils.doorbell.base import RUNS
from utils.project import VERSION
from utils.sessions.documents import DOCUMENT_TYPES
from utils.settings import Settings
from utils.sse_emitter import SseEmitter


@pytest.mark.any_database
def test_healthz_says_the_process_is_alive(client: FlaskClient) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json) == (200, {"status": "ok"})


@pytest.mark.any_database
def test_info_says_what_the_server_is(client: FlaskClient) -> None:
    assert client.get("/api/info").json == {
        "version": VERSION,
        "mode": "built-in",
        "model": None,
        "max_document_bytes": 50 * 1024 * 1024,
        "document_types": sorted(DOCUMENT_TYPES),
        "heartbeat_seconds": 30,
        "package": f"/sdk/{WHEEL}",
        "puter": False,
        "mail": False,
        "passkeys": False,
        "passwords": "all",
        "provider": None,
    }


@pytest.mark.any_database
def test_the_package_for_other_programs_is_given_out_to_anybody(client: FlaskClient, tmp_path: Path) -> None:
    """pip installs what it downloads, and the program that it brings works."""
    response = client.get(client.get("/api/info").json["package"], headers={"Authorization": ""})
    assert response.status_code == 200
    (tmp_path / WHEEL).write_bytes(response.data)
    install = ["install", "-q", "--no-deps", "--no-index", "--target", str(tmp_path / "site"), str(tmp_path / WHEEL)]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True, timeout=60)
    shown = subprocess.run(
        [sys.executable, "-c", "import ringside; print(ringside.__version__, ringside.__file__)"],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")}, cwd=tmp_path, check=True, timeout=60,
        capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert shown.split()[0] in WHEEL
    assert str(tmp_path) in shown
    assert client.get("/sdk/ringside-0.0.0-py3-none-any.whl").status_code == 404


def with_settings(app: Flask, **changed: object) -> FlaskClient:
    """Another app on the same data."""
    settings: Settings = app.extensions["ringside"].settings
    other = create_app(settings.model_copy(update=changed))
    app.extensions["ringside.others"] = [*app.extensions.get("ringside.others", []), other]
    return other.test_client()


@pytest.fixture(autouse=True)
def _close_others(app: Flask):
    yield
    for other in app.extensions.get("ringside.others", []):
        other.extensions["ringside"].database.close()
        other.extensions["ringside"].doorbell.close()


@pytest.mark.any_database
def test_info_names_the_model_but_never_its_key(app: Flask) -> None:
    response = with_settings(app, openai_api_key=SecretStr("sk-secret"), openai_model="m").get("/api/info")
    assert (response.json["mode"], response.json["model"]) == ("model", "m")
    assert "sk-secret" not in response.text


@pytest.mark.any_database
def test_a_server_without_a_key_answers_with_its_model_too(app: Flask) -> None:
    info = with_settings(app, openai_base_url="http://localhost:11434/v1", openai_model="m").get("/api/info").json
    assert (info["mode"], info["model"]) == ("model", "m")


# Readiness


def test_a_machine_that_only_serves_is_ready_without_agents(client: FlaskClient) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json == {
        "status": "ready", "cannot": [], "database": "ok", "log": "ok", "disk": "ok", "runner": "elsewhere",
        "doorbell": "ok", "audit": "elsewhere",
    }  # fmt: skip


def test_without_an_agent_process_pages_are_served_and_runs_wait(app: Flask, own: Services) -> None:
    """Another web server could not do more."""
    client = with_settings(app, agent_processes=1)
    waiting = client.get("/readyz")
    assert (waiting.status_code, waiting.json["status"], waiting.json["cannot"]) == (200, "limited", ["runner"])
    assert "no agent process" in waiting.json["runner"]
    listener = own.doorbell.listen(RUNS)
    wait_until(lambda: client.get("/readyz").json["status"] == "ready")
    listener.close()


def test_agent_processes_that_no_doorbell_reaches_are_there_all_the_same(app: Flask, own: Services) -> None:
    """Where LISTEN is out of order for all of them, they poll, and the page Operations shows them."""
    client = with_settings(app, agent_processes=1)
    own.agent_processes.seen("node-1/417/ab12", 4, 0)
    assert client.get("/readyz").json["runner"] == "ok"
    with own.database.write() as connection:
        connection.execute(update(agent_processes).values(seen_at=now() - timedelta(minutes=1)))
    assert "no agent process" in client.get("/readyz").json["runner"]


def test_a_database_that_is_away_is_told_in_plain_words(
    client: FlaskClient, own: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost() -> None:
        raise DatabaseLostError("connection refused")

    monkeypatch.setattr(type(own.log), "changes", lambda _: lost())
    assert client.get("/readyz").json["log"] == "the database does not answer: the log says why"


def test_a_log_that_cannot_be_read_is_not_ready(
    client: FlaskClient, own: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise pysqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(type(own.log), "changes", lambda _: fail())
    response = client.get("/readyz")
    assert response.status_code == 503
    assert (response.json["status"], response.json["cannot"]) == ("not ready", ["log"])
    assert "cannot be asked" in response.json["log"]
    assert response.json["database"] == "ok"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 20 MiB, which needs root."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m", "tests", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.any_database
def test_a_full_disk_is_told_and_healed_by_room(app: Flask, own: Services, small_disk: Path) -> None:
    check = ReadinessCheck(
        own.settings.model_copy(update={"data_dir": small_disk}), own.database, own.log, own.doorbell
    )
    assert check.cannot(check.look()) == []
    filling = small_disk / "filling"
    filling.write_bytes(b"\0" * 8 * 1024 * 1024)
    parts = check.look()
    assert (check.cannot(parts), check.serves(parts)) == (["disk"], own.database.dialect == "postgresql")
    filling.unlink()
    assert check.cannot(check.look()) == []


@pytest.mark.only_on("sqlite")
def test_a_doorbell_that_nobody_can_find_is_told(client: FlaskClient, settings: Settings) -> None:
    assert client.get("/readyz").json["doorbell"] == "ok"
    (settings.data_path / "doorbell").rename(settings.data_path / "away")
    shutil.rmtree(settings.data_path / "away")
    told = client.get("/readyz")
    assert (told.status_code, told.json["cannot"]) == (200, ["doorbell"])


@pytest.mark.only_on("sqlite")
def test_a_database_that_cannot_be_opened_is_not_ready(
    client: FlaskClient, own: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.database.engine.dispose()
    own.database.path.rename(own.database.path.with_suffix(".away"))
    own.database.path.mkdir()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "cannot be asked" in response.json["database"]
    assert client.get("/healthz").status_code == 200


# Metrics


def figures(client: FlaskClient) -> dict[tuple[str, ...], float]:
    response = client.get("/metrics")
    assert response.status_code == 200
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


@pytest.mark.any_database
def test_requests_are_counted_by_route_and_not_by_address(client: FlaskClient) -> None:
    before = figures(client)
    for number in range(3):
        client.get(f"/api/sessions/unknown-{number}")
    key = ("ringside_http_requests_total", "/api/sessions/<session_id>", "404", "GET")
    after = figures(client)
    assert after[key] - before.get(key, 0) == 3
    assert not any("unknown-" in part for name in after for part in name)


@pytest.mark.any_database
def test_made_up_methods_are_counted_as_one(client: FlaskClient) -> None:
    for number in range(3):
        client.open("/healthz", method=f"MADEUP{number}")
    names = figures(client)
    assert not any("MADEUP" in part for name in names for part in name)
    assert any(name[0] == "ringside_http_requests_total" and "other" in name for name in names)


def test_events_are_counted_whichever_process_stored_them(
    client: FlaskClient, own: Services, settings: Settings
) -> None:
    from tests.support.programs import run_python

    SseEmitter(own.log).emit_all([activity(), activity()])
    code = "from utils.sse_emitter import sse_emitter\nsse_emitter.emit_error('s2', 'code', 'words')\n"
    run_python(code, settings.data_path)
    own.run_queue.request("s2", "Why?")
    assert figures(client)["ringside_events_emitted_total",] == 4


def test_the_count_of_events_never_falls(client: FlaskClient, own: Services) -> None:
    SseEmitter(own.log).emit_all([activity(), activity()])
    own.log.trim("s1", 2)
    own.deletion.delete("s1")
    assert figures(client)["ringside_events_emitted_total",] == 2
    SseEmitter(own.log).emit_all([activity()])
    assert figures(client)["ringside_events_emitted_total",] >= 3


def test_processes_that_share_a_folder_are_added_up_the_ended_ones_too(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.support.programs import run_python

    folder = tmp_path / "metrics"
    folder.mkdir()
    code = (
        "from utils.metrics.onlookers import _count_streams\n"
        "class Loop:\n    open_streams, watched_sessions, delivered = 3, 1, 0\n"
        "loop = Loop()\n"
        "for loop.delivered in (1, 4): _count_streams(loop)\n"
    )
    for _ in range(2):
        run_python(code, tmp_path / "data", prometheus_multiproc_dir=folder)
    monkeypatch.setitem(os.environ, "PROMETHEUS_MULTIPROC_DIR", str(folder))
    assert figures(client)["ringside_stream_events_delivered_total",] == 8
    assert figures(client).get(("ringside_streams_open",), 0) == 0


def test_an_audit_trail_that_is_not_taken_is_told(app: Flask, own: Services, ada: UserRecord) -> None:
    client = with_settings(app, audit_syslog="udp://localhost:514")
    assert client.get("/readyz").json["audit"] == "ok"
    own.audit.note(ada.team_key, "signed in", "Ada")
    assert client.get("/readyz").json["audit"] == "ok", "it was written a moment ago"
    with own.database.write() as connection:
        connection.execute(update(audit).values(at=now() - timedelta(minutes=6)))
    told = client.get("/readyz")
    assert (told.status_code, told.json["cannot"]) == (200, ["audit"])
    assert told.json["audit"].startswith("entries wait since 20")
    assert figures(client)["ringside_audit_unstreamed", "syslog"] == 1
    AuditPositions(own.database, "syslog").write(ada.team_key, 1)
    assert client.get("/readyz").json["audit"] == "ok"
    assert figures(client)["ringside_audit_unstreamed", "syslog"] == 0


def test_the_queue_is_told_with_the_age_of_the_oldest(client: FlaskClient, own: Services, session: object) -> None:
    assert figures(client)["ringside_queue_length",] == 0
    for question in ("Why?", "And then?"):
        own.run_queue.request("s1", question)
    with own.database.write() as connection:
        connection.execute(update(runs).values(created_at=now() - timedelta(minutes=5)))
    found = figures(client)
    assert found["ringside_queue_length",] == 2
    assert 300 <= found["ringside_queue_oldest_seconds",] < 330
    assert found["ringside_sessions_active",] == 1
    assert found["ringside_runs", "documents", "queued"] == 2
    assert own.run_queue.claim("host/1/x") is not None
    assert figures(client)["ringside_runs", "documents", "running"] == 1


@pytest.mark.any_database
def test_another_machine_may_read_the_figures_with_the_token_alone(app: Flask) -> None:
    client = with_settings(app, metrics_token=SecretStr("t" * 32))
    client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    for given, status in (("t" * 32, 200), ("x" * 32, 401), ("", 401)):
        assert client.get("/metrics", headers={"Authorization": f"Bearer {given}"}).status_code == status
    assert client.get("/api/sessions", headers={"Authorization": f"Bearer {'t' * 32}"}).status_code == 401
