"""Formatting of scores: shares in per cent and points, perplexities as numbers."""

from __future__ import annotations

from auditor.core.benchmark_result import Change
from auditor.report.excerpts import visible
from auditor.report.messages import Messages, share, signed_points

SHARES = ("accuracy", "micro_f1", "macro_f1", "macro_f1_common", "subset_accuracy", "entity_f1")


def metric_name(name: str, messages: Messages) -> str:
    """The display name of a metric, or its name if the catalogue does not have it."""
    key = f"benchmark.{name}"
    return messages.text(key) if messages.has(key) else visible(name.replace("_", " "))


def shown(name: str, value: float) -> str:
    """A score."""
    return share(value) if name in SHARES else f"{value:,.2f}"


def change(name: str, value: float, messages: Messages) -> str:
    """A difference with its sign."""
    return messages.text("points", n=signed_points(value)) if name in SHARES else f"{value:+,.2f}"


def amount(name: str, value: float, messages: Messages) -> str:
    """The size of a difference, without a sign."""
    return messages.text("points", n=f"{value * 100:.1f}") if name in SHARES else f"{value:,.2f}"


def change_interval(name: str, difference: Change, messages: Messages) -> str:
    """The interval of a difference."""
    low, high = (signed_points(v) if name in SHARES else f"{v:+,.2f}" for v in difference.interval)
    return messages.text("interval", low=low, high=high)


def padded(name: str, low: float, high: float) -> tuple[float, float]:
    """A padded axis range of at least two points, so that noise does not look like a large difference."""
    minimum = 0.02 if name in SHARES else 0.02 * (abs(high) or 1.0)
    padding = max((high - low) * 0.25, (minimum - (high - low)) / 2, 0.0)
    bottom = max(low - padding, 0.0) if low >= 0 else low - padding
    return bottom, min(high + padding, 1.0) if name in SHARES else high + padding
