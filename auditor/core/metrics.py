"""Measured numbers and chart data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from auditor.rules import metric_specs

Status = Literal["pass", "warn", "fail", "info"]


@dataclass(frozen=True)
class Metric:
    """One measured number with its judgement."""

    name: str
    """Dotted, such as ``duplicates.rate``."""
    value: float | None
    unit: str
    """One of `auditor.rules.specs.Unit`."""
    status: Status = "info"
    threshold: float | None = None
    """The value from which the status is no longer ``pass``; None where nothing is judged."""
    slice: str | None = None
    """Class, period or entity type the number is about; None for the whole corpus."""
    low: float | None = None
    high: float | None = None
    """A 95 % interval where the number is an estimate; `high` alone: an upper bound."""
    bounds: tuple[float, float, float, float] | None = None
    """Bounds of the grades A to D where the setting ``thresholds`` takes the place of the shipped ones."""


def measured(
    name: str,
    value: float | None,
    *,
    slice_: str | None = None,
    low: float | None = None,
    high: float | None = None,
    digits: int | None = 6,
) -> Metric:
    """The metric `name` with its value: the unit and the bounds it is judged by are those of its specification.

    Args:
        name: a metric of ``rules/checks``, or of an added check.
        value: in the unit of the metric; None where it could not be measured.
        slice_: class, period or entity type the value is about; such a metric is not judged.
        low, high: a 95 % interval.
        digits: decimals that are kept; None: all.

    Raises:
        KeyError: no check declares the metric.
    """
    spec = metric_specs()[name]
    number = None if value is None else float(value)
    kept = number if number is None or digits is None else round(number, digits)
    rule = spec.rule if slice_ is None else None
    if number is None or rule is None:
        return Metric(name, kept, spec.unit, slice=slice_, low=low, high=high)
    return Metric(name, kept, spec.unit, rule.status(number), rule.limit, low=low, high=high)


@dataclass(frozen=True)
class Figure:
    """Chart data, free of any markup."""

    kind: Literal["bar", "histogram", "line", "heatmap", "table"]
    title: str
    """Message key, such as ``figure.rows_per_class``."""
    labels: tuple[str, ...] = ()
    values: tuple[float, ...] = ()
    series: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """For ``line``, ``heatmap`` and ``table``: one row of values per name, along `labels`."""
    total: float | None = None
    """What the values of a bar figure are shares of, those of entries left out included; None: no share is shown."""
    omitted: int = 0
    """Entries left out: of bars, in the middle; of a heat map, columns (``omitted.<title>`` says which)."""
