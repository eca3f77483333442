"""The command `ringside` as people type it, against a real server."""

import contextlib
import json
import os
import pty
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import ringside
from ringside.hooks.agent_settings import has_hooks
from tests.conftest import KEY, Server, wait_until


def environment(server_url: str, **variables: str) -> dict[str, str]:
    return {**os.environ, "RINGSIDE_URL": server_url, "RINGSIDE_KEY": KEY, "PYTHONUNBUFFERED": "1"} | variables


def typed(url: str, *arguments: str, text: str | None = None, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "ringside", *arguments], input=text, capture_output=True, text=True,
        timeout=60, check=False, env=environment(url, **variables),
    )  # fmt: skip


def key_with(server: Server, *scopes: str) -> str:
    """An API key that may not do everything, made as an administrator makes it: signed in."""
    import httpx

    with httpx.Client(base_url=server.url) as browser:
        signed_in = {"email": "ada@example.org", "password": "a password of the tests"}
        browser.post("/api/auth/login", json=signed_in).raise_for_status()
        csrf = {"X-CSRF-TOKEN": browser.cookies["csrf_access_token"]}
        made = browser.post("/api/keys", json={"name": "some", "scopes": list(scopes)}, headers=csrf)
        return str(made.raise_for_status().json()["secret"])


