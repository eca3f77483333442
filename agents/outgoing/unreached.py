"""Why a server could not be reached, as the exceptions below the HTTP client tell it."""

import socket
import ssl
from collections.abc import Iterator

_WHY: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (ssl.SSLCertVerificationError, "its certificate is not one that this machine trusts"),
    ((ssl.SSLWantReadError, ssl.SSLWantWriteError), ""),  # it was waited for
    (ssl.SSLError, "no HTTPS is spoken there"),
    (socket.gaierror, "its host name is not known"),
    (ConnectionRefusedError, "nothing accepts connections there"),
)


def why(error: BaseException) -> str:
    """A clause for a message, or nothing."""
    for cause in causes(error):
        for kinds, words in _WHY:
            if isinstance(cause, kinds):
                return words
    return ""


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and those that led to it, without going round in a circle."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__
