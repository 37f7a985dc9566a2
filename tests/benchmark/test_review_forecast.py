"""What a review of the most suspicious labels would bring."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from auditor.benchmark.draw import make_experiment
from auditor.benchmark.review_forecast import suspicion
from auditor.benchmark.tasks.single_label import baseline_vectorizer
from auditor.config.benchmark_settings import BenchmarkSettings
from tests.benchmark.toys import SINGLE, make_side, make_test


def test_the_forecast_holds_what_putting_the_labels_right_brings() -> None:
    clean, noisy = make_side("after", 1_200), make_side("after", 1_200, noise=0.4)
    experiment = make_experiment(SINGLE, [noisy, noisy], make_test(), BenchmarkSettings(), 0)
    few, many = SINGLE.review_gains(experiment, "en", 0.2, 0)
    assert [(gain.kind, gain.rows, gain.cost) for gain in (few, many)] == [
        ("reviewed", 100, 20),
        ("reviewed", 500, 100),
    ]
    labels = np.array(noisy.targets)
    codes = np.unique(labels, return_inverse=True)[1]
    order = suspicion(baseline_vectorizer("en").fit_transform(noisy.inputs), codes, 0).order[:500]
    labels[order] = np.array(clean.targets)[order]
    experiment = make_experiment(
        SINGLE, [noisy, replace(noisy, targets=labels.tolist())], make_test(), BenchmarkSettings(), 0
    )
    truth = SINGLE.truth(experiment)
    before, after = (np.mean(SINGLE.baseline(experiment, side, "en") == truth) for side in experiment.sides)
    assert many.interval[0] <= after - before <= many.interval[1]
    assert many.value > few.value > 0


def test_clean_labels_promise_nothing() -> None:
    side = make_side("after", 1_200)
    experiment = make_experiment(SINGLE, [side, side], make_test(), BenchmarkSettings(), 0)
    for gain in SINGLE.review_gains(experiment, "en", None, 0):
        assert gain.interval[0] <= 0 <= gain.interval[1]
        assert abs(gain.value) < 0.01


def test_too_few_rows_give_no_forecast() -> None:
    side = make_side("after", 900)
    experiment = make_experiment(SINGLE, [side, side], make_test(), BenchmarkSettings(), 0)
    assert SINGLE.review_gains(experiment, "en", None, 0) == ()


@pytest.mark.parametrize("seed", range(3))
def test_wrong_labels_are_the_most_suspicious(seed: int) -> None:
    side = make_side("after", 600, seed=seed + 1)
    right = np.unique(side.targets, return_inverse=True)[1]
    wrong = right.copy()
    chosen = np.random.default_rng(seed).permutation(600)[:30]
    wrong[chosen] = (wrong[chosen] + 1) % 3
    found = suspicion(baseline_vectorizer("en").fit_transform(side.inputs), wrong, seed)
    assert len(np.intersect1d(found.order[:30], chosen)) >= 28
    assert 15 <= found.errors <= 45  # confident learning counts roughly
