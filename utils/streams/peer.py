"""Whether the other end of a connection is still there."""

import socket
import struct

# struct tcp_info of linux/tcp.h: tcpi_unacked is at byte 24, tcpi_last_ack_recv (milliseconds ago) at byte 56.
_TCP_INFO = struct.Struct("=24xI28xI")


def peer_vanished(fd: int, after_ms: int) -> bool:
    """Whether bytes have been under way for so long without any sign of the peer that it must be gone.

    TCP_USER_TIMEOUT would do, but it also ends a peer that is alive and merely does not read.
    """
    peer = socket.socket(fileno=fd)
    try:
        unacked, silent_ms = _TCP_INFO.unpack_from(peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 60))
    except OSError:  # not a TCP socket: a Unix socket's peer cannot vanish unnoticed
        return False
    finally:
        peer.detach()
    return bool(unacked) and silent_ms > after_ms
