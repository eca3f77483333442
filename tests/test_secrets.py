"""No secret is where it does not belong: canaries are planted in a real server, which then has a bad day.

Whoever adds a secret plants one in ``_day``; whoever adds a place where one could end up looks there in ``_places``.
What a GET answers is looked into for every operation of the API's description by itself.
"""

import itertools
import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pyotp
import pytest
from sqlalchemy import text

from api.operations.dashboard import BUILD
from tests.model_server import ModelServer, Status
from tests.support.canaries import Canaries
from tests.support.foreign_server import ForeignServer, Received, json_answer
from tests.support.processes import descendants, environment, free_port, process
from tests.support.push_browser import PushBrowser
from tests.support.waiting import wait_until
from utils.accounts.invitations import Invitations
from utils.database.base import Database
from utils.database.opening import open_database
from utils.notices.push_key import PushKey
from utils.registry.server_key import ServerKey
from utils.settings import Settings

ADMIN = "root@example.org"
_TOLD = ("web hook", "chat", "push service")
# Names of secrets that a mistaken hand puts into an address; whoever keeps a log of addresses has those there.
MISPLACED = ("misplaced key", "misplaced invitation", "misplaced word")


class World:
    """The server, its administrator's browser, and all that was ever answered."""

    def __init__(self, stack: ExitStack, settings: Settings, folder: Path) -> None:
        self.canaries = Canaries()
        self.settings, self.log, self.access_log = settings, folder / "server.log", folder / "access.log"
        self.model = stack.enter_context(ModelServer())
        self.database = stack.enter_context(closing(open_database(settings)))
        self.found: list[str] = []
        self.admin_password = self.canaries.plant("ADMIN_PASSWORD")
        self.set_up = self._before_the_start()
        self._port = free_port()
        self._stack = stack
        env = environment(settings.data_path, **self._settings()) | {
            "SECRET_KEY": self.canaries.plant("SECRET_KEY") * 2
        }
        arguments = ["-m", "gunicorn", "--bind", f"127.0.0.1:{self._port}", "--access-logfile", str(self.access_log)]
        self.master = stack.enter_context(process([*arguments, "wsgi:app"], env, self.log))
        wait_until(self._answers, 30, "the server's first answer")
        self.admin = self.client()

    def _before_the_start(self) -> str:
        """No account is there yet, but the link of an earlier start."""
        with self.database.write() as connection:
            for table in ("users", "teams", "secret_check"):
                connection.execute(text(f"DELETE FROM {table}"))
        return self.canaries.keep("set-up link", Invitations(self.database).set_up())

    def _settings(self) -> dict[str, object]:
        key = self.canaries.plant("OPENAI_API_KEY")
        told = f"Incorrect API key provided: {key} or {self.canaries.plant('the key of an agent')}. Check it."
        for kind in ("AnswerPlan", "tools", "text", "Verdicts"):
            self.model.answer(kind, *[Status(401, message=told)] * 20)
        url = {}
        if self.settings.database_url is not None:
            password = self.canaries.plant("the password of DATABASE_URL").replace("/", "%2F")
            url = {"database_url": f"{self.settings.database_url.get_secret_value()}&password={password}"}
        return url | {
            "admin_email": ADMIN, "admin_password": self.admin_password, "agent_processes": 1, "web_concurrency": 1,
            "log_level": "debug", "openai_api_key": key, "openai_base_url": self.model.url, "openai_model": "scripted",
            "public_url": "https://ringside.example.org", "push_hosts": "127.0.0.1", "ratelimit_enabled": 0,
            "secret_key": self.canaries.plant("SECRET_KEY") * 2,
            # Away, so that what mails say waits in the outbox.
            "smtp_host": "127.0.0.1", "smtp_port": free_port(), "smtp_security": "none", "smtp_user": "ringside",
            "smtp_password": self.canaries.plant("SMTP_PASSWORD"), "mail_from": "ringside@example.org",
        }  # fmt: skip

    def _answers(self) -> bool:
        assert self.master.poll() is None, self.log.read_text()[-3000:]
        with suppress(httpx2.TransportError):
            return bool(httpx2.get(f"http://127.0.0.1:{self._port}/readyz", timeout=5).json()["status"] == "ready")
        return False

    def client(self) -> httpx2.Client:
        """Somebody's browser."""
        return self._stack.enter_context(httpx2.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=20))

    def ask(
        self, client: httpx2.Client, method: str, path: str, status: int, shown: tuple[str, ...] = (), **sent: Any
    ) -> Any:
        """The JSON of the answer, in which no secret is but those that are ``shown`` by it."""
        csrf = client.cookies.get("csrf_refresh_token" if path == "/api/auth/refresh" else "csrf_access_token")
        headers = {"X-CSRF-TOKEN": csrf} if csrf and method != "GET" else {}
        answer = client.request(method, path, headers=headers | sent.pop("headers", {}), **sent)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.multi_items())
        self.found += self.canaries.found_in(f"the answer to {method} {path}", f"{head}\n\n{answer.text}", shown)
        return answer.json() if answer.headers.get("Content-Type") == "application/json" else None

    def sign_in(self, client: httpx2.Client, whose: str, email: str, password: str) -> None:
        self.ask(client, "POST", "/api/auth/login", 200, json={"email": email, "password": password})
        self.keep_tokens(client, whose)

    def keep_tokens(self, client: httpx2.Client, whose: str) -> None:
        for name in ("access_token", "refresh_token", "csrf_access_token", "csrf_refresh_token"):
            self.canaries.keep(f"the {name} {whose}", client.cookies[name])


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> Iterator[World]:
    with ExitStack() as stack:
        yield World(stack, settings, tmp_path)


