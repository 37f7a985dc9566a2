"""Detect the dialect of a text table: its delimiter and the meaning of quotation marks."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from auditor.corpus.readers.table import HEAD_LINES, Line
from auditor.corpus.role_names import usual_names

Quoting = Literal["standard", "backslash", "none"]
DELIMITERS = ",;\t|^\x01"
_SKIPPED_FIELDS = 4
"""A field that is too long is skipped for at most this multiple of the largest allowed size."""
HEAD_CHARACTERS = 4_000_000
SEP_LINE = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)
ESCAPED = re.compile(r'(?<!\\)((?:\\\\)*)\\"')
MIN_EVENNESS = 0.99
"""Smallest share of rows of equal width for a reading with literal quotation marks to be preferred over one with
faults."""


@dataclass(frozen=True)
class ParsedTable:
    """A parsed text table.

    Attributes:
        lines: its rows, without blank lines.
        delimiter: separator of fields; None: each line is one field.
        quoting: detected meaning of quotation marks; None: ambiguous.
        has_sep_line: whether the first line declares the delimiter (``sep=;``), as Excel writes it.
    """

    lines: list[Line]
    delimiter: str | None
    quoting: Quoting | None
    has_sep_line: bool = False


def read_table(
    text: str, max_field: int, delimiter: str | None, quoting: Quoting | None, usual: str | None = None
) -> ParsedTable:
    """Parse text into rows of fields.

    The delimiter is the one with which most of the first lines have the same number of fields. Quotation marks enclose
    fields, unless this breaks rows that would otherwise have equal widths: then they are escaped by backslashes, or
    ordinary characters.

    Args:
        text: content of the file.
        max_field: number of characters above which a field is a fault.
        delimiter: given by the user; None: detected.
        quoting: given by the user; None: detected.
        usual: preferred delimiter, used if it separates fields at all, such as the tab in ``.tsv``.
    """
    named = SEP_LINE.match(text)
    skipped = 0
    if named and (delimiter or named[1]) == named[1]:
        delimiter, text, skipped = named[1], text[named.end() :], 1
    if delimiter is None:
        delimiter = find_delimiter(text, usual)
    lines, chosen = _parse_detecting_quotes(text, delimiter, max_field, quoting)
    if not named and _is_one_column(lines):
        whole = enumerate((line.rstrip("\r") for line in text.split("\n")), 1)
        return ParsedTable([Line(number, [line]) for number, line in whole if line.strip()], None, "standard")
    if skipped:
        lines = [line._replace(number=line.number + skipped) for line in lines]
    return ParsedTable(lines, delimiter, chosen, bool(skipped))


def _is_one_column(lines: Sequence[Line]) -> bool:
    """Whether there is a single column name above lines that contain the delimiter as an ordinary character."""
    return is_lone_name(lines) and _width(lines) > 1


def is_lone_name(lines: Sequence[Line]) -> bool:
    """Whether the first line consists of one common column name."""
    first = lines[0].cells if lines else ()
    return len(first) == 1 and str(first[0]).strip().lower() in usual_names()


def _parse_detecting_quotes(
    text: str, delimiter: str, max_field: int, quoting: Quoting | None
) -> tuple[list[Line], Quoting | None]:
    if quoting is not None:
        return _parse(text, delimiter, max_field, quoting), quoting
    lines = _parse(text, delimiter, max_field, "standard")
    if '"' not in text:
        return lines, "standard"
    faults = sum(line.fault is not None for line in lines)
    if faults and ESCAPED.search(text):
        escaped = _parse(text, delimiter, max_field, "backslash")
        if sum(line.fault is not None for line in escaped) < faults and _evenness(escaped) >= _evenness(lines):
            return escaped, "backslash"
    if faults or (
        text.count("\n") > len(lines) and any(_holds_lines(cell, delimiter) for line in lines for cell in line.cells)
    ):
        plain = _parse(text, delimiter, max_field, "none")
        encloses = any(_is_enclosed(cell) for line in plain for cell in line.cells)
        if _evenness(plain) >= MIN_EVENNESS and _width(plain) > 1 and (delimiter == "\t" or not encloses):
            is_sound = not faults and _evenness(lines) >= MIN_EVENNESS
            return (lines, "standard" if '""' in text else None) if is_sound else (plain, "none")
    return lines, "standard"


def _holds_lines(cell: object, delimiter: str) -> bool:
    """Whether a field contains a line feed and the delimiter, which suggests that it swallowed rows."""
    return isinstance(cell, str) and "\n" in cell and delimiter in cell


def _is_enclosed(cell: object) -> bool:
    return isinstance(cell, str) and len(cell) > 1 and cell[0] == cell[-1] == '"'


def _parse(text: str, delimiter: str, max_field: int, quoting: Quoting) -> list[Line]:
    if quoting == "backslash":
        text = ESCAPED.sub(r'\1""', text)
    return list(parsed_lines(io.StringIO(text, newline=""), delimiter, max_field, quoting))


class _Lines:
    """Feeds lines to Python's parser and tracks open quotes, which it forgets after a field that is too long."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = iter(texts)
        self._count = 0
        self._is_open = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        text = next(self._texts)
        self._count += 1
        if text.count('"') % 2:
            self._is_open = not self._is_open
        return text

    def begin_row(self) -> int:
        """Start a row; returns the number of lines read before it."""
        self._is_open = False
        return self._count

    def skip_field(self, most: int) -> None:
        """Skip the rest of a quoted field, so that its lines are not read as rows.

        Args:
            most: number of characters after which the quotation mark is assumed to be unclosed.
        """
        while self._is_open and most > 0:
            text = next(self, None)
            if text is None:
                return
            most -= len(text)


