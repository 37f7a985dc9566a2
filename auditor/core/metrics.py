"""Metrics and chart data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from auditor.rules import metric_specs

Status = Literal["pass", "warn", "fail", "info"]


@dataclass(frozen=True)
class Metric:
    """A measured value and its status."""

    name: str
    """Dotted, such as ``duplicates.rate``."""
    value: float | None
    unit: str
    """One of `auditor.rules.specs.Unit`."""
    status: Status = "info"
    threshold: float | None = None
    """The value above which the status is no longer ``pass``; None if the metric is not graded."""
    slice: str | None = None
    """Class, period or entity type that the value is about; None for the whole corpus."""
    low: float | None = None
    high: float | None = None
    """95% interval if the value is an estimate; `high` alone is an upper bound."""
    bounds: tuple[float, float, float, float] | None = None
    """Bounds of the grades A to D if the setting ``thresholds`` replaces the defaults."""


def measured(
    name: str,
    value: float | None,
    *,
    slice_: str | None = None,
    low: float | None = None,
    high: float | None = None,
    digits: int | None = 6,
) -> Metric:
    """The metric `name` with a value; unit and bounds come from its specification.

    Args:
        name: a metric declared in ``rules/checks`` or by a plugin.
        value: in the unit of the metric; None if it could not be measured.
        slice_: class, period or entity type that the value is about; such a metric is not graded.
        low, high: a 95% interval.
        digits: number of decimals to round to; None: no rounding.

    Raises:
        KeyError: no check declares the metric.
    """
    spec = metric_specs()[name]
    number = None if value is None else float(value)
    rounded = number if number is None or digits is None else round(number, digits)
    rule = spec.rule if slice_ is None else None
    if number is None or rule is None:
        return Metric(name, rounded, spec.unit, slice=slice_, low=low, high=high)
    return Metric(name, rounded, spec.unit, rule.status(number), rule.limit, low=low, high=high)


@dataclass(frozen=True)
class Figure:
    """Data of a chart, independent of its rendering."""

    kind: Literal["bar", "histogram", "line", "heatmap", "table"]
    title: str
    """Message key, such as ``figure.rows_per_class``."""
    labels: tuple[str, ...] = ()
    values: tuple[float, ...] = ()
    series: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """For ``line``, ``heatmap`` and ``table``: values per series name, one for each of `labels`."""
    total: float | None = None
    """For ``bar``: the total including omitted entries, used to show shares; None: no shares are shown."""
    omitted: int = 0
    """Number of omitted entries: bars in the middle, or columns of a heat map (explained by ``omitted.<title>``)."""
