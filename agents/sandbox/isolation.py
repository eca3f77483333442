"""Takes the network and the file system from this process, for what a hostile document may make of a parser.

Where the kernel has them, and without privileges: Landlock (landlock(7)) leaves it the files of Python and its
packages, to read, and one file more; a filter of system calls (seccomp(2), agents/sandbox/call_filter.py) lets it open
no socket, change nothing about files and reach no other process. Both hold for whatever it starts, and cannot be taken
back.
"""

import ctypes
import os
import struct
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from agents.sandbox.call_filter import can_filter, forbid_calls
from utils.project import PROJECT

_PR_SET_NO_NEW_PRIVS = 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # on every architecture
_VERSION, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # how many an ABI knows; those of 5 and later have one more
_TCP, _SIGNALS_AND_ABSTRACT_SOCKETS = 0b11, 0b11
_SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share",
    "/etc/ld.so.cache",
    "/etc/localtime",
)
_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def protection() -> str:
    """What this kernel lets :func:`isolate` take, and what a hostile document may do for want of the rest, in words."""
    abi, filters = _landlock(), can_filter()
    taken = [word for word, there in (("file system", abi > 0), ("network", filters)) if there]
    if not taken:
        return (
            "with limits on time and memory alone: this kernel has neither Landlock nor seccomp, so a hostile one "
            "could do whatever the server's user can"
        )
    words = f"in processes without {' and '.join(taken)}, with limits on time and memory"
    if abi <= 0:
        return f"{words}; this kernel has no Landlock, so a hostile one could read and write what the server's user can"
    if not filters:
        more = [*(["cut them off"] if abi < 3 else []), *(["end other processes"] if abi < 6 else [])]
        could = ", ".join(["use the network", "change the rights of files", *more])
        return f"{words}; this kernel has no seccomp, so a hostile one could {could}"
    return words


def isolate(file: int | None) -> None:
    """Leave this process the open ``file``, also to be opened again, and what Python itself needs to read."""
    if (abi := _landlock()) <= 0 and not can_filter():
        return
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if abi > 0:
        _restrict(abi, _places(), file)
    if can_filter():
        forbid_calls()


def _landlock() -> int:
    """Its ABI; less than 1 where there is none, or where a container does not let it be used."""
    return int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION)))


def _places() -> set[Path]:
    """Not the project itself, in which DATA_DIR and .env may be."""
    own = {PROJECT / package for package in ("agents", "utils")}
    python = {Path(sys.prefix), Path(sys.base_prefix), Path(sysconfig.get_path("stdlib"))}
    given = {Path(entry) for entry in sys.path if entry}
    return {path.resolve() for path in own | python | given | set(map(Path, _SYSTEM))} - {
        PROJECT,
        Path("/"),
        Path("/usr"),
    }


def _restrict(abi: int, places: Iterable[Path], file: int | None) -> None:
    rights = (1 << _FS_RIGHTS.get(abi, 16)) - 1
    fields = [rights, *([_TCP] if abi >= 4 else []), *([_SIGNALS_AND_ABSTRACT_SOCKETS] if abi >= 6 else [])]
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = _checked(_libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0)))
    for place in places:
        try:
            opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # what is not there need not be allowed
        _allow(ruleset, opened, _READ_FILE | (_READ_DIR if place.is_dir() else 0))
        os.close(opened)
    if file is not None:
        _allow(ruleset, file, _READ_FILE)
    _checked(_libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0)))
    os.close(ruleset)


def _allow(ruleset: int, opened: int, rights: int) -> None:
    rule = struct.pack("=Qi", rights, opened)
    _checked(_libc.syscall(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint(0)))


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
