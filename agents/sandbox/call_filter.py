"""The system calls that a reader of documents may not make: a filter of seccomp(2), which cannot be taken back.

Landlock governs how files are opened. It never governs who they belong to, their modes, times and attributes, and only
newer versions of it govern how they are cut off (3) and signals (6). No reader needs any of it, nor a socket, nor
another process. What is done by a descriptor that is open for writing (ftruncate, fallocate) is left alone: Landlock
lets a reader open none.
"""

import ctypes
import errno
import fcntl
import os
import platform
import struct
from collections.abc import Iterator

_PR_GET_SECCOMP, _PR_SET_SECCOMP, _MODE_FILTER = 21, 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # of classic BPF
_X32 = 0x40000000  # where another way to call the same begins on x86_64
_F_SETOWN_EX = 15
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# The numbers of x86_64 and of aarch64; none where there is no such call. Those from 424 on are the same everywhere.
_REFUSED = {
    "socket": (41, 198), "io_uring_setup": (425, 425),
    "truncate": (76, 45), "creat": (85, None), "openat2": (437, 437),  # its flags are in memory, out of sight
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438),
}  # fmt: skip
_Step = tuple[int, int, int, int]
# Half of an argument (the lower is all of a number, a pointer has two), comparison, value, whether it must be so.
_Condition = tuple[int, int, int, bool]


def can_filter() -> bool:
    return platform.machine() in _AUDIT_ARCH and _prctl(_PR_GET_SECCOMP, 0) >= 0


def forbid_calls() -> None:
    """From now on, to this process and whatever it starts. Raises OSError."""
    steps = list(_program(platform.machine(), os.getpid()))
    program = b"".join(struct.pack("=HBBI", *step) for step in steps)
    kept = ctypes.create_string_buffer(program, len(program))
    description = struct.pack("@HP", len(steps), ctypes.addressof(kept))
    if _prctl(_PR_SET_SECCOMP, _MODE_FILTER, description) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _prctl(option: int, *arguments: int | bytes) -> int:
    return int(ctypes.CDLL(None, use_errno=True).prctl(option, *arguments, *[0] * (4 - len(arguments))))


def _limited(pid: int) -> dict[tuple[int, int | None], list[_Condition]]:
    """Calls that are needed, with what must hold. A process that aborts sends the signal to itself."""
    itself = (_lower(0), _EQUAL, pid, True)
    return {
        (2, None): [(_lower(1), _ANY_BIT, os.O_TRUNC, False)],  # open
        (257, 56): [(_lower(2), _ANY_BIT, os.O_TRUNC, False)],  # openat
        (62, 129): [itself],  # kill
        (200, 130): [itself],  # tkill, by the number of a thread: that of the first is the process's
        (234, 131): [itself],  # tgkill
        # prlimit64: what the limits of this process are.
        (302, 261): [(half, _EQUAL, 0, True) for half in (_lower(0), _lower(2), _lower(2) + 4)],
        # fcntl: anything but to have the kernel send signals to whomever.
        (72, 25): [(_lower(1), _EQUAL, command, False) for command in (fcntl.F_SETOWN, fcntl.F_SETSIG, _F_SETOWN_EX)],
    }


def _lower(argument: int) -> int:
    """Where its lower half is in struct seccomp_data, on machines that have it first, as both of these."""
    return 16 + 8 * argument


def _program(machine: str, pid: int) -> Iterator[_Step]:
    """Of classic BPF over struct seccomp_data: number, architecture, instruction pointer, arguments."""
    which = list(_AUDIT_ARCH).index(machine)
    yield from [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, _AUDIT_ARCH[machine]), (_RETURN, 0, 0, _REFUSE)]
    yield from [(_LOAD, 0, 0, 0), (_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _REFUSE)]
    limited = {numbers[which]: conditions for numbers, conditions in _limited(pid).items()}
    refused: dict[int | None, list[_Condition]] = {numbers[which]: [] for numbers in _REFUSED.values()}
    for number, conditions in (refused | limited).items():
        if number is not None:
            steps = _judged(conditions)
            yield from [(_EQUAL, 0, len(steps), number), *steps]
    yield (_RETURN, 0, 0, _ALLOW)


def _judged(conditions: list[_Condition]) -> list[_Step]:
    """Refuses what does not meet all of them; what has none is refused."""
    steps: list[_Step] = [(_RETURN, 0, 0, _REFUSE)]
    if conditions:
        steps.insert(0, (_RETURN, 0, 0, _ALLOW))
    for half, comparison, value, wanted in reversed(conditions):
        away = len(steps) - 1
        jumps = (0, away) if wanted else (away, 0)
        steps[:0] = [(_LOAD, 0, 0, half), (comparison, *jumps, value)]
    return steps
