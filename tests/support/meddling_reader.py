"""A child as agents/sandbox starts them, on a kernel without Landlock, that meddles with files and other processes."""

import ctypes
import fcntl
import os
import platform
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

from agents.sandbox import call_filter, isolation
from agents.sandbox.confinement import serve

_libc = ctypes.CDLL(None, use_errno=True)
_LIMITED = {"tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "ptrace": (101, 117)}
_NUMBERS = call_filter._REFUSED | _LIMITED


def _call(name: str, *arguments: Any) -> None:
    number = _NUMBERS[name][list(call_filter._AUDIT_ARCH).index(platform.machine())]
    if number is not None and _libc.syscall(number, *arguments) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    if number is None:
        raise PermissionError("this machine has no such call")


def _attempts(file: str, other: int) -> Iterator[tuple[str, Callable[[], object]]]:
    path, nothing = file.encode(), ctypes.c_void_p(None)
    opened, siginfo = os.open(file, os.O_RDONLY), ctypes.create_string_buffer(128)
    siginfo[8:12] = (-1).to_bytes(4, sys.byteorder, signed=True)  # SI_QUEUE
    yield "truncate", lambda: os.truncate(file, 0)
    yield "cut off by opening", lambda: os.close(os.open(file, os.O_RDONLY | os.O_TRUNC))
    yield "cut off by opening otherwise", lambda: os.close(os.open(file, os.O_RDWR | os.O_TRUNC, dir_fd=opened))
    yield "creat", lambda: _call("creat", path, 0o600)
    yield "openat2", lambda: _call("openat2", -100, path, ctypes.create_string_buffer(24), 24)
    yield "chmod", lambda: os.chmod(file, 0o777)
    yield "fchmod", lambda: os.fchmod(opened, 0o777)
    yield "fchmodat2", lambda: _call("fchmodat2", -100, path, 0o777, 0)
    yield "chown", lambda: os.chown(file, os.getuid(), -1)
    yield "fchown", lambda: os.fchown(opened, os.getuid(), -1)
    yield "lchown", lambda: os.lchown(file, os.getuid(), -1)
    yield "fchownat", lambda: os.chown(file, os.getuid(), -1, dir_fd=opened)
    yield "utimensat", lambda: os.utime(file, (1, 1))
    yield "utime", lambda: _call("utime", path, nothing)
    yield "utimes", lambda: _call("utimes", path, nothing)
    yield "futimesat", lambda: _call("futimesat", -100, path, nothing)
    yield "setxattr", lambda: os.setxattr(file, "user.a", b"a")
    yield "lsetxattr", lambda: os.setxattr(file, "user.b", b"b", follow_symlinks=False)
    yield "fsetxattr", lambda: os.setxattr(opened, "user.c", b"c")
    yield "removexattr", lambda: os.removexattr(file, "user.a")
    yield "lremovexattr", lambda: os.removexattr(file, "user.b", follow_symlinks=False)
    yield "fremovexattr", lambda: os.removexattr(opened, "user.c")
    yield "a signal", lambda: os.kill(other, 0)
    yield "a signal to all", lambda: os.kill(-1, 0)
    yield "a signal to its group", lambda: os.kill(0, 0)
    yield "a signal to a thread", lambda: _call("tkill", other, 0)
    yield "a signal with a value", lambda: _call("rt_sigqueueinfo", other, 0, siginfo)
    yield "a signal with a value to a thread", lambda: _call("rt_tgsigqueueinfo", other, other, 0, siginfo)
    yield "a signal by a descriptor", lambda: signal.pidfd_send_signal(os.pidfd_open(other), 0)
    yield "signals by the kernel", lambda: fcntl.fcntl(opened, fcntl.F_SETOWN, other)
    yield "another's limits", lambda: resource.prlimit(other, resource.RLIMIT_CORE)
    yield "other limits", lambda: resource.prlimit(0, resource.RLIMIT_CORE, (0, 0))
    yield "memory to read", lambda: _call("process_vm_readv", os.getpid(), nothing, 0, nothing, 0, 0)
    yield "memory to write", lambda: _call("process_vm_writev", os.getpid(), nothing, 0, nothing, 0, 0)
    yield "pidfd_getfd", lambda: _call("pidfd_getfd", os.pidfd_open(os.getpid()), 0, 0)
    yield "ptrace", lambda: _call("ptrace", 12345, other, nothing, nothing)  # no such request


def _ends_by_abort() -> bool:
    """Whether a process that this one starts does, too."""
    if (started := os.fork()) == 0:
        os.abort()
    return os.WIFSIGNALED(os.waitpid(started, 0)[1])


def _answer(request: dict[str, Any], tell: Callable[[dict[str, Any]], None]) -> None:
    outcomes = {}
    for name, attempt in _attempts(request["file"], request["other"]):
        try:
            attempt()
        except PermissionError:
            outcomes[name] = "refused"
        except OSError as error:
            outcomes[name] = str(error)
        else:
            outcomes[name] = "done"
    limits = [resource.getrlimit(limit) for limit in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_CORE)]
    os.kill(os.getpid(), 0)
    tell({"outcomes": outcomes, "limits": limits, "aborts": _ends_by_abort()})
    os.abort()


if __name__ == "__main__":
    isolation._landlock = lambda: -1
    serve(_answer)
