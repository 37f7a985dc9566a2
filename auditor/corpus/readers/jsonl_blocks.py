"""Read JSON Lines block by block, in constant memory, with the same rows as `JsonReader.read`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice

import numpy as np

from auditor.corpus.readers.annotated import SpanDetector, is_nested_export
from auditor.corpus.readers.blocks import Block, FileFacts, NeedsWholeFileError
from auditor.corpus.readers.column_types import ColumnTypes
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.readers.json_lines import HEAD_CHARACTERS, flaw_of, share_of_lines
from auditor.corpus.readers.json_values import MAX_DEPTH, Item, Json, JsonParser
from auditor.corpus.readers.text_bytes import TextBytes
from auditor.corpus.rejects import Reason
from auditor.errors import InputError

_HEAD_ITEMS = 100
_ESCAPED = re.compile(rb"\\u[dD][89a-fA-F]")
"""An escaped surrogate, which may be unpaired."""


def jsonl_blocks(
    source: TextBytes, file: InputFile, facts: FileFacts, mixed: frozenset[str], size: int
) -> Iterator[Block]:
    """The rows of a file with one object per line; see `BlockReader.blocks`.

    Args:
        source: the bytes of the file, from its start.
        file: the file.
        facts: see there.
        mixed: see there.
        size: bytes per block.
    """
    _require_objects(source)
    facts.is_sparse = True
    types, watch, lines = ColumnTypes(mixed), SpanDetector(), _Lines(file)
    place = 0
    while True:
        end = source.line_end(size)
        if not end:
            break
        found, first = lines.parse(source, end), source.line + 1
        source.take(end)
        watch.add([value for value in (*found.rows, *found.bad_objects) if isinstance(value, dict)])
        line_positions = found.lines()
        bad_positions = place + found.places(np.array([one for one, _, _ in found.bad], np.int64))
        bad = tuple((int(row), line, reason) for row, (_, line, reason) in zip(bad_positions, found.bad, strict=True))
        table, kinds = types.table(found.rows), types.kinds(found.rows)
        yield Block(table, place + found.places(line_positions), bad, first + line_positions if mixed else None, kinds)
        place += len(line_positions) + len(bad)
    if watch.is_marked:
        raise NeedsWholeFileError
    facts.columns = types.names
    if place == 0 or not (facts.columns or lines.has_bad):
        raise InputError("The file has no row.", where=str(file.path), fix="Give one JSON object per line.")
    lines.add_notice(facts)


def _require_objects(source: TextBytes) -> None:
    """Require that the first lines are objects that are rows themselves.

    Raises:
        NeedsWholeFileError: they are not, or it is uncertain.
    """
    text = source.head(HEAD_CHARACTERS)
    if text.lstrip("\ufeff \t\r\n").startswith("[") or share_of_lines(text) < 0.5:
        raise NeedsWholeFileError
    lines = (line for line in text.split("\n") if line.strip())
    parser = JsonParser()
    items = [parser.line(line, 1) for line in islice(lines, _HEAD_ITEMS)]
    objects = [item.value for item in items if isinstance(item.value, dict)]
    if not any(item.reason is None and isinstance(item.value, dict) for item in items) or is_nested_export(objects):
        raise NeedsWholeFileError
    watch = SpanDetector()
    watch.add(objects)
    if watch.is_marked:
        raise NeedsWholeFileError


class _LineRows:
    """The rows in a block of lines.

    Attributes:
        rows: objects of the readable rows.
        blank: positions, among the lines, of lines without a row.
        bad: (position among the lines, line in the file, reason) of rejected rows.
        bad_objects: values of rejected rows that could be parsed.
    """

    def __init__(self) -> None:
        self.rows = list[dict[str, Json]]()
        self.blank = list[int]()
        self.bad = list[tuple[int, int, Reason]]()
        self.bad_objects = list[Json]()

    def lines(self) -> np.ndarray:
        """int64, one per readable row: its position among the lines."""
        count = len(self.rows) + len(self.bad) + len(self.blank)
        return np.delete(np.arange(count), [*self.blank, *(place for place, _, _ in self.bad)])

    def places(self, lines: np.ndarray) -> np.ndarray:
        """int64: positions among all rows, readable or not, for positions among the lines."""
        return np.asarray(lines - np.searchsorted(np.array(self.blank, np.int64), lines))


class _Lines:
    """Parses lines: ordinary ones directly, all others with `JsonParser`.

    Attributes:
        has_bad: whether a line was rejected.
    """

    def __init__(self, file: InputFile) -> None:
        self._max_field = file.settings.max_field_bytes
        self._parser = JsonParser()
        self._decode = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse).raw_decode
        self.has_bad = False

    def add_notice(self, facts: FileFacts) -> None:
        """Add the notices of ignored deviations."""
        if self._parser.missing:
            facts.add_notice("nan_is_missing", self._parser.missing)
        if self._parser.commas:
            facts.add_notice("json_commas", self._parser.commas)

    def parse(self, source: TextBytes, end: int) -> _LineRows:
        """Parse the next lines.

        Args:
            source: the bytes of the file.
            end: number of bytes to parse, ending with a line.
        """
        found, block, decode, max_field = _LineRows(), source.data[:end], self._decode, self._max_field
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

    def _strict(self, line: str, number: int, place: int, found: _LineRows) -> None:
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
    """Why a line is not a row; None if it is."""
    if item.reason is not None or not isinstance(item.value, dict):
        return item.reason or "not_an_object"
    return flaw_of(item.value, max_field)
