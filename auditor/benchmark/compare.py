"""Test whether two sides differ by more than chance.

Chance enters through the selection of the test rows and through the training seeds. Both sides are tested on the same
rows and trained with the same seeds, so differences are paired by row and by seed. The variance of the mean difference
follows the model of Obuchowski and Rockette for readers (here: seeds) who judge the same cases (here: rows),

    Var = S2 / seeds + Cov

where S2 is the variance of the difference between seeds, and Cov the covariance of the differences of two seeds over
resamples of the rows (paired bootstrap). With few seeds S2 may be close to 0 by chance; it is therefore at least the
part that the resampled rows alone explain. The interval uses Student's t with Hillis' degrees of freedom (Hillis 2007,
Statistics in Medicine 26:596), which are low if seeds are few and disagree; a plain bootstrap over three seeds would be
far too confident.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from auditor.benchmark.bounds import LEVEL
from auditor.benchmark.metrics import Scoring
from auditor.core.benchmark_result import Change, Outcome

RESAMPLES = 1_000
SAME = "No difference shown: both sides score the same with every seed and every resample of the test rows."
ONE_SEED = " With one seed the chance of training is not in the interval: give at least 3."
_CHUNK = 4_000_000
_NAMES = {
    "macro_f1": "macro-F1",
    "macro_f1_common": "macro-F1 of the classes with 20 test rows or more",
    "micro_f1": "micro-F1",
    "subset_accuracy": "rows with all labels right",
}
_METHOD = (
    "paired bootstrap over test rows, duplicates of each other drawn together, "
    "with seeds as a second random factor (Obuchowski-Rockette variance, "
    "Student's t with Hillis' degrees of freedom)"
)
_LOOKS = (
    "; seeds added one after another under group-sequential bounds (Lan and DeMets' spending of O'Brien and Fleming's "
    "form), so intervals hold at whichever seed it ended"
)


def method(scoring: Scoring, sequential: bool = False, folds: int = 1) -> str:
    """Description of the statistical method, for ``results.json``."""
    found = _METHOD + (_LOOKS if sequential else "")
    if folds > 1:
        found += f"; {folds} folds of test rows, each predicted by models that did not see it (cross-fitting)"
    return f"{found}; the verdict is on {scoring.deciding}" if len(scoring.compared) > 1 else found


@dataclass(frozen=True)
class Difference:
    """The difference after minus before of one metric."""

    value: float
    low: float
    high: float
    """95% interval."""
    p_value: float
    """Two-sided, scaled by 0.05 / level, so that it is below 0.05 exactly if the interval excludes 0."""
    detectable: float
    """The smallest true difference detectable with these test rows and seeds with a power of 80%."""
    smaller_is_better: bool = False
    spread: Spread | None = None
    """None if there is no variation at all."""

    @property
    def outcome(self) -> Outcome:
        """``no-difference`` if the interval contains 0."""
        if self.low <= 0.0 <= self.high:
            return "no-difference"
        return "better" if (self.value > 0) != self.smaller_is_better else "worse"


@dataclass(frozen=True)
class Spread:
    """Components of the variance of a mean difference over seeds.

    Attributes:
        shared: variance due to the test rows; it does not decrease with more seeds.
        per_seed: variance of a single seed; divided by the number of seeds for their mean.
        between: the part of `per_seed` that was measured between seeds, which costs degrees of freedom; 0 if the
            resampled rows alone explain more.
        seeds: number of seeds.
    """

    shared: float
    per_seed: float
    between: float
    seeds: int

    def variance(self, seeds: int | None = None) -> float:
        """Variance of the mean of `seeds` seeds; None: of the present ones."""
        return self.shared + self.per_seed / (seeds or self.seeds)

    @property
    def degrees(self) -> float:
        """Hillis' degrees of freedom; doubled if `per_seed` is the part explained by the resampled rows.

        That part is estimated well, but the absence of further variance is inferred from few seeds only: with unlimited
        degrees of freedom, 7% of comparisons of equal sides with three seeds would be significant
        (``benchmarks/power.py``).
        """
        if self.per_seed == 0.0 or self.seeds == 1:
            return float("inf")
        degrees = float((self.seeds - 1) * (self.variance() * self.seeds / self.per_seed) ** 2)
        return degrees if self.between else 2 * degrees


Scorer = Callable[[np.ndarray], np.ndarray]
"""Maps draws (resamples, rows), the multiplicity of each row in each resample, to scores (resamples, seeds)."""


def compare(
    scoring: Scoring,
    truth: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
    seed: int = 0,
    level: float = LEVEL,
    clusters: np.ndarray | None = None,
) -> dict[str, Difference]:
    """The difference in each compared metric of `scoring`.

    Args:
        scoring: the metrics.
        before, after: (seeds, rows, ...) predictions; the same seeds in the same order.
        seed: seed of the bootstrap.
        level: two-sided error level of each interval (`auditor.benchmark.bounds`).
        clusters: see `bootstrap_draws`.
    """
    return {
        name: difference(
            partial(metric, truth, before),
            partial(metric, truth, after),
            len(truth),
            seed,
            smaller_is_better=scoring.smaller_is_better,
            level=level,
            clusters=clusters,
        )
        for name, metric in scoring.compared.items()
    }


def difference(
    before: Scorer,
    after: Scorer,
    rows: int,
    seed: int,
    smaller_is_better: bool = False,
    level: float = LEVEL,
    clusters: np.ndarray | None = None,
) -> Difference:
    """The difference between two sides over `rows` test rows; for `clusters` see `bootstrap_draws`."""
    once = np.ones((1, rows))
    each = (after(once) - before(once))[0]
    rng, piece = np.random.default_rng(seed), max(1, _CHUNK // rows)
    parts = []
    for start in range(0, RESAMPLES, piece):  # in chunks, to limit memory
        draws = bootstrap_draws(rng, rows, min(piece, RESAMPLES - start), clusters)
        parts.append(after(draws) - before(draws))
    return difference_from_spread(
        float(each.mean()), estimate_spread(each, np.concatenate(parts)), smaller_is_better, level
    )


def bootstrap_draws(rng: np.random.Generator, rows: int, size: int, clusters: np.ndarray | None = None) -> np.ndarray:
    """float64 (size, rows): multiplicity of each test row in each bootstrap resample.

    Args:
        rng: random generator.
        rows: number of test rows.
        size: number of resamples.
        clusters: int64, duplicate cluster of each row. Whole clusters are drawn, since predictions for duplicates are
            dependent (Davison and Hinkley 1997, section 3.8); resamples then differ in size. None: rows are drawn.
    """
    if clusters is None:
        return rng.multinomial(rows, np.full(rows, 1 / rows), size=size).astype(np.float64)
    _, cluster = np.unique(clusters, return_inverse=True)
    number = int(cluster.max()) + 1
    drawn: np.ndarray = rng.multinomial(number, np.full(number, 1 / number), size=size).astype(np.float64)[:, cluster]
    return drawn


def estimate_spread(each: np.ndarray, resampled: np.ndarray) -> Spread:
    """Estimate the variance components from differences (seeds,) and their resamples (resamples, seeds)."""
    seeds = len(each)
    if seeds == 1:
        return Spread(float(resampled.var(ddof=1)), 0.0, 0.0, 1)
    covariance = np.cov(resampled, rowvar=False)
    shared = max(0.0, float((covariance.sum() - np.trace(covariance)) / (seeds * (seeds - 1))))
    unshared = float(np.trace(covariance)) / seeds - shared
    between = float(each.var(ddof=1))
    return Spread(shared, max(between, unshared), between if between > unshared else 0.0, seeds)


def difference_from_spread(
    value: float, spread: Spread, smaller_is_better: bool = False, level: float = LEVEL
) -> Difference:
    """Interval, p-value and power of a difference with a known variance, at a two-sided `level`."""
    from scipy.stats import t

    error, degrees = float(np.sqrt(spread.variance())), spread.degrees
    if error == 0.0:
        return Difference(value, value, value, 1.0 if value == 0 else 0.0, 0.0, smaller_is_better)
    half = float(t.ppf(1 - level / 2, degrees)) * error
    return Difference(
        value=value,
        low=value - half,
        high=value + half,
        p_value=min(1.0, float(2 * t.sf(abs(value) / error, degrees)) * LEVEL / level),
        detectable=half + float(t.ppf(0.8, degrees)) * error,
        smaller_is_better=smaller_is_better,
        spread=spread,
    )


def mcnemar(truth: np.ndarray, before: np.ndarray, after: np.ndarray) -> float:
    """Exact two-sided p-value of McNemar's test on the majority votes of predictions (seeds, rows)."""
    from scipy.stats import binomtest

    right_before, right_after = (majority(arm) == truth for arm in (before, after))
    lost, won = int((right_before & ~right_after).sum()), int((~right_before & right_after).sum())
    return float(binomtest(won, won + lost).pvalue) if won + lost else 1.0


