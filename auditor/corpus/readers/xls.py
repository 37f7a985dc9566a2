"""Excel workbooks before 2007 (.xls)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.excel import CellRow, rows_of_sheets
from auditor.corpus.readers.input_file import InputFile
from auditor.errors import InputError


class XlsReader:
    """The sheet with cells of a workbook; numbers and dates keep their types in columns of one type."""

    suffixes = (".xls",)

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`.

        Raises:
            InputError: xlrd is not installed, or the file is not such a workbook.
        """
        return rows_of_sheets(_sheets(file), file)


def _sheets(file: InputFile) -> dict[str, list[CellRow]]:
    try:
        import xlrd
    except ImportError:
        raise InputError(
            "Workbooks of Excel before 2007 are read with xlrd, which is not installed.",
            where=str(file.path),
            fix="pip install 'auditor[excel]', or save the sheet as .xlsx or CSV.",
        ) from None
    data = file.read_bytes()
    try:
        with xlrd.open_workbook(file_contents=data, logfile=_Nowhere()) as book:
            return {sheet.name: _rows(sheet, book.datemode) for sheet in book.sheets()}
    except Exception:  # noqa: BLE001 - xlrd lets any error of its parsing through
        raise InputError(
            "The file is not a workbook that can be read.",
            where=str(file.path),
            fix="It is damaged, has a password, or is an HTML page named .xls; save it as .xlsx, or as CSV.",
        ) from None


class _Nowhere:
    """Discards the warnings of xlrd, which may quote cells."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Do nothing."""


class _Cell(Protocol):
    """A cell of xlrd: its type and its value."""

    ctype: int
    value: str | float | int


class _Sheet(Protocol):
    """A sheet of xlrd."""

    nrows: int

    def row(self, number: int) -> Sequence[_Cell]:
        """The cells of a row."""
        ...


def _rows(sheet: _Sheet, datemode: int) -> list[CellRow]:
    found: list[CellRow] = []
    for number in range(sheet.nrows):
        cells: list[object] = [_value(cell, datemode) for cell in sheet.row(number)]
        while cells and cells[-1] in (None, ""):
            cells.pop()
        if cells:
            found.append((number + 1, cells))
    return found


def _value(cell: _Cell, datemode: int) -> str | float | int | bool | dt.datetime | None:
    """The value of a cell as openpyxl would return it: dates as datetimes, integral numbers as integers."""
    import xlrd

    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK, xlrd.XL_CELL_ERROR):
        return None
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_DATE:
        return dt.datetime.fromisoformat(xlrd.xldate_as_datetime(cell.value, datemode).isoformat())
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        number = float(cell.value)
        return int(number) if number.is_integer() else number
    return str(cell.value)
