"""Exports: a session as a file."""

import csv
import io
import json
from contextlib import ExitStack, closing
from socket import socketpair
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.http import parse_options_header

from api import downloads, export_routes
from api.exports import deadline
from api.exports.file_name import content_disposition
from api.services import Services
from tests.support.account import EMAIL
from tests.support.browser import Browser
from tests.support.errors import assert_error
from tests.support.events import MOMENT, activity, varied
from utils.log.errors import NotStoredError
from utils.log.events import AgentActivity, AgentMessage, Citation, Error, RunUpdate, Usage
from utils.sessions.messages import add_message
from utils.sessions.snapshot import SnapshotLostError


def export(client: FlaskClient, kind: str = "json", session_id: str = "s1") -> str:
    with closing(client.get(f"/api/sessions/{session_id}/export?format={kind}")) as response:
        assert response.status_code == 200, response.text
        return response.text


@pytest.fixture
def answered(client: FlaskClient, own: Services, session: dict[str, Any]) -> str:
    """A session with a document, a question, what an agent did, and an answer; the id of its run."""
    client.patch("/api/sessions/s1", json={"title": "Who rebuilt it?", "tags": ["boats"], "priority": "high"})
    client.post("/api/sessions/s1/documents", data={"files": [(io.BytesIO(b"The engine."), "log [1].txt")]})
    run_id: str = client.post("/api/sessions/s1/messages", json={"content": "Who?"}).json["run"]["id"]
    run = own.run_queue.claim("tests")
    assert run is not None
    citation = Citation(
        number=1, document_id="doc-1", document_name="log [1].txt", passage_id=1, reference="page 1",
        quote="The <b>\nengine",
    )  # fmt: skip
    own.run_queue.finish(
        run, "completed", None, [activity("s1")], ("**Aune** did [1].", f"[{citation.model_dump_json()}]")
    )
    return run_id


@pytest.mark.parametrize(
    ("kind", "mimetype", "name"),
    [
        ("json", "application/json", "Who rebuilt it.json"),
        ("markdown", "text/markdown", "Who rebuilt it.md"),
        ("csv", "text/csv", "Who rebuilt it activities.csv"),
    ],
)
def test_it_is_a_file_to_keep(client: FlaskClient, answered: str, kind: str, mimetype: str, name: str) -> None:
    with closing(client.get(f"/api/sessions/s1/export?format={kind}")) as response:
        assert response.mimetype == mimetype
        assert parse_options_header(response.headers["Content-Disposition"]) == ("attachment", {"filename": name})
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("title", "plain", "name"),
    [
        ("Ärger im Hafen?", "Arger im Hafen.md", "Ärger im Hafen.md"),
        ("日本", "session.md", "日本.md"),
        ("../../etc/passwd", "etc passwd.md", "etc passwd.md"),
        ('a"b\\c\r\nd\0e; f=g', "a b c d e; f=g.md", "a b c d e; f=g.md"),
        ("\u202egpj.exe", "gpj.exe.md", "gpj.exe.md"),
        ("...", "session.md", "session.md"),
        ("CON", "session.md", "session.md"),
        ("100% ~ <b>", "100 b.md", "100 b.md"),
        ("x" * 200, "x" * 80 + ".md", "x" * 80 + ".md"),
        ("😀", "session.md", "session.md"),
    ],
)
def test_its_name_is_safe(title: str, plain: str, name: str) -> None:
    header = content_disposition(title, ".md")
    assert header.isascii()
    assert header.isprintable()
    assert f'filename="{plain}"' in header
    assert parse_options_header(header.replace(f' filename="{plain}";', ""))[1]["filename"] == name


def test_json_has_all_of_it_in_the_shapes_of_the_api(client: FlaskClient, answered: str) -> None:
    found = json.loads(export(client))
    assert list(found) == [
        "exported_at", "session", "documents", "runs", "messages", "run_messages", "first", "head", "events"
    ]  # fmt: skip
    listed = client.get("/api/sessions/s1").json
    assert found["session"] == {
        name: value for name, value in listed.items() if name not in ("mine", "may_change", "snippets")
    }
    assert found["documents"] == client.get("/api/sessions/s1/documents").json["documents"]
    assert found["runs"] == client.get("/api/sessions/s1/runs").json["runs"]
    assert found["messages"] == client.get("/api/sessions/s1/messages").json["messages"]
    assert found["run_messages"] == []
    log = client.get("/api/sessions/s1/activity").json
    assert (found["events"], found["first"], found["head"]) == (log["events"], log["first"], log["head"])


