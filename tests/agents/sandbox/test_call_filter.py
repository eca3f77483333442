"""What Landlock does not govern, tried with Landlock switched off: so the filter of system calls alone refuses it."""

import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.errors import AgentError
from agents.sandbox import call_filter
from agents.sandbox.call_filter import can_filter
from agents.sandbox.child_process import run_child
from utils.project import PROJECT

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(not can_filter(), reason="this kernel has no seccomp"),
]


@pytest.fixture
def other() -> Iterator[int]:
    """Another process of the same user."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process.pid
        process.kill()


async def meddled(tmp_path: Path, other: int, **how: Any) -> dict[str, Any]:
    file = tmp_path / "ringside.db"
    file.write_text("Everything.")
    file.chmod(0o600)
    told: dict[str, Any] = {}
    request = {"path": str(file), "file": str(file), "other": other}
    with pytest.raises(AgentError) as ended:
        await run_child("tests.support.meddling_reader", request, on_line=told.update, seconds=30, memory_mb=300, **how)
    assert f"exit code {-signal.SIGABRT}" in ended.value.message, "it ends by its own abort()"
    return told | {"content": file.read_text(), "mode": file.stat().st_mode & 0o777}


async def test_files_and_other_processes_are_left_alone(tmp_path: Path, other: int) -> None:
    told = await meddled(tmp_path, other)
    assert set(told["outcomes"].values()) == {"refused"}, told["outcomes"]
    assert (told["content"], told["mode"]) == ("Everything.", 0o600)
    assert told["aborts"]


async def test_without_the_filter_none_of_it_is_refused(tmp_path: Path, other: int) -> None:
    """So that what is refused above is refused by it."""
    told = await meddled(tmp_path, other, whole_environment=True)
    assert "refused" not in told["outcomes"].values(), told["outcomes"]
    assert told["content"] == ""


async def test_a_child_cannot_raise_its_limits(tmp_path: Path, other: int) -> None:
    memory = 300 * 1024 * 1024
    assert (await meddled(tmp_path, other))["limits"] == [[memory, memory], [30, 31], [0, 0]]


def test_at_the_limit_of_computing_time_the_signal_says_why() -> None:
    program = "from agents.sandbox.confinement import _confine; _confine(1, 1 << 30)\nwhile True: pass"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, timeout=60, check=False)
    assert done.returncode == -signal.SIGXCPU


OWN, OTHER, TRUNCATE = 77, 78, 0o1000


@pytest.mark.parametrize(
    ("machine", "call", "outcome"),
    [
        ("x86_64", (0,), "allowed"),
        ("x86_64", (76,), "refused"),
        ("x86_64", (0x40000000,), "refused"),
        ("x86_64", (62, OWN), "allowed"),
        ("x86_64", (62, OTHER), "refused"),
        ("x86_64", (2, 0, TRUNCATE), "refused"),
        ("aarch64", (63,), "allowed"),
        ("aarch64", (45,), "refused"),
        ("aarch64", (129, OWN, 6), "allowed"),
        ("aarch64", (129, OTHER, 6), "refused"),
        ("aarch64", (131, OWN, OWN, 6), "allowed"),
        ("aarch64", (56, 0, 0, 0), "allowed"),
        ("aarch64", (56, 0, 0, TRUNCATE | 2), "refused"),
        ("aarch64", (261, 0, 7, 0, 1 << 40), "allowed"),
        ("aarch64", (261, 0, 7, 1 << 40), "refused"),
        ("aarch64", (261, OTHER, 7), "refused"),
        ("aarch64", (25, 3, 8, OTHER), "refused"),
        ("aarch64", (25, 3, 1), "allowed"),
    ],
)
def test_the_filter_of_either_machine(machine: str, call: tuple[int, ...], outcome: str) -> None:
    assert judged(machine, machine, call) == outcome


def test_calls_of_another_architecture_are_refused() -> None:
    assert judged("x86_64", "aarch64", (63,)) == "refused"


def judged(machine: str, caller: str, call: tuple[int, ...]) -> str:
    """What the program says of a call: classic BPF, as far as it uses it."""
    number, *arguments = call
    arguments += [0] * (6 - len(arguments))
    data = struct.pack("<IIQ6Q", number, call_filter._AUDIT_ARCH[caller], 0, *arguments)
    program, at, loaded = list(call_filter._program(machine, OWN)), 0, 0
    while True:
        operation, yes, no, value = program[at]
        if operation == call_filter._RETURN:
            return "allowed" if value == call_filter._ALLOW else "refused"
        if operation == call_filter._LOAD:
            [loaded] = struct.unpack_from("<I", data, value)
            yes = no = 0
        holds = {
            call_filter._EQUAL: loaded == value,
            call_filter._AT_LEAST: loaded >= value,
            call_filter._ANY_BIT: loaded & value != 0,
        }
        at += 1 + (yes if holds.get(operation) else no)
