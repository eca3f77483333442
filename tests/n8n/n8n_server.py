"""A real n8n on this machine, with workflows, its owner and an API key."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.n8n.workflows import credentials, workflows
from tests.support.foreign_program import program
from tests.support.processes import free_port
from tests.support.waiting import wait_until

PROGRAM = Path(__file__).parent / "node_modules" / ".bin" / "n8n"
_OWNER = {"email": "ada@example.org", "firstName": "Ada", "lastName": "L", "password": "Correct-Horse-9"}
_START_SECONDS = 120


@dataclass(frozen=True)
class N8n:
    url: str
    api_key: str


@contextmanager
def n8n_server(folder: Path, model_address: str) -> Iterator[N8n]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "HOME": str(folder), "N8N_USER_FOLDER": str(folder), "DB_TYPE": "sqlite", "N8N_PORT": str(port),
        "N8N_LISTEN_ADDRESS": "127.0.0.1", "N8N_HOST": "127.0.0.1", "N8N_PROTOCOL": "http",
        "N8N_SECURE_COOKIE": "false", "N8N_RUNNERS_ENABLED": "true", "N8N_RUNNERS_BROKER_PORT": str(free_port()),
        "N8N_RUNNERS_BROKER_LISTEN_ADDRESS": "127.0.0.1", "N8N_EXPRESSION_ENGINE": "legacy",
        "N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS": "true", "N8N_BLOCK_ENV_ACCESS_IN_NODE": "true",
        "N8N_DIAGNOSTICS_ENABLED": "false", "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
        "N8N_TEMPLATES_ENABLED": "false", "N8N_PERSONALIZATION_ENABLED": "false",
        "N8N_HIRING_BANNER_ENABLED": "false", "N8N_COMMUNITY_PACKAGES_ENABLED": "false",
        "N8N_LICENSE_AUTO_RENEW_ENABLED": "false", "NODE_OPTIONS": "--max-old-space-size=1500",
    }  # fmt: skip
    _import(folder, environment, "credentials", credentials(model_address))
    given = workflows(model_address)
    _import(folder, environment, "workflow", given)
    _run(folder, environment, "update:workflow", "--all", "--active=true")
    for workflow in given:
        if not workflow["active"]:
            _run(folder, environment, "update:workflow", f"--id={workflow['id']}", "--active=false")
    with program([PROGRAM, "start"], folder / "n8n.log", cwd=folder, env=environment) as process:
        people = _People(url)

        def is_ready() -> bool:
            assert process.poll() is None, f"n8n ended:\n{(folder / 'n8n.log').read_text()[-2000:]}"
            return people.is_ready()

        wait_until(is_ready, _START_SECONDS, "n8n")
        yield N8n(url, people.api_key())


def _import(folder: Path, environment: dict[str, str], what: str, content: list[dict[str, Any]]) -> None:
    file = folder / f"{what}.json"
    file.write_text(json.dumps(content))
    _run(folder, environment, f"import:{what}", f"--input={file}")


def _run(folder: Path, environment: dict[str, str], *command: str) -> None:
    done = subprocess.run(
        [PROGRAM, *command], env=environment, cwd=folder, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


class _People:
    """What a person does in n8n's own pages."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def is_ready(self) -> bool:
        try:
            return bool(self._ask("GET", "/rest/settings"))
        except (OSError, ValueError):  # it listens before its addresses are there, and calls them unknown till then
            return False

    def api_key(self) -> str:
        self._ask("POST", "/rest/owner/setup", _OWNER)
        scopes = self._ask("GET", "/rest/api-keys/scopes")["data"]
        made = self._ask("POST", "/rest/api-keys", {"label": "ringside", "expiresAt": None, "scopes": scopes})
        return str(made["data"]["rawApiKey"])

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Content-Type": "application/json", "browser-id": "tests"}
        with self._opener.open(Request(self._url + path, data, headers, method=method), timeout=20) as answer:
            return json.loads(answer.read())
