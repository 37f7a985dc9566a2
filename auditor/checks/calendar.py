"""Assessment of dates: valid, impossible or future dates, and the distribution of rows over time."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from auditor.core.metrics import Figure
from auditor.corpus.corpus import Corpus
from auditor.errors import InputError
from auditor.text.dates import EPOCH_ZERO, MISSING, OK, PLACEHOLDER, UNREADABLE, Dates, parse_dates

_YEAR = 365.0
_NUMBER = re.compile(r"\s*[-+]?[\d.,]+\s*")
_TOP_CLASSES = 5
_MAX_MONTHS = 72
_SAMPLE, _DATED = 200, 0.9
_BURST = 5.0
_FAR = 25 * _YEAR
"""Minimum distance in days of an impossible date from nearly all others."""


@dataclass(frozen=True)
class Calendar:
    """A date column and its assessment; all arrays have one value per row.

    Attributes:
        dates: as parsed.
        sound: bool, usable as an age.
        future: bool, after the as-of date.
        impossible: bool, unreadable or far from all others.
        placeholder, epoch_zero, missing: bool.
        age: float64 days before the as-of date; NaN where not sound.
    """

    dates: Dates
    sound: np.ndarray
    future: np.ndarray
    impossible: np.ndarray
    placeholder: np.ndarray
    epoch_zero: np.ndarray
    missing: np.ndarray
    age: np.ndarray

    def years(self) -> list[str]:
        """The year of each date as text, ``unreadable`` if it has none."""
        years = np.floor(1970 + np.nan_to_num(self.dates.days, nan=0.0) / 365.2425).astype(int)
        return ["unreadable" if np.isnan(d) else str(year) for d, year in zip(self.dates.days, years, strict=True)]


def judge_dates(dates: Dates, as_of: date) -> Calendar:
    """Assess parsed dates relative to `as_of`.

    Impossible besides unreadable: before the 1st or after the 99th percentile by more than the span between them, and
    by at least 25 years.
    """
    today = (as_of - date(1970, 1, 1)).days
    read = dates.status == OK
    future = read & (dates.days > today + 1)
    outlying = read & ~future & _outlying(dates.days, read & ~future)
    sound = read & ~future & ~outlying
    return Calendar(
        dates=dates,
        sound=sound,
        future=future,
        impossible=outlying | (dates.status == UNREADABLE),
        placeholder=dates.status == PLACEHOLDER,
        epoch_zero=dates.status == EPOCH_ZERO,
        missing=dates.status == MISSING,
        age=np.where(sound, today - dates.days, np.nan),
    )


def _outlying(days: np.ndarray, usable: np.ndarray) -> np.ndarray:
    if not usable.any():
        return np.zeros(len(days), bool)
    low, high = np.quantile(days[usable], [0.01, 0.99])
    margin = max(high - low, _FAR)
    return np.asarray((days < low - margin) | (days > high + margin))


def other_date_columns(corpus: Corpus) -> dict[str, Dates]:
    """Other date columns: timestamps, and texts of which nine in ten of a sample can be parsed as dates."""
    found: dict[str, Dates] = {}
    roles = set(corpus.roles.columns().values())
    for name in corpus.table.column_names:
        column = corpus.table.column(name)
        if name in roles or not (pa.types.is_temporal(column.type) or _looks_dated(column)):
            continue
        try:
            found[name] = parse_dates(column)
        except InputError:  # day and month cannot be distinguished; only the date column is worth a question
            continue
    return found


def _looks_dated(column: pa.ChunkedArray) -> bool:
    if not pa.types.is_large_string(column.type):
        return False
    step = max(1, len(column) // (2 * _SAMPLE))
    values = [value for i in range(0, len(column), step) if (value := column[i].as_py()) and value.strip()][:_SAMPLE]
    if len(values) < 5 or max(map(len, values)) > 60:
        return False
    try:
        status = parse_dates(pa.chunked_array([values], pa.large_string())).status
    except InputError:
        return False
    # numbers that can be parsed as years, epochs or serial numbers are not dates
    return bool((status == OK).mean() >= _DATED) and not all(map(_NUMBER.fullmatch, values))


def timeline(corpus: Corpus, days: np.ndarray, sound: np.ndarray) -> Figure:
    """Rows per month (per year beyond six years) of the most frequent classes."""
    positions = np.flatnonzero(sound)
    stamps = (days[positions] * 86_400).astype("datetime64[s]")
    months = stamps.astype("datetime64[M]")
    span = (months.max() - months.min()).astype(int) + 1 if len(positions) else 0
    unit = "M" if span <= _MAX_MONTHS else "Y"
    periods = stamps.astype(f"datetime64[{unit}]")
    axis = np.arange(periods.min(), periods.max() + 1) if len(positions) else periods
    labels: list[str | None] = corpus.labels or [None] * len(corpus)
    row_labels = np.array([labels[i] or "" for i in positions], dtype=object)
    names = [name for name, _ in Counter(row_labels[row_labels != ""].tolist()).most_common(_TOP_CLASSES)]
    place = (periods - axis[0]).astype(int) if len(positions) else np.zeros(0, int)
    series = {
        str(name): tuple(map(float, np.bincount(place[row_labels == name], minlength=len(axis)))) for name in names
    }
    if len(names) != len(set(row_labels.tolist())):
        rest = ~np.isin(row_labels, names)
        key = "all" if not names else "other"
        series[key] = tuple(map(float, np.bincount(place[rest], minlength=len(axis))))
    return Figure(
        "line", "figure.rows_per_month" if unit == "M" else "figure.rows_per_year", tuple(map(str, axis)), series=series
    )


def gaps_and_bursts(days: np.ndarray, sound: np.ndarray) -> tuple[list[str], list[str]]:
    """Months without rows between the first and the last, and months with unusually many rows.

    A burst has at least 20 rows, over five times the median of the months that have rows, and lies beyond the upper
    quartile by three times the interquartile range (Tukey's far-out fence): a size that every third month has is not
    unusual. Where every date is the first of January, only the year is known: no month is missing or crowded.
    """
    months = (days[sound] * 86_400).astype("datetime64[s]").astype("datetime64[M]")
    is_january_1 = np.isin(np.floor(days[sound]), months.astype("datetime64[Y]").astype("datetime64[D]").astype(int))
    if is_january_1.all():  # also if there are no dates
        return [], []
    months = months.astype(int)
    counts = np.bincount(months - months.min())
    named = np.datetime64(int(months.min()), "M") + np.arange(len(counts))
    lower, usual, upper = np.quantile(counts[counts > 0], [0.25, 0.5, 0.75])
    fence = max(_BURST * usual, upper + 3 * (upper - lower), 19)
    gaps = [str(month) for month in named[counts == 0]]
    bursts = [str(month) for month in named[counts > fence]]
    return gaps, bursts
