"""Dates in any usual form to UTC, without ever guessing which number is the day."""

from __future__ import annotations

import email.utils
import re
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa

from auditor.errors import InputError
from auditor.message import Text

OK, MISSING, UNREADABLE, PLACEHOLDER, EPOCH_ZERO = 0, 1, 2, 3, 4
_EPOCH_UNITS = ((1e17, 1_000_000_000), (1e14, 1_000_000), (1e11, 1_000), (0.0, 1))
"""Numbers of at least this size are nanoseconds, microseconds, milliseconds, seconds (valid from 1973 to 5138)."""
_PLACEHOLDERS = {"1900-01-01T00:00:00", "0001-01-01T00:00:00", "9999-12-31T00:00:00"}
_CHINESE = re.compile(
    r"^\s*(\d{4})\s*年\s*(\d{1,2})\s*月\s*(?:(\d{1,2})\s*[日号]?)?(?:\s*(?:星期|周)[一二三四五六日天])?"
    r"(?:\s*(上午|下午|晚上|中午|凌晨|早上)?\s*(\d{1,2})[:时点](\d{1,2})?[:分]?(\d{1,2})?秒?)?\s*$"
)
_YEAR_FIRST = re.compile(
    r"^\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?)?"
    r"\s*(am|pm)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*$",
    re.IGNORECASE,
)
_YEAR_LAST = re.compile(r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*$")
_NAMED = ("%Y%m%d", "%Y%m%dT%H%M%S", "%Y-%m", "%Y/%m", "%Y", "%Y-%j", "%d/%b/%Y:%H:%M:%S %z")
_TWO_DIGIT_YEAR = re.compile(r"^\s*\d{1,2}[-/.]\d{1,2}[-/.]\d{2}(?:\s.*)?$")
_MONTH_NAME = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)[12]\d{3}(?!\d)")
_ZONE_NAMES = {"UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
               "PST": -8, "PDT": -7, "CET": 1, "CEST": 2, "JST": 9}  # fmt: skip
_HAN_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_HAN_DATE = re.compile(
    r"^([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月(?:([一二三四五六七八九十]{1,3})[日号])?$"
)


@dataclass(frozen=True)
class Dates:
    """Parsed dates.

    Attributes:
        days: float64, days since 1970-01-01 UTC; NaN where there is none.
        status: uint8, one of `OK`, `MISSING`, `UNREADABLE`, `PLACEHOLDER` (such as 1900-01-01), `EPOCH_ZERO`.
    """

    days: np.ndarray
    status: np.ndarray


def parse_dates(column: pa.ChunkedArray, date_format: str | None = None) -> Dates:
    """Read a date column: timestamps, dates, epoch numbers or texts. Naive times count as UTC.

    Args:
        column: the values.
        date_format: strptime format for texts.

    Raises:
        InputError: day and month cannot be distinguished and `date_format` is not given.
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
    status[days == 0] = EPOCH_ZERO
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
    status[days == 0] = EPOCH_ZERO
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
    if _utc(moment).timestamp() == 0:
        return EPOCH_ZERO
    return PLACEHOLDER if _utc(moment).strftime("%Y-%m-%dT%H:%M:%S").zfill(19) in _PLACEHOLDERS else OK


def _day_first(values: Sequence[str | None]) -> bool | None:
    """Whether ``12/5/2024`` is a day first, from values that leave no doubt; None where no value has this form.

    Raises:
        InputError: no value decides, they contradict each other, or years have two digits.
    """
    first, second, any_ = False, False, False
    short = sum(bool(_TWO_DIGIT_YEAR.match(value or "")) for value in values)
    if 2 * short > sum(bool(value and value.strip()) for value in values):
        raise InputError(
            "The dates have years of two digits: it is not clear which number is the year.",
            where="date column",
            fix=Text("Give the format, for example --date-format {0}.", "%d/%m/%y"),
        )
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
            Text("Day and month of the dates cannot be distinguished: {0}.", how),
            where="date column",
            fix=Text("Give the format, for example --date-format {0}.", "%d/%m/%Y"),
        )
    return first


def _one(text: str, day_first: bool | None) -> datetime | None:
    try:
        text = unicodedata.normalize("NFKC", text)  # full-width digits
        if match := _CHINESE.match(text):
            *day, half, hour, minute, second = match.groups()
            return _moment(*day, _hour(hour, half in ("下午", "晚上")), minute, second)
        if match := _HAN_DATE.match(text):
            return _moment(match[1].translate(_HAN_DIGITS), _han_number(match[2]), _han_number(match[3]))
        if match := _YEAR_FIRST.match(text):
            *day, hour, minute, second, half, zone = match.groups()
            return _zoned(_moment(*day, _hour(hour, (half or "").lower() == "pm"), minute, second), zone)
        if match := _YEAR_LAST.match(text):
            a, b, year, *clock = match.groups()
            return _moment(year, *((b, a) if day_first else (a, b)), *clock)
        if re.fullmatch(r"(?:19|20)\d{12}", text):
            return datetime.strptime(text, "%Y%m%d%H%M%S")
        if re.fullmatch(r"-?\d{9,19}(?:\.\d+)?", text):
            number = float(text)
            unit = next(unit for bound, unit in _EPOCH_UNITS if abs(number) >= bound)
            return datetime.fromtimestamp(number / unit, UTC)
        return datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return _named(text) or _rfc2822(text) or _spelled(text)


def _hour(hour: str | None, afternoon: bool) -> str | None:
    return hour if hour is None or not afternoon or int(hour) >= 12 else str(int(hour) + 12)


def _zoned(moment: datetime, zone: str | None) -> datetime:
    if zone is None or zone.upper() in {"Z", "UTC", "GMT"}:
        return moment
    sign = -1 if zone[0] == "-" else 1
    digits = zone[1:].replace(":", "")
    return moment.replace(tzinfo=timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))))


def _han_number(text: str | None) -> str | None:
    """十 to 三十一 as digits."""
    if text is None or "十" not in text:
        return None if text is None else text.translate(_HAN_DIGITS)
    tens, _, ones = text.partition("十")
    return (tens.translate(_HAN_DIGITS) or "1") + (ones.translate(_HAN_DIGITS) or "0")


def _spelled(text: str) -> datetime | None:
    """Dates with a month's name and a four-digit year, in any order: nothing is left to guess (dateutil reads them)."""
    if not _MONTH_NAME.search(text) or not _YEAR.search(text):
        return None
    from dateutil import parser

    zones = {name: 3600 * hours for name, hours in _ZONE_NAMES.items()}
    try:
        # a field that is absent must not be filled from today's date; the warning would quote the text
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", parser.UnknownTimezoneWarning)
            two = [parser.parse(text, default=datetime(2000, month, 1), tzinfos=zones) for month in (1, 2)]
    except (ValueError, OverflowError, TypeError):
        return None
    return two[0] if two[0] == two[1] else None


def _moment(*parts: str | None) -> datetime:
    """Year, month, day, hour, minute and second; an absent day is the first, an absent time midnight."""
    given: list[str | None] = [*parts, None, None, None, None]
    year, month, day, hour, minute, second = given[:6]
    return datetime(int(year or 0), int(month or 0), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))


def _rfc2822(text: str) -> datetime | None:
    """Mail dates. Years below 100 that the format's two-digit rule would lift to this century are refused."""
    parts = email.utils.parsedate_tz(text)
    if parts is None or re.search(r"\s0\d{3}\b|\d\s*[ap]m\b", text, re.IGNORECASE):
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
