"""Behind Azure App Service: addresses come with a port, and health probes ask by the machine's address."""

from collections.abc import Callable

import pytest
from flask import Flask, request
from pydantic import SecretStr

from api.app import create_app
from utils.settings import Settings


@pytest.fixture
def behind(settings: Settings) -> Callable[..., Flask]:
    def make(**given: object) -> Flask:
        return create_app(settings.model_copy(update=given))

    return make


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("203.0.113.7:50311", "203.0.113.7"),
        ("203.0.113.7", "203.0.113.7"),
        ("[2001:db8::7]:50311", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("198.51.100.1, 203.0.113.7:50311", "203.0.113.7"),
    ],
)
def test_the_port_is_no_part_of_a_clients_address(behind: Callable[..., Flask], told: str, address: str) -> None:
    app = behind(trusted_proxies=1)
    seen: list[str | None] = []
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(request.remote_addr))
    app.test_client().get("/healthz", headers={"X-Forwarded-For": told})
    assert seen == [address]


@pytest.mark.any_database
def test_health_probes_may_ask_by_any_name_and_others_may_not(behind: Callable[..., Flask]) -> None:
    client = behind(allowed_hosts=".example.org,ringside.test").test_client()
    for path in ("/healthz", "/readyz"):
        assert client.get(path, base_url="http://169.254.129.3:8000").status_code in (200, 503)
    assert client.get("/healthz", base_url="http://169.254.129.3:8000").status_code == 200
    assert client.get("/api/info", base_url="http://169.254.129.3:8000").status_code == 400
    assert client.get("/api/info", base_url="http://ringside.test").status_code == 200


@pytest.mark.any_database
def test_prometheus_may_ask_by_any_name_with_its_token(behind: Callable[..., Flask]) -> None:
    client = behind(allowed_hosts="ringside.test", metrics_token=SecretStr("m" * 32)).test_client()

    def asked(**headers: str) -> int:
        elsewhere = {"REMOTE_ADDR": "10.0.0.9"}
        return client.get(
            "/metrics", base_url="http://10.0.0.7:8000", headers=headers, environ_base=elsewhere
        ).status_code

    assert asked(Authorization=f"Bearer {'m' * 32}") == 200
    assert asked(Authorization="Bearer wrong") == 400
    assert asked() == 400


@pytest.mark.any_database
def test_a_page_whose_name_leads_to_this_machine_reads_no_metrics(behind: Callable[..., Flask]) -> None:
    """By DNS rebinding: it asks from this machine's browser, and sends whatever headers it likes."""
    for token in (None, SecretStr("m" * 32)):
        client = behind(allowed_hosts="ringside.test", metrics_token=token).test_client()
        for given in ("x", "Bearer x", "Bearer ", "Bearer \xe4", f"Bearer {'m' * 31}"):
            asked = client.get("/metrics", base_url="http://evil.example", headers={"Authorization": given})
            assert asked.status_code == 400, given
        assert client.get("/metrics", base_url="http://ringside.test").status_code == 200


@pytest.mark.any_database
def test_who_asks_this_machine_for_localhost_needs_no_other_name(behind: Callable[..., Flask]) -> None:
    client = behind(allowed_hosts="ringside.test").test_client()
    for name in ("localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"):
        assert client.get("/metrics", base_url=f"http://{name}").status_code == 200, name
        assert client.get("/api/info", base_url=f"http://{name}").status_code == 400, name
    assert client.get("/metrics", base_url="http://localhost.evil.example").status_code == 400
    elsewhere = {"REMOTE_ADDR": "10.0.0.9"}
    assert client.get("/metrics", base_url="http://localhost", environ_base=elsewhere).status_code == 401
