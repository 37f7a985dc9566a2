"""Dates in any usual form to UTC, without ever guessing which number is the day."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from auditor.errors import InputError

OK, MISSING, UNREADABLE, PLACEHOLDER = 0, 1, 2, 3
_EPOCH_UNITS = ((1e17, 1_000_000_000), (1e14, 1_000_000), (1e11, 1_000), (0.0, 1))
"""Numbers of at least this size are nanoseconds, microseconds, milliseconds, seconds (valid from 1973 to 5138)."""
_PLACEHOLDERS = {"1970-01-01T00:00:00", "1900-01-01T00:00:00", "0001-01-01T00:00:00", "9999-12-31T00:00:00"}
_CHINESE = re.compile(
    r"^\s*(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?(?:\s*(\d{1,2})[:时点](\d{1,2})?[:分]?(\d{1,2})?秒?)?\s*$"
)
_YEAR_FIRST = re.compile(
    r"^\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?\s*$"
)
_YEAR_LAST = re.compile(r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*$")
_NAMED = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y", "%d-%b-%Y %H:%M:%S", "%d-%b-%Y",
          "%Y%m%d", "%Y%m%dT%H%M%S", "%Y-%m", "%Y", "%a %b %d %H:%M:%S %Y")  # fmt: skip


@dataclass(frozen=True)
class Dates:
    """Parsed dates.

    Attributes:
        days: float64, days since 1970-01-01 UTC; NaN where there is none.
        status: uint8, one of `OK`, `MISSING`, `UNREADABLE`, `PLACEHOLDER`.
    """

    days: np.ndarray
    status: np.ndarray


def parse_dates(column: pa.ChunkedArray, date_format: str | None = None) -> Dates:
    """Read a date column: timestamps, dates, epoch numbers or texts. Naive times count as UTC.

    Args:
        column: the values.
        date_format: strptime format for texts.

    Raises:
        InputError: day and month cannot be told apart and `date_format` is not given.
    """
    if pa.types.is_temporal(column.type):
        return _from_temporal(column)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return _from_numbers(column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
    return _from_texts(column.to_pylist(), date_format)


def _from_temporal(column: pa.ChunkedArray) -> Dates:
    stamps = column.cast(pa.timestamp("us"), safe=False)
    micros = stamps.cast(pa.int64()).to_numpy(zero_copy_only=False).astype(np.float64)
    days = micros / 86_400e6
    status = np.where(np.isnan(days), MISSING, OK).astype(np.uint8)
    holders = [datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() / 86_400 for text in _PLACEHOLDERS]
    status[np.isin(days, holders)] = PLACEHOLDER
    return Dates(days, status)


def _from_numbers(values: np.ndarray) -> Dates:
    days = np.full(len(values), np.nan)
    status = np.where(np.isnan(values), MISSING, UNREADABLE).astype(np.uint8)
    years = (values >= 1500) & (values <= 2200) & (values == np.floor(values))
    compact = (values >= 15_000_101) & (values <= 22_001_231)
    for i in np.flatnonzero(years | compact).tolist():
        days[i] = _days_of(_named(str(int(values[i]))))
    seconds = ~np.isnan(values) & ~years & ~compact
    for bound, unit in _EPOCH_UNITS:
        here = seconds & (np.abs(values) >= bound) & np.isnan(days)
        days[here] = values[here] / unit / 86_400
    status[~np.isnan(days)] = OK
    status[days == 0] = PLACEHOLDER
    return Dates(days, status)


def _from_texts(values: Sequence[str | None], date_format: str | None) -> Dates:
    if date_format is None:
        day_first = _day_first(values)
    days = np.full(len(values), np.nan)
    status = np.full(len(values), UNREADABLE, np.uint8)
    seen: dict[str, tuple[float, int]] = {}
    for i, value in enumerate(values):
        text = (value or "").strip()
        if not text or text.lower() in {"nan", "nat", "none", "null", "n/a", "-"}:
            status[i] = MISSING
            continue
        if text not in seen:
            moment = _strptime(text, date_format) if date_format else _one(text, day_first)
            seen[text] = (_days_of(moment), _status_of(moment))
        days[i], status[i] = seen[text]
    return Dates(days, status)


def _days_of(moment: datetime | None) -> float:
    return np.nan if moment is None else _utc(moment).timestamp() / 86_400


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _status_of(moment: datetime | None) -> int:
    if moment is None:
        return UNREADABLE
    return PLACEHOLDER if _utc(moment).strftime("%Y-%m-%dT%H:%M:%S").zfill(19) in _PLACEHOLDERS else OK


def _day_first(values: Sequence[str | None]) -> bool | None:
    """Whether ``12/5/2024`` is a day first, from values that leave no doubt; None where no value has this form.

    Raises:
        InputError: no value decides, or they contradict each other.
    """
    first, second, any_ = False, False, False
    for value in values:
        match = _YEAR_LAST.match(value or "")
        if match and (match[1] != match[2]):
            any_ = True
            first |= int(match[1]) > 12
            second |= int(match[2]) > 12
    if not any_:
        return None
    if first == second:
        how = "some values are day first, others month first" if first else "no value decides"
        raise InputError(
            f"Day and month of the dates cannot be told apart: {how}.",
            where="date column",
            fix="Give the format, for example --date-format %d/%m/%Y.",
        )
    return first


def _one(text: str, day_first: bool | None) -> datetime | None:
    try:
        if match := _CHINESE.match(text) or _YEAR_FIRST.match(text):
            return _moment(*match.groups())
        if match := _YEAR_LAST.match(text):
            a, b, year, *clock = match.groups()
            return _moment(year, *((b, a) if day_first else (a, b)), *clock)
        if re.fullmatch(r"-?\d{9,19}(?:\.\d+)?", text):
            number = float(text)
            unit = next(unit for bound, unit in _EPOCH_UNITS if abs(number) >= bound)
            return datetime.fromtimestamp(number / unit, UTC)
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return _named(text) or _rfc2822(text)


def _moment(*parts: str | None) -> datetime:
    """Year, month, day, hour, minute and second; what is absent is zero."""
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    return datetime(year, month, day, hour, minute, second)


def _rfc2822(text: str) -> datetime | None:
    """Mail dates. Years below 100 that the format's two-digit rule would lift to this century are refused."""
    parts = email.utils.parsedate_tz(text)
    if parts is None or re.search(r"\s0\d{3}\b", text):
        return None
    try:
        return email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None


def _named(text: str) -> datetime | None:
    for pattern in _NAMED:
        moment = _strptime(text, pattern)
        if moment is not None:
            return moment
    return None


def _strptime(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, pattern)
    except ValueError:
        return None