@contextmanager
def tailing(server: Server, *arguments: str, **variables: str) -> Iterator[list[str]]:
    """The lines that `ringside tail` has printed so far."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ringside", "tail", *arguments], stdout=subprocess.PIPE, text=True,
        env=environment(server.url, **variables),
    )  # fmt: skip
    lines: list[str] = []

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)  # one by one: the test looks at them meanwhile

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield lines
    finally:
        process.kill()
        process.wait()
        reader.join(5)
        assert process.stdout is not None
        process.stdout.close()


def test_a_text_and_a_step_of_a_script_are_told(server: Server) -> None:
    assert typed(server.url, "emit", "nightly", "Backup begins", "--title", "Nightly backup").returncode == 0
    assert typed(server.url, "emit", "nightly", "-", text="From a pipe\n").returncode == 0
    done = typed(server.url, "emit", "nightly", "3 GB", "--step", "Copy", "--agent", "rsync", "--kind", "tool")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    first, second, step = server.events("nightly")
    assert (first["delta"], first["final"], first["agent_name"]) == ("Backup begins", True, "Command line")
    assert second["delta"] == "From a pipe\n"
    assert (step["action"], step["details"], step["agent_name"], step["status"]) == (
        "Copy",
        "3 GB",
        "rsync",
        "completed",
    )
    assert server.session("nightly")["title"] == "Nightly backup"


def test_a_run_of_a_script_ends_when_it_says_so(server: Server) -> None:
    step = ("emit", "jobs", "--run", "job-1", "--step", "A")
    assert typed(server.url, *step, "--status", "completed", "--run-status", "running").returncode == 0
    assert server.session("jobs")["last_run"]["status"] == "running"
    done = typed(server.url, "emit", "jobs", "Disk full", "--run", "job-1", "--run-status", "failed")
    assert (done.returncode, done.stderr) == (0, "")
    assert server.session("jobs")["last_run"]["status"] == "failed"
    assert typed(server.url, "emit", "jobs", "--run", "job-2", "--run-status", "completed").returncode == 0
    told = [(event["type"], event.get("run_id"), event.get("status")) for event in server.events("jobs")]
    assert told == [
        ("agentActivity", "job-1", "completed"), ("runUpdate", "job-1", "running"), ("agentMessage", "job-1", None),
        ("runUpdate", "job-1", "failed"), ("runUpdate", "job-2", "completed"),
    ]  # fmt: skip
    done = typed(server.url, "emit", "jobs", "--run-status", "completed")
    assert (done.returncode, done.stderr) == (2, "Name the run with --run.\n")


def test_a_name_that_is_no_id_is_the_same_session_for_all_commands(server: Server) -> None:
    done = typed(server.url, "emit", "bad id!", "hello")
    assert done.stdout == "Stored in the session bad-id-627e702d.\n"
    assert [event["delta"] for event in server.events("bad-id-627e702d")] == ["hello"]
    with tailing(server, "bad id!", "--json") as lines:
        wait_until(lambda: lines, 20, "the event of the session with this name")


def test_what_cannot_be_told_is_said_in_plain_words(server: Server) -> None:
    done = typed(server.url, "emit", "nightly", "x", RINGSIDE_KEY="ringside_wrong")
    assert done.returncode == 1
    assert done.stderr == "Not stored: This API key is unknown or was revoked. Make a new one in the dashboard.\n"
    done = typed("http://127.0.0.1:9", "emit", "nightly", "x")
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert typed(server.url, "emit", "nightly").returncode == 2
    done = typed("", "emit", "nightly", "x")
    assert "RINGSIDE_URL" in done.stderr


def test_a_folder_that_is_not_there_is_not_sent(server: Server, tmp_path: Path) -> None:
    done = typed(server.url, "drain", str(tmp_path / "nosuch"))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"There is no folder {tmp_path / 'nosuch'}.\n")
    assert not (tmp_path / "nosuch").exists()


def test_tail_shows_what_was_and_what_comes(server: Server) -> None:
    client = ringside.Client(server.url, KEY)
    session = client.session("tailed")
    with session, session.run("Ship it"), session.step("Build", agent="Builder"):
        pass
    assert client.flush(10)
    with tailing(server, "tailed") as lines:
        wait_until(lambda: any("run completed" in line for line in lines), 20, "the past")
        with session, session.step("Outer", agent="A"), session.step("Inner", agent="B") as step:
            step.fail("No\x1b[2J space")
        session.say("All\ndone.", agent="Builder")
        assert client.flush(10)
        wait_until(lambda: any("done." in line for line in lines), 20, "what comes")
        text = "".join(lines)
    client.close()
    assert "run running: Ship it" in text
    assert "▸ Builder  Build" in text
    assert "  ✗ B  Inner  No [2J space" in text, "what would steer a terminal is not printed"
    assert "Builder says:\n          All\n          done.\n" in text
    assert "\x1b" not in text, "no colours in a pipe"


def test_tail_goes_on_after_the_server_was_killed(own_server: Server) -> None:
    client = ringside.Client(own_server.url, KEY)
    session = client.session("resumed")
    session.step("One").begin().end()
    assert client.flush(10)
    with tailing(own_server, "resumed", "--json", "--after", "0") as lines:
        wait_until(lambda: len(lines) == 2, 20, "the first events")
        own_server.kill()
        own_server.start()
        for number in range(50):
            session.step(f"Step {number}").begin().end()
        assert client.flush(30)
        wait_until(lambda: len(lines) >= 102, 30, "all events")
        assert [json.loads(line)["seq"] for line in lines] == list(range(1, 103))
    client.close()


def test_tail_begins_where_it_is_told(server: Server) -> None:
    client = ringside.Client(server.url, KEY)
    for number in range(10):
        client.session("cursor").say(f"text {number}")
    assert client.flush(10)
    client.close()
    with tailing(server, "cursor", "--json", "--last", "3") as lines:
        wait_until(lambda: len(lines) == 4, 20, "three events and the word that there are older ones")
        assert json.loads(lines[0])["type"] == "reset"
    with tailing(server, "cursor", "--json", "--after", "8") as lines:
        wait_until(lambda: len(lines) == 2, 20, "two events")
        assert json.loads(lines[0])["seq"] == 9


def test_tail_of_nothing_says_so(server: Server) -> None:
    done = typed(server.url, "tail", "no-such-session")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "There is no such session. It may have been deleted.\n"


def test_a_terminal_gets_colours(server: Server) -> None:
    typed(server.url, "emit", "coloured", "x", "--step", "Break", "--status", "failed")
    main, inner = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "ringside", "tail", "coloured"], stdout=inner,
                               env=environment(server.url, TERM="xterm"))  # fmt: skip
    try:
        os.close(inner)
        assert b"\x1b[31m" in os.read(main, 4096)
    finally:
        process.kill()
        process.wait()
        os.close(main)


def test_doctor_finds_nothing_wrong(server: Server) -> None:
    done = typed(server.url, "doctor")
    assert done.returncode == 0, done.stdout
    assert re.findall(r"^(\S+) +(\w+):", done.stdout, re.MULTILINE) == [
        ("ok", "Settings"), ("ok", "Server"), ("ok", "Clock"), ("ok", "Key"), ("ok", "Stream"),
    ]  # fmt: skip
    assert KEY not in done.stdout
    assert typed(server.url, "doctor").returncode == 0, "and again, in the same session"


def test_doctor_knows_what_a_key_may_not_do(server: Server) -> None:
    done = typed(server.url, "doctor", RINGSIDE_KEY=key_with(server, "emit"))
    assert done.returncode == 0
    assert "lacks the scope read" in done.stdout
    done = typed(server.url, "doctor", RINGSIDE_KEY=key_with(server, "read"))
    assert done.returncode == 1
    assert "FAIL  Key: it is known, and may not emit." in done.stdout
    done = typed(server.url, "doctor", RINGSIDE_KEY="ringside_wrong")
    assert done.returncode == 1
    assert "FAIL  Key: This API key is unknown or was revoked." in done.stdout


@pytest.mark.parametrize(
    ("url", "words"),
    [("http://127.0.0.1:9", "cannot be reached"), ("http://no-such-host.invalid", "is unknown here"),
     ("nonsense", "is not the address of a server"), ("", "address is missing")],
)  # fmt: skip
def test_doctor_says_why_there_is_no_server(url: str, words: str) -> None:
    done = typed(url, "doctor")
    assert done.returncode == 1
    assert words in done.stdout
    assert "Traceback" not in done.stderr


def test_doctor_knows_a_server_of_another_kind_and_plain_http(server: Server) -> None:
    with odd_server() as url:
        done = typed(url, "doctor")
        assert done.returncode == 1
        assert "is not a Ringside server" in done.stdout
        done = typed(url.replace("http://", "https://"), "doctor")
        assert "does not speak HTTPS there" in done.stdout


def test_doctor_sees_a_proxy_that_holds_the_stream_back_and_a_wrong_clock(server: Server) -> None:
    with odd_server(behind=server.url, ahead=-3600) as url:
        done = typed(url, "doctor")
    assert done.returncode == 1
    assert "FAIL  Stream: the event was stored but did not come" in done.stdout
    assert re.search(r"FAIL  Clock: this machine is 3,[56]\d\d s ahead of the server", done.stdout)


def test_doctor_names_the_proxy_of_the_environment(server: Server) -> None:
    done = typed(server.url, "doctor", HTTP_PROXY="http://ada:secret@127.0.0.1:9", NO_PROXY="")
    assert done.returncode == 1
    assert "Proxy: requests go through 127.0.0.1:9" in done.stdout
    assert "secret" not in done.stdout


@contextmanager
def odd_server(behind: str | None = None, ahead: int = 0) -> Iterator[str]:
    """A web server of another kind; ``behind``: a proxy that passes answers on when they are whole."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def answer(self) -> None:
            import httpx

            if behind is None:
                self.reply(200, b"<h1>Welcome</h1>", {"Content-Type": "text/html"})
                return
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kept = {name: self.headers[name] for name in ("Authorization", "Content-Type") if name in self.headers}
            try:
                answer = httpx.request(
                    self.command, behind + self.path, content=content, headers=kept, timeout=httpx.Timeout(8)
                )
            except httpx.TimeoutException:
                return
            headers = {name: answer.headers[name] for name in ("Content-Type", "X-Request-ID")}
            self.reply(answer.status_code, answer.content, headers)

        def reply(self, status: int, body: bytes, headers: dict[str, Any]) -> None:
            self.send_response_only(status)
            moment = datetime.fromtimestamp(time.time() + ahead, timezone.utc)
            self.send_header("Date", format_datetime(moment, usegmt=True))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError):  # who asked has gone
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.daemon_threads = True
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()


