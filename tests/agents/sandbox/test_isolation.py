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
        isolation._landlock() < 6 or not isolation.can_filter(), reason="this kernel has no Landlock 6 and seccomp"
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


WHOLE = "in processes without file system and network, with limits on time and memory"


@pytest.mark.parametrize(
    ("landlock", "filters", "words"),
    [
        (1, True, WHOLE),
        (7, True, WHOLE),
        (-1, True, "in processes without network, with limits on time and memory; this kernel has no Landlock, so a "
                   "hostile one could read and write what the server's user can"),
        (2, False, "in processes without file system, with limits on time and memory; this kernel has no seccomp, so a "
                   "hostile one could use the network, change the rights of files, cut them off, end other processes"),
        (6, False, "in processes without file system, with limits on time and memory; this kernel has no seccomp, so a "
                   "hostile one could use the network, change the rights of files"),
        (-1, False, "with limits on time and memory alone: this kernel has neither Landlock nor seccomp, so a hostile "
                    "one could do whatever the server's user can"),
    ],
)  # fmt: skip
def test_the_start_says_which_protection_is_in_force(
    monkeypatch: pytest.MonkeyPatch, landlock: int, filters: bool, words: str
) -> None:
    monkeypatch.setattr(isolation, "_landlock", lambda: landlock)
    monkeypatch.setattr(isolation, "can_filter", lambda: filters)
    assert isolation.protection() == words
