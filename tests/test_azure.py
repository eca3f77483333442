"""As on Azure App Service: a copy of the package in a folder of /tmp, packages in `antenv`, and its variables."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx2
import pytest

from tests.support.account import SECRET_KEY
from tests.support.processes import free_port
from tests.support.waiting import wait_until
from utils.project import PROJECT

_PACKAGE = (
    "api", "agents", "utils", "gunicorn.conf.py", "pyproject.toml", "requirements.txt", "startup.sh", "wsgi.py",
    "frontend/package.json",
)  # fmt: skip


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """The extracted package, as Oryx puts it there, without the dashboard."""
    folder = tmp_path / "8dc1f2a3b4c5d6e"
    for name in _PACKAGE:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (PROJECT / name).is_dir():
            shutil.copytree(PROJECT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(PROJECT / name, target)
    (folder / "antenv").symlink_to(Path(sys.executable).parent.parent)
    return folder


def start(folder: Path, port: int, given: Mapping[str, str]) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATA_DIR", "DATABASE_URL", "PORT")}
    env = inherited | {
        "PATH": f"{folder}/antenv/bin:{os.environ['PATH']}", "WEBSITE_SITE_NAME": "ringside", "PORT": str(port),
        "WEBSITE_HOSTNAME": "ringside.azurewebsites.net", "SECRET_KEY": SECRET_KEY, "AGENT_PROCESSES": "0",
        "TRUSTED_PROXIES": "1", "ALLOWED_HOSTS": "ringside.azurewebsites.net", **given,
    }  # fmt: skip
    return subprocess.Popen(
        ["./startup.sh"], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_a_database_that_each_restart_would_empty_is_refused(deployed: Path) -> None:
    told, _ = (started := start(deployed, free_port(), {})).communicate(timeout=60)
    assert started.returncode != 0
    assert "lost at each restart" in told
    assert "DATABASE_URL" in told
    assert "ACCEPT_DATA_LOSS=1" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("with_dashboard", [False, True])
def test_it_serves_what_was_deployed_or_says_what_is_missing(deployed: Path, with_dashboard: bool) -> None:
    built = PROJECT / "frontend" / "dist"
    if with_dashboard:
        if not built.is_dir():
            pytest.skip("the dashboard is not built")
        shutil.copytree(built, deployed / "frontend" / "dist")
    port = free_port()
    started = start(deployed, port, {"ACCEPT_DATA_LOSS": "1"})
    try:
        # The platform's probe asks by the machine's address, its front end by the site's name.
        address, probed_by = f"http://127.0.0.1:{port}", {"Host": "169.254.129.3"}
        with httpx2.Client(base_url=address, headers=probed_by, timeout=10) as probe:
            wait_until(lambda: _answers(started, probe), 60, "the first answer")
            page = probe.get("/", headers={"Host": "ringside.azurewebsites.net", "Accept": "text/html"})
            if with_dashboard:
                assert page.status_code == 200
                assert "<app-root" in page.text
            else:
                assert page.status_code == 503
                assert "deploy/azure-package.sh" in page.text
                assert "./startup.sh" not in page.text
    finally:
        started.terminate()
        started.communicate(timeout=30)


def _answers(started: "subprocess.Popen[str]", client: httpx2.Client) -> bool:
    assert started.poll() is None, started.communicate()[0][-3000:]
    try:
        return client.get("/healthz").status_code == 200
    except httpx2.TransportError:
        return False
