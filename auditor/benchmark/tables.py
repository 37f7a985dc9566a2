"""Parts of ``results.json``, as plain JSON data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from auditor.benchmark.compare import Difference, compare
from auditor.benchmark.data import Contest
from auditor.benchmark.evaluate import class_counts, score

CONFUSED_PAIRS = 20
MIN_GROUP_ROWS = 20
"""Groups with fewer test rows are told apart from chance by nobody."""
_FULL_MATRIX_CLASSES = 20


def comparison(
    truth: np.ndarray, before: np.ndarray, after: np.ndarray, differences: Mapping[str, Difference] | None = None
) -> dict[str, Any]:
    """Scores of both arms, predictions (seeds, rows), and their differences."""
    differences = differences or compare(truth, before, after, seed=0)
    return {
        "before": scores(score(truth, before)),
        "after": scores(score(truth, after)),
        "difference": {name: difference(one) for name, one in differences.items()},
    }


def scores(per_seed: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Each metric seed by seed, with its mean."""
    return {
        name: {"per_seed": [rounded(value) for value in values], "mean": rounded(np.mean(values))}
        for name, values in per_seed.items()
    }


def difference(one: Difference) -> dict[str, Any]:
    """A difference with its interval."""
    return {
        "value": rounded(one.value),
        "interval": [rounded(one.low), rounded(one.high)],
        "p_value": rounded(one.p_value),
        "detectable": rounded(one.detectable),
        "outcome": one.outcome,
    }


def on_rows(truth: np.ndarray, before: np.ndarray, after: np.ndarray, chosen: np.ndarray) -> dict[str, Any] | None:
    """The comparison on the `chosen` rows (bool) alone; None where there are none."""
    if not chosen.any():
        return None
    return {"rows": int(chosen.sum()), **comparison(truth[chosen], before[:, chosen], after[:, chosen])}


def groups(
    truth: np.ndarray, before: np.ndarray, after: np.ndarray, columns: Mapping[str, Sequence[str | None]]
) -> dict[str, dict[str, Any]]:
    """The comparison within each value of each column that enough test rows share."""
    found: dict[str, dict[str, Any]] = {}
    for column, values in columns.items():
        sizes = Counter(value for value in values if value is not None)
        found[column] = {
            value: on_rows(truth, before, after, np.array([one == value for one in values]))
            for value in sorted(sizes)
            if sizes[value] >= MIN_GROUP_ROWS
        }
    return found


def classes(contest: Contest, truth: np.ndarray, before: np.ndarray, after: np.ndarray) -> list[dict[str, Any]]:
    """Rows, precision, recall and F1 of each class, means over the seeds."""
    width = len(contest.classes)
    once = np.ones((1, len(truth)))
    sides = {
        side: [class_counts(truth, one, once, width) for one in predicted]
        for side, predicted in (("before", before), ("after", after))
    }
    test_rows = np.bincount(truth, minlength=width)
    train_rows = {arm.name: np.bincount(contest.codes(arm.labels), minlength=width) for arm in contest.arms}
    return [
        {
            "label": name,
            "test_rows": int(test_rows[i]),
            "train_rows": {arm: int(rows[i]) for arm, rows in train_rows.items()},
            **{
                measure: {
                    side: rounded(np.mean([getattr(one, measure)[0, i] for one in counts]))
                    for side, counts in sides.items()
                }
                for measure in ("precision", "recall", "f1")
            },
        }
        for i, name in enumerate(contest.classes)
    ]


def confusions(names: Sequence[str], truth: np.ndarray, before: np.ndarray, after: np.ndarray) -> dict[str, Any]:
    """How often each label was taken for which, means over the seeds: the worst pairs, and all where few."""
    width = len(names)
    matrices = {
        side: np.bincount((truth * width + predicted).ravel(), minlength=width**2).reshape(width, width)
        / len(predicted)
        for side, predicted in (("before", before), ("after", after))
    }
    both = sum(matrices.values()) * ~np.eye(width, dtype=bool)
    worst = np.argsort(-both, axis=None, kind="stable")[:CONFUSED_PAIRS]
    pairs = [
        {
            "label": names[i],
            "predicted": names[j],
            **{side: rounded(matrix[i, j]) for side, matrix in matrices.items()},
        }
        for i, j in zip(*np.unravel_index(worst, both.shape), strict=True)
        if both[i, j] > 0
    ]
    if width > _FULL_MATRIX_CLASSES:
        return {"pairs": pairs}
    return {"pairs": pairs, "labels": list(names)} | {
        side: [[rounded(value) for value in row] for row in matrix] for side, matrix in matrices.items()
    }


def rounded(value: float | np.floating[Any]) -> float:
    """Six digits: more would be noise in a file people read."""
    return round(float(value), 6)
