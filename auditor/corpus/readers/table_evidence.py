"""What a table that is read a block at a time says about its quotation marks; see `auditor.corpus.readers.dialect`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from auditor.corpus.readers.blocks import NeedsWholeError
from auditor.corpus.readers.dialect import ESCAPED, EVEN, evenness, usual_width
from auditor.corpus.readers.table import Line

_ESCAPED = re.compile(ESCAPED.pattern.encode())


class QuoteEvidence:
    """Whether quotation marks enclose fields in the whole table, as they do in its blocks.

    Args:
        delimiter: what separates fields, an ASCII character.
        is_lone_name: whether the first line is a name alone, so that a table of one column is expected.
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
        """A block of rows of one width without a fault.

        Args:
            block: its bytes, in which no line ends in a return alone.
            width: fields of a row.
            rows: how many.
            holds_lines: whether a field holds the end of a line.
        """
        self._widths[width] += rows
        self._holds_lines |= holds_lines
        self._add_lines(block)

    def add_plain(self, *, width: int, rows: int) -> None:
        """A block of rows of one width without a quotation mark."""
        self._widths[width] += rows
        self._plain_widths[width] += rows

    def add_lines(self, block: bytes, lines: Sequence[Line]) -> None:
        """A block of any rows."""
        self._widths.update(len(line.cells) for line in lines if line.fault is None)
        self._has_faults |= any(line.fault is not None for line in lines)
        self._holds_lines |= any(
            isinstance(cell, str) and "\n" in cell and self._delimiter in cell for line in lines for cell in line.cells
        )
        self._add_lines(block.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))

    def _add_lines(self, block: bytes) -> None:
        """What the block is where quotation marks are marks like others."""
        if b'"' in block:
            self._has_marks = True
            self._is_escaped = self._is_escaped or (b'\\"' in block and _ESCAPED.search(block) is not None)
            self._is_enclosing = self._is_enclosing or self._enclosed.search(block) is not None
        if self._is_enclosing and self._delimiter != "\t":
            return  # marks enclose fields, whatever else there is
        mark = self._mark
        self._plain_widths.update(line.count(mark) + 1 for line in block.split(b"\n") if line and line != b"\r")

    @property
    def is_decided(self) -> bool:
        """Whether it is sure by now that the table has to be read whole."""
        return (self._has_faults and self._is_escaped) or (self._is_lone_name and usual_width(self._widths) > 1)

    def require_standard(self) -> None:
        """See that quotation marks enclose fields.

        Raises:
            NeedsWholeError: they may have been written after backslashes, or be marks like others.
        """
        if self._has_marks and (self._has_faults or self._holds_lines):
            widths = self._plain_widths
            is_even = evenness(widths, widths.total()) >= EVEN and usual_width(widths) > 1
            if (self._has_faults and self._is_escaped) or (
                is_even and (self._delimiter == "\t" or not self._is_enclosing)
            ):
                raise NeedsWholeError
        self.require_one_column()

    def require_one_column(self) -> None:
        """See that below a name that stands alone there is one column.

        Raises:
            NeedsWholeError: most lines hold the delimiter.
        """
        if self._is_lone_name and usual_width(self._widths) > 1:
            raise NeedsWholeError
