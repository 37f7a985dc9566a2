"""What this machine offers: device, threads, and whether half precision pays."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def device() -> torch.device:
    """The GPU where there is one, else the processor."""
    import torch

    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))  # set where processes train together


def half_precision(kind: str | None = None) -> bool:
    """Whether the device multiplies bfloat16 natively; elsewhere it is slower than float32.

    A question of capability, not of timing: equal runs on one machine must take the same path.

    Args:
        kind: ``cpu`` or ``cuda``; None: that of `device`.
    """
    import torch

    if (kind or device().type) == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    known = torch.cpu.get_capabilities()
    return bool(known.get("avx512_bf16") or known.get("amx_bf16") or known.get("sve_bf16"))


def peak_memory() -> float:
    """Most memory that was in use at once so far, in megabytes: of the GPU that is trained on, else of this process."""
    import torch

    where = device()
    if where.type == "cuda":
        return float(torch.cuda.max_memory_allocated(where)) / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def cores() -> int:
    """Threads to compute with: ``OMP_NUM_THREADS`` where set, else the cores this process may use."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def seeded_torch(seed: int) -> Iterator[None]:
    """Run torch with all cores and its random state set to `seed`; both are put back afterwards."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(cores())
    try:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)