def test_no_secret_is_where_it_does_not_belong(world: World) -> None:
    _day(world)
    commands = [(f"the command line of process {pid}", _command(pid)) for pid in descendants(world.master.pid)]
    world.master.terminate()
    world.master.wait(30)
    for place, content, shown in itertools.chain(_places(world), ((*command, ()) for command in commands)):
        world.found += world.canaries.found_in(place, content, shown)
    assert not world.found, "\n".join(["", *sorted(set(world.found))])


def test_a_canary_is_found_in_whatever_form(tmp_path: Path) -> None:
    """Or the test above would find nothing because it cannot."""
    canaries = Canaries()
    secret = canaries.plant("a")
    canaries.keep("b", "ringside_0123456789abcdef")
    for form in (secret, secret.replace("/", "%2F"), f'{{"key": "{secret}"}}', b"\0" + secret.encode()):
        assert list(canaries.found_in("here", form)) == ["a in here"]
        assert list(canaries.found_in("here", form, ["a"])) == []


# What happens


def _day(world: World) -> None:
    session_id = _work(world)
    agents_session, agent_id = _register(world)
    outside = _ask_outside(world)
    member, password = _join(world)
    _pass_links(world, session_id, member, password)
    _use_second_factor(world)
    _fail(world, session_id)
    _call_back(world, session_id)
    crews_session = _ask_a_crew(world)
    rules = _be_told(world)
    _break(world)
    for rule_id, session in itertools.zip_longest(rules, (session_id, agents_session, *outside, crews_session)):
        _read_everything(world, session, agent_id, rule_id or rules[0])


def _work(world: World) -> str:
    """The administrator signs in, stays signed in, and asks; the model server refuses the key, and repeats it."""
    admin = world.admin
    world.sign_in(admin, "of the administrator", ADMIN, world.admin_password)
    world.ask(admin, "POST", "/api/auth/refresh", 200)
    world.keep_tokens(admin, "of the administrator, later")
    session = world.ask(admin, "POST", "/api/sessions/sample", 201)["session"]["id"]
    _ask_in_vain(world, session)
    return str(session)


def _ask_in_vain(world: World, session_id: str) -> None:
    failed = _ask(world, session_id)
    assert "does not accept the API key" in failed["reason"], failed


def _ask(world: World, session_id: str) -> Any:
    """The run of a question, when it has ended."""
    asked = {"json": {"content": "Who rebuilt the engine?"}}
    run = world.ask(world.admin, "POST", f"/api/sessions/{session_id}/messages", 202, **asked)["run"]["id"]

    def ended() -> Any:
        found = world.ask(world.admin, "GET", f"/api/runs/{run}", 200)
        return found if found["status"] in ("failed", "completed") else None

    return wait_until(ended, 30, "the end of the run")


