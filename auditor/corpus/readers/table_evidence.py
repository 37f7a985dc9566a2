"""Detect the meaning of quotation marks in a table read block by block; see `auditor.corpus.readers.dialect`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from auditor.corpus.readers.blocks import NeedsWholeFileError
from auditor.corpus.readers.dialect import ESCAPED, MIN_EVENNESS, evenness, usual_width
from auditor.corpus.readers.table import Line

_ESCAPED = re.compile(ESCAPED.pattern.encode())


class QuoteEvidence:
    """Collects evidence that quotation marks enclose fields in the whole table, as assumed while reading its blocks.

    Args:
        delimiter: separator of fields, an ASCII character.
        is_lone_name: whether the first line is a single column name, so that a table of one column is expected.
    """

    def __init__(self, delimiter: str, *, is_lone_name: bool) -> None:
        mark = re.escape(delimiter)
        self._delimiter, self._mark = delimiter, delimiter.encode()
        self._enclosed = re.compile(rf'"(?<![^{mark}\r\n]")[^{mark}\r\n]*"(?![^{mark}\r\n])'.encode())
        self._is_lone_name = is_lone_name
        self._widths = Counter[int]()
        self._plain_widths = Counter[int]()
        self._has_marks = self._has_faults = self._is_escaped = self._is_enclosing = self._holds_lines = False

    def add(self, block: bytes, *, width: int, rows: int, holds_lines: bool) -> None:
        """Add a block of rows of equal width without faults.

        Args:
            block: its bytes, in which no line ends in CR alone.
            width: fields per row.
            rows: number of rows.
            holds_lines: whether a field contains a line break.
        """
        self._widths[width] += rows
        self._holds_lines |= holds_lines
        self._add_lines(block)

    def add_plain(self, *, width: int, rows: int) -> None:
        """Add a block of rows of equal width without quotation marks."""
        self._widths[width] += rows
        self._plain_widths[width] += rows

    def add_lines(self, block: bytes, lines: Sequence[Line]) -> None:
        """Add a block of any rows."""
        self._widths.update(len(line.cells) for line in lines if line.fault is None)
        self._has_faults |= any(line.fault is not None for line in lines)
        self._holds_lines |= any(
            isinstance(cell, str) and "\n" in cell and self._delimiter in cell for line in lines for cell in line.cells
        )
        self._add_lines(block.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))

    def _add_lines(self, block: bytes) -> None:
        """Analyse the block with quotation marks read as ordinary characters."""
        if b'"' in block:
            self._has_marks = True
            self._is_escaped = self._is_escaped or (b'\\"' in block and _ESCAPED.search(block) is not None)
            self._is_enclosing = self._is_enclosing or self._enclosed.search(block) is not None
        if self._is_enclosing and self._delimiter != "\t":
            return  # marks certainly enclose fields
        mark = self._mark
        self._plain_widths.update(line.count(mark) + 1 for line in block.split(b"\n") if line and line != b"\r")

    @property
    def is_decided(self) -> bool:
        """Whether it is already certain that the table has to be read whole."""
        return (self._has_faults and self._is_escaped) or (self._is_lone_name and usual_width(self._widths) > 1)

    def require_standard(self) -> None:
        """Require that quotation marks enclose fields.

        Raises:
            NeedsWholeFileError: they may be escaped by backslashes, or be ordinary characters.
        """
        if self._has_marks and (self._has_faults or self._holds_lines):
            widths = self._plain_widths
            is_even = evenness(widths, widths.total()) >= MIN_EVENNESS and usual_width(widths) > 1
            if (self._has_faults and self._is_escaped) or (
                is_even and (self._delimiter == "\t" or not self._is_enclosing)
            ):
                raise NeedsWholeFileError
        self.require_one_column()

    def require_one_column(self) -> None:
        """Require one column below a single column name.

        Raises:
            NeedsWholeFileError: most lines contain the delimiter.
        """
        if self._is_lone_name and usual_width(self._widths) > 1:
            raise NeedsWholeFileError
