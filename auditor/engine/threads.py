"""Limit numerical libraries to one thread while a task runs.

Floating-point sums depend on how they are divided among threads (a name tagger in bfloat16 gives slightly different
scores, hence different findings). Each task therefore computes in one thread, in every process: results do not depend
on the number of processes, and the other cores are left to other tasks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from auditor.engine.measure import cores

_LIBRARIES = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "RAYON")
ONE_THREAD: Mapping[str, str] = {
    **{f"{name}_NUM_THREADS": "1" for name in _LIBRARIES},
    "TOKENIZERS_PARALLELISM": "false",
}
"""Environment variables with which libraries loaded later compute in one thread."""


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables within the block, for libraries loaded and processes started in it."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit libraries, already loaded or loaded within the block, to one thread; restore the number afterwards."""
    from threadpoolctl import threadpool_limits

    torch = sys.modules.get("torch")
    threads = torch.get_num_threads() if torch is not None else int(os.environ.get("OMP_NUM_THREADS") or cores())
    if torch is not None:
        torch.set_num_threads(1)
    try:
        with environment(ONE_THREAD), threadpool_limits(limits=1):
            yield
    finally:
        if (torch := sys.modules.get("torch")) is not None:
            torch.set_num_threads(threads)