def _register(world: World) -> tuple[str, str]:
    """An agent with a key of its own, and a session where its model server refuses and repeats the key; their ids."""
    admin, key = world.admin, world.canaries.secret("the key of an agent")
    own = {"kind": "chat", "source": "own", "base_url": world.model.url, "model": {"name": "scripted"}}
    wish = {"name": "Sage", "configuration": own, "secrets": {"api_key": key}}
    agent = world.ask(admin, "POST", "/api/agents", 201, json=wish)["id"]
    session = world.ask(admin, "POST", "/api/sessions", 201, json={"agent_id": agent})["id"]
    _ask_in_vain(world, session)
    assert f"Bearer {key}" in {headers.get("authorization") for headers in world.model.headers}
    for change in (
        {"secrets": {"api_key": [key]}}, {"secrets": {"key": key}}, {"secrets": key},
        {"configuration": own | {"key": key}},
        {"configuration": own | {"base_url": f"https://ada:{key}@models.example.org"}},
        {"configuration": own | {"kind": key}}, {"configuration": own | {"model": {"name": [key]}}},
    ):  # fmt: skip
        world.ask(admin, "PATCH", f"/api/agents/{agent}", 400, json=change)
    world.ask(admin, "POST", "/api/agents", 409, json=wish)
    elsewhere = {"configuration": own | {"base_url": "https://models.example.org"}}
    world.ask(admin, "PATCH", f"/api/agents/{agent}", 409, json=elsewhere)
    return str(session), str(agent)


def _ask_outside(world: World) -> list[str]:
    """Agents whose systems outside repeat what they were sent, in answers, data and refusals; their sessions."""
    plant = world.canaries.plant

    def repeat(call: Received) -> Iterator[bytes]:
        asks = call.method == "OPTIONS" or call.path.startswith(("/api/v1", "/assistants", "/threads"))
        return json_answer({"output": [dict(call.headers), "No."], "message": repr(call.headers)}, 403 if asks else 200)

    n8n = {"token": plant("the token of a webhook"), "n8n_api_key": plant("the key of n8n's API")}
    graph = {"api_key": plant("the key of a LangGraph server")}
    paths = [
        ("POST", "/webhook/crew"), ("OPTIONS", "/webhook/crew"), ("GET", "/api/v1/executions"), ("POST", "/threads"),
        ("POST", "/assistants/search"),
    ]  # fmt: skip
    sessions = []
    with ForeignServer(dict.fromkeys(paths, repeat)) as server:
        webhook = {"kind": "n8n", "address": f"{server.url}/webhook/crew", "authentication": "bearer"}
        for own, secrets in ((webhook, n8n), ({"kind": "langgraph_server", "address": server.url}, graph)):
            wish = {"name": own["kind"], "configuration": own, "secrets": secrets}
            agent = world.ask(world.admin, "POST", "/api/agents", 201, json=wish)["id"]
            world.ask(world.admin, "POST", f"/api/agents/{agent}/test", 200)
            session = str(world.ask(world.admin, "POST", "/api/sessions", 201, json={"agent_id": agent})["id"])
            _ask(world, session)
            sessions.append(session)
        sent = repr([call.headers for call in server.received])
    assert [secret for secret in (*n8n.values(), *graph.values()) if secret not in sent] == []
    return sessions


def _join(world: World) -> tuple[httpx2.Client, str]:
    """Somebody takes up an invitation; the browser and the password."""
    token = world.ask(world.admin, "POST", "/api/team/invitations", 201, json={"role": "member"})["token"]
    world.canaries.keep("invitation", token)
    jon, password = world.client(), world.canaries.plant("a member's password")
    world.ask(jon, "POST", "/api/auth/invitation", 200, json={"token": token})
    sent = {"token": token, "name": "Jon", "email": "jon@example.org", "password": password}
    world.ask(jon, "POST", "/api/auth/register", 201, json=sent)
    world.keep_tokens(jon, "of the member")
    return jon, password


