"""Sequential choice of the number of seeds: until the verdict is clear, precise enough, or the budget is used up.

After three seeds and after each further one, the deciding difference is tested at a level from
`auditor.benchmark.bounds`. The maximal information is that of all seeds that fit into the budget, or that of an
interval as narrow as ``benchmark.resolution``, whichever is less (information-based design, Mehta and Tsiatis 2001,
Drug Information Journal 35:1095). Neither depends on the difference itself, so stopping there does not affect the error
rate.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Generic

import numpy as np

from auditor.benchmark.bounds import LEVEL, nominal_levels
from auditor.benchmark.compare import Difference, Spread, difference, difference_from_spread
from auditor.benchmark.experiment import Experiment
from auditor.benchmark.metrics import Scoring
from auditor.benchmark.runs import SeedRun
from auditor.benchmark.sides import X, Y
from auditor.benchmark.tasks.base import Task
from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.core.benchmark_result import Look, SeedDesign, StopReason
from auditor.models.distributed import broadcast_from_first

MIN_SEEDS, MAX_SEEDS = 3, 50
"""Smallest and largest number of seeds of the sequential design."""
_MIN_REDUCTION = 0.95
"""No more seeds are added if all that fit into the budget would leave more than this share of the interval's width."""
_MAX_INTERIM = 0.98
"""Maximum information fraction of a look that is not the last."""


@dataclass
class SeedRule(Generic[X, Y]):
    """Decides after each seed whether to train another.

    Attributes:
        task, experiment, options: what is compared, and the settings.
        seconds: duration of a seed on all sides, estimated or measured; 0: unknown.
        clock: returns the time in seconds.
        looks: the interim looks so far.
        reason: why no more seeds are trained; None as long as they are.
    """

    task: Task[X, Y]
    experiment: Experiment[X, Y]
    options: BenchmarkSettings
    seconds: float = 0.0
    clock: Callable[[], float] = time.monotonic
    looks: list[Look] = field(default_factory=list)
    reason: StopReason | None = None
    _scoring: Scoring = field(init=False)
    _started: float = field(init=False)
    _spread: Spread | None = field(init=False, default=None)
    _resolution: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._scoring = self.task.scoring_for(self.experiment)
        self._started = self.clock()

    @property
    def planned(self) -> int:
        """The expected number of seeds: all that fit into the budget."""
        if self.options.seeds is not None:
            return self.options.seeds
        return int(np.clip(self._left() // self.seconds, MIN_SEEDS, MAX_SEEDS)) if self.seconds else MIN_SEEDS

    @property
    def level(self) -> float:
        """Two-sided error level of the intervals at the last look."""
        return self.looks[-1].level if self.looks else LEVEL

    def measured(self, seconds: float) -> None:
        """Record the measured duration of a seed on all sides."""
        self.seconds = seconds

    def should_continue(self, runs: Sequence[SeedRun]) -> bool:
        """Whether to train another seed after `runs`, in which every seed has all sides."""
        seeds = len({run.seed for run in runs})
        if self.options.seeds is not None:
            if seeds >= self.options.seeds:
                self.reason = "fixed"
            return self.reason is None
        if seeds < MIN_SEEDS:
            return True
        affordable = min(MAX_SEEDS, seeds + int(self._left() // self.seconds)) if self.seconds else MAX_SEEDS
        self.reason = self._look(runs, seeds, max(seeds, broadcast_from_first(affordable)))
        return self.reason is None

    def interrupt(self, runs: Sequence[SeedRun]) -> None:
        """Record an interruption; the remaining error is spent on a final look."""
        seeds = len({run.seed for run in runs})
        if self.options.seeds is None and seeds > 1 and self.reason is None:
            if self.looks and self.looks[-1].seeds == seeds:
                self.looks.pop()
            self._look(runs, seeds, seeds)
        self.reason = "interrupted"

    def design(self) -> SeedDesign:
        """The design, for the result."""
        reason = self.reason or "fixed"
        if self.options.seeds is not None:
            return SeedDesign(reason, self._scoring.deciding)
        return SeedDesign(
            stopped_by=reason,
            deciding=self._scoring.deciding,
            looks=tuple(self.looks),
            budget_seconds=self.options.budget_seconds(),
            resolution=round(self._resolution, 6),
            test_rows_needed=self._rows_needed(),
        )

    def _left(self) -> float:
        return max(0.0, self.options.budget_seconds() - (self.clock() - self._started))

    def _look(self, runs: Sequence[SeedRun], seeds: int, affordable: int) -> StopReason | None:
        found = self._difference(runs)
        spread = self._spread = found.spread
        if spread is None:
            self._note(seeds, found, LEVEL, 1.0)
            return "resolved"
        half, least = (found.high - found.low) / 2, self._half(spread, affordable)
        is_resolved = half <= self._resolution
        last: StopReason | None = None
        if is_resolved:
            last = "resolved"
        elif affordable == seeds:
            last = "budget"
        elif least > _MIN_REDUCTION * half:
            last = "rows"
        most = max(spread.variance(affordable), (self._resolution / 1.96) ** 2)
        share = 1.0 if last else min(_MAX_INTERIM, most / spread.variance())
        shares = [look.information for look in self.looks]
        level = nominal_levels([*shares, share])[-1]
        tested = difference_from_spread(found.value, spread, found.smaller_is_better, level)
        self._note(seeds, tested, level, share)
        return "decided" if tested.outcome != "no-difference" else last

    def _note(self, seeds: int, found: Difference, level: float, share: float) -> None:
        low, high = round(found.low, 6), round(found.high, 6)
        self.looks.append(Look(seeds, round(found.value, 6), (low, high), round(level, 6), round(share, 6)))

    def _difference(self, runs: Sequence[SeedRun]) -> Difference:
        scoring, truth = self._scoring, self.task.truth(self.experiment)
        metric = scoring.compared[scoring.deciding]
        first, last = (
            np.stack([run.predicted for run in runs if run.side == side.name])
            for side in (self.experiment.sides[0], self.experiment.sides[-1])
        )
        score = float(metric(truth, first, np.ones((1, len(truth)))).mean())
        scale = 1.0 if scoring.unit == "points" else abs(score)
        self._resolution = self.options.resolution / 100 * scale
        arms = partial(metric, truth, first), partial(metric, truth, last)
        clusters = self.experiment.test.clusters
        return difference(*arms, len(truth), 0, scoring.smaller_is_better, clusters=clusters)

    def _half(self, spread: Spread, seeds: int) -> float:
        """Expected half-width of the interval with a number of seeds."""
        return difference_from_spread(0.0, replace(spread, seeds=seeds)).high

    def _rows_needed(self) -> int | None:
        rows, spread = len(self.experiment.test), self._spread
        if spread is None or 1.96 * np.sqrt(spread.shared) <= self._resolution:
            return None
        needed = rows * spread.shared * (1.96 / self._resolution) ** 2
        return int(np.ceil(needed / 100) * 100)
