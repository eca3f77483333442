"""The audit trail over HTTP: its filters, its files, and whether it is whole."""

import csv
import hashlib
import io
import json
from typing import Any

import pytest
from sqlalchemy import text

from api.services import Services
from tests.support.account import EMAIL
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.errors import assert_error
from utils.accounts.principal import UserRecord

ADA = f"Ada <{EMAIL}>"


@pytest.fixture(autouse=True)
def trail(own: Services, ada: UserRecord, clock: Clock) -> None:
    """Of three days: what two people did."""
    clock.move(days=-3)
    for number in range(6):
        actor, action = ((ADA, "signed in"), ("Max <max@example.org>", "=1+1"))[number % 2]
        own.audit.note(ada.team_key, action, actor, f"100% of {number}", "192.0.2.1", f"r{number}")
        clock.move(hours=12)


def entries(browser: Browser, **query: Any) -> list[str]:
    return [one["subject"][-1] for one in browser.get("/api/team/audit", query_string=query).json["entries"]]


def test_entries_are_found_by_who_what_and_when(browser: Browser) -> None:
    assert entries(browser) == ["5", "4", "3", "2", "1", "0"]
    assert entries(browser, about="MAX@example") == ["5", "3", "1"]
    assert entries(browser, about="100% OF") == ["5", "4", "3", "2", "1", "0"]
    assert entries(browser, about="100_ of") == []
    assert entries(browser, action="signed in", limit=2) == ["4", "2"]
    moments = [one["at"] for one in browser.get("/api/team/audit").json["entries"]]
    assert entries(browser, since=moments[3], until=moments[1]) == ["3", "2"]
    assert_error(browser.get("/api/team/audit?since=2026-01-31T00:00:00"), 400, "invalid_request")
    assert_error(browser.get("/api/team/audit?since=yesterday"), 400, "invalid_request")


def test_the_file_of_json_lines_is_enough_to_verify_the_chain(browser: Browser, ada: UserRecord) -> None:
    answer = browser.get("/api/team/audit/export?format=jsonl")
    assert answer.mimetype == "application/jsonl"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Harbour audit trail.jsonl"')
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["subject"][-1] for one in lines] == ["0", "1", "2", "3", "4", "5"]
    team_id, before = browser.get("/api/auth/me").json["team"]["id"], "0" * 64
    for line in lines:
        named = [line["salt"], line["actor"], line["subject"], line["address"]]
        assert line["sealed"] == _sha256(named)
        content = [1, before, team_id, line["seq"], line["at_ms"], line["action"], line["sealed"], line["attests"]]
        before = _sha256([*content, line["request_id"]])
        assert line["hash"] == before
    found = browser.get("/api/team/audit/check").json
    assert (found["whole"], found["fault"], found["lines"]) == (True, None, 7), "and one line about the export"


def _sha256(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def test_the_table_has_the_filters_of_the_page_and_no_formula(browser: Browser) -> None:
    answer = browser.get("/api/team/audit/export?about=max")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert [(row["seq"], row["action"], row["actor"], row["address"]) for row in rows] == [
        (seq, "'=1+1", "Max <max@example.org>", "192.0.2.1") for seq in ("2", "4", "6")
    ]


def test_an_export_is_noted_and_a_question_whether_there_would_be_one_is_not(browser: Browser) -> None:
    browser.get("/api/team/audit/export?format=jsonl&about=max&since=2026-01-31T00:00:00Z").close()
    browser.head("/api/team/audit/export").close()
    newest, former = browser.get("/api/team/audit?limit=2").json["entries"]
    assert (newest["action"], newest["actor"]) == ("audit trail exported", ADA)
    assert newest["subject"] == "about: max, since: 2026-01-31T00:00:00Z, format: jsonl"
    assert former["action"] == "=1+1"


def test_a_long_trail_is_exported_whole_and_once(browser: Browser, own: Services, ada: UserRecord) -> None:
    for number in range(1100):
        own.audit.note(ada.team_key, f"action {number}", ADA)
    lines = browser.get("/api/team/audit/export?format=jsonl").text.splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, 1107))
    assert browser.get("/api/team/audit/check").json["lines"] == 1107


def test_a_broken_chain_is_told_with_its_first_bad_line(browser: Browser, own: Services) -> None:
    kept = browser.get("/api/team/audit").json["entries"][0]
    check = f"/api/team/audit/check?seq={kept['seq']}&hash={kept['hash']}"
    assert browser.get(check).json["whole"] is True
    with own.database.write() as connection:
        connection.execute(text("DELETE FROM audit WHERE seq = 3"))
    found = browser.get("/api/team/audit/check").json
    assert (found["whole"], found["fault_seq"], found["fault"]) == (False, 3, "Line 3 is missing.")
    assert_error(browser.get("/api/team/audit/check?seq=3"), 400, "invalid_request")
    assert_error(browser.get("/api/team/audit/check?seq=3&hash=x"), 400, "invalid_request")
