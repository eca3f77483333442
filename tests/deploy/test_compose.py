"""deploy/compose.yaml as Docker Compose reads it: what starts after what, with which settings, and what is refused."""

import json
from typing import Any

import pytest

from tests.support.deploy_tools import run, tool
from utils.project import PROJECT
from utils.settings import Settings

FILE = PROJECT / "deploy" / "compose.yaml"
ENVIRONMENT = {
    "SECRET_KEY": "k" * 48,
    "POSTGRES_PASSWORD": "s3cret",
    "ADMIN_EMAIL": "ada@example.org",
    "ADMIN_PASSWORD": "a password of the tests",
    "SERVER_NAME": "seats.example.com",
}
NODES = ("web-1", "web-2", "agents-1", "agents-2")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    read = run(tool("compose"), FILE, **ENVIRONMENT)
    assert read.returncode == 0, read.stderr
    found: dict[str, Any] = json.loads(read.stdout)["services"]
    return found


def test_all_parts_are_there_and_each_waits_for_what_it_needs(services: dict[str, Any]) -> None:
    assert set(services) == {"nginx", "database", "kafka", *NODES}
    needs = {name: set(service.get("depends_on", {})) for name, service in services.items()}
    assert needs["nginx"] == {"web-1", "web-2"}
    assert all(needs[node] == {"database", "kafka"} for node in NODES)
    for service in services.values():
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] == "service_healthy"
            # A node's health check is in its image.
            assert other in NODES or "test" in services[other]["healthcheck"]


def test_the_nodes_have_one_secret_key_and_settings_that_are_valid(services: dict[str, Any]) -> None:
    given = {node: services[node]["environment"] for node in NODES}
    read = {
        node: Settings(_env_file=None, **{name.lower(): value for name, value in found.items() if value})
        for node, found in given.items()
    }
    assert {name for found in given.values() for name in found} <= {name.upper() for name in Settings.model_fields}
    assert len({settings.secret_key for settings in read.values()}) == 1
    assert len({settings.database_url for settings in read.values()}) == 1
    assert [read[node].agent_processes for node in NODES] == [0, 0, 2, 2]
    assert [read[node].trusted_proxies for node in NODES] == [1, 1, 0, 0]
    for node in NODES:
        seconds = int(services[node]["stop_grace_period"].removesuffix("s"))
        assert seconds > read[node].graceful_seconds
        assert services[node]["read_only"]
    assert len({services[node]["volumes"][0]["source"] for node in NODES}) == len(NODES)


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_secret_that_is_missing_is_named(name: str) -> None:
    refused = run(tool("compose"), FILE, **{**ENVIRONMENT, name: ""})
    assert refused.returncode != 0
    assert f"{name} is missing a value: set it in .env" in refused.stderr


def test_nginx_stands_in_front_of_both_web_nodes_by_the_name_that_browsers_know(services: dict[str, Any]) -> None:
    program, flag, words = services["nginx"]["command"]
    written, separator, _ = words.partition(" > /etc/nginx/nginx.conf")
    assert separator
    written = written.replace("/etc/ringside/nginx.conf", str(PROJECT / "deploy" / "nginx.conf"))
    made = run(program, flag, written, SERVER_NAME=ENVIRONMENT["SERVER_NAME"]).stdout
    assert "server web-1:8000 fail_timeout=2s; server web-2:8000 fail_timeout=2s;" in made
    assert "user nginx;" in made
    assert "server_name seats.example.com;" in made
    assert "127.0.0.1:8000 " not in made
    mounted = {volume["target"] for volume in services["nginx"]["volumes"]}
    assert {"/etc/ringside/nginx.conf", "/etc/ssl/ringside"} == mounted