def test_an_empty_session_is_exported_too(client: FlaskClient, session: dict[str, Any]) -> None:
    found = json.loads(export(client))
    assert (found["documents"], found["runs"], found["messages"], found["events"]) == ([], [], [], [])
    assert "Nothing has been asked yet." in export(client, "markdown")
    assert export(client, "csv").count("\r\n") == 1


def test_what_happens_during_an_export_is_left_out(client: FlaskClient, own: Services, answered: str) -> None:
    head = client.get("/api/sessions/s1").json["head"]
    with closing(client.get("/api/sessions/s1/export", buffered=False)) as response:
        client.post("/api/sessions/s1/messages", json={"content": "Later?"})
        own.log.append("s1", [activity("s1")] * 10)
        found = json.loads(b"".join(response.iter_encoded()))
    assert found["head"] == found["events"][-1]["seq"] == head
    assert len(found["messages"]) == 2
    assert len(found["runs"]) == 1
    assert len(json.loads(export(client))["messages"]) == 3


def test_a_long_log_is_exported_in_pieces(
    client: FlaskClient, own: Services, session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        own.log.append("s1", varied("s1", 1500))
    pieces: list[int] = []
    read = type(own.log).read

    def counted(self: Any, *given: Any, **named: Any) -> Any:
        found = read(self, *given, **named)
        pieces.append(sum(len(event.body) for event in found))
        return found

    monkeypatch.setattr(type(own.log), "read", counted)
    found = json.loads(export(client))
    assert [event["seq"] for event in found["events"]] == list(range(1, 7501))
    assert max(pieces) < 2 * 1024 * 1024
    assert len(pieces) >= 8


def test_it_says_where_the_log_begins(client: FlaskClient, own: Services, session: dict[str, Any]) -> None:
    own.log.append("s1", [activity("s1")] * 10)
    own.log.trim("s1", 7)
    found = json.loads(export(client))
    assert (found["first"], found["head"], [event["seq"] for event in found["events"]]) == (7, 10, [7, 8, 9, 10])


def test_a_session_that_is_deleted_meanwhile_breaks_it_off(
    client: FlaskClient, own: Services, session: dict[str, Any]
) -> None:
    own.log.append("s1", varied("s1", 1500))
    snapshot = own.snapshots.take("s1")
    assert snapshot is not None
    events = snapshot.events()
    next(events)
    own.deletion.delete("s1")
    with pytest.raises(SnapshotLostError):
        list(events)
    assert own.snapshots.take("s1") is None


def test_markdown_is_the_conversation(client: FlaskClient, answered: str) -> None:
    text = export(client, "markdown")
    assert text.startswith("# Who rebuilt it?\n\n- Session: `s1`\n- Begun: 20")
    for line in (
        "- Owner: Ada", "- Tags: boats", "- Priority: high", "- log \\[1\\].txt (11 bytes)", "> Who?", "#### Sources",
        "> **Aune** did [1].", "1. log \\[1\\].txt, page 1", "   > The &lt;b>", "   > engine",
    ):  # fmt: skip
        assert f"\n{line}\n" in text
    assert "\n## Question 1, 20" in text
    assert "\n### Answer to question 1, 20" in text
    assert "\n*Completed 20" in text


def test_an_answer_stands_below_its_question_however_soon_the_next_was_asked(
    client: FlaskClient, own: Services, session: dict[str, Any]
) -> None:
    for question in ("First?", "Second?"):
        client.post("/api/sessions/s1/messages", json={"content": question})
    for answer in ("One.", "Two."):
        run = own.run_queue.claim("tests")
        assert run is not None
        own.run_queue.finish(run, "completed", answer=(answer, "[]"))
    text = export(client, "markdown")
    assert in_order(
        text, "## Question 1", "> First?", "### Answer to question 1", "> One.", "*Completed", "## Question 2",
        "> Second?", "### Answer to question 2", "> Two.", "*Completed",
    )  # fmt: skip


def in_order(text: str, *pieces: str) -> bool:
    at = 0
    for piece in pieces:
        at = text.index(piece, at) + len(piece)
    return True


def says(message_id: str, delta: str, **more: Any) -> AgentMessage:
    return AgentMessage(session_id="s1", message_id=message_id, agent_name="Writer", delta=delta, **more)


def test_what_a_stopped_run_has_written_is_there(client: FlaskClient, own: Services, session: dict[str, Any]) -> None:
    client.post("/api/sessions/s1/messages", json={"content": "Who?"})
    run = own.run_queue.claim("tests")
    assert run is not None
    draft, revised = says("d1", "Nobody.", run_id=run.id, final=True), says("d2", "Au", run_id=run.id, replaces="d1")
    thought = says("t", "Somebody must have.", run_id=run.id, final=True, channel="reasoning")
    own.log.append("s1", [draft, thought, revised, says("d2", "ne di", run_id=run.id)], run.fence)
    assert in_order(export(client, "markdown"), "### Answer to question 1, not finished", "> Aune di", "*Still at work")
    own.run_queue.finish(run, "cancelled", "Stopped on request.")
    text = export(client, "markdown")
    assert in_order(text, "> Who?", "### Answer to question 1, not finished", "> Aune di", "*Cancelled", "Stopped on")
    assert "Nobody" not in text
    assert "Somebody" not in text


def test_what_agents_outside_of_ringside_say_stands_in_its_place(
    client: FlaskClient, own: Services, session: dict[str, Any]
) -> None:
    asked = RunUpdate(session_id="s1", run_id="crew-1", status="queued", question="And the tide?")
    citation = Citation(
        number=1, document_id="d", document_name="tide.csv", passage_id=1, reference="rows 1-2", quote="High at noon"
    )
    said = says("m", "At noon [1].", run_id="crew-1", final=True, citations=[citation])
    ended = RunUpdate(session_id="s1", run_id="crew-1", status="completed")
    own.log.append("s1", [asked, said, ended])
    client.post("/api/sessions/s1/messages", json={"content": "Who?"})
    own.log.append("s1", [says("loose", "By the way.", final=True)])
    assert in_order(
        export(client, "markdown"), "## Question 1", "> And the tide?", "### Answer to question 1, 20",
        "> At noon [1].",
        "1. tide.csv, rows 1-2", "> High at noon", "*Completed", "## Question 2", "> Who?", "*Not begun yet.*",
        "### Answer, 20", "> By the way.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("# Answer\n---\n```\ncode", "> # Answer\n> ---\n> ```\n> code"),
        ("a\r\nb\rc\u2028## d", "> a\n> b\n> c\n> ## d"),
        ("- one\n- two\n\n| a | b |\n|---|---|", "> - one\n> - two\n>\n> | a | b |\n> |---|---|"),
        ("</blockquote><h1>x", "> &lt;/blockquote>&lt;h1>x"),
        ("\\<script> 1 < 2 <!-- <?x", "> \\&lt;script> 1 < 2 &lt;!-- &lt;?x"),
        ("[1]: https://evil.example", "> [1]\\: https://evil.example"),
        ("> - [^1]: x\n[a\nb]: y", "> > - [^1]\\: x\n> [a\n> b]\\: y"),
        ("for x in y[1]:", "> for x in y[1]\\:"),
        ("![p](https://evil.example/p.png)", "> &#33;[p](https://evil.example/p.png)"),
        ("![a[b]c](http://evil/p.png)", "> &#33;[a[b]c](http://evil/p.png)"),
        (f"![{'a' * 501}](http://evil/p.png)", f"> &#33;[{'a' * 501}](http://evil/p.png)"),
        ("![a\\]](http://evil/p.png) ![a\nb][c]", "> &#33;[a\\]](http://evil/p.png) &#33;[a\n> b][c]"),
        ("[x\\[y\\]: z]: http://evil/p.png", "> [x\\[y\\]\\: z]\\: http://evil/p.png"),
        ("`a_b` **c** [d](https://e.example)", "> `a_b` **c** [d](https://e.example)"),
    ],
)
def test_what_others_wrote_stays_within_its_quote(
    client: FlaskClient, own: Services, session: dict[str, Any], written: str, shown: str
) -> None:
    key = own.sessions.get("s1").key  # type: ignore[union-attr]
    with own.database.write() as connection:
        add_message(connection, key, "assistant", written, None)
    text = export(client, "markdown")
    assert text.partition("### Answer, ")[2].partition("\n\n")[2].partition("\n\nNothing")[0] == shown


