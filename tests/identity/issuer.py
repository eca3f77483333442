"""A real OpenID Connect provider, and people who sign in with it by HTTP, as a browser would."""

import contextlib
import html
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2

from tests.support.processes import free_port
from tests.support.waiting import wait_until

FOLDER = Path(__file__).parent
PROGRAM = FOLDER / "node_modules" / "oidc-provider" / "lib" / "index.js"
CLIENT, SECRET = "ringside", "the secret of the client, which is long enough"
Person = dict[str, Any]


def person(login: str, *groups: str, **more: Any) -> Person:
    """Known to the provider as ``login``."""
    named = {"name": f"{login.capitalize()} Holm", "email": f"{login}@harbour.example", "email_verified": True}
    return {"sub": login, **named, "groups": list(groups), **more}


class Issuer:
    """``more`` is of its configuration."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "issuer.log"
        self._more = more
        self._process: subprocess.Popen[bytes] | None = None
        self.people: dict[str, Person] = {}

    @property
    def settings(self) -> dict[str, Any]:
        """Of a server that people sign in to."""
        return {
            "oidc_issuer": self.url, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET, "oidc_name": "Harbour ID",
            "oidc_scopes": "openid profile email groups",
        }  # fmt: skip

    def start(self, public_url: str) -> None:
        """``public_url``: of the server, where people come back to."""
        node = shutil.which("node")
        assert node is not None
        clients = [_client(name, public_url) for name in (CLIENT, "another")]
        given = {"clients": clients, "people": self.people, "more": self._more}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [node, "issuer.mjs", str(self.port), json.dumps(given)], cwd=FOLDER, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        wait_until(self._answers, 30, "the provider's first answer")

    def stop(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)  # node may be a script that starts it
            self._process.wait()
            self._process = None

    def know(self, *people: Person) -> None:
        """From now on it knows these, and nobody else."""
        self.people = {one["sub"]: one for one in people}
        if self._process is not None:
            httpx2.put(f"{self.url}/test/people", json=self.people).raise_for_status()

    def change_keys(self) -> None:
        httpx2.post(f"{self.url}/test/keys").raise_for_status()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()
        with contextlib.suppress(httpx2.TransportError):
            return httpx2.get(f"{self.url}/.well-known/openid-configuration").status_code == 200
        return False


@contextmanager
def issuer(folder: Path, public_url: str) -> Iterator[Issuer]:
    one = Issuer(folder)
    try:
        one.start(public_url)
        yield one
    finally:
        one.stop()


def _client(client_id: str, public_url: str) -> Mapping[str, Any]:
    return {
        "client_id": client_id, "client_secret": SECRET,
        "redirect_uris": [f"{public_url}/api/auth/oidc/callback"],
        "post_logout_redirect_uris": [f"{public_url}/sign-in"],
        "backchannel_logout_uri": f"{public_url}/api/auth/oidc/backchannel-logout",
        "backchannel_logout_session_required": True,
    }  # fmt: skip


class Visitor:
    """A browser at the provider: it keeps cookies, and fills in the forms there."""

    def __init__(self, one: Issuer) -> None:
        self._issuer = one
        self._cookies = httpx2.Cookies()

    def sign_in(self, address: str, login: str) -> str:
        """From the address that a server leads to; the address at which the provider leads back."""
        return self._follow(address, {"login": login, "password": "any"})

    def sign_out(self, address: str) -> str:
        """The provider asks whether it is meant; the address at which it leads back."""
        return self._follow(address, {"logout": "yes"})

    def _follow(self, address: str, filled_in: Mapping[str, str]) -> str:
        with httpx2.Client(timeout=20, cookies=self._cookies) as http:
            response = http.get(address)
            for _ in range(10):
                if "location" not in response.headers:
                    assert response.status_code == 200, response.text
                    target, fields = _form(response, filled_in)
                    response = http.post(target, data=fields)
                    continue
                target = urljoin(str(response.url), response.headers["location"])
                if not target.startswith(self._issuer.url):
                    self._cookies = http.cookies
                    return target
                response = http.get(target)
        raise AssertionError(f"the provider goes round in circles: {response.text}")


def _form(page: httpx2.Response, filled_in: Mapping[str, str]) -> tuple[str, Any]:
    form = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert form is not None, page.text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    return urljoin(str(page.url), html.unescape(form[1])), fields | filled_in
