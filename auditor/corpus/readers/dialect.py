"""How a table is written as text: what separates fields, and what a quotation mark means."""

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
DELIMITERS = ",;\t|"
_SKIPPED_FIELDS = 4
"""Fields of the largest size allowed that are read over to find the end of one that is too long."""
HEAD_CHARACTERS = 4_000_000
SEP_LINE = re.compile(r"\ufeff?sep=(.)\r?\n", re.IGNORECASE)
ESCAPED = re.compile(r'(?<!\\)((?:\\\\)*)\\"')
EVEN = 0.99
"""Share of rows of one width from which a reading without quotation marks is preferred to one with faults."""


@dataclass(frozen=True)
class Read:
    """A text as a table.

    Attributes:
        lines: its rows; blank lines are none.
        delimiter: what separates fields; None: nothing, a line is a field.
        quoting: what quotation marks were taken for; None: they can enclose fields or be marks like others.
        has_sep_line: whether the first line names the delimiter, as Excel writes it.
    """

    lines: list[Line]
    delimiter: str | None
    quoting: Quoting | None
    has_sep_line: bool = False


def read_table(
    text: str, max_field: int, delimiter: str | None, quoting: Quoting | None, usual: str | None = None
) -> Read:
    """Text as rows of fields.

    The delimiter is the one by which most of the first lines have one width. Quotation marks enclose fields, unless
    that breaks rows which have one width otherwise: then they were written after a backslash, or are marks like others.

    Args:
        text: of a file.
        max_field: characters from which a field is a fault.
        delimiter: the one the user names; None: found.
        quoting: the one the user names; None: found.
        usual: the delimiter that is taken where it separates at all, such as the tab in ``.tsv``.
    """
    named = SEP_LINE.match(text)
    skipped = 0
    if named and (delimiter or named[1]) == named[1]:
        delimiter, text, skipped = named[1], text[named.end() :], 1
    if delimiter is None:
        delimiter = find_delimiter(text, usual)
    lines, chosen = _quoted(text, delimiter, max_field, quoting)
    if not named and _is_one_column(lines):
        whole = enumerate((line.rstrip("\r") for line in text.split("\n")), 1)
        return Read([Line(number, [line]) for number, line in whole if line.strip()], None, "standard")
    if skipped:
        lines = [line._replace(number=line.number + skipped) for line in lines]
    return Read(lines, delimiter, chosen, bool(skipped))


def _is_one_column(lines: Sequence[Line]) -> bool:
    """Whether a name stands alone above lines that hold the delimiter as any other character."""
    return is_lone_name(lines) and _width(lines) > 1


def is_lone_name(lines: Sequence[Line]) -> bool:
    """Whether the first line is a usual name of a column and nothing else."""
    first = lines[0].cells if lines else ()
    return len(first) == 1 and str(first[0]).strip().lower() in usual_names()


def _quoted(text: str, delimiter: str, max_field: int, quoting: Quoting | None) -> tuple[list[Line], Quoting | None]:
    if quoting is not None:
        return _parsed(text, delimiter, max_field, quoting), quoting
    lines = _parsed(text, delimiter, max_field, "standard")
    if '"' not in text:
        return lines, "standard"
    faults = sum(line.fault is not None for line in lines)
    if faults and ESCAPED.search(text):
        escaped = _parsed(text, delimiter, max_field, "backslash")
        if sum(line.fault is not None for line in escaped) < faults and _even(escaped) >= _even(lines):
            return escaped, "backslash"
    if faults or (
        text.count("\n") > len(lines) and any(_holds_lines(cell, delimiter) for line in lines for cell in line.cells)
    ):
        plain = _parsed(text, delimiter, max_field, "none")
        encloses = any(_is_enclosed(cell) for line in plain for cell in line.cells)
        if _even(plain) >= EVEN and _width(plain) > 1 and (delimiter == "\t" or not encloses):
            is_sound = not faults and _even(lines) >= EVEN
            return (lines, "standard" if '""' in text else None) if is_sound else (plain, "none")
    return lines, "standard"


def _holds_lines(cell: object, delimiter: str) -> bool:
    """Whether a field holds the end of a line and the delimiter, as one does that swallowed rows."""
    return isinstance(cell, str) and "\n" in cell and delimiter in cell


def _is_enclosed(cell: object) -> bool:
    return isinstance(cell, str) and len(cell) > 1 and cell[0] == cell[-1] == '"'


def _parsed(text: str, delimiter: str, max_field: int, quoting: Quoting) -> list[Line]:
    if quoting == "backslash":
        text = ESCAPED.sub(r'\1""', text)
    return list(parsed_lines(io.StringIO(text, newline=""), delimiter, max_field, quoting))


class _Lines:
    """Lines on their way to Python's parser, which forgets that it is inside a field where that is too long."""

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
        """A row begins; how many lines were read before it."""
        self._is_open = False
        return self._count

    def skip_field(self, most: int) -> None:
        """Read over the rest of a quoted field, so that its lines are no rows.

        Args:
            most: characters after which the quotation mark is taken for one that nothing closes.
        """
        while self._is_open and most > 0:
            text = next(self, None)
            if text is None:
                return
            most -= len(text)


def parsed_lines(
    texts: Iterable[str], delimiter: str, max_field: int, quoting: Quoting, before: int = 0
) -> Iterator[Line]:
    """The rows of a table; blank lines are none. No line is taken before the rows above it were given.

    Args:
        texts: its lines with their ends; quotation marks behind backslashes are doubled already (see `ESCAPED`).
        delimiter: what separates fields.
        max_field: characters from which a field is a fault.
        quoting: what quotation marks are.
        before: lines of the file above.
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
    """The delimiter by which most of the first lines have one width.

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
            (_parsed(head, mark, HEAD_CHARACTERS, how) for how in ("standard", "none")),
            key=lambda lines: (_width(lines) > 1, _even(lines)),
        )
        if _width(best) > 1:
            found[mark] = (round(_even(best), 1), head.split("\n", 1)[0].count(mark), -DELIMITERS.index(mark))
    if usual in found:
        return str(usual)
    return max(found, key=lambda mark: found[mark]) if found else usual or ","


def _width(lines: Sequence[Line]) -> int:
    return usual_width(_widths(lines))


def _even(lines: Sequence[Line]) -> float:
    """Share of the rows that have the width of most; those with a fault have none."""
    return evenness(_widths(lines), len(lines))


def _widths(lines: Sequence[Line]) -> Counter[int]:
    return Counter(len(line.cells) for line in lines if line.fault is None)


def usual_width(widths: Mapping[int, int]) -> int:
    """The width that most rows have, the larger of equals.

    Args:
        widths: rows by their number of fields.
    """
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


def evenness(widths: Mapping[int, int], rows: int) -> float:
    """See `even`; rows of a fault are counted in `rows` alone."""
    return widths.get(usual_width(widths), 0) / rows if rows else 0.0
