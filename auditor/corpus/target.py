"""The labels of the rows of a corpus as a sum type, so that code that uses it handles every case."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from auditor.corpus.label_sets import LabelSets


@dataclass(frozen=True)
class NoTarget:
    """Rows without labels."""


@dataclass(frozen=True)
class SingleLabel:
    """One class per row.

    Attributes:
        names: class of each row; None where it is missing, blank or hidden.
    """

    names: list[str | None]


@dataclass(frozen=True)
class MultiLabel:
    """Any number of classes per row; see `auditor.corpus.label_sets`."""

    sets: LabelSets


@dataclass(frozen=True)
class TokenTags:
    """Words and a tag for each.

    Attributes:
        words, tags: lists for each row; a row whose lists differ in length cannot be used.
    """

    words: list[list[str]]
    tags: list[list[str]]


@dataclass(frozen=True)
class Score:
    """A real number per row.

    Attributes:
        values: float64; NaN where it is missing.
    """

    values: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class Annotations:
    """Labels by several annotators, with one entry per annotation.

    Attributes:
        annotators: names of the annotators.
        classes: the distinct labels, sorted.
        row: int64, one per annotation: position of the row that contains it.
        annotator, label: int64, one per annotation: indices into `annotators` and `classes`.
        item: int64, one per row of the corpus: position of the first row of the same item; rows of one item differ only
            in the annotator.
        by_row: int64, one per row: its annotator, -1 if unknown; None if a row contains the labels of all annotators.
    """

    annotators: tuple[str, ...]
    classes: tuple[str, ...]
    row: np.ndarray = field(repr=False)
    annotator: np.ndarray = field(repr=False)
    label: np.ndarray = field(repr=False)
    item: np.ndarray = field(repr=False)
    by_row: np.ndarray | None = field(default=None, repr=False)


Target = NoTarget | SingleLabel | MultiLabel | TokenTags | Score | Annotations
