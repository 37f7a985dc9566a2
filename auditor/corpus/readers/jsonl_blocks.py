"""JSON Lines, a block at a time: equal to what `JsonReader.read` gives, in memory that does not grow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice

import numpy as np

from auditor.corpus.readers.annotated import SpanWatch, is_nested_export
from auditor.corpus.readers.blocks import Block, NeedsWholeError, Told
from auditor.corpus.readers.column_types import ColumnTypes
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.readers.json_lines import HEAD_CHARACTERS, flaw_of, share_of_lines
from auditor.corpus.readers.json_values import MAX_DEPTH, Item, Json, JsonParser
from auditor.corpus.readers.text_bytes import TextBytes
from auditor.corpus.rejects import Reason
from auditor.errors import InputError

_HEAD_ITEMS = 100
_ESCAPED = re.compile(rb"\\u[dD][89a-fA-F]")
"""The half of a character beyond U+FFFF, which may stand alone."""


def jsonl_blocks(source: TextBytes, file: InputFile, told: Told, mixed: frozenset[str], size: int) -> Iterator[Block]:
    """The rows of a file with an object a line; see `BlockReader.blocks`.

    Args:
        source: of the file, from its start.
        file: to read.
        told: see there.
        mixed: see there.
        size: bytes of a block.
    """
    _require_objects(source)
    told.is_sparse = True
    types, watch, lines = ColumnTypes(mixed), SpanWatch(), _Lines(file)
    place = 0
    while True:
        end = source.line_end(size)
        if not end:
            break
        found, first = lines.of(source, end), source.line + 1
        source.take(end)
        watch.add([value for value in (*found.rows, *found.bad_objects) if isinstance(value, dict)])
        at = found.lines()
        bad_at = place + found.places(np.array([one for one, _, _ in found.bad], np.int64))
        bad = tuple((int(row), line, reason) for row, (_, line, reason) in zip(bad_at, found.bad, strict=True))
        table, kinds = types.table(found.rows), types.kinds(found.rows)
        yield Block(table, place + found.places(at), bad, first + at if mixed else None, kinds)
        place += len(at) + len(bad)
    if watch.is_marked:
        raise NeedsWholeError
    told.columns = types.names
    if place == 0 or not (told.columns or lines.has_bad):
        raise InputError("The file has no row.", where=str(file.path), fix="Give one JSON object a line.")
    lines.tell(told)


def _require_objects(source: TextBytes) -> None:
    """See that the first lines hold objects that are rows themselves.

    Raises:
        NeedsWholeError: they do not, or cannot be told to.
    """
    text = source.head(HEAD_CHARACTERS)
    if text.lstrip("\ufeff \t\r\n").startswith("[") or share_of_lines(text) < 0.5:
        raise NeedsWholeError
    lines = (line for line in text.split("\n") if line.strip())
    parser = JsonParser()
    items = [parser.line(line, 1) for line in islice(lines, _HEAD_ITEMS)]
    objects = [item.value for item in items if isinstance(item.value, dict)]
    if not any(item.reason is None and isinstance(item.value, dict) for item in items) or is_nested_export(objects):
        raise NeedsWholeError
    watch = SpanWatch()
    watch.add(objects)
    if watch.is_marked:
        raise NeedsWholeError


class _Found:
    """Rows of some lines.

    Attributes:
        rows: objects of the readable ones.
        blank: places of the lines without a row.
        bad: (place among the lines, line in the file, reason).
        bad_objects: values of bad rows that could be parsed.
    """

    def __init__(self) -> None:
        self.rows = list[dict[str, Json]]()
        self.blank = list[int]()
        self.bad = list[tuple[int, int, Reason]]()
        self.bad_objects = list[Json]()

    def lines(self) -> np.ndarray:
        """int64, one per readable row: its place among the lines."""
        count = len(self.rows) + len(self.bad) + len(self.blank)
        return np.delete(np.arange(count), [*self.blank, *(place for place, _, _ in self.bad)])

    def places(self, lines: np.ndarray) -> np.ndarray:
        """int64: places among the rows, readable or not, of places among the lines."""
        return np.asarray(lines - np.searchsorted(np.array(self.blank, np.int64), lines))


class _Lines:
    """Parses lines: plain ones at once, others as strictly as `JsonParser` does.

    Attributes:
        has_bad: whether a line was rejected.
    """

    def __init__(self, file: InputFile) -> None:
        self._max_field = file.settings.max_field_bytes
        self._parser = JsonParser()
        self._decode = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse).raw_decode
        self.has_bad = False

    def tell(self, told: Told) -> None:
        """What was read over."""
        if self._parser.missing:
            told.tell("nan_is_missing", self._parser.missing)
        if self._parser.commas:
            told.tell("json_commas", self._parser.commas)

    def of(self, source: TextBytes, end: int) -> _Found:
        """The rows of some lines.

        Args:
            source: of the file.
            end: bytes that are looked at; they end with a line.
        """
        found, block, decode, max_field = _Found(), source.data[:end], self._decode, self._max_field
        is_escaped = b"\\u" in block and _ESCAPED.search(block) is not None
        start = 0
        for place, part in enumerate(block.split(b"\n")):
            try:
                line = part.decode("utf-8")
                value, last = decode(line)
            except (ValueError, RecursionError):
                value, last = None, 0
            is_odd = type(value) is not dict or len(part) > max_field or (last < len(line) and line[last:] != "\r")
            is_odd = is_odd or part.count(b"[") + part.count(b"{") > MAX_DEPTH
            if is_odd or (is_escaped and _ESCAPED.search(part) and flaw_of(value, max_field)):
                self._strict(source.text(start, start + len(part)), source.line + 1 + place, place, found)
            else:
                found.rows.append(value)
            start += len(part) + 1
        return found

    def _strict(self, line: str, number: int, place: int, found: _Found) -> None:
        if not line.strip():
            found.blank.append(place)
            return
        item = self._parser.line(line, number)
        reason = _reason(item, self._max_field)
        if reason is None and isinstance(item.value, dict):
            found.rows.append(item.value)
            return
        self.has_bad = True
        found.bad.append((place, number, reason or "not_an_object"))
        found.bad_objects.append(item.value)


def _refuse(name: str) -> Json:
    raise ValueError(name)


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError
    return values


def _reason(item: Item, max_field: int) -> Reason | None:
    """Why a line is no row."""
    if item.reason is not None or not isinstance(item.value, dict):
        return item.reason or "not_an_object"
    return flaw_of(item.value, max_field)
