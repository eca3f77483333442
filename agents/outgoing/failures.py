"""What a system outside can do wrong, in words for the person who waits for its answer. None of its own words: they may
hold a secret."""

import ssl
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from agents.errors import AgentError
from agents.outgoing.retry_after import retry_after
from agents.outgoing.unreached import causes, why
from utils.registry.configuration import address_not_allowed

_WHOSE = "the agent's"  # in all that follows
_BUSY = "takes no more requests at present (429)"
_AWAY = ("outside_failed", "is not available at present ({}). Try again.")
_FAILED = ("outside_failed", "failed ({}). Its own log has the reason.")
_REFUSED = ("outside_refused", "refused the request ({}). Check the agent's configuration.")
_REFUSALS = {
    401: ("outside_unauthorised", "does not accept the key ({}). Check the agent's secret."),
    403: ("outside_forbidden", "does not allow this ({}). Check the rights of the agent's secret."),
    404: ("outside_not_found", "has nothing at this address ({}). Check the agent's address."),
    405: ("outside_refused", "does not take this method here ({}). Check the agent's address."),
    429: ("outside_busy", f"{_BUSY}. Try again later."),
    502: _AWAY,
    503: _AWAY,
    504: _AWAY,
}


class Failures:
    """``system`` is what people call it: “n8n”, “The crew”. ``whose`` address and secret they can correct."""

    def __init__(self, system: str, whose: str = _WHOSE) -> None:
        self._system = system
        self._whose = whose

    def refused(self, status: int, headers: Mapping[str, str]) -> AgentError:
        """For an answer with a status of 300 or more."""
        if status < 400:
            return self._moved(headers.get("location", ""))
        if status == 429 and (wait := retry_after(headers)):
            return self._error("outside_busy", f"{_BUSY}. Try again in {wait:.0f} seconds.", retryable=True)
        code, words = _REFUSALS.get(status) or (_FAILED if status >= 500 else _REFUSED)
        name = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
        said = f"{status} {name}".strip() if code == "outside_refused" else str(status)
        return self._error(code, words.format(said), retryable=status == 429 or status >= 500)

    def of(self, error: BaseException, seconds: float, *, begun: bool = False) -> AgentError:
        """For an exception of httpx2. ``seconds`` is how long was waited at most; ``begun``: an answer had begun."""
        import httpx2

        if refused := address_refused(error):
            return refused
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes(error)):
            return self._error(
                "outside_certificate", "has a certificate that this machine does not trust. Renew or install it."
            )
        code, words = "outside_cut_off", "closed the connection without an answer. Try again."
        match error:
            case httpx2.ConnectTimeout() | httpx2.PoolTimeout() | httpx2.ConnectError():
                reason = f": {told}" if (told := why(error)) else ""
                code = "outside_unreachable"
                words = f"cannot be reached{reason}. Check the agent's address, and whether it runs."
            case httpx2.TimeoutException() | TimeoutError():
                code, words = "outside_timeout", f"said nothing for {seconds:.0f} seconds. Try again."
            case httpx2.DecodingError():
                return self.garbage("compressed as its headers say")
            case httpx2.UnsupportedProtocol() | httpx2.InvalidURL():
                return self._error(
                    "outside_not_found", "has an address that cannot be used. Check the agent's address."
                )
            case _ if begun:
                return self.cut_off()
        return self._error(code, words, retryable=True)

    def cut_off(self) -> AgentError:
        return self._error("outside_cut_off", "broke off in the middle of its answer. Try again.", retryable=True)

    def garbage(self, wanted: str) -> AgentError:
        return self._error("outside_garbage", f"sent something that is not {wanted}. Check the agent's address.")

    def too_large(self, most: int) -> AgentError:
        return self._error("outside_too_large", f"sent more than {most // 1024 // 1024} MB. Let it send less.")

    def not_allowed(self) -> AgentError:
        return AgentError("address_not_allowed", address_not_allowed())

    def _moved(self, location: str) -> AgentError:
        try:
            parts = urlsplit(location)
            place = f" ({parts.scheme}://{parts.hostname})" if parts.scheme in ("http", "https") else ""
        except ValueError:
            place = ""
        return self._error(
            "outside_moved", f"sends on to another address{place}. Enter the address that it really has."
        )

    def _error(self, code: str, words: str, *, retryable: bool = False) -> AgentError:
        return AgentError(code, f"{self._system} {words.replace(_WHOSE, self._whose)}", retryable=retryable)


def address_refused(error: BaseException) -> AgentError | None:
    """For an exception of httpx2, or one that was raised from it: the address is one that agents may not reach."""
    from agents.outgoing.network import AddressRefusedError

    if not any(isinstance(cause, AddressRefusedError) for cause in causes(error)):
        return None
    return AgentError(
        "address_refused",
        "Agents may not use that address: it belongs to the network itself (link-local, multicast, or a cloud's "
        "metadata). Check the agent's address.",
    )
