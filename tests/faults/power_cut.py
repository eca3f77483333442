"""A power cut: of what programs wrote below a folder, only what they had synced is still there, and some of the rest.

The programs run with ``environment``, by which a library (write_journal.c) keeps a journal of their writes and syncs.
When all of them are dead, ``cut`` puts back every file as a disk may have it: all that was written before the last
sync of the file began, and of what came later each sector or not, by chance, for a disk writes in any order and no
more than 512 bytes as a whole. Names are another matter: a file that was made, renamed or removed is so at once.
"""

import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SOURCE = Path(__file__).with_name("write_journal.c")
_RECORD = struct.Struct("<QQqQ")  # kind, inode, offset, length
_WRITE, _TRUNCATE, _SYNC, _GONE = 1, 2, 3, 4
_SECTOR = 512


@dataclass(frozen=True)
class _Change:
    """Bytes at an offset, or a new length (no bytes)."""

    at: int  # in the journal
    offset: int
    data: bytes | None


@dataclass(frozen=True)
class Loss:
    """``writes`` since the last sync of their file, of which ``kept`` reached the disk at least in part."""

    syncs: int = 0
    writes: int = 0
    kept: int = 0

    def __add__(self, other: "Loss") -> "Loss":
        return Loss(self.syncs + other.syncs, self.writes + other.writes, self.kept + other.kept)


class PowerCut:
    """``folder`` is what loses power, ``work`` a place outside of it. What is there at the beginning is on the disk."""

    def __init__(self, folder: Path, work: Path) -> None:
        work.mkdir(parents=True)
        work.chmod(0o777)  # a database server that is another user writes there, too
        self._folder, self._before, self._journal = folder, work / "before", work / "journal"
        library = work / "write_journal.so"
        subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, _SOURCE], check=True)
        self.environment = {
            "LD_PRELOAD": str(library),
            "WRITE_JOURNAL": str(self._journal),
            "WRITE_JOURNAL_FOLDER": str(folder),
        }
        self.begin()

    def begin(self) -> None:
        """All that is in the folder now is on the disk. No program may be running."""
        shutil.rmtree(self._before, ignore_errors=True)
        self._before.mkdir()
        for path in self._files():
            shutil.copyfile(path, self._before / str(path.stat().st_ino))
        self._journal.write_bytes(b"")
        self._journal.chmod(0o666)

    def cut(self, chance: random.Random, luck: float) -> Loss:
        """``luck``: the part of the sectors that were not synced and reached the disk nevertheless, 0 to 1."""
        changes, synced, born, syncs = self._read()
        lost = kept = 0
        for path in self._files():
            inode = path.stat().st_ino
            if inode not in changes:
                continue
            first = self._before / str(inode)
            content = bytearray(first.read_bytes() if first.exists() and inode not in born else b"")
            for change in changes[inode]:
                if change.at < synced.get(inode, 0):
                    _apply(content, change)
                    continue
                lost += 1
                pieces = [piece for piece in _sectors(change) if chance.random() < luck]
                kept += bool(pieces)
                for piece in pieces:
                    _apply(content, piece)
            path.write_bytes(content)
        for path in self._folder.rglob("*-shm"):  # SQLite's index in memory: nobody syncs it, and the next one makes it
            path.unlink()
        self.begin()
        return Loss(syncs, lost, kept)

    def _read(self) -> tuple[dict[int, list[_Change]], dict[int, int], set[int], int]:
        """What happened to each inode, up to where in the journal it was synced, which were given anew; and how many
        syncs there were."""
        changes: dict[int, list[_Change]] = {}
        synced: dict[int, int] = {}
        born: set[int] = set()
        syncs = 0
        for at, kind, inode, offset, data in _records(self._journal.read_bytes()):
            if kind == _SYNC:
                synced[inode] = max(offset, synced.get(inode, 0))
                syncs += 1
            elif kind == _GONE:
                changes[inode] = []
                born.add(inode)
            else:
                changes.setdefault(inode, []).append(_Change(at, offset, data if kind == _WRITE else None))
        return changes, synced, born, syncs

    def _files(self) -> list[Path]:
        return [path for path in self._folder.rglob("*") if path.is_file() and not path.is_symlink()]


def _records(journal: bytes) -> Iterator[tuple[int, int, int, int, bytes]]:
    at = 0
    while at < len(journal):
        kind, inode, offset, length = _RECORD.unpack_from(journal, at)
        data = journal[at + _RECORD.size : at + _RECORD.size + length]
        yield at, kind, inode, offset, data
        at += _RECORD.size + length


def _sectors(change: _Change) -> Iterator[_Change]:
    if change.data is None:
        yield change
        return
    begin = 0
    while begin < len(change.data):
        offset = change.offset + begin
        end = begin + _SECTOR - offset % _SECTOR
        yield _Change(change.at, offset, change.data[begin:end])
        begin = end


def _apply(content: bytearray, change: _Change) -> None:
    if change.data is None:
        if change.offset < len(content):
            del content[change.offset :]
        else:
            content.extend(bytes(change.offset - len(content)))
        return
    if change.offset > len(content):
        content.extend(bytes(change.offset - len(content)))
    content[change.offset : change.offset + len(change.data)] = change.data
