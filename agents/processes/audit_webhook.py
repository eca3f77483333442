"""The audit trail to a web hook: a signed request for each entry, as Standard Webhooks describes it."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from agents.errors import AgentError
from agents.outgoing.client import Outgoing
from agents.outgoing.standard_webhook import signed_headers
from utils.accounts.audit import AuditRecord
from utils.bridge.audit_stream import NotDeliveredError, RefusedError, Send, entry, entry_id
from utils.settings import Settings

_SECONDS = 15.0  # as the specification advises
_AWAY = {408, 429, 502, 503, 504}  # of the target, whatever is sent
_REFUSED = frozenset(range(400, 600)) - _AWAY


class WebhookTarget:
    name = "webhook"

    def __init__(self, settings: Settings) -> None:
        assert settings.audit_webhook_url is not None
        self._url = settings.audit_webhook_url
        self._key = settings.audit_webhook_key
        self._settings = settings

    @contextmanager
    def connected(self) -> Iterator[tuple[Send, Callable[[], None]]]:
        with asyncio.Runner() as runner:
            outgoing = Outgoing("AUDIT_WEBHOOK_URL", self._url, self._settings, seconds=_SECONDS, whose="its")
            try:
                runner.run(outgoing.__aenter__())
            except AgentError as error:
                raise NotDeliveredError(error.message) from error

            def send(team_id: str, line: AuditRecord) -> None:
                content, headers = self._signed(team_id, line)
                sending = outgoing.ask("POST", content=content, headers=headers, repeatable=False, expected=_REFUSED)
                try:
                    reply = runner.run(sending)
                except AgentError as error:
                    raise NotDeliveredError(error.message) from error
                if reply.status >= 300:
                    failure = outgoing.failures.refused(reply.status, reply.headers)
                    raise RefusedError(failure.message, for_good=reply.status < 500)

            try:
                yield send, lambda: None  # an answer says that it has arrived
            finally:
                runner.run(outgoing.__aexit__(None, None, None))

    def _signed(self, team_id: str, line: AuditRecord) -> tuple[bytes, dict[str, str]]:
        told = entry(team_id, line)
        content = json.dumps({"type": "audit.entry", "timestamp": told["at"], "data": told}).encode()
        return content, signed_headers(self._key, entry_id(team_id, line), content)
