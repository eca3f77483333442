"""Secrets that are planted in a server and looked for everywhere afterwards."""

import base64
import secrets
from collections.abc import Iterable, Iterator
from urllib.parse import quote


class Canaries:
    """By what they are. What a server has shown on purpose once must be nowhere else."""

    def __init__(self) -> None:
        self._planted: dict[str, str] = {}

    def plant(self, name: str) -> str:
        """A secret of somebody's choice."""
        return self.keep(name, f"canary/{secrets.token_hex(12)}")

    def keep(self, name: str, secret: str) -> str:
        """One that the server has made."""
        assert len(secret) >= 16, f"{name} is too short to be told from anything else"
        self._planted[name] = secret
        return secret

    @property
    def names(self) -> set[str]:
        return set(self._planted)

    def secret(self, name: str) -> str:
        return self._planted[name]

    def found_in(self, place: str, content: str | bytes, shown: Iterable[str] = ()) -> Iterator[str]:
        """``{secret} in {place}`` for each that is there, but for those whose names are in ``shown``."""
        data = content.encode() if isinstance(content, str) else content
        for name, secret in self._planted.items():
            if name not in shown and any(form in data for form in _forms(secret)):
                yield f"{name} in {place}"


def _forms(secret: str) -> set[bytes]:
    """As it may be written: as it is, in an address, in base64."""
    return {secret.encode(), quote(secret, safe="").encode(), base64.b64encode(secret.encode()).rstrip(b"=")[:-2]}
