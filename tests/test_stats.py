"""Formulas against published values and their definitions."""

from __future__ import annotations

import numpy as np
import pytest

from auditor.stats import Z95_ONE_SIDED, difference, entropy, softmax, total_variation, wilson


def test_wilson_agrees_with_published_values() -> None:
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998, table I
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)


@pytest.mark.parametrize("rows", [1, 3, 7, 49, 1000])
def test_wilson_stays_within_what_a_share_can_be(rows: int) -> None:
    assert 0 <= wilson(0, rows)[0] < 1e-15
    assert 1 - 1e-15 < wilson(rows, rows)[1] <= 1
    assert wilson(1, rows, Z95_ONE_SIDED)[1] <= wilson(1, rows)[1]


def test_differences_are_those_of_the_published_examples() -> None:
    """Newcombe 1998, table II, method 10: 56/70 - 48/80 and 9/10 - 3/10."""
    assert difference((48, 80), (56, 70)) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert difference((3, 10), (9, 10))[1:] == pytest.approx((0.1705, 0.8090), abs=5e-5)


def test_entropy_is_an_effective_number() -> None:
    assert np.exp(entropy(np.full(8, 1 / 8))) == pytest.approx(8)
    assert entropy(np.array([1.0])) == 0.0


def test_softmax_takes_large_scores_and_a_temperature() -> None:
    scores = np.array([[1000.0, 1001.0], [0.0, 0.0]])
    assert softmax(scores)[0, 1] == pytest.approx(1 / (1 + np.exp(-1)))
    assert softmax(scores, 3.0)[0, 1] == pytest.approx(1 / (1 + np.exp(-3)))
    assert softmax(scores).sum(axis=1) == pytest.approx(1)


def test_total_variation_compares_shares() -> None:
    assert total_variation(np.array([500, 500]), np.array([90, 10])) == pytest.approx(0.4)
    assert total_variation(np.array([5, 0]), np.array([0, 9])) == 1.0
    assert total_variation(np.array([5, 0]), np.array([0, 0])) == 0.5
