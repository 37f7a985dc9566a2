"""Formulas that several stages use: intervals of shares and of their differences, odds ratios, entropy, softmax."""

from __future__ import annotations

from math import hypot, sqrt

import numpy as np

Z95 = 1.959964
"""Half width of a two-sided 95 % interval, in standard errors."""
Z95_ONE_SIDED = 1.644854
"""The same of a bound from one side."""


def wilson(hits: float, rows: int, z: float = Z95) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927), within 0 and 1.

    Args:
        hits: rows with it.
        rows: rows, above zero.
        z: half width in standard errors.
    """
    share, square = hits / rows, z * z / rows
    half = z * sqrt(share * (1 - share) / rows + square / (4 * rows))
    middle = share + square / 2
    return max(0.0, (middle - half) / (1 + square)), min(1.0, (middle + half) / (1 + square))


def difference(before: tuple[float, int], after: tuple[float, int], z: float = Z95) -> tuple[float, float, float]:
    """Share after minus share before, and its interval (Newcombe 1998, method 10).

    Args:
        before, after: (rows with it, rows), the rows above zero.
        z: half width in standard errors.
    """
    p, q = before[0] / before[1], after[0] / after[1]
    (low_p, high_p), (low_q, high_q) = wilson(*before, z), wilson(*after, z)
    return q - p, q - p - hypot(q - low_q, high_p - p), q - p + hypot(high_q - q, p - low_p)


def log_odds_z(hits: np.ndarray, misses: np.ndarray, other_hits: np.ndarray, other_misses: np.ndarray) -> np.ndarray:
    """float64: z-scores of the log-odds ratios of two sets of counts (Monroe, Colaresi and Quinn 2008).

    Args:
        hits, misses: counts with and without each word in the first set, above zero: the prior is part of them.
        other_hits, other_misses: of the second set.
    """
    ratio = np.log(hits / misses) - np.log(other_hits / other_misses)
    return np.asarray(ratio / np.sqrt(1 / hits + 1 / other_hits))


def total_variation(first: np.ndarray, second: np.ndarray) -> float:
    """Half the summed differences of two sets of shares: 0 where they are equal, 1 where they have nothing in common.

    Args:
        first, second: counts or weights of the same classes; none at all count as shares of zero.
    """
    return float(np.abs(first / max(first.sum(), 1) - second / max(second.sum(), 1)).sum() / 2)


def entropy(shares: np.ndarray) -> float:
    """Of shares above zero that sum to 1, in nats (Shannon 1948); its exponential is an effective number."""
    return float(-(shares * np.log(shares)).sum())


def softmax(scores: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Shares that sum to 1 in each row.

    Args:
        scores: float (rows, classes).
        scale: factor on the scores, the inverse of a temperature.
    """
    odds = np.exp(scale * (scores - scores.max(axis=1, keepdims=True)))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))
