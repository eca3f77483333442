"""DATA_DIR is its owner's alone, also one that an earlier version made."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from utils.database.opening import prepare
from utils.settings import Settings


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """As most machines have it; and again when the test is over."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {path.name: f"{stat.S_IMODE(path.stat().st_mode):o}" for path in folder.rglob("*")}


def prepared(folder: Path) -> None:
    prepare(Settings(_env_file=None, data_dir=folder))


def test_a_folder_of_before_is_made_private_and_the_log_says_what_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "data"
    prepared(folder)
    caplog.clear()
    (folder / "doorbell").mkdir(exist_ok=True)
    (folder / "secret.key").write_text("x")
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    prepared(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    found = modes(folder)
    assert set(found) >= {"ringside.db", "secret.key", "doorbell", "write.lock"}
    assert {name: mode for name, mode in found.items() if mode != ("700" if name == "doorbell" else "600")} == {}
    [record] = [one for one in caplog.records if one.name.endswith("private_folder")]
    assert str(folder) in record.message
    for name in found:
        assert name in record.message
    caplog.clear()
    prepared(folder)
    assert [one for one in caplog.records if one.name.endswith("private_folder")] == []


def test_what_is_made_is_private_from_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    prepared(folder)
    (folder / "another").write_text("x")
    assert set(modes(folder).values()) <= {"600", "700"}


def test_a_folder_of_somebody_elses_stays_open_and_so_do_their_files(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    theirs = tmp_path / "theirs.txt"
    theirs.write_text("x")
    theirs.chmod(0o644)
    (tmp_path / "ringside.db").touch(0o644)
    (tmp_path / "secret.key").symlink_to(theirs)
    prepared(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o644
    assert modes(tmp_path)["ringside.db"] == "600"
