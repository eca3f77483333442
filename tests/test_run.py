"""The runner of all checks: an unknown part is refused with the names of those there are; all else goes to pytest."""

import subprocess

import pytest

from utils.project import PROJECT


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROJECT / "tests" / "run.sh", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_an_unknown_part_is_refused_before_anything_runs() -> None:
    for arguments in (["nonsense"], ["lint", "nonsense"]):
        done = run(*arguments)
        assert done.returncode == 1
        assert "'nonsense'" in done.stderr
        known = (
            "lint, types, web, unit, servers, sdk, adapters, e2e, browsers, identity, models, peers, kafka, coding, "
            "deploy, n8n, faults"
        )
        assert known in done.stderr
        assert done.stdout == ""


def test_what_is_no_part_goes_to_pytest_and_nothing_else_runs() -> None:
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == f"pytest {pytest.__version__}"
    assert "lint" not in done.stdout
