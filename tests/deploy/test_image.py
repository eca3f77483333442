"""deploy/Dockerfile is linted, and its image run as a careful operator would: by a container engine, as a user of no
rights, with a file system that cannot be written."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.support.account import HEADERS, SECRET_KEY
from tests.support.deploy_tools import run, tool
from tests.support.processes import free_port
from tests.support.waiting import wait_until
from utils.project import PROJECT

USER = 10001
CAREFUL = (
    "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges",
    "--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096", "--network=host",
)  # fmt: skip


def podman(*words: object) -> subprocess.CompletedProcess[str]:
    return run(tool("podman"), *words)


def test_the_dockerfile_is_linted() -> None:
    done = run(tool("hadolint"), PROJECT / "deploy" / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture
def image() -> str:
    """The image of this working copy; ``tests/run.sh deploy`` builds it."""
    tool("podman")
    if shutil.which("podman") is None or podman("image", "exists", "localhost/ringside").returncode != 0:
        pytest.skip("the image is not built: tests/run.sh deploy does it")
    return "localhost/ringside"


@pytest.fixture
def start(image: str, tmp_path: Path, migrated: Path) -> Iterator[Callable[[], tuple[str, str]]]:
    """Starts a container on one and the same folder for DATA_DIR; its name and the server's address."""
    data, made = tmp_path / "data", []
    data.mkdir()
    shutil.copy(migrated, data / "ringside.db")
    for owned in (data, data / "ringside.db"):
        os.chown(owned, USER, USER)

    def container() -> tuple[str, str]:
        port = free_port()
        given = {"PORT": port, "SECRET_KEY": SECRET_KEY, "GRACEFUL_SECONDS": 5, "AGENT_PROCESSES": 1}
        env = [f"--env={name}={value}" for name, value in given.items()]
        began = podman("run", "--detach", *CAREFUL, *env, f"--volume={data}:/var/lib/ringside", image)
        assert began.returncode == 0, began.stderr
        name, address = began.stdout.strip(), f"http://127.0.0.1:{port}"
        made.append(name)
        wait_until(lambda: ready(address), 60, "the container's first answer")
        return name, address

    yield container
    for name in made:
        podman("rm", "--force", name)


def ready(address: str) -> bool:
    try:
        return httpx2.get(f"{address}/readyz", timeout=5).json()["status"] == "ready"
    except httpx2.TransportError:
        return False


def test_it_serves_a_run_and_ends_at_sigterm_and_goes_on(start: Callable[[], tuple[str, str]]) -> None:
    name, address = start()
    assert podman("healthcheck", "run", name).returncode == 0
    assert podman("exec", name, "id", "-u").stdout.strip() == str(USER)
    assert "Read-only" in podman("exec", name, "touch", "/opt/ringside/new").stderr
    page = httpx2.get(address, timeout=10)
    assert page.headers["Content-Type"].startswith("text/html")
    assert "<app-root" in page.text
    with httpx2.Client(base_url=address, headers=HEADERS, timeout=70) as client:
        assert client.post("/api/sessions", json={"id": "harbour"}).status_code == 201
        document = {"files": ("boats.txt", b"The skipper of the Albatross is Ada.", "text/plain")}
        assert client.post("/api/sessions/harbour/documents", files=document).status_code == 201
        asked = client.post(
            "/api/sessions/harbour/messages",
            json={"content": "Who is the skipper of the Albatross?"}, headers={"Prefer": "wait=60"},
        )  # fmt: skip
        assert asked.status_code == 200, asked.text
        assert "Ada" in asked.text
    assert "in processes without file system and network" in podman("logs", name).stderr
    assert podman("stop", "--time=20", name).returncode == 0
    assert podman("inspect", name, "--format={{.State.ExitCode}}").stdout.strip() == "0"
    _, address = start()
    found = httpx2.get(f"{address}/api/sessions/harbour/messages", headers=HEADERS, timeout=10).json()["messages"]
    assert any("Ada" in message["content"] for message in found)


def test_the_image_says_what_it_is_and_carries_nothing_that_is_not_needed(image: str) -> None:
    [described] = json.loads(podman("image", "inspect", image).stdout)
    config = described["Config"]
    assert config["User"] == f"{USER}:{USER}"
    assert config["Cmd"] == ["python", "-m", "gunicorn", "wsgi:app"]
    assert config["Labels"]["org.opencontainers.image.title"] == "Ringside"
    assert "/var/lib/ringside" in config["Volumes"]
    listed = podman(
        "run", "--rm", *CAREFUL, image, "find", "/opt/ringside", "-maxdepth", "2", "-not", "-path", "*/.venv/*"
    )
    names = set(listed.stdout.split())
    assert "/opt/ringside/wsgi.py" in names
    assert not [name for name in names if name.endswith((".env", "/tests", "/node_modules", "/.git", "/src"))]
