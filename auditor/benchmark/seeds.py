"""How many seeds: added one after another until the verdict is clear, exact enough, or the budget is spent.

After three seeds, and after each further one, the deciding difference is looked at with a level of
`auditor.benchmark.bounds`. The largest information is that of all seeds the budget has time for, or that of an
interval as narrow as ``benchmark.resolution``, whichever is less (information-based design, Mehta and Tsiatis 2001,
Drug Information Journal 35:1095): neither depends on the difference itself, so ending there costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Generic

import numpy as np

from auditor.benchmark.bounds import LEVEL, nominal_levels
from auditor.benchmark.compare import Difference, Spread, difference, from_spread
from auditor.benchmark.experiment import Experiment
from auditor.benchmark.metrics import Scoring
from auditor.benchmark.runs import SeedRun
from auditor.benchmark.sides import X, Y
from auditor.benchmark.tasks.base import Task
from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.core.benchmark_result import Look, SeedDesign, StopReason
from auditor.models.distributed import first_says

FEWEST, MOST = 3, 50
"""Seeds of the sequential design."""
_WORTH_IT = 0.95
"""Seeds end where all that the budget still allows would leave more than this of the interval's width."""
_NOT_LAST = 0.98
"""Most information of a look that is not the last."""


@dataclass
class SeedRule(Generic[X, Y]):
    """Says after each seed whether there is another.

    Attributes:
        seconds: of a seed on all sides, as estimated; 0: unknown. Measured ones take its place.
        clock: in seconds.
    """

    task: Task[X, Y]
    experiment: Experiment[X, Y]
    options: BenchmarkSettings
    seconds: float = 0.0
    clock: Callable[[], float] = time.monotonic
    looks: list[Look] = field(default_factory=list)
    reason: StopReason | None = None
    _scoring: Scoring = field(init=False)
    _begun: float = field(init=False)
    _spread: Spread | None = field(init=False, default=None)
    _resolution: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self._scoring = self.task.scoring_for(self.experiment)
        self._begun = self.clock()

    @property
    def planned(self) -> int:
        """Seeds that are expected; all the budget has time for, unless the verdict is clear earlier."""
        if self.options.seeds is not None:
            return self.options.seeds
        return int(np.clip(self._left() // self.seconds, FEWEST, MOST)) if self.seconds else FEWEST

    @property
    def level(self) -> float:
        """Two-sided error of the intervals at the last look."""
        return self.looks[-1].level if self.looks else LEVEL

    def measured(self, seconds: float) -> None:
        """A seed took so long on all sides."""
        self.seconds = seconds

    def goes_on(self, runs: Sequence[SeedRun]) -> bool:
        """Whether another seed is trained after `runs`, in which every seed has all sides."""
        seeds = len({run.seed for run in runs})
        if self.options.seeds is not None:
            if seeds >= self.options.seeds:
                self.reason = "fixed"
            return self.reason is None
        if seeds < FEWEST:
            return True
        affordable = min(MOST, seeds + int(self._left() // self.seconds)) if self.seconds else MOST
        self.reason = self._look(runs, seeds, max(seeds, first_says(affordable)))
        return self.reason is None

    def interrupt(self, runs: Sequence[SeedRun]) -> None:
        """Seeds ended for another reason: what was not spent of the error is spent now."""
        seeds = len({run.seed for run in runs})
        if self.options.seeds is None and seeds > 1 and self.reason is None:
            if self.looks and self.looks[-1].seeds == seeds:
                self.looks.pop()
            self._look(runs, seeds, seeds)
        self.reason = "interrupted"

    def design(self) -> SeedDesign:
        """For the result."""
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
        return max(0.0, self.options.budget_seconds() - (self.clock() - self._begun))

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
        elif least > _WORTH_IT * half:
            last = "rows"
        most = max(spread.variance(affordable), (self._resolution / 1.96) ** 2)
        share = 1.0 if last else min(_NOT_LAST, most / spread.variance())
        shares = [look.information for look in self.looks]
        level = nominal_levels([*shares, share])[-1]
        judged = from_spread(found.value, spread, found.smaller_is_better, level)
        self._note(seeds, judged, level, share)
        return "decided" if judged.outcome != "no-difference" else last

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
        """Half-width that so many seeds may be expected to give."""
        return from_spread(0.0, replace(spread, seeds=seeds)).high

    def _rows_needed(self) -> int | None:
        rows, spread = len(self.experiment.test), self._spread
        if spread is None or 1.96 * np.sqrt(spread.shared) <= self._resolution:
            return None
        needed = rows * spread.shared * (1.96 / self._resolution) ** 2
        return int(np.ceil(needed / 100) * 100)
