"""Parse dates in any common form to UTC, without guessing which number is the day.

A column is parsed as a whole: its values are split (`date_parts`), a language is chosen for the words (`date_words`)
and the order of day and month follows from unambiguous values. If nothing decides it, an error asks for the format.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from auditor.errors import InputError
from auditor.message import Text
from auditor.text.date_numbers import days_of_numbers
from auditor.text.date_parts import ERA, MAX_DATE_LENGTH, Clock, Parts, split_date
from auditor.text.date_words import Meaning, meanings_of

OK, MISSING, UNREADABLE, PLACEHOLDER, EPOCH_ZERO = 0, 1, 2, 3, 4
_PLACEHOLDERS = [
    (datetime.fromisoformat(text) - datetime(1970, 1, 1)).total_seconds() / 86_400
    for text in ("1900-01-01", "0001-01-01", "9999-12-31")
]
_NO_VALUE = frozenset({"", "nan", "nat", "none", "null", "n/a", "-"})
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(Z)?)?")
_WEEK = re.compile(r"\d{4}-?W\d{2}(?:-?\d)?")
_ORDINAL = re.compile(r"\d{4}-\d{3}")
_PER_DAY = {"d": 1.0, "s": 86_400.0, "ms": 86_400e3, "us": 86_400e6, "ns": 86_400e9}
"""Units per day."""
_FIRST_DAY = float(date.min.toordinal() - date(1970, 1, 1).toordinal())
_END_OF_DAYS = float(date.max.toordinal() - date(1970, 1, 1).toordinal() + 1)
"""Days since 1970 of the first day of year 1 and of the day after year 9999, the range of `datetime`."""
_EARLIEST = 1000
"""Earlier years are treated as errors, except for the placeholder 0001-01-01."""
_OTHER_YEARS = ((1300, 1450), (2400, 2700))
"""Likely years of the Hijri and Persian calendars, and of the Buddhist era."""


@dataclass(frozen=True)
class Dates:
    """Parsed dates.

    Attributes:
        days: float64, days since 1970-01-01 UTC; NaN if there is no date.
        status: uint8, one of `OK`, `MISSING`, `UNREADABLE`, `PLACEHOLDER` (such as 1900-01-01), `EPOCH_ZERO`.
        form: the form of most dates as a CLDR pattern (``d MMM y``), ``epoch ms``, or ``serial`` for the day numbers of
            spreadsheets; empty if no date could be parsed, and for temporal columns.
        is_other: bool, whether a date is written in another form than most.
        has_zone: bool, whether a text states its zone; empty for temporal and numeric columns.
    """

    days: np.ndarray
    status: np.ndarray
    form: str = ""
    is_other: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))
    has_zone: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))

    def naive_rows(self) -> int:
        """Number of dates without a zone in a column where others have one."""
        return int(((self.status == OK) & ~self.has_zone).sum()) if self.has_zone.any() else 0


@dataclass(frozen=True)
class _Parsed:
    """A parsed value: its days, its form, and whether it states its zone."""

    days: float = np.nan
    form: str = ""
    has_zone: bool = False


_UNPARSED = _Parsed()


def parse_dates(column: pa.ChunkedArray, date_format: str | None = None) -> Dates:
    """Parse a date column of timestamps, dates, numbers or texts. Times without a zone are read as UTC.

    Args:
        column: the values.
        date_format: strptime format of texts.

    Raises:
        InputError: `date_format` is not given, and the order of day and month is undecidable, most years have two
            digits or belong to another era, or names of months differ in meaning between languages.
    """
    if pa.types.is_temporal(column.type):
        return _from_times(column)
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        values = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        days, form = days_of_numbers(values)
        return _dates(days, np.isnan(values), form or "")
    return _from_texts(column, date_format)


def _from_times(column: pa.ChunkedArray) -> Dates:
    """Parse a temporal column; times of day and durations are not dates."""
    missing = column.is_null().to_numpy()
    a_day = _PER_DAY.get("d" if pa.types.is_date32(column.type) else getattr(column.type, "unit", "ms"))
    if a_day is None or not (pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)):
        return _dates(np.full(len(column), np.nan), missing)
    width = pa.int32() if pa.types.is_date32(column.type) else pa.int64()
    numbers = pa.chunked_array([chunk.view(width) for chunk in column.chunks], width).cast(pa.float64(), safe=False)
    return _dates(numbers.to_numpy() / a_day, missing)


def _dates(days: np.ndarray, missing: np.ndarray, form: str = "", is_other: np.ndarray | None = None) -> Dates:
    with np.errstate(invalid="ignore"):
        days = np.where((days >= _FIRST_DAY) & (days < _END_OF_DAYS), days, np.nan)
    status = np.where(missing, MISSING, np.where(np.isnan(days), UNREADABLE, OK)).astype(np.uint8)
    status[np.isin(days, _PLACEHOLDERS)] = PLACEHOLDER
    status[days == 0] = EPOCH_ZERO
    return Dates(days, status, form, np.zeros(len(days), bool) if is_other is None else is_other)


def _from_texts(column: pa.ChunkedArray, date_format: str | None) -> Dates:
    coded = pa.chunked_array([column.cast(pa.large_string())]).combine_chunks().dictionary_encode()
    codes = coded.indices.fill_null(len(coded.dictionary)).to_numpy(zero_copy_only=False)
    texts = [(text or "").strip() for text in [*coded.dictionary.to_pylist(), None]]
    rows = np.bincount(codes, minlength=len(texts))
    missing = np.array([text.lower() in _NO_VALUE for text in texts])
    counts: Counter[str] = Counter()
    for text, n, none in zip(texts, rows.tolist(), missing.tolist(), strict=True):
        if not none:
            counts[text] += n
    found = _with_format(counts, date_format) if date_format else _as_numbers(counts) or _as_written(counts)
    forms: Counter[str] = Counter()
    for text, n in counts.items():
        if found[text].form:
            forms[found[text].form] += n
    form = max(forms, key=lambda name: (forms[name], name), default="")
    values = [found.get(text, _UNPARSED) for text in texts]
    other = np.array([value.form not in ("", form) for value in values])
    zoned = np.array([value.has_zone for value in values])
    dates = _dates(np.array([value.days for value in values])[codes], missing[codes], form, other[codes])
    return replace(dates, has_zone=zoned[codes])


def _with_format(counts: Counter[str], date_format: str) -> dict[str, _Parsed]:
    return {text: _parsed(_strptime(text, date_format), date_format) for text in counts}


def _as_numbers(counts: Counter[str]) -> dict[str, _Parsed] | None:
    """Parse texts that are all numbers of one form; None otherwise."""
    if not counts or not all(map(_NUMBER.fullmatch, counts)):
        return None
    values = np.array([float(text) for text in counts.elements()])
    days, form = days_of_numbers(values)
    if form is None:
        return None
    return {
        t: _UNPARSED if np.isnan(d) else _Parsed(float(d), form) for t, d in zip(counts.elements(), days, strict=True)
    }


def _as_written(counts: Counter[str]) -> dict[str, _Parsed]:
    found, parts = {}, {}
    for text in counts:
        plain = _parse_iso(text)
        if plain is not None:
            found[text] = plain
        elif split := split_date(text):
            parts[text] = split
    present = counts.total()
    _refuse_other_eras([*found.items()], parts, counts)
    words = Counter[tuple[str, ...]]()
    for text, split in parts.items():
        words[split.words] += counts[text]
    meanings = meanings_of(words)
    known = {text: split for text, split in parts.items() if split.words in meanings}
    short = sum(counts[text] for text, split in known.items() if _has_short_year(split, meanings[split.words]))
    if 2 * short > present:
        raise InputError(
            "The dates have years of two digits: it is not clear which number is the year.",
            where="date column",
            fix=Text("Give the format, for example --date-format {0}.", "%d/%m/%y"),
        )
    day_first = _day_first([split for split in known.values() if meanings[split.words].month is None])
    found |= {text: _resolve(split, meanings[split.words], day_first) for text, split in known.items()}
    return {text: found.get(text, _UNPARSED) for text in counts}


def _parse_iso(text: str) -> _Parsed | None:
    """Parse ISO 8601, which is unambiguous; None for other forms."""
    if match := _ISO.fullmatch(text):
        year, month, day, hour, minute, second, zone = match.groups()
        try:
            moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
        except ValueError:
            return _UNPARSED
        return _parsed(moment, "y-M-d", zone is not None)
    if _WEEK.fullmatch(text):
        try:
            return _parsed(datetime.fromisoformat(text), "Y-'W'w-e")
        except ValueError:
            return _UNPARSED
    return _parsed(_strptime(text, "%Y-%j"), "y-D") if _ORDINAL.fullmatch(text) else None


def _refuse_other_eras(plain: Sequence[tuple[str, _Parsed]], parts: Mapping[str, Parts], counts: Counter[str]) -> None:
    years = {text: int(text[:4]) for text, _ in plain}
    years |= {text: max(map(int, split.numbers)) for text, split in parts.items()}
    odd = sum(counts[text] for text, y in years.items() if any(low <= y <= high for low, high in _OTHER_YEARS))
    odd += sum(n for text, n in counts.items() if len(text) <= MAX_DATE_LENGTH and ERA.search(text.casefold()))
    if 2 * odd > counts.total():
        raise InputError(
            "The years of the dates are not those of the common era.",
            where="date column",
            fix="Convert them, for example 令和3年1月3日 to 2021-01-03.",
        )


def _has_short_year(parts: Parts, meaning: Meaning) -> bool:
    """Whether a date is complete and its year has two digits."""
    if any(len(number) > 2 for number in parts.numbers) or _is_rfc_5322(parts, meaning):
        return False
    return len(parts.numbers) == (3 if meaning.month is None else 2)


def _is_rfc_5322(parts: Parts, meaning: Meaning) -> bool:
    """Whether a date has the form of RFC 5322, whose section 4.3 defines the century of years of two digits."""
    zoned = parts.clock is not None and parts.clock.zone is not None
    return zoned and meaning.month is not None and [len(n) == 2 for n in parts.numbers][1:] == [True]


def _is_numeric(parts: Parts) -> bool:
    """Whether it has the form ``12/5/2024``: two numbers of one or two digits, then the year."""
    return (
        parts.roles in ("???", "d??")
        and [len(n) > 2 for n in parts.numbers] == [False, False, True]
        and _has_uniform_separators(parts)
    )


def _is_comma(parts: Parts) -> bool:
    return "," in (parts.separators[1] or "") and "," not in (parts.separators[0] or "")


def _day_first(parts: Sequence[Parts]) -> bool | None:
    """Whether the day comes first in dates such as ``12/5/2024``; None if no value has this form.

    Decided by values with a number above 12. Without any, ``12 05, 2024`` is read month first, since a comma is not
    written after a month's number.

    Raises:
        InputError: no value decides, or values contradict each other.
    """
    numeric = [p for p in parts if _is_numeric(p) and p.roles == "???"]
    ambiguous = [p for p in numeric if int(p.numbers[0]) != int(p.numbers[1])]
    if not ambiguous:
        return None
    first = any(int(p.numbers[0]) > 12 for p in ambiguous)
    second = any(int(p.numbers[1]) > 12 for p in ambiguous)
    if first == second:
        if not first and all(map(_is_comma, ambiguous)):
            return False
        how = "some values are day first, others month first" if first else "no value decides"
        raise InputError(
            Text("Day and month of the dates cannot be distinguished: {0}.", how),
            where="date column",
            fix=Text("Give the format, for example --date-format {0}.", "%d/%m/%Y"),
        )
    return first


def _resolve(parts: Parts, meaning: Meaning, day_first: bool | None) -> _Parsed:
    roles = _roles(parts, meaning, day_first)
    if roles is None or (parts.clock and roles == "y" and meaning.month is None):  # a mere year with a time of day
        return _UNPARSED
    numbers = dict(zip(roles, parts.numbers, strict=True))
    year, month, day = int(numbers["y"]), meaning.month or int(numbers.get("M", "1")), int(numbers.get("d", "1"))
    if len(numbers["y"]) == 2:  # see `_is_rfc_5322`
        year += 1900 if year >= 50 else 2000
    if len(numbers["y"]) == 3 or (year < _EARLIEST and (year, month, day) != (1, 1, 1)):
        return _UNPARSED
    try:
        moment = datetime(year, month, day) + _time(parts.clock or Clock(), meaning.half)
    except (ValueError, OverflowError):
        return _UNPARSED
    return _parsed(moment, _form(parts, roles, meaning), parts.clock is not None and parts.clock.zone is not None)


def _roles(parts: Parts, meaning: Meaning, day_first: bool | None) -> str | None:
    """``y``, ``M`` or ``d`` for each number; None if they do not form a date."""
    long = [len(number) > 2 for number in parts.numbers]
    roles = parts.roles
    if meaning.month is not None:
        if "M" in roles or len(roles) > 2:
            return None
        if roles == "??" and _is_rfc_5322(parts, meaning):
            return "dy"
        expected = {(True,): "y", (True, False): "yd", (False, True): "dy"}.get(tuple(long))
        return expected if expected and _matches_roles(expected, roles) else None
    if _is_numeric(parts):
        return "dMy" if day_first or parts.roles == "d??" else "Mdy"
    if "?" not in roles:
        return roles if sorted(roles) in (sorted("yMd"), sorted("yM"), ["y"]) and long[roles.find("y")] else None
    expected = {(True,): "y", (True, False): "yM", (True, False, False): "yMd"}.get(tuple(long))
    if expected is None and "M" in roles and long.count(True) == 1:  # 3 tháng 1, 2021
        expected = "".join(
            "y" if is_long else "M" if role == "M" else "d" for is_long, role in zip(long, roles, strict=True)
        )
    return expected if expected and _matches_roles(expected, roles) and _has_uniform_separators(parts) else None


def _matches_roles(expected: str, roles: str) -> bool:
    return all(role in ("?", wanted) for wanted, role in zip(expected, roles, strict=True))


def _has_uniform_separators(parts: Parts) -> bool:
    """Whether all separators are alike, except for blanks and commas: 2021. 1. 3., but not 3.5 2021."""
    marks = {separator.strip(" ,") for separator in parts.separators if separator is not None}
    return len(marks - {""}) <= 1 and ("" not in marks or len(marks) == 1)


def _form(parts: Parts, roles: str, meaning: Meaning) -> str:
    """The form as a CLDR pattern such as ``d MMM y`` or ``M/d/y``, without weekday, particles and time."""
    if meaning.month is None:
        marks = [(mark.strip() or mark[:1]) if mark else "" for mark in parts.separators]
        marks = [mark if len(mark) <= 1 else mark[0] for mark in marks]
        return roles[0] + "".join(mark + role for mark, role in zip(marks, roles[1:], strict=True))
    place = parts.places[meaning.place]
    return " ".join([*roles[:place], "MMM", *roles[place:]])


def _time(clock: Clock, half: str | None) -> timedelta:
    """Time since midnight UTC.

    Raises:
        ValueError: the time does not exist.
    """
    hour, half = clock.hour, clock.half or half
    if half is not None and hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 24 or clock.minute > 59 or clock.second > 60:
        raise ValueError("not a time of day")
    return timedelta(hours=hour, minutes=clock.minute - (clock.zone or 0), seconds=clock.second)


def _parsed(moment: datetime | None, form: str, has_zone: bool = False) -> _Parsed:
    if moment is None:
        return _UNPARSED
    has_zone = has_zone or moment.tzinfo is not None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return _Parsed((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() / 86_400, form, has_zone)


def _strptime(text: str, pattern: str) -> datetime | None:
    try:
        return datetime.strptime(text, pattern)
    except ValueError:
        return None
