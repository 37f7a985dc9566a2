"""What can be done with a row, and the part of a data set it is in: as numbers in columns, as words in files."""

from __future__ import annotations

from enum import IntEnum


class _Word(IntEnum):
    @property
    def word(self) -> str:
        """As files, options and rules spell it."""
        return self.name.lower().replace("_", "-")


class Action(_Word):
    """What is done with a row.

    Strongest first: of several findings on a row the strongest action decides. Masks are applied to every kept row.
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
        """The action of a word.

        Raises:
            KeyError: no action has this name.
        """
        return cls[word.upper().replace("-", "_")]


class Part(_Word):
    """Part of a data set."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2

    @classmethod
    def of(cls, word: str) -> Part:
        """The part of a word.

        Raises:
            KeyError: no part has this name.
        """
        return cls[word.upper()]


ACTIONS = tuple(action.word for action in Action)
PARTS = tuple(part.word for part in Part)
