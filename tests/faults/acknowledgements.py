"""What every emitter was acknowledged, and the emitters themselves."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults.emitter import Order
from tests.support.processes import environment
from utils.project import PROJECT


class Acknowledgements:
    """A folder with one file for each emitter process. Emitters write to the database in ``data_dir``."""

    def __init__(self, data_dir: Path, **settings: object) -> None:
        self.folder = data_dir.parent / "acknowledged"
        self.folder.mkdir(exist_ok=True)
        self.emitters: list[subprocess.Popen[bytes]] = []
        self._environment = environment(data_dir, **settings)
        self._names = count(1)

    def start(
        self, sessions: list[str], rate: float = 200, most: int = 1, count: int = 0, size: int = 250,
        extra: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:  # fmt: skip
        """A new emitter process; ``count`` events and then an end, or none."""
        name = f"{next(self._names)}"
        order = Order(name, str(self.folder / name), sessions, rate, most, count, size)
        with (self.folder.parent / "emitters.log").open("ab") as output:
            child = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.emitter", order.words()], cwd=PROJECT,
                env=self._environment | dict(extra or {}), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip
        self.emitters.append(child)
        return child

    def kill(self, child: subprocess.Popen[bytes]) -> None:
        child.send_signal(signal.SIGKILL)
        child.wait()
        self.emitters.remove(child)

    def stop(self) -> None:
        for child in list(self.emitters):
            self.kill(child)

    def finish(self, seconds: float) -> None:
        """Wait for emitters with a ``count``."""
        for child in self.emitters:
            assert child.wait(seconds) == 0, self.said()
        self.emitters.clear()

    def said(self) -> str:
        return (self.folder.parent / "emitters.log").read_text()

    def promised(self) -> tuple[dict[str, dict[int, str]], Counter[str]]:
        """Session → seq → digest of all acknowledged events; and how often which error refused an append.

        AssertionError when two appends were promised the same number. A line that a kill cut off promises nothing.
        """
        found: dict[str, dict[int, str]] = {}
        refused: Counter[str] = Counter()
        for path in self.folder.iterdir():
            for line in path.read_text().splitlines(keepends=True):
                words = line.split()
                if not line.endswith("\n"):
                    continue
                if words[0] == "!":
                    refused[words[1]] += 1
                    continue
                session_id, seq, value = words
                of_session = found.setdefault(session_id, {})
                assert int(seq) not in of_session, f"{session_id}: {seq} was promised twice"
                of_session[int(seq)] = value
        return found, refused

    def count(self) -> int:
        """How many events were acknowledged so far; cheap enough to ask again and again."""
        return self._lines(b"\n") - self.refused()

    def refused(self) -> int:
        """How many appends were refused so far."""
        return self._lines(b"! ")

    def _lines(self, mark: bytes) -> int:
        total = 0
        for path in self.folder.iterdir():
            with path.open("rb") as file:
                while piece := file.read(1 << 20):
                    total += piece.count(mark)
        return total

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
