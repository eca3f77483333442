"""A release: refused with the reason, or an archive of what is committed and of the dashboard that was built."""

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from utils.project import PROJECT, VERSION


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository that may be released: the product's script and files, with tests that take no time."""
    for name in ("deploy/release.sh", "pyproject.toml", ".gitignore"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n## {VERSION}\n\n- The first.\n")
    write_script(tmp_path / "tests" / "run.sh", "exit 0")
    write_script(tmp_path / "deploy" / "sbom.sh", 'echo {} > "$1.python.cdx.json"')  # the real one fetches its program
    page = tmp_path / "frontend" / "dist" / "ringside" / "browser" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<!doctype html>")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def write_script(script: Path, code: str) -> None:
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/sh\n{code}\n")
    script.chmod(0o755)


def commit(project: Path) -> None:
    """With the tag of the version."""
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "A change")
    git(project, "tag", "--force", f"v{VERSION}")


def release(project: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [project / "deploy" / "release.sh"], capture_output=True, text=True, timeout=60, check=False, cwd="/"
    )


def refused(project: Path, why: str) -> None:
    done = release(project)
    assert done.returncode == 1
    assert why in done.stderr
    assert not list(project.glob("*.tar*"))


def test_what_is_not_committed_is_not_released(project: Path) -> None:
    (project / "new.py").touch()
    refused(project, "not committed")


def test_a_commit_without_the_versions_tag_is_not_released(project: Path) -> None:
    git(project, "tag", "--delete", f"v{VERSION}")
    git(project, "tag", "v99.0.0")
    refused(project, f"not tagged v{VERSION}")


def test_a_version_that_the_changelog_does_not_know_is_not_released(project: Path) -> None:
    (project / "CHANGELOG.md").write_text(f"# Changelog\n\n## {VERSION}0\n")
    commit(project)
    refused(project, "CHANGELOG.md has no section")


def test_what_fails_its_tests_is_not_released(project: Path) -> None:
    write_script(project / "tests" / "run.sh", "exit 1")
    commit(project)
    refused(project, "a test failed")


def test_a_release_has_what_is_committed_and_the_dashboard(project: Path) -> None:
    (project / ".env").write_text("SECRET_KEY=…")
    done = release(project)
    assert done.returncode == 0, done.stderr
    assert (project / f"ringside-{VERSION}.python.cdx.json").exists()
    with tarfile.open(project / f"ringside-{VERSION}.tar.gz") as archive:
        names = {name for name in archive.getnames() if archive.getmember(name).isfile()}
    assert names == {
        f"ringside-{VERSION}/{name}"
        for name in (
            ".gitignore", "CHANGELOG.md", "deploy/release.sh", "deploy/sbom.sh",
            "frontend/dist/ringside/browser/index.html", "pyproject.toml", "tests/run.sh",
        )
    }  # fmt: skip
