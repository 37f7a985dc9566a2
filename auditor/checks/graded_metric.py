"""A number and its threshold to a metric."""

from __future__ import annotations

from auditor.core.metrics import Metric
from auditor.rules import thresholds


def judged(name: str, value: float, unit: str) -> Metric:
    """The metric `name`, judged by ``rules/thresholds.yaml``."""
    rule = thresholds()[name]
    return Metric(name, round(float(value), 6), unit, rule.status(value), rule.bounds[1])


def stated(name: str, value: float | None, unit: str, slice_: str | None = None) -> Metric:
    """The metric `name`, reported and not judged."""
    return Metric(name, None if value is None else round(float(value), 6), unit, slice=slice_)
