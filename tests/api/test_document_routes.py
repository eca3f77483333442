"""Documents over HTTP: a file is taken whole or refused in plain words."""

import gc
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from api.access.identity import link_cookie
from api.services import Services
from tests.support.browser import Browser
from tests.support.clock import Clock
from tests.support.errors import assert_error
from tests.support.events import activity, citing
from tests.support.plans import plan_of
from utils.accounts.principal import UserRecord
from utils.sessions.document_checks import DocumentChecks
from utils.sessions.passages import NewPassage
from utils.settings import Settings

DOCUMENTS = "/api/sessions/s1/documents"
# Werkzeug leaves the temporary file of a form it gave up to the garbage collector.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"
)
FIELDS = {"id", "name", "media_type", "size", "status", "error", "notes", "pages", "rows", "created_at"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A limit that a test can reach."""
    return settings.model_copy(update={"max_document_mb": 1})


def upload(client: FlaskClient, *files: tuple[str, bytes]) -> TestResponse:
    return client.post(DOCUMENTS, data={"files": [(io.BytesIO(data), name) for name, data in files]})


def listed(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(DOCUMENTS).json["documents"]
    return found


@pytest.fixture(autouse=True)
def _session(session: dict[str, Any]) -> Iterator[None]:
    """Every test has its session. What a refused upload leaves is collected before the next test begins."""
    gc.freeze()  # what is there before the test is not looked through after it
    yield
    gc.collect()


def test_several_files_are_kept_with_their_bytes(client: FlaskClient, own: Services) -> None:
    data = bytes(range(256)) * 2500
    response = upload(client, ("Bericht über alles.pdf", data), ("b.CSV", b"a,b\n1,2\n"))
    assert response.status_code == 201
    first, second = response.json["documents"]
    assert set(first) == FIELDS
    assert (first["name"], first["size"], first["status"]) == ("Bericht über alles.pdf", len(data), "uploaded")
    assert first["media_type"] == "application/pdf"
    assert second["media_type"] == "text/csv"
    assert listed(client) == [first, second]
    assert b"".join(own.documents.chunks(first["id"])) == data


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("name", "data", "status", "code"),
    [
        ("a.exe", b"MZ", 415, "unsupported_type"),
        ("noextension", b"x", 415, "unsupported_type"),
        ("a.pdf", b"", 400, "empty_document"),
        ("a.pdf", b"x" * (1024 * 1024 + 1), 413, "too_large"),
        ("a.pdf", b"x" * (1024 * 1024 + 100_000), 413, "too_large"),
        ("a.pdf", b"x" * (5 * 1024 * 1024), 413, "too_large"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_and_nothing_is_kept(
    client: FlaskClient, own: Services, name: str, data: bytes, status: int, code: str
) -> None:
    assert_error(upload(client, ("fine.txt", b"fine"), (name, data)), status, code)
    assert listed(client) == []
    with own.database.read() as connection:
        for table in ("documents", "document_chunks"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0


def test_a_file_just_as_large_as_the_limit_is_taken(client: FlaskClient) -> None:
    assert upload(client, ("a.txt", b"x" * 1024 * 1024)).status_code == 201


class Unread(io.RawIOBase):
    """A request body that must not be read."""

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise AssertionError("the body was read")


@pytest.mark.any_database
def test_an_upload_that_announces_too_much_is_refused_before_a_byte_is_read(client: FlaskClient) -> None:
    response = client.post(
        DOCUMENTS,
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": str(200 * 1024 * 1024)},
    )
    message = assert_error(response, 413, "too_large")
    assert "1 MB" in message


@pytest.mark.any_database
def test_files_that_are_too_large_only_together_are_sent_one_at_a_time(client: FlaskClient) -> None:
    half = b"x" * 700_000
    message = assert_error(upload(client, ("a.txt", half), ("b.txt", half)), 413, "too_large")
    assert "one at a time" in message
    for name in ("a.txt", "b.txt"):
        assert upload(client, (name, half)).status_code == 201


@pytest.mark.any_database
def test_an_upload_that_announces_nothing_is_cut_off_at_the_limit(client: FlaskClient) -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
            piece = head[: len(buffer)] if not self.given else b"x" * len(buffer)
            buffer[: len(piece)] = piece
            self.given += len(piece)
            assert self.given < 20 * 1024 * 1024, "it is read without end"
            return len(piece)

    response = client.post(
        DOCUMENTS,
        content_type="multipart/form-data; boundary=x",
        environ_overrides={
            "wsgi.input": io.BufferedReader(Endless()),
            "wsgi.input_terminated": True,
            "HTTP_TRANSFER_ENCODING": "chunked",
            "CONTENT_LENGTH": "",
        },
    )
    assert_error(response, 413, "too_large")


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"no form", "multipart/form-data"),
        (b"{}", "application/json"),
        (b"files=a.pdf", "application/x-www-form-urlencoded"),
        (b"raw", "application/pdf"),
    ],
)
def test_what_is_no_upload_is_refused(client: FlaskClient, body: bytes, kind: str) -> None:
    response = client.post(DOCUMENTS, data=body, content_type=kind)
    assert response.status_code in (400, 415)
    assert_error(response, response.status_code, response.json["error"]["code"])
    assert listed(client) == []


@pytest.mark.any_database
def test_a_name_with_folders_or_control_characters_is_cleaned(client: FlaskClient) -> None:
    for name in ("../../etc/x.txt", "/x.txt", "x\x07.txt"):
        assert upload(client, (name, b"x")).json["documents"][0]["name"] == "x.txt"


def test_a_document_is_deleted_only_through_its_own_session(client: FlaskClient) -> None:
    client.post("/api/sessions", json={"id": "s2"})
    document = upload(client, ("a.txt", b"x")).json["documents"][0]["id"]
    assert_error(client.delete(f"/api/sessions/s2/documents/{document}"), 404, "not_found")
    assert len(listed(client)) == 1
    assert client.delete(f"{DOCUMENTS}/{document}").status_code == 204
    assert listed(client) == []
    assert_error(client.delete(f"{DOCUMENTS}/{document}"), 404, "not_found")


def test_a_passage_is_read_with_its_neighbours_and_only_through_its_own_session(
    client: FlaskClient, own: Services
) -> None:
    client.post("/api/sessions", json={"id": "s2"})
    document = upload(client, ("a.txt", b"x")).json["documents"][0]["id"]
    own.documents.mark_read(document, pages=3)
    own.passages.replace(document, [NewPassage(f"page {n}", text) for n, text in enumerate(["one", "engine", "three"])])
    [hit] = own.passages.search("s1", ["engine"])
    passage = client.get(f"/api/sessions/s1/passages/{hit.id}").json
    assert passage == {
        "id": hit.id, "document_id": document, "document_name": "a.txt", "reference": "page 1", "text": "engine",
        "before": "one", "after": "three",
    }  # fmt: skip
    assert_error(client.get(f"/api/sessions/s2/passages/{hit.id}"), 404, "not_found")
    assert_error(client.get("/api/sessions/s1/passages/99999"), 404, "not_found")
    for wrong in ("0", "-1", "x", str(2**63)):
        response = client.get(f"/api/sessions/s1/passages/{wrong}")
        assert_error(response, response.status_code, response.json["error"]["code"])
        assert response.status_code in (400, 404)


@pytest.fixture
def passages(client: FlaskClient, own: Services) -> list[int]:
    """The ids of a document's."""
    document = upload(client, ("a.txt", b"x")).json["documents"][0]["id"]
    own.documents.mark_read(document)
    own.passages.replace(document, [NewPassage(f"page {n}", f"text {n}") for n in range(12)])
    return [hit.id for hit in own.passages.of_document(document, 12)]


def readable(browser: Browser, passages: list[int]) -> list[int]:
    """Their places in the document."""
    found = [browser.get(f"/api/sessions/s1/passages/{one}").status_code for one in passages]
    assert set(found) <= {200, 404}
    return [place for place, status in enumerate(found) if status == 200]


def guest_of(app: Flask, own: Services, ada: UserRecord, session_id: str = "s1") -> Browser:
    session = own.sessions.ownership(session_id)
    assert session is not None
    _, secret = own.spectator_links.create(session.key, ada.key, timedelta(hours=1), hides_tool_data=False)
    browser = Browser(app)
    browser.set_cookie(link_cookie(session_id), secret)
    return browser


def test_a_guest_reads_what_an_answer_cites_and_nothing_else(
    app: Flask, client: FlaskClient, own: Services, ada: UserRecord, passages: list[int]
) -> None:
    guest = guest_of(app, own, ada)
    assert readable(guest, passages) == []
    own.log.append("s1", [citing("s1", passages[1])])  # an answer in the log alone, of a run that was stopped, say
    assert readable(guest, passages) == [1]
    reported = {"events": [citing("s1", passages[10], "r").model_dump(mode="json", exclude_none=True)]}
    assert client.post("/api/sessions/s1/events", json=reported).status_code == 201
    with own.database.write() as connection:
        connection.execute(text("DELETE FROM events WHERE run_id = 'r'"))  # a message still
    assert readable(guest, passages) == [1, 10]
    asked = own.run_queue.request("s1", "Why?")
    assert asked is not None
    run = own.run_queue.claim("host/1/1")
    assert run is not None
    cited = json.dumps([citing("s1", passages[0]).citations[0].model_dump()])  # type: ignore[index]
    own.run_queue.finish(run, "completed", None, [], ("So. [1]", cited))
    assert readable(guest, passages) == [0, 1, 10]
    assert readable(Browser(app, ada), passages) == list(range(12))
    shown = guest.get(f"/api/sessions/s1/passages/{passages[1]}").json
    assert (shown["text"], shown["before"], shown["after"]) == ("text 1", None, None)
    refused = guest.get(f"/api/sessions/s1/passages/{passages[5]}")
    assert refused.data == guest.get("/api/sessions/s1/passages/99999").data


def test_what_only_looks_like_a_citation_is_none(
    app: Flask, own: Services, ada: UserRecord, passages: list[int]
) -> None:
    guest = guest_of(app, own, ada)
    words = f'"citations":[{{"passage_id":{passages[3]},'
    quoting = citing("s1", passages[0]).model_copy(update={"delta": words})
    own.log.append(
        "s1",
        [
            quoting, activity("s1", details=words),
            activity("s1").model_copy(update={"output": {"citations": [{"passage_id": passages[4], "x": 1}]}}),
        ],
    )  # fmt: skip
    assert readable(guest, passages) == [0]


def test_a_citation_of_another_session_opens_nothing(
    app: Flask, client: FlaskClient, own: Services, ada: UserRecord, passages: list[int]
) -> None:
    client.post("/api/sessions", json={"id": "s2"})
    own.log.append("s2", [citing("s2", passages[2])])
    assert readable(guest_of(app, own, ada), passages) == []
    assert_error(guest_of(app, own, ada, "s2").get(f"/api/sessions/s2/passages/{passages[2]}"), 404, "not_found")


def test_whether_a_passage_is_cited_is_found_by_an_index(own: Services, passages: list[int]) -> None:
    """A log may have millions of events."""
    position = own.log.position("s1")
    assert position is not None
    if own.database.dialect == "sqlite":
        plan = plan_of(own.database, lambda: own.citations.cites(position.key, passages[0]))
        assert any("events_citing" in one for one in plan), plan


@pytest.mark.any_database
def test_the_limit_is_the_setting(app: Flask, client: FlaskClient) -> None:
    assert client.get("/api/info").json["max_document_bytes"] == 1024 * 1024


@pytest.mark.parametrize(
    ("name", "content"),
    [("über.v2.html", b"<script>alert(1)</script>"), ("a.csv", b"x;y\r\n" * 200_000), ("a.pdf", b"%PDF\0\xff")],
)
def test_a_document_is_downloaded_as_it_was_and_nothing_of_it_runs(
    client: FlaskClient, session: dict[str, Any], name: str, content: bytes
) -> None:
    added = client.post("/api/sessions/s1/documents", data={"files": [(io.BytesIO(content), name)]}).json
    response = client.get(f"/api/sessions/s1/documents/{added['documents'][0]['id']}/content")
    assert response.data == content
    assert (response.mimetype, response.content_length) == ("application/octet-stream", len(content))
    kind, options = parse_options_header(response.headers["Content-Disposition"])
    assert (kind, options["filename"]) == ("attachment", name)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "no-store"


def test_a_document_is_downloaded_from_its_own_session_only(client: FlaskClient, session: dict[str, Any]) -> None:
    added = client.post("/api/sessions/s1/documents", data={"files": [(io.BytesIO(b"x"), "a.txt")]}).json
    client.post("/api/sessions", json={"id": "s2"})
    for path in (f"s2/documents/{added['documents'][0]['id']}", "s1/documents/doc-unknown"):
        assert_error(client.get(f"/api/sessions/{path}/content"), 404, "not_found")


def test_one_that_was_found_to_be_broken_is_told_at_once_and_can_be_removed(
    client: FlaskClient, session: dict[str, Any], own: Services, clock: Clock
) -> None:
    added = client.post("/api/sessions/s1/documents", data={"files": [(io.BytesIO(b"x"), "a.pdf")]}).json["documents"]
    assert (added[0]["status"], added[0]["error"]) == ("uploaded", None)
    clock.move(seconds=1)
    checks = DocumentChecks(own.database)
    found = checks.next()
    assert found is not None
    checks.fail(found.id, "a.pdf is broken.")
    [listed] = client.get("/api/sessions/s1/documents").json["documents"]
    assert (listed["status"], listed["error"]) == ("failed", "a.pdf is broken.")
    assert client.delete(f"/api/sessions/s1/documents/{found.id}").status_code == 204


def test_a_document_says_what_of_it_could_not_be_read(client: FlaskClient, own: Services) -> None:
    [document] = upload(client, ("log.pdf", b"%PDF-1.7")).json["documents"]
    assert document["notes"] == []
    notes = ["Pages 2-5 hold no text and are probably scans.", "Files that are attached to it were not read."]
    own.documents.mark_read(document["id"], pages=9, notes=notes)
    assert [(one["status"], one["notes"]) for one in listed(client)] == [("read", notes)]
