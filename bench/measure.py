"""What processes use, and what many measurements say."""

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with all its threads, also ended ones, to the nanosecond.

    The kernel numbers the CPU clock of a process after its pid (MAKE_PROCESS_CPUCLOCK of linux/posix-timers.h);
    /proc/<pid>/stat says the same in steps of 10 ms.
    """
    return time.clock_gettime((~pid << 3) | 2)


def family_cpu_seconds(pid: int) -> float:
    """The same of a process and all below it; of those that have ended, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")  # cutime and cstime
    total = cpu_seconds(pid) + ended
    for child in children(pid):
        with suppress(OSError):  # it has just ended
            total += family_cpu_seconds(child)
    return total


def parent(pid: int) -> int:
    return _status(pid, "PPid")


def resident_bytes(pid: int) -> int:
    """Resident memory of a process."""
    return _status(pid, "VmRSS") * 1024


def proportional_bytes(pid: int) -> int:
    """Resident memory of a process; what it shares with others counts as its part only, so that sums are true."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise LookupError(f"/proc/{pid}/smaps_rollup has no Pss")


def threads(pid: int) -> int:
    return _status(pid, "Threads")


def _status(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0])
    raise LookupError(f"/proc/{pid}/status has no {field}")


def children(pid: int) -> list[int]:
    """Of all its threads: the kernel lists them for the one that started them."""
    lists = sorted(Path(f"/proc/{pid}/task").glob("*/children"))
    return [int(child) for one in lists for child in one.read_text().split()]


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` (0 to 1) of the others do not exceed."""
    ordered = sorted(values)
    return ordered[round((len(ordered) - 1) * share)]


def middle_ratio(measured: Sequence[float], reference: Sequence[float]) -> float:
    """The median of the ratios of rounds that were measured right after each other: what disturbs both cancels out."""
    return median(m / r for m, r in zip(measured, reference, strict=True))
