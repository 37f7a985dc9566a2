"""Accuracy gaps between groups of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from auditor.benchmark.tables import MIN_GROUP_ROWS, rounded
from auditor.core.benchmark_result import Gap, SideGaps


def gaps(before: np.ndarray, after: np.ndarray, columns: Mapping[str, Sequence[str | None]]) -> dict[str, SideGaps]:
    """Largest difference in accuracy between two groups of a column, on both sides (fairlearn's `MetricFrame`).

    Rows of all seeds are pooled. Groups with fewer than `MIN_GROUP_ROWS` test rows are left out, and columns with fewer
    than two groups.

    Args:
        before, after: bool (seeds, rows), whether the prediction is right; for multi-label data, all labels.
        columns: by column, the group of each row, or None.
    """
    found = {}
    for column, values in columns.items():
        sizes = Counter(value for value in values if value is not None)
        large = {value for value, rows in sizes.items() if rows >= MIN_GROUP_ROWS}
        if len(large) > 1:
            chosen = np.array([value in large for value in values])
            groups = [value for value in values if value in large]
            found[column] = SideGaps(*(_gap(right[:, chosen], groups) for right in (before, after)))
    return found


def _gap(right: np.ndarray, groups: Sequence[str | None]) -> Gap:
    from fairlearn.metrics import MetricFrame
    from sklearn.metrics import accuracy_score

    frame = MetricFrame(
        metrics=accuracy_score,
        y_true=np.ones(right.size, bool),
        y_pred=right.ravel(),
        sensitive_features=np.tile(np.array(groups, dtype=object), len(right)),
    )
    difference = rounded(frame.difference(method="between_groups"))
    return Gap(difference, str(frame.by_group.idxmin()), str(frame.by_group.idxmax()))
