"""Presidio's patterns with a time limit whose expiry is detected.

Presidio itself skips a pattern that times out with a log message, and its results are lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from auditor.errors import CheckError

COMPILED = ("compiled_regex", "compiled_with_flags")
"""Attributes in which Presidio caches compiled patterns; it uses them if set."""
SECONDS = 5.0
"""Time limit for one pattern in one call."""


class Searchable(Protocol):
    """A pattern that the package ``regex`` compiled."""

    def finditer(self, text: str, /, *, timeout: float) -> Iterator[object]:
        """All matches."""
        ...


class TimedPattern:
    """A compiled pattern as Presidio calls it.

    Attributes:
        expired: whether a search timed out since this was last set to False.

    """

    def __init__(self, compiled: Searchable, seconds: float) -> None:
        self._compiled = compiled
        self._seconds = seconds
        self.expired = False

    def finditer(self, text: str, timeout: float) -> Iterator[object]:
        """Matches; Presidio's own `timeout` is longer and not used.

        Raises:
            TimeoutError: recorded in `expired`; Presidio continues without the pattern.

        """
        try:
            yield from self._compiled.finditer(text, timeout=self._seconds)
        except TimeoutError:
            self.expired = True
            raise


def time_patterns(recognizer: object, seconds: float = SECONDS) -> list[TimedPattern]:
    """Set a detected time limit on every pattern of a recognizer; empty if it has no patterns.

    Raises:
        CheckError: this version of Presidio keeps its compiled patterns elsewhere; a search that stalls would end
            unnoticed.

    """
    import regex  # type: ignore[import-untyped]

    timed = []
    for pattern in getattr(recognizer, "patterns", None) or ():
        if not all(hasattr(pattern, name) for name in COMPILED) or not hasattr(recognizer, "global_regex_flags"):
            raise CheckError(
                "This version of presidio-analyzer keeps its compiled patterns elsewhere: no time limit can be set.",
                where="privacy check",
                fix="Install a version within the range that auditor names.",
            )
        flags = recognizer.global_regex_flags
        pattern.compiled_regex = TimedPattern(regex.compile(pattern.regex, flags=flags), seconds)
        pattern.compiled_with_flags = flags
        timed.append(pattern.compiled_regex)
    return timed
