"""Actions on rows and parts of a data set: integers in columns, lower-case words in files."""

from __future__ import annotations

from enum import IntEnum


class _SpelledEnum(IntEnum):
    @property
    def word(self) -> str:
        """The spelling in files, options and rules, such as ``down-weight``."""
        return self.name.lower().replace("_", "-")


class Action(_SpelledEnum):
    """An action on a row.

    Ordered from the strongest: if a row has several findings, the strongest action applies. Masks are applied to every
    kept row.
    """

    DROP = 0
    REVIEW = 1
    RELABEL = 2
    DOWN_WEIGHT = 3
    MASK = 4
    FLAG = 5
    KEEP = 6

    @classmethod
    def of(cls, word: str) -> Action:
        """The action spelled `word`.

        Raises:
            KeyError: no action has this name.
        """
        return cls[word.upper().replace("-", "_")]


class Part(_SpelledEnum):
    """A part of a data set."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2

    @classmethod
    def of(cls, word: str) -> Part:
        """The part spelled `word`.

        Raises:
            KeyError: no part has this name.
        """
        return cls[word.upper()]


ACTIONS = tuple(action.word for action in Action)
PARTS = tuple(part.word for part in Part)
