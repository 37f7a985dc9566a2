"""Limits for later batches, derived from a run: one per graded metric, with allowance for sampling error."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

from auditor.core.audit import Audit
from auditor.core.metrics import Metric
from auditor.core.results import Completed
from auditor.rules import thresholds
from auditor.stats import Z95, wilson

_SLACK = 0.25
"""Relative allowance for metrics without a known variance between batches."""
_DIGITS = 3


@dataclass(frozen=True)
class Limit:
    """The largest allowed value of a metric.

    Attributes:
        name: name of the metric.
        value: its value in the run.
        most: the limit.
    """

    name: str
    value: float
    most: float


def contract(audit: Audit, rows: int | None = None) -> list[Limit]:
    """A limit for each graded metric that the run measured.

    The limit of a share is the upper end of its 95 % score interval (Wilson 1927) with the variances of both batches,
    so that a batch of equal quality stays below it 39 times out of 40. The limit of another metric is the upper end of
    its interval, or 25 % above its value, whichever is larger.

    Args:
        audit: of the reference run.
        rows: number of rows of a later batch; None: as many as in the reference run.
    """
    read = max(1, audit.corpus.rows_read - audit.corpus.rows_rejected)
    judged = thresholds()
    found = [
        metric
        for result in audit.results.values()
        if isinstance(result, Completed)
        for metric in result.metrics
        if metric.slice is None and metric.name in judged and metric.value is not None
    ]
    return [Limit(m.name, float(m.value or 0.0), _limit_value(m, read, rows or read)) for m in found]


def _limit_value(metric: Metric, read: int, rows: int) -> float:
    value = float(metric.value or 0.0)
    if metric.unit == "share":
        effective = max(1, round(1 / (1 / read + 1 / rows)))  # the variances of both batches add up
        bound = max(wilson(value * effective, effective, Z95)[1], metric.high or 0.0)
        return min(1.0, _round_up(bound))
    return _round_up(max(metric.high or 0.0, value + _SLACK * abs(value)))


def _round_up(value: float) -> float:
    """The value rounded up to three significant digits."""
    if value <= 0.0:
        return 0.0
    step = 10.0 ** (floor(log10(value)) - _DIGITS + 1)
    return float(f"{ceil(value / step - 1e-9) * step:.12g}")
