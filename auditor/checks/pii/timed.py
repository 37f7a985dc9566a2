"""Presidio's patterns with a time limit that is noticed.

Presidio itself drops a pattern that runs out of time with a line in the log: what it would have found is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SECONDS = 5.0
"""For one pattern on one call."""


class TimedPattern:
    """A compiled pattern as Presidio calls it.

    Attributes:
        expired: whether a search ran out of time since this was last set to False.

    """

    def __init__(self, compiled: Any, seconds: float) -> None:
        self._compiled = compiled
        self._seconds = seconds
        self.expired = False

    def finditer(self, text: str, timeout: float) -> Iterator[Any]:
        """Matches; Presidio's own `timeout` is longer and not used.

        Raises:
            TimeoutError: noted in `expired`; Presidio goes on without the pattern.

        """
        try:
            yield from self._compiled.finditer(text, timeout=self._seconds)
        except TimeoutError:
            self.expired = True
            raise


def time_patterns(recognizer: Any, seconds: float = SECONDS) -> list[TimedPattern]:
    """Put a noticed time limit on every pattern of a recognizer; none where it has no patterns."""
    import regex  # type: ignore[import-untyped]

    timed = []
    for pattern in getattr(recognizer, "patterns", None) or ():
        flags = recognizer.global_regex_flags
        pattern.compiled_regex = TimedPattern(regex.compile(pattern.regex, flags=flags), seconds)
        pattern.compiled_with_flags = flags
        timed.append(pattern.compiled_regex)
    return timed
