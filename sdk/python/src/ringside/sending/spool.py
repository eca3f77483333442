"""Events that wait in files, and outlive the process.

A folder holds a file for each session: a line that names the file, then a line for each event. Beside it stands how far
the server has it, and how far the request reaches that is under way: a process that ends in the middle of a request is
followed by one that sends exactly the same request again, with the same key, so that nothing is stored twice.

Any number of processes may append. One at a time sends, the one that holds the lock of the folder. What is appended has
survived the end of the process, `kill -9` included, and not that of the machine.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ringside.events import digest
from ringside.sending.memory_queue import lost_events
from ringside.sending.queue import MOST_BYTES, MOST_EVENTS, Batch

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_log = logging.getLogger("ringside")
_MOST_BYTES = 64 * 1024 * 1024  # of one session's file; then its older half is dropped
_MOST_OPEN = 32  # files of sessions


class SpoolError(OSError):
    """The folder cannot be used; in plain words."""


class Spool:
    durable = True

    def __init__(self, folder: Path, most_bytes: int = _MOST_BYTES) -> None:
        """Raises SpoolError."""
        self._lock: int | None = None
        self._open: dict[str, int] = {}
        if fcntl is None:
            raise SpoolError("A folder for events that wait (spool) needs Linux or macOS.")
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = os.open(folder / "sender.lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise SpoolError(f"The folder {folder} for events that wait cannot be used: {error}") from error
        self.folder, self._most_bytes = folder, most_bytes
        self._sending: Batch | None = None
        self._name, self._reach = "", 0  # which file the batch under way is of, and where it ends
        self._served = ""  # the name of its file
        self._held = False

    # Whoever tells.

    def put(self, session: str, title: str | None, body: bytes) -> None:
        """Append. Raises OSError when the disk is full."""
        line = body + b"\n"
        with self._file(session, title) as (file, size):
            if os.write(file, line) != len(line):
                os.ftruncate(file, size)
                raise OSError(f"The disk of {self.folder} is full.")

    # Whoever sends.

    def wait(self) -> bool:
        """Wait until this process is the one that sends."""
        if self._lock is not None and not self._held:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self._held = True
        return self._held

    def hold(self) -> bool:
        """Whether this process is the one that sends, from now on if nobody else is."""
        if self._lock is None:
            self._lock = os.open(self.folder / "sender.lock", os.O_CREAT | os.O_RDWR, 0o600)
        if not self._held:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._held = True
        return self._held

    def close(self) -> None:
        """Another process may send from now on. After a fork the child closes it: its parent holds the lock."""
        files, self._open = [*self._open.values()], {}
        if self._lock is not None:
            files.append(self._lock)
        self._lock, self._held, self._sending = None, False, None
        for file in files:
            os.close(file)

    __del__ = close

    def take(self) -> Batch | None:
        if self._sending is not None and self._is_too_long(self._path(self._sending.session)):
            self._sending = None
        if self._sending is None and self.hold():
            paths = self._files()
            served = [path for path in paths if path.name <= self._served]
            for path in (*paths[len(served) :], *served):  # each in its turn, for one may never be empty
                self._sending = self._next(path)
                if self._sending is not None:
                    self._served = path.name
                    break
        return self._sending

    def done(self, batch: Batch) -> None:
        path = self._path(batch.session)
        self._write_position(path, self._name, self._reach, self._reach)
        self._sending = None
        with self._file(batch.session, None) as (_, size):
            if size <= self._reach:
                path.unlink()
                self._position_path(path).unlink(missing_ok=True)

    def title(self, session: str) -> str | None:
        with contextlib.suppress(OSError, ValueError), self._path(session).open("rb") as file:
            found = _read_head(file).get("title")
            return None if found is None else str(found)
        return None

    def __len__(self) -> int:
        """How many bytes wait; 0 where another process sends them."""
        return sum(path.stat().st_size for path in self._files()) if self.hold() else 0

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.jsonl"))

    def _path(self, session: str) -> Path:
        # Ids may differ in the case of their letters alone, names of files must not; "." and ":" are no letters.
        return self.folder / f"{''.join(one if one.isalnum() else '_' for one in session)}-{digest(session)[:8]}.jsonl"

    @staticmethod
    def _position_path(path: Path) -> Path:
        return path.with_suffix(".position")

    @contextlib.contextmanager
    def _file(self, session: str, title: str | None) -> Iterator[tuple[int, int]]:
        """The session's file and its size, made if it is not there, and locked: nobody else changes or deletes it."""
        while True:
            file = self._open.get(session)
            if file is None:
                if len(self._open) >= _MOST_OPEN:
                    os.close(self._open.pop(next(iter(self._open))))
                file = os.open(self._path(session), os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
                self._open[session] = file
            fcntl.flock(file, fcntl.LOCK_EX)
            try:
                status = os.fstat(file)
                if status.st_nlink:
                    size = status.st_size
                    if not size:
                        size = os.write(file, _head(session, title))
                    yield file, size
                    return
            finally:
                fcntl.flock(file, fcntl.LOCK_UN)
            os.close(self._open.pop(session))  # its events were sent and it was deleted, or another took its place

    def _next(self, path: Path) -> Batch | None:
        """What is to be sent of a file, exactly as it was if it has been under way before."""
        try:
            if self._is_too_long(path):
                self._drop_older_half(path)
            with path.open("rb") as file:
                head = _read_head(file)
                begin, reach = self._position(path, head, file.tell())
                file.seek(begin)
                if reach > begin:
                    lines = file.read(reach - begin).splitlines()
                else:
                    lines, reach = _lines(file, begin)
        except FileNotFoundError:
            return None
        except ValueError:
            _log.warning("%s holds no events; it is left as it is.", path)
            return None
        if not lines:
            return None
        self._write_position(path, head["file"], begin, reach)
        self._name, self._reach = head["file"], reach
        return Batch(str(head["session"]), tuple(lines), digest(head["file"], begin, reach))

    def _is_too_long(self, path: Path) -> bool:
        try:
            with path.open("rb") as file:
                begin, _ = self._position(path, _read_head(file), file.tell())
                return os.fstat(file.fileno()).st_size - begin > self._most_bytes
        except (FileNotFoundError, ValueError):
            return False

    def _drop_older_half(self, path: Path) -> None:
        """Put another file in its place, with the newer half of its events and a word about the others."""
        import shutil  # slow to load, and seldom needed

        with path.open("rb") as file:
            head = _read_head(file)
            session, lost = str(head["session"]), 0
            with self._file(session, None) as (_, size):
                begin, _ = self._position(path, head, file.tell())
                file.seek(begin)
                while file.tell() < size - self._most_bytes // 2 and file.readline():
                    lost += 1
                new = path.with_suffix(".new")
                with new.open("wb") as shorter:
                    shorter.write(_head(session, head.get("title")))
                    shorter.write(lost_events(session, lost) + b"\n")
                    shutil.copyfileobj(file, shorter)
                self._position_path(path).unlink(missing_ok=True)
                new.replace(path)
        _log.warning(
            "%s events have waited for Ringside too long and are dropped; their session will say so.", f"{lost:,}"
        )

    def _position(self, path: Path, head: dict[str, Any], first: int) -> tuple[int, int]:
        """Up to where the server has it, and up to where the request reaches that is under way."""
        try:
            name, begin, reach = self._position_path(path).read_text().split()
        except (OSError, ValueError):
            return first, first
        return (int(begin), int(reach)) if name == head["file"] else (first, first)  # of a file that is gone

    def _write_position(self, path: Path, name: str, begin: int, reach: int) -> None:
        position = self._position_path(path)
        new = position.with_suffix(".moved")
        new.write_text(f"{name} {begin} {reach}")
        new.replace(position)


def _head(session: str, title: str | None) -> bytes:
    return json.dumps({"file": os.urandom(8).hex(), "session": session, "title": title}).encode() + b"\n"


def _read_head(file: IO[bytes]) -> dict[str, Any]:
    """What the first line says. Raises ValueError."""
    head = json.loads(file.readline())
    if not isinstance(head, dict) or not {"file", "session"} <= head.keys():
        raise ValueError("not the head of a file of events")
    return head


def _lines(file: IO[bytes], begin: int) -> tuple[list[bytes], int]:
    """Whole lines for one request, and where they end."""
    lines: list[bytes] = []
    reach = begin
    while len(lines) < MOST_EVENTS - 1:
        line = file.readline()
        if not line.endswith(b"\n") or (lines and reach - begin + len(line) > MOST_BYTES):
            break
        reach += len(line)
        lines.append(line[:-1])
    return lines, reach
