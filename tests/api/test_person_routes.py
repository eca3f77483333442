"""A person's data over HTTP and from the command line: exported, and erased."""

import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api import people
from api.exports.person_archive import LEFT_OUT
from api.services import Services
from tests.support.account import EMAIL
from tests.support.browser import Browser
from tests.support.errors import assert_error
from tests.support.events import activity
from utils.accounts.erasure import owned_by_user
from utils.accounts.principal import UserRecord
from utils.database.moment import now
from utils.database.tables import identities, usage_days
from utils.feedback.opinion import Subject
from utils.findings.finding import Code, Found
from utils.findings.findings import Place
from utils.log.events import RunUpdate
from utils.notices.preference import Preferences
from utils.notices.subscriptions import Endpoint
from utils.notices.trial import try_person
from utils.sessions.approval import NewApproval, Question
from utils.sessions.approvals import Decider
from utils.settings import Settings
from utils.spending.budget import NewBudget

AddUser = Callable[..., UserRecord]


@pytest.fixture
def max_(own: Services, add: AddUser) -> UserRecord:
    """Somebody who has done something of everything."""
    user = add("Max")
    own.audit.note(user.team_key, "joined", user.named, "member", "198.51.100.7")
    own.audit.note(user.team_key, "user changed", f"Ada <{EMAIL}>", f"{user.named}: role: member", "192.0.2.9")
    own.audit.note(user.team_key, "joined", "Bob <bob@example.org>", "member", "198.51.100.8")
    for title in ("a/b: private", "shared"):
        session = own.sessions.create(title=title, owner=user)
        own.sessions.change(session.id, shared=title == "shared")
        own.run_queue.request(session.id, f"Why {title}?", asked_by=user.key)
        own.log.append(session.id, [activity(session.id)] * 3)
        for data in (b"First letter", b"Second letter"):
            own.documents.add(session.id, "letter.txt", io.BytesIO(data))
    own.api_keys.create(user.key, "laptop", ["read"])
    return user


