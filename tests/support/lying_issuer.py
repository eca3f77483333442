"""An OpenID Connect provider that does what no real one would: it signs wrongly, lies, is silent, counts who asks."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "ringside"
BACK_CHANNEL = "http://schemas.openid.net/event/backchannel-logout"


class LyingIssuer:
    """``claims`` and ``header`` change those of the next ID token; ``said`` changes what it says of itself."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.published = [self.key]
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.said: dict[str, Any] = {}
        self.raw: str | None = None  # instead of an ID token
        self.silent = threading.Event()
        self.asked: Counter[str] = Counter()
        self.nonce = ""
        self._broken = False
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def signed(self, claims: Mapping[str, Any], key: RSAKey | None = None) -> str:
        signs = key or self.key
        return jwt.encode({"alg": "RS256", "kid": signs.kid or "first"}, dict(claims), signs)

    def id_claims(self) -> dict[str, Any]:
        at = int(time.time())
        found = {
            "iss": self.url, "sub": "mara", "aud": CLIENT, "exp": at + 300, "iat": at, "nonce": self.nonce,
            "email": "mara@harbour.example", "email_verified": True, "name": "Mara Holm",
        }  # fmt: skip
        return {name: value for name, value in (found | self.claims).items() if value is not None}

    def logout_claims(self, **changed: Any) -> dict[str, Any]:
        at = int(time.time())
        found = {
            "iss": self.url, "sub": "mara", "aud": CLIENT, "exp": at + 120, "iat": at, "jti": "one",
            "events": {BACK_CHANNEL: {}},
        }  # fmt: skip
        return {name: value for name, value in (found | changed).items() if value is not None}

    @property
    def metadata(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            **self.said,
        }

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Within it every answer is an error of the server."""
        self._broken = True
        yield
        self._broken = False

    def _answer(self, path: str) -> tuple[int, Any]:
        self.asked[path] += 1
        if self.silent.is_set():
            self._released.wait(30)
        if self._broken:
            return 500, {"error": "broken"}
        match path:
            case "/.well-known/openid-configuration":
                return 200, self.metadata
            case "/keys":
                return 200, {"keys": [key.as_dict(private=False) for key in self.published]}
            case "/userinfo":
                return 200, {"sub": "mara", **self.userinfo}
            case "/token":
                token = self.raw or self.signed(self.id_claims())
                return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": token}
        return 404, {}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        own = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, found = own._answer(self.path)
                body = json.dumps(found).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def unsigned(claims: Mapping[str, Any]) -> str:
    """With the algorithm none, as an attacker writes it."""
    parts = ({"alg": "none", "kid": "first"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def signed_with_secret(claims: Mapping[str, Any], secret: bytes) -> str:
    """With HS256, as an attacker writes it who has nothing but the public key; libraries refuse to."""
    parts = ({"alg": "HS256", "kid": "first"}, claims)
    content = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    proof = hmac.digest(secret, content.encode(), "sha256")
    return f"{content}.{base64.urlsafe_b64encode(proof).decode().rstrip('=')}"


def half_hash(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).decode().rstrip("=")


@contextmanager
def lying_issuer() -> Iterator[LyingIssuer]:
    with LyingIssuer() as one:
        yield one