def majority(predicted: np.ndarray) -> np.ndarray:
    """The class predicted by most seeds, (rows,); in case of a tie that of the earliest seed."""
    votes = (predicted[:, None, :] == predicted[None, :, :]).sum(1)
    winner: np.ndarray = predicted[votes.argmax(0), np.arange(predicted.shape[1])]
    return winner


def cohens_h(before: float, after: float) -> float:
    """Effect size of two shares (Cohen 1988): 0.2 is small, 0.5 medium, 0.8 large."""
    return float(2 * np.arcsin(np.sqrt(after)) - 2 * np.arcsin(np.sqrt(before)))


def verdict(differences: Mapping[str, Difference], scoring: Scoring) -> str:
    """The verdict as one English sentence."""
    deciding = differences[scoring.deciding]
    if all(item.value == item.low == item.high == 0.0 for item in differences.values()):
        return SAME
    change = f"{metric_in_words(scoring.deciding)} changed by {change_in_words(deciding, scoring)}"
    if deciding.outcome == "no-difference":
        return (
            f"No difference shown: {change}; a true change under {_amount(deciding.detectable, scoring)} "
            "cannot be relied on to show with these test rows and seeds."
        )
    others = [
        f"{metric_in_words(key)}: "
        + ("no difference shown" if other.outcome == "no-difference" else change_in_words(other, scoring))
        for key, other in differences.items()
        if key != scoring.deciding
    ]
    return f"{deciding.outcome.capitalize()} after: {'; '.join([change, *others])}."


def metric_in_words(metric: str) -> str:
    """The name of a metric in a sentence."""
    return _NAMES.get(metric, metric)


def _amount(size: float, scoring: Scoring) -> str:
    return f"{100 * size:.1f} points" if scoring.unit == "points" else f"{size:.3f}"


def change_in_words(difference: Difference | Change, scoring: Scoring) -> str:
    """A difference with its interval, such as ``+1.2 points (95% interval +0.3 to +2.1)``."""
    low, high = (difference.low, difference.high) if isinstance(difference, Difference) else difference.interval
    value = difference.value
    if scoring.unit == "points":
        return f"{100 * value:+.1f} points (95% interval {100 * low:+.1f} to {100 * high:+.1f})"
    return f"{value:+.3f} (95% interval {low:+.3f} to {high:+.3f})"