def _pass_links(world: World, session_id: str, member: httpx2.Client, password: str) -> None:
    """Keys and links are made, shown once, and used; passwords are changed."""
    admin, canaries = world.admin, world.canaries
    for name in ("API key", "misplaced key"):
        wish = {"name": "nightly import", "scopes": ["read", "run"]}
        canaries.keep(name, world.ask(admin, "POST", "/api/keys", 201, json=wish)["secret"])
    made = world.ask(admin, "POST", "/api/team/invitations", 201, json={"role": "member"})
    canaries.keep("misplaced invitation", made["token"])
    token = world.ask(admin, "POST", f"/api/sessions/{session_id}/links", 201, json={})["token"]
    canaries.keep("spectator link", token)
    ticket = world.ask(admin, "POST", f"/api/sessions/{session_id}/stream-ticket", 201)["ticket"]
    canaries.keep("stream ticket", ticket)
    with world.client().stream("GET", f"/sse/agent-activity/{session_id}", params={"ticket": ticket}) as stream:
        assert stream.status_code == 200
    world.ask(admin, "GET", f"/sse/agent-activity/{session_id}?ticket={ticket[:-9]}", 401)
    # Its cookie holds it, so that this browser may come again.
    world.ask(world.client(), "POST", "/api/watch", 200, ("spectator link",), json={"token": token})
    users = world.ask(admin, "GET", "/api/team/users", 200)["users"]
    jon = next(one["id"] for one in users if one["name"] == "Jon")
    fresh, last = canaries.plant("a password set by a link"), canaries.plant("a changed password")
    world.ask(member, "POST", "/api/auth/password", 204, json={"current": password, "new": fresh + " before"})
    token = canaries.keep(
        "password link", world.ask(admin, "POST", f"/api/team/users/{jon}/password-link", 201)["token"]
    )
    world.ask(world.client(), "POST", "/api/auth/reset", 204, json={"token": token, "password": fresh})
    world.sign_in(member, "of the member, later", "jon@example.org", fresh)
    world.ask(member, "POST", "/api/auth/password", 204, json={"current": fresh, "new": last})


def _use_second_factor(world: World) -> None:
    """An app is set up, a recovery code used, a mail asked for that cannot be sent, and the app removed."""
    admin, canaries, password = world.admin, world.canaries, world.admin_password
    made = world.ask(admin, "POST", "/api/auth/second-factor", 200, json={"password": password})
    secret = canaries.keep("the secret of an app", made["secret"])
    code = {"code": pyotp.TOTP(secret).now()}
    codes = world.ask(admin, "POST", "/api/auth/second-factor/confirm", 200, json=code)["recovery_codes"]
    for number, one in enumerate(codes):
        canaries.keep(f"recovery code {number}", one)
    elsewhere = world.client()
    world.ask(elsewhere, "POST", "/api/auth/login", 401, json={"email": ADMIN, "password": password})
    canaries.keep("a step of signing in", elsewhere.cookies["sign_in_step"])
    world.ask(elsewhere, "POST", "/api/auth/step", 401, json={"code": codes[0][:-1]})
    world.ask(elsewhere, "POST", "/api/auth/step", 200, json={"code": codes[0]})
    invited = {"role": "member", "email": "new@example.org"}
    canaries.keep("a mailed invitation", world.ask(admin, "POST", "/api/team/invitations", 201, json=invited)["token"])
    world.ask(world.client(), "POST", "/api/auth/forgotten", 204, json={"email": ADMIN})

    def tried() -> bool:
        mails = world.ask(admin, "GET", "/api/team/mails", 200)["mails"]
        subjects = {mail["subject"] for mail in mails if mail["error"]}
        return "Set a new password for Ringside" in subjects

    wait_until(tried, 40, "a mail that could not be sent")
    world.ask(admin, "POST", "/api/auth/second-factor/remove", 204, json={"password": password})


