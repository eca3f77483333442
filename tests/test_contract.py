"""What the API's description says is so: every operation of it is tried with made-up requests on a running server.

No request makes the server fail, and every answer has a status, a media type, headers and a body that the description
names. Half of the requests are about things that exist. An operation that is added takes part by itself.
"""

import json
import re
import shutil
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, assume, settings
from schemathesis import BaseSchema, Case
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.config import (
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.generation import GenerationMode
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.account import EMAIL, HEADERS, PASSWORD
from tests.support.processes import QUICK_HASHING, environment, server
from utils.project import PROJECT

load_all_checks()
_CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
# A stream has no end, and its body is none that a schema describes; tests/api/test_agent_routes.py and
# tests/api/test_now_routes.py read them.
_STREAMS = ["watch_session", "watch_now"]
# They end the sign-in that all others need; tests/api/test_auth_routes.py tries them.
_GOODBYES = ["logout"]
# They would wait for somebody.
_WAITING = {"/api/assignments/claim", "/api/process"}
_GENERATION = GenerationConfig(max_examples=12, deterministic=True, with_security_parameters=False, no_shrink=True)


_DESCRIPTION = json.loads((PROJECT / "frontend" / "openapi.json").read_text())
_OPERATIONS = [
    operation["operationId"]
    for path in _DESCRIPTION["paths"].values()
    for operation in path.values()
    if operation["operationId"] not in _STREAMS + _GOODBYES
]


# Each limit and each type of the parameters, one by one. What breaks one is refused before any database has a say, so
# that is tried on one of them; requests at random, right and wrong ones, are made on both.
_COVERED = {"sqlite": list(GenerationMode), "postgresql": [GenerationMode.POSITIVE]}


def _described(operation_id: str, covered: list[GenerationMode] | None = None) -> BaseSchema:
    """One operation."""
    coverage = CoveragePhaseConfig(enabled=covered is not None, generation=GenerationConfig(modes=covered))
    phases = PhasesConfig(coverage=coverage)
    project = ProjectConfig(generation=_GENERATION, phases=phases)
    config = SchemathesisConfig(seed=1, projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_dict(_DESCRIPTION, config=config).include(operation_id=operation_id)


@schemathesis.serializer("application/x-protobuf")
def protobuf(_context: object, value: Any) -> bytes:
    """Made-up text is hardly ever a message: it is how a server takes what is none."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


_FILE = {"files": ("note.txt", b"In winter she may carry 84 passengers.")}


class Running:
    """A server with the tests' account, and things of every kind in it."""

    def __init__(self, stack: ExitStack, url: str) -> None:
        self.url = url
        self.connections = stack.enter_context(requests.Session())
        self._turns: dict[str, Iterator[int]] = defaultdict(count)
        self._made: dict[str, str] = {}
        self._http = stack.enter_context(httpx2.Client(base_url=url, timeout=20))
        self._post("/api/auth/login", email=EMAIL, password=PASSWORD)
        self._csrf = {"X-CSRF-TOKEN": str(self._http.cookies["csrf_access_token"])}

    def credentials(self, caller: str) -> dict[str, Any]:
        """For a call as the administrator, by sign-in or by key."""
        if caller == "key":
            return {"headers": HEADERS}
        return {"headers": self._csrf, "cookies": {"access_token": self._http.cookies["access_token"]}}

    def aim(self, case: Case) -> None:
        """Let most requests be about what there is; the same ones, whatever else this process has tried."""
        if isinstance(case.body, dict) and case.path in _WAITING:
            case.body["wait"] = 0
        if case.path == "/chat":
            case.headers["Prefer"] = "wait=1"
        turn = f"{case.operation.label} {next(self._turns[case.operation.label])}"
        if zlib.crc32(turn.encode()) % 4:
            case.path_parameters = self._aimed(case.path_parameters)
            case.body = self._aimed(case.body)

    def _aimed(self, value: Any) -> Any:
        """The same, with what stands where an id belongs replaced by a real one."""
        if isinstance(value, list):
            return [self._aimed(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {name: self._thing(name) if name in self._makers else self._aimed(one) for name, one in value.items()}

    def gone(self, case: Case) -> None:
        """What it has deleted or changed, with all that is in it."""
        [*_, what] = re.findall(r"{(\w+)}", case.path)
        for name in ("session_id", "run_id", "document_id", "link_id") if what == "session_id" else (what,):
            self._made.pop(name, None)

    def _thing(self, name: str) -> str:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    @property
    def _session(self) -> str:
        return f"/api/sessions/{self._thing('session_id')}"

    @cached_property
    def _makers(self) -> dict[str, Callable[[], str]]:
        """How something is made that the name of a parameter stands for."""
        post, chat = self._post, {"kind": "chat"}
        return {
            "session_id": lambda: post("/api/sessions/sample")["session"]["id"],
            "run_id": lambda: post(f"{self._session}/messages", content="Who rebuilt the engine?")["run"]["id"],
            "link_id": lambda: post(f"{self._session}/links")["link"]["id"],
            "document_id": lambda: post(f"{self._session}/documents", files=_FILE)["documents"][0]["id"],
            "key_id": lambda: post("/api/keys", name="throw-away", scopes=["read"])["key"]["id"],
            "invitation_id": lambda: post("/api/team/invitations")["invitation"]["id"],
            "agent_id": lambda: post("/api/agents", name=f"Agent {next(self._turns['agents'])}", configuration=chat)[
                "id"
            ],
            "user_id": lambda: self._somebody(post("/api/team/invitations")["token"]),
        }

    def _somebody(self, token: str) -> str:
        """A user whom any request may change."""
        number = next(self._turns["people"])
        sent = {"token": token, "name": "Max", "email": f"max{number}@example.org", "password": PASSWORD}
        with httpx2.Client(base_url=self.url, timeout=20) as elsewhere:
            return str(elsewhere.post("/api/auth/register", json=sent).json()["user"]["id"])

    def _post(self, path: str, files: Any = None, **body: Any) -> Any:
        headers = {} if path == "/api/auth/login" else self._csrf
        answer = self._http.post(path, headers=headers, **{"files": files} if files else {"json": body})
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json()


@pytest.fixture(scope="module")
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Running]]:
    """The server on each database, started when it is first asked for."""
    running: dict[str, Running] = {}
    with ExitStack() as stack:

        def start(kind: str) -> Running:
            if kind not in running:
                folder = tmp_path_factory.mktemp("contract")
                given: dict[str, object] = {
                    "agent_processes": 0, "web_concurrency": 1, "ratelimit_enabled": 0, "pythonpath": QUICK_HASHING
                }  # fmt: skip
                if kind == "sqlite":
                    shutil.copy(request.getfixturevalue("migrated"), folder / "ringside.db")
                else:
                    postgres = request.getfixturevalue("postgres")
                    given["database_url"] = postgres.create("ringside_contract", "ringside_template")
                    stack.callback(postgres.drop, "ringside_contract")
                log: Path = folder / "server.log"
                _, url = stack.enter_context(server(environment(folder, **given), log))
                running[kind] = Running(stack, url)
            return running[kind]

        yield start


@pytest.fixture
def running(database_kind: str, servers: Callable[[str], Running]) -> Running:
    return servers(database_kind)


_UNHURRIED = {"derandomize": True, "deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
_each_operation = pytest.mark.parametrize("operation_id", _OPERATIONS)


@_each_operation
def test_the_answer_is_one_of_those_that_are_described(operation_id: str, database_kind: str, running: Running) -> None:
    @settings(max_examples=12, **_UNHURRIED)
    def described(case: Case) -> None:
        assert_described(case, running, "sign-in")

    try_with_made_up_requests(_described(operation_id, _COVERED[database_kind]), described)


@_each_operation
@pytest.mark.any_database
def test_so_is_the_answer_to_a_key(operation_id: str, running: Running) -> None:
    """What differs is who asks, and what they may not: neither is a matter of the data that are made up."""

    @settings(max_examples=4, **_UNHURRIED)
    def described(case: Case) -> None:
        assert_described(case, running, "key")

    try_with_made_up_requests(_described(operation_id), described)


def try_with_made_up_requests(one_operation: BaseSchema, test: Callable[[Case], None]) -> None:
    """They are made up now and not while the tests are collected, as ``parametrize`` of Schemathesis does: that took
    longer than to collect all other tests, in each process of pytest-xdist."""
    [found] = get_all_tests(schema=one_operation, test_func=test, settings=None, given_kwargs=None)
    _, tried = found.ok()
    tried()


_LONGEST_QUERY = 3500  # a longer request line is refused by gunicorn, before the application has a say


def assert_described(case: Case, running: Running, caller: str) -> None:
    running.aim(case)
    assume(len(urlencode(case.query or {}, doseq=True)) < _LONGEST_QUERY)
    running.connections.cookies.clear()
    answer = case.call_and_validate(
        base_url=running.url, session=running.connections, checks=_CHECKS, timeout=20, **running.credentials(caller)
    )
    if case.method in ("DELETE", "PATCH") and case.path_parameters and answer.status_code < 300:
        running.gone(case)
