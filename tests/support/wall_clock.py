"""The wall clock of some processes, set (wall_clock.c)."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

needs_compiler = pytest.mark.skipif(
    shutil.which("cc") is None, reason="setting the clock of some processes needs a C compiler"
)


class WallClock:
    """Of the processes that get ``environment``; their steady clock is the kernel's."""

    def __init__(self, folder: Path, seconds: int = 0) -> None:
        """``seconds``: from the true time."""
        library, self._file = folder / f"clock-{id(self)}.so", folder / f"clock-{id(self)}-offset"
        source = Path(__file__).with_name("wall_clock.c")
        subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source], check=True)
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_OFFSET_FILE": str(self._file)}
        self._file.write_bytes(bytes(8))
        self.set(seconds)

    def set(self, seconds: int) -> None:
        """So far from the true time, from now on."""
        with self._file.open("r+b", buffering=0) as file:
            file.write(struct.pack("q", seconds))