def _fail(world: World, session_id: str) -> None:
    """Everything goes wrong that can, with a secret in it."""
    nobody, canaries = world.client(), world.canaries
    wrong = canaries.plant("a mistyped password")
    world.ask(nobody, "POST", "/api/auth/login", 401, json={"email": ADMIN, "password": wrong})
    world.ask(nobody, "POST", "/api/auth/login", 401, json={"email": "nobody@example.org", "password": wrong})
    world.ask(nobody, "POST", "/api/auth/setup", 409, json=_person(wrong, token=world.set_up, team="T"))
    for token in (canaries.plant("an unknown link"), world.set_up):
        for path in ("invitation", "register", "reset"):
            sent = {"token": token, "password": wrong} if path == "reset" else _person(wrong, token=token)
            sent = {"token": token} if path == "invitation" else sent
            world.ask(nobody, "POST", f"/api/auth/{path}", 409, json=sent)
    world.ask(nobody, "POST", "/api/watch", 404, json={"token": token})
    typed = {"Content-Type": "application/json"}
    for path in ("/api/auth/login", "/api/auth/register", "/api/auth/reset", "/api/watch"):
        world.ask(nobody, "POST", path, 400, content=f'{{"password": "{wrong}", "token": ', headers=typed)
        world.ask(nobody, "POST", path, 400, json={"email": [wrong], "password": [wrong], "token": {"a": wrong}})
        world.ask(nobody, "POST", path, 400, json=[wrong])
        world.ask(nobody, "POST", path, 400, json={"password": wrong * 90, "token": wrong * 90, "email": wrong * 90})
    event = {"type": wrong, "session_id": session_id, "status": wrong}
    for body in ({"events": [event]}, {"events": [{**event, "type": "runUpdate"}]}, {"events": wrong}):
        world.ask(world.admin, "POST", f"/api/sessions/{session_id}/events", 400, json=body)
    for body in ({"name": "n", "scopes": [wrong]}, {"name": [wrong], "scopes": wrong}):
        world.ask(world.admin, "POST", "/api/keys", 400, json=body)
    for key in (wrong, "ringside_" + wrong):
        world.ask(nobody, "GET", "/api/sessions", 401, headers={"Authorization": f"Bearer {key}"})
    world.ask(nobody, "GET", "/api/sessions", 401, headers={"Cookie": f"access_token={wrong}; refresh_token={wrong}"})
    world.ask(world.admin, "PATCH", "/api/team", 403, json={"name": "x"}, headers={"X-CSRF-TOKEN": wrong})
    _misplace(world)


def _call_back(world: World, session_id: str) -> None:
    """A system outside calls a run that has ended, and one that it knows nothing of."""
    run_id = world.ask(world.admin, "GET", f"/api/sessions/{session_id}/runs", 200)["runs"][0]["id"]
    key = ServerKey(world.canaries.secret("SECRET_KEY") * 2)
    secret = world.canaries.keep("the secret of a callback", key.hook_secret(run_id))
    nobody = world.client()
    world.ask(nobody, "POST", f"/api/hooks/{run_id}/{secret}/done", 410, json={"late": True})
    world.ask(nobody, "POST", f"/api/hooks/{run_id}/{secret}/no name", 400)
    world.ask(nobody, "GET", f"/api/hooks/{run_id}/{secret}/done", 404)
    world.ask(nobody, "POST", f"/api/hooks/run-unknown/{secret}/done", 404)
    with _without(world.database, "hook_calls"), _without(world.database, "runs"):
        world.ask(nobody, "POST", f"/api/hooks/{run_id}/{secret}/done", 500)


def _ask_a_crew(world: World) -> str:
    """A system outside fails, and repeats its token and the addresses that it was given; the id of the session."""
    token = world.canaries.plant("the token of a crew").replace("/", "-")
    world.canaries.keep("the token of a crew", token)
    given: list[str] = []

    def kickoff(call: Received) -> Iterator[bytes]:
        given.append(call.json()["crewWebhookUrl"])
        return json_answer({"kickoff_id": "k-1"})

    def status(_: Received) -> Iterator[bytes]:
        return json_answer({"status": "error", "error": f"Bearer {token} may not call {given[0]}"})

    with ForeignServer() as crew:
        crew.answers |= {
            ("GET", "/inputs"): lambda _: json_answer({"inputs": ["current_message"]}),
            ("POST", "/kickoff"): kickoff,
            ("GET", "/status/k-1"): status,
        }
        wish = {
            "name": "Crew", "configuration": {"kind": "crewai", "address": crew.url}, "secrets": {"token": token}
        }  # fmt: skip
        agent = world.ask(world.admin, "POST", "/api/agents", 201, json=wish)["id"]
        session = world.ask(world.admin, "POST", "/api/sessions", 201, json={"agent_id": agent})["id"]
        asked = {"json": {"content": "Who rebuilt the engine?"}}
        run = world.ask(world.admin, "POST", f"/api/sessions/{session}/messages", 202, **asked)["run"]["id"]

        def failed() -> Any:
            found = world.ask(world.admin, "GET", f"/api/runs/{run}", 200)
            return found if found["status"] == "failed" else None

        reason = wait_until(failed, 30, "the end of the run")["reason"]
    assert "Bearer ••• may not call" in reason, reason
    world.canaries.keep("the secret of a crew's callback", given[0].split("/")[-2])
    return str(session)


