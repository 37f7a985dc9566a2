"""Positions of rows in the files they were read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.input_file import uncompressed_name
from auditor.corpus.source import Source, is_address

_WITHOUT_LINES = (".parquet", ".pq", ".arrow", ".feather", ".ipc", ".xlsx", ".xlsm", ".xls", ".sqlite", ".sqlite3",
                  ".db")  # fmt: skip
"""Formats without text lines."""


def _nothing() -> np.ndarray:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class FilePlaces:
    """The file and the line of rows, by ``row_id``.

    Attributes:
        starts: int64 (files), the ``row_id`` of the first row of each file, ascending.
        lines: int64, first line of each row in its file, from 1, indexed by ``row_id``; 0 if unknown. Lines of rows
            beyond its end are unknown.
    """

    starts: np.ndarray = field(default_factory=_nothing)
    lines: np.ndarray = field(default_factory=_nothing)

    def files(self, row_id: np.ndarray) -> np.ndarray:
        """int64: index into `Corpus.files` for each row; -1 if unknown."""
        return np.searchsorted(self.starts, row_id, side="right") - 1

    def first_lines(self, row_id: np.ndarray) -> np.ndarray:
        """int64: first line of each row, from 1; 0 if unknown."""
        found = np.zeros(len(row_id), np.int64)
        known = (row_id >= 0) & (row_id < len(self.lines))
        found[known] = self.lines[row_id[known]]
        return found


def places_of(files: Sequence[Source], rows: Sequence[FileRows]) -> FilePlaces:
    """The positions of the rows of files that are concatenated in this order.

    Lines are known for uncompressed text files that were read as a whole.
    """
    starts = np.cumsum([0, *(file_rows.extent for file_rows in rows[:-1])]).astype(np.int64)
    if not any(file_rows.lines for file_rows in rows):
        return FilePlaces(starts)
    last = max(start + max(file_rows.places, default=0) for file_rows, start in zip(rows, starts.tolist(), strict=True))
    lines = np.zeros(last + 1, np.int64)
    for file, file_rows, start in zip(files, rows, starts.tolist(), strict=True):
        name = file.name.lower()
        is_text = uncompressed_name(file.path) == name and not name.endswith(_WITHOUT_LINES)
        if is_text and len(file_rows.lines) == len(file_rows.places):
            lines[np.asarray(file_rows.places, np.int64) + start] = file_rows.lines
    return FilePlaces(starts, lines)


def shown_path(file: str) -> str:
    """Path of an input file relative to the working directory, or only its name if it is outside."""
    if is_address(file) or file == "-":
        return file.rpartition("/")[2]
    try:
        return Path(file).resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return Path(file).name
