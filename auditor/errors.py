"""One error tree. Every error says what went wrong, where, and what to do, and carries an exit code.

Exit codes (docs/architecture.md, section "Exit codes"): 0 nothing at or above ``--fail-on``; 1 findings at
or above it; 2 usage; 3 input cannot be used; 4 output cannot be written; 5 a check could not run; 6 refused
for safety; 130 and 143 signals.

The three texts are shown to users and written to logs. They must never hold a value from the data: name the
file, the line and the column, not the content.
"""

from __future__ import annotations

import difflib
import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from auditor.message import Text


class AuditorError(Exception):
    """Base of all errors a user may see.

    Attributes:
        what: what went wrong, one sentence.
        where: file, line, column or setting it concerns.
        fix: what the user can do about it.
    """

    exit_code: ClassVar[int] = 5

    def __init__(self, what: str, *, where: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __reduce__(self) -> tuple[object, ...]:
        """For pickle: errors cross from one process to another."""
        return _made_again, (type(self), self.what, self.where, self.fix), self.__dict__

    def lines(self) -> tuple[str, str, str]:
        """The three lines printed on stderr."""
        return (f"auditor: error: {self.what}", f"  where: {self.where}", f"  do:    {self.fix}")


class TerminatedError(KeyboardInterrupt):
    """SIGTERM: the program ends as after Ctrl-C, what was finished is kept, and the exit code is 143."""


def _made_again(kind: type[AuditorError], what: str, where: str, fix: str) -> AuditorError:
    return kind(what, where=where, fix=fix)


class UsageError(AuditorError):
    """Wrong option, setting or command."""

    exit_code = 2


class InputError(AuditorError):
    """The input cannot be used."""

    exit_code = 3


class ModelError(InputError):
    """A model that was asked for by name cannot be had or loaded."""


class OutputError(AuditorError):
    """The output cannot be written."""

    exit_code = 4


class CheckError(AuditorError):
    """A check, a training run or a report could not be completed."""

    exit_code = 5


class MemoryRanOutError(CheckError):
    """A training, an embedding or a check needed more memory than there is; what was finished before is kept."""


class SafetyError(AuditorError):
    """Refused: going on could leak personal data, run foreign code or destroy a data set."""

    exit_code = 6


_NO_MEMORY = (
    "out of memory",
    "can't allocate memory",  # torch on the processor, in a plain RuntimeError
    "cannot allocate memory",
    "bad_alloc",
    "can't start new thread",  # whose stack does not fit
    "failed to map segment",  # a library that could not be loaded
)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory could not be had: Python's, NumPy's, Arrow's, the system's or torch's."""
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    names_it = isinstance(error, (RuntimeError, ImportError)) and any(
        words in str(error).lower() for words in _NO_MEMORY
    )
    return names_it or isinstance(error, MemoryError)


@contextmanager
def enough_memory(what: str, where: str, fix: str) -> Iterator[None]:
    """Do something that may need more memory than there is.

    Raises:
        MemoryRanOutError: it did; the error that said so, which may quote sizes of the data, stays out of it.
    """
    try:
        yield
    except (MemoryError, OSError, RuntimeError, ImportError) as error:
        if not ran_out_of_memory(error):
            raise
        raise MemoryRanOutError(what, where=where, fix=fix) from None


def nearest(name: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """What to say of a name that is not known.

    Args:
        name: what was given.
        known: the names there are.
        otherwise: what to say where no known name is close; None: the list of known names.
    """
    names = sorted(known)
    lowered = {candidate.lower(): candidate for candidate in names}
    close = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    if close:
        return Text("Did you mean {0}?", repr(lowered[close[0]]))
    if otherwise is not None:
        return otherwise
    return Text("Known: {0}.", ", ".join(names)) if names else "Check the name."
