"""A sample of rows in which every class is represented."""

from __future__ import annotations

import numpy as np

LEAST_OF_CLASS = 100
"""Rows guaranteed to each class, or all it has, before the rest is distributed by size."""


def stratified(given: np.ndarray, rows: int, seed: int) -> np.ndarray:
    """int64, ascending: at most `rows` rows drawn by class, or all if there are no more.

    Each class first gets up to `LEAST_OF_CLASS` rows (fewer if that would exceed the sample); the rest of the sample is
    distributed in proportion to the remaining rows.

    Args:
        given: int64 classes 0 .. K-1.
        rows: size of the sample.
        seed: seed of the draw.
    """
    if len(given) <= rows:
        return np.arange(len(given))
    sizes = np.bincount(given)
    least = np.minimum(sizes, min(LEAST_OF_CLASS, rows // len(sizes)))
    rest = sizes - least
    exact = rest * ((rows - int(least.sum())) / max(int(rest.sum()), 1))
    quota = least + np.floor(exact).astype(np.int64)
    short = rows - int(quota.sum())
    quota[np.argsort(np.floor(exact) - exact, kind="stable")[:short]] += 1
    order = np.lexsort((np.random.default_rng(seed).random(len(given)), given))
    place = np.arange(len(given)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(order[place < np.minimum(quota, sizes)[given[order]]])