def test_a_title_is_only_a_title(client: FlaskClient, own: Services, session: dict[str, Any]) -> None:
    own.sessions.change("s1", "a\n## Answer\r# <b>*x*\u202e [l](u)")
    assert export(client, "markdown").startswith("# a \\#\\# Answer \\# \\<b\\>\\*x\\* \\[l\\](u)\n\n")


def rows(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def test_csv_has_a_row_for_each_activity(client: FlaskClient, own: Services, session: dict[str, Any]) -> None:
    common: dict[str, Any] = {
        "session_id": "s1", "run_id": "run-a", "activity_id": "1", "agent_name": "A", "action": "b", "time": MOMENT
    }  # fmt: skip
    own.log.append(
        "s1",
        [
            AgentActivity(**common, status="started", kind="tool", input={"q": "é\n,"}),
            AgentActivity(**common | {"activity_id": "2"}, parent_id="1", status="started"),
            AgentActivity(**common | {"run_id": "run-b"}, status="waiting", progress=0.5),
            AgentActivity(
                **common | {"time": MOMENT.replace(second=7)}, kind="tool", status="completed", output="done",
                details='say "x"', usage=Usage(model="m", input_tokens=3, output_tokens=4),
            ),
            Error(session_id="s1", run_id="run-a", activity_id="2", code="c", message="It broke."),
        ],
    )  # fmt: skip
    text = export(client, "csv")
    assert text.count("\r\n") == 4
    first, second, third = rows(text)
    assert first == {
        "activity_id": "1", "parent_id": "", "run_id": "run-a", "agent_name": "A", "action": "b", "kind": "tool",
        "status": "completed", "started_at": "2026-01-02T03:04:05.678000Z", "ended_at": "2026-01-02T03:04:07.678000Z",
        "duration_ms": "2000", "details": 'say "x"', "progress": "", "input": '{"q": "é\\n,"}', "output": "done",
        "model": "m", "input_tokens": "3", "output_tokens": "4",
    }  # fmt: skip
    assert (second["parent_id"], second["status"], second["details"], second["ended_at"]) == (
        "1",
        "started",
        "It broke.",
        "",
    )
    assert (third["run_id"], third["kind"], third["status"], third["progress"]) == ("run-b", "step", "waiting", "0.5")


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_cell_is_a_formula(client: FlaskClient, own: Services, session: dict[str, Any], begin: str) -> None:
    cell = f'{begin}HYPERLINK("https://evil.example")'
    own.log.append(
        "s1",
        [
            AgentActivity(
                session_id="s1", run_id=cell, activity_id=cell, parent_id=cell, agent_name=cell, action=cell,
                status="completed", details=cell, input=cell, output=cell,
            )
        ],
    )  # fmt: skip
    [row] = rows(export(client, "csv"))
    shown = {name for name, value in row.items() if value == "'" + cell}
    assert shown == {"activity_id", "parent_id", "run_id", "agent_name", "action", "details", "input", "output"}
    assert not any(value.startswith(begin) for value in row.values())


@pytest.mark.parametrize("separator", [";", "\t", "\n", "\r\n"])
@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "＝", '"=', ' "+'])
def test_no_part_of_a_cell_is_a_formula_where_something_else_separates_cells(
    client: FlaskClient, own: Services, session: dict[str, Any], separator: str, begin: str
) -> None:
    cell = f"ok{separator}{begin}1+1; and so on"
    own.log.append(
        "s1", [AgentActivity(session_id="s1", activity_id="1", agent_name="A", action=cell, status="completed")]
    )
    [row] = rows(export(client, "csv"))
    assert row["action"] == f"ok{separator}'{begin}1+1; and so on"


