"""What a hostile document could make of its reader: without network and file system."""

import socket
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from agents.sandbox import isolation
from agents.sandbox.child_process import run_child
from agents.sandbox.unnamed_file import unnamed

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        isolation._landlock() < 6 or not isolation._can_filter(), reason="this kernel has no Landlock 6 and seccomp"
    ),
]
ALLOWED = {"its file", "a module of Python", "a package"}


def _write(file: BinaryIO) -> None:
    file.write(b"A text.")


async def attempts(tmp_path: Path, **how: Any) -> dict[str, str]:
    (tmp_path / "elsewhere").mkdir()
    elsewhere, settings = tmp_path / "elsewhere" / "secret", tmp_path / ".env"
    for path in (elsewhere, settings):
        path.write_text("secret")
    done: dict[str, str] = {}
    with socket.create_server(("127.0.0.1", 0)) as server:
        async with unnamed(_write) as path:
            request = {
                "path": str(path), "elsewhere": str(elsewhere), "settings": str(settings),
                "port": server.getsockname()[1],
            }  # fmt: skip
            await run_child("tests.support.hostile_reader", request, on_line=done.update, seconds=30, **how)
    return done


async def test_a_reader_reads_its_file_and_nothing_else(tmp_path: Path) -> None:
    done = await attempts(tmp_path)
    assert {name for name, outcome in done.items() if outcome == "done"} == ALLOWED
    assert (tmp_path / "elsewhere" / "secret").exists()


async def test_without_isolation_all_of_it_is_done(tmp_path: Path) -> None:
    """So that what is refused above is refused by it."""
    done = await attempts(tmp_path, whole_environment=True)
    assert set(done.values()) == {"done"}


def test_the_start_says_which_protection_is_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isolation.protection() == "in processes without file system and network, with limits on time and memory"
    monkeypatch.setattr(isolation, "_landlock", lambda: -1)
    assert isolation.protection() == "in processes without network, with limits on time and memory"
    monkeypatch.setattr(isolation, "_can_filter", lambda: False)
    assert "on time and memory alone" in isolation.protection()
