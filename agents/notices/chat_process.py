"""Sends one message by apprise: ``python -m agents.notices.chat_process``, as agents/sandbox/child_process.py has it.

Request: ``url``, ``title``, ``body``, and ``hosts`` as AGENT_HOSTS; with ``check`` nothing is sent. Line of the answer:
``{"sent": true}``. The rules for requests to systems outside hold for whatever library a service uses: an audit hook of
Python (PEP 578) sees each name that is looked up and each address that is connected to.
"""

import logging
import sys
from collections.abc import Callable
from typing import Any

from agents.errors import AgentError
from agents.outgoing.network import is_refused
from agents.sandbox.confinement import serve
from utils.settings import Settings

# Not over the network but on this machine: its screen, its log, its devices.
LOCAL = frozenset({"blink1", "dbus", "gio", "glib", "gnome", "growl", "kde", "macosx", "qt", "syslog", "windows"})
_refused: list[str] = []


def _answer(request: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
    import apprise

    _guard(request["hosts"])
    told = _Told()
    logging.getLogger("apprise").addHandler(told)
    asset = apprise.AppriseAsset(async_mode=False, secure_logging=True, plugin_paths=[])
    service = apprise.Apprise.instantiate(request["url"], asset=asset)
    if service is None or request["url"].partition(":")[0].lower() in LOCAL:
        raise AgentError("outside_refused", "This is no address that notices can be sent to. See docs/notices.md.")
    if request.get("check"):
        return
    try:
        sent = service.notify(title=request["title"], body=request["body"], body_format="text")
    except PermissionError:
        sent = False
    if not sent:
        raise AgentError("outside_failed", _why(told.last))
    tell({"sent": True})


def _guard(hosts: str | None) -> None:
    settings = Settings.model_construct(agent_hosts=hosts)

    def look(event: str, given: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo":
            host = given[0].decode() if isinstance(given[0], bytes) else given[0]
            if host and not settings.allows_agents_at(f"https://{host if ':' not in host else f'[{host}]'}"):
                _refuse("AGENT_HOSTS does not have the host of this service. An operator of the server can add it.")
        elif event in ("socket.connect", "socket.sendto"):
            place = given[1]
            if not isinstance(place, tuple) or is_refused(place[0]):
                _refuse("This service is at an address that this server does not send to.")

    sys.addaudithook(look)


def _refuse(why: str) -> None:
    _refused.append(why)
    raise PermissionError(why)


class _Told(logging.Handler):
    """What apprise says last of why it failed. It leaves out secrets itself."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            self.last = " ".join(record.getMessage().split())[:300]


def _why(said: str) -> str:
    if _refused:
        return _refused[0]
    return f"The service did not take it: {said}" if said else "The service did not take it, and does not say why."


if __name__ == "__main__":
    serve(_answer)
