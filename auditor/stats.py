"""Statistics used by several stages: intervals of shares and their differences, odds ratios, entropy, softmax."""

from __future__ import annotations

from math import hypot, sqrt

import numpy as np

Z95 = 1.959964
"""Half-width of a two-sided 95% interval, in standard errors."""
Z95_ONE_SIDED = 1.644854
"""Distance of a one-sided 95% bound, in standard errors."""


def wilson(hits: float, rows: int, z: float = Z95) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927), within 0 and 1.

    Args:
        hits: number of rows with the property.
        rows: number of rows, above zero.
        z: half-width in standard errors.
    """
    share, square = hits / rows, z * z / rows
    half = z * sqrt(share * (1 - share) / rows + square / (4 * rows))
    middle = share + square / 2
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))


def difference(before: tuple[float, int], after: tuple[float, int], z: float = Z95) -> tuple[float, float, float]:
    """Share after minus share before, and its interval (Newcombe 1998, method 10).

    Args:
        before, after: (rows with the property, rows), with rows above zero.
        z: half-width in standard errors.
    """
    p, q = before[0] / before[1], after[0] / after[1]
    (low_p, high_p), (low_q, high_q) = wilson(*before, z), wilson(*after, z)
    return q - p, q - p - hypot(q - low_q, high_p - p), q - p + hypot(high_q - q, p - low_p)


def log_odds_z(hits: np.ndarray, misses: np.ndarray, other_hits: np.ndarray, other_misses: np.ndarray) -> np.ndarray:
    """float64: z-scores of the log-odds ratios of two sets of counts (Monroe, Colaresi and Quinn 2008).

    Args:
        hits, misses: counts with and without each word in the first set, above zero, including the prior.
        other_hits, other_misses: the counts in the second set.
    """
    ratio = np.log(hits / misses) - np.log(other_hits / other_misses)
    return np.asarray(ratio / np.sqrt(1 / hits + 1 / other_hits))


def total_variation(first: np.ndarray, second: np.ndarray) -> float:
    """Total variation distance of two distributions: 0 if equal, 1 if disjoint.

    Args:
        first, second: counts or weights of the same classes; if all are zero, so are the shares.
    """
    return float(np.abs(first / max(first.sum(), 1) - second / max(second.sum(), 1)).sum() / 2)


def entropy(shares: np.ndarray) -> float:
    """Entropy in nats (Shannon 1948) of positive shares that sum to 1; its exponential is an effective number."""
    return float(-(shares * np.log(shares)).sum())


def softmax(scores: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Softmax of each row.

    Args:
        scores: float (rows, classes).
        scale: factor of the scores, the inverse of a temperature.
    """
    odds = np.exp(scale * (scores - scores.max(axis=1, keepdims=True)))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def disagreement(counts: np.ndarray, weights: np.ndarray | None = None) -> float:
    """One minus Krippendorff's alpha for nominal data (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability).

    0: full agreement; 1: agreement as by chance; above 1: systematic disagreement.

    Args:
        counts: (units, classes), number of annotators who gave a unit a class; units with fewer than two are ignored.
        weights: weight of each unit; None: 1.

    Returns:
        NaN if no unit has two labels, or if all labels are of one class.
    """
    weight = np.ones(len(counts)) if weights is None else weights
    annotators = counts.sum(axis=1)
    weight = np.where(annotators > 1, weight, 0)
    totals = weight @ counts
    labels = totals.sum()
    expected = labels * labels - (totals**2).sum()
    if labels < 2 or expected <= 0:
        return float("nan")
    observed = (weight * (annotators**2 - (counts**2).sum(axis=1)) / np.maximum(annotators - 1, 1)).sum()
    return float((labels - 1) * observed / expected)
