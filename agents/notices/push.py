"""To a browser, by the push service of its maker: RFC 8030, encrypted (RFC 8291), signed (RFC 8292).

A topic lets what is newer take the place of what the browser has not fetched yet; the tag in the message does the same
with what it shows. pywebpush encrypts; the request is ours, for AGENT_HOSTS' guard holds here, too.
"""

import asyncio
import json
import time
from typing import Any
from urllib.parse import urlsplit

from agents.errors import AgentError
from agents.notices.delivery import Delivery
from agents.outgoing.client import Outgoing, Reply
from agents.outgoing.failures import Failures
from agents.outgoing.retry_after import retry_after
from utils.notices.outbox import LIFETIME, Message
from utils.notices.push_key import PushKey
from utils.notices.subscriptions import Endpoint, PushSubscriptions
from utils.notices.words import Words
from utils.settings import Settings

_SECONDS = 15.0
_TOKEN_SECONDS = 12 * 60 * 60  # RFC 8292: at most a day
_ANSWERED = frozenset(range(300, 600))
_GONE = {404, 410}  # RFC 8030: the subscription has expired, or was withdrawn
_MOST_BYTES = 3000  # of what is encrypted; push services take 4096 with all around it


class PushSender:
    def __init__(self, subscriptions: PushSubscriptions, key: PushKey, settings: Settings) -> None:
        self._subscriptions = subscriptions
        self._key = key
        self._settings = settings

    async def send(self, message: Message, words: Words) -> Delivery:
        key = message.notices[0].subscription_key
        endpoint = self._subscriptions.endpoint(key) if key is not None else None
        if endpoint is None:
            return Delivery("gone", "The browser was removed.")
        headers = {
            "content-type": "application/octet-stream", "content-encoding": "aes128gcm",
            "ttl": str(int(LIFETIME.total_seconds())), "urgency": "high" if words.urgent else "normal",
            "topic": words.tag, **self._signed(endpoint),
        }  # fmt: skip
        try:
            content = _encrypted(endpoint, _payload(message, words))
            push = Outgoing(
                "The push service", endpoint.url, self._settings, seconds=_SECONDS, whose="the browser's",
                allows=self._settings.allows_push_to,
            )  # fmt: skip
            async with push, asyncio.timeout(_SECONDS):
                reply = await push.ask("POST", content=content, headers=headers, repeatable=False, expected=_ANSWERED)
        except AgentError as error:
            return Delivery("later", error.message)
        except TimeoutError:
            return Delivery("later", f"The push service had not answered after {_SECONDS:.0f} seconds.")
        return _became(reply, push.failures)

    async def close(self) -> None:
        """Each request has a connection of its own."""

    def _signed(self, endpoint: Endpoint) -> dict[str, str]:
        from py_vapid import Vapid02

        parts = urlsplit(endpoint.url)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}", "exp": int(time.time()) + _TOKEN_SECONDS,
            "sub": _contact(self._settings),
        }  # fmt: skip
        signed: dict[str, str] = Vapid02(self._key.private()).sign(claims)
        return signed


def _became(reply: Reply, failures: Failures) -> Delivery:
    if reply.status < 300:
        return Delivery("arrived", None, reply.status)
    said = failures.refused(reply.status, reply.headers).message
    if reply.status in _GONE:
        return Delivery("gone", said, reply.status)
    if reply.status == 429 or reply.status >= 500:
        return Delivery("later", said, reply.status, wait=retry_after(reply.headers))
    return Delivery("refused", said, reply.status)


def _payload(message: Message, words: Words) -> bytes:
    """What frontend/public/sw.js shows."""
    told: dict[str, Any] = {
        "id": message.id, "title": words.title, "body": words.body, "path": words.path, "tag": words.tag,
        "urgent": words.urgent,
    }  # fmt: skip
    while len(content := json.dumps(told, ensure_ascii=False).encode()) > _MOST_BYTES:
        told["body"] = told["body"][: len(told["body"]) * 3 // 4] + "…"
    return content


def _encrypted(endpoint: Endpoint, content: bytes) -> bytes:
    """Raises AgentError for keys that are none: the browser has to subscribe anew."""
    from pywebpush import WebPusher, WebPushException

    keys = {"p256dh": endpoint.p256dh, "auth": endpoint.auth}
    try:
        encoded: bytes = WebPusher({"endpoint": endpoint.url, "keys": keys}).encode(content)["body"]
    except (WebPushException, ValueError) as error:
        raise AgentError(
            "outside_refused", "The keys of this browser are unusable. Switch its notices on anew."
        ) from error
    return encoded


def _contact(settings: Settings) -> str:
    """Whom a push service asks if something is wrong. Apple's refuses a request without a real one."""
    if settings.mail_from is not None:
        return f"mailto:{settings.mail_from.rpartition('<')[2].rstrip('> ')}"
    if settings.public_url is not None and settings.public_url.startswith("https://"):
        return settings.public_url
    return "mailto:nobody@localhost"
