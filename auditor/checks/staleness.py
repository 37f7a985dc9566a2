"""Staleness: how old the rows are, where dates are broken, and whether the language has moved on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.checks.drift import Drift, measure_drift
from auditor.checks.judge import judged, stated
from auditor.corpus.corpus import Corpus
from auditor.findings import CheckResult, Completed, Figure, Metric, Skipped, findings, merge_findings
from auditor.rules import thresholds
from auditor.text.dates import MISSING, OK, PLACEHOLDER, UNREADABLE, Dates, parse_dates

_YEAR = 365.0
_TOP_CLASSES = 5
_MAX_MONTHS = 72


class StalenessCheck(Check):
    """Works on the date column; the as-of date is a setting and recorded."""

    prefix = "STL"
    dimension = "staleness"
    requires = ("text", "date")
    roles = ("date", "label")

    def finish(self, partials: Sequence[Any], corpus: Corpus, shared: Shared) -> CheckResult:
        """STL001 old, STL002 impossible, STL003 future, STL004 missing, STL005 drift, STL006 placeholder."""
        column = corpus.role("date")
        assert column is not None
        dates = parse_dates(column, self.settings.staleness.date_format)
        if not (dates.status == OK).any():
            return Skipped(f"no date in column {corpus.roles.date!r} can be read")
        as_of = self.settings.staleness.as_of or datetime.now(UTC).date()
        today = (as_of - date(1970, 1, 1)).days
        future = (dates.status == OK) & (dates.days > today + 1)
        outlying = (dates.status == OK) & ~future & _outlying(dates.days, (dates.status == OK) & ~future)
        sound = (dates.status == OK) & ~future & ~outlying
        age = np.where(sound, today - dates.days, np.nan)
        limit = self.settings.staleness.max_age_days()
        old = sound & (age > limit)
        impossible = outlying | (dates.status == UNREADABLE)
        placeholder, missing = dates.status == PLACEHOLDER, dates.status == MISSING
        rows = len(corpus)
        tables = [
            _rows("STL001", "info", old, corpus, score=age),
            _rows("STL002", "fail", impossible, corpus, value=_years(dates)),
            _rows("STL003", "fail", future, corpus, value=_years(dates)),
            _rows("STL004", "warn", missing, corpus),
            _rows("STL006", "fail", placeholder, corpus, value=_years(dates)),
        ]
        metrics: list[Metric] = [
            judged("staleness.old_rate", old.sum() / max(int(sound.sum()), 1), "share"),
            judged("staleness.broken_rate", float((impossible | future | placeholder).mean()), "share"),
            stated("staleness.missing_rate", missing.sum() / rows, "share"),
            stated("staleness.future_rate", future.sum() / rows, "share"),
            stated("staleness.median_age", float(np.nanmedian(age)) if sound.any() else None, "days"),
        ]
        drift = self._drift(corpus, dates, sound, shared)
        figures = [_timeline(corpus, dates, sound)]
        notes = [f"note.as_of|{as_of.isoformat()}|{self.settings.staleness.max_age}"]
        if drift is None:
            notes.append("note.drift_skipped")
        else:
            metrics += _drift_metrics(drift)
            moved = thresholds()["staleness.drift_auc"].status(drift.auc) != "pass" and drift.low > drift.null
            if moved:
                tables.append(
                    findings(
                        "STL005",
                        "warn",
                        [None],
                        column=corpus.roles.date,
                        score=drift.auc,
                        confidence=0.95,
                        value=f"AUC {drift.auc:.2f}",
                    )
                )
            words = drift.risen + drift.fallen
            figures.append(
                Figure("bar", "figure.shifted_words", tuple(w for w, _ in words), tuple(z for _, z in words))
            )
        ages = pa.array(np.floor(np.nan_to_num(age)), pa.int32(), mask=np.isnan(age))
        return Completed(tuple(metrics), merge_findings(tables), tuple(figures), tuple(notes), {"age_days": ages})

    def _drift(self, corpus: Corpus, dates: Dates, sound: np.ndarray, shared: Shared) -> Drift | None:
        """First third of the soundly dated rows against the last."""
        at = np.flatnonzero(sound)
        at = at[np.argsort(dates.days[at], kind="stable")]
        third = len(at) // 3
        first, last = at[:third], at[len(at) - third :]
        groups = shared.clusters.groups() if shared.clusters is not None else np.arange(len(corpus))
        return measure_drift(
            [corpus.texts[i] for i in first],
            [corpus.texts[i] for i in last],
            groups[first],
            groups[last],
            self.language,
            self.settings.seed,
        )


def _drift_metrics(drift: Drift) -> list[Metric]:
    judged_auc = judged("staleness.drift_auc", drift.auc, "auc")
    return [
        Metric(
            judged_auc.name,
            judged_auc.value,
            "auc",
            judged_auc.status,
            judged_auc.threshold,
            low=round(drift.low, 4),
            high=round(drift.high, 4),
        ),
        stated("staleness.drift_null", drift.null, "auc"),
    ]


def _outlying(days: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Dates before the 1st or after the 99th percentile by more than the span between them (at least a year)."""
    if not usable.any():
        return np.zeros(len(days), bool)
    low, high = np.quantile(days[usable], [0.01, 0.99])
    margin = max(high - low, _YEAR)
    return np.asarray((days < low - margin) | (days > high + margin))


def _years(dates: Dates) -> list[str]:
    """The year of each date as text, ``unreadable`` where there is none."""
    years = np.floor(1970 + np.nan_to_num(dates.days, nan=0.0) / 365.2425).astype(int)
    return ["unreadable" if np.isnan(day) else str(year) for day, year in zip(dates.days, years, strict=True)]


def _rows(
    code: str,
    severity: Any,
    hit: np.ndarray,
    corpus: Corpus,
    score: np.ndarray | None = None,
    value: list[str] | None = None,
) -> pa.Table:
    at = np.flatnonzero(hit)
    return findings(
        code,
        severity,
        corpus.row_id[at],
        column=corpus.roles.date,
        confidence=1.0,
        score=None if score is None else score[at],
        value=None if value is None else [value[i] for i in at],
    )


def _timeline(corpus: Corpus, dates: Dates, sound: np.ndarray) -> Figure:
    """Rows per month (per year where that is more than six years) of the most frequent classes."""
    at = np.flatnonzero(sound)
    stamps = (dates.days[at] * 86_400).astype("datetime64[s]")
    months = stamps.astype("datetime64[M]")
    span = (months.max() - months.min()).astype(int) + 1 if len(at) else 0
    unit = "M" if span <= _MAX_MONTHS else "Y"
    periods = stamps.astype(f"datetime64[{unit}]")
    axis = np.arange(periods.min(), periods.max() + 1) if len(at) else periods
    labels: list[str | None] = corpus.labels or [None] * len(corpus)
    own = np.array([labels[i] or "" for i in at], dtype=object)
    names = [name for name, _ in Counter(own[own != ""].tolist()).most_common(_TOP_CLASSES)]
    place = (periods - axis[0]).astype(int) if len(at) else np.zeros(0, int)
    series = {str(name): tuple(map(float, np.bincount(place[own == name], minlength=len(axis)))) for name in names}
    if len(names) != len(set(own.tolist())):
        rest = ~np.isin(own, names)
        key = "all" if not names else "other"
        series[key] = tuple(map(float, np.bincount(place[rest], minlength=len(axis))))
    return Figure(
        "line", "figure.rows_per_month" if unit == "M" else "figure.rows_per_year", tuple(map(str, axis)), series=series
    )
