"""The outcome of a comparison with one metric: tagging and language modelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.benchmark import tables
from auditor.benchmark.compare import METHOD, ONE_SEED, SAME, Difference
from auditor.benchmark.result import SPEED_REFERENCE


@dataclass(frozen=True)
class ScoredResult:
    """Both arms' scores by one metric.

    Attributes:
        before, after: one score a seed.
        rows: rows used, by arm and ``test``.
    """

    task: str
    model: str
    seeds: tuple[int, ...]
    metric: str
    before: tuple[float, ...]
    after: tuple[float, ...]
    difference: Difference
    rows: Mapping[str, int]
    steps: int
    baseline: tuple[float, float] | None = None
    """Scores of a linear model on both arms, where there is one for the task."""
    speeds: Mapping[str, float] = field(default_factory=dict)
    """Training examples per second by arm; for the manifest."""
    stopped: BaseException | None = None

    def to_json(self) -> dict[str, Any]:
        """``benchmark/results.json``."""
        return {
            "task": self.task,
            "model": self.model,
            "seeds": list(self.seeds),
            "complete": self.stopped is None,
            "before": tables.scores({self.metric: self.before}),
            "after": tables.scores({self.metric: self.after}),
            "difference": {self.metric: tables.difference(self.difference)},
            "p_value": tables.rounded(self.difference.p_value),
            "method": METHOD.partition(";")[0],
            "verdict": self.verdict(),
            "outcome": self.difference.outcome,
            "baseline": None
            if self.baseline is None
            else {
                side: tables.scores({self.metric: (value,)})
                for side, value in zip(("before", "after"), self.baseline, strict=True)
            },
            "rows": {"used": dict(self.rows)},
            "budget": {"steps": self.steps},
            "examples_per_second": SPEED_REFERENCE,
        }

    def predictions(self) -> None:
        """None: these tasks have no single answer a row."""

    def raise_if_stopped(self) -> None:
        """Raise what ended the benchmark early."""
        if self.stopped is not None:
            raise self.stopped

    def verdict(self) -> str:
        """What the figures say, in one plain sentence."""
        one = self.difference
        if one.value == one.low == one.high == 0.0:
            nothing = " Neither side found anything: raise benchmark.epochs or give more rows."
            return SAME + (nothing if not any((*self.before, *self.after)) else "")
        change = f"{self.metric} changed by {one.value:+.3f} (95 % interval {one.low:+.3f} to {one.high:+.3f})"
        if one.outcome == "no-difference":
            said = f"No difference shown: {change}; a true change under {one.detectable:.3f} may go unseen."
        else:
            said = f"{one.outcome.capitalize()} after: {change}."
        return said + (ONE_SEED if len(self.seeds) == 1 else "")


def speeds(seconds: Mapping[str, Sequence[float]], rows: int) -> dict[str, float]:
    """Training examples per second by arm.

    Args:
        seconds: each training's, by arm; none of those that were kept from an earlier run.
        rows: seen in a training.
    """
    return {arm: rows * len(each) / sum(each) for arm, each in seconds.items() if each}
