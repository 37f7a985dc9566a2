"""How unequally a model treats groups of rows: the gap between the best and the worst served group."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from auditor.benchmark.tables import MIN_GROUP_ROWS, rounded
from auditor.core.benchmark_result import Gap, SideGaps


def gaps(
    truth: np.ndarray, before: np.ndarray, after: np.ndarray, columns: Mapping[str, Sequence[str | None]]
) -> dict[str, SideGaps]:
    """Largest difference in accuracy between two groups of a column, before and after (fairlearn's `MetricFrame`).

    Rows of all seeds are pooled; groups of fewer than `MIN_GROUP_ROWS` test rows are left out, and columns with fewer
    than two groups.

    Args:
        before, after: predicted class codes (seeds, rows).
        columns: a group, or None, for each row.
    """
    found = {}
    for column, values in columns.items():
        sizes = Counter(value for value in values if value is not None)
        large = {value for value, rows in sizes.items() if rows >= MIN_GROUP_ROWS}
        if len(large) > 1:
            chosen = np.array([value in large for value in values])
            groups = [value for value in values if value in large]
            found[column] = SideGaps(
                *(_gap(truth[chosen], predicted[:, chosen], groups) for predicted in (before, after))
            )
    return found


def _gap(truth: np.ndarray, predicted: np.ndarray, groups: Sequence[str | None]) -> Gap:
    from fairlearn.metrics import MetricFrame
    from sklearn.metrics import accuracy_score

    seeds = len(predicted)
    frame = MetricFrame(
        metrics=accuracy_score,
        y_true=np.tile(truth, seeds),
        y_pred=predicted.ravel(),
        sensitive_features=np.tile(np.array(groups, dtype=object), seeds),
    )
    difference = rounded(frame.difference(method="between_groups"))
    return Gap(difference, str(frame.by_group.idxmin()), str(frame.by_group.idxmax()))