def _be_told(world: World) -> list[str]:
    """A web hook, a chat and a push service repeat where they were asked, and refuse; the ids of the rules."""
    admin, canaries = world.admin, world.canaries
    hook, chat, push = (f"/{canaries.plant(f'the address of a {what}').replace('/', '-')}" for what in _TOLD)
    for what, path in zip(_TOLD, (hook, chat, push), strict=True):
        canaries.keep(f"the address of a {what}", path[1:])

    def repeat(call: Received) -> Iterator[bytes]:
        return json_answer({"message": f"Cannot POST {call.path}?{call.query}", "headers": dict(call.headers)}, 500)

    paths = [("POST", path) for path in (hook, chat, push)]
    with ForeignServer(dict.fromkeys(paths, repeat)) as server:
        token = canaries.plant("a word in the query of a web hook").replace("/", "-")
        canaries.keep("a word in the query of a web hook", token)
        subscriber = PushBrowser(server.url, push)
        canaries.keep("what a browser's notices are encrypted with", subscriber.endpoint.auth)
        world.ask(admin, "POST", "/api/notices/browsers", 201, json=subscriber.subscription)
        world.ask(admin, "POST", "/api/notices/test", 202)
        rules = []
        for channel, url in (("webhook", f"{server.url}{hook}?token={token}"), ("chat", f"json://{server.host}{chat}")):
            wish = {"name": channel, "channel": channel, "url": url, "kinds": ["run_failed"]}
            made = world.ask(admin, "POST", "/api/team/notice-rules", 201, json=wish)
            rules.append(made["rule"]["id"])
            path = f"/api/team/notice-rules/{rules[-1]}"
            world.ask(admin, "PATCH", path, 400, json={"url": f"nothing:{hook}"})
            if channel == "webhook":
                canaries.keep("the first secret of a web hook", made["secret"])
                renewed = world.ask(admin, "POST", f"{path}/secret", 200)["secret"]
                canaries.keep("the secret of a web hook", renewed)
            world.ask(admin, "POST", f"{path}/test", 202)

        def tried() -> bool:
            lately = world.ask(admin, "GET", "/api/notices", 200)["lately"]
            for rule in rules:
                lately += world.ask(admin, "GET", f"/api/team/notice-rules/{rule}/deliveries", 200)["deliveries"]
            return {"webhook", "chat", "push"} <= {one["channel"] for one in lately if one["error"]}

        wait_until(tried, 40, "a notice by each way that could not be sent")
    number = PushKey(world.database, ServerKey(canaries.secret("SECRET_KEY") * 2)).private().private_numbers()
    canaries.keep("the key of this server to push services", f"{number.private_value:064x}")
    return rules


def _person(password: str, **more: str) -> dict[str, str]:
    return {"name": "Nobody", "email": "n@example.org", "password": password, **more}


def _misplace(world: World) -> None:
    """A key in an address, a link with a slash where its # should be."""
    key, invitation = (world.canaries.secret(name) for name in MISPLACED[:2])
    word = world.canaries.plant("misplaced word").replace("/", "-")
    world.canaries.keep("misplaced word", word)
    for client, path, status in (
        (world.client(), f"/api/{invitation}", 404), (world.client(), f"/api/nothing?key={key}", 404),
        (world.client(), f"/api/sessions/{key}?token={word}", 401), (world.admin, f"/api/sessions/{key}", 404),
        (world.admin, f"/api/runs/{invitation}?password={word}", 404), (world.admin, f"/api/keys/{key}", 404),
        (world.admin, f"/api/sessions?cursor={word}", 400), (world.admin, f"/api/sessions?limit={word}", 400),
        (world.client(), f"/join/{invitation}", 200 if BUILD.exists() else 503),
        (world.client(), f"/{invitation}.js", 404), (world.client(), f"/metrics/{key}", 404),
    ):  # fmt: skip
        world.ask(client, "GET", path, status)
    world.ask(world.client(), "POST", f"/join/{invitation}", 405)
    world.ask(world.admin, "DELETE", f"/api/keys/{key}", 404)


