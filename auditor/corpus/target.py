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
    """What several annotators said of the rows, one entry per label given.

    Attributes:
        annotators: their names.
        classes: the labels, sorted.
        row: int64, position of the row that each label stands in.
        annotator, label: int64, indices into `annotators` and `classes`.
        item: int64, one per row of the corpus: position of the first row of what was labelled; rows of one item differ
            in the annotator alone.
        by_row: int64, one per row: who labelled it, -1 where nobody is named; None where a row holds all its labels.
    """

    annotators: tuple[str, ...]
    classes: tuple[str, ...]
    row: np.ndarray = field(repr=False)
    annotator: np.ndarray = field(repr=False)
    label: np.ndarray = field(repr=False)
    item: np.ndarray = field(repr=False)
    by_row: np.ndarray | None = field(default=None, repr=False)


Target = NoTarget | SingleLabel | MultiLabel | TokenTags | Score | Annotations
