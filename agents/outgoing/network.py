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

# Where clouds answer their machines beside 169.254.169.254, which is link-local. IPv6: AWS, Google, Oracle, Scaleway;
# IPv4: Alibaba, Azure, Oracle. And the NAT64 of a network itself (RFC 8215), whose IPv4 addresses cannot be told.
_REFUSED = [
    ip_network(network)
    for network in (
        "fd00:ec2::/32", "fd20:ce::/32", "fd00:c1::/32", "fd00:42::/32",
        "100.100.100.200", "168.63.129.16", "192.0.0.192", "64:ff9b:1::/48",
    )
]  # fmt: skip
_PROXY_LOOKUP_SECONDS = 3.0
_BROADCAST = ip_address("255.255.255.255")
_NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


class AddressRefusedError(httpcore2.ConnectError):
    """The address is one that agents may not reach."""


def is_refused(address: str) -> bool:
    """Whether agents may not reach this IP address. Raises ValueError for what is none."""
    given = _plain(ip_address(address.partition("%")[0]))
    if given.is_link_local or given.is_multicast or given.is_unspecified or given == _BROADCAST:
        return True
    return any(given in network for network in _REFUSED)


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

    async def refuse(request: httpx2.Request) -> None:
        """Also where a proxy makes the connection, which looks the name up by itself."""
        proxied = client._transport_for_url(request.url) is not client._transport
        for address in await _through_proxy(request.url.host) if proxied else [request.url.host]:
            try:
                _refuse(address)
            except ValueError:  # a name, which is looked up when the connection is made
                continue
            except AddressRefusedError as error:
                raise httpx2.ConnectError("This address is refused.", request=request) from error

    client.event_hooks["request"].insert(0, refuse)
    return client


async def _through_proxy(host: str) -> list[str]:
    """What a proxy may take the name for, as far as this machine can tell: only the proxy may know the name.

    A number in another form, such as 0xa9fea9fe, is looked up as well.
    """
    try:
        async with asyncio.timeout(_PROXY_LOOKUP_SECONDS):
            return [host, *await _addresses(host, 0)]
    except (httpcore2.ConnectError, TimeoutError, UnicodeError):
        return [host]


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
