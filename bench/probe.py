"""One small request after the other, on one connection, as a load balancer's health check does."""

import http.client
import time
from contextlib import closing


def probe(port: int, requests: int, rate: float) -> list[float]:
    """How many milliseconds each of ``requests`` to /healthz took, ``rate`` a second at most."""
    taken = []
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        start = time.monotonic()
        for number in range(requests):
            time.sleep(max(0.0, start + number / rate - time.monotonic()))
            began = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            taken.append((time.perf_counter() - began) * 1000)
    return taken
