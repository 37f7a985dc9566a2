"""Group-sequential bounds: those of the tables, and no more false alarms over all looks than one look may give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from auditor.benchmark.bounds import nominal_levels, spent_error


def test_five_equal_looks_have_the_published_bounds() -> None:
    """Lan and DeMets' O'Brien-Fleming form, two-sided 0.05 (Jennison and Turnbull 2000, and R's ldbounds)."""
    levels = nominal_levels([0.2, 0.4, 0.6, 0.8, 1.0])
    bounds = norm.isf(np.array(levels) / 2)
    assert bounds == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=0.004)
    assert spent_error(1.0) == pytest.approx(0.05)


def test_one_look_is_an_ordinary_test() -> None:
    assert nominal_levels([1.0]) == pytest.approx((0.05,), abs=1e-4)


def test_all_looks_together_err_in_5_of_100() -> None:
    """Looks as a benchmark has them: most of the information, that of the test rows, is there from the first on."""
    shares = [0.7, 0.701, 0.85, 0.9, 1.0]
    bounds = norm.isf(np.array(nominal_levels(shares)) / 2)
    steps = np.random.default_rng(0).normal(size=(100_000, 5)) * np.sqrt(np.diff([0.0, *shares]))
    statistics = np.abs(steps.cumsum(axis=1) / np.sqrt(shares))
    assert (statistics > bounds).any(axis=1).mean() == pytest.approx(0.05, abs=0.004)
    assert (statistics > 1.96).any(axis=1).mean() > 0.065  # what looking without paying would give
