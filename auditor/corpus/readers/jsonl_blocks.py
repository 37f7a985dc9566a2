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
from auditor.corpus.readers.json_values import Item, Json, JsonParser
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
        found = lines.of(source, end)
        source.take(end)
        watch.add([value for value in (*found.rows, *found.bad_objects) if isinstance(value, dict)])
        bad = tuple((place + at, line, reason) for at, line, reason in found.bad)
        places = found.places + place
        place += len(places) + len(bad)
        yield Block(types.table(found.rows), places, bad, found.lines if mixed else None, types.kinds(found.rows))
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
    """Rows of a block.

    Attributes:
        rows: objects of the readable ones.
        at, line: place in the block and line in the file of each.
        bad: (place in the block, line, reason).
        bad_objects: values of bad rows that could be parsed.
    """

    def __init__(self) -> None:
        self.rows = list[dict[str, Json]]()
        self.at, self.line = list[int](), list[int]()
        self.bad = list[tuple[int, int, Reason]]()
        self.bad_objects = list[Json]()

    def add(self, line: int, value: dict[str, Json]) -> None:
        """A readable row."""
        self.at.append(len(self.rows) + len(self.bad))
        self.rows.append(value)
        self.line.append(line)

    @property
    def places(self) -> np.ndarray:
        """int64, one per readable row."""
        return np.array(self.at, np.int64)

    @property
    def lines(self) -> np.ndarray:
        """int64, one per readable row."""
        return np.array(self.line, np.int64)


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
        found, block = _Found(), source.data[:end]
        is_escaped = b"\\u" in block and _ESCAPED.search(block) is not None
        parts, first = block.split(b"\n"), source.line + 1
        for place, part in enumerate(parts):
            try:
                line = part.decode("utf-8")
            except UnicodeDecodeError:
                start = sum(map(len, parts[:place])) + place
                self._strict(source.text(start, start + len(part)), first + place, found)
                continue
            value = self._plain(line)
            if is_escaped and value is not None and _ESCAPED.search(part) and flaw_of(value, self._max_field):
                value = None
            if value is not None:
                found.add(first + place, value)
            elif line.strip():
                self._strict(line, first + place, found)
        return found

    def _plain(self, line: str) -> dict[str, Json] | None:
        """An object without a key twice; None where the line has to be looked at closely."""
        try:
            value, end = self._decode(line)
        except (ValueError, RecursionError):
            return None
        if type(value) is not dict or len(line) > self._max_field or (end < len(line) and line[end:].strip(" \t\r")):
            return None
        return value

    def _strict(self, line: str, number: int, found: _Found) -> None:
        item = self._parser.line(line, number)
        reason = _reason(item, self._max_field)
        if reason is None and isinstance(item.value, dict):
            found.add(number, item.value)
            return
        self.has_bad = True
        found.bad.append((len(found.rows) + len(found.bad), number, reason or "not_an_object"))
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
