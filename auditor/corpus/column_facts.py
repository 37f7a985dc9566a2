"""What a column holds, as far as it tells which role the column can have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.cells import Cell, is_text
from auditor.corpus.sample import DistinctCounter, filled_of, hashes_of, nothing, pieces_of, values_at
from auditor.corpus.shape import CONTENT_KEYS, SPEAKER_KEYS
from auditor.corpus.splits import part_of
from auditor.errors import InputError
from auditor.text.date_numbers import SERIAL, days_of_numbers
from auditor.text.dates import OK, parse_dates

SAMPLE = 2_000
"""Rows of a column that are looked at, spread evenly over the file."""
MAX_CLASSES = 100
MIN_REPEATS = 2.5
"""Rows a class, on average, from which a column of short values looks like a label."""
MAX_RATINGS = 12
"""Different whole numbers at most: ratings and codes of classes, not counts."""
MAX_CLASS_LENGTH = 60
_MOST = 0.9
_NUMBER = re.compile(r"\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s*")
_BARE = re.compile(r"\s*\d+(?:\.\d+)?\s*")
_LINK = re.compile(r"\s*(?:https?://|www\.)\S+\s*")
_CODE = re.compile(r"\s*[\w.:/#-]*\d[\w.:/#-]*\s*")
_DATE_SIGN = re.compile(r"[-/.:年月日년\s,]")
_DATE_NUMBERS = re.compile(r"\d{4}|\d\D+\d|[年년]")
"""A year, or two numbers: no date can be read without."""
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SENTENCE_WORDS, _SENTENCE_CJK = 4.0, 8.0
_BOOLEANS = frozenset({"true", "false", "yes", "no", "y", "n", "t", "f"})


@dataclass(frozen=True)
class ColumnFacts:
    """Facts about the values of one column.

    Attributes:
        name: the column's.
        rows: rows of the table.
        values: a sample of the values that are present, blank texts left out.
        distinct: different values among all that are present; 0 for nested columns.
        present: share of all rows in which there is a value.
    """

    name: str
    kind: pa.DataType
    rows: int
    values: Sequence[Cell] = field(repr=False)
    distinct: int = 0
    present: float = 0.0

    @cached_property
    def texts(self) -> list[str]:
        """The sample as texts; empty for nested columns."""
        return [] if self.is_nested else [str(value) for value in self.values]

    @property
    def is_text(self) -> bool:
        """Whether it holds strings."""
        return is_text(self.kind)

    @property
    def is_nested(self) -> bool:
        """Whether it holds lists, objects or maps."""
        return bool(pa.types.is_nested(self.kind))

    @cached_property
    def length(self) -> float:
        """Mean length in characters."""
        return float(np.mean([len(text) for text in self.texts])) if self.texts else 0.0

    @cached_property
    def words(self) -> float:
        """Mean number of words; of Chinese, Japanese and Korean text half of the characters."""
        return float(np.mean([_word_count(text) for text in self.texts])) if self.texts else 0.0

    @cached_property
    def numbers(self) -> np.ndarray | None:
        """float64, the values where all are numbers; else None."""
        if not self.texts or not all(map(_NUMBER.fullmatch, self.texts)):
            return None
        return np.array([float(text) for text in self.texts])

    @property
    def is_whole(self) -> bool:
        """Whether it holds whole numbers only."""
        return self.numbers is not None and bool((self.numbers == np.floor(self.numbers)).all())

    @property
    def is_score(self) -> bool:
        """Whether it holds many different real numbers, some with a fraction: a score, not classes."""
        numbers = self.numbers
        return numbers is not None and not self.is_whole and self.distinct > MAX_RATINGS

    @property
    def is_binary(self) -> bool:
        """Whether it holds nothing but 0 and 1, or booleans."""
        if pa.types.is_boolean(self.kind):
            return True
        return self.is_whole and bool(self.texts) and {float(t) for t in self.texts} <= {0.0, 1.0}

    @property
    def is_repeating(self) -> bool:
        """Whether few short values repeat over the rows: classes, ratings, names of groups."""
        if self.is_nested or not 2 <= self.distinct <= MAX_CLASSES or self.is_score:
            return False
        if self.rows * self.present < MIN_REPEATS * self.distinct:
            return False
        if self.numbers is not None:
            return self.distinct <= MAX_RATINGS
        return max(map(len, self.texts)) <= MAX_CLASS_LENGTH and self.words <= _SENTENCE_WORDS

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.present == 1.0 and self.distinct == self.rows > 0

    @property
    def is_link(self) -> bool:
        """Whether it holds web addresses."""
        return _share(_LINK.fullmatch, self.texts) >= _MOST

    @property
    def is_code(self) -> bool:
        """Whether it holds short words with digits, such as numbers of records."""
        return self.length <= 40 and _share(_CODE.fullmatch, self.texts) >= _MOST

    @property
    def is_running_text(self) -> bool:
        """Whether it holds sentences, or at least phrases that differ from row to row."""
        if not self.is_text or self.numbers is not None or self.is_link or self.is_json:
            return False
        if self.words >= _SENTENCE_WORDS:
            return True
        return self.words >= 2 and self.distinct > 0.5 * self.rows * self.present and not self.is_date

    @cached_property
    def is_date(self) -> bool:
        """Whether nearly every value can be read as a date, and is no bare number."""
        if pa.types.is_date(self.kind) or pa.types.is_timestamp(self.kind):
            return True
        if not self.is_text or not self.texts or _share(_DATE_SIGN.search, self.texts) < _MOST:
            return False
        if self.length > 40 or _share(_DATE_NUMBERS.search, self.texts) < _MOST:
            return False
        return _share(_BARE.fullmatch, self.texts) < 0.5 and self.readable_dates >= _MOST

    @cached_property
    def readable_dates(self) -> float:
        """Share of the values that can be read as dates; 1 where day and month alone cannot be told apart."""
        column = pa.chunked_array([pa.array(self.values, self.kind)])
        try:
            return float((parse_dates(column).status == OK).mean()) if len(column) else 0.0
        except InputError:
            return 1.0

    @property
    def is_epoch(self) -> bool:
        """Whether all values are whole numbers that would be times of the years 1990 to 2040 in (milli)seconds."""
        numbers = self.numbers
        if numbers is None or not self.is_whole:
            return False
        return any(bool(((numbers > 6.3e8 * unit) & (numbers < 2.2e9 * unit)).all()) for unit in (1, 1e3, 1e6))

    @property
    def is_serial(self) -> bool:
        """Whether all values are numbers that can be days of a spreadsheet."""
        return self.numbers is not None and days_of_numbers(self.numbers)[1] == SERIAL

    @property
    def is_split(self) -> bool:
        """Whether several of its values name parts."""
        return 2 <= self.distinct <= 10 and len({part_of(text) for text in set(self.texts)} - {None}) >= 2

    @property
    def is_words(self) -> bool:
        """Whether it holds lists of words."""
        return self._is_list_of(is_text)

    @property
    def is_tags(self) -> bool:
        """Whether it holds lists of words or of whole numbers."""
        return self._is_list_of(lambda kind: is_text(kind) or bool(pa.types.is_integer(kind)))

    def _is_list_of(self, of: Callable[[pa.DataType], bool]) -> bool:
        is_list = pa.types.is_list(self.kind) or pa.types.is_large_list(self.kind)
        return bool(is_list) and of(self.kind.value_type)

    @cached_property
    def is_json(self) -> bool:
        """Whether a text column holds JSON lists or objects."""
        if not self.is_text or not self.texts:
            return False
        return all(text.lstrip()[:1] in ("[", "{") and _is_json(text) for text in self.texts)

    @cached_property
    def is_messages(self) -> bool:
        """Whether each value is a list of messages: objects with a speaker and a content."""
        values = [json.loads(value) for value in self.texts] if self.is_json else self.values
        lists = [value for value in values if isinstance(value, list) and value]
        return bool(lists) and len(lists) >= _MOST * len(values) and all(_are_messages(value) for value in lists)


def facts_of(table: pa.Table, forget: Callable[[], None] = nothing) -> dict[str, ColumnFacts]:
    """Facts about each column, by name.

    Args:
        table: may be views of mapped files.
        forget: see `auditor.corpus.sample.pieces_of`.
    """
    return {name: _facts(name, table.column(name), forget) for name in table.column_names}


def _facts(name: str, column: pa.ChunkedArray, forget: Callable[[], None]) -> ColumnFacts:
    rows, kind = len(column), column.type
    step = max(1, rows // SAMPLE)
    sample = values_at(column, np.arange(0, rows, step)[:SAMPLE], forget)
    values = [value for value in sample if value is not None and not (isinstance(value, str) and not value.strip())]
    if pa.types.is_nested(kind) or pa.types.is_null(kind) or not _can_count(kind):
        return ColumnFacts(name, kind, rows, values, 0, len(values) / max(len(sample), 1))
    filled, counter = 0, DistinctCounter()
    for piece in pieces_of(column, forget):
        there = filled_of(piece)
        filled += len(there)
        counter.add(hashes_of(there))
    return ColumnFacts(name, kind, rows, values, counter.count, filled / max(rows, 1))


def _can_count(kind: pa.DataType) -> bool:
    try:
        pc.count_distinct(pa.nulls(1, kind))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return True


def _word_count(text: str) -> float:
    wide = len(_CJK.findall(text))
    return len(_CJK.sub(" ", text).split()) + wide / 2


def _share(test: Callable[[str], object], values: Sequence[str]) -> float:
    return sum(bool(test(value)) for value in values) / len(values) if values else 0.0


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), (list, dict))
    except (ValueError, RecursionError):
        return False


def _are_messages(value: Sequence[Cell]) -> bool:
    return all(
        isinstance(one, dict) and any(k in one for k in SPEAKER_KEYS) and any(k in one for k in CONTENT_KEYS)
        for one in value
    )
