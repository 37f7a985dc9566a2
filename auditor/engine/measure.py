"""Memory and CPU time of processes, read from the operating system."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pyarrow as pa

_KIB = 1024
LONG_SECONDS = 2.0
"""After a task longer than this, freed memory is returned to the system: it may have been much."""


def cores() -> int:
    """Number of cores available to this process."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_bytes() -> int:
    """Peak resident set size of this process, in bytes."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size * (1 if sys.platform == "darwin" else 1024)


def peak_megabytes() -> int:
    """Peak resident set size, in MiB, of this process or of a child it waited for, whichever is larger."""
    size = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(size / (1024 if sys.platform == "linux" else 1024**2))


def private_bytes(process: int) -> int:
    """Anonymous and shared memory of a process, in bytes.

    Mapped files are not counted, since the system can reclaim their pages. 0 if the process has ended or the system has
    no /proc.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * _KIB for line in lines if line.startswith(("RssAnon:", "RssShmem:")))


def total_private_bytes(processes: Iterable[int]) -> int:
    """Sum of `private_bytes` over processes."""
    return sum(private_bytes(process) for process in processes)


class Stopwatch:
    """Wall-clock and CPU time since its creation."""

    def __init__(self) -> None:
        self.start, self._cpu = time.monotonic(), time.process_time()

    def read(self) -> tuple[float, float, float]:
        """Start and stop in seconds of the monotonic clock, and the CPU seconds of this process between them."""
        return self.start, time.monotonic(), time.process_time() - self._cpu


def give_back_memory() -> None:
    """Return freed memory to the system; the allocators would otherwise keep it for later allocations."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # not glibc
            ctypes.CDLL("libc.so.6").malloc_trim(0)
