"""Memory of processes and what tasks take, read from the system."""

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

_PAGE = 1024
LONG_SECONDS = 2.0
"""A task that took longer may have needed much memory, which is given back after it."""


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def peak_bytes() -> int:
    """Largest resident size this process has had."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size * (1 if sys.platform == "darwin" else 1024)


def peak_megabytes() -> int:
    """Largest resident size that this process, or a process it waited for, has had."""
    size = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(size / (1024 if sys.platform == "linux" else 1024**2))


def own_bytes(process: int) -> int:
    """Memory that a process has to itself, in bytes: anonymous and shared memory, without mapped files.

    Mapped files are left out: the system takes their pages back when it needs them. 0 where the process is gone or the
    system has no /proc.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * _PAGE for line in lines if line.startswith(("RssAnon:", "RssShmem:")))


def all_bytes(processes: Iterable[int]) -> int:
    """Memory that processes have together; see `own_bytes`."""
    return sum(own_bytes(process) for process in processes)


class Stopwatch:
    """Wall and processor seconds since it was made."""

    def __init__(self) -> None:
        self.start, self._cpu = time.monotonic(), time.process_time()

    def read(self) -> tuple[float, float, float]:
        """Start and stop on the system's monotonic clock, and CPU seconds of this process between."""
        return self.start, time.monotonic(), time.process_time() - self._cpu


def give_back_memory() -> None:
    """Return memory that was freed to the system: the allocators keep it otherwise for what comes."""
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library has no such call
            ctypes.CDLL("libc.so.6").malloc_trim(0)
