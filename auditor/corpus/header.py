"""Whether the first line of a CSV or TSV file holds column names or is a row itself.

The line is compared with the rows below it, column by column. A cell speaks for *data* where it is of the same kind as
the values of its column: an address or a long number, a number or date among numbers or dates, a class that occurs
below, a sentence above sentences. It speaks for *names* where it is a usual column name, or differs in kind from the
column: a word above numbers, a word above classes that are others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

_SAMPLE = 500
_SAME_KIND = 0.8
"""Share of a column's values that must be numbers or dates for the column to be called so."""
_MAX_CLASSES = 50
_MIN_REPEATS = 3.0
"""Rows a value, on average, from which a column is one of classes."""
_CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.\w|https?://|\+?\d(?:[ .()-]?\d){8,}")
_NUMBER = re.compile(r"[-+]?\d[\d,_ ]*(?:[.,]\d+)?(?:[eE][-+]?\d+)?%?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?(?:[T ]\d{1,2}:\d{2}.*)?")
_SENTENCE_WORDS, _SENTENCE_CJK = 6, 20
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def looks_like_data(first: Sequence[str], rows: Sequence[Sequence[str]], names: Collection[str]) -> bool:
    """Whether `first` is a row like the others.

    Args:
        first: cells of the first line.
        rows: rows below it, of which the first `_SAMPLE` are looked at.
        names: usual column names, in lower case.
    """
    below = [row for row in rows[:_SAMPLE] if len(row) == len(first)]
    if any(list(row) == list(first) for row in below):
        return False  # the header again, as where files were joined
    votes = [_vote(cell.strip(), [row[i].strip() for row in below], names) for i, cell in enumerate(first)]
    if any(_CONTACT.search(cell) for cell in first):
        return "names" not in votes or votes.count("data") > 1
    return "data" in votes and "names" not in votes


def _vote(cell: str, column: Sequence[str], names: Collection[str]) -> str:
    """``data``, ``names`` or, where the cell says nothing, an empty text."""
    values = [value for value in column if value]
    counts = Counter(values)
    is_classes = 1 < len(counts) <= _MAX_CLASSES and len(values) >= _MIN_REPEATS * len(counts)
    if cell and is_classes and counts[cell] > 1:
        return "data"
    if cell.lower() in names:
        return "names"
    kind = _kind(cell)
    shared = _shared_kind(values)
    if shared:
        return "names" if kind != shared else "" if _YEAR.fullmatch(cell) else "data"
    if _CONTACT.search(cell):
        return "data"
    if is_classes and cell:
        return "names"
    return "data" if _is_sentence(cell) and sum(map(_is_sentence, values)) * 2 >= len(values) > 0 else ""


def _kind(value: str) -> str:
    if _DATE.fullmatch(value):
        return "date"
    return "number" if _NUMBER.fullmatch(value) else "text"


def _shared_kind(values: Sequence[str]) -> str:
    """``number`` or ``date`` where nearly all values are; else an empty text."""
    kinds = Counter(map(_kind, values))
    return next((k for k in ("number", "date") if values and kinds[k] >= _SAME_KIND * len(values)), "")


def _is_sentence(text: str) -> bool:
    """Several words that do not end in a question mark or colon, as headings of survey exports do."""
    if text.endswith(("?", "？", ":", "：")):
        return False
    return len(text.split()) >= _SENTENCE_WORDS or len(_CJK.findall(text)) >= _SENTENCE_CJK


def title_lines(lines: Sequence[Sequence[str]], names: Collection[str]) -> int:
    """How many lines of a table stand above the line with the column names.

    Args:
        lines: the first lines of the file as cells, blank ones left out.
        names: usual column names, in lower case.

    Returns:
        0 where the first line has as many cells as most others, or where there is no saying.
    """
    widths = Counter(len(line) for line in lines[1:])
    if not widths or any(cell.strip().lower() in names for cell in lines[0]):
        return 0
    usual, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    if usual <= len(lines[0]) or count < _SAME_KIND * (len(lines) - 1 - sum(len(x) < usual for x in lines[:10])):
        return 0
    return next(number for number, line in enumerate(lines) if len(line) == usual)