def files(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_person_exports_their_own_data(app: Flask, own: Services, max_: UserRecord) -> None:
    theirs = Browser(app, max_)
    answer = theirs.get("/api/auth/me/export")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="Max data.zip"')
    found = files(answer.get_data())
    assert json.loads(found["profile.json"]) | {"created_at": ""} == {
        "id": max_.id, "email": "max@example.org", "name": "Max", "role": "member", "active": True, "created_at": "",
        "team": "Harbour",
    }  # fmt: skip
    sessions = {name: json.loads(body) for name, body in found.items() if name.endswith("session.json")}
    assert {one["session"]["title"] for one in sessions.values()} == {"a/b: private", "shared"}
    assert all(len(one["events"]) >= 3 and one["messages"] for one in sessions.values())
    letters = [body for name, body in found.items() if "/documents/" in name and name.endswith(" letter.txt")]
    assert sorted(letters) == [b"First letter"] * 2 + [b"Second letter"] * 2
    told = [json.loads(line) for line in found["audit.jsonl"].splitlines()]
    assert [(one["action"], one["address"]) for one in told] == [
        ("joined", "198.51.100.7"),
        ("user changed", None),  # the address is the administrator's
        ("personal data exported", "127.0.0.1"),
    ]
    questions = [json.loads(line)["question"] for line in found["questions.jsonl"].splitlines()]
    assert questions == ["Why a/b: private?", "Why shared?"]
    assert [key["name"] for key in json.loads(found["keys.json"])] == ["laptop"]
    assert [one["browser"] for one in json.loads(found["sign-ins.json"])] == ["a browser of the tests"]
    assert not any(name.startswith("/") or ".." in name.split("/") for name in found)


def test_what_a_person_decided_is_in_it(app: Flask, own: Services, ada: UserRecord, max_: UserRecord) -> None:
    session = own.sessions.create("s1", owner=ada)
    for number, who in enumerate((max_, ada)):
        approval, _ = own.approvals.ask("s1", session.key, NewApproval(f"{number}", "A", Question("Pay", "Pay?")))
        own.approvals.decide(approval.id, Decider(who, "dashboard"), "reject", None, f"No, says {who.name}.")
    lines = files(Browser(app, max_).get("/api/auth/me/export").get_data())["decisions.jsonl"].splitlines()
    [decision] = [json.loads(line) for line in lines]
    assert (decision["session_id"], decision["action"], decision["choice"], decision["comment"]) == (
        "s1", "Pay", "reject", "No, says Max."
    )  # fmt: skip


def test_what_a_person_snoozed_dismissed_paused_and_is_told_of_is_in_it_and_nothing_of_others(
    app: Flask, own: Services, ada: UserRecord, max_: UserRecord
) -> None:
    session = own.sessions.create("s1", owner=ada)
    approval, _ = own.approvals.ask("s1", session.key, NewApproval("1", "A", Question("Pay", "Pay?")))
    own.log.append("s1", [RunUpdate(session_id="s1", run_id="crew-1", status="running")])
    place = Place(session.key, "s1", "crew-1")
    codes: tuple[tuple[UserRecord, Code], ...] = ((max_, "repeats"), (ada, "silent"))
    for who, code in codes:
        own.snoozes.set(approval, who, now() + timedelta(hours=1))
        found = own.findings.begin(place, Found(code, f"It {code}.", 0, "A", None, ()))
        assert found is not None
        own.findings.dismiss(found.id, who)
        subscription = own.push_subscriptions.add(
            who.key, Endpoint(f"https://push.example/{who.name}", "p", "a"), who.name
        )
        own.notice_preferences.put(who.key, Preferences(time_zone=f"Europe/{who.name}"))
        try_person(own.notices, who.key, [subscription.key], mail=False)
        own.budgets.add(ada.team_key, NewBudget("user", who.key, "day", "tokens", None, who.key * 1000, hard=False))
        with own.database.write() as connection:
            connection.execute(usage_days.insert().values(_used(who)))
        fields = {"name": f"Of {who.name}", "tool": "*", "effect": "ask", "decides": "session", "deciders": []}
        own.approval_rules.add(ada.team_key, who, fields)
    own.pauses.pause(ada.team_key, None, max_, "The tide.", at_work=False)
    subject = Subject("s1", session.key, "crew-1")
    own.feedback.judge(subject, max_, "down")
    own.feedback.judge(subject, ada, "up")
    for who, _ in codes:
        own.feedback.comment(subject, who, f"Says {who.name}.")
    data = files(Browser(app, max_).get("/api/auth/me/export").get_data())
    one = {name: json.loads(body) for name, body in data.items() if name.endswith(".json") and "/" not in name}
    assert [(found["id"], found["session_id"]) for found in one["snoozes.json"]] == [(approval.id, "s1")]
    assert [(found["session_id"], found["code"]) for found in one["dismissals.json"]] == [("s1", "repeats")]
    [judged], [said] = data["judgements.jsonl"].splitlines(), data["comments.jsonl"].splitlines()
    assert (json.loads(judged)["run_id"], json.loads(judged)["verdict"]) == ("crew-1", "down")
    assert (json.loads(said)["session_id"], json.loads(said)["text"]) == ("s1", "Says Max.")
    assert [(found["agent"], found["reason"]) for found in one["pauses.json"]] == [(None, "The tide.")]
    assert [(found["name"], found["tool"]) for found in one["rules.json"]] == [("Of Max", "*")]
    assert [found["time_zone"] for found in one["notice-choices.json"]] == ["Europe/Max"]
    assert [found["browser"] for found in one["notice-browsers.json"]] == ["Max"]
    assert [(found["channel"], found["kind"]) for found in one["notices.json"]] == [("push", "test")]
    assert [(found["model"], found["input"]) for found in one["usage.json"]] == [("of Max", 7)]
    assert [found["at_most"] for found in one["budgets.json"]] == [max_.key * 1000]
    assert b"push.example" not in b"".join(data.values())


def _used(who: UserRecord) -> dict[str, Any]:
    return {
        "team_key": who.team_key, "day": "2026-03-14", "user_key": who.key, "agent_key": 0, "agent_name": "Scout",
        "model": f"of {who.name}", "currency": "", "calls": 1, "input": 7, "cached": 0, "output": 3, "reasoning": 0,
        "cost_micros": 0,
    }  # fmt: skip


def test_it_holds_what_the_trail_tells_without_their_name_in_brackets_and_nothing_of_others(
    app: Flask, own: Services, max_: UserRecord, ada: UserRecord, add: AddUser
) -> None:
    with own.database.write() as connection:
        connection.execute(
            identities.insert().values(
                user_key=max_.key, issuer="i", subject="248", email="m@uni.example.org", created_at=now(), seen_at=now()
            )
        )
    theirs = [
        ("sign-in refused", "max@example.org", "Entra: no", "192.0.2.1"),
        ("sign-in refused", "m@uni.example.org", "Entra: no", "192.0.2.1"),
        ("sign-in refused", "248", "Entra: no", "192.0.2.1"),
        ("invited", ada.named, "member: max@example.org", None),
        ("key revoked", ada.named, "laptop of Max", None),
    ]
    others = [
        ("sign-in refused", "Max", "Entra: no", "192.0.2.1"),
        ("sign-in refused", "ada@example.org", "Entra: no", "192.0.2.1"),
        ("sign-in refused", "bmax@example.org", "Entra: no", "192.0.2.1"),
        ("key made", ada.named, "Max (read)", "192.0.2.1"),
        ("signed in", "248 <al@example.org>", "248", "192.0.2.1"),
    ]
    for action, actor, subject, _ in (*theirs, *others):
        own.audit.note(max_.team_key, action, actor, subject, "192.0.2.1")

    def told() -> list[tuple[str, str, str, str | None]]:
        lines = files(Browser(app, max_).get("/api/auth/me/export").get_data())["audit.jsonl"].splitlines()
        found = [json.loads(line) for line in lines]
        return [(one["action"], one["actor"], one["subject"], one["address"]) for one in found[2:7]]

    assert told() == theirs
    own.users.change(max_.team_key, add("Other").id, name="Max")
    assert told()[:4] == theirs[:4]
    assert theirs[4] not in told(), "it may be about a namesake"


def test_no_secret_is_in_it(app: Flask, own: Services, max_: UserRecord) -> None:
    data = b"".join(files(Browser(app, max_).get("/api/auth/me/export").get_data()).values())
    with own.database.read() as connection:
        for table, columns in (("users", "password"), ("api_keys", "secret"), ("sign_ins", "refresh_id")):
            for (secret,) in connection.exec_driver_sql(f"SELECT {columns} FROM {table}"):
                assert secret.encode() not in data


def test_an_administrator_exports_a_members_and_the_trail_tells(
    browser: Browser, own: Services, max_: UserRecord
) -> None:
    path = f"/api/team/users/{max_.id}/export"
    assert "profile.json" in files(browser.get(path).get_data())
    newest = browser.get("/api/team/audit").json["entries"][0]
    assert (newest["action"], newest["actor"], newest["subject"]) == (
        "personal data exported", f"Ada <{EMAIL}>", "Max <max@example.org>"
    )  # fmt: skip
    program = own.users.add_service(max_.team_key, "Program", "member")
    assert_error(browser.get(f"/api/team/users/{program.id}/export"), 404, "not_found")


@pytest.mark.any_database
def test_however_much_it_is_only_a_piece_is_in_memory(own: Services, max_: UserRecord) -> None:
    session = own.sessions.create("large", owner=max_)
    for number in range(4):
        own.documents.add(session.id, f"{number}.txt", io.BytesIO(number.to_bytes(1) * 8 * 1024 * 1024))
    team = own.users.with_email("max@example.org")[0][1]
    tracemalloc.start()
    size = sum(map(len, own.person_archive.pieces(max_, team, now())))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 10_000
    assert peak < 8 * 1024 * 1024, "of 32 MB"


@pytest.mark.any_database
def test_a_session_that_goes_meanwhile_is_told(own: Services, max_: UserRecord) -> None:
    team = own.users.with_email("max@example.org")[0][1]
    pieces = own.person_archive.pieces(max_, team, now())
    take, gone = own.documents.chunks, list[str]()

    def chunks(document_id: str) -> Any:
        if not gone:
            gone.append(document_id)
            own.documents.delete(document_id)
        return take(document_id)

    object.__setattr__(own.documents, "chunks", chunks)
    found = files(b"".join(pieces))
    [told] = [body for name, body in found.items() if name.endswith("INCOMPLETE.txt")]
    assert b"There is no such document" in told


def test_every_table_of_a_users_own_is_in_the_archive_or_left_out_for_a_reason() -> None:
    exported = {"sign_ins", "api_keys", "passkeys", "identities", "approval_snoozes", "notice_preferences"}
    exported |= {"push_subscriptions", "notices", "judgements", "comments"}
    assert {table.name for table, _ in owned_by_user()} == exported | set(LEFT_OUT)


def test_a_person_is_erased(app: Flask, browser: Browser, own: Services, max_: UserRecord) -> None:
    theirs, path = Browser(app, max_), f"/api/team/users/{max_.id}/erase"
    assert_error(browser.post(path, json={"email": "wrong@example.org"}), 409, "not_confirmed")
    answer = browser.post(path, json={"email": "Max@example.org "})
    assert (answer.status_code, answer.json["erased"], answer.json["active"]) == (202, True, False)
    assert_error(theirs.get("/api/sessions"), 401, "signed_out")
    own.erasure.finish()
    [erased] = [one for one in browser.get("/api/team/users").json["users"] if one["id"] == max_.id]
    assert (erased["name"], erased["email"]) == (f"Erased person {max_.id[-6:]}", "")
    assert "max@example.org" not in browser.get("/api/team/audit").text
    assert browser.get("/api/team/audit/check").json["whole"] is True
    assert_error(browser.patch(f"/api/team/users/{max_.id}", json={"active": True}), 409, "erased")
    assert_error(browser.post(f"/api/team/users/{max_.id}/password-link"), 409, "deactivated")


def test_the_command_line_exports_and_erases(
    own: Services, max_: UserRecord, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(people, "get_settings", lambda: settings)
    file = tmp_path / "max.zip"
    people.main(["export", "MAX@example.org", str(file)])
    assert "profile.json" in files(file.read_bytes())
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(SystemExit, match="exists"):
        people.main(["export", "max@example.org", str(file)])
    with pytest.raises(SystemExit, match="not the e-mail address"):
        people.main(["erase", "max@example.org", "--confirm", "mux@example.org"])
    people.main(["erase", "max@example.org", "--confirm", "max@example.org", "--to", EMAIL])
    assert f"now says: Erased person {max_.id[-6:]}." in capsys.readouterr().out
    assert [one.owner_name for one in own.sessions.page(own.users.with_email(EMAIL)[0][0]).items] == ["Ada"]
    with pytest.raises(SystemExit, match="no user with the address"):
        people.main(["erase", "max@example.org", "--confirm", "max@example.org"])