def _break(world: World) -> None:
    """A table is gone: whoever signs in or makes a key meets a failure of the server itself."""
    nobody, secret = world.client(), world.canaries.plant("a secret on its way into a missing table")
    with _without(world.database, "sign_ins"):
        world.ask(nobody, "POST", "/api/auth/login", 500, json={"email": ADMIN, "password": world.admin_password})
    with _without(world.database, "api_keys"):
        world.ask(world.admin, "POST", "/api/keys", 500, json={"name": secret, "scopes": ["read"]})
        world.ask(nobody, "GET", "/api/sessions", 500, headers={"Authorization": f"Bearer {secret}"})
    assert world.log.read_text().count("Traceback") >= 3


@contextmanager
def _without(database: Database, table: str) -> Iterator[None]:
    """The database lacks a table for a while."""

    def rename(one: str, other: str) -> None:
        with database.write() as connection:
            connection.execute(text(f"ALTER TABLE {one} RENAME TO {other}"))

    rename(table, f"mislaid_{table}")
    yield
    rename(f"mislaid_{table}", table)


def _read_everything(world: World, session_id: str, agent_id: str, rule_id: str) -> None:
    """What every GET of the description answers to the administrator, a stream until all that has happened is told."""
    paths = world.ask(world.admin, "GET", "/openapi/openapi.json", 200)["paths"]
    run_id = world.ask(world.admin, "GET", f"/api/sessions/{session_id}/runs", 200)["runs"][0]["id"]
    head = world.ask(world.admin, "GET", f"/api/sessions/{session_id}", 200)["head"]
    told = {"/sse/agent-activity/{session_id}": b"id: %d\n" % head, "/sse/now": b"event: nowReady\n"}
    ids = {"session_id": session_id, "run_id": run_id, "agent_id": agent_id, "rule_id": rule_id}
    for path, methods in paths.items():
        if "get" not in methods:
            continue
        for query in _queries(methods["get"]):
            url = re.sub(r"{(\w+)}", lambda name: ids.get(name[1], "none"), path)
            with world.admin.stream("GET", url, params=query) as answer:
                body = str(answer.headers).encode()
                for piece in answer.iter_bytes():
                    body += piece
                    if path in told and told[path] in body:
                        break
                world.found += world.canaries.found_in(f"the answer to GET {path} {query}", body)


def _queries(operation: dict[str, Any]) -> Iterator[dict[str, str]]:
    """None, and one for each value that a parameter of few values may have."""
    yield {}
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        values = schema.get("enum") or (["true"] if schema.get("type") == "boolean" else [])
        for value in values if parameter["in"] == "query" else []:
            yield {parameter["name"]: value}


# Where it is looked for afterwards


def _places(world: World) -> Iterator[tuple[str, str | bytes, tuple[str, ...]]]:
    """(place, content, the names of what may be there)."""
    yield "the server's log", world.log.read_bytes(), ()
    yield "the log of accesses", world.access_log.read_bytes(), MISPLACED
    for path in world.settings.data_path.rglob("*"):
        if path.is_file():
            yield f"the file {path.name}", path.read_bytes(), ("a secret on its way into a missing table",)
    for table, rows in _tables(world.database):
        yield f"the table {table}", rows, ()


def _tables(database: Database) -> Iterator[tuple[str, str]]:
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
        if database.dialect == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    with database.read() as connection:
        for name in connection.execute(text(names)).scalars().all():
            rows = connection.execute(text(f'SELECT * FROM "{name}"')).all()
            yield (
                name,
                "\n".join(str(bytes(cell) if isinstance(cell, memoryview) else cell) for row in rows for cell in row),
            )


def _command(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""
