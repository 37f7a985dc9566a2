"""Compute the parts of a benchmark's result from predictions; all figures are rounded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from auditor.benchmark.bounds import LEVEL
from auditor.benchmark.compare import Difference, bootstrap_draws, compare, difference_from_spread, estimate_spread
from auditor.benchmark.metrics import ClassCounts, Scoring, class_counts
from auditor.core.benchmark_result import (
    Change,
    ClassResult,
    Comparison,
    ConfusedPair,
    Confusions,
    Score,
    Scores,
    SideCounts,
    SideShares,
)

CONFUSED_PAIRS = 20
MIN_GROUP_ROWS = 20
"""Groups and classes with fewer test rows are too small for a comparison."""
_FULL_MATRIX_CLASSES = 20
_CLASS_RESAMPLES = 400
"""Sufficient for a variance, and affordable for many classes."""


def comparison(
    scoring: Scoring,
    truth: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    differences: Mapping[str, Difference] | None = None,
    clusters: np.ndarray | None = None,
) -> Comparison:
    """Scores of both sides and their differences, from predictions (seeds, rows, ...)."""
    differences = differences or compare(scoring, truth, before, after, clusters=clusters)
    return Comparison(
        before=scores(scoring.scores(truth, before)),
        after=scores(scoring.scores(truth, after)),
        difference=changes(differences),
    )


def scores(per_seed: Mapping[str, Sequence[float]]) -> Scores:
    """Each metric with its values per seed and their mean."""
    return {
        name: Score(tuple(rounded(value) for value in values), rounded(np.mean(values)))
        for name, values in per_seed.items()
    }


def changes(differences: Mapping[str, Difference]) -> dict[str, Change]:
    """Differences with their intervals."""
    return {
        name: Change(
            value=rounded(difference.value),
            interval=(rounded(difference.low), rounded(difference.high)),
            p_value=rounded(difference.p_value),
            detectable=rounded(difference.detectable),
            outcome=difference.outcome,
        )
        for name, difference in differences.items()
    }


def on_rows(
    scoring: Scoring,
    truth: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    chosen: np.ndarray,
    level: float = LEVEL,
    clusters: np.ndarray | None = None,
) -> Comparison | None:
    """The comparison on the `chosen` rows (bool) at a two-sided `level`; None if there are none."""
    if not chosen.any():
        return None
    rows = truth[chosen], before[:, chosen], after[:, chosen]
    drawn = None if clusters is None else clusters[chosen]
    found = comparison(scoring, *rows, compare(scoring, *rows, level=level, clusters=drawn))
    return Comparison(found.before, found.after, found.difference, int(chosen.sum()))


def groups(
    scoring: Scoring,
    truth: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    columns: Mapping[str, Sequence[str | None]],
    level: float = LEVEL,
    clusters: np.ndarray | None = None,
) -> dict[str, dict[str, Comparison]]:
    """The comparison within each value of each column that has enough test rows.

    The `level` is divided among all of them (Bonferroni), so all intervals hold together in 95% of benchmarks.
    """
    found: dict[str, dict[str, Comparison]] = {}
    sizes = {column: Counter(value for value in values if value is not None) for column, values in columns.items()}
    large = {
        column: sorted(v for v, rows in found.items() if rows >= MIN_GROUP_ROWS) for column, found in sizes.items()
    }
    each = level / max(1, sum(map(len, large.values())))
    for column, values in columns.items():
        chosen = {value: np.array([other == value for other in values]) for value in large[column]}
        compared = {
            value: on_rows(scoring, truth, before, after, rows, each, clusters) for value, rows in chosen.items()
        }
        found[column] = {value: result for value, result in compared.items() if result is not None}
    return found


def classes(
    labels: Sequence[str],
    truth: np.ndarray,
    predicted: tuple[np.ndarray, np.ndarray],
    train_before: np.ndarray,
    train_after: np.ndarray,
    *,
    level: float = LEVEL,
    clusters: np.ndarray | None = None,
) -> tuple[ClassResult, ...]:
    """Rows, precision, recall and F1 of each class or label, as means over the seeds.

    Args:
        labels: names of the classes.
        truth: for the test rows, int64 class codes or bool (rows, labels).
        predicted: for both sides, (seeds, rows) or (seeds, rows, labels).
        train_before, train_after: for the training rows, in the form of `truth`.
        level: two-sided error level of all intervals together.
        clusters: see `bootstrap_draws`.
    """
    once, width = np.ones((1, len(truth))), len(labels)
    counts = [[class_counts(truth, seed, once, width) for seed in side] for side in predicted]
    test_rows, *train_rows = (_label_rows(each, width) for each in (truth, train_before, train_after))

    f1_changes = class_changes(truth, predicted, np.flatnonzero(test_rows >= MIN_GROUP_ROWS), width, level, clusters)

    def mean(measure: Literal["precision", "recall", "f1"], place: int) -> SideShares:
        return SideShares(*(_mean(side, measure, place) for side in counts))

    return tuple(
        ClassResult(
            label=name,
            test_rows=int(test_rows[i]),
            train_rows=SideCounts(*(int(rows[i]) for rows in train_rows)),
            precision=mean("precision", i),
            recall=mean("recall", i),
            f1=mean("f1", i),
            change=f1_changes.get(i),
        )
        for i, name in enumerate(labels)
    )


def class_changes(
    truth: np.ndarray,
    predicted: tuple[np.ndarray, np.ndarray],
    chosen: np.ndarray,
    width: int,
    level: float,
    clusters: np.ndarray | None = None,
) -> dict[int, Change]:
    """The change in F1 of each of the `chosen` classes, at a level divided among them (Bonferroni).

    Args:
        truth, predicted, clusters: see `classes`.
        chosen: int64, codes of the classes.
        width: total number of classes.
        level: two-sided error level of all intervals together.
    """
    if len(chosen) == 0:
        return {}
    rng, rows = np.random.default_rng(0), len(truth)
    draws = bootstrap_draws(rng, rows, _CLASS_RESAMPLES, clusters)
    draws = np.concatenate([np.ones((1, rows)), draws])

    def scored(side: np.ndarray) -> np.ndarray:
        return np.stack([class_counts(truth, seed, draws, width).f1[:, chosen] for seed in side], axis=1)

    changed = scored(predicted[1]) - scored(predicted[0])  # (1 + resamples, seeds, classes)
    found = {}
    for place, number in enumerate(chosen.tolist()):
        spread = estimate_spread(changed[0, :, place], changed[1:, :, place])
        value = float(changed[0, :, place].mean())
        found[number] = changes({"f1": difference_from_spread(value, spread, level=level / len(chosen))})["f1"]
    return found


def _mean(side: Sequence[ClassCounts], measure: str, place: int) -> float:
    return rounded(np.mean([getattr(seed, measure)[0, place] for seed in side]))


def _label_rows(given: np.ndarray, width: int) -> np.ndarray:
    """Number of rows of each label."""
    return given.sum(0) if given.ndim == 2 else np.bincount(given, minlength=width)


def confusions(names: Sequence[str], truth: np.ndarray, before: np.ndarray, after: np.ndarray) -> Confusions:
    """The most frequent confusions as means over the seeds, and the full matrices if there are few classes."""
    width = len(names)
    first, last = (
        np.bincount((truth * width + predicted).ravel(), minlength=width**2).reshape(width, width) / len(predicted)
        for predicted in (before, after)
    )
    both = (first + last) * ~np.eye(width, dtype=bool)
    worst = np.argsort(-both, axis=None, kind="stable")[:CONFUSED_PAIRS]
    pairs = tuple(
        ConfusedPair(names[i], names[j], rounded(first[i, j]), rounded(last[i, j]))
        for i, j in zip(*np.unravel_index(worst, both.shape), strict=True)
        if both[i, j] > 0
    )
    if width > _FULL_MATRIX_CLASSES:
        return Confusions(pairs)
    return Confusions(pairs, tuple(names), *(_matrix(side) for side in (first, last)))


def _matrix(values: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(rounded, row)) for row in values)


def rounded(value: float | np.floating) -> float:
    """The value rounded to six decimals."""
    return round(float(value), 6)
