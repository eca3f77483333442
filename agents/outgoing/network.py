"""Which addresses of the network agents never reach, whoever names them: checked when a connection is made.

Link-local addresses and those at which clouds tell a machine its credentials are refused, with what is no single
machine. This machine and private networks stay open: people run models and workflows there. A name is looked up before
it is connected to, and the address that was reached is looked at before a byte is sent, so that a name which means
something else the second time (DNS rebinding) gains nothing.

Imported where something is asked outside: httpcore2 takes long to load.
"""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpcore2
import httpx2

# Where clouds answer their machines beside 169.254.169.254, which is link-local: AWS (IPv6), Alibaba, Azure, Oracle.
_CLOUDS = frozenset(map(ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")))
_BROADCAST = ip_address("255.255.255.255")
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


class AddressRefusedError(httpcore2.ConnectError):
    """The address is one that agents may not reach."""


def is_refused(address: str) -> bool:
    """Whether agents may not reach this IP address. Raises ValueError for what is none."""
    given = _plain(ip_address(address.partition("%")[0]))
    return given.is_link_local or given.is_multicast or given.is_unspecified or given == _BROADCAST or given in _CLOUDS


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def guard(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """Let a client, which was not used yet, refuse these addresses.

    httpx2 has no public way to give its own transports a network, and a transport of ours would do without the
    environment's proxies and certificates; tests/agents/outgoing/test_network.py fails when an upgrade changes this.
    """
    transports: list[Any] = [client._transport, *client._mounts.values()]
    for transport in transports:
        if transport is not None:
            transport._pool._network_backend = _GuardedNetwork(transport._pool._network_backend)
    client.event_hooks["request"].insert(0, _refuse_literal)
    return client


async def _refuse_literal(request: httpx2.Request) -> None:
    """Also where a proxy makes the connection, which looks names up by itself."""
    try:
        refused = is_refused(request.url.host)
    except ValueError:
        return
    if refused:
        raise httpx2.ConnectError("This address is refused.", request=request) from AddressRefusedError(
            request.url.host
        )


class _GuardedNetwork(httpcore2.AsyncNetworkBackend):
    def __init__(self, network: httpcore2.AsyncNetworkBackend) -> None:
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the library's own)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        for address in await _addresses(host, port):
            _refuse(address)
        stream = await self._network.connect_tcp(host, port, timeout, local_address, socket_options)
        try:
            _refuse(stream.get_extra_info("server_addr")[0])
        except AddressRefusedError:
            await stream.aclose()
            raise
        return stream

    async def connect_unix_socket(self, *_arguments: Any, **_options: Any) -> httpcore2.AsyncNetworkStream:
        raise AddressRefusedError("a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


async def _addresses(host: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore2.ConnectError(str(error)) from error
    return [str(place[0]) for *_, place in found]


def _refuse(address: str) -> None:
    if is_refused(address):
        raise AddressRefusedError(address)
