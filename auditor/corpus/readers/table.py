"""Convert rows of cells, from CSV files and sheets, to named columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from auditor.corpus.header import FirstLine, first_line, title_lines
from auditor.corpus.readers.base import FileRows, require_columns, require_different_names, text_flaw
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.rejects import Reason
from auditor.corpus.role_names import usual_names
from auditor.errors import InputError

HEAD_LINES = 1_000
"""Number of rows inspected to find the layout of a table."""

Cell = object
"""A value: a text, or a typed value of a workbook."""


class AddNotice(Protocol):
    """`FileRows.add_notice`."""

    def __call__(self, kind: str, count: int = 1, detail: str = "") -> None:
        """See there."""
        ...


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


@dataclass(frozen=True)
class Layout:
    """The first row of a table and the names of its columns.

    Attributes:
        first: index of the first row among the lines.
        names: names of the columns that are kept.
        kept: for each field of a row, whether its column is kept.
    """

    first: int
    names: tuple[str, ...]
    kept: tuple[bool, ...]


def rows_from_lines(lines: Sequence[Line], file: InputFile) -> FileRows:
    """The lines of a table below its header, or all lines if it has none.

    Superfluous fields are dropped if they are empty, and so are columns without a name and values, both with a notice.
    A row with more or fewer fields than there are columns is rejected.

    Raises:
        InputError: there is no line, two columns have the same name, or it is uncertain whether there is a header.
    """
    rows = FileRows()
    layout = layout_of(lines, file, rows.add_notice)
    rows.columns = {name: [] for name in layout.names}
    add_lines(rows, lines[layout.first :], layout)
    return rows


def layout_of(lines: Sequence[Line], file: InputFile, add_notice: AddNotice) -> Layout:
    """The layout of a table.

    Args:
        lines: all lines, or the first ones, which then decide whether a column without a name is kept.
        file: their file.
        tell: see `FileRows.add_notice`.

    Raises:
        InputError: see `rows_from_lines`.
    """
    start = next(
        (i for i, line in enumerate(lines) if line.fault is None and not all(map(_is_empty, line.cells))), None
    )
    if start is None:
        raise InputError(
            "The header cannot be read.", where=f"{file.path}:1", fix="Give a header line with column names."
        )
    above = _lines_above(lines[start:], file)
    first = start + above
    names = [_text(cell) for cell in lines[first].cells]
    require_columns(len(names), f"{file.path}:{lines[first].number}")
    has_names = _has_names(lines[first:], file)
    if above:
        _require_names(has_names, above, lines[first], file)
        add_notice("title_lines", above)
    if has_names:
        first += 1
        names = [name.strip().lstrip("\ufeff").strip() for name in names]
        if _has_row_numbers(lines[first : first + HEAD_LINES], len(names)):
            names = ["", *names]  # as R writes tables: the header lacks the column of row names
    else:
        names = [f"column_{number}" for number in range(1, len(names) + 1)]
        if file.settings.header == "auto":
            add_notice("no_header")
    if any(map(text_flaw, names)):
        raise InputError(
            "The column names are not in the encoding of the file.",
            where=f"{file.path}:{lines[start + above].number}",
            fix="Give its encoding (--encoding gb18030, latin-1 ...).",
        )
    names, kept = _named(names, lines[first:], add_notice)
    require_different_names(names, file)
    return Layout(first, tuple(names), tuple(kept))


def _has_row_numbers(lines: Sequence[Line], width: int) -> bool:
    """Whether all rows have one field more than the header, the first of which numbers them from 1."""
    rows = [line for line in lines if line.fault is None]
    firsts = [_text(line.cells[0]) for line in rows if len(line.cells) == width + 1]
    return len(firsts) == len(rows) > 1 and firsts == [str(number) for number in range(1, len(rows) + 1)]


def add_lines(rows: FileRows, lines: Sequence[Line], layout: Layout) -> None:
    """Append lines to rows with the columns of the layout; lines of another width are rejected."""
    width = len(layout.kept)
    for line in lines:
        cells, reason = line.cells, line.fault
        if reason is None and len(cells) > width and all(map(_is_empty, cells[width:])):
            rows.add_notice("trailing_delimiters")
            cells = cells[:width]
        if reason is None and len(cells) != width:
            reason = "missing_field" if len(cells) < width else "extra_field"
        wanted = [cell for cell, keep in zip(cells, layout.kept, strict=False) if keep]
        rows.add(line.number, dict(zip(layout.names, wanted, strict=False)), reason)


def _is_empty(cell: Cell) -> bool:
    return cell is None or cell == ""


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _lines_above(lines: Sequence[Line], file: InputFile) -> int:
    """Number of lines before the header."""
    given = file.settings.title_lines
    if given is not None:
        return min(given, len(lines) - 1)
    head = [_without_blanks(line.cells) for line in lines[: HEAD_LINES + 1] if line.fault is None]
    return title_lines(head, usual_names()) or _filled_titles(lines, head)


def _filled_titles(lines: Sequence[Line], head: Sequence[Sequence[str]]) -> int:
    """Number of lines before the header if titles are padded with empty cells, as Excel does."""
    widths = [sum(bool(cell) for cell in cells) for cells in head]
    above = next((i for i, width in enumerate(widths) if width > 1), 0)
    if not above or head[0][0].strip().lower() in usual_names() or any(line.fault for line in lines[: above + 1]):
        return 0
    return above if first_line(head[above], head[above + 1 :], usual_names()) is FirstLine.NAMES else 0


def _without_blanks(cells: Sequence[Cell]) -> list[str]:
    """The cells as texts, without trailing empty cells of a workbook."""
    width = len(cells)
    while width and cells[width - 1] is None:
        width -= 1
    return list(map(_text, cells[:width]))


def _has_names(lines: Sequence[Line], file: InputFile) -> bool:
    """Whether the first line is a header.

    Raises:
        InputError: it is uncertain. The error does not quote the line.
    """
    if file.settings.header != "auto":
        return file.settings.header == "yes"
    head = [list(map(_text, line.cells)) for line in lines[: HEAD_LINES + 1] if line.fault is None]
    kind = first_line(head[0], head[1:], usual_names())
    if kind is FirstLine.UNSURE:
        raise InputError(
            "The first line looks like data, not like column names.",
            where=f"{file.path}:{lines[0].number}",
            fix="Give --no-header to read it as a row, or --header if it does contain the column names.",
        )
    return kind is FirstLine.NAMES


def _require_names(has_names: bool, above: int, first: Line, file: InputFile) -> None:
    """Require that skipped lines precede a header: before data they may be malformed rows.

    Raises:
        InputError: they precede data, and the user did not declare them as titles.
    """
    if not has_names and file.settings.title_lines is None:
        raise InputError(
            f"The first lines ({above}) have fewer fields than most, and no column names follow them.",
            where=f"{file.path}:1; rows begin in line {first.number}",
            fix=f"Give --set corpus.title_lines={above} to leave them out, or --set corpus.title_lines=0 for rows.",
        )


def _named(names: list[str], lines: Sequence[Line], add_notice: AddNotice) -> tuple[list[str], list[bool]]:
    """Names of the kept columns, and which columns are kept; a column without a name is kept only if it has values."""
    kept = [bool(name) or _has_value(lines, place) for place, name in enumerate(names)]
    if not all(kept):
        add_notice("empty_columns", kept.count(False))
    unnamed = [place for place, name in enumerate(names) if not name and kept[place]]
    if unnamed and unnamed != [0]:
        add_notice("unnamed_columns", len(unnamed))
        names = [name or f"column_{place}" for place, name in enumerate(names, 1)]
    return [name for name, keep in zip(names, kept, strict=True) if keep], kept


def _has_value(lines: Sequence[Line], place: int) -> bool:
    return any(line.fault is None and len(line.cells) > place and not _is_empty(line.cells[place]) for line in lines)
