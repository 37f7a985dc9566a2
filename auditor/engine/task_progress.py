"""Progress reports of tasks, in any process.

A task calls `report_progress`; the process that runs it has chosen the receiver with `report_to`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from auditor.core.progress import Progress, silent

_RECEIVERS: list[Progress] = [silent]


def report_progress(stage: str, done: int, total: int, /) -> None:
    """`done` of `total` pieces of a stage are finished."""
    _RECEIVERS[-1](stage, done, total)


@contextmanager
def report_to(progress: Progress) -> Iterator[None]:
    """Send the calls of `report_progress` within the block to `progress`."""
    _RECEIVERS.append(progress)
    try:
        yield
    finally:
        _RECEIVERS.pop()
