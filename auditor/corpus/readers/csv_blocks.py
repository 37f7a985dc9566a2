"""Read delimited text tables block by block, in constant memory, with the same rows as `CsvReader.read`."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.blocks import Block, FileFacts, NeedsWholeFileError
from auditor.corpus.readers.dialect import (
    ESCAPED,
    HEAD_CHARACTERS,
    SEP_LINE,
    Quoting,
    find_delimiter,
    is_lone_name,
    parsed_lines,
)
from auditor.corpus.readers.fast_csv import fast_rows, quotes_in
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.readers.table import HEAD_LINES, Layout, Line, add_lines, layout_of
from auditor.corpus.readers.table_evidence import QuoteEvidence
from auditor.corpus.readers.text_bytes import TextBytes
from auditor.corpus.readers.word_lists import may_hold_lists
from auditor.corpus.readers.words import detect_columns, holds_words
from auditor.corpus.rejects import Reason

DELIMITER_NAMES = {",": ",", ";": ";", "\t": "tab", "|": "|", "\x01": "Ctrl-A"}
"""Names of delimiters in notices."""
HTML = re.compile(r"[\ufeff\s]*<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE)
"""The start of an HTML page."""
_PIECE = 100_000
"""Bytes split into lines at a time when a block is read line by line."""
_MAX_GROWTH = 4
"""Factor by which a block may grow to contain a complete row before it is read line by line."""


@dataclass(frozen=True)
class _Form:
    """The dialect and layout of the table.

    Attributes:
        delimiter: separator of fields.
        quoting: meaning of quotation marks.
        layout: the columns.
        skipped: number of bytes before the first row.
        is_lone_name: see `QuoteEvidence`.
    """

    delimiter: str
    quoting: Quoting
    layout: Layout
    skipped: int
    is_lone_name: bool


def csv_blocks(file: InputFile, facts: FileFacts, usual: str | None, size: int) -> Iterator[Block]:
    """The rows of a table; see `BlockReader.blocks`.

    Args:
        file: the file.
        facts: see there.
        usual: see `auditor.corpus.readers.dialect.read_table`.
        size: bytes per block.
    """
    source = TextBytes(file)
    form = _detect_form(source, file, facts, usual)
    facts.columns = form.layout.names
    evidence = QuoteEvidence(form.delimiter, is_lone_name=form.is_lone_name)
    blocks, place = _Blocks(source, file, facts, form, evidence), 0
    blocks.skip(form.skipped)
    while (rows := blocks.next(size)) is not None:
        if file.settings.quoting == "auto" and evidence.is_decided:
            raise NeedsWholeFileError
        yield rows.block(place)
        place += rows.count
    if file.settings.quoting == "auto":
        evidence.require_standard()
    evidence.require_one_column()
    if place == 0:
        yield Block(pa.table({name: pa.array([], pa.large_string()) for name in facts.columns}), np.zeros(0, np.int64))


@dataclass(frozen=True)
class _Rows:
    """The rows of a block, good and bad."""

    table: pa.Table
    places: np.ndarray
    bad: tuple[tuple[int, int, Reason], ...] = ()

    @property
    def count(self) -> int:
        return len(self.places) + len(self.bad)

    def block(self, first: int) -> Block:
        bad = tuple((first + place, line, reason) for place, line, reason in self.bad)
        return Block(self.table, self.places + first, bad)


class _Blocks:
    """Splits the bytes into blocks of complete rows and parses them."""

    def __init__(
        self, source: TextBytes, file: InputFile, facts: FileFacts, form: _Form, evidence: QuoteEvidence
    ) -> None:
        self._source = source
        self._facts = facts
        self._form = form
        self._evidence = evidence
        self._max_field = file.settings.max_field_bytes
        self._line = 0

    def skip(self, size: int) -> None:
        """Skip what precedes the rows, but count its notices."""
        self._add_notices(self._source.text(0, size))
        self._line += _lone_ends(self._source.data[:size]) + self._source.take(size)

    def next(self, size: int) -> _Rows | None:
        """The rows of the next block; None at the end."""
        source, form = self._source, self._form
        source.fill(size)
        if not source.data:
            return None
        if form.quoting != "standard" or not form.layout.kept:
            return self._strict(min(size, len(source.data)))
        while True:
            quotes = quotes_in(source.data)
            end = quotes.row_end(is_last=source.is_last)
            if end or len(source.data) >= _MAX_GROWTH * size:
                break
            source.fill(2 * len(source.data))
        if not end or not quotes.are_plain(end, ord(form.delimiter)):
            return self._strict(end or 1)
        block, has_quotes = source.data[:end], len(quotes.places) > 0
        width = len(form.layout.kept)
        table = fast_rows(block, width, form.delimiter, self._max_field, has_quotes=has_quotes)
        if table is None:
            return self._strict(end)
        if has_quotes:
            self._evidence.add(block, width=width, rows=len(table), holds_lines=quotes.hold_lines(end))
        else:
            self._evidence.add_plain(width=width, rows=len(table))
        self._line += source.take(end)
        return _Rows(self._kept(table), np.arange(len(table)))

    def _kept(self, table: pa.Table) -> pa.Table:
        """Select and name the columns that are kept."""
        layout = self._form.layout
        for place, is_kept in enumerate(layout.kept):
            if not is_kept and (pc.max(pc.binary_length(table.column(place))).as_py() or 0) > 0:
                raise NeedsWholeFileError  # a column that was empty in the first lines has a value
        return table.select([i for i, is_kept in enumerate(layout.kept) if is_kept]).rename_columns(list(layout.names))

    def _strict(self, end: int) -> _Rows:
        """Parse, with Python's parser, the rows up to the first one that ends at `end` or later."""
        form, reader = self._form, _LineReader(self._source)
        lines = list[Line]()
        for line in parsed_lines(reader.lines(form.quoting), form.delimiter, self._max_field, form.quoting, self._line):
            lines.append(line)
            if reader.place >= end:
                break
        text = self._source.text(0, reader.place)
        self._add_notices(text)
        self._evidence.add_lines(self._source.data[: reader.place], lines)
        if not all(form.layout.kept):
            self._require_empty(lines)
        rows = FileRows({name: [] for name in form.layout.names})
        add_lines(rows, lines, form.layout)
        self._facts.notes.update(rows.notes)
        self._line += _lone_ends(self._source.data[: reader.place]) + self._source.take(reader.place)
        columns = {name: pa.array(values, pa.large_string()) for name, values in rows.columns.items()}
        return _Rows(pa.table(columns), np.array(rows.places, np.int64), tuple(rows.bad))

    def _require_empty(self, lines: list[Line]) -> None:
        dropped = [place for place, is_kept in enumerate(self._form.layout.kept) if not is_kept]
        if any(place < len(line.cells) and line.cells[place] for line in lines for place in dropped):
            raise NeedsWholeFileError

    def _add_notices(self, text: str) -> None:
        if self._form.quoting == "none":
            self._facts.add_notice("plain_quotes", sum('"' in line for line in text.splitlines()))
        if self._form.quoting == "backslash":
            self._facts.add_notice("backslash_quotes", text.count('\\"'))


