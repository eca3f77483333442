"""The audit trail to a syslog server: RFC 5424 over TLS (5425), TCP with octet counting (6587), or UDP (5426).

Syslog acknowledges nothing. Over TLS and TCP an entry counts as arrived when the other machine has acknowledged its
bytes (SIOCOUTQ is 0) and has not hung up a moment later, as a server that restarts does; what one that freezes and dies
has not read by then is lost to it. Over UDP nobody knows.
"""

import fcntl
import select
import socket
import ssl
import struct
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

from utils.accounts.audit import AuditRecord
from utils.bridge.audit_stream import NotDeliveredError, Send, entry

_SECONDS = 10.0
_HANG_UP_MS = 250
_PRIORITY = 13 * 8 + 6  # facility "log audit", severity "informational"
# A private enterprise number is needed; this one is set aside for examples (RFC 5612), and Ringside has none.
_STRUCTURED = "audit@32473"
_UNPRINTABLE = dict.fromkeys((*range(32), 127), " ")


class SyslogTarget:
    name = "syslog"

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        assert parts.hostname is not None
        assert parts.port is not None
        self._scheme = parts.scheme
        self._place = (parts.hostname, parts.port)

    @contextmanager
    def connected(self) -> Iterator[tuple[Send, Callable[[], None]]]:
        with self._telling(), closing(self._connect()) as peer:
            framed = self._scheme != "udp"

            def send(team_id: str, line: AuditRecord) -> None:
                with self._telling():
                    message = syslog_message(team_id, line)
                    peer.sendall(b"%d %b" % (len(message), message) if framed else message)

            def arrive() -> None:
                with self._telling():
                    if framed:
                        _wait_for_peer(peer)

            yield send, arrive

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise NotDeliveredError(f"{self._scheme}://{self._place[0]}:{self._place[1]}: {error}") from error

    def _connect(self) -> socket.socket:
        if self._scheme == "udp":
            kind, _, _, _, place = socket.getaddrinfo(*self._place, type=socket.SOCK_DGRAM)[0]
            peer = socket.socket(kind, socket.SOCK_DGRAM)
            peer.connect(place)
            return peer
        plain = socket.create_connection(self._place, _SECONDS)
        if self._scheme == "tcp":
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=self._place[0])
        except BaseException:
            plain.close()
            raise


def syslog_message(team_id: str, line: AuditRecord) -> bytes:
    told = {name: value for name, value in entry(team_id, line).items() if value is not None}
    data = " ".join(f'{name}="{_escaped(str(value))}"' for name, value in told.items() if name not in ("at", "at_ms"))
    at = line.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    words = f"{line.actor}: {line.action}{f' ({line.subject})' if line.subject else ''}".translate(_UNPRINTABLE)
    head = f"<{_PRIORITY}>1 {at} {_host()} ringside - audit [{_STRUCTURED} {data}] "
    return head.encode() + b"\xef\xbb\xbf" + words.encode()


def _host() -> str:
    return socket.gethostname()[:255] or "-"


def _escaped(value: str) -> str:
    value = value.translate(_UNPRINTABLE)
    for special in ("\\", '"', "]"):
        value = value.replace(special, "\\" + special)
    return value


def _wait_for_peer(peer: socket.socket) -> None:
    """Until it has acknowledged every byte. Raises OSError when it does not, or hangs up."""
    deadline = time.monotonic() + _SECONDS
    while True:
        if error := peer.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, "the connection broke")
        (left,) = struct.unpack("i", fcntl.ioctl(peer.fileno(), termios.TIOCOUTQ, b"\0" * 4))
        if left == 0:
            break
        if time.monotonic() > deadline:
            raise TimeoutError("the server does not take what was sent")
        time.sleep(0.005)
    poller = select.poll()
    poller.register(peer, select.POLLRDHUP)  # and errors, which are always told
    if poller.poll(_HANG_UP_MS):
        raise ConnectionResetError("the server has hung up")
