"""Where agents never reach, whoever names it."""

import asyncio
import socket
from typing import Any

import httpx2
import pytest

from agents.outgoing import network
from agents.outgoing.failures import address_refused
from tests.support.foreign_server import ForeignServer, json_answer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "0.0.0.0", "::", "224.0.0.1", "ff02::1",
        "255.255.255.255", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192",
        "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
        "fd00:ec2::23", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42", "64:ff9b:1::a9fe:a9fe",
    ],
)  # fmt: skip
async def test_addresses_of_the_network_itself_are_refused(address: str) -> None:
    assert network.is_refused(address)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.0.0.8", "192.168.1.4", "172.17.0.1", "fd12:3456::1", "8.8.8.8", "2606:4700::1"]
)
async def test_this_machine_and_private_networks_are_not(address: str) -> None:
    assert not network.is_refused(address)


async def _refused(url: str) -> bool:
    async with network.guard(httpx2.AsyncClient()) as client:
        try:
            await client.get(url)
        except httpx2.ConnectError as error:
            return address_refused(error) is not None
    return False


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest/meta-data", "http://[::ffff:169.254.169.254]/", "http://0.0.0.0:1/"]
)
async def test_a_request_to_one_is_refused(url: str) -> None:
    assert await _refused(url)


async def test_behind_a_proxy_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    with ForeignServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert await _refused("http://169.254.169.254/")
        assert proxy.received == []
        async with network.guard(httpx2.AsyncClient()) as client:
            assert (await client.get("http://models.example/")).status_code == 404
        assert [one.headers["host"] for one in proxy.received] == ["models.example"]


@pytest.mark.parametrize("host", ["2852039166", "0xa9fea9fe", "0251.0376.43518", "169.254.43518"])
async def test_a_number_in_an_odd_form_is_the_address_that_it_means(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    assert await _refused(f"http://{host}/")
    with ForeignServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert await _refused(f"http://{host}/")
        assert proxy.received == []


async def test_a_name_behind_a_proxy_that_means_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with ForeignServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        _names(monkeypatch, "169.254.169.254")
        assert await _refused("http://innocent.example/")
        assert proxy.received == []


def _names(monkeypatch: pytest.MonkeyPatch, *meanings: str) -> None:
    """What a name means, each time it is looked up; the last meaning stays."""
    left = list(meanings)

    async def getaddrinfo(_loop: Any, host: Any, port: Any, **_options: Any) -> Any:
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)


async def test_a_name_that_means_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _names(monkeypatch, "169.254.169.254")
    assert await _refused("http://innocent.example/")


async def test_a_name_that_means_something_else_the_second_time_is_sent_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = network.is_refused
    monkeypatch.setattr(network, "is_refused", lambda address: address == "127.0.0.2" or refused(address))
    with ForeignServer(host="127.0.0.2") as inside:
        _names(monkeypatch, "127.0.0.1", "127.0.0.2")
        assert await _refused(f"http://innocent.example:{inside.host.partition(':')[2]}/")
        assert inside.received == []


async def test_everything_else_is_reached() -> None:
    with ForeignServer({("GET", "/"): lambda _: json_answer("here")}) as server:
        async with network.guard(httpx2.AsyncClient()) as client:
            assert (await client.get(f"http://localhost:{server.host.partition(':')[2]}/")).json() == "here"
