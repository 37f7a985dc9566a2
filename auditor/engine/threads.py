"""How many threads libraries compute in while a task runs.

Sums of floating-point numbers depend on how they are shared out among threads (a name tagger in bfloat16 gives other
scores, and so other findings). A task computes in one thread wherever it runs, so that results are equal however many
processes there are, and because other tasks have the other cores.
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
"""Environment in which libraries that are loaded compute in one thread."""


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Environment variables for what is loaded or started meanwhile."""
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
    """Let libraries, loaded before or meanwhile, compute in one thread; then in as many as before."""
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
