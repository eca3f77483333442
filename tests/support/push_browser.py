"""A browser that has subscribed: its keys, and what a push service that is really asked would give it to read."""

import base64
import json
import secrets
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from tests.support.foreign_server import Received
from utils.notices.subscriptions import Endpoint


class PushBrowser:
    def __init__(self, service_url: str, path: str = "/push") -> None:
        self.path = path
        self._private = ec.generate_private_key(ec.SECP256R1())
        self._auth = secrets.token_bytes(16)
        form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        public = self._private.public_key().public_bytes(*form)
        self.endpoint = Endpoint(f"{service_url}{path}", _base64url(public), _base64url(self._auth))

    @property
    def subscription(self) -> dict[str, Any]:
        """As PushSubscription.toJSON() gives it."""
        one = self.endpoint
        return {"endpoint": one.url, "keys": {"p256dh": one.p256dh, "auth": one.auth}}

    def read(self, request: Received) -> dict[str, Any]:
        """What a request to its push service says; it proves that it is encrypted for this browser."""
        assert request.headers["content-encoding"] == "aes128gcm"
        plain = http_ece.decrypt(
            request.body, private_key=self._private, auth_secret=self._auth, version="aes128gcm"
        )  # fmt: skip
        told: dict[str, Any] = json.loads(plain)
        return told


def verify_sender(request: Received, public_key: bytes, service_url: str) -> dict[str, Any]:
    """The claims of the VAPID token of a request, as a push service checks them. Raises if it is not by this key."""
    scheme, _, words = request.headers["authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in words.split(","))
    assert scheme == "vapid"
    assert parts["k"] == _base64url(public_key)
    assert Vapid02.verify(request.headers["authorization"])
    body = parts["t"].split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    host = urlsplit(service_url)
    assert claims["aud"] == f"{host.scheme}://{host.netloc}"
    return claims


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