class TestHooks:
    BEFORE = '{\n  "model": "opus",\n  "hooks": {"Stop": [{"hooks": [{"type": "command", "command": "beep"}]}]}\n}'

    @pytest.fixture
    def settings(self, tmp_path: Path) -> Path:
        path = tmp_path / "home" / ".claude" / "settings.json"
        path.parent.mkdir(parents=True)
        path.write_text(self.BEFORE)
        path.chmod(0o640)
        return path

    def test_they_are_shown_first_and_written_only_when_wanted(self, server: Server, settings: Path) -> None:
        for arguments in (["show", "claude-code"], ["install", "claude-code", "--dry-run"]):
            done = typed(server.url, "hooks", *arguments)
            assert done.returncode == 0, done.stderr
            assert "+ " in done.stdout
            assert "ringside hook claude-code" in done.stdout
        done = typed(server.url, "hooks", "install", "claude-code", text="y\n")
        assert done.returncode == 1
        assert "--yes" in done.stderr
        assert settings.read_text() == self.BEFORE
        assert KEY not in done.stdout

    def test_they_are_written_and_removed_to_the_last_byte(
        self, server: Server, settings: Path, tmp_path: Path
    ) -> None:
        assert typed(server.url, "hooks", "install", "claude-code", "--yes").returncode == 0
        assert has_hooks(settings.read_text(), "claude-code")
        assert settings.stat().st_mode & 0o777 == 0o640
        config = tmp_path / "home" / "config" / "ringside" / "config.json"
        assert json.loads(config.read_text()) == {"url": server.url, "key": KEY}
        assert config.stat().st_mode & 0o777 == 0o600
        again = typed("", "hooks", "install", "claude-code", "--yes", RINGSIDE_KEY="")
        assert "already" in again.stdout, "the address and the key are of the configuration file now"
        assert typed("", "hooks", "uninstall", "claude-code", "--yes", RINGSIDE_KEY="").returncode == 0
        assert settings.read_text() == self.BEFORE

    def test_what_was_changed_since_stays(self, server: Server, settings: Path) -> None:
        typed(server.url, "hooks", "install", "claude-code", "--yes")
        settings.write_text(settings.read_text().replace('"opus"', '"sonnet"'))
        typed(server.url, "hooks", "uninstall", "claude-code", "--yes")
        assert json.loads(settings.read_text()) == json.loads(self.BEFORE) | {"model": "sonnet"}

    def test_a_project_has_its_own_and_a_new_file_goes_again(self, server: Server, tmp_path: Path) -> None:
        project = tmp_path / "harbour"
        project.mkdir()
        for agent, name in (("claude-code", ".claude/settings.local.json"), ("codex", ".codex/hooks.json")):
            typed(server.url, "hooks", "install", agent, "--project", str(project), "--yes")
            written = json.loads((project / name).read_text())
            command = written["hooks"]["UserPromptSubmit"][0]["hooks"][0]["command"]
            assert command.endswith(f"hook {agent}")
            assert KEY not in (project / name).read_text(), "the project's files may be shared"
            typed(server.url, "hooks", "uninstall", agent, "--project", str(project), "--yes")
            assert not (project / name).exists()

    def test_settings_that_cannot_be_read_are_left_alone(self, server: Server, settings: Path) -> None:
        settings.write_text("{ // mine\n}")
        done = typed(server.url, "hooks", "install", "claude-code", "--yes")
        assert done.returncode == 1
        assert "is left as it is" in done.stderr
        assert settings.read_text() == "{ // mine\n}"

    def test_a_link_leads_to_the_same_file(self, server: Server, settings: Path, tmp_path: Path) -> None:
        real = tmp_path / "dotfiles.json"
        settings.rename(real)
        settings.symlink_to(real)
        typed(server.url, "hooks", "install", "claude-code", "--yes")
        assert settings.is_symlink()
        assert has_hooks(real.read_text(), "claude-code")
