"""What later batches must keep to, learnt from a run: a limit per judged metric, as wide as chance makes it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

from auditor.core.audit import Audit
from auditor.core.metrics import Metric
from auditor.core.results import Completed
from auditor.rules import thresholds
from auditor.stats import Z95, wilson

_SLACK = 0.25
"""Of the value, for numbers whose scatter from batch to batch nothing tells."""
_DIGITS = 3


@dataclass(frozen=True)
class Limit:
    """The largest value that a metric may have.

    Attributes:
        name: of the metric.
        value: in the run.
        most: the limit.
    """

    name: str
    value: float
    most: float


def contract(audit: Audit, rows: int | None = None) -> list[Limit]:
    """A limit for each judged metric that the run measured.

    A share may be as large as that of another batch of the same quality would be 39 times out of 40: its score interval
    (Wilson 1927) with the variances of both batches. Other numbers may reach the end of their interval, or be a quarter
    larger where they have none.

    Args:
        audit: of the run to learn from.
        rows: of a later batch; None: as many as the run has.
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
    return [Limit(m.name, float(m.value or 0.0), _most(m, read, rows or read)) for m in found]


def _most(metric: Metric, read: int, rows: int) -> float:
    value = float(metric.value or 0.0)
    if metric.unit == "share":
        effective = max(1, round(1 / (1 / read + 1 / rows)))  # the variances of both batches add up
        bound = max(wilson(value * effective, effective, Z95)[1], metric.high or 0.0)
        return min(1.0, _rounded_up(bound))
    return _rounded_up(max(metric.high or 0.0, value + _SLACK * abs(value)))


def _rounded_up(value: float) -> float:
    """To three digits, never below the value."""
    if value <= 0.0:
        return 0.0
    step = 10.0 ** (floor(log10(value)) - _DIGITS + 1)
    return float(f"{ceil(value / step - 1e-9) * step:.12g}")
