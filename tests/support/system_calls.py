"""Runs a program with a systemd unit's filter of system calls: ``python -m tests.support.system_calls UNIT PROGRAM …``.

As systemd does (systemd.exec(5), SystemCallFilter=): the first line is what is allowed, a line with ~ takes from it,
and a few calls are always allowed.
"""

import ctypes
import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_PR_SET_NO_NEW_PRIVS = 38


def allowed(unit: Path) -> set[str]:
    """The names of the calls that the unit leaves."""
    named = set(_group("@default"))
    for line in unit.read_text().splitlines():
        key, _, value = line.partition("=")
        if key != "SystemCallFilter":
            continue
        calls = {call for word in value.removeprefix("~").split() for call in _group(word)}
        named = named - calls if value.startswith("~") else named | calls
    return named | set(_group("@default"))


def _group(word: str) -> Iterator[str]:
    if not word.startswith("@"):
        yield word
        return
    shown = subprocess.run(
        ["systemd-analyze", "--no-pager", "syscall-filter", word], capture_output=True, text=True, check=True
    ).stdout
    for line in shown.splitlines()[1:]:
        if (one := line.strip()) and not one.startswith("#"):
            yield from _group(one)


def filter_calls(names: set[str]) -> None:
    """From now on this process, and what it starts, may make no other. By libseccomp, as systemd does it."""
    lib = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    lib.seccomp_init.restype = ctypes.c_void_p
    made = ctypes.c_void_p(lib.seccomp_init(_REFUSE))
    for name in names:
        number = lib.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # of this architecture
            assert lib.seccomp_rule_add(made, _ALLOW, number, 0) == 0, name
    assert ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert lib.seccomp_load(made) == 0


if __name__ == "__main__":
    filter_calls(allowed(Path(sys.argv[1])))
    os.execvp(sys.argv[2], sys.argv[2:])
