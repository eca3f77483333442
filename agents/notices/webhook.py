"""To a web hook: a signed request, the same id at each attempt."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from agents.connectors.codecs.masking import Mask
from agents.errors import AgentError
from agents.notices.delivery import Delivery
from agents.outgoing.client import Outgoing
from agents.outgoing.retry_after import retry_after
from agents.outgoing.standard_webhook import signed_headers
from utils.notices.outbox import Message
from utils.notices.rules import Address, NoticeRules
from utils.notices.words import Told, Words
from utils.settings import Settings

_SECONDS = 15.0  # as the specification advises
_MOST_OPEN = 50
_ANSWERED = frozenset(range(300, 600))
_GONE = 410  # Standard Webhooks: the receiver wants no more


class WebhookSender:
    """Keeps the connections to those it has sent to lately."""

    def __init__(self, rules: NoticeRules, settings: Settings) -> None:
        self._rules = rules
        self._settings = settings
        self._open: OrderedDict[str, asyncio.Task[Outgoing]] = OrderedDict()

    async def send(self, message: Message, words: Words) -> Delivery:
        address = self._address(message)
        if address is None:
            return Delivery("gone", "The rule was deleted.")
        [told] = words.told
        content = json.dumps(self._payload(told), ensure_ascii=False).encode()
        headers = signed_headers(address.signing_key, message.id, content)
        try:
            outgoing = await self._outgoing(address.url)
            async with asyncio.timeout(_SECONDS):
                reply = await outgoing.ask(
                    "POST", content=content, headers=headers, repeatable=False, expected=_ANSWERED
                )
        except AgentError as error:
            return Delivery("later", error.message)
        except TimeoutError:
            return Delivery("later", f"The address had not answered after {_SECONDS:.0f} seconds.")
        answer = _mask(address).text(reply.body[:1000].decode(errors="replace").replace("\0", ""))
        if reply.status < 300:
            return Delivery("arrived", None, reply.status, answer)
        failure = outgoing.failures.refused(reply.status, reply.headers)
        if reply.status == _GONE:
            return Delivery("gone", failure.message, reply.status, answer)
        return Delivery("later", failure.message, reply.status, answer, retry_after(reply.headers))

    async def close(self) -> None:
        while self._open:
            await self._close(next(iter(self._open)))

    def _address(self, message: Message) -> Address | None:
        rule_key = message.notices[0].rule_key
        return self._rules.address_of(rule_key) if rule_key is not None else None

    def _payload(self, told: Told) -> dict[str, object]:
        url = f"{self._settings.public_url}{told.path}" if self._settings.public_url else None
        data = {**told.data, "title": told.title, "path": told.path, "url": url}
        return {"type": f"notice.{told.data['kind']}", "timestamp": told.data["at"], "data": data}

    async def _outgoing(self, url: str) -> Outgoing:
        """Raises AgentError if the settings do not allow the address."""
        if url not in self._open:
            self._open[url] = asyncio.create_task(self._opened(url))
            if len(self._open) > _MOST_OPEN:
                await self._close(next(iter(self._open)))
        self._open.move_to_end(url)
        try:
            return await asyncio.shield(self._open[url])
        except AgentError:
            self._open.pop(url, None)
            raise

    async def _opened(self, url: str) -> Outgoing:
        outgoing = Outgoing("The web hook", url, self._settings, seconds=_SECONDS, whose="the rule's")
        return await outgoing.__aenter__()

    async def _close(self, url: str) -> None:
        opened = self._open.pop(url)
        if opened.done() and opened.exception() is None:
            await opened.result().__aexit__(None, None, None)


def _mask(address: Address) -> Mask:
    """Receivers repeat where they were asked: “Cannot POST /hooks/…”. What of it is a secret goes to no list."""
    return Mask(map(SecretStr, filter(None, _secrets(address))))


def _secrets(address: Address) -> Iterator[str]:
    parts = urlsplit(address.url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    values = [pair.partition("=")[2] for pair in parts.query.split("&")]
    for one in (target, parts.path, parts.query, *parts.path.split("/"), *values, parts.password or ""):
        yield from (one, unquote(one))
    yield (address.secret or "").removeprefix("whsec_")
