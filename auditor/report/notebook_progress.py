"""How far a call of the API is, shown in the notebook cell that made it.

A display that is updated in place is part of the messaging protocol of notebooks (`update_display_data`), so a bar
needs no widgets: an HTML element, and a line of text for front ends that show text alone.
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
"""Between two updates."""


class _Handle(Protocol):
    """See `IPython.display.DisplayHandle`."""

    def update(self, obj: object, *, raw: bool) -> None:
        """Show something else in the same place."""


@contextmanager
def notebook_progress(stages: tuple[str, ...] = ("scan",)) -> Iterator[Progress]:
    """A progress function: a bar in a notebook, nothing elsewhere. The bar goes when the work is over."""
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
    """The same as text and as HTML (see "MIME bundle" in the documentation of Jupyter)."""
    words = " · ".join(filter(None, (f"{share:.0%}", stage, rest)))
    bar = f'<progress value="{share:.3f}" max="1" aria-label="auditor"></progress>'
    return {"text/plain": f"auditor: {words}", "text/html": f"<div>{bar} <small>{escape(words)}</small></div>"}


def _handle() -> _Handle | None:
    """A display in the cell that runs; None outside of notebooks. IPython is imported by them, never by this."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from importlib import import_module

    handle: _Handle | None = import_module("IPython.display").display(
        _bundle(0.0, "read", ""), raw=True, display_id=True
    )
    return handle