class _LineReader:
    """Yields the lines of a text, reading only as far as needed.

    Attributes:
        place: bytes of the lines yielded so far.
    """

    def __init__(self, source: TextBytes, place: int = 0) -> None:
        self._source = source
        self.place = place

    def lines(self, quoting: Quoting) -> Iterator[str]:
        while (end := self._source.line_end(_PIECE, self.place)) > self.place:
            for line in _split(self._source.text(self.place, end)):
                self.place += len(line.encode("utf-8", "surrogateescape"))
                yield ESCAPED.sub(r'\1""', line) if quoting == "backslash" else line


def _split(text: str) -> Iterator[str]:
    """Lines with their ends (LF, CR or CRLF), as a file opened with ``newline=""`` yields them."""
    return iter(io.StringIO(text, newline=""))


def _lone_ends(data: bytes) -> int:
    """Number of lines that end in CR alone."""
    return data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else 0


def _detect_form(source: TextBytes, file: InputFile, facts: FileFacts, usual: str | None) -> _Form:
    """Detect dialect and layout from the first lines.

    Raises:
        NeedsWholeFileError: all lines are needed.
        InputError: see `CsvReader.read`.
    """
    settings = file.settings
    text = source.head(HEAD_CHARACTERS)
    is_other = text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") or HTML.match(text) is not None
    if (settings.header != "no" and is_other) or detect_columns(text):
        raise NeedsWholeFileError
    named = SEP_LINE.match(text)
    delimiter, skipped = settings.delimiter, 0
    if named and (delimiter or named[1]) == named[1]:
        delimiter, skipped = named[1], len(text[: named.end()].encode())
        facts.add_notice("sep_line")
    if delimiter is None:
        delimiter = find_delimiter(text, usual)
    if not delimiter.isascii():
        raise NeedsWholeFileError
    quoting: Quoting = "standard" if settings.quoting == "auto" else settings.quoting
    lines, ends = _first_lines(source, file, delimiter, quoting, skipped)
    layout = layout_of(lines, file, facts.add_notice)
    if holds_words(layout.names) or may_hold_lists(layout.names):
        raise NeedsWholeFileError
    if delimiter != (usual or ",") and len(layout.names) > 1 and not skipped:
        facts.add_notice("delimiter", detail=DELIMITER_NAMES.get(delimiter, delimiter))
    first = ends[layout.first - 1] if layout.first else skipped
    return _Form(delimiter, quoting, layout, first, is_lone_name=not named and is_lone_name(lines))


def _first_lines(
    source: TextBytes, file: InputFile, delimiter: str, quoting: Quoting, skipped: int
) -> tuple[list[Line], list[int]]:
    """The lines needed to find the column names, and the byte offset of the end of each."""
    reader = _LineReader(source, skipped)
    count = max(file.settings.title_lines or 0, HEAD_LINES) + HEAD_LINES + 3
    lines, ends, before = list[Line](), list[int](), int(skipped > 0)
    found = parsed_lines(reader.lines(quoting), delimiter, file.settings.max_field_bytes, quoting, before)
    start = None
    for line in found:
        lines.append(line)
        ends.append(reader.place)
        if start is None and line.fault is None and any(line.cells):
            start = len(lines)
        if start is not None and len(lines) >= start + count:
            break
    return lines, ends
