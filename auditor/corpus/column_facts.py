"""Facts about a column's values from which its role is inferred."""

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
from auditor.corpus.sample import DistinctCounter, do_nothing, filled_of, hashes_of, pieces_of, values_at
from auditor.corpus.shape import CALL_KEYS, CONTENT_KEYS, SPEAKER_KEYS, content_of, keyed_sides
from auditor.corpus.splits import part_of
from auditor.errors import InputError
from auditor.text.date_numbers import SERIAL, days_of_numbers
from auditor.text.dates import OK, parse_dates

SAMPLE = 2_000
"""Number of sampled rows of a column, at regular intervals."""
MAX_CLASSES = 100
MIN_REPEATS = 2.5
"""Smallest mean number of rows per distinct value for a column of short values to look like a label."""
MAX_RATINGS = 12
"""Largest number of distinct integers that are still ratings or class codes rather than counts."""
MAX_CLASS_LENGTH = 60
_MOST_VALUES = 0.9
_NUMBER = re.compile(r"\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s*")
_BARE = re.compile(r"\s*\d+(?:\.\d+)?\s*")
_LINK = re.compile(r"\s*(?:https?://|www\.)\S+\s*")
_CODE = re.compile(r"\s*[\w.:/#-]*\d[\w.:/#-]*\s*")
_DATE_SIGN = re.compile(r"[-/.:年月日년\s,]")
_DATE_NUMBERS = re.compile(r"\d{4}|\d\D+\d|[年년]")
"""A year, or two numbers, without which a text is not a date."""
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SENTENCE_WORDS, _SENTENCE_CJK, _PHRASE_WORDS = 4.0, 8.0, 2.5
_BOOLEANS = frozenset({"true", "false", "yes", "no", "y", "n", "t", "f"})


@dataclass(frozen=True)
class ColumnFacts:
    """Facts about the values of one column.

    Attributes:
        name: name of the column.
        kind: its type.
        rows: number of rows of the table.
        values: a sample of the present values, without blank texts.
        distinct: number of distinct present values; 0 for nested columns.
        present: share of rows with a value.
    """

    name: str
    kind: pa.DataType
    rows: int
    values: Sequence[Cell] = field(repr=False)
    distinct: int = 0
    present: float = 0.0

    @cached_property
    def texts(self) -> list[str]:
        """The sample as strings; empty for nested columns."""
        return [] if self.is_nested else [str(value) for value in self.values]

    @property
    def is_text(self) -> bool:
        """Whether the column contains strings."""
        return is_text(self.kind)

    @property
    def is_nested(self) -> bool:
        """Whether the column contains lists, structs or maps."""
        return bool(pa.types.is_nested(self.kind))

    @cached_property
    def length(self) -> float:
        """Mean length in characters."""
        return float(np.mean([len(text) for text in self.texts])) if self.texts else 0.0

    @cached_property
    def words(self) -> float:
        """Mean number of words; Chinese, Japanese and Korean characters count as half a word each."""
        return float(np.mean([_word_count(text) for text in self.texts])) if self.texts else 0.0

    @cached_property
    def numbers(self) -> np.ndarray | None:
        """float64, the sampled values if all are numbers; otherwise None."""
        if not self.texts or not all(map(_NUMBER.fullmatch, self.texts)):
            return None
        return np.array([float(text) for text in self.texts])

    @property
    def is_whole(self) -> bool:
        """Whether all values are integers."""
        return self.numbers is not None and bool((self.numbers == np.floor(self.numbers)).all())

    @property
    def is_score(self) -> bool:
        """Whether the column is a score rather than classes: many distinct numbers, some of them fractional."""
        numbers = self.numbers
        return numbers is not None and not self.is_whole and self.distinct > MAX_RATINGS

    @property
    def is_binary(self) -> bool:
        """Whether all values are 0 or 1, or booleans."""
        if pa.types.is_boolean(self.kind):
            return True
        return self.is_whole and bool(self.texts) and {float(t) for t in self.texts} <= {0.0, 1.0}

    @property
    def is_repeating(self) -> bool:
        """Whether few short values repeat, as classes, ratings and names of groups do."""
        if self.is_nested or not 2 <= self.distinct <= MAX_CLASSES or self.is_score:
            return False
        if self.rows * self.present < MIN_REPEATS * self.distinct:
            return False
        if self.numbers is not None:
            return self.distinct <= MAX_RATINGS
        return max(map(len, self.texts)) <= MAX_CLASS_LENGTH and self.words <= _SENTENCE_WORDS

    @property
    def is_unique(self) -> bool:
        """Whether every row has a different value."""
        return self.present == 1.0 and self.distinct == self.rows > 0

    @property
    def is_link(self) -> bool:
        """Whether the values are web addresses."""
        return _share(_LINK.fullmatch, self.texts) >= _MOST_VALUES

    @property
    def is_code(self) -> bool:
        """Whether the values are short words with digits, such as record numbers."""
        return self.length <= 40 and _share(_CODE.fullmatch, self.texts) >= _MOST_VALUES

    @property
    def is_running_text(self) -> bool:
        """Whether the values are sentences, or at least phrases that mostly differ between rows."""
        if not self.is_text or self.numbers is not None or self.is_link or self.is_json:
            return False
        if self.words >= _SENTENCE_WORDS:
            return True
        return self.words >= 2 and self.distinct > 0.5 * self.rows * self.present and not self.is_date

    @cached_property
    def is_date(self) -> bool:
        """Whether nearly every value can be parsed as a date and is not a bare number."""
        if pa.types.is_date(self.kind) or pa.types.is_timestamp(self.kind):
            return True
        if not self.is_text or not self.texts or _share(_DATE_SIGN.search, self.texts) < _MOST_VALUES:
            return False
        if self.length > 40 or _share(_DATE_NUMBERS.search, self.texts) < _MOST_VALUES:
            return False
        return _share(_BARE.fullmatch, self.texts) < 0.5 and self.readable_dates >= _MOST_VALUES

    @cached_property
    def readable_dates(self) -> float:
        """Share of the values that can be parsed as dates; 1 if only the order of day and month is ambiguous."""
        column = pa.chunked_array([pa.array(self.values, self.kind)])
        try:
            return float((parse_dates(column).status == OK).mean()) if len(column) else 0.0
        except InputError:
            return 1.0

    @property
    def is_epoch(self) -> bool:
        """Whether all values are numbers that are times of the years 1990 to 2040 in seconds, ms or µs."""
        numbers = self.numbers
        if numbers is None:
            return False
        return any(bool(((numbers > 6.3e8 * unit) & (numbers < 2.2e9 * unit)).all()) for unit in (1, 1e3, 1e6))

    @property
    def is_serial(self) -> bool:
        """Whether all values can be serial day numbers of a spreadsheet."""
        return self.numbers is not None and days_of_numbers(self.numbers)[1] == SERIAL

    @property
    def is_split(self) -> bool:
        """Whether at least two of its values name parts such as train and test."""
        return 2 <= self.distinct <= 10 and len({part_of(text) for text in set(self.texts)} - {None}) >= 2

    @property
    def is_words(self) -> bool:
        """Whether the values are lists of strings."""
        return self._is_list_of(is_text)

    @property
    def is_tags(self) -> bool:
        """Whether the values are lists of strings or of integers."""
        return self._is_list_of(lambda kind: is_text(kind) or bool(pa.types.is_integer(kind)))

    def _is_list_of(self, of: Callable[[pa.DataType], bool]) -> bool:
        is_list = pa.types.is_list(self.kind) or pa.types.is_large_list(self.kind)
        return bool(is_list) and of(self.kind.value_type)

    @cached_property
    def is_json(self) -> bool:
        """Whether a text column contains JSON lists or objects."""
        if not self.is_text or not self.texts:
            return False
        return all(text.lstrip()[:1] in ("[", "{") and _is_json(text) for text in self.texts)

    @cached_property
    def is_messages(self) -> bool:
        """Whether each value is a message, an object with a speaker and a content, or a list of messages."""
        lists = [value if isinstance(value, list) else [value] for value in self._decoded if value]
        enough = len(lists) >= _MOST_VALUES * len(self._decoded)
        return bool(lists) and enough and all(map(_are_messages, lists))

    @property
    def is_list(self) -> bool:
        """Whether the values are lists, also in JSON."""
        return all(isinstance(value, list) for value in self._decoded)

    @property
    def is_nested_text(self) -> bool:
        """Whether the values are lists or objects, also in JSON, whose texts are mostly sentences or phrases."""
        return self.nested_words >= _PHRASE_WORDS

    @cached_property
    def nested_words(self) -> float:
        """Mean number of words of the texts in lists, or of all texts of an object together; 0 without any."""
        texts = [text for value in self._decoded for text in _texts_in(value)] if self._is_structured else []
        return float(np.mean([_word_count(text) for text in texts])) if texts else 0.0

    @property
    def has_speakers(self) -> bool:
        """Whether the values are lists of texts, or contain lists of messages or exchanges at any depth."""
        return self.is_words or any(map(_contains_message, self._decoded))

    @property
    def _is_structured(self) -> bool:
        return self.is_nested or self.is_json

    @cached_property
    def _decoded(self) -> Sequence[Cell]:
        return [json.loads(value) for value in self.texts] if self.is_json else self.values


