"""Progress reporting."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A callback that receives progress."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """`done` of `total` pieces of a stage are finished."""


def silent(stage: str, done: int, total: int, /) -> None:
    """A `Progress` that does nothing."""
