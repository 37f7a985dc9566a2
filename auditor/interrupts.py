"""Interrupts of the command line: they end a command until its output is about to replace an earlier one.

After that point an interrupt would report that nothing was changed although the output has been replaced. What remains
takes a fraction of a second, so interrupts are ignored instead and the command ends as if there had been none.
"""

from __future__ import annotations

import signal
from types import FrameType

from auditor.errors import TerminatedError


class _State:
    is_committing = False


def begin_commit() -> None:
    """Ignore interrupts from now on, if `install_handlers` was called: the output is about to be replaced."""
    _State.is_committing = True


def cancel_commit() -> None:
    """Handle interrupts again: the output could not be replaced."""
    _State.is_committing = False


def install_handlers() -> None:
    """Handle SIGINT and SIGTERM in the main thread of the command line."""
    _State.is_committing = False
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _terminate)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if not _State.is_committing:
        raise KeyboardInterrupt


def _terminate(number: int, frame: FrameType | None) -> None:
    """Raised in the main thread, so that folders and locks are released and finished stages are kept."""
    if not _State.is_committing:
        raise TerminatedError