def test_a_format_that_is_none_is_refused(client: FlaskClient, session: dict[str, Any]) -> None:
    assert_error(client.get("/api/sessions/s1/export?format=pdf"), 400, "invalid_request")


def test_it_is_noted(client: FlaskClient, own: Services, session: dict[str, Any], browser: Browser) -> None:
    export(client, "csv")
    client.head("/api/sessions/s1/export").close()
    noted = [
        (entry["action"], entry["subject"])
        for entry in browser.get("/api/team/audit").json["entries"]
        if entry["action"] == "session exported"
    ]
    assert noted == [("session exported", "a private session (s1) as csv")]


def test_so_many_at_once_and_no_more(client: FlaskClient, own: Services, session: dict[str, Any]) -> None:
    for _ in range(5):
        export(client)
        client.head("/api/sessions/s1/export").close()
    with own.export_slots.take(-1):
        with own.export_slots.take(-2):
            assert_error(client.get("/api/sessions/s1/export"), 503, "crowded")
        export(client)


def test_one_at_once_for_each_user(
    app: Flask, client: FlaskClient, own: Services, session: dict[str, Any], browser: Browser, add: Any
) -> None:
    client.patch("/api/sessions/s1", json={"shared": True})
    own.log.append("s1", varied("s1", 1500))
    with closing(client.get("/api/sessions/s1/export", buffered=False)) as opened:
        refused = browser.get("/api/sessions/s1/export")
        assert "of yours" in assert_error(refused, 503, "crowded")
        assert refused.headers["Retry-After"] == "5"
        assert Browser(app, add("Max")).get("/api/sessions/s1/export").status_code == 200
        for _ in opened.iter_encoded():
            pass
        own.export_slots.take(own.users.with_email(EMAIL)[0][0].key).close()  # at the end, before it is closed
    export(client)


