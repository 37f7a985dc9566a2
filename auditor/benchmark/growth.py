"""Expected gains from more rows, extrapolated from the learning curve of the linear model.

The linear model is trained on subsets of the prepared rows of several sizes. Its error is modelled as an inverse power
law in the number of rows, ``error(n) = c + a n^-b`` (Hestness et al. 2017; Viering and Loog 2021, who found that it
fits most learning curves). Each replicate resamples the test rows (equally for all sizes), selects one training of each
size, fits with ``c`` free or with ``c = 0``, which extrapolate differently, and adds the variation of a single
training. The interval is the central 95% of the replicates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.benchmark import tables
from auditor.benchmark.compare import bootstrap_draws
from auditor.benchmark.experiment import Experiment
from auditor.benchmark.linear import out_of_fold
from auditor.benchmark.sides import Side, X, Y
from auditor.benchmark.tasks.base import Task
from auditor.core.benchmark_result import Gain, GainKind

MORE = 1_000
"""Number of additional rows considered: in total, and per class."""
_SHARES = ((0.125, 2), (0.25, 2), (0.5, 2), (0.75, 1))
"""Relative sizes of the subsets, and number of subsets of each size."""
_REPLICATES = 200
_SMALLEST = 100
"""Smallest size of a subset, in rows."""


@dataclass(frozen=True)
class Points:
    """A measured learning curve.

    Attributes:
        sizes: number of training rows of each training.
        errors: (replicates, trainings), one minus the score on each resample of the test rows.
    """

    sizes: np.ndarray
    errors: np.ndarray


def expected_gains(
    task: Task[X, Y],
    experiment: Experiment[X, Y],
    whole: np.ndarray,
    language: str,
    price: float | None,
    seed: int,
) -> tuple[Gain, ...]:
    """Expected gains in the deciding metric of the linear model; empty if there are too few rows.

    Args:
        whole: predictions of the test rows by the linear model trained on all rows of the last side.
        price: price per label; None: unknown.
    """
    side = experiment.sides[-1]
    if task.scoring.smaller_is_better or len(side) * _SHARES[0][0] < _SMALLEST:
        return ()
    points = measure(task, experiment, side, whole, language, seed)
    wanted: list[tuple[GainKind, int]] = [("rows", MORE), ("rows_per_class", MORE * experiment.trained_labels)]
    return tuple(gain_from(points, len(side), kind, rows, price, seed) for kind, rows in wanted)


def measure(
    task: Task[X, Y], experiment: Experiment[X, Y], side: Side[X, Y], whole: np.ndarray, language: str, seed: int
) -> Points:
    """Train the linear model on random subsets of `side`; `whole` are its predictions when trained on all of it."""
    rng, rows = np.random.default_rng(seed), len(side)
    sizes, predicted = [], []
    for share, times in _SHARES:
        for _ in range(times):
            drawn = np.sort(rng.permutation(rows)[: round(share * rows)])
            guesses = out_of_fold(task, experiment, side.take(drawn), language)
            if guesses is not None:
                sizes.append(len(drawn))
                predicted.append(guesses)
    truth = task.truth(experiment)
    draws = bootstrap_draws(rng, len(truth), _REPLICATES, experiment.test.clusters)
    scoring = task.scoring_for(experiment)
    metric = scoring.compared[scoring.deciding]
    errors = 1.0 - metric(truth, np.stack([*predicted, whole]), draws)
    return Points(np.array([*sizes, rows], np.float64), errors)


def gain_from(points: Points, rows: int, kind: GainKind, more: int, price: float | None, seed: int) -> Gain:
    """The expected gain from `more` rows in addition to `rows`."""
    rng = np.random.default_rng(seed)
    sizes = np.unique(points.sizes)
    gains = []
    scatter = _scatter(points)
    for number, errors in enumerate(points.errors):
        chosen = np.array([rng.choice(errors[points.sizes == size]) for size in sizes])
        curve = fit(sizes, chosen, with_floor=number % 2 == 0)
        gain = curve_at(curve, rows) - curve_at(curve, rows + more)
        gains.append(gain + rng.normal(0.0, scatter * np.sqrt(2 * more / (rows + more))))
    low, high = np.quantile(gains, [0.025, 0.975])
    return _gain(kind, more, float(np.median(gains)), float(low), float(high), price)


Curve = tuple[float, float, float]
"""Parameters a, b and c of ``c + a n^-b``, with n in thousands of rows."""


def fit(sizes: np.ndarray, errors: np.ndarray, with_floor: bool) -> Curve:
    """Least squares: the exponent on a grid, the non-negative coefficients in closed form (Lawson and Hanson 1974)."""
    from scipy.optimize import nnls

    best, found = np.inf, (0.0, 0.0, float(errors.mean()))
    weights = np.sqrt(sizes / sizes.max())
    for exponent in np.linspace(0.05, 1.5, 30):
        columns = [(sizes / 1_000) ** -exponent, *([np.ones(len(sizes))] if with_floor else [])]
        solved, residual = nnls(np.stack(columns, axis=1) * weights[:, None], errors * weights)
        if residual < best:
            best = float(residual)
            found = (float(solved[0]), float(exponent), float(solved[1]) if with_floor else 0.0)
    return found


def curve_at(curve: Curve, rows: float) -> float:
    """The error with `rows` training rows."""
    a, b, c = curve
    return float(c + a * (rows / 1_000) ** -b)


def _scatter(points: Points) -> float:
    """Standard deviation of the error of a single training, estimated from pairs of equal size."""
    means = points.errors.mean(axis=0)
    pairs = [means[points.sizes == size] for size in np.unique(points.sizes)]
    varied = [pair.var(ddof=1) for pair in pairs if len(pair) > 1]
    return float(np.sqrt(np.mean(varied))) if varied else 0.0


def _gain(kind: GainKind, rows: int, value: float, low: float, high: float, price: float | None) -> Gain:
    cost = None if price is None else tables.rounded(price * rows)
    return Gain(kind, rows, tables.rounded(value), (tables.rounded(low), tables.rounded(high)), cost)
