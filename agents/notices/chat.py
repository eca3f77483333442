"""To a chat or one of a hundred other services, by apprise, in a child process that may be slow or hang."""

from typing import Any

from agents.errors import AgentError
from agents.notices.delivery import Delivery
from agents.sandbox.child_process import run_child
from utils.notices.outbox import Message
from utils.notices.rules import NoticeRules
from utils.notices.words import Words
from utils.settings import Settings

_SECONDS = 30.0
_MODULE = "agents.notices.chat_process"


class ChatSender:
    def __init__(self, rules: NoticeRules, settings: Settings) -> None:
        self._rules = rules
        self._settings = settings

    async def send(self, message: Message, words: Words) -> Delivery:
        rule_key = message.notices[0].rule_key
        rule = self._rules.find(rule_key) if rule_key is not None else None
        if rule is None:
            return Delivery("gone", "The rule was deleted.")
        link = f"{self._settings.public_url}{words.path}" if self._settings.public_url else ""
        request = {
            "url": self._rules.address(rule).url, "title": words.title,
            "body": "\n\n".join(filter(None, [words.body, link])), "hosts": self._settings.agent_hosts,
        }  # fmt: skip
        return await _answered(request)

    async def close(self) -> None:
        """Each message has a process of its own."""


async def check_address(url: str, hosts: str | None) -> None:
    """Raises AgentError for one that nothing can be sent to, as far as one can tell without sending."""
    request = {"url": url, "hosts": hosts, "check": True}
    await run_child(_MODULE, request, on_line=lambda _: None, seconds=_SECONDS, whole_environment=True)


async def _answered(request: dict[str, Any]) -> Delivery:
    try:
        await run_child(_MODULE, request, on_line=lambda _: None, seconds=_SECONDS, whole_environment=True)
    except AgentError as error:
        return Delivery("later", error.message)
    return Delivery("arrived")
