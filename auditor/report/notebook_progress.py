"""Progress bar in the notebook cell that calls the API.

Updating a display in place is part of the notebook messaging protocol (`update_display_data`), so the bar needs no
widgets: it is an HTML element, with a line of text for front ends without HTML.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Protocol

from auditor.core.progress import Progress, silent
from auditor.core.whole import Whole, left

_SECONDS = 0.2
"""Minimum interval between two updates."""


class _Handle(Protocol):
    """See `IPython.display.DisplayHandle`."""

    def update(self, obj: object, *, raw: bool) -> None:
        """Replace the displayed content."""


@contextmanager
def notebook_progress(stages: tuple[str, ...] = ("scan",)) -> Iterator[Progress]:
    """Context with a progress function that shows a bar in notebooks; the bar is removed at the end."""
    handle = _handle()
    if handle is None:
        yield silent
        return
    bar = _Bar(handle, Whole(stages))
    try:
        yield bar.show
    finally:
        handle.update({"text/plain": "", "text/html": ""}, raw=True)


class _Bar:
    def __init__(self, handle: _Handle, whole: Whole) -> None:
        self._handle = handle
        self._whole = whole
        self._begun = time.monotonic()
        self._last = -_SECONDS

    def show(self, stage: str, done: int, total: int, /) -> None:
        """See `Progress`."""
        share, now = self._whole.share(stage, done, total), time.monotonic() - self._begun
        if now - self._last < _SECONDS:
            return
        self._last = now
        self._handle.update(_bundle(share, stage, left(share, now)), raw=True)


def _bundle(share: float, stage: str, rest: str) -> dict[str, str]:
    """Text and HTML of the bar (see "MIME bundle" in the Jupyter documentation)."""
    words = " · ".join(filter(None, (f"{share:.0%}", stage, rest)))
    bar = f'<progress value="{share:.3f}" max="1" aria-label="auditor"></progress>'
    return {"text/plain": f"auditor: {words}", "text/html": f"<div>{bar} <small>{escape(words)}</small></div>"}


def _handle() -> _Handle | None:
    """A display in the running cell; None outside of notebooks. IPython is only used if it is already imported."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from importlib import import_module

    handle: _Handle | None = import_module("IPython.display").display(
        _bundle(0.0, "read", ""), raw=True, display_id=True
    )
    return handle
