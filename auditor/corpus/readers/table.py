"""Rows of cells, as CSV files and sheets hold them, as columns with names."""

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
"""How many rows are looked at to find what a table is like."""

Cell = object
"""A value: a text, or what a workbook holds."""


class Tell(Protocol):
    """`FileRows.tell`."""

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
    """Where the rows of a table begin, and the names of its columns.

    Attributes:
        first: place of the first row among the lines.
        names: of the columns that are kept.
        kept: for each field of a row whether its column is kept.
    """

    first: int
    names: tuple[str, ...]
    kept: tuple[bool, ...]


def named_rows(lines: Sequence[Line], file: InputFile) -> FileRows:
    """The lines of a table below its column names, or all of them where it has none.

    Fields too many are dropped where all of them are empty, and so are columns without a name or a value; both is told.
    A row with more or fewer fields than there are names is rejected.

    Raises:
        InputError: no line; two columns of one name; or what the first line is cannot be told.
    """
    rows = FileRows()
    layout = layout_of(lines, file, rows.tell)
    rows.columns = {name: [] for name in layout.names}
    add_lines(rows, lines[layout.first :], layout)
    return rows


def layout_of(lines: Sequence[Line], file: InputFile, tell: Tell) -> Layout:
    """The layout of a table.

    Args:
        lines: all, or the first ones: then a column without a name counts as kept where they have a value in it.
        file: they are from.
        tell: see `FileRows.tell`.

    Raises:
        InputError: see `named_rows`.
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
        tell("title_lines", above)
    if has_names:
        first += 1
        names = [name.strip() for name in names]
    else:
        names = [f"column_{number}" for number in range(1, len(names) + 1)]
        if file.settings.header == "auto":
            tell("no_header")
    if any(map(text_flaw, names)):
        raise InputError(
            "The column names are not in the encoding of the file.",
            where=f"{file.path}:{lines[start + above].number}",
            fix="Give its encoding (--encoding gb18030, latin-1 ...).",
        )
    names, kept = _named(names, lines[first:], tell)
    require_different_names(names, file)
    return Layout(first, tuple(names), tuple(kept))


def add_lines(rows: FileRows, lines: Sequence[Line], layout: Layout) -> None:
    """Append lines to rows whose columns are those of the layout; those of another width are rejected."""
    width = len(layout.kept)
    for line in lines:
        cells, reason = line.cells, line.fault
        if reason is None and len(cells) > width and all(map(_is_empty, cells[width:])):
            rows.tell("trailing_delimiters")
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


def _named(names: list[str], lines: Sequence[Line], tell: Tell) -> tuple[list[str], list[bool]]:
    """Names of the columns that are kept, and which are; one without a name is kept only where it has values."""
    kept = [bool(name) or _has_value(lines, place) for place, name in enumerate(names)]
    if not all(kept):
        tell("empty_columns", kept.count(False))
    unnamed = [place for place, name in enumerate(names) if not name and kept[place]]
    if unnamed and unnamed != [0]:
        tell("unnamed_columns", len(unnamed))
        names = [name or f"column_{place}" for place, name in enumerate(names, 1)]
    return [name for name, keep in zip(names, kept, strict=True) if keep], kept


def _has_value(lines: Sequence[Line], place: int) -> bool:
    return any(line.fault is None and len(line.cells) > place and not _is_empty(line.cells[place]) for line in lines)
