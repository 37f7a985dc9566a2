"""Decide whether the first line of a table is a header or a row.

The line is compared with the rows below it, column by column. A cell is evidence for *data* if it is of the same kind
as the values of its column: an address or long number, a number or date among numbers or dates, a class that occurs
below, a sentence above sentences. It is evidence for *names* if it is a usual column name or of another kind than its
column: a word above numbers, or a word that is not among the classes below. One strong sign of names decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from enum import Enum

_SAMPLE = 1_000
_SAME_KIND = 0.8
"""Smallest share of numbers, dates or addresses for a column to be of that kind."""
_MAX_CLASSES = 50
_MIN_REPEATS = 3.0
"""Smallest mean number of rows per distinct value of a column of classes."""
_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.\w|\+?\d(?:[ .()-]?\d){8,}")
_URL = re.compile(r"https?://")
_NUMBER = re.compile(r"[-+]?\d[\d,_ ]*(?:[.,]\d+)?(?:[eE][-+]?\d+)?%?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?(?:[T ]\d{1,2}:\d{2}.*)?")
_SENTENCE_WORDS, _SENTENCE_CJK = 6, 20
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class FirstLine(Enum):
    """What the first line of a table is."""

    NAMES = "names"
    DATA = "data"
    UNSURE = "unsure"


class _Vote(Enum):
    """The evidence of a cell. A weak vote counts only without a strong opposing one."""

    DATA = "data"
    DATA_WEAK = "data, weakly"
    NAMES = "names"
    NAMES_WEAK = "names, weakly"
    NOTHING = "nothing"


def first_line(first: Sequence[str], rows: Sequence[Sequence[str]], names: Collection[str]) -> FirstLine:
    """Classify the first line as column names or as a row.

    Args:
        first: cells of the first line.
        rows: the rows below, of which the first `_SAMPLE` are used.
        names: usual column names, in lower case.

    Returns:
        ``UNSURE`` if it may be a row but nothing is certain.
    """
    below = [row for row in rows[:_SAMPLE] if len(row) == len(first)]
    if any(list(row) == list(first) for row in below) or _is_numbering(first):
        return FirstLine.NAMES  # the header is repeated where files were joined; or pandas numbered the columns
    votes = {_vote(cell.strip(), [row[i].strip() for row in below], names) for i, cell in enumerate(first)}
    if _Vote.NAMES in votes:
        return FirstLine.NAMES
    if _Vote.DATA in votes:
        return FirstLine.DATA
    is_weak = _Vote.DATA_WEAK in votes and _Vote.NAMES_WEAK not in votes
    return FirstLine.UNSURE if is_weak else FirstLine.NAMES


def _is_numbering(first: Sequence[str]) -> bool:
    numbers = [str(i) for i in range(len(first))]
    return list(first) == numbers or (first[0] == "" and list(first[1:]) == numbers[:-1])


def _vote(cell: str, column: Sequence[str], names: Collection[str]) -> _Vote:
    values = [value for value in column if value]
    counts = Counter(values)
    is_classes = 1 < len(counts) <= _MAX_CLASSES and len(values) >= _MIN_REPEATS * len(counts)
    if cell and counts[cell] > 1:
        return _Vote.DATA if is_classes or len(counts) == 1 else _Vote.NOTHING
    if cell.lower() in names:
        return _Vote.NAMES
    if _PERSONAL.search(cell) or (_URL.search(cell) and _share(_URL.search, values) >= _SAME_KIND):
        return _Vote.DATA
    kinds = Counter(map(_kind, values))
    shared = next((kind for kind in ("number", "date") if values and kinds[kind] >= _SAME_KIND * len(values)), "")
    if shared:
        if not cell:
            return _Vote.NAMES_WEAK  # a missing value, or the index that pandas writes
        return _Vote.NAMES if _kind(cell) != shared else _Vote.NOTHING if _YEAR.fullmatch(cell) else _Vote.DATA
    if is_classes and cell:
        return _Vote.NAMES_WEAK
    return _Vote.DATA_WEAK if _is_sentence(cell) and _share(_is_sentence, values) >= 0.5 else _Vote.NOTHING


def _share(test: Callable[[str], object], values: Sequence[str]) -> float:
    return sum(bool(test(value)) for value in values) / len(values) if values else 0.0


def _kind(value: str) -> str:
    if _DATE.fullmatch(value):
        return "date"
    return "number" if _NUMBER.fullmatch(value) else "text"


def _is_sentence(text: str) -> bool:
    """Whether a text has many words and does not end like a heading of a survey export, in a question mark or colon."""
    if text.endswith(("?", "？", ":", "：")):
        return False
    return len(text.split()) >= _SENTENCE_WORDS or len(_CJK.findall(text)) >= _SENTENCE_CJK


def title_lines(lines: Sequence[Sequence[str]], names: Collection[str]) -> int:
    """Number of lines of a table before the line with the column names.

    Args:
        lines: the first lines of the file as cells, without blank ones.
        names: usual column names, in lower case.

    Returns:
        0 if the first line has as many cells as most others, or if it is uncertain.
    """
    widths = Counter(len(line) for line in lines[1:])
    if not widths or any(cell.strip().lower() in names for cell in lines[0]):
        return 0
    usual, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    if usual <= len(lines[0]) or count < _SAME_KIND * (len(lines) - 1 - sum(len(x) < usual for x in lines[:10])):
        return 0
    return next(number for number, line in enumerate(lines) if len(line) == usual)
