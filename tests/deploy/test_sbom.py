"""The bills of materials of a release name what is installed, and what the dashboard is built from, by version."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.support.deploy_tools import run
from utils.project import PROJECT, VERSION


@pytest.mark.skipif(not (PROJECT / "deploy" / ".venv").exists(), reason="tests/run.sh deploy installs CycloneDX")
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not on this machine")
def test_all_that_is_pinned_is_named(tmp_path: Path) -> None:
    done = run(PROJECT / "deploy" / "sbom.sh", tmp_path / "ringside")
    assert done.returncode == 0, done.stderr
    python, dashboard = (
        json.loads((tmp_path / f"ringside.{part}.cdx.json").read_text()) for part in ("python", "dashboard")
    )
    assert (python["bomFormat"], dashboard["bomFormat"]) == ("CycloneDX", "CycloneDX")
    assert python["metadata"]["component"]["version"] == VERSION
    named = {(one["name"].lower(), one["version"]) for one in python["components"]}
    pinned = re.findall(r"^([\w.-]+)==(\S+)$", (PROJECT / "requirements.txt").read_text(), re.MULTILINE)
    assert {(name.lower(), version) for name, version in pinned} <= named
    lock = json.loads((PROJECT / "frontend" / "package-lock.json").read_text())["packages"]
    angular = lock["node_modules/@angular/core"]["version"]
    purls = {one["purl"] for one in dashboard["components"]}
    assert f"pkg:npm/%40angular/core@{angular}" in purls
