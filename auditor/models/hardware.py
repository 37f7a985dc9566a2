"""Properties of the hardware: device, threads, and whether half precision is faster."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def device() -> torch.device:
    """The GPU if there is one, otherwise the CPU."""
    import torch

    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))  # set in distributed training


def half_precision(kind: str | None = None) -> bool:
    """Whether the device multiplies bfloat16 natively; otherwise it would be slower than float32.

    Decided by capabilities, not by timing, so that equal runs on one machine take the same path.

    Args:
        kind: ``cpu`` or ``cuda``; None: the type of `device`.
    """
    import torch

    if (kind or device().type) == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    known = torch.cpu.get_capabilities()
    return bool(known.get("avx512_bf16") or known.get("amx_bf16") or known.get("sve_bf16"))


def peak_memory() -> float:
    """Peak memory so far in megabytes: of the GPU if one is used, otherwise of this process."""
    import torch

    where = device()
    if where.type == "cuda":
        return float(torch.cuda.max_memory_allocated(where)) / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def cores() -> int:
    """Number of threads to use: ``OMP_NUM_THREADS`` if set, otherwise the cores available to this process."""
    requested = os.environ.get("OMP_NUM_THREADS", "")
    if requested.isdigit() and int(requested) > 0:
        return int(requested)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def seeded_torch(seed: int) -> Iterator[None]:
    """Let torch use all cores and seed its random state within the block; both are restored afterwards."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(cores())
    try:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)
