"""Progress out of tasks, wherever they run.

A task calls `tell`; the process that runs it has said where that goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from auditor.core.progress import Progress, silent

_TOLD: list[Progress] = [silent]


def tell(stage: str, done: int, total: int, /) -> None:
    """`done` of `total` pieces of a stage are finished."""
    _TOLD[-1](stage, done, total)


@contextmanager
def telling(progress: Progress) -> Iterator[None]:
    """Let `tell` call `progress`."""
    _TOLD.append(progress)
    try:
        yield
    finally:
        _TOLD.pop()
