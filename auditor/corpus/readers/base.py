"""The plug point for input formats: `Reader`, and what it returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.rejects import Reason
from auditor.errors import InputError
from auditor.message import Text


@dataclass(frozen=True)
class StoredValues:
    """What is to be known of columns that lie on a disk as Arrow data.

    Attributes:
        places: int64, see `FileRows.places`.
        lines: int64, see `FileRows.lines`; empty where no column has several types.
        path: the file that holds the columns, the numbers of the rows and nothing else; None where several do.
        is_typed: whether a column of the format has one type, as in Parquet.
        kinds: int8, a `Kind` of each row, for columns that are held as JSON texts because their values have several
            types.
    """

    places: np.ndarray
    lines: np.ndarray
    path: Path | None
    is_typed: bool
    kinds: Mapping[str, pa.ChunkedArray]


@dataclass
class FileRows:
    """What one file holds.

    Attributes:
        columns: values per column, all of equal length.
        places: for each good row its place among all rows of the file, from 0.
        lines: for each good row its first line in the file, from 1; empty for formats without lines.
        bad: (place, line, reason) of each rejected row.
        is_sparse: whether a column that other files have may be absent here, as a key of JSON objects may.
        is_document: whether a row has no name but that of its file.
        class_names: names of a column's codes in their order, where the file says them.
        notes: how often what was repaired or decided, by kind and detail; see `ReadNotice`.
        values: what the columns hold that lie on a disk; `places` and `lines` are empty then.
    """

    columns: dict[str, Any] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    bad: list[tuple[int, int, Reason]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    is_sparse: bool = False
    is_document: bool = False
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    values: StoredValues | None = None

    @property
    def count(self) -> int:
        """Good rows."""
        return len(self.places) if self.values is None else len(self.values.places)

    def tell(self, kind: str, count: int = 1, detail: str = "") -> None:
        """Note that something was repaired or decided, for the people who read what was read.

        Args:
            kind: a notice of the catalogues, ``notice.<kind>``.
            count: how often.
            detail: a word of the format, such as the name of an encoding; never a value of the data.
        """
        self.notes[kind, detail] += count

    def add(self, line: int, values: Mapping[str, object], reason: Reason | None = None) -> None:
        """Append the next row of the file, or reject it.

        Args:
            line: where it starts, from 1.
            values: by column; a new column is null in the rows before, an absent one in this row.
            reason: why the row is rejected; None: it is good, unless a text of it cannot be written as UTF-8.
        """
        place = len(self.places) + len(self.bad)
        reason = reason or next(filter(None, map(text_flaw, values.values())), None)
        if reason is not None:
            self.bad.append((place, line, reason))
            return
        for name in values:
            if name not in self.columns:
                self.columns[name] = [None] * len(self.places)
        for name, column in self.columns.items():
            column.append(values.get(name))
        self.places.append(place)
        self.lines.append(line)


class Reader(Protocol):
    """An input format."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Endings of the names of its files, in lower case with the dot, without that of a compression."""
        ...

    def read(self, file: InputFile) -> FileRows:
        """The rows of `file`, those that break the format rejected.

        Values are kept as they are in the file: text formats have no numbers, dates or nulls to guess.

        Raises:
            InputError: the file cannot be used as a whole.
        """
        ...


MAX_COLUMNS = 20_000
"""A table with more is turned on its side, or its delimiter is another: each column is looked at for its role."""


def require_columns(count: int, where: str) -> None:
    """See that a table is no wider than `MAX_COLUMNS`.

    Raises:
        InputError: it is.
    """
    if count > MAX_COLUMNS:
        raise InputError(
            Text("The table has more than {0} columns.", f"{MAX_COLUMNS:,}"),
            where=where,
            fix="Give a table with a row for each text; this one may be turned on its side, or have another delimiter.",
        )


def text_flaw(value: object) -> Reason | None:
    """Why a text cannot be written as UTF-8: undecoded bytes (see `InputFile.read_text`) or lone surrogates."""
    if not isinstance(value, str) or value.isascii():
        return None
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        return "not_utf8" if 0xDC80 <= ord(value[error.start]) <= 0xDCFF else "surrogate"
    return None


def require_different_names(names: list[str], file: InputFile) -> None:
    """Refuse a table in which two columns have one name.

    Raises:
        InputError: two have.
    """
    if len(set(names)) == len(names):
        return
    name = next(n for n in names if names.count(n) > 1)
    places = [str(i + 1) for i, n in enumerate(names) if n == name]
    raise InputError(
        f"The column name {name!r} appears {len(places)} times.",
        where=f"{file.path}, columns {' and '.join(places)}",
        fix="Give each column a name of its own.",
    )
