"""Rows of cells, as CSV files and sheets hold them, as columns with names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from auditor.corpus.header import FirstLine, first_line, title_lines
from auditor.corpus.readers.base import FileRows, require_different_names
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.rejects import Reason
from auditor.corpus.role_names import usual_names
from auditor.errors import InputError

HEAD_LINES = 1_000
"""How many rows are looked at to find what a table is like."""

Cell = object
"""A value: a text, or what a workbook holds."""


class Line(NamedTuple):
    """A row of a table.

    Attributes:
        number: its line in the file, from 1.
        cells: its fields.
        fault: why it cannot be read.
    """

    number: int
    cells: Sequence[Cell]
    fault: Reason | None = None


def named_rows(lines: Sequence[Line], file: InputFile) -> FileRows:
    """The lines of a table below its column names, or all of them where it has none.

    Fields too many are dropped where all of them are empty, and so are columns without a name or a value; both is told.
    A row with more or fewer fields than there are names is rejected.

    Raises:
        InputError: no line; two columns of one name; or what the first line is cannot be told.
    """
    start = next(
        (i for i, line in enumerate(lines) if line.fault is None and not all(map(_is_empty, line.cells))), None
    )
    if start is None:
        raise InputError(
            "The header cannot be read.", where=f"{file.path}:1", fix="Give a header line with column names."
        )
    rows, above = FileRows(), _lines_above(lines[start:], file)
    names = [_text(cell) for cell in lines[start + above].cells]
    lines = lines[start + above :]
    has_names = _has_names(lines, file)
    if above:
        _require_names(has_names, above, lines[0], file)
        rows.tell("title_lines", above)
    if has_names:
        lines = lines[1:]
        names = [name.strip() for name in names]
    else:
        names = [f"column_{number}" for number in range(1, len(names) + 1)]
        if file.settings.header == "auto":
            rows.tell("no_header")
    lines = [_without_ends(line, len(names), rows) for line in lines]
    names, kept = _named(names, lines, rows)
    require_different_names(names, file)
    rows.columns = {name: [] for name in names}
    for line in lines:
        reason = line.fault
        if reason is None and len(line.cells) != len(kept):
            reason = "missing_field" if len(line.cells) < len(kept) else "extra_field"
        cells = [cell for cell, keep in zip(line.cells, kept, strict=False) if keep]
        rows.add(line.number, dict(zip(names, cells, strict=False)), reason)
    return rows


def _is_empty(cell: Cell) -> bool:
    return cell is None or cell == ""


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _lines_above(lines: Sequence[Line], file: InputFile) -> int:
    """How many lines precede that of the column names."""
    given = file.settings.title_lines
    if given is not None:
        return min(given, len(lines) - 1)
    head = [_without_blanks(line.cells) for line in lines[: HEAD_LINES + 1] if line.fault is None]
    return title_lines(head, usual_names()) or _filled_titles(lines, head)


def _filled_titles(lines: Sequence[Line], head: Sequence[Sequence[str]]) -> int:
    """How many lines precede the column names where titles are filled up with empty cells, as Excel does it."""
    widths = [sum(bool(cell) for cell in cells) for cells in head]
    above = next((i for i, width in enumerate(widths) if width > 1), 0)
    if not above or head[0][0].strip().lower() in usual_names() or any(line.fault for line in lines[: above + 1]):
        return 0
    return above if first_line(head[above], head[above + 1 :], usual_names()) is FirstLine.NAMES else 0


def _without_blanks(cells: Sequence[Cell]) -> list[str]:
    """The cells as texts without those of a workbook that are blank up to the end."""
    width = len(cells)
    while width and cells[width - 1] is None:
        width -= 1
    return list(map(_text, cells[:width]))


def _has_names(lines: Sequence[Line], file: InputFile) -> bool:
    """Whether the first line holds column names.

    Raises:
        InputError: it can be either. Nothing of the line is quoted.
    """
    if file.settings.header != "auto":
        return file.settings.header == "yes"
    head = [list(map(_text, line.cells)) for line in lines[: HEAD_LINES + 1] if line.fault is None]
    kind = first_line(head[0], head[1:], usual_names())
    if kind is FirstLine.UNSURE:
        raise InputError(
            "The first line looks like data, not like column names.",
            where=f"{file.path}:{lines[0].number}",
            fix="Give --no-header to read it as a row, or --header if it does hold the column names.",
        )
    return kind is FirstLine.NAMES


def _require_names(has_names: bool, above: int, first: Line, file: InputFile) -> None:
    """See that lines which are left out stand above column names: above data they may be broken rows.

    Raises:
        InputError: they stand above data, and the user does not say that they are titles.
    """
    if not has_names and file.settings.title_lines is None:
        raise InputError(
            f"The first lines ({above}) have fewer fields than most, and no column names stand below them.",
            where=f"{file.path}:1; rows begin in line {first.number}",
            fix=f"Give --set corpus.title_lines={above} to leave them out, or --set corpus.title_lines=0 for rows.",
        )


def _without_ends(line: Line, width: int, rows: FileRows) -> Line:
    """The line without empty fields beyond those that have names."""
    if line.fault is None and len(line.cells) > width and all(map(_is_empty, line.cells[width:])):
        rows.tell("trailing_delimiters")
        return line._replace(cells=line.cells[:width])
    return line


def _named(names: list[str], lines: Sequence[Line], rows: FileRows) -> tuple[list[str], list[bool]]:
    """Names of the columns that are kept, and which are; one without a name is kept only where it has values."""
    kept = [bool(name) or _has_value(lines, place) for place, name in enumerate(names)]
    if not all(kept):
        rows.tell("empty_columns", kept.count(False))
    unnamed = [place for place, name in enumerate(names) if not name and kept[place]]
    if unnamed and unnamed != [0]:
        rows.tell("unnamed_columns", len(unnamed))
        names = [name or f"column_{place}" for place, name in enumerate(names, 1)]
    return [name for name, keep in zip(names, kept, strict=True) if keep], kept


def _has_value(lines: Sequence[Line], place: int) -> bool:
    return any(line.fault is None and len(line.cells) > place and not _is_empty(line.cells[place]) for line in lines)