def facts_of(table: pa.Table, release_pages: Callable[[], None] = do_nothing) -> dict[str, ColumnFacts]:
    """Facts about each column, by column name.

    Args:
        table: its columns may be views of memory-mapped files.
        release_pages: see `auditor.corpus.sample.pieces_of`.
    """
    return {name: _facts(name, table.column(name), release_pages) for name in table.column_names}


def _facts(name: str, column: pa.ChunkedArray, release_pages: Callable[[], None]) -> ColumnFacts:
    rows, kind = len(column), column.type
    step = max(1, rows // SAMPLE)
    sample = values_at(column, np.arange(0, rows, step)[:SAMPLE], release_pages)
    values = [value for value in sample if value is not None and not (isinstance(value, str) and not value.strip())]
    if pa.types.is_nested(kind) or pa.types.is_null(kind) or not _can_count(kind):
        return ColumnFacts(name, kind, rows, values, 0, len(values) / max(len(sample), 1))
    filled, counter = 0, DistinctCounter()
    for piece in pieces_of(column, release_pages):
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
    return all(isinstance(item, dict) and _is_message(item) for item in value)


def _texts_in(value: Cell) -> list[str]:
    texts = content_of(value)
    is_list = isinstance(value, list) and not any(isinstance(item, dict) for item in value)
    return texts if is_list or not texts else [" ".join(texts)]


def _contains_message(value: Cell) -> bool:
    if isinstance(value, dict):
        return bool(keyed_sides(value)) or any(map(_contains_message, value.values()))
    return isinstance(value, list) and any(
        _contains_message(item) or (isinstance(item, dict) and _is_message(item)) for item in value
    )


def _is_message(item: dict[str, Cell]) -> bool:
    is_one = any(key in item for key in SPEAKER_KEYS) and any(key in item for key in (*CONTENT_KEYS, *CALL_KEYS))
    return is_one or bool(keyed_sides(item))