def test_a_head_that_is_not_closed_yet_holds_nothing(client: FlaskClient, session: dict[str, Any]) -> None:
    with closing(client.head("/api/sessions/s1/export", buffered=False)):
        export(client)


def test_what_is_not_taken_in_time_is_broken_off(
    client: FlaskClient, own: Services, session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    own.log.append("s1", varied("s1", 1500))
    seconds = [0.0]
    monkeypatch.setattr(deadline, "monotonic", lambda: seconds[0])
    with closing(client.get("/api/sessions/s1/export", buffered=False)) as opened:
        pieces = opened.iter_encoded()
        next(pieces)
        seconds[0] = deadline.SECONDS - 1
        next(pieces)
        seconds[0] += 1
        with pytest.raises(TimeoutError):
            list(pieces)
        export(client)  # the slot is free before the other answer is closed


def test_a_client_that_takes_a_piece_byte_by_byte_meets_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]
    monkeypatch.setattr(deadline, "monotonic", lambda: seconds[0])
    ours, theirs = socketpair()
    with ours, theirs:
        pieces = deadline._in_time(iter([b"a", b"b"]), ExitStack(), ours)
        next(pieces)
        assert ours.gettimeout() == deadline.SECONDS
        seconds[0] = deadline.SECONDS - 0.1
        next(pieces)
        with pytest.raises(TimeoutError):
            ours.sendall(bytes(10_000_000))
        assert list(pieces) == []
        assert ours.gettimeout() is None


def test_an_export_that_breaks_gives_its_slot_back(
    client: FlaskClient, session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Any:
        yield b"x" * 100_000
        raise SnapshotLostError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(export_routes, "json_document", broken)
        with (
            closing(client.get("/api/sessions/s1/export", buffered=False)) as opened,
            pytest.raises(SnapshotLostError),
        ):
            list(opened.iter_encoded())
    export(client)


def test_an_export_that_cannot_be_noted_gives_its_slot_back(
    client: FlaskClient, session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise NotStoredError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(downloads, "note", fails)
        assert client.get("/api/sessions/s1/export").status_code == 503
    export(client)


def test_a_snapshot_has_neither_events_nor_runs_past_its_head(
    client: FlaskClient, own: Services, session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    own.log.append("s1", [activity("s1")] * 3)
    all_of = own.runs.all_of

    def later(self: Any, key: int) -> Any:
        monkeypatch.undo()
        client.post("/api/sessions/s1/messages", json={"content": "Later?"})
        return all_of(key)

    monkeypatch.setattr(type(own.runs), "all_of", later)
    taken = own.snapshots.take("s1")
    assert taken is not None
    assert len(own.runs.all_of(taken.session.key)) == 1
    assert taken.runs == []
    own.log.append("s1", [activity("s1")] * 3)
    assert [event.seq for event in taken.events()] == [1, 2, 3]


def test_who_has_a_link_sees_neither_tags_nor_priority(
    client: FlaskClient, answered: str, nobody: Browser, browser: Browser
) -> None:
    token = browser.post("/api/sessions/s1/links", json={}).json["token"]
    nobody.post("/api/watch", json={"token": token})
    seen = nobody.get("/api/sessions/s1").json
    assert (seen["tags"], seen["priority"]) == ([], "normal")
    assert_error(nobody.get("/api/sessions/s1/export"), 401, "signed_out")
