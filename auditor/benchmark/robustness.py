"""Robustness: perturb test rows, predict them with every training, and compare the sides on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from auditor.benchmark import tables
from auditor.benchmark.experiment import Experiment, row_keys
from auditor.benchmark.metrics import Scoring
from auditor.benchmark.noise import make_noise
from auditor.benchmark.runs import SeedRun
from auditor.benchmark.sides import Y
from auditor.core.benchmark_result import Comparison, Robustness

_NOISY = "noisy."
"""Prefix of the names of these predictions in `SeedRun.extra`."""


def with_noise(experiment: Experiment[str, Y], most: int, language: str, seed: int) -> Experiment[str, Y]:
    """The experiment with noisy versions of at most `most` sampled test rows; unchanged if `most` is 0."""
    if not most:
        return experiment
    test = experiment.test
    order = np.argsort(row_keys(test.row_ids, test.inputs, seed), kind="stable")
    return replace(experiment, noisy=make_noise(test.inputs, np.sort(order[:most]), language, seed))


def predict_noisy(
    experiment: Experiment[str, Y], predicted: Callable[[list[str]], np.ndarray]
) -> dict[str, np.ndarray]:
    """Predictions for the noisy rows by kind of noise, for `SeedRun.extra`."""
    noisy = {} if experiment.noisy is None else experiment.noisy.texts
    return {_NOISY + kind: predicted(texts) for kind, texts in noisy.items()}


def robustness(
    scoring: Scoring,
    experiment: Experiment[str, Y],
    truth: np.ndarray,
    before: Sequence[SeedRun],
    after: Sequence[SeedRun],
) -> Robustness | None:
    """The comparison on the same rows without noise and with each kind of noise; None without noisy rows."""
    noisy = experiment.noisy
    if noisy is None or len(noisy.rows) == 0:
        return None
    rows = noisy.rows

    def compare_on(predicted: Callable[[SeedRun], np.ndarray]) -> Comparison:
        first, last = (np.stack([predicted(run) for run in runs]) for runs in (before, after))
        return tables.comparison(scoring, truth[rows], first, last)

    kinds = {kind: compare_on(lambda run, key=_NOISY + kind: run.extra[key]) for kind in noisy.texts}  # type: ignore[misc]
    return Robustness(len(rows), compare_on(lambda run: run.predicted[rows]), **kinds)
