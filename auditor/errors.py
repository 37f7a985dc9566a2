"""The error classes. Every error says what went wrong, where, and what to do, and has an exit code.

Exit codes (docs/architecture.md, section "Exit codes"): 0 nothing at or above ``--fail-on``; 1 findings at or above it;
2 usage; 3 input cannot be used; 4 output cannot be written; 5 a check could not run; 6 refused for safety; 130 and 143
signals.

The three texts are shown to users and written to logs. They must never contain a value from the data: name the file,
line and column instead.
"""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from auditor.message import Text


class AuditorError(Exception):
    """Base class of all errors shown to users.

    Attributes:
        what: what went wrong, in one sentence.
        where: the file, line, column or setting concerned.
        fix: what the user can do about it.
    """

    exit_code: ClassVar[int] = 5

    def __init__(self, what: str, *, where: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __reduce__(self) -> tuple[object, ...]:
        """Support pickling, since errors are sent between processes."""
        return _rebuild, (type(self), self.what, self.where, self.fix), self.__dict__

    def lines(self) -> tuple[str, str, str]:
        """The three lines printed on stderr."""
        return (f"auditor: error: {self.what}", f"  where: {self.where}", f"  do:    {self.fix}")


class TerminatedError(KeyboardInterrupt):
    """SIGTERM: the program ends as after Ctrl-C, finished stages are kept, and the exit code is 143."""


def _rebuild(kind: type[AuditorError], what: str, where: str, fix: str) -> AuditorError:
    return kind(what, where=where, fix=fix)


class UsageError(AuditorError):
    """Wrong option, setting or command."""

    exit_code = 2


class InputError(AuditorError):
    """The input cannot be used."""

    exit_code = 3


class ModelError(InputError):
    """A requested model is unavailable or cannot be loaded."""


class OutputError(AuditorError):
    """The output cannot be written."""

    exit_code = 4


class CheckError(AuditorError):
    """A check, a training run or a report could not be completed."""

    exit_code = 5


class MemoryRanOutError(CheckError):
    """A training, an embedding or a check ran out of memory; results finished before are kept."""


class SafetyError(AuditorError):
    """Refused, because it could leak personal data, run untrusted code or destroy a data set."""

    exit_code = 6


_NO_MEMORY = (
    "out of memory",
    "can't allocate memory",  # torch on the CPU, in a plain RuntimeError
    "cannot allocate memory",
    "bad_alloc",
    "can't start new thread",  # its stack does not fit
    "failed to map segment",  # a library that could not be loaded
)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether `error` reports a lack of memory, from Python, NumPy, Arrow, torch or the operating system."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    names_it = isinstance(error, (RuntimeError, ImportError)) and any(
        words in str(error).lower() for words in _NO_MEMORY
    )
    return names_it or isinstance(error, MemoryError)


@contextmanager
def enough_memory(what: str, where: str, fix: str) -> Iterator[None]:
    """A context for operations that may run out of memory.

    Raises:
        MemoryRanOutError: memory ran out; the original error, which may quote sizes of the data, is not chained.
    """
    try:
        yield
    except (MemoryError, OSError, RuntimeError, ImportError) as error:
        if not ran_out_of_memory(error):
            raise
        raise MemoryRanOutError(what, where=where, fix=fix) from None


def nearest(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """A suggestion for an unknown name.

    Args:
        name: the unknown name.
        known: the known names.
        otherwise: the text if no known name is similar; None: a list of the known names.
    """
    names = sorted(known)
    lowered = {candidate.lower(): candidate for candidate in names}
    close = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    if close:
        return Text("Did you mean {0}?", repr(lowered[close[0]]))
    if otherwise is not None:
        return otherwise
    return Text("Known: {0}.", ", ".join(names)) if names else "Check the name."
