"""What the rows of a corpus are labelled with: one sum type, so that whoever uses it must name every case."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from auditor.corpus.label_sets import LabelSets


@dataclass(frozen=True)
class NoTarget:
    """Rows without labels."""


@dataclass(frozen=True)
class SingleLabel:
    """One class a row.

    Attributes:
        names: of each row; None where it is missing, blank or hidden.
    """

    names: list[str | None]


@dataclass(frozen=True)
class MultiLabel:
    """Several classes a row; see `auditor.corpus.label_sets`."""

    sets: LabelSets


@dataclass(frozen=True)
class TokenTags:
    """Words and the tag of each.

    Attributes:
        words, tags: of each row; lists that differ in length belong to a row that cannot be used.
    """

    words: list[list[str]]
    tags: list[list[str]]


@dataclass(frozen=True)
class Score:
    """A real number a row.

    Attributes:
        values: float64; not a number where it is missing.
    """

    values: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class Annotations:
    """What several annotators said of each row.

    Attributes:
        annotators: their names, sorted.
        names: by row, one label an annotator in the order of `annotators`; None where one has not labelled the row.
    """

    annotators: tuple[str, ...]
    names: list[tuple[str | None, ...]]


Target = NoTarget | SingleLabel | MultiLabel | TokenTags | Score | Annotations