def parsed_lines(
    texts: Iterable[str], delimiter: str, max_field: int, quoting: Quoting, before: int = 0
) -> Iterator[Line]:
    """Parse the rows of a table, skipping blank lines. A line is consumed only after the rows before it were yielded.

    Args:
        texts: lines with their ends; backslash-escaped quotation marks are already doubled (see `ESCAPED`).
        delimiter: separator of fields.
        max_field: number of characters above which a field is a fault.
        quoting: meaning of quotation marks.
        before: number of preceding lines of the file.
    """
    csv.field_size_limit(max_field)
    source = _Lines(texts)
    if quoting == "none":
        reader = csv.reader(source, delimiter=delimiter, strict=True, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        number = before + source.begin_row() + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            is_long = "field larger" in str(error)
            if is_long and quoting != "none":
                source.skip_field(_SKIPPED_FIELDS * max_field)
            yield Line(number, [], "field_too_long" if is_long else "unclosed_quote")
            continue
        if cells:
            yield Line(number, cells)


def find_delimiter(text: str, usual: str | None) -> str:
    """The delimiter with which most of the first lines have the same number of fields.

    Args:
        text: the first `HEAD_CHARACTERS` or more.
        usual: see `read_table`.
    """
    head = "\n".join(text[:HEAD_CHARACTERS].splitlines()[: HEAD_LINES + 1])
    found: dict[str, tuple[float, int, int]] = {}
    for mark in DELIMITERS:
        if mark not in head:
            continue
        best = max(
            (_parse(head, mark, HEAD_CHARACTERS, how) for how in ("standard", "none")),
            key=lambda lines: (_width(lines) > 1, _evenness(lines)),
        )
        if _width(best) > 1:
            found[mark] = (round(_evenness(best), 1), head.split("\n", 1)[0].count(mark), -DELIMITERS.index(mark))
    if usual in found:
        return str(usual)
    return max(found, key=lambda mark: found[mark]) if found else usual or ","


def _width(lines: Sequence[Line]) -> int:
    return usual_width(_widths(lines))


def _evenness(lines: Sequence[Line]) -> float:
    """Share of the rows that have the most frequent width; rows with faults count as deviating."""
    return evenness(_widths(lines), len(lines))


def _widths(lines: Sequence[Line]) -> Counter[int]:
    return Counter(len(line.cells) for line in lines if line.fault is None)


def usual_width(widths: Mapping[int, int]) -> int:
    """The most frequent width, the larger one in case of a tie.

    Args:
        widths: number of rows by number of fields.
    """
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


def evenness(widths: Mapping[int, int], rows: int) -> float:
    """Share of the rows that have the most frequent width; rows with faults are counted only in `rows`."""
    return widths.get(usual_width(widths), 0) / rows if rows else 0.0
