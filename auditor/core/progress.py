"""How far a run is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called as work goes on."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """`done` of `total` pieces of a stage are finished."""


def silent(stage: str, done: int, total: int, /) -> None:
    """A progress that nobody follows."""
