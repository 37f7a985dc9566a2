"""The interface of input formats: `Reader`, and the rows that it returns."""

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
    """Facts about columns that are stored on disk as Arrow data.

    Attributes:
        places: int64, see `FileRows.places`.
        lines: int64, see `FileRows.lines`; empty if no column has several types.
        path: the file that contains exactly the columns and the row numbers; None if there are several files.
        is_typed: whether columns of the format have a type, as in Parquet.
        kinds: int8, the `Kind` of each row, for columns stored as JSON texts because their values have several types.
    """

    places: np.ndarray
    lines: np.ndarray
    path: Path | None
    is_typed: bool
    kinds: Mapping[str, pa.ChunkedArray]


@dataclass
class FileRows:
    """The content of one file.

    Attributes:
        columns: values per column, all of equal length.
        places: for each good row, its position among all rows of the file, from 0.
        bad: (position, line, reason) of each rejected row.
        lines: for each good row, its first line in the file, from 1; empty for formats without lines.
        is_sparse: whether columns of other files may be missing here, as keys of JSON objects may.
        is_document: whether the file is a document, whose name identifies the row.
        class_names: by column, class names in the order of their codes, if the file defines them.
        notes: number of repairs and decisions by (kind, detail); see `ReadNotice`.
        values: facts about columns stored on disk; `places` and `lines` are then empty.
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
        """Number of good rows."""
        return len(self.places) if self.values is None else len(self.values.places)

    @property
    def extent(self) -> int:
        """Number of positions the rows of the file take, rejected ones included; positions may have gaps."""
        places = self.places if self.values is None else self.values.places
        last = max((-1, *(int(place) for place in places[-1:]), *(place for place, _, _ in self.bad)))
        return max(self.count + len(self.bad), last + 1)

    def add_notice(self, kind: str, count: int = 1, detail: str = "") -> None:
        """Record that something was repaired or decided, for the report.

        Args:
            kind: key ``notice.<kind>`` of the message catalogues.
            count: number of occurrences.
            detail: a term of the file format, such as the name of an encoding; never a value of the data.
        """
        self.notes[kind, detail] += count

    def add(self, line: int, values: Mapping[str, object], reason: Reason | None = None) -> None:
        """Append the next row of the file, or reject it.

        Args:
            line: first line of the row, from 1.
            values: by column; a new column is null in earlier rows, a missing one in this row.
            reason: why the row is rejected; None: it is accepted unless one of its texts cannot be encoded as UTF-8.
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
        """File name suffixes of the format, in lower case with the dot, without those of compressions."""
        ...

    def read(self, file: InputFile) -> FileRows:
        """Read the rows of `file`; malformed rows are rejected.

        Values are kept as in the file: in text formats, no numbers, dates or nulls are inferred.

        Raises:
            InputError: the file cannot be used as a whole.
        """
        ...


MAX_COLUMNS = 20_000
"""A table with more columns is probably transposed or has another delimiter; role inference inspects every column."""


def require_columns(count: int, where: str) -> None:
    """Refuse a table with more than `MAX_COLUMNS` columns.

    Raises:
        InputError: the table has more.
    """
    if count > MAX_COLUMNS:
        raise InputError(
            Text("The table has more than {0} columns.", f"{MAX_COLUMNS:,}"),
            where=where,
            fix="Give a table with one row per text; this one may be transposed, or have another delimiter.",
        )


def text_flaw(value: object) -> Reason | None:
    """Why a text cannot be encoded as UTF-8: undecoded bytes (see `InputFile.read_text`) or lone surrogates."""
    if not isinstance(value, str) or value.isascii():
        return None
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        return "not_utf8" if 0xDC80 <= ord(value[error.start]) <= 0xDCFF else "surrogate"
    return None


def require_different_names(names: list[str], file: InputFile) -> None:
    """Refuse a table in which two columns have the same name.

    Raises:
        InputError: two columns have the same name.
    """
    if len(set(names)) == len(names):
        return
    name = next(n for n in names if names.count(n) > 1)
    places = [str(i + 1) for i, n in enumerate(names) if n == name]
    raise InputError(
        f"The column name {name!r} appears {len(places)} times.",
        where=f"{file.path}, columns {' and '.join(places)}",
        fix="Give each column a unique name.",
    )
