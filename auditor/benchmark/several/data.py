"""Rows with several labels each, cut alike on both sides where they are too many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from auditor.benchmark.data import MIN_TRAIN_ROWS, held_out, largest_key, row_keys
from auditor.errors import InputError
from auditor.message import Text


@dataclass(frozen=True)
class LabelledTexts:
    """Training rows of one side, or the test rows.

    Attributes:
        labels: those of each row; an empty tuple says that none applies.
        weights: of each row in the loss; only their ratios matter. None: all equal.
        row_ids: int64, -1 for added rows.
        disputed: of test rows, bool: whether a check or a reviewer doubts a label of the row.
        groups: of test rows: columns to tell the result by, one value a row.
    """

    name: str
    texts: list[str]
    labels: list[tuple[str, ...]]
    weights: np.ndarray | None = None
    row_ids: np.ndarray | None = None
    disputed: np.ndarray | None = None
    groups: Mapping[str, list[str | None]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Rows."""
        return len(self.texts)

    def take(self, positions: np.ndarray) -> LabelledTexts:
        """The rows at `positions`, in that order."""
        return LabelledTexts(
            self.name,
            [self.texts[i] for i in positions],
            [self.labels[i] for i in positions],
            None if self.weights is None else self.weights[positions],
            None if self.row_ids is None else self.row_ids[positions],
            None if self.disputed is None else self.disputed[positions],
            {column: [values[i] for i in positions] for column, values in self.groups.items()},
        )


@dataclass(frozen=True)
class SeveralContest:
    """Both arms and the test rows after the caps.

    Attributes:
        names: sorted labels of both arms, then sorted labels that only the test rows have. A model has one output for
            each of the first `train_labels`.
        available: rows before the caps, by arm name and ``test``.
    """

    arms: tuple[LabelledTexts, LabelledTexts]
    test: LabelledTexts
    names: tuple[str, ...]
    train_labels: int
    available: dict[str, int]

    def has(self, rows: LabelledTexts) -> np.ndarray:
        """Bool (rows, names): which label is given to which row."""
        position = {name: k for k, name in enumerate(self.names)}
        given = np.zeros((len(rows), len(self.names)), bool)
        for i, labels in enumerate(rows.labels):
            given[i, [position[name] for name in labels]] = True
        return given

    def own_rows(self, arm: LabelledTexts) -> np.ndarray:
        """bool, one a row of `arm`: trained on; on the others, a tenth, the threshold is chosen.

        The same rows in both arms where both hold them, but that a label's only rows are never all held out.
        """
        own = ~held_out(arm.row_ids, arm.texts)
        has = self.has(arm)
        for k in np.flatnonzero(has.any(axis=0) & ~has[own].any(axis=0)).tolist():
            own[has[:, k].argmax()] = True
        return own


def prepare_several(
    arms: tuple[LabelledTexts, LabelledTexts], test: LabelledTexts, max_train: int, max_test: int, seed: int
) -> SeveralContest:
    """Check the rows and cut them to the caps, by one limit on a hash of their identity; see `prepare_contest`.

    Raises:
        InputError: too few rows, nothing to tell apart, no label in common, or no test row.
    """
    _check(arms)
    if not len(test):
        raise InputError(
            "There are no labelled test rows.",
            where="test split",
            fix="Raise prepare.test, or give a split column with a test part.",
        )
    keys = [row_keys(arm.row_ids, arm.texts, seed) for arm in arms]
    limit = min(largest_key(k, max_train) for k in keys)
    drawn = [arm.take(np.flatnonzero(k <= limit)) for arm, k in zip(arms, keys, strict=True)]
    _check(drawn)
    test_keys = row_keys(test.row_ids, test.texts, seed)
    drawn_test = test.take(np.flatnonzero(test_keys <= largest_key(test_keys, max_test)))
    known = sorted(_names(drawn))
    return SeveralContest(
        (drawn[0], drawn[1]),
        drawn_test,
        (*known, *sorted(_names([drawn_test]) - set(known))),
        len(known),
        {**{arm.name: len(arm) for arm in arms}, "test": len(test)},
    )


def _names(sides: Sequence[LabelledTexts]) -> set[str]:
    return {name for side in sides for labels in side.labels for name in labels}


def _check(arms: Sequence[LabelledTexts]) -> None:
    for arm in arms:
        where = f"training rows {arm.name!r}"
        if len(arm) < MIN_TRAIN_ROWS:
            raise InputError(
                Text("A benchmark needs at least {0} training rows; there are {1}.", MIN_TRAIN_ROWS, len(arm)),
                where=where,
                fix="Give more rows, raise benchmark.max_train_rows, or set benchmark.enabled=false.",
            )
        if len(set(arm.labels)) < 2:
            raise InputError(
                "All training rows have the same labels.",
                where=where,
                fix="Choose another label column (corpus.label), or set benchmark.enabled=false.",
            )
        if not _names([arm]) & _names([arms[0]]):
            raise InputError(
                "The two sides have no label in common.",
                where=where,
                fix="Compare two versions of the same data set, with the same label column.",
            )
