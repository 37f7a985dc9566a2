"""The outcome of a comparison with one metric: tagging and language modelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auditor.benchmark import tables
from auditor.benchmark.compare import METHOD, Difference
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

    def to_json(self) -> dict[str, Any]:
        """``benchmark/results.json``."""
        return {
            "task": self.task,
            "model": self.model,
            "seeds": list(self.seeds),
            "before": tables.scores({self.metric: self.before}),
            "after": tables.scores({self.metric: self.after}),
            "difference": {self.metric: tables.difference(self.difference)},
            "p_value": tables.rounded(self.difference.p_value),
            "method": METHOD.partition(";")[0],
            "verdict": self.verdict(),
            "outcome": self.difference.outcome,
            "rows": dict(self.rows),
            "budget": {"steps": self.steps},
            "examples_per_second": SPEED_REFERENCE,
        }

    def verdict(self) -> str:
        """What the figures say, in one plain sentence."""
        one = self.difference
        change = f"{self.metric} changed by {one.value:+.3f} (95 % interval {one.low:+.3f} to {one.high:+.3f})"
        if one.outcome == "no-difference":
            return f"No difference shown: {change}; a true change under {one.detectable:.3f} may go unseen."
        return f"{one.outcome.capitalize()} after: {change}."
