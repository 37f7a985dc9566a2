"""What more rows would bring."""

from __future__ import annotations

import numpy as np
import pytest

from auditor.benchmark.draw import make_experiment
from auditor.benchmark.growth import Points, curve_at, expected_gains, fit, gain_from
from auditor.config.benchmark_settings import BenchmarkSettings
from tests.benchmark.toys import SINGLE, make_side, make_test

SIZES = np.array([125.0, 125.0, 250.0, 250.0, 500.0, 500.0, 750.0, 1_000.0])


def test_a_power_law_is_found_again() -> None:
    curve = fit(np.unique(SIZES), 0.1 + 0.2 * (np.unique(SIZES) / 1_000) ** -0.5, with_floor=True)
    assert curve == pytest.approx((0.2, 0.5, 0.1), abs=1e-6)
    assert curve_at(curve, 4_000) == pytest.approx(0.2)


def test_the_interval_holds_the_true_gain_and_grows_with_the_scatter() -> None:
    truth, rng = 0.3 * (SIZES / 1_000) ** -0.4, np.random.default_rng(0)
    widths = []
    for scatter in (0.002, 0.02):
        points = Points(SIZES, truth + rng.normal(0, scatter, (200, len(SIZES))) + rng.normal(0, scatter, len(SIZES)))
        gain = gain_from(points, 1_000, "rows", 1_000, 0.05, 0)
        assert gain.interval[0] <= 0.3 - 0.3 * 2**-0.4 <= gain.interval[1]
        assert (gain.rows, gain.cost) == (1_000, 50.0)
        widths.append(gain.interval[1] - gain.interval[0])
    assert widths[1] > 2 * widths[0]


def test_too_few_rows_give_no_curve() -> None:
    side = make_side("after", 240)
    experiment = make_experiment(SINGLE, [side, side], make_test(), BenchmarkSettings(), 0)
    assert expected_gains(SINGLE, experiment, SINGLE.truth(experiment), "en", None, 0) == ()


def test_the_linear_model_is_trained_on_subsets_and_both_gains_are_told() -> None:
    side = make_side("after", 900, noise=0.5)
    experiment = make_experiment(SINGLE, [side, side], make_test(), BenchmarkSettings(), 0)
    gains = expected_gains(SINGLE, experiment, SINGLE.baseline(experiment, side, "en"), "en", None, 0)
    assert [(gain.kind, gain.rows, gain.cost) for gain in gains] == [
        ("rows", 1_000, None),
        ("rows_per_class", 3_000, None),
    ]
    assert gains[0].interval[0] <= gains[0].value <= gains[0].interval[1]
