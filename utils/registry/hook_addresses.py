"""The addresses at which a system outside calls back to one run: ``PUBLIC_URL/api/hooks/<run>/<secret>/<name>``."""

import re
from collections.abc import Callable
from functools import cached_property

from utils.registry.server_key import ServerKey

_SECRET = re.compile(r"(/api/hooks/[^/\s]+/)[\w-]{43}")
HOOK_NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")


class HookAddresses:
    """``public_url``: where this server is reached from outside; None: nowhere, and there are no addresses."""

    def __init__(self, public_url: str | None, key: Callable[[], ServerKey]) -> None:
        self._public_url = public_url
        self._open_key = key

    @cached_property
    def _key(self) -> ServerKey:
        return self._open_key()

    def of(self, run_id: str, name: str) -> str | None:
        """The address for calls with this name. Raises ValueError for a name that does not fit into one."""
        if not HOOK_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a callback: letters, digits, '.', '_' and '-', at most 40.")
        if self._public_url is None:
            return None
        return f"{self._public_url}/api/hooks/{run_id}/{self._key.hook_secret(run_id)}/{name}"


def without_hook_secrets(text: str) -> str:
    """A text to be shown to people: a system outside may repeat the addresses that it was given."""
    return _SECRET.sub(r"\1…", text) if "/api/hooks/" in text else text
