"""Takes the network and the file system from this process, for what a hostile document may make of a parser.

Where the kernel has them, and without privileges: Landlock (landlock(7)) leaves it the files of Python and its
packages, to read, and one file more; a filter of system calls (seccomp(2)) lets it open no socket. Both hold for
whatever it starts, and cannot be taken back.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from utils.project import PROJECT

_PR_GET_SECCOMP, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 21, 22, 38
# Numbers that are the same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF, _IO_URING_SETUP = 444, 445, 446, 425
_VERSION, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # how many an ABI knows; those of 5 and later have one more
_TCP, _SIGNALS_AND_ABSTRACT_SOCKETS = 0b11, 0b11
# Of the kernel: AUDIT_ARCH_…, and the number of socket(2).
_ARCHITECTURES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_X32 = 0x40000000  # where another way to call the same begins on x86_64
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # of classic BPF
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
    """What this kernel lets :func:`isolate` take, in words."""
    taken = [word for word, there in (("file system", _landlock() > 0), ("network", _can_filter())) if there]
    if not taken:
        return "with limits on time and memory alone: this kernel has neither Landlock nor seccomp"
    return f"in processes without {' and '.join(taken)}, with limits on time and memory"


def isolate(file: int | None) -> None:
    """Leave this process the open ``file``, also to be opened again, and what Python itself needs to read."""
    if (abi := _landlock()) <= 0 and not _can_filter():
        return
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    if abi > 0:
        _restrict(abi, _places(), file)
    if _can_filter():
        _forbid_sockets()


def _landlock() -> int:
    """Its ABI; less than 1 where there is none, or where a container does not let it be used."""
    return int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION)))


def _can_filter() -> bool:
    return platform.machine() in _ARCHITECTURES and _libc.prctl(_PR_GET_SECCOMP, 0, 0, 0, 0) >= 0


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


def _forbid_sockets() -> None:
    """A program of classic BPF over struct seccomp_data, whose first fields are the number and the architecture."""
    architecture, socket = _ARCHITECTURES[platform.machine()]
    steps = [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 0, 5, architecture),  # all jumps lead to the last step
        (_LOAD, 0, 0, 0),
        (_AT_LEAST, 3, 0, _X32),
        (_EQUAL, 2, 0, socket),
        (_EQUAL, 1, 0, _IO_URING_SETUP),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    program = b"".join(struct.pack("=HBBI", *step) for step in steps)
    kept = ctypes.create_string_buffer(program, len(program))
    description = struct.pack("@HP", len(steps), ctypes.addressof(kept))
    _checked(_libc.prctl(_PR_SET_SECCOMP, 2, description, 0, 0))  # SECCOMP_MODE_FILTER


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
