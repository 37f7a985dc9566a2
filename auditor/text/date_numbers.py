"""Numeric columns that are dates: years, compact dates, epochs, serial day numbers of spreadsheets."""

from __future__ import annotations

from datetime import datetime

import numpy as np

_SENTINELS = (0.0, -1.0, 253_402_214_400.0, 253_402_300_799.0, -2_208_988_800.0, -62_135_596_800.0)
"""Placeholder values in seconds since 1970: 0, -1, and those of 9999-12-31, 1900-01-01 and 0001-01-01."""
_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_MIN_SECONDS, _MAX_SECONDS, _LIKELY_SECONDS = 1e8, 1e11, 4.2e9
"""Seconds from 1973 to 5138, most of which must lie before 2103; the ranges of different units do not overlap."""
_LIKELY_SHARE = 0.9
_SERIALS = (20_000, 60_000)
"""Days since 1899-12-30: the years 1954 to 2064."""
SERIAL = "serial"
SERIAL_ZERO = -25_569
"""The day 0 of spreadsheets (1899-12-30), in days since 1970."""
_DIGITS = {"%Y": (1_500, 2_200), "%Y%m%d": (15_000_101, 22_001_231), "%Y%m%d%H%M": (190_001_010_000, 210_012_312_359),
           "%Y%m%d%H%M%S": (19_000_101_000_000, 21_001_231_235_959)}  # fmt: skip


def days_of_numbers(values: np.ndarray) -> tuple[np.ndarray, str | None]:
    """Interpret a numeric column as dates of one form.

    Years and compact dates (20240305) are recognized if most numbers fit; epochs and serial numbers only if all do,
    because single numbers may fit by chance.

    Args:
        values: float64, NaN for missing values.

    Returns:
        Days since 1970 (float64, NaN for numbers that do not fit) and the name of the form, such as ``yyyy``,
        ``yyyyMMdd``, ``epoch ms`` or ``serial``; None if no form fits.
    """
    present = values[~np.isnan(values)]
    none = np.full(len(values), np.nan)
    if not len(present):
        return none, None
    for pattern, (low, high) in _DIGITS.items():
        inside = (values >= low) & (values <= high)
        if 2 * inside.sum() > len(present):
            days = _by_pattern(np.where(inside, values, np.nan), pattern)
            if 2 * (~np.isnan(days)).sum() > len(present):
                return days, _letters(pattern)
    for name, unit in _UNITS.items():
        if _is_epoch(present / unit):
            return values / unit / 86_400, f"epoch {name}"
    if _is_serial(present):
        return values + SERIAL_ZERO, SERIAL
    return none, None


def _is_epoch(seconds: np.ndarray) -> bool:
    real = seconds[~np.isin(seconds, _SENTINELS)]
    if not len(real):
        return bool(np.isin(seconds, (0.0, -1.0)).all())
    size = np.abs(real)
    return bool(((size >= _MIN_SECONDS) & (size < _MAX_SECONDS)).all()) and bool(
        (size < _LIKELY_SECONDS).mean() >= _LIKELY_SHARE
    )


def _is_serial(values: np.ndarray) -> bool:
    """Whether all are in the range and any fractions are finer than hundredths or are quarters of a day."""
    if not ((values >= _SERIALS[0]) & (values < _SERIALS[1])).all():
        return False
    cents = np.isclose(values * 100, np.round(values * 100), rtol=0, atol=1e-6)
    return not cents.all() or bool((values * 4 == np.round(values * 4)).all())


def _by_pattern(values: np.ndarray, pattern: str) -> np.ndarray:
    """float64 days of integers whose digits match the strptime pattern; NaN for other values."""
    distinct, inverse = np.unique(values, return_inverse=True)
    return np.array([_day(value, pattern) for value in distinct.tolist()], float)[inverse]


def _day(value: float, pattern: str) -> float:
    try:
        moment = datetime.strptime(str(int(value)), pattern) if value == int(value) else None
    except (ValueError, OverflowError):
        return np.nan
    return np.nan if moment is None else (moment - datetime(1970, 1, 1)).total_seconds() / 86_400


def _letters(pattern: str) -> str:
    for code, letters in (("%Y", "yyyy"), ("%m", "MM"), ("%d", "dd"), ("%H", "HH"), ("%M", "mm"), ("%S", "ss")):
        pattern = pattern.replace(code, letters)
    return pattern
