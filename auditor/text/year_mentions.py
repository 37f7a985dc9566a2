"""Years and dates mentioned in texts, for corpora without a date column."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_HEADER = re.compile(r"^(?:Date|Sent|日期|发布时间)\s*[:：]\s*.{0,40}?((?:19|20)\d\d)", re.MULTILINE | re.IGNORECASE)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?"
_FULL = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2})(?!\d)"
    rf"|\b\d{{1,2}}\s+{_MONTH},?\s+((?:19|20)\d\d)\b"
    rf"|\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)\b"
)
_YEAR = re.compile(r"(?<![\d.,$€£-])((?:19|20)\d\d)(?![\d%]|[.,]\d)")
_ANY = "(?:19|20)[0-9][0-9]"


def years_mentioned(texts: pa.ChunkedArray, latest: int) -> np.ndarray:
    """int64, one per text: the year in which it was most likely written; 0 if it mentions none.

    Taken from a header line (``Date:``), otherwise from the latest full date, otherwise the latest year mentioned.
    Years after `latest` are ignored.
    """
    result = np.zeros(len(texts), np.int64)
    first = 0
    for chunk in texts.chunks:
        there = pc.fill_null(pc.match_substring_regex(chunk, _ANY), False)
        for row in pc.indices_nonzero(there).to_pylist():
            result[first + row] = _year_of(chunk[row].as_py(), latest)
        first += len(chunk)
    return result


def _year_of(text: str, latest: int) -> int:
    for pattern in (_HEADER, _FULL, _YEAR):
        years = [int(next(group for group in match.groups() if group)) for match in pattern.finditer(text)]
        sound = [year for year in years if year <= latest]
        if sound:
            return sound[0] if pattern is _HEADER else max(sound)
    return 0
