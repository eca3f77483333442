"""What a platform in front of the server says, put as the application expects it.

Azure App Service gives a client's address with its port (``203.0.113.7:50311``), which would make an address of its own
of each connection; and its health probes ask by the machine's address, which is no name of ALLOWED_HOSTS.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic import SecretStr

from api.access.metrics_token import is_metrics_token

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Any], Iterable[bytes]]
_PROBES = ("/healthz", "/readyz")  # they say the same to everybody, whatever name was asked for
_METRICS = "/metrics"
_LOCAL = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?")
_WITH_PORT = re.compile(r"(?P<ipv4>\d+(?:\.\d+){3}):\d+|\[(?P<ipv6>[^]]+)\](?::\d+)?")


class ClientAddress:
    """Behind the middleware that believes proxies: leaves the port out."""

    def __init__(self, app: Wsgi) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        found = _WITH_PORT.fullmatch(environ.get("REMOTE_ADDR", ""))
        if found is not None:
            environ["REMOTE_ADDR"] = found["ipv4"] or found["ipv6"]
        return self._app(environ, start_response)


class ProbeHost:
    """Lets health probes in by whatever name they ask; ``hosts`` are those that others have to use.

    Prometheus, too, asks by an address, where a service tells it of machines. It brings its token: any other header
    a page of another site could send whose name leads to this machine, which needs none to read the metrics. A browser
    says that page's name, so "localhost" is asked for by somebody at this machine.
    """

    def __init__(self, app: Wsgi, hosts: Sequence[str], metrics_token: SecretStr | None) -> None:
        self._app = app
        self._host = hosts[0].lstrip(".")
        self._token = metrics_token

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        if path in _PROBES or (path == _METRICS and self._may_measure(environ)):
            environ["HTTP_HOST"] = self._host
        return self._app(environ, start_response)

    def _may_measure(self, environ: Environ) -> bool:
        if _LOCAL.fullmatch(environ.get("HTTP_HOST", "")):
            return True  # whether they are at this machine is looked at later, by their address
        return is_metrics_token(self._token, environ.get("HTTP_AUTHORIZATION", ""))
