"""Where rows stand in the files that they were read from."""

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
"""Files in which a number of a row is no line of a text."""


def _nothing() -> np.ndarray:
    return np.zeros(0, np.int64)


@dataclass(frozen=True)
class FilePlaces:
    """The file and the line of rows, by ``row_id``.

    Attributes:
        starts: int64, the ``row_id`` of each file's first row, ascending; as many as files.
        lines: int64, the first line of each row in its file, from 1, by ``row_id``; 0 where it is not known. Shorter
            than there are rows, or empty: it is not known for those beyond.
    """

    starts: np.ndarray = field(default_factory=_nothing)
    lines: np.ndarray = field(default_factory=_nothing)

    def files(self, row_id: np.ndarray) -> np.ndarray:
        """int64: the place in `Corpus.files` of the file of each row, from 0; -1 where it is not known."""
        return np.searchsorted(self.starts, row_id, side="right") - 1

    def first_lines(self, row_id: np.ndarray) -> np.ndarray:
        """int64: the line of each row, from 1; 0 where it is not known."""
        found = np.zeros(len(row_id), np.int64)
        known = (row_id >= 0) & (row_id < len(self.lines))
        found[known] = self.lines[row_id[known]]
        return found


def places_of(files: Sequence[Source], rows: Sequence[FileRows]) -> FilePlaces:
    """The places of the rows of files that are joined in this order.

    Lines are known of texts that were read as a whole and lie on the disk as they are: those of a compressed file are
    nowhere to be seen.
    """
    starts = np.cumsum([0, *(one.extent for one in rows[:-1])]).astype(np.int64)
    if not any(one.lines for one in rows):
        return FilePlaces(starts)
    last = max(start + max(one.places, default=0) for one, start in zip(rows, starts.tolist(), strict=True))
    lines = np.zeros(last + 1, np.int64)
    for file, one, start in zip(files, rows, starts.tolist(), strict=True):
        name = file.name.lower()
        is_text = uncompressed_name(file.path) == name and not name.endswith(_WITHOUT_LINES)
        if is_text and len(one.lines) == len(one.places):
            lines[np.asarray(one.places, np.int64) + start] = one.lines
    return FilePlaces(starts, lines)


def shown_path(file: str) -> str:
    """A file of the input as seen from the working folder; one that is not below it, by its name alone."""
    if is_address(file) or file == "-":
        return file.rpartition("/")[2]
    try:
        return Path(file).resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return Path(file).name
