"""Excel workbooks (.xlsx)."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.choose import choose_table
from auditor.corpus.readers.input_file import InputFile, too_large
from auditor.corpus.readers.table import Line, rows_from_lines
from auditor.corpus.readers.words import group_sentences
from auditor.errors import InputError

CellRow = tuple[int, list[object]]
"""Row number, from 1, and the cells of the row."""


class _Sheet(Protocol):
    """A read-only sheet of openpyxl."""

    def reset_dimensions(self) -> None:
        """Ignore the dimensions declared in the file."""
        ...

    def iter_rows(self, *, values_only: bool) -> Iterable[tuple[object, ...]]:
        """The cells of each row."""
        ...


class ExcelReader:
    """The sheet with cells of a workbook; numbers and dates keep their types in columns of one type."""

    suffixes = (".xlsx", ".xlsm")

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        return rows_of_sheets(_sheets(file), file)


def rows_of_sheets(book: Mapping[str, Sequence[CellRow]], file: InputFile) -> FileRows:
    """The rows of the only sheet with cells, or of the one named in the settings.

    Args:
        book: by sheet, its non-empty rows.
        file: the workbook.

    Raises:
        InputError: no sheet has cells, or several have and none is named.
    """
    sheets = {name: rows for name, rows in book.items() if rows}
    if not sheets:
        raise InputError("The workbook is empty.", where=str(file.path), fix="Give one with a header and a row.")
    found = sheets[choose_table(sheets, "sheets", file)]
    width = max(len(cells) for _, cells in found)
    rows = rows_from_lines([Line(n, [*cells, *[None] * (width - len(cells))]) for n, cells in found], file)
    rows.columns = {name: _of_one_type(values) for name, values in rows.columns.items()}
    return group_sentences(rows)


def _sheets(file: InputFile) -> dict[str, list[CellRow]]:
    """By sheet, its non-empty rows."""
    try:
        import openpyxl
    except ImportError:
        raise InputError(
            "Workbooks are read with openpyxl, which is not installed.",
            where=str(file.path),
            fix="pip install 'auditor[excel]', or save the sheet as CSV.",
        ) from None
    data = file.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(one.file_size for one in archive.infolist())
        if size > file.memory_limit:
            raise too_large(file.path, file.memory_limit)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        return {sheet.title: _rows(sheet) for sheet in book.worksheets}
    except InputError:
        raise
    except Exception:  # noqa: BLE001 - openpyxl lets any error of its XML parsing through
        raise InputError(
            "The file is not a workbook that can be read.",
            where=str(file.path),
            fix="It is damaged or has a password; save it again as .xlsx, or as CSV.",
        ) from None


def _rows(sheet: _Sheet) -> list[CellRow]:
    sheet.reset_dimensions()  # some programs write dimensions that are too small
    found = []
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        kept = list(cells)
        while kept and kept[-1] in (None, ""):
            kept.pop()
        if kept:
            found.append((number, kept))
    return found


def _of_one_type(values: list[object]) -> list[object]:
    """The values unchanged if all have one type that Arrow supports, otherwise as texts."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return [float(value) if isinstance(value, (int, float)) else None for value in values]
    if len(kinds) < 2 and kinds <= {str, int, float, bool, dt.datetime}:
        return values
    return [None if value is None else _as_text(value) for value in values]


def _as_text(value: object) -> str:
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)
